/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/requests/pages.h"

#include "base/clock.h"
#include "base/hex.h"
#include "desk/staff/field.h"
#include "desk/staff/pages.h"
#include "desk/staff/show.h"

#include <errno.h>

enum { WORKS = STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR), DAYS_BACK = 366 };

/* Analysts and supervisors of the national desk. */
static bool may(struct web_request *r)
{
	if (!staff_may(r, WORKS))
		return false;
	if (!strcmp(staff_of(r)->unit, KEYS_NATIONAL))
		return true;
	staff_refuse(r, "not of the national desk");
	return false;
}

static struct requests_row shown(struct web_request *r, const struct request_row *q)
{
	const enum lang l = web_lang(r);
	struct arena *a = web_arena(r);
	const struct tz *zone = DESK(r)->zone;
	const char *id = staff_hex(a, q->id, SEAL_ID);
	return (struct requests_row){
		.id = id ? id : "",
		.short_id = staff_hex(a, q->id, 4),
		.kind = text(l, request_kind_label(q->kind)),
		.state = text(l, request_state_label(q->state)),
		.received = text_date(a, l, zone, q->received, TEXT_DAY),
		.due = text_date(a, l, zone, q->due - 1, TEXT_DAY),
		.ended = q->ended ? text_date(a, l, zone, q->ended, TEXT_DAY) : NULL,
		.late = q->late,
		.open = q->state == REQUEST_OPEN,
	};
}

static int list(struct web_request *r, bool ended, const struct requests_row **ret, size_t *ret_n)
{
	struct request_row *q;
	int err = request_list(DESK(r), web_arena(r), ended, clock_unix(), &q, ret_n);
	struct requests_row *rows = err ? NULL : arena_array(web_arena(r), *ret_n + 1, sizeof *rows);
	if (!rows)
		return err ? err : -ENOMEM;
	for (size_t i = 0; i < *ret_n; i++)
		rows[i] = shown(r, &q[i]);
	*ret = rows;
	return 0;
}

void staff_requests(struct web_request *r)
{
	if (!may(r))
		return;
	struct requests_page p = { .layout = staff_layout(r, N_("Requests about personal data")) };
	int err = list(r, false, &p.open, &p.open_n);
	if (!err)
		err = list(r, true, &p.ended, &p.ended_n);
	if (err) {
		web_status(r, 500);
		return;
	}
	page_staff_requests(web_out(r), &p);
	web_page(r, 200);
}

/* --- a new one --- */

static struct civil today(struct web_request *r)
{
	int64_t now = clock_unix();
	return civil_from_seconds(now + (DESK(r)->zone ? tz_offset(DESK(r)->zone, now) : 0));
}

static int64_t days(struct civil c)
{
	return civil_days(c.year, c.month, c.day);
}

static void show_new(struct web_request *r, const char *error, const char *date_error, const char *text_error, int status)
{
	const enum lang l = web_lang(r);
	const char *kind = web_field(r, "kind"), *received = web_field(r, "received"), *said = web_field(r, "text");
	const struct request_new_page p = {
		.layout = staff_layout(r, N_("Enter a request")),
		.csrf = staff_csrf(r, "/staff/requests/new"),
		.error = error ? text(l, error) : NULL,
		.kind = kind ? kind : "",
		.received = { .name = "received", .type = STAFF_FIELD_DAY, .label = text(l, N_("The day it came")),
			.value = received ? received : staff_day_field(web_arena(r), days(today(r)) * 86400),
			.error = date_error ? text(l, date_error) : NULL },
		.text = { .name = "text", .type = STAFF_FIELD_AREA, .rows = 8, .label = text(l, N_("Who asks, for what, and how to answer them")),
			.hint = text(l, N_("Sealed to the national desk. Say how the person was recognised; copy no identity document.")),
			.value = said ? said : "", .error = text_error ? text(l, text_error) : NULL },
	};
	page_staff_request_new(web_out(r), &p);
	web_page(r, status);
}

void staff_request_new(struct web_request *r)
{
	if (may(r))
		show_new(r, NULL, NULL, NULL, 200);
}

static const char *date_problem(struct web_request *r, struct civil *ret)
{
	const char *typed = web_field(r, "received");
	if (!typed || civil_parse_date(typed, ret))
		return N_("A date is written 2026-11-23.");
	int64_t ago = days(today(r)) - days(*ret);
	return ago < 0 ? N_("This day is still to come.") : ago > DAYS_BACK ? N_("This day is more than a year ago.") : NULL;
}

void staff_request_new_post(struct web_request *r)
{
	enum request_kind kind = REQUEST_ACCESS;
	struct civil received = { 0 };
	uint8_t id[SEAL_ID];
	if (!may(r))
		return;
	const char *said = staff_given(r, "text");
	bool known = request_kind_parse(web_field(r, "kind"), &kind);
	const char *date_error = date_problem(r, &received);
	const char *text_error = !said ? N_("Some words are needed.") : strlen(said) > REQUEST_TEXT_MAX ? N_("This is too long.") : NULL;
	if (!known || date_error || text_error) {
		show_new(r, known ? N_("Nothing was stored yet. Please look at the fields.") : N_("Please choose what kind of request it is."), date_error,
			text_error, 422);
		return;
	}
	const struct actor by = staff_actor(staff_of(r));
	if (request_put(DESK(r), &by, kind, received, said, id))
		show_new(r, staff_not_kept, NULL, NULL, 503);
	else
		web_redirect(r, "~/staff/requests");
}

/* --- one of them --- */

static bool load(struct web_request *r, uint8_t id[SEAL_ID], struct request_row *ret)
{
	if (!may(r))
		return false;
	int err = hex_read(bytes_str(web_param(r, "id")), id, SEAL_ID) ? request_get(DESK(r), id, clock_unix(), ret) : -ENOENT;
	if (err)
		web_status(r, err == -ENOENT ? 404 : 500);
	return !err;
}

static const char *path_of(struct web_request *r, const struct requests_row *row, const char *more)
{
	const char *path = arena_printf(web_arena(r), "/staff/requests/%s%s", row->id, more);
	return path ? path : "";
}

static void show(struct web_request *r, const struct request_row *q, const struct request_text *opened, const char *error, const char *why_error,
	int status)
{
	const enum lang l = web_lang(r);
	const char *how = web_field(r, "how"), *why = web_field(r, "why");
	struct request_page p = {
		.layout = staff_layout(r, N_("A request about personal data")),
		.row = shown(r, q),
		.error = error ? text(l, error) : NULL,
		.asked = opened ? (const char *)opened->asked.plain.p : NULL,
		.reason = opened ? (const char *)opened->reason.plain.p : NULL,
		.how = how ? how : "",
		.why = { .name = "why", .type = STAFF_FIELD_AREA, .rows = 5, .label = text(l, N_("What was answered, or why it is refused")),
			.hint = text(l, N_("Sealed like the request.")), .value = why ? why : "", .error = why_error ? text(l, why_error) : NULL },
	};
	p.csrf_open = staff_csrf(r, path_of(r, &p.row, "/open"));
	p.csrf_end = staff_csrf(r, path_of(r, &p.row, "/end"));
	p.layout.path = path_of(r, &p.row, ""); /* a language's link is no form */
	page_staff_request(web_out(r), &p);
	web_page(r, status);
}

void staff_request(struct web_request *r)
{
	struct request_row q;
	uint8_t id[SEAL_ID];
	if (load(r, id, &q))
		show(r, &q, NULL, NULL, NULL, 200);
}

void staff_request_open(struct web_request *r)
{
	struct request_row q;
	struct request_text opened;
	uint8_t id[SEAL_ID];
	if (!load(r, id, &q))
		return;
	const struct actor who = staff_actor(staff_of(r));
	int err = request_open(DESK(r), web_arena(r), &who, id, &opened);
	if (!err)
		show(r, &q, &opened, NULL, NULL, 200);
	else if (err == -EAGAIN)
		show(r, &q, NULL, N_("Too much was opened in a short time. Please wait a minute."), NULL, 429);
	else if (err == -ENOENT || err == -EACCES || err == ERR_MALFORMED)
		show(r, &q, NULL, N_("It cannot be opened: its keys have been erased, or you do not hold them."), NULL, 409);
	else
		web_status(r, 500);
	if (!err) {
		reading_done(&opened.asked);
		reading_done(&opened.reason);
	}
}

void staff_request_end(struct web_request *r)
{
	struct request_row q;
	uint8_t id[SEAL_ID];
	if (!load(r, id, &q))
		return;
	const char *how = web_field(r, "how"), *why = staff_given(r, "why");
	bool answered = how && !strcmp(how, request_state_name(REQUEST_ANSWERED));
	bool refused = how && !strcmp(how, request_state_name(REQUEST_REFUSED));
	const char *why_error = !why ? N_("Some words are needed.") : strlen(why) > REQUEST_TEXT_MAX ? N_("This is too long.") : NULL;
	if ((!answered && !refused) || why_error) {
		show(r, &q, NULL, N_("Nothing was stored yet. Please look at the fields."), why_error, 422);
		return;
	}
	const struct actor by = staff_actor(staff_of(r));
	int err = request_end(DESK(r), &by, id, answered ? REQUEST_ANSWERED : REQUEST_REFUSED, why);
	if (err == -EAGAIN && !request_get(DESK(r), id, clock_unix(), &q)) /* as it is by now */
		show(r, &q, NULL, N_("A colleague has ended this request meanwhile."), NULL, 409);
	else if (err)
		show(r, &q, NULL, staff_not_kept, NULL, 503);
	else
		web_redirect(r, "~/staff/requests");
}
