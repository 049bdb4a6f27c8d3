/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/show.h"

#include "base/clock.h"
#include "base/hex.h"

#include <errno.h>

enum { SHORT = 8, HOUR = 3600, DAY = 86400 };

/* --- who --- */

struct actor staff_actor(const struct staff *s)
{
	return (struct actor){ s->member, (enum keys_role)s->role, s->unit, s->keys };
}

bool staff_is_national(const struct staff *s)
{
	return strcmp(s->unit, KEYS_NATIONAL) == 0;
}

static const char *kept(struct arena *a, struct store_rows *rows, unsigned column)
{
	const char *s = store_text(rows, column);
	return arena_text(a, s ? s : "", s ? strlen(s) : 0);
}

int staff_people(struct web_request *r, struct staff_people *ret)
{
	struct store_tx *t;
	struct store_rows *rows;
	struct arena *a = web_arena(r);
	struct staff_people p = { arena_array(a, KEYS_MEMBER_MAX, sizeof *p.of), 0 };
	int err = p.of ? store_begin(DESK(r)->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = store_query(t, "SELECT member, role, name, unit, gone IS NOT NULL FROM staff ORDER BY name, member", NULL, 0, &rows);
	if (!err) {
		while (p.n < KEYS_MEMBER_MAX && (err = store_next(rows)) == 1) {
			struct staff_person *one = &p.of[p.n++];
			*one = (struct staff_person){ (uint32_t)store_int(rows, 0), (int)store_int(rows, 1), kept(a, rows, 2),
				kept(a, rows, 3), store_int(rows, 4) != 0 };
			if (!one->name || !one->unit) {
				err = -ENOMEM;
				break;
			}
		}
		store_end(rows);
	}
	store_rollback(t);
	*ret = p;
	return MIN(err, 0);
}

const char *staff_name(const struct staff_people *p, enum lang l, uint32_t member)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->of[i].member == member)
			return p->of[i].name;
	return text(l, "somebody");
}

const char *staff_unit(struct web_request *r, const char *code)
{
	const struct desk_territory *t = desk_territory(DESK(r)->data, code);
	return t ? t->name[web_lang(r)] : !strcmp(code, KEYS_NATIONAL) ? text(web_lang(r), "National desk") : code;
}

/* --- numbers --- */

bool staff_id(const char *hex, uint8_t ret[SEAL_ID])
{
	return hex && hex_read(bytes_str(hex), ret, SEAL_ID);
}

/* --- times --- */

const char *staff_hour(struct web_request *r, int64_t at)
{
	return at ? text_date(web_arena(r), web_lang(r), DESK(r)->zone, at, TEXT_DAY_TIME) : "";
}

static const char *received(struct arena *a, enum lang l, int64_t ago)
{
	if (ago < HOUR)
		return text(l, "Received less than an hour ago");
	if (ago < 2 * DAY)
		return text_n(a, l, "Received {n} hour ago", "Received {n} hours ago", ago / HOUR);
	return text_n(a, l, "Received {n} day ago", "Received {n} days ago", ago / DAY);
}

static const char *late_by(struct arena *a, enum lang l, int64_t by)
{
	if (by < HOUR)
		return text(l, "Late by less than an hour");
	if (by < 2 * DAY)
		return text_n(a, l, "Late by {n} hour", "Late by {n} hours", by / HOUR);
	return text_n(a, l, "Late by {n} day", "Late by {n} days", by / DAY);
}

static const char *due_in(struct arena *a, enum lang l, int64_t in)
{
	if (in < HOUR)
		return text(l, "Due in less than an hour");
	if (in < 2 * DAY)
		return text_n(a, l, "Due in {n} hour", "Due in {n} hours", in / HOUR);
	return text_n(a, l, "Due in {n} day", "Due in {n} days", in / DAY);
}

const char *staff_due(struct arena *a, enum lang l, int64_t now, int64_t due, unsigned late)
{
	if (!due)
		return NULL;
	if (now < due)
		return due_in(a, l, due - now);
	const char *by = late_by(a, l, now - due);
	if (late < 2)
		return by;
	const char *args[] = { by, NULL };
	return text_fill(a, l, late == 2 ? "{0}: a supervisor must look" : "{0}: whoever reads this must act", args);
}

/* --- words --- */

const char *staff_and(struct arena *a, enum lang l, const char *before, const char *more)
{
	const char *args[] = { before, more, NULL };
	return before ? text_fill(a, l, "{0}, {1}", args) : more;
}

const char *staff_priority(enum lang l, enum priority p)
{
	static const char *const name[PRIORITY_COUNT] = { N_("P0 · imminent danger"), N_("P1 · a child who can be found"),
		N_("P2 · abuse online"), N_("P3 · the rest") };
	return (unsigned)p < PRIORITY_COUNT ? text(l, name[p]) : "";
}

const char *staff_region(struct web_request *r, const char *region)
{
	return region ? staff_unit(r, region) : text(web_lang(r), "Region not known");
}

static const char *with(struct web_request *r, const struct staff_people *p, const struct work_row *row)
{
	const enum lang l = web_lang(r);
	if (!staff_is_national(staff_of(r)))
		return NULL; /* who has it at the national desk is not the unit's to know */
	if (!row->assigned)
		return text(l, "With nobody");
	const char *args[] = { staff_name(p, l, row->assigned), NULL };
	return row->assigned == staff_of(r)->member ? text(l, "With you") : text_fill(web_arena(r), l, "With {0}", args);
}

static void mark(struct web_request *r, const struct work_row *row, const char *ret[4])
{
	const enum lang l = web_lang(r);
	size_t n = 0;
	if (!row->opened)
		ret[n++] = text(l, "Nobody has opened it");
	if (row->restricted)
		ret[n++] = text(l, "Supervisors only");
	if (row->held)
		ret[n++] = text(l, "Held for the police");
}

static const char *state(struct web_request *r, const struct work_row *row)
{
	const enum lang l = web_lang(r);
	const char *referral = text(l, case_state_label(CASE_REFERRAL, row->referral));
	if (!staff_is_national(staff_of(r)))
		return referral;
	const char *report = text(l, case_state_label(CASE_REPORT, row->state));
	return row->referral == CF_NONE ? report : arena_printf(web_arena(r), "%s · %s", report, referral);
}

struct case_line staff_line(struct web_request *r, const struct staff_people *p, const struct work_row *row)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	const int64_t now = clock_unix();
	const char *hex = staff_hex(a, row->id, SEAL_ID);
	struct case_line line = {
		.href = arena_printf(a, "~/staff/reports/%s", hex ? hex : ""),
		.number = hex ? arena_text(a, hex, SHORT) : NULL,
		.kind = text(l, report_kind_label(row->kind)),
		.priority = staff_priority(l, row->priority),
		.state = state(r, row),
		.region = staff_region(r, row->region),
		.age = received(a, l, now - row->received),
		.due = row->work ? staff_due(a, l, now, row->due, row->late) : NULL,
		.who = with(r, p, row),
		.level = row->priority,
		.late = row->work && row->due && now >= row->due ? MAX(row->late, 1U) : 0,
	};
	mark(r, row, line.mark);
	return line;
}

int staff_lines(struct web_request *r, const struct work_row *row, size_t n, struct case_line **ret)
{
	struct staff_people p;
	struct case_line *line = arena_array(web_arena(r), n ? n : 1, sizeof *line);
	int err = line ? staff_people(r, &p) : -ENOMEM;
	for (size_t i = 0; i < n && !err; i++)
		line[i] = staff_line(r, &p, &row[i]);
	*ret = line;
	return err;
}
