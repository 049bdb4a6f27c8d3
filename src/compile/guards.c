/* SPDX-License-Identifier: Apache-2.0 */
/* The first pass over sorted names: which entries would block a public suffix, a protected or a popular
 * name. Guards stand among the records as lists of their own, so that one walk with a stack of the
 * entries above finds both the name itself and every subtree that would cover it. */
#include "compile/job.h"

#include <stdlib.h>

struct above {
	size_t from, to;
	const uint8_t *name;
	unsigned len, labels;
	bool wild;       /* a PSL rule *.name: each name right below is a public suffix */
	uint8_t refused; /* fate that all of its entries have got by now */
};

static const uint8_t fate_of[] = {
	[GUARD_SUFFIX] = FATE_SUFFIX,
	[GUARD_WILD] = FATE_SUFFIX,
	[GUARD_PROTECTED] = FATE_PROTECTED,
	[GUARD_POPULAR] = FATE_POPULAR,
};

/* Enough independent lists of one category have the name: popular, and yet meant. */
static bool confirmed(const struct job *j, size_t from, size_t to, unsigned cat)
{
	uint64_t seen[LISTS_MAX / 64] = { 0 };
	unsigned lists = 0;
	for (size_t i = from; i < to; i++) {
		unsigned l = record_list(&j->records.p[i]);
		if (j->lists[l].guard || j->lists[l].cat != cat || (seen[l / 64] >> (l % 64) & 1))
			continue;
		seen[l / 64] |= 1ull << (l % 64);
		lists++;
	}
	return lists >= j->o->confirm;
}

struct guard {
	const uint8_t *name;
	unsigned len, fate;
};

/* Refuses entries [from, to) because of a guard at or below them. */
static int refuse(struct job *j, struct above *e, const struct guard *g)
{
	bool all = true;
	if (e->refused && e->refused <= g->fate)
		return 0;
	for (size_t i = e->from; i < e->to; i++) {
		struct record *r = &j->records.p[i];
		const struct list *l = &j->lists[record_list(r)];
		/* A list of good places blocks nothing: whatever it opens may be opened. */
		if (l->guard || l->trusted || l->allow || !(record_ops(r) & ADD_BOTH))
			continue;
		if (g->fate == FATE_POPULAR && cats_has(j->expected, l->cat))
			continue;
		if (record_fate(r) && record_fate(r) <= g->fate)
			continue;
		/* Above the guarded name an entry for itself alone is harmless. */
		if (e->len < g->len && !(record_ops(r) & ADD_BELOW)) {
			all = false;
			continue;
		}
		if (job_accepts(j, l->cat, e->name, e->len) ||
			job_accepts(j, l->cat, g->name, g->len)) {
			all = false;
			continue;
		}
		if (g->fate == FATE_POPULAR && j->o->confirm &&
			confirmed(j, e->from, e->to, l->cat)) {
			struct rname n = { .len = (uint8_t)e->len };
			memcpy(n.b, e->name, e->len);
			int err = job_accept(j, l->cat, &n);
			if (err)
				return err;
			all = false;
			continue;
		}
		record_set_fate(r, g->fate);
	}
	if (all)
		e->refused = (uint8_t)g->fate;
	return 0;
}

/* What stands at one name: fates of its guards (bit by bit), and whether anything can cover names below. */
struct sight {
	unsigned fates;
	bool wild, except, entries, below;
};

static struct sight look(const struct job *j, size_t from, size_t to)
{
	struct sight s = { 0 };
	for (size_t i = from; i < to; i++) {
		const struct record *r = &j->records.p[i];
		unsigned guard = j->lists[record_list(r)].guard;
		if (guard == GUARD_EXCEPT) {
			s.except = true;
		} else if (guard) {
			s.fates |= 1u << fate_of[guard];
			s.wild |= guard == GUARD_WILD;
		} else {
			s.entries = true;
			s.below |= (record_ops(r) & ADD_BELOW) != 0;
		}
	}
	return s;
}

static int guard_one(
	struct job *j, struct above *stack, unsigned depth, struct above *here, unsigned fates)
{
	for (unsigned fate = FATE_SUFFIX; fate <= FATE_POPULAR; fate++) {
		struct guard g = { here->name, here->len, fate };
		if (!(fates >> fate & 1))
			continue;
		int err = refuse(j, here, &g);
		for (unsigned i = 0; i < depth && !err; i++)
			err = refuse(j, &stack[i], &g);
		if (err)
			return err;
	}
	return 0;
}

int judge_guards(struct job *j)
{
	struct above stack[RNAME_LABELS_MAX + 1];
	unsigned depth = 0;
	for (size_t i = 0, to; i < j->records.n; i = to) {
		struct above here = { .from = i,
			.name = job_name(j, j->records.p[i].at),
			.len = record_len(&j->records.p[i]) };
		to = group_end(j, i);
		here.to = to;
		while (depth && !rname_under(here.name, here.len, stack[depth - 1].name,
					stack[depth - 1].len))
			depth--;
		struct sight s = look(j, i, to);
		if (s.fates || (depth && stack[depth - 1].wild) || s.wild)
			here.labels = rname_labels(here.name, here.len);
		if (depth && stack[depth - 1].wild && !s.except &&
			here.labels == stack[depth - 1].labels + 1)
			s.fates |= 1u << FATE_SUFFIX;
		if (s.fates) {
			int err = guard_one(j, stack, depth, &here, s.fates);
			if (err)
				return err;
		}
		if (s.below || s.wild) {
			here.wild = s.wild;
			stack[depth++] = here;
		}
	}
	return 0;
}
