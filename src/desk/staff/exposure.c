/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/exposure.h"

#include "base/clock.h"
#include "desk/settings.h"

#include <errno.h>
#include <stdlib.h>

enum { KEEP = 60 * 86400, SUM_DAYS = 28, PEOPLE_LEAST = 3 };

struct row { int64_t starts, n, allowed; };
struct asking {
	uint32_t member;
	int64_t now, limit;
	bool go_on, pause;
};

static int read_limit(struct desk *d, int64_t *ret)
{
	struct store_tx *t;
	struct arena a;
	const char *value = NULL;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	arena_init(&a, 4096);
	err = desk_setting_get(t, &a, SETTING_EXPOSURE, &value);
	store_rollback(t);
	long n = value ? strtol(value, NULL, 10) : 0;
	*ret = n >= EXPOSURE_LIMIT_LEAST && n <= EXPOSURE_LIMIT_MOST ? n : EXPOSURE_LIMIT;
	arena_done(&a);
	return err;
}

/* This shift's row. 1: there is one. */
static int find(struct store_tx *t, uint32_t member, int64_t now, struct row *ret)
{
	struct store_rows *r;
	*ret = (struct row){ 0 };
	int err = STORE_QUERY(t, &r, "SELECT starts, n, allowed FROM exposure WHERE member = $1 AND starts > $2 ORDER BY starts DESC LIMIT 1",
		S_INT(member), S_INT(now - EXPOSURE_SHIFT));
	if (err)
		return err;
	err = store_next(r);
	if (err == 1)
		*ret = (struct row){ store_int(r, 0), store_int(r, 1), store_int(r, 2) };
	store_end(r);
	return err;
}

static int ask(struct store_tx *t, void *ctx)
{
	struct asking *x = ctx;
	struct row r;
	int err = find(t, x->member, x->now, &r);
	x->pause = false;
	if (err != 1)
		return err;
	int64_t allowed = MAX(r.allowed, x->limit);
	if (r.n < allowed)
		return 0;
	x->pause = !x->go_on;
	return x->go_on ? STORE_RUN(t, "UPDATE exposure SET allowed = n + $1 WHERE member = $2 AND starts = $3", S_INT(EXPOSURE_MORE),
			S_INT(x->member), S_INT(r.starts))
		: STORE_RUN(t, "UPDATE exposure SET offered = offered + 1 WHERE member = $1 AND starts = $2", S_INT(x->member), S_INT(r.starts));
}

int exposure_ask(struct desk *d, uint32_t member, bool go_on, bool *ret_pause)
{
	struct asking x = { .member = member, .now = clock_unix(), .go_on = go_on };
	int err = read_limit(d, &x.limit);
	if (!err)
		err = store_write(d->store, ask, &x);
	*ret_pause = !err && x.pause;
	return err;
}

static int count(struct store_tx *t, void *ctx)
{
	struct asking *x = ctx;
	struct row r;
	int err = find(t, x->member, x->now, &r);
	if (err == 1)
		return STORE_RUN(t, "UPDATE exposure SET n = n + 1 WHERE member = $1 AND starts = $2", S_INT(x->member), S_INT(r.starts));
	return err ? err : STORE_RUN(t, "INSERT INTO exposure (member, starts, n, allowed, offered, paused) VALUES ($1, $2, 1, 0, 0, 0)",
		S_INT(x->member), S_INT(seal_round_time(x->now)));
}

int exposure_count(struct desk *d, uint32_t member)
{
	struct asking x = { .member = member, .now = clock_unix() };
	return store_write(d->store, count, &x);
}

static int pause_now(struct store_tx *t, void *ctx)
{
	struct asking *x = ctx;
	struct row r;
	int err = find(t, x->member, x->now, &r);
	return err != 1 ? err : STORE_RUN(t, "UPDATE exposure SET paused = paused + 1 WHERE member = $1 AND starts = $2", S_INT(x->member),
		S_INT(r.starts));
}

int exposure_pause(struct desk *d, uint32_t member)
{
	struct asking x = { .member = member, .now = clock_unix() };
	return store_write(d->store, pause_now, &x);
}

int exposure_so_far(struct desk *d, uint32_t member, int64_t *ret)
{
	struct store_tx *t;
	struct row r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = find(t, member, clock_unix(), &r);
	store_rollback(t);
	*ret = r.n;
	return err < 0 ? err : 0;
}

int exposure_sum(struct desk *d, const char *unit, struct exposure_sum *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	*ret = (struct exposure_sum){ 0 };
	err = STORE_QUERY(t, &r, "SELECT COALESCE(sum(e.offered), 0), COALESCE(sum(e.paused), 0), "
		"(SELECT count(*) FROM staff p WHERE p.unit = $1 AND p.gone IS NULL) FROM exposure e JOIN staff s ON s.member = e.member "
		"WHERE s.unit = $1 AND e.starts > $2", S_TEXT(unit), S_INT(clock_unix() - SUM_DAYS * 86400));
	if (!err) {
		err = store_next(r);
		if (err == 1 && store_int(r, 2) >= PEOPLE_LEAST)
			*ret = (struct exposure_sum){ true, store_int(r, 0), store_int(r, 1) };
		store_end(r);
	}
	store_rollback(t);
	return err < 0 ? err : 0;
}

static int drop_old(struct store_tx *t, void *ctx)
{
	return STORE_RUN(t, "DELETE FROM exposure WHERE starts < $1", S_INT(clock_unix() - KEEP));
}

int exposure_tend(struct desk *d)
{
	return store_write(d->store, drop_old, NULL);
}
