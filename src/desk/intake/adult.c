/* SPDX-License-Identifier: Apache-2.0 */
/* The adults' four paths: what happened, details, who must not see it and how to be reached. */
#include "desk/intake/pages.h"
#include "desk/intake/receipt.h"
#include "desk/pages.h"

#define ASK(list) list, ARRAY_LEN(list)

/* The last page before the review is the same for all. */
static const struct step_ask people[] = {
	{ .field = "reporter" }, { .field = "told" }, { .field = "excluded_units" }, { .field = "excluded_persons" },
	{ .field = "desk_person" }, { .field = "reach" }, { .field = "reach_address" }, { .field = "reach_safe" },
};
#define PEOPLE { .title = N_("Who must not see it, and how to reach you"), \
	.lead = N_("All of it is optional. You can also stay unknown to us."), .ask = people, .ask_n = ARRAY_LEN(people) }

static const struct step_ask address_what[] = {
	{ .field = "url" }, { .field = "shows" }, { .field = "words" }, { .field = "danger_now" }, { .field = "child_known" },
};
static const struct step_ask address_details[] = {
	{ .field = "more_urls" }, { .field = "site_type" }, { .field = "platform" }, { .field = "suspect_account" },
	{ .field = "access" }, { .field = "access_note" }, { .field = "referrer" }, { .field = "first_seen" },
	{ .field = "still_there" }, { .field = "child_age" }, { .field = "territory" },
};
static const struct step address[] = {
	{ .title = N_("What you have seen"), .lead = N_("The address of the page, or your words, are enough. We never open an address from here."), .ask = ASK(address_what) },
	{ .title = N_("Details"), .lead = N_("Only what you know already. Please do not look for more."), .ask = ASK(address_details) },
	PEOPLE,
};

static const struct step_ask contact_what[] = {
	{ .field = "contact" }, { .field = "words" }, { .field = "contact_ongoing" }, { .field = "meeting_planned" },
	{ .field = "threat" }, { .field = "danger_now" },
};
static const struct step_ask contact_where[] = {
	{ .field = "platform" }, { .field = "suspect_account" }, { .field = "suspect_name" }, { .field = "suspect_profile" },
	{ .field = "suspect_age" }, { .field = "relation" }, { .field = "meeting_note" }, { .field = "messages" }, { .field = "device_kept" },
};
static const struct step_ask contact_child[] = {
	{ .field = "child_age" }, { .field = "child_known" }, { .field = "child_who" }, { .field = "child_account" },
	{ .field = "trusted_adult" }, { .field = "when" }, { .field = "territory" },
};
static const struct step contact[] = {
	{ .title = N_("What happened"), .lead = N_("What you know is enough."), .ask = ASK(contact_what) },
	{ .title = N_("The person and the place online"), .lead = N_("Do not write to this person to learn more."), .ask = ASK(contact_where) },
	{ .title = N_("The child"), .lead = N_("Only what helps to protect the child."), .ask = ASK(contact_child) },
	PEOPLE,
};

static const struct step_ask travel_what[] = {
	{ .field = "travel" }, { .field = "words" }, { .field = "danger_now" }, { .field = "departure" }, { .field = "child_situation" },
	{ .field = "child_age" }, { .field = "child_known" },
};
static const struct step_ask travel_where[] = {
	{ .field = "territory" }, { .field = "place" }, { .field = "establishment_kind" }, { .field = "establishment" },
	{ .field = "when" }, { .field = "date_from" }, { .field = "date_to" }, { .field = "booking_reference" }, { .field = "carrier" },
	{ .field = "vehicle" },
};
static const struct step_ask travel_who[] = {
	{ .field = "suspect_name" }, { .field = "suspect_age" }, { .field = "nationality" }, { .field = "relation" },
	{ .field = "threat" }, { .field = "staff_witness" }, { .field = "licence_number" },
};
static const struct step travel[] = {
	{ .title = N_("What you saw or heard"), .lead = N_("One sign is enough to report. Do not confront anybody."), .ask = ASK(travel_what) },
	{ .title = N_("Where and when"), .lead = N_("Only what you know already."), .ask = ASK(travel_where) },
	{ .title = N_("The persons"), .lead = N_("What you noticed, without asking."), .ask = ASK(travel_who) },
	PEOPLE,
};

static const struct step_ask other_what[] = {
	{ .field = "concern" }, { .field = "words" }, { .field = "danger_now" }, { .field = "when" }, { .field = "child_age" },
	{ .field = "child_known" }, { .field = "child_who" },
};
static const struct step_ask other_details[] = {
	{ .field = "territory" }, { .field = "place" }, { .field = "url" }, { .field = "platform" }, { .field = "suspect_account" },
	{ .field = "suspect_name" }, { .field = "relation" }, { .field = "contact_ongoing" }, { .field = "child_situation" },
	{ .field = "messages" }, { .field = "trusted_adult" },
};
static const struct step other[] = {
	{ .title = N_("What happened"), .lead = N_("Your own words are enough."), .ask = ASK(other_what) },
	{ .title = N_("Details"), .lead = N_("Only what you know already."), .ask = ASK(other_details) },
	PEOPLE,
};

#define PATH(name, what, kind_, steps_) { .path = "/report/" name, .action = "~/report/" name, .title = what, .form = FORM_ADULT, .kind = kind_, \
	.by = REPORT_BY_ADULT, .step = steps_, .step_n = ARRAY_LEN(steps_), .before_send = before_send_adult, .sent = page_sent_adult }
static const struct steps paths[REPORT_KIND_COUNT] = {
	PATH("address", N_("Report a page or a group"), REPORT_ADDRESS, address),
	PATH("solicitation", N_("Report a contact with a child"), REPORT_SOLICITATION, contact),
	PATH("travel", N_("Report exploitation in travel or tourism"), REPORT_TRAVEL, travel),
	PATH("other", N_("Report something else"), REPORT_OTHER, other),
};

static const struct steps *path_of(struct web_request *r)
{
	enum report_kind kind;
	return report_kind_parse(web_param(r, "kind"), &kind) ? &paths[kind] : NULL;
}

static enum report_by by_of(struct web_request *r)
{
	const char *by = web_query(r, "by");
	if (by && strcmp(by, "carer") == 0)
		return REPORT_BY_CARER;
	return by && strcmp(by, "professional") == 0 ? REPORT_BY_PROFESSIONAL : REPORT_BY_ADULT;
}

static void begin(struct web_request *r)
{
	const struct steps *s = path_of(r);
	if (s)
		steps_get(r, s, by_of(r));
	else
		web_status(r, 404);
}

static void go_on(struct web_request *r)
{
	const struct steps *s = path_of(r);
	if (s)
		steps_post(r, s);
	else
		web_status(r, 404);
}

static void choose(struct web_request *r)
{
	const struct choose_page p = { { .desk = DESK(r), .title = text(web_lang(r), N_("What happened?")), .path = "/report" } };
	page_choose(web_out(r), &p);
	web_page(r, 200);
}

/* Text in Arabic takes six bytes a letter in a form's body, and the sealed state 32 KiB. */
enum { BODY_MAX = 192 * 1024 };

static const struct web_route routes[] = {
	{ "GET", "/report", choose, WEB_LANG, 0 },
	{ "GET", "/report/:kind", begin, WEB_LANG, 0 },
	{ "POST", "/report/:kind", go_on, WEB_LANG | WEB_SLOW, BODY_MAX },
	{ "GET", "/receipt", receipt_ask, WEB_LANG, 0 },
	{ "POST", "/receipt", receipt_post, WEB_LANG | WEB_SLOW, BODY_MAX },
};
const struct web_route_table desk_intake_routes = { routes, ARRAY_LEN(routes) };
