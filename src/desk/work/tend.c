/* SPDX-License-Identifier: Apache-2.0 */
/* What ends by time. Each thing in a transaction of its own that looks again, so that two front ends, or one
 * that was stopped in the middle, do it once. */
#include "desk/work/act.h"

#include "base/clock.h"
#include "desk/audit/audit.h"

#include <errno.h>

enum { AT_ONCE = 100 };

struct due { uint8_t report[SEAL_ID]; char unit[KEYS_UNIT]; uint32_t member; uint64_t epoch; };
struct list { struct due of[AT_ONCE]; size_t n; int64_t now; };

static int find(struct desk *d, const char *sql, struct list *l)
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	l->n = 0;
	err = STORE_QUERY(t, &rows, sql, S_INT(l->now), S_INT(AT_ONCE));
	if (!err) {
		while (l->n < AT_ONCE && (err = store_next(rows)) == 1) {
			struct due *e = &l->of[l->n];
			const char *unit = store_text(rows, 1);
			if (store_blob(rows, 0).n != SEAL_ID || !unit || strlen(unit) >= KEYS_UNIT)
				continue;
			memcpy(e->report, store_blob(rows, 0).p, SEAL_ID);
			memcpy(e->unit, unit, strlen(unit) + 1);
			e->member = (uint32_t)store_int(rows, 2);
			e->epoch = (uint64_t)store_int(rows, 3);
			l->n++;
		}
		store_end(rows);
	}
	store_rollback(t);
	return MIN(err, 0);
}

struct one { const struct due *due; int64_t now; };

static int audit(struct store_tx *t, const char *action, const struct due *e, const char *object)
{
	const struct audit_entry entry = { .action = action, .report = e->report, .object = object };
	return audit_put(t, &entry);
}

/* --- access for a time --- */

static int end_access(struct store_tx *t, void *ctx)
{
	const struct one *o = ctx;
	const struct due *e = o->due;
	int64_t changed;
	const struct store_value v[] = { S_BLOB(e->report, SEAL_ID), S_TEXT(e->unit), S_INT(e->member), S_INT(o->now) };
	int err = store_run(t, "DELETE FROM access WHERE report = $1 AND unit = $2 AND member = $3 AND until <= $4", v, 4, &changed);
	if (err || !changed)
		return err;
	if (e->epoch)
		err = act_unshare(t, e->report, e->unit, e->epoch);
	if (!err)
		err = STORE_RUN(t, "UPDATE report SET version = version + 1 WHERE id = $1", S_BLOB(e->report, SEAL_ID));
	return err ? err : audit(t, "access.end", e, e->unit);
}

/* --- what is kept no longer --- */

/* 1: there was one more duplicate of it, and it is gone. */
static int erase_duplicate(struct store_tx *t, const struct store_value *main)
{
	struct due e = { .member = 0 };
	struct store_rows *rows;
	int err = store_query(t, "SELECT id FROM report WHERE main = $1 AND held = 0 ORDER BY id LIMIT 1", main, 1, &rows);
	if (err)
		return err;
	err = store_next(rows);
	if (err == 1 && store_blob(rows, 0).n != SEAL_ID)
		err = ERR_FORMAT;
	if (err == 1)
		memcpy(e.report, store_blob(rows, 0).p, SEAL_ID);
	store_end(rows);
	if (err != 1)
		return err;
	err = STORE_RUN(t, "DELETE FROM report WHERE id = $1", S_BLOB(e.report, SEAL_ID));
	if (!err)
		err = audit(t, "report.erase", &e, "duplicate");
	return err ? err : 1;
}

static int erase(struct store_tx *t, void *ctx)
{
	const struct one *o = ctx;
	int64_t changed;
	const struct store_value v[] = { S_BLOB(o->due->report, SEAL_ID), S_INT(o->now) };
	int err = store_run(t, "DELETE FROM report WHERE id = $1 AND keep_until <= $2 AND held = 0", v, 2, &changed);
	if (err || !changed)
		return err;
	/* Its duplicates go with it, but for what the police hold: that stands by itself. */
	do
		err = erase_duplicate(t, v);
	while (err == 1);
	if (!err)
		err = STORE_RUN(t, "UPDATE report SET main = NULL, version = version + 1 WHERE main = $1", v[0]);
	return err ? err : audit(t, "report.erase", o->due, NULL);
}

/* --- what comes back to the table --- */

struct back { int64_t now; };

/* A recheck falls due; a unit has not done in time what it was given to do. */
static int bring_back(struct store_tx *t, void *ctx)
{
	const struct back *b = ctx;
	static const char *const late[] = {
		"SELECT n.report FROM notice n WHERE n.ended IS NULL AND n.due > 0 AND n.due <= $1",
		"SELECT f.report FROM referral f WHERE f.state IN ('referred', 'accepted') AND f.due > 0 AND f.due <= $1",
	};
	int err = 0;
	for (size_t i = 0; !err && i < ARRAY_LEN(late); i++) {
		struct sql q = { .n = 0 };
		sql_bind(&q, S_INT(b->now));
		sql_with(&q, "UPDATE report SET work = 1, version = version + 1, since = ?", S_INT(seal_round_time(b->now)));
		sql_with(&q, ", due = ? WHERE work = 0 AND id IN (", S_INT(act_until(b->now, 0)));
		sql_add(&q, late[i]);
		sql_add(&q, ")");
		err = store_run(t, q.text, q.value, q.value_n, NULL);
	}
	return err;
}

static int each(struct desk *d, const char *sql, store_work *work, struct list *l)
{
	int err = find(d, sql, l);
	for (size_t i = 0; !err && i < l->n; i++)
		err = store_write(d->store, work, &(struct one){ &l->of[i], l->now });
	return err;
}

int work_tend(struct desk *d)
{
	struct list l = { .now = clock_unix() };
	int err = each(d, "SELECT report, unit, member, epoch FROM access WHERE until <= $1 ORDER BY until LIMIT $2", end_access, &l);
	if (!err)
		err = each(d, "SELECT id, unit, 0, 0 FROM report WHERE keep_until <= $1 AND held = 0 ORDER BY keep_until LIMIT $2",
			erase, &l);
	return err ? err : store_write(d->store, bring_back, &(struct back){ l.now });
}
