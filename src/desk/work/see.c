/* SPDX-License-Identifier: Apache-2.0 */
/* The sets of the subqueries are small and do not depend on the row: both engines make them once. */
#include "desk/work/see.h"

#include "base/clock.h"

#include <errno.h>

bool see_national(const struct actor *who)
{
	return strcmp(who->unit, KEYS_NATIONAL) == 0;
}

static void granted(struct sql *q, const struct actor *who, int64_t now)
{
	sql_with(q, " FROM access x WHERE x.unit = ?", S_TEXT(who->unit));
	sql_with(q, " AND x.member IN (0, ?)", S_INT(who->member));
	sql_with(q, " AND x.until > ?", S_INT(now));
}

/* From what is before the unit to the reports, of which it has few. */
static void from_unit(struct sql *q, const struct actor *who, int64_t now, const char *also)
{
	sql_with(q, " FROM (SELECT g.report, g.state, g.due, g.since FROM referral g WHERE g.unit = ? AND g.shown = 1"
		" UNION ALL SELECT DISTINCT x.report, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)", S_TEXT(who->unit));
	granted(q, who, now);
	sql_with(q, " AND NOT EXISTS (SELECT 1 FROM referral h WHERE h.report = x.report AND h.unit = ? AND h.shown = 1)) f",
		S_TEXT(who->unit));
	sql_add(q, " JOIN report r ON r.id = f.report");
	sql_add(q, also);
	sql_add(q, " WHERE 1 = 1");
}

static void from_national(struct sql *q, const char *also)
{
	sql_add(q, " FROM report r");
	sql_add(q, also);
	sql_add(q, " WHERE r.unit = '" KEYS_NATIONAL "'");
}

void see_columns(struct sql *q, const struct actor *who, int64_t now, const char *columns, const char *also)
{
	sql_add(q, "SELECT ");
	sql_add(q, columns);
	if (see_national(who))
		from_national(q, also);
	else
		from_unit(q, who, now, also);
	q->open = true;
}

void see_end(struct sql *q, const struct actor *who, int64_t now)
{
	q->open = false;
	if (!case_who(who->role, who->unit))
		sql_add(q, " AND 1 = 0");
	if (see_national(who) && who->role != KEYS_SUPERVISOR) {
		sql_add(q, " AND (r.restricted = 0 OR r.id IN (SELECT x.report");
		granted(q, who, now);
		sql_add(q, "))");
	}
	sql_with(q, " AND r.id NOT IN (SELECT e.report FROM excluded e WHERE e.member = ?)", S_INT(who->member));
}

#define SINCE "CASE r.since WHEN 0 THEN r.received - r.received % 3600 ELSE r.since END"
#define SAME "r.id, r.kind, r.priority, r.state, r.region, r.received, r.restricted, r.opened, r.held, r.mailbox IS NOT NULL, r.version, "
#define UNIT_DUE "COALESCE(f.due, r.due)"
#define UNIT_SINCE "COALESCE(f.since, " SINCE ")"
#define UNIT_WORK "CASE WHEN f.state = 'done' THEN 0 ELSE 1 END"

const struct see_terms *see_terms(const struct actor *who)
{
	static const struct see_terms national = { "r.due", SINCE, "r.work" }, unit = { UNIT_DUE, UNIT_SINCE, UNIT_WORK };
	return see_national(who) ? &national : &unit;
}

void see_select(struct sql *q, const struct actor *who, int64_t now)
{
	see_columns(q, who, now, see_national(who)
		? SAME "r.due, " SINCE ", r.work, r.assigned,"
		  " (SELECT f.state FROM referral f WHERE f.report = r.id ORDER BY f.created DESC, f.id LIMIT 1)"
		: SAME UNIT_DUE ", " UNIT_SINCE ", " UNIT_WORK ", NULL, f.state", "");
}

static int state_of(enum case_machine m, const char *name, int otherwise)
{
	int state = otherwise;
	return name && !case_state_parse(m, name, &state) ? -1 : state;
}

int see_row(struct store_rows *rows, struct arena *a, int64_t now, struct work_row *ret)
{
	struct bytes id = store_blob(rows, 0);
	const char *region = store_text(rows, 4);
	struct work_row r = {
		.priority = (enum priority)store_int(rows, 2),
		.state = state_of(CASE_REPORT, store_text(rows, 3), -1),
		.received = store_int(rows, 5),
		.restricted = store_int(rows, 6),
		.opened = store_int(rows, 7),
		.held = store_int(rows, 8),
		.mailbox = store_int(rows, 9),
		.version = (uint64_t)store_int(rows, 10),
		.due = store_int(rows, 11),
		.since = store_int(rows, 12),
		.work = store_int(rows, 13),
		.assigned = (uint32_t)store_int(rows, 14),
		.referral = state_of(CASE_REFERRAL, store_text(rows, 15), CF_NONE),
	};
	if (id.n != SEAL_ID || r.state < 0 || r.referral < 0 || !report_kind_parse(store_text(rows, 1), &r.kind))
		return ERR_FORMAT;
	memcpy(r.id, id.p, SEAL_ID);
	if (r.due >= SEE_NEVER)
		r.due = 0;
	r.late = r.work && r.due ? case_escalation(r.since, r.due, now) : 0;
	r.region = region ? arena_text(a, region, strlen(region)) : NULL;
	if (region && !r.region)
		return -ENOMEM;
	*ret = r;
	return 0;
}

int see_rows(struct store_tx *t, struct arena *a, const struct sql *q, int64_t now, size_t cap, struct work_row *ret,
	size_t *ret_n)
{
	struct store_rows *rows;
	size_t n = 0;
	int err = sql_query(t, q, &rows);
	if (err)
		return err;
	while (n < cap && (err = store_next(rows)) == 1 && !(err = see_row(rows, a, now, &ret[n])))
		n++;
	store_end(rows);
	*ret_n = n;
	return MIN(err, 0);
}

int see_one(struct store_tx *t, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], int64_t now,
	struct work_row *ret)
{
	struct sql q = { .n = 0 };
	size_t n = 0;
	see_select(&q, who, now);
	sql_with(&q, " AND r.id = ?", S_BLOB(id, SEAL_ID));
	see_end(&q, who, now);
	int err = see_rows(t, a, &q, now, 1, ret, &n);
	return err ? err : n ? 0 : -ENOENT;
}
