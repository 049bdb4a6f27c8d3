/* SPDX-License-Identifier: Apache-2.0 */
/* What was in the hands of somebody who leaves or is away. Who gives it on need not see it, and learns only
 * how many there were. */
#include "desk/work/act.h"

#include "base/clock.h"
#include "desk/audit/audit.h"

#include <errno.h>
#include <stdio.h>

enum { AT_ONCE = 200 };

struct giving {
	const struct actor *who;
	struct actor to; /* member 0: nobody */
	uint32_t from;
	struct { uint8_t report[SEAL_ID]; bool theirs; } of[AT_ONCE];
	size_t n;
};

static int find_to(struct store_tx *t, struct giving *g)
{
	struct store_rows *rows;
	if (!g->to.member)
		return 0;
	int err = STORE_QUERY(t, &rows, "SELECT role FROM staff WHERE member = $1 AND unit = $2 AND gone IS NULL",
		S_INT(g->to.member), S_TEXT(g->to.unit));
	if (err)
		return err;
	err = store_next(rows);
	g->to.role = err == 1 ? (enum keys_role)store_int(rows, 0) : 0;
	store_end(rows);
	return err == 1 ? 0 : err == 0 ? -EINVAL : err;
}

static int find_cases(struct store_tx *t, struct giving *g)
{
	struct store_rows *rows;
	g->n = 0;
	int err = STORE_QUERY(t, &rows, "SELECT r.id FROM report r WHERE (r.assigned = $1 AND r.work = 1 AND r.unit = $2)"
		" OR r.id IN (SELECT k.report FROM task k WHERE k.member = $1 AND k.done IS NULL AND k.unit = $2) ORDER BY r.id LIMIT $3",
		S_INT(g->from), S_TEXT(g->who->unit), S_INT(AT_ONCE));
	if (err)
		return err;
	while (g->n < AT_ONCE && (err = store_next(rows)) == 1)
		if (store_blob(rows, 0).n == SEAL_ID)
			memcpy(g->of[g->n++].report, store_blob(rows, 0).p, SEAL_ID);
	store_end(rows);
	return MIN(err, 0);
}

/* Nobody is given what they may not see: that is nobody's then. */
static int find_seen(struct store_tx *t, struct giving *g)
{
	struct arena a;
	int err = 0;
	arena_init(&a, 0);
	for (size_t i = 0; !err && i < g->n; i++) {
		struct work_row row;
		err = g->to.member ? see_one(t, &a, &g->to, g->of[i].report, clock_unix(), &row) : -ENOENT;
		g->of[i].theirs = !err;
		err = err == -ENOENT ? 0 : err;
	}
	arena_done(&a);
	return err;
}

static int give(struct store_tx *t, const struct giving *g, size_t i)
{
	char object[32];
	const struct store_value id = S_BLOB(g->of[i].report, SEAL_ID), from = S_INT(g->from),
				 to = g->of[i].theirs ? S_INT(g->to.member) : S_NULL, unit = S_TEXT(g->who->unit);
	(void)snprintf(object, sizeof object, "member=%u", g->of[i].theirs ? g->to.member : 0);
	const struct audit_entry e = { g->who->member, (int)g->who->role, "case.assign", g->of[i].report, object, "from a leaver" };
	int err = STORE_RUN(t, "UPDATE report SET assigned = $3, version = version + 1 WHERE id = $1 AND assigned = $2 AND unit = $4",
		id, from, to, unit);
	if (!err)
		err = STORE_RUN(t, "UPDATE task SET member = $3 WHERE report = $1 AND member = $2 AND done IS NULL AND unit = $4", id,
			from, to, unit);
	return err ? err : audit_put(t, &e);
}

static int some(struct store_tx *t, void *ctx)
{
	struct giving *g = ctx;
	int err = find_to(t, g);
	if (!err)
		err = find_cases(t, g);
	if (!err)
		err = find_seen(t, g);
	for (size_t i = 0; !err && i < g->n; i++)
		err = give(t, g, i);
	return err;
}

int work_reassign(struct desk *d, const struct actor *who, uint32_t from, uint32_t to, size_t *ret_n)
{
	struct giving g = { .who = who, .from = from, .to = { .member = to, .unit = who->unit } };
	const struct audit_entry no = { who->member, (int)who->role, "refused", NULL, "case.assign", "not a supervisor" };
	int err = 0;
	if (who->role != KEYS_SUPERVISOR && who->member && who->member != from) {
		err = audit_now(d, &no);
		return err ? err : ERR_REFUSED;
	}
	if (!from || from == to)
		return -EINVAL;
	*ret_n = 0;
	do {
		err = store_write(d->store, some, &g);
		*ret_n += err ? 0 : g.n;
	} while (!err && g.n == AT_ONCE);
	return err;
}
