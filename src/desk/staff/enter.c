/* SPDX-License-Identifier: Apache-2.0 */
/* A report taken by telephone or at the counter: the adults' engine, with how it was taken. The state
 * field is sealed and only a signed-in member can get one of this form, so it stands for a CSRF token. */
#include "desk/intake/pages.h"
#include "desk/pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#define READERS (STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR) | STAFF_ROLE(KEYS_OFFICER))
#define ASK(list) .ask = list, .ask_n = ARRAY_LEN(list)

static const struct step_ask how[] = { { .field = "taken" }, { .field = "reporter" }, { .field = "words" },
	{ .field = "danger_now" }, { .field = "child_known" }, { .field = "child_age" }, { .field = "territory" } };
static const struct step_ask address[] = { { .field = "url" }, { .field = "more_urls" }, { .field = "shows" },
	{ .field = "site_type" }, { .field = "access" }, { .field = "first_seen" } };
static const struct step_ask contact[] = { { .field = "contact" }, { .field = "platform" }, { .field = "suspect_account" },
	{ .field = "suspect_name" }, { .field = "contact_ongoing" }, { .field = "meeting_planned" }, { .field = "threat" },
	{ .field = "messages" }, { .field = "child_who" }, { .field = "trusted_adult" } };
static const struct step_ask travel[] = { { .field = "travel" }, { .field = "place" }, { .field = "establishment" },
	{ .field = "date_from" }, { .field = "date_to" }, { .field = "vehicle" }, { .field = "suspect_name" },
	{ .field = "departure" }, { .field = "child_situation" } };
static const struct step_ask other[] = { { .field = "concern" }, { .field = "place" }, { .field = "platform" },
	{ .field = "suspect_account" }, { .field = "child_who" }, { .field = "child_situation" } };
static const struct step_ask people[] = { { .field = "excluded_units" }, { .field = "excluded_persons" },
	{ .field = "desk_person" }, { .field = "reach" }, { .field = "reach_address" }, { .field = "reach_safe" },
	{ .field = "annotations" } };

#define STEPS(details) { { .title = N_("What the person says"), \
	.lead = N_("Write their words as they say them. Ask only what helps to protect."), ASK(how) }, \
	{ .title = N_("Details"), ASK(details) }, { .title = N_("Who must not see it, and how to reach them"), ASK(people) } }
static const struct step address_steps[] = STEPS(address), contact_steps[] = STEPS(contact),
	travel_steps[] = STEPS(travel), other_steps[] = STEPS(other);

#define PATH(name, what, kind_, steps_) { .path = "/staff/report/" name, .action = "~/staff/report/" name, .title = what, \
	.form = FORM_STAFF, .kind = kind_, .by = REPORT_BY_STAFF, .step = steps_, .step_n = ARRAY_LEN(steps_), \
	.before_send = before_send_staff, .sent = page_sent_staff }
static const struct steps paths[REPORT_KIND_COUNT] = {
	PATH("address", N_("Report a page or a group"), REPORT_ADDRESS, address_steps),
	PATH("solicitation", N_("Report a contact with a child"), REPORT_SOLICITATION, contact_steps),
	PATH("travel", N_("Report exploitation in travel or tourism"), REPORT_TRAVEL, travel_steps),
	PATH("other", N_("Report something else"), REPORT_OTHER, other_steps),
};

void staff_enter(struct web_request *r)
{
	if (!staff_may(r, READERS))
		return;
	const struct staff_enter_page p = { staff_layout(r, N_("Enter a report for someone")) };
	page_staff_enter(web_out(r), &p);
	web_page(r, 200);
}

static const struct steps *path_of(struct web_request *r)
{
	enum report_kind kind;
	if (!staff_has(r, READERS))
		return NULL;
	if (report_kind_parse(web_param(r, "kind"), &kind))
		return &paths[kind];
	web_status(r, 404);
	return NULL;
}

void staff_enter_begin(struct web_request *r)
{
	const struct steps *s = path_of(r);
	if (s)
		steps_get(r, s, REPORT_BY_STAFF);
}

void staff_enter_post(struct web_request *r)
{
	const struct steps *s = path_of(r);
	if (s)
		steps_post(r, s);
}
