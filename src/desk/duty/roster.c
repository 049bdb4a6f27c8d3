/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/duty/roster.h"

#include "base/clock.h"
#include "base/tz.h"
#include "desk/audit/audit.h"

#include <errno.h>
#include <sodium.h>

enum { KEEP = 90 * 86400, WEEK = 7 * 86400 };

static const struct { const char *name, *label; } duties[DUTY_COUNT] = { { "desk", N_("at the desk") }, { "oncall", N_("on call") } };

const char *duty_name(enum duty d)
{
	return duties[d].name;
}

const char *duty_label(enum duty d)
{
	return duties[d].label;
}

bool duty_parse(const char *name, enum duty *ret)
{
	for (size_t i = 0; name && i < ARRAY_LEN(duties); i++)
		if (!strcmp(name, duties[i].name)) {
			*ret = (enum duty)i;
			return true;
		}
	return false;
}

static bool read_shift(struct store_rows *r, struct arena *a, struct shift *ret)
{
	*ret = (struct shift){ .member = (uint32_t)store_int(r, 1), .starts = store_int(r, 3), .ends = store_int(r, 4),
		.name = arena_text(a, store_text(r, 5), strlen(store_text(r, 5))), .reachable = store_int(r, 6) };
	if (store_blob(r, 0).n != SHIFT_ID || !duty_parse(store_text(r, 2), &ret->duty) || !ret->name)
		return false;
	memcpy(ret->id, store_blob(r, 0).p, SHIFT_ID);
	return true;
}

int roster_list(struct desk *d, struct arena *a, const char *unit, int64_t from, int64_t to, struct shift **ret, size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *r;
	struct shift *list = arena_array(a, SHIFTS_MAX, sizeof *list);
	size_t n = 0;
	int err = list ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT h.id, h.member, h.duty, h.starts, h.ends, s.name, "
		"CASE WHEN s.pager IS NULL AND s.mail IS NULL THEN 0 ELSE 1 END FROM shift h JOIN staff s ON s.member = h.member AND s.gone IS NULL "
		"WHERE s.unit = $1 AND h.ends > $2 AND h.starts < $3 ORDER BY h.starts, h.duty, s.name LIMIT 1000",
		S_TEXT(unit), S_INT(from), S_INT(to));
	if (!err) {
		while (n < SHIFTS_MAX && (err = store_next(r)) == 1)
			n += read_shift(r, a, &list[n]);
		store_end(r);
	}
	store_rollback(t);
	*ret = list;
	*ret_n = n;
	return err < 0 ? err : 0;
}

/* --- changes --- */

struct adding {
	struct desk *d;
	const struct staff *by;
	struct shift s;
	unsigned weeks;
};

/* The same time of the wall's clock a number of weeks later. */
static int64_t weeks_on(const struct desk *d, int64_t at, unsigned weeks)
{
	if (!d->zone)
		return at + weeks * INT64_C(604800);
	return tz_to_utc(d->zone, at + tz_offset(d->zone, at) + weeks * INT64_C(604800));
}

static int one(struct store_tx *t, const char *sql, const struct store_value *v, size_t n)
{
	struct store_rows *r;
	int err = store_query(t, sql, v, n, &r);
	if (err)
		return err;
	err = store_next(r);
	store_end(r);
	return err;
}

static int add_one(struct store_tx *t, const struct adding *x, int64_t starts, int64_t ends)
{
	uint8_t id[SHIFT_ID];
	const char *duty = duty_name(x->s.duty);
	int err = one(t, "SELECT 1 FROM shift WHERE member = $1 AND duty = $2 AND starts < $3 AND ends > $4",
		(struct store_value[]){ S_INT(x->s.member), S_TEXT(duty), S_INT(ends), S_INT(starts) }, 4);
	if (err)
		return err < 0 ? err : -EEXIST;
	randombytes_buf(id, sizeof id);
	return STORE_RUN(t, "INSERT INTO shift (id, member, duty, starts, ends) VALUES ($1, $2, $3, $4, $5)", S_BLOB(id, sizeof id),
		S_INT(x->s.member), S_TEXT(duty), S_INT(starts), S_INT(ends));
}

static int add(struct store_tx *t, void *ctx)
{
	const struct adding *x = ctx;
	char who[24], what[64];
	int err = one(t, "SELECT 1 FROM staff WHERE member = $1 AND unit = $2 AND unit <> '' AND gone IS NULL",
		(struct store_value[]){ S_INT(x->s.member), S_TEXT(x->by->unit) }, 2);
	if (err != 1)
		return err < 0 ? err : -ENOENT;
	err = 0;
	for (unsigned i = 0; i < x->weeks && !err; i++)
		err = add_one(t, x, weeks_on(x->d, x->s.starts, i), weeks_on(x->d, x->s.ends, i));
	(void)snprintf(who, sizeof who, "member %u", x->s.member);
	(void)snprintf(what, sizeof what, "%s %lld %lld x%u", duty_name(x->s.duty), (long long)x->s.starts, (long long)x->s.ends, x->weeks);
	return err ? err : audit_put(t, &(struct audit_entry){ .member = x->by->member, .role = x->by->role, .action = "roster.add",
		.object = who, .detail = what });
}

int roster_add(struct desk *d, const struct staff *by, const struct shift *s, unsigned weeks)
{
	int64_t now = clock_unix();
	struct adding x = { d, by, *s, weeks };
	if (s->ends <= s->starts || s->ends - s->starts > SHIFT_LONGEST || s->ends < now || s->starts > now + SHIFT_AHEAD ||
		!weeks || weeks > SHIFT_WEEKS_MAX)
		return -EINVAL;
	return store_write(d->store, add, &x);
}

struct removing { const struct staff *by; const uint8_t *id; };

static int remove_one(struct store_tx *t, void *ctx)
{
	const struct removing *x = ctx;
	int64_t n;
	int err = store_run(t, "DELETE FROM shift WHERE id = $1 AND member IN (SELECT member FROM staff WHERE unit = $2)",
		(struct store_value[]){ S_BLOB(x->id, SHIFT_ID), S_TEXT(x->by->unit) }, 2, &n);
	if (err || !n)
		return err ? err : -ENOENT;
	return audit_put(t, &(struct audit_entry){ .member = x->by->member, .role = x->by->role, .action = "roster.remove" });
}

int roster_remove(struct desk *d, const struct staff *by, const uint8_t id[SHIFT_ID])
{
	struct removing x = { by, id };
	return store_write(d->store, remove_one, &x);
}

int roster_is_on(struct desk *d, const struct staff *who, enum duty duty, bool *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	int64_t now = clock_unix();
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT count(*), count(CASE WHEN h.member = $1 THEN 1 END) FROM shift h JOIN staff s ON s.member = h.member "
		"WHERE s.unit = $2 AND s.gone IS NULL AND h.duty = $3 AND h.starts <= $4 AND h.ends > $4",
		S_INT(who->member), S_TEXT(who->unit), S_TEXT(duty_name(duty)), S_INT(now));
	if (!err) {
		err = store_next(r);
		*ret = err == 1 && (!store_int(r, 0) || store_int(r, 1));
		store_end(r);
	}
	store_rollback(t);
	return err < 0 ? err : 0;
}

static int drop_old(struct store_tx *t, void *ctx)
{
	return STORE_RUN(t, "DELETE FROM shift WHERE ends < $1", S_INT(clock_unix() - KEEP));
}

int roster_tend(struct desk *d)
{
	return store_write(d->store, drop_old, NULL);
}
