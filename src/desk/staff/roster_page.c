/* SPDX-License-Identifier: Apache-2.0 */
/* The roster of one's unit: everybody of it sees it, its supervisors change it. */
#include "base/clock.h"
#include "base/hex.h"
#include "base/tz.h"
#include "desk/pages.h"
#include "desk/staff/exposure.h"
#include "desk/staff/field.h"
#include "desk/staff/pages.h"
#include "desk/staff/people.h"
#include "desk/staff/people_pages.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum { DAY = 86400, BEFORE = 1, AFTER = 28 };

static const char *when(struct web_request *r, int64_t at, enum text_date what)
{
	return text_date(web_arena(r), web_lang(r), DESK(r)->zone, at, what);
}

static struct roster_row row_of(struct web_request *r, const struct shift *s, int64_t now)
{
	return (struct roster_row){ .id = staff_hex(web_arena(r), s->id, SHIFT_ID), .day = when(r, s->starts, TEXT_DAY),
		.from = when(r, s->starts, TEXT_TIME), .to = when(r, s->ends, TEXT_TIME), .name = s->name,
		.duty = text(web_lang(r), duty_label(s->duty)), .now = s->starts <= now && s->ends > now, .reachable = s->reachable };
}

static int fill(struct web_request *r, struct roster_page *p)
{
	struct shift *s;
	size_t n;
	int64_t now = clock_unix();
	int err = roster_list(DESK(r), web_arena(r), staff_of(r)->unit, now - BEFORE * DAY, now + AFTER * DAY, &s, &n);
	if (err)
		return err;
	struct roster_row *row = arena_array(web_arena(r), n ? n : 1, sizeof *row);
	if (!row)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		row[i] = row_of(r, &s[i], now);
	p->row = row;
	p->row_n = n;
	if (p->changes)
		err = staff_colleagues(r, staff_of(r)->unit, 0, &p->member, &p->member_n);
	return err || !p->changes ? err : exposure_sum(DESK(r), staff_of(r)->unit, &p->pauses);
}

static void show(struct web_request *r, const char *error, int status)
{
	struct roster_page p = {
		.layout = staff_layout(r, N_("Roster")),
		.error = error,
		.csrf_add = staff_csrf(r, "/staff/roster"),
		.csrf_remove = staff_csrf(r, "/staff/roster/remove"),
		.changes = staff_of(r)->role == KEYS_SUPERVISOR,
		.day = web_field(r, "day"),
		.from = web_field(r, "from"),
		.to = web_field(r, "to"),
	};
	if (fill(r, &p)) {
		web_status(r, 500);
		return;
	}
	page_roster(web_out(r), &p);
	web_page(r, status);
}

void staff_roster(struct web_request *r)
{
	if (staff_may(r, STAFF_READERS))
		show(r, NULL, 200);
}

/* "08:00" into seconds of the day; -1: it is not. */
static int64_t time_field(struct web_request *r, const char *name)
{
	const char *s = web_field(r, name);
	static const char form[] = "00:00";
	for (size_t i = 0; i < sizeof form; i++)
		if (!s || (form[i] == '0' ? !isdigit((unsigned char)s[i]) : s[i] != form[i]))
			return -1;
	int h = (s[0] - '0') * 10 + s[1] - '0', m = (s[3] - '0') * 10 + s[4] - '0';
	return h < 24 && m < 60 ? h * 3600 + m * 60 : -1;
}

/* NULL: *ret is a shift; else what is wrong. An end before the beginning is of the next day. */
static const char *read_shift(struct web_request *r, struct shift *ret, unsigned *ret_weeks)
{
	struct civil day;
	const struct tz *z = DESK(r)->zone;
	const char *date = web_field(r, "day"), *member = web_field(r, "member"), *weeks = web_field(r, "weeks");
	int64_t from = time_field(r, "from"), to = time_field(r, "to");
	if (!date || civil_parse_date(date, &day))
		return N_("A date is written 2026-11-23.");
	if (from < 0 || to < 0)
		return N_("A time is written 08:30.");
	if (!duty_parse(web_field(r, "duty"), &ret->duty))
		return N_("Say which duty.");
	int64_t at = civil_to_seconds(day), starts = at + from, ends = at + to + (to <= from ? DAY : 0);
	ret->member = (uint32_t)strtoul(member ? member : "", NULL, 10);
	ret->starts = z ? tz_to_utc(z, starts) : starts;
	ret->ends = z ? tz_to_utc(z, ends) : ends;
	*ret_weeks = weeks && *weeks ? (unsigned)strtoul(weeks, NULL, 10) : 1;
	return NULL;
}

void staff_roster_post(struct web_request *r)
{
	struct shift s = { 0 };
	unsigned weeks = 1;
	if (!staff_may(r, STAFF_ROLE(KEYS_SUPERVISOR)))
		return;
	const char *problem = read_shift(r, &s, &weeks);
	int err = problem ? 0 : roster_add(DESK(r), staff_of(r), &s, weeks);
	if (err == -EINVAL)
		problem = N_("A shift is at most a day long, not over yet, and within a year; at most 13 weeks at once.");
	else if (err == -EEXIST)
		problem = N_("This person has such a duty then already. Nothing was changed.");
	else if (err == -ENOENT)
		problem = N_("This is nobody of your unit.");
	if (problem)
		show(r, problem, 422);
	else if (err)
		web_status(r, 500);
	else
		web_redirect(r, "~/staff/roster");
}

void staff_roster_remove(struct web_request *r)
{
	uint8_t id[SHIFT_ID];
	const char *hex = web_field(r, "shift");
	if (!staff_may(r, STAFF_ROLE(KEYS_SUPERVISOR)))
		return;
	int err = hex && hex_read(bytes_str(hex), id, SHIFT_ID) ? roster_remove(DESK(r), staff_of(r), id) : -ENOENT;
	if (err == -ENOENT)
		staff_unseen(r);
	else if (err)
		web_status(r, 500);
	else
		web_redirect(r, "~/staff/roster");
}
