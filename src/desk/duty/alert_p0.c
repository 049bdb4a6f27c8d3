/* SPDX-License-Identifier: Apache-2.0 */
/* Imminent danger that nobody has opened. */
#include "desk/duty/alert_inside.h"

#include "desk/report.h"

#include <errno.h>

enum { SECOND = 5 * 60, THIRD = 10 * 60, AGAIN = 15 * 60, WAITING_MAX = 100, STEPS = 3, STEP_LAST = 2 + 24 * 4 };

struct waiting { uint8_t report[SEAL_ID]; int64_t received; bool restricted; };
struct paging { struct waiting w; int64_t now; };

static int64_t step_of(int64_t age)
{
	if (age < THIRD)
		return age < SECOND ? 0 : 1;
	return MIN(2 + (age - THIRD) / AGAIN, STEP_LAST);
}

/* Whoever is there: on call, else at the desk, else the supervisors. */
static int anybody(struct store_tx *t, struct alert_list *l, const struct alert_about *a, int64_t now, size_t *ret_n)
{
	int err = alert_on_duty(t, l, a, KEYS_NATIONAL, "oncall", now, ret_n);
	if (!err && !*ret_n)
		err = alert_on_duty(t, l, a, KEYS_NATIONAL, "desk", now, ret_n);
	return err || *ret_n ? err : alert_supervisors(t, l, a, KEYS_NATIONAL, ret_n);
}

/* The next to be on call who is not now. */
static int next_one(struct store_tx *t, struct alert_list *l, const struct alert_about *a, int64_t now, size_t *ret_n)
{
	int err = ALERT_ADD(t, l, a, ret_n, ALERT_WHO "WHERE s.gone IS NULL AND s.member = (SELECT h.member FROM shift h "
		"JOIN staff x ON x.member = h.member WHERE x.unit = $1 AND x.gone IS NULL AND h.duty = 'oncall' AND h.starts > $2 "
		"AND h.member NOT IN (SELECT o.member FROM shift o WHERE o.duty = 'oncall' AND o.starts <= $2 AND o.ends > $2) "
		"ORDER BY h.starts, h.member LIMIT 1)", S_TEXT(KEYS_NATIONAL), S_INT(now));
	return err || *ret_n ? err : anybody(t, l, a, now, ret_n);
}

static int everybody(struct store_tx *t, struct alert_list *l, const struct alert_about *a, int64_t now, size_t *ret_n)
{
	size_t n;
	int err = alert_on_duty(t, l, a, KEYS_NATIONAL, "oncall", now, ret_n);
	if (!err)
		err = alert_supervisors(t, l, a, KEYS_NATIONAL, &n);
	*ret_n += err ? 0 : n;
	return err;
}

/* What should have been told by now and was not; nobody is reachable: it is tried again in a minute. */
static int page(struct store_tx *t, void *ctx)
{
	static int (*const to[STEPS])(struct store_tx *, struct alert_list *, const struct alert_about *, int64_t, size_t *) = { anybody,
		next_one, everybody };
	const struct paging *p = ctx;
	struct alert_list l = { .n = 0 };
	const struct alert_about a = { p->w.report, p->w.restricted, true, POST_P0 };
	int64_t step = step_of(p->now - p->w.received);
	for (int64_t s = step > 2 ? step : 0; s <= step; s++) {
		bool first;
		size_t n = 0;
		int err = alert_first(t, p->w.report, "p0", s, &first);
		if (!err && first)
			err = to[MIN(s, STEPS - 1)](t, &l, &a, p->now, &n);
		if (!err && first && !n)
			err = STORE_RUN(t, "DELETE FROM told WHERE thing = $1 AND kind = 'p0' AND step = $2", S_BLOB(p->w.report, SEAL_ID), S_INT(s));
		if (err)
			return err;
	}
	return alert_put(t, &l);
}

static int find(struct desk *d, struct waiting ret[WAITING_MAX], size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *r;
	size_t n = 0;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT id, received, restricted FROM report WHERE work = 1 AND priority = $1 AND opened IS NULL "
		"AND unit = $2 ORDER BY received LIMIT 100", S_INT(PRIORITY_P0), S_TEXT(KEYS_NATIONAL));
	if (!err) {
		while (n < WAITING_MAX && (err = store_next(r)) == 1) {
			ret[n] = (struct waiting){ .received = store_int(r, 1), .restricted = store_int(r, 2) };
			if (store_blob(r, 0).n == SEAL_ID)
				memcpy(ret[n++].report, store_blob(r, 0).p, SEAL_ID);
		}
		store_end(r);
	}
	store_rollback(t);
	*ret_n = n;
	return err < 0 ? err : 0;
}

int alert_p0(struct desk *d, int64_t now)
{
	struct waiting w[WAITING_MAX];
	size_t n;
	int err = find(d, w, &n);
	for (size_t i = 0; i < n && !err; i++) {
		struct paging p = { w[i], now };
		err = store_write(d->store, page, &p);
	}
	return err;
}
