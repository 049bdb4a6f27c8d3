/* SPDX-License-Identifier: Apache-2.0 */
/* The second pass over sorted names: entries of one name become one set; exceptions are applied;
 * duplicates are counted; a name that changes nothing below the names above it is dropped. */
#include "compile/job.h"

#include <errno.h>
#include <stdlib.h>

/* What is known below a listed name: categories become (before & ~clear) | add. */
struct state {
	struct cats add, clear, strong;
};

struct level {
	const uint8_t *name;
	unsigned len;
	struct state below;
};

struct table {
	struct job *j;
	size_t survivors_cap, sets_cap;
	uint32_t *index; /* hash -> set + 1 */
	struct policy_set last;
	unsigned last_set;
	uint16_t first[CATS_MAX *
		       OPS]; /* lowest list with this category and ops at the name in hand + 1 */
};

enum { SET_INDEX = 1 << 17 };

size_t group_end(const struct job *j, size_t i)
{
	const struct record *r = j->records.p;
	const uint8_t *name = job_name(j, r[i].at);
	unsigned len = record_len(&r[i]);
	if (i + 12 < j->records.n)
		__builtin_prefetch(job_name(j, r[i + 12].at));
	size_t to = i + 1;
	while (to < j->records.n && record_len(&r[to]) == len &&
		!memcmp(job_name(j, r[to].at), name, len))
		to++;
	return to;
}

static uint32_t set_hash(const struct policy_set *s)
{
	uint64_t w[sizeof *s / 8], h = 0x9e3779b97f4a7c15ull;
	memcpy(w, s, sizeof w);
	for (size_t i = 0; i < ARRAY_LEN(w); i++)
		h = (h ^ w[i]) * 0xff51afd7ed558ccdull, h ^= h >> 32;
	return (uint32_t)h;
}

static int set_number(struct table *t, const struct policy_set *s, unsigned *ret)
{
	struct job *j = t->j;
	if (j->nsets && !memcmp(s, &t->last, sizeof *s)) {
		*ret = t->last_set;
		return 0;
	}
	uint32_t h = set_hash(s), i;
	for (; (i = t->index[h & (SET_INDEX - 1)]); h++)
		if (!memcmp(&j->sets[i - 1], s, sizeof *s))
			break;
	if (!i) {
		if (j->nsets == POLICY_MAX_SETS)
			return err_set(j->note, ERR_LIMIT,
				"more than %d different combinations of categories",
				POLICY_MAX_SETS);
		int err = grow((void **)&j->sets, j->nsets, &t->sets_cap, sizeof *s);
		if (err)
			return err;
		j->sets[j->nsets] = *s;
		i = t->index[h & (SET_INDEX - 1)] = ++j->nsets;
	}
	t->last = *s;
	t->last_set = *ret = i - 1;
	return 0;
}

/* The live entries of one name together, and its strong exceptions. */
struct sum {
	struct policy_set set;
	struct cats strong_exact, strong_below;
	bool any;
};

static void add_up(const struct job *j, size_t from, size_t to, struct sum *ret)
{
	*ret = (struct sum){ 0 };
	for (size_t i = from; i < to; i++) {
		const struct record *r = &j->records.p[i];
		const struct list *l = &j->lists[record_list(r)];
		if (l->guard || record_fate(r))
			continue;
		unsigned ops = record_ops(r);
		struct cats c = l->cat == CAT_NONE ? j->unblocked : cats_one(l->cat);
		ret->any = true;
		if (ops & ADD_EXACT)
			ret->set.add_exact = cats_or(ret->set.add_exact, c);
		if (ops & ADD_BELOW)
			ret->set.add_below = cats_or(ret->set.add_below, c);
		if (ops & CLEAR_EXACT)
			ret->set.clear_exact = cats_or(ret->set.clear_exact, c);
		if (ops & CLEAR_BELOW)
			ret->set.clear_below = cats_or(ret->set.clear_below, c);
		if ((ops & STRONG) && (ops & CLEAR_EXACT))
			ret->strong_exact = cats_or(ret->strong_exact, c);
		if ((ops & STRONG) && (ops & CLEAR_BELOW))
			ret->strong_below = cats_or(ret->strong_below, c);
	}
}

/* Exceptions win over additions at the same name, and strong ones over those below them. */
static void except(struct policy_set *s, struct cats strong)
{
	s->add_exact = cats_minus(cats_minus(s->add_exact, s->clear_exact), strong);
	s->add_below = cats_minus(cats_minus(s->add_below, s->clear_below), strong);
}

static struct state after(const struct state *b, struct cats clear, struct cats add)
{
	return (struct state){
		.add = cats_or(cats_minus(b->add, clear), add),
		.clear = cats_or(b->clear, clear),
		.strong = b->strong,
	};
}

/* The same effect, whatever a name's categories were before (in an image: none). */
static bool same(const struct state *a, const struct state *b, bool overlay)
{
	return cats_equal(a->add, b->add) &&
	       (!overlay || cats_equal(cats_minus(a->clear, a->add), cats_minus(b->clear, b->add)));
}

/* Fates of one name's entries: excepted, duplicate of an earlier list's, or pruned. */
static void settle(struct table *t, size_t from, size_t to, const struct policy_set *s, bool pruned)
{
	struct job *j = t->j;
	if (to - from > 1)
		for (size_t i = from; i < to; i++) {
			const struct record *r = &j->records.p[i];
			const struct list *l = &j->lists[record_list(r)];
			if (l->guard || record_fate(r) || l->cat == CAT_NONE)
				continue;
			uint16_t *first = &t->first[l->cat * OPS + record_ops(r)];
			if (!*first || *first > record_list(r) + 1)
				*first = (uint16_t)(record_list(r) + 1);
		}
	for (size_t i = from; i < to; i++) {
		struct record *r = &j->records.p[i];
		const struct list *l = &j->lists[record_list(r)];
		if (l->guard || record_fate(r) || l->cat == CAT_NONE)
			continue;
		unsigned ops = record_ops(r);
		if ((ops & ADD_BOTH) && !((ops & ADD_EXACT) && cats_has(s->add_exact, l->cat)) &&
			!((ops & ADD_BELOW) && cats_has(s->add_below, l->cat))) {
			record_set_fate(r, FATE_EXCEPTED);
			continue;
		}
		if (to - from > 1) {
			uint16_t *first = &t->first[l->cat * OPS + ops];
			if (*first != record_list(r) + 1) {
				record_set_fate(r, FATE_DUPLICATE);
				continue;
			}
			*first =
				UINT16_MAX; /* one of that list is the first, the rest are duplicates */
		}
		if (pruned)
			record_set_fate(r, FATE_PRUNED);
	}
	if (to - from > 1)
		for (size_t i = from; i < to; i++) {
			const struct record *r = &j->records.p[i];
			const struct list *l = &j->lists[record_list(r)];
			if (l->cat != CAT_NONE)
				t->first[l->cat * OPS + record_ops(r)] = 0;
		}
}

static int survive(struct table *t, size_t i, const struct policy_set *s)
{
	struct job *j = t->j;
	const struct record *r = &j->records.p[i];
	unsigned set = 0, len = record_len(r);
	int err = set_number(t, s, &set);
	if (!err)
		err = grow((void **)&j->survivors, j->nsurvivors, &t->survivors_cap,
			sizeof *j->survivors);
	if (err)
		return err;
	j->survivors[j->nsurvivors++] =
		(struct survivor){ .at = r->at, .set = (uint16_t)set, .len = (uint8_t)len };
	j->max_depth = MAX(j->max_depth, rname_labels(job_name(j, r->at), len));
	struct cats c = cats_or(s->add_exact, s->add_below);
	for (unsigned w = 0; w < 2; w++)
		for (uint64_t m = c.w[w]; m; m &= m - 1)
			j->cats[w * 64 + (unsigned)__builtin_ctzll(m)].names++;
	return 0;
}

static int judge_name(struct table *t, size_t from, size_t to, struct level *stack, unsigned *depth)
{
	struct job *j = t->j;
	struct sum sum;
	add_up(j, from, to, &sum);
	if (!sum.any)
		return 0;
	const uint8_t *name = job_name(j, j->records.p[from].at);
	unsigned len = record_len(&j->records.p[from]);
	while (*depth && !rname_under(name, len, stack[*depth - 1].name, stack[*depth - 1].len))
		--*depth;
	static const struct state nothing;
	const struct state *up = *depth ? &stack[*depth - 1].below : &nothing;
	except(&sum.set, up->strong);
	struct policy_set *s = &sum.set;
	if (!j->o->overlay) { /* nothing to clear is no clear */
		s->clear_exact = cats_and(s->clear_exact, up->add);
		s->clear_below = cats_and(s->clear_below, up->add);
	}
	struct state exact = after(up, s->clear_exact, s->add_exact);
	struct state below = after(up, s->clear_below, s->add_below);
	bool pruned = same(&exact, up, j->o->overlay) && same(&below, up, j->o->overlay);
	settle(t, from, to, s, pruned);
	below.strong = cats_or(up->strong, sum.strong_below);
	if (!pruned || cats_any(sum.strong_below))
		stack[(*depth)++] = (struct level){ name, len, below };
	return pruned ? 0 : survive(t, from, s);
}

int judge_sets(struct job *j)
{
	struct table *t = calloc(1, sizeof *t);
	struct level stack[RNAME_LABELS_MAX + 1];
	unsigned depth = 0;
	int err = 0;
	if (t) {
		t->j = j;
		t->index = calloc(SET_INDEX, sizeof *t->index);
	}
	if (!t || !t->index)
		err = -ENOMEM;
	for (size_t i = 0, to; i < j->records.n && !err; i = to) {
		to = group_end(j, i);
		err = judge_name(t, i, to, stack, &depth);
	}
	if (t)
		free(t->index);
	free(t);
	return err;
}

/* The list's counts, once all fates are known. */
int count_fates(struct job *j)
{
	static const uint8_t why[] = {
		[FATE_SUFFIX] = PUBLIC_SUFFIX,
		[FATE_PROTECTED] = PROTECTED,
		[FATE_POPULAR] = POPULAR,
		[FATE_EXCEPTED] = EXCEPTED,
	};
	for (size_t i = 0; i < j->records.n; i++) {
		const struct record *r = &j->records.p[i];
		struct list *l = &j->lists[record_list(r)];
		unsigned fate = record_fate(r);
		if (fate == LIVE || l->guard)
			continue;
		if (fate == FATE_DUPLICATE) {
			l->r.duplicates++;
		} else if (fate == FATE_PRUNED) {
			l->r.pruned++;
		} else {
			char text[RNAME_MAX + 1];
			size_t n = rname_text(job_name(j, r->at), record_len(r), text);
			int err = result_refuse(&l->r, why[fate], 0, text, n);
			if (err)
				return err;
			if (j->rejected)
				fprintf(j->rejected, "%s\t%s\t0\t%s\t%s\n", l->r.category,
					l->r.path, reason_key(why[fate]), text);
		}
	}
	return 0;
}
