/* SPDX-License-Identifier: Apache-2.0 */
/* Address rules: overlapping ranges of many lists become disjoint ones by one sweep over their ends.
 * Where a range of a category is excepted, the exception wins whatever the lengths of the prefixes. */
#include "compile/job.h"

#include <errno.h>
#include <stdlib.h>

typedef unsigned __int128 wide;

struct edge {
	wide at;
	uint8_t cat;
	bool clear;
	int8_t step; /* +1: begins here; -1: ended before */
};

struct sweep {
	uint32_t adds[CATS_MAX], clears[CATS_MAX];
	struct cats now;
};

static wide number(int family, const uint8_t *a)
{
	wide v = 0;
	for (int i = 0; i < (family == 4 ? 4 : 16); i++)
		v = v << 8 | a[i];
	return v;
}

static int compare(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;
	return a->at < b->at ? -1 : a->at > b->at;
}

static void step(struct sweep *s, const struct edge *e)
{
	uint32_t *count = e->clear ? &s->clears[e->cat] : &s->adds[e->cat];
	*count += (uint32_t)e->step;
	struct cats c = cats_one(e->cat);
	s->now = s->adds[e->cat] && !s->clears[e->cat] ? cats_or(s->now, c) : cats_minus(s->now, c);
}

static size_t put(struct extras *x, int family, size_t n, wide first, wide last, struct cats cats)
{
	if (family == 4) {
		struct policy_addr4 *a = x->addr4;
		if (n && a[n - 1].last == first - 1 && cats_equal(a[n - 1].cats, cats)) {
			a[n - 1].last = (uint32_t)last;
			return n;
		}
		a[n] = (struct policy_addr4){ (uint32_t)first, (uint32_t)last, cats };
		return n + 1;
	}
	struct policy_addr6 *a = x->addr6;
	wide before = first - 1;
	if (n && a[n - 1].last[0] == (uint64_t)(before >> 64) &&
		a[n - 1].last[1] == (uint64_t)before && cats_equal(a[n - 1].cats, cats)) {
		a[n - 1].last[0] = (uint64_t)(last >> 64);
		a[n - 1].last[1] = (uint64_t)last;
		return n;
	}
	a[n] = (struct policy_addr6){ { (uint64_t)(first >> 64), (uint64_t)first },
		{ (uint64_t)(last >> 64), (uint64_t)last }, cats };
	return n + 1;
}

static int family_make(struct job *j, int family, struct extras *x, size_t *ret_n)
{
	size_t n = 0, out = 0;
	for (size_t i = 0; i < j->ranges.n; i++)
		n += j->ranges.p[i].range.family == family;
	if (!n)
		return 0;
	struct edge *e = calloc(n * 2, sizeof *e);
	void *room = calloc(n * 2, family == 4 ? sizeof *x->addr4 : sizeof *x->addr6);
	if (family == 4)
		x->addr4 = room;
	else
		x->addr6 = room;
	if (!e || !room) {
		free(e);
		return -ENOMEM;
	}
	n = 0;
	for (size_t i = 0; i < j->ranges.n; i++) {
		const struct range_rule *r = &j->ranges.p[i];
		if (r->range.family != family)
			continue;
		uint8_t cat = j->lists[r->list].cat;
		e[n++] = (struct edge){ number(family, r->range.first), cat, r->clear, 1 };
		e[n++] = (struct edge){ number(family, r->range.last) + 1, cat, r->clear, -1 };
	}
	qsort(e, n, sizeof *e, compare);
	struct sweep s = { 0 };
	for (size_t i = 0; i < n; i++) {
		step(&s, &e[i]);
		if (i + 1 < n && e[i + 1].at > e[i].at && cats_any(s.now))
			out = put(x, family, out, e[i].at, e[i + 1].at - 1, s.now);
	}
	free(e);
	*ret_n = out;
	return 0;
}

int addresses_make(struct job *j, struct extras *ret)
{
	int err = family_make(j, 4, ret, &ret->naddr4);
	return err ? err : family_make(j, 6, ret, &ret->naddr6);
}
