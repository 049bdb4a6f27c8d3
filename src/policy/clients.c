/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/clients.h"

#include <errno.h>

typedef unsigned __int128 wide; /* an address as a number */

enum { TABLE_FROM = 1024, TABLE = 1 << 16 };

/* A range starts at each `at` and ends before the next; before the first the default holds. */
struct view_clients {
	uint16_t fallback;
	uint32_t n4, n6;
	uint32_t *at4;
	uint16_t *profile4, *profile6;
	wide *at6;
	uint32_t *below; /* large IPv4 tables: below[k]: ranges that start before address k << 16 */
};

static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

static wide number(const uint8_t *p, size_t n)
{
	wide v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static bool is_4(const struct household_client *c)
{
	return c->prefix >= 96 && memcmp(c->address, mapped, sizeof mapped) == 0;
}

static int order(const void *a, const void *b)
{
	const struct household_client *x = a, *y = b;
	int o = memcmp(x->address, y->address, 16);
	return o ? o : x->prefix - y->prefix;
}

/* Prefixes in order come parent first: a stack of those that are open gives disjoint ranges. */
struct sweep {
	struct view_clients *c;
	bool four;
	struct {
		wide last;
		uint16_t profile;
	} open[129];
	unsigned depth;
};

static uint16_t current(const struct sweep *s)
{
	return s->depth ? s->open[s->depth - 1].profile : s->c->fallback;
}

static void emit(struct sweep *s, wide at)
{
	struct view_clients *c = s->c;
	uint16_t profile = current(s), *profiles = s->four ? c->profile4 : c->profile6;
	uint32_t *n = s->four ? &c->n4 : &c->n6;
	if (*n && (s->four ? c->at4[*n - 1] : c->at6[*n - 1]) == at)
		--*n;
	if (profile == (*n ? profiles[*n - 1] : c->fallback))
		return;
	if (s->four)
		c->at4[*n] = (uint32_t)at;
	else
		c->at6[*n] = at;
	profiles[(*n)++] = profile;
}

static void close_before(struct sweep *s, wide at, bool all)
{
	while (s->depth && (all || s->open[s->depth - 1].last < at)) {
		wide last = s->open[--s->depth].last;
		if (last != (s->four ? (wide)UINT32_MAX : ~(wide)0))
			emit(s, last + 1);
	}
}

static void sweep(struct view_clients *c, const struct household_client *clients, size_t n, bool four)
{
	struct sweep s = { .c = c, .four = four };
	for (size_t i = 0; i < n; i++) {
		const struct household_client *k = &clients[i];
		if (is_4(k) != four || k->prefix > 128)
			continue;
		wide first = four ? number(k->address + 12, 4) : number(k->address, 16);
		close_before(&s, first, false);
		if (s.depth == ARRAY_LEN(s.open)) /* only where one prefix stands twice */
			s.depth--;
		s.open[s.depth].last = first + (k->prefix ? ~(wide)0 >> (k->prefix - 1) >> 1 : ~(wide)0);
		s.open[s.depth++].profile = k->profile;
		emit(&s, first);
	}
	close_before(&s, 0, true);
}

static int make_table(struct view_clients *c)
{
	if (c->n4 < TABLE_FROM)
		return 0;
	c->below = calloc(TABLE + 1, sizeof *c->below);
	if (!c->below)
		return -ENOMEM;
	uint32_t i = 0;
	for (uint32_t k = 0; k < TABLE; k++) {
		while (i < c->n4 && c->at4[i] < k << 16)
			i++;
		c->below[k] = i;
	}
	c->below[TABLE] = c->n4;
	return 0;
}

static int fill(struct view_clients *c, const struct household_client *clients, size_t n)
{
	size_t four = 0;
	for (size_t i = 0; i < n; i++)
		four += is_4(&clients[i]);
	size_t room4 = 2 * four + 1, room6 = 2 * (n - four) + 1; /* each prefix has a start and an end */
	c->at4 = calloc(room4, sizeof *c->at4);
	c->profile4 = calloc(room4, sizeof *c->profile4);
	c->at6 = calloc(room6, sizeof *c->at6);
	c->profile6 = calloc(room6, sizeof *c->profile6);
	if (!c->at4 || !c->profile4 || !c->at6 || !c->profile6)
		return -ENOMEM;
	sweep(c, clients, n, true);
	sweep(c, clients, n, false);
	return make_table(c);
}

int clients_new(const struct household *h, struct view_clients **ret)
{
	size_t n = h->nclients;
	struct household_client *sorted = NULL;
	struct view_clients *c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	c->fallback = h->default_profile;
	for (size_t i = 1; i < n && !sorted; i++) {
		if (order(&h->clients[i - 1], &h->clients[i]) <= 0)
			continue;
		sorted = malloc(n * sizeof *sorted);
		if (!sorted)
			goto out;
		memcpy(sorted, h->clients, n * sizeof *sorted);
		qsort(sorted, n, sizeof *sorted, order);
	}
	if (fill(c, sorted ? sorted : h->clients, n))
		goto out;
	free(sorted);
	*ret = c;
	return 0;
out:
	free(sorted);
	clients_free(c);
	return -ENOMEM;
}

void clients_free(struct view_clients *c)
{
	if (!c)
		return;
	free(c->at4);
	free(c->profile4);
	free(c->at6);
	free(c->profile6);
	free(c->below);
	free(c);
}

static uint16_t find4(const struct view_clients *c, uint32_t address)
{
	uint32_t lo = 0, hi = c->n4;
	if (c->below) {
		lo = c->below[address >> 16];
		hi = c->below[(address >> 16) + 1];
	}
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (c->at4[mid] <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? c->profile4[lo - 1] : c->fallback;
}

static uint16_t find6(const struct view_clients *c, wide address)
{
	uint32_t lo = 0, hi = c->n6;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (c->at6[mid] <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? c->profile6[lo - 1] : c->fallback;
}

uint16_t clients_find(const struct view_clients *c, const uint8_t *address, size_t n)
{
	if (n == 4)
		return find4(c, be32_get(address));
	if (n != 16)
		return c->fallback;
	if (memcmp(address, mapped, sizeof mapped) == 0)
		return find4(c, be32_get(address + 12));
	return find6(c, number(address, 16));
}
