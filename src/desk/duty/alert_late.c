/* SPDX-License-Identifier: Apache-2.0 */
/* What is past its time: whose it is, how late, and who hears of it. */
#include "desk/duty/alert_inside.h"

#include "desk/case/case.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define REPORT_SINCE "CASE r.since WHEN 0 THEN r.received - r.received % 3600 ELSE r.since END"
/* Told at the last step already. The time limit is part of the kind: late again after another is told again. */
#define TOLD(thing, due) "NOT EXISTS (SELECT 1 FROM told t WHERE t.thing = " thing " AND t.step = 3 AND t.kind = 'late ' || " due ")"

/* thing, report, since, due, member (0: nobody's), unit whose it is, restricted, whether it is a supervisor's. $1: now. */
static const char *const kinds[] = {
	"SELECT r.id, r.id, " REPORT_SINCE ", r.due, COALESCE(r.assigned, 0), r.unit, r.restricted, 0 FROM report r "
	"WHERE r.work = 1 AND r.due < $1 AND " TOLD("r.id", "r.due") " ORDER BY r.priority, r.due",
	/* Before a supervisor has signed it is the national desk's, then the unit's. */
	"SELECT f.id, f.report, f.since, f.due, 0, CASE f.state WHEN 'proposed' THEN 'national' ELSE f.unit END, r.restricted, "
	"CASE f.state WHEN 'proposed' THEN 1 ELSE 0 END FROM referral f JOIN report r ON r.id = f.report WHERE f.state IN ('proposed', 'referred', 'accepted') AND f.due > 0 AND f.due < $1 "
	"AND " TOLD("f.id", "f.due") " ORDER BY f.due",
	"SELECT n.id, n.report, n.since, n.due, n.drafted_by, r.unit, r.restricted, 0 FROM notice n JOIN report r ON r.id = n.report "
	"WHERE n.ended IS NULL AND n.due > 0 AND n.due < $1 AND " TOLD("n.id", "n.due") " ORDER BY n.due",
	"SELECT k.id, k.report, k.due - 86400, k.due, COALESCE(k.member, k.asked_by), k.unit, r.restricted, 0 FROM task k "
	"JOIN report r ON r.id = k.report WHERE k.done IS NULL AND k.due < $1 AND " TOLD("k.id", "k.due") " ORDER BY k.due",
	"SELECT q.id, q.id, q.received, q.due, 0, x.unit, 0, 1 FROM request q JOIN sealed x ON x.id = q.id "
	"WHERE q.state = 'open' AND q.due < $1 AND " TOLD("q.id", "q.due") " ORDER BY q.due",
};

struct late {
	uint8_t thing[SEAL_ID], report[SEAL_ID];
	int64_t since, due;
	uint32_t member;
	char unit[KEYS_UNIT];
	bool restricted, supervisors;
	unsigned step;
};
struct telling { struct late of[ALERT_ITEMS]; size_t n; int64_t now; struct alert_list list; };

static bool read_late(struct store_rows *r, int64_t now, struct late *ret)
{
	*ret = (struct late){ .since = store_int(r, 2), .due = store_int(r, 3), .member = (uint32_t)store_int(r, 4), .restricted = store_int(r, 6),
		.supervisors = store_int(r, 7) };
	(void)snprintf(ret->unit, sizeof ret->unit, "%s", store_text(r, 5));
	if (store_blob(r, 0).n != SEAL_ID || store_blob(r, 1).n != SEAL_ID)
		return false;
	memcpy(ret->thing, store_blob(r, 0).p, SEAL_ID);
	memcpy(ret->report, store_blob(r, 1).p, SEAL_ID);
	ret->step = case_escalation(ret->since, ret->due, now);
	return ret->step > 0;
}

static void kind_of(const struct late *x, char ret[32])
{
	(void)snprintf(ret, 32, "late %lld", (long long)x->due);
}

static int was_told(struct store_tx *t, const struct late *x, bool *ret)
{
	char kind[32];
	struct store_rows *r;
	kind_of(x, kind);
	int err = STORE_QUERY(t, &r, "SELECT 1 FROM told WHERE thing = $1 AND kind = $2 AND step = $3", S_BLOB(x->thing, SEAL_ID),
		S_TEXT(kind), S_INT(x->step));
	if (err)
		return err;
	err = store_next(r);
	*ret = err == 1;
	store_end(r);
	return err < 0 ? err : 0;
}

/* Two statements cannot be read at once: those found are looked up in a second transaction. */
static int find_kind(struct desk *d, const char *sql, struct telling *w)
{
	enum { LOOK = 20000 };
	struct store_tx *t;
	struct store_rows *r;
	size_t n = 0;
	struct late *found = malloc(LOOK * sizeof *found);
	int err = found ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err) {
		free(found);
		return err;
	}
	err = STORE_QUERY(t, &r, sql, S_INT(w->now));
	if (!err) {
		while (n < LOOK && (err = store_next(r)) == 1)
			n += read_late(r, w->now, &found[n]);
		store_end(r);
	}
	for (size_t i = 0; i < n && err >= 0 && w->n < ALERT_ITEMS; i++) {
		bool told = false;
		err = was_told(t, &found[i], &told);
		if (!err && !told)
			w->of[w->n++] = found[i];
	}
	store_rollback(t);
	free(found);
	return err < 0 ? err : 0;
}

/* Whose it is; nobody's: who is at the desk, and in a unit all of it. */
static int tell_holder(struct store_tx *t, struct telling *w, const struct late *x, size_t *ret_n)
{
	const struct alert_about a = { x->report, x->restricted && !x->member, false, POST_LATE };
	if (x->member)
		return ALERT_ADD(t, &w->list, &a, ret_n, ALERT_WHO "WHERE s.member = $1 AND s.gone IS NULL", S_INT(x->member));
	if (!strcmp(x->unit, KEYS_NATIONAL))
		return alert_on_duty(t, &w->list, &a, x->unit, "desk", w->now, ret_n);
	return ALERT_ADD(t, &w->list, &a, ret_n, ALERT_WHO "WHERE s.unit = $1 AND s.gone IS NULL", S_TEXT(x->unit));
}

static int tell_supervisors(struct store_tx *t, struct telling *w, const struct late *x)
{
	const struct alert_about a = { x->report, x->restricted, false, POST_ESCALATED };
	size_t n;
	int err = alert_supervisors(t, &w->list, &a, x->unit, &n);
	if (!err && strcmp(x->unit, KEYS_NATIONAL) != 0)
		err = alert_supervisors(t, &w->list, &a, KEYS_NATIONAL, &n);
	return err;
}

static int tell_one(struct store_tx *t, struct telling *w, const struct late *x)
{
	char kind[32];
	bool first;
	size_t n = 0;
	kind_of(x, kind);
	int err = alert_first(t, x->thing, kind, x->step, &first);
	if (err || !first)
		return err;
	if (x->step != 2 && !x->supervisors)
		err = tell_holder(t, w, x, &n);
	/* Nobody has it and nobody is at the desk: the supervisors are next. */
	return err || (x->step == 1 && n) ? err : tell_supervisors(t, w, x);
}

static int tell(struct store_tx *t, void *ctx)
{
	struct telling *w = ctx;
	int err = 0;
	w->list.n = 0; /* the transaction may be tried again */
	for (size_t i = 0; i < w->n && !err; i++)
		err = tell_one(t, w, &w->of[i]);
	return err ? err : alert_put(t, &w->list);
}

int alert_late(struct desk *d, int64_t now)
{
	struct telling *w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	int err = 0;
	w->now = now;
	for (size_t i = 0; i < ARRAY_LEN(kinds) && !err; i++)
		err = find_kind(d, kinds[i], w);
	if (!err && w->n)
		err = store_write(d->store, tell, w);
	free(w);
	return err;
}
