/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/vault_state.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

static struct state_table table(size_t each)
{
	return (struct state_table){ .each = each };
}

int state_new(struct state **ret)
{
	struct state *s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	s->roots = sodium_malloc(sizeof *s->roots);
	if (!s->roots) {
		free(s);
		return -ENOMEM;
	}
	memset(s->roots, 0, sizeof *s->roots);
	s->next_epoch = 1;
	s->members = table(sizeof(struct state_member));
	s->epochs = table(sizeof(struct state_epoch));
	s->wraps = table(sizeof(struct state_wrap));
	s->nests = table(sizeof(struct state_nest));
	s->recoveries = table(sizeof(struct vault_recovery));
	*ret = s;
	return 0;
}

static int table_copy(const struct state_table *from, struct state_table *ret)
{
	if (!from->n)
		return 0;
	ret->p = malloc(from->n * from->each);
	if (!ret->p)
		return -ENOMEM;
	memcpy(ret->p, from->p, from->n * from->each);
	ret->n = ret->cap = from->n;
	return 0;
}

int state_copy(const struct state *s, struct state **ret)
{
	struct state *c;
	int err = state_new(&c);
	if (err)
		return err;
	*c->roots = *s->roots;
	memcpy(c->founding_public, s->founding_public, sizeof c->founding_public);
	memcpy(c->holders, s->holders, sizeof c->holders);
	c->founded = s->founded;
	c->holders_set = s->holders_set;
	c->next_epoch = s->next_epoch;
	c->backup_at = s->backup_at;
	if ((err = table_copy(&s->members, &c->members)) || (err = table_copy(&s->epochs, &c->epochs)) ||
		(err = table_copy(&s->wraps, &c->wraps)) || (err = table_copy(&s->nests, &c->nests)) ||
		(err = table_copy(&s->recoveries, &c->recoveries))) {
		state_free(c);
		return err;
	}
	*ret = c;
	return 0;
}

void state_free(struct state *s)
{
	if (!s)
		return;
	sodium_free(s->roots); /* wipes */
	free(s->members.p);
	free(s->epochs.p);
	free(s->wraps.p);
	free(s->nests.p);
	free(s->recoveries.p);
	free(s);
}

void *state_add(struct state_table *t)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 16;
		void *p = reallocarray(t->p, cap, t->each);
		if (!p)
			return NULL;
		t->p = p;
		t->cap = cap;
	}
	return memset((uint8_t *)t->p + t->each * t->n++, 0, t->each);
}

void state_keep(struct state_table *t, bool (*keep)(const void *row, const void *arg), const void *arg)
{
	uint8_t *to = t->p;
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const uint8_t *row = (const uint8_t *)t->p + i * t->each;
		if (!keep(row, arg))
			continue;
		memmove(to, row, t->each);
		to += t->each;
		n++;
	}
	t->n = n;
}

static int compare_wraps(const void *a, const void *b)
{
	const struct state_wrap *x = a, *y = b;
	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	return x->member < y->member ? -1 : x->member > y->member;
}

void state_sort_wraps(struct state *s)
{
	if (s->wraps.n)
		qsort(s->wraps.p, s->wraps.n, s->wraps.each, compare_wraps);
}

struct state_member *state_member(const struct state *s, uint32_t id)
{
	return id && id <= s->members.n ? state_members(s) + id - 1 : NULL;
}

static int compare_epoch(const void *key, const void *row)
{
	uint64_t a = *(const uint64_t *)key, b = ((const struct state_epoch *)row)->id;
	return a < b ? -1 : a > b;
}

struct state_epoch *state_epoch(const struct state *s, uint64_t id)
{
	return s->epochs.n ? bsearch(&id, s->epochs.p, s->epochs.n, s->epochs.each, compare_epoch) : NULL;
}

struct state_wrap *state_wrap(const struct state *s, uint64_t epoch, uint32_t member)
{
	struct state_wrap key = { .epoch = epoch, .member = member };
	return s->wraps.n ? bsearch(&key, s->wraps.p, s->wraps.n, s->wraps.each, compare_wraps) : NULL;
}

static int compare_nest(const void *key, const void *row)
{
	uint64_t a = *(const uint64_t *)key, b = ((const struct state_nest *)row)->epoch;
	return a < b ? -1 : a > b;
}

struct state_nest *state_nest(const struct state *s, uint64_t epoch)
{
	return s->nests.n ? bsearch(&epoch, s->nests.p, s->nests.n, s->nests.each, compare_nest) : NULL;
}

bool state_unit_valid(const char *unit, size_t n)
{
	if (!n || n >= KEYS_UNIT)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = unit[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return true;
}

bool state_role_holds_keys(enum keys_role role)
{
	return role == KEYS_ANALYST || role == KEYS_SUPERVISOR || role == KEYS_OFFICER;
}

bool state_member_opens(const struct state_member *m)
{
	return m->state == KEYS_ACTIVE && state_role_holds_keys(m->role);
}

bool state_is_national(const char unit[KEYS_UNIT])
{
	static const char national[KEYS_UNIT] = KEYS_NATIONAL;
	return memcmp(unit, national, KEYS_UNIT) == 0;
}

size_t state_unit_size(const struct state *s, const char unit[KEYS_UNIT])
{
	size_t n = 0;
	for (size_t i = 0; i < s->members.n; i++) {
		const struct state_member *m = state_members(s) + i;
		n += state_member_opens(m) && memcmp(m->unit, unit, KEYS_UNIT) == 0;
	}
	return n;
}
