/* SPDX-License-Identifier: Apache-2.0 */
/* Public pages that ask nothing: home, help, what to do now, privacy, and the way out. */
#include "desk/open/pages.h"

#include "base/clock.h"
#include "desk/config.h"
#include "desk/settings.h"

#include <errno.h>

static void show(struct web_request *r, const char *title, void (*page)(struct html_out *, const struct open_page *))
{
	const struct open_page p = { { .desk = DESK(r), .title = text(web_lang(r), title), .path = web_path(r) } };
	page(web_out(r), &p);
	web_page(r, 200);
}

static void home(struct web_request *r)
{
	show(r, N_("Report online abuse of a child"), page_home);
}

static void help(struct web_request *r)
{
	show(r, N_("Talk to somebody now"), page_help);
}

static void told(struct web_request *r)
{
	show(r, N_("My child just told me"), page_told);
}

static void hotel(struct web_request *r)
{
	show(r, N_("What now? For hotels, transport and guides"), page_hotel);
}

static void accessibility(struct web_request *r)
{
	show(r, N_("Accessibility"), page_accessibility);
}

static const char *filing_name(enum lang l, const char *status)
{
	if (!status)
		return NULL;
	if (!strcmp(status, "declared"))
		return text(l, "declared");
	return !strcmp(status, "authorised") ? text(l, "authorised") : text(l, "governed by its own legal text");
}

static int read_settings(struct web_request *r, struct privacy_page *p)
{
	struct store_tx *t;
	struct arena *a = web_arena(r);
	struct civil day;
	const char *status = NULL, *date = NULL;
	int err = store_begin(DESK(r)->store, STORE_READ, &t);
	if (err)
		return err;
	err = desk_setting_get(t, a, SETTING_LAW, &p->law);
	if (!err)
		err = desk_setting_get(t, a, SETTING_FILING, &status);
	if (!err)
		err = desk_setting_get(t, a, SETTING_FILING_REF, &p->reference);
	if (!err)
		err = desk_setting_get(t, a, SETTING_FILING_DATE, &date);
	store_rollback(t);
	p->filing = filing_name(web_lang(r), status);
	if (date && !civil_parse_date(date, &day))
		p->date = text_date(a, web_lang(r), NULL, civil_to_seconds(day), TEXT_DAY);
	return err;
}

static void privacy(struct web_request *r)
{
	const struct desk_config *c = DESK(r)->config;
	struct privacy_page p = {
		.layout = { .desk = DESK(r), .title = text(web_lang(r), N_("What we keep and who can see it")),
			.path = web_path(r) },
		.name = c->name ? c->name : "hisn",
		.contact = c->contact,
		.onion_address = c->onion,
	};
	if (read_settings(r, &p)) {
		web_status(r, 500);
		return;
	}
	page_privacy(web_out(r), &p);
	web_page(r, 200);
}

/* The quick exit. What browsers keep of this site in their cache goes too, where they obey. */
static void leave(struct web_request *r)
{
	const char *to = DESK(r)->config->exit_url;
	web_header_set(r, "Clear-Site-Data", "\"cache\", \"storage\"");
	web_leave(r, to ? to : "https://www.wikipedia.org/");
}

static const struct web_route routes[] = {
	{ "GET", "/", home, WEB_LANG, 0 },
	{ "GET", "/help", help, WEB_LANG, 0 },
	{ "GET", "/told", told, WEB_LANG, 0 },
	{ "GET", "/hotel", hotel, WEB_LANG, 0 },
	{ "GET", "/privacy", privacy, WEB_LANG, 0 },
	{ "GET", "/accessibility", accessibility, WEB_LANG, 0 },
	{ "GET", "/exit", leave, WEB_LANG, 0 },
};
const struct web_route_table desk_public_routes = { routes, ARRAY_LEN(routes) };
