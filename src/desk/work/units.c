/* SPDX-License-Identifier: Apache-2.0 */
/* Which units a report may be put before. What the reporter excluded is known by its blind value alone. */
#include "desk/work/act.h"

#include "base/clock.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

enum { FRESH_DAYS = 183 };

/* --- excluded by the reporter --- */

int act_exclusions(struct desk *d, struct arena *a, const uint8_t report[SEAL_ID], struct exclusions *ret)
{
	struct store_tx *t;
	struct store_rows *rows;
	*ret = (struct exclusions){ .n = 0 };
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT epoch, value FROM blind WHERE report = $1 AND kind = $2", S_BLOB(report, SEAL_ID),
		S_INT(SEAL_BLIND_EXCLUDED));
	if (!err) {
		while ((err = store_next(rows)) == 1) {
			struct bytes value = store_blob(rows, 1);
			ret->of = load_grow(a, ret->of, ret->n, sizeof *ret->of);
			err = !ret->of ? -ENOMEM : value.n != SEAL_BLIND ? ERR_FORMAT : 0;
			if (err)
				break;
			ret->of[ret->n].epoch = (uint64_t)store_int(rows, 0);
			memcpy(ret->of[ret->n++].value, value.p, SEAL_BLIND);
		}
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

int act_is_excluded(struct desk *d, const struct actor *who, const struct exclusions *e, const char *unit, bool *ret)
{
	uint8_t value[SEAL_BLIND];
	uint64_t epoch = 0;
	*ret = false;
	for (size_t i = 0; i < e->n; i++) {
		int err = i && e->of[i].epoch == epoch ? 0
			: keys_blind(d->keys, who->session, e->of[i].epoch, SEAL_BLIND_EXCLUDED, bytes_str(unit), value);
		if (err)
			return err;
		epoch = e->of[i].epoch;
		*ret |= sodium_memcmp(value, e->of[i].value, SEAL_BLIND) == 0;
	}
	return 0;
}

/* --- the list --- */

/* This desk's own confirmation of a unit, by its code. */
struct confirmed { const char *code, *name; int64_t at; bool active; };
struct known { struct confirmed *unit; size_t n; };

static int load_known(struct desk *d, struct arena *a, struct known *ret)
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = store_query(t, "SELECT code, name, confirmed, active FROM unit ORDER BY code", NULL, 0, &rows);
	if (!err) {
		while ((err = store_next(rows)) == 1) {
			const char *code = store_text(rows, 0), *name = store_text(rows, 1);
			ret->unit = load_grow(a, ret->unit, ret->n, sizeof *ret->unit);
			if (!ret->unit) {
				err = -ENOMEM;
				break;
			}
			struct confirmed *c = &ret->unit[ret->n++];
			*c = (struct confirmed){ arena_text(a, code, strlen(code)), arena_text(a, name, strlen(name)),
				store_int(rows, 2), store_int(rows, 3) };
			if (!c->code || !c->name) {
				err = -ENOMEM;
				break;
			}
		}
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

static const struct confirmed *confirmation(const struct known *k, const char *code)
{
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(k->unit[i].code, code))
			return &k->unit[i];
	return NULL;
}

/* Units where somebody works whose keys are good: from one list of members. */
static int load_members(struct desk *d, struct keys_member **ret, size_t *ret_n)
{
	struct keys_member *m = calloc(KEYS_MEMBER_MAX, sizeof *m);
	int err = m ? keys_members(d->keys, m, KEYS_MEMBER_MAX, ret_n) : -ENOMEM;
	if (err)
		free(m);
	else
		*ret = m;
	return err;
}

static bool has_keys(const struct keys_member *m, size_t n, const char *unit)
{
	for (size_t i = 0; i < n; i++)
		if (m[i].state == KEYS_ACTIVE && !strcmp(m[i].unit, unit))
			return true;
	return false;
}

static int how(const struct desk_territory *t, const struct desk_territory *place)
{
	if (!place)
		return UNIT_OTHER;
	if (!strcmp(t->code, place->code))
		return UNIT_TERRITORY;
	return !strcmp(t->region, place->region) ? UNIT_REGION : UNIT_OTHER;
}

struct listing {
	struct desk *d;
	const struct actor *who;
	struct exclusions excluded;
	struct known known;
	struct keys_member *member; size_t member_n;
	const struct desk_territory *place;
	struct work_unit *unit; size_t n;
};

static int list_one(struct listing *l, const struct desk_territory *t)
{
	bool excluded;
	const struct confirmed *c = confirmation(&l->known, t->code);
	if (c && !c->active)
		return 0;
	int err = act_is_excluded(l->d, l->who, &l->excluded, t->code, &excluded);
	if (err || excluded)
		return err;
	l->unit[l->n++] = (struct work_unit){ .code = t->code, .name = c ? c->name : NULL, .confirmed = c ? c->at : 0,
		.fresh = c && c->at > clock_unix() - FRESH_DAYS * INT64_C(86400),
		.has_keys = has_keys(l->member, l->member_n, t->code), .how = how(t, l->place) };
	return 0;
}

static int by_nearness(const void *a, const void *b)
{
	const struct work_unit *x = a, *y = b;
	if (x->how != y->how)
		return (int)x->how - (int)y->how;
	return x->has_keys != y->has_keys ? (int)y->has_keys - (int)x->has_keys : strcmp(x->code, y->code);
}

static int list_all(struct listing *l, struct arena *a)
{
	const struct desk_data *data = l->d->data;
	l->unit = arena_array(a, data->territory_n + 1, sizeof *l->unit);
	int err = l->unit ? load_known(l->d, a, &l->known) : -ENOMEM;
	if (!err)
		err = load_members(l->d, &l->member, &l->member_n);
	for (size_t i = 0; !err && i < data->territory_n; i++)
		err = list_one(l, &data->territory[i]);
	free(l->member);
	if (!err)
		qsort(l->unit, l->n, sizeof *l->unit, by_nearness);
	return err;
}

int work_units(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], const char *territory,
	struct work_unit **ret, size_t *ret_n)
{
	struct loaded l;
	struct listing list = { .d = d, .who = who };
	if (!see_national(who))
		return -ENOENT;
	int err = load_case_now(d, a, who, id, &l);
	if (!err)
		err = act_exclusions(d, a, id, &list.excluded);
	if (err)
		return err;
	list.place = territory ? desk_territory(d->data, territory) : NULL;
	err = list_all(&list, a);
	*ret = list.unit;
	*ret_n = list.n;
	return err == -ENOENT ? -EACCES : err;
}
