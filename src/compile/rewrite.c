/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of lists become rewrite records. One place (a name itself, or the names below it) has one
 * answer for one owner and mode: the first list's; another list that says otherwise is counted, not
 * mixed in. */
#include "compile/job.h"

#include "dns/proto.h"

#include <errno.h>
#include <stdlib.h>

static int compare_names(const uint8_t *a, unsigned an, const uint8_t *b, unsigned bn)
{
	int c = memcmp(a, b, MIN(an, bn));
	return c ? c : (int)an - (int)bn;
}

static int compare_answers(const struct answer *a, const struct answer *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	return memcmp(a->rdata, b->rdata, a->n);
}

static int compare_places(const struct rewrite *a, const struct rewrite *b)
{
	int c = compare_names(a->name.b, a->name.len, b->name.b, b->name.len);
	if (c)
		return c;
	if (a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	return (int)a->mode - (int)b->mode;
}

static int compare(const void *pa, const void *pb)
{
	const struct rewrite *a = pa, *b = pb;
	int c = compare_places(a, b);
	if (c)
		return c;
	if (a->list != b->list)
		return a->list < b->list ? -1 : 1;
	c = compare_answers(&a->answer, &b->answer);
	if (c)
		return c;
	if (a->answer.ttl != b->answer.ttl)
		return a->answer.ttl < b->answer.ttl ? -1 : 1;
	return (int)a->ops - (int)b->ops;
}

/* True if the entry that came with the answer is in the image. */
static bool is_live(const struct job *j, const struct rewrite *w)
{
	size_t lo = 0, hi = j->records.n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct record *r = &j->records.p[mid];
		if (compare_names(job_name(j, r->at), record_len(r), w->name.b, w->name.len) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < j->records.n; lo++) {
		const struct record *r = &j->records.p[lo];
		unsigned fate = record_fate(r);
		if (compare_names(job_name(j, r->at), record_len(r), w->name.b, w->name.len))
			return false;
		if (record_list(r) == w->list && record_ops(r) == w->ops)
			return fate == LIVE || fate == FATE_DUPLICATE || fate == FATE_PRUNED;
	}
	return false;
}

static int refuse_answer(struct job *j, const struct rewrite *w)
{
	char text[RNAME_MAX + 1];
	size_t n = rname_text(w->name.b, w->name.len, text);
	struct list *l = &j->lists[w->list];
	if (j->rejected)
		fprintf(j->rejected, "%s\t%s\t0\t%s\t%s\n", l->r.category, l->r.path,
			reason_key(TWO_ANSWERS), text);
	return result_refuse(&l->r, TWO_ANSWERS, 0, text, n);
}

static bool stands_alone(const struct answer *a)
{
	return a->type == 0 || a->type == DNS_CNAME;
}

/* Answers [from, to) of one place: kept ones move to the front, from `at` on. */
static int settle_place(struct job *j, size_t from, size_t to, size_t *at)
{
	struct rewrite *w = j->rewrites.p;
	size_t first = *at;
	for (size_t i = from; i < to; i++) {
		size_t k = first;
		while (k < *at && compare_answers(&w[k].answer, &w[i].answer))
			k++;
		if (k < *at) {
			w[k].ops |= w[i].ops;
			continue;
		}
		bool other_list = *at > first && w[first].list != w[i].list;
		/* The reader looks at `below` of an engine's first record only: all are alike. */
		bool clash = *at > first &&
			     (stands_alone(&w[first].answer) || stands_alone(&w[i].answer) ||
				     w[first].ops != w[i].ops);
		if (other_list || clash || *at - first == 64) {
			int err = refuse_answer(j, &w[i]);
			if (err)
				return err;
			continue;
		}
		struct rewrite keep = w[i];
		w[(*at)++] = keep;
	}
	return 0;
}

/* A category's answer for a name and those below it is two: each place has its own record. */
static unsigned places(const struct job *j, const struct rewrite *w, struct rewrite ret[2])
{
	unsigned n = 0;
	ret[0] = *w;
	if (w->owner >= POLICY_ENGINE)
		return 1;
	for (unsigned place = REWRITE_HERE; place <= REWRITE_BELOW; place++) {
		unsigned op = place == REWRITE_HERE ? ADD_EXACT : ADD_BELOW;
		if (!(w->ops & op))
			continue;
		ret[n] = *w;
		ret[n].owner = j->lists[w->list].cat;
		ret[n].mode = (uint8_t)place;
		ret[n++].ops = (uint8_t)op;
	}
	return n;
}

/* The answers whose entries are in the image, place by place. */
static int take_live(struct job *j, struct rewrites *ret)
{
	for (size_t i = 0; i < j->rewrites.n; i++) {
		struct rewrite at[2];
		unsigned n = is_live(j, &j->rewrites.p[i]) ? places(j, &j->rewrites.p[i], at) : 0;
		for (unsigned k = 0; k < n; k++) {
			int err = grow((void **)&ret->p, ret->n, &ret->cap, sizeof *ret->p);
			if (err)
				return err;
			ret->p[ret->n++] = at[k];
		}
	}
	return 0;
}

int rewrites_settle(struct job *j)
{
	struct rewrites live = { 0 };
	size_t at = 0;
	int err = take_live(j, &live);
	free(j->rewrites.p);
	j->rewrites = live;
	if (live.n && !err)
		qsort(live.p, live.n, sizeof *live.p, compare);
	for (size_t i = 0, to; i < live.n && !err; i = to) {
		to = i + 1;
		while (to < live.n && !compare_places(&live.p[i], &live.p[to]))
			to++;
		err = settle_place(j, i, to, &at);
	}
	j->rewrites.n = at;
	return err;
}

static int compare_records(const void *pa, const void *pb)
{
	const struct policy_rewrite *a = pa, *b = pb;
	int c = policy_rewrite_order(a, b->name, b->owner, b->mode);
	if (c)
		return c;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Many names share one target: kept once if it is among the last few. */
static int put_rdata(struct extras *x, size_t *cap, const struct answer *a, uint32_t *ret)
{
	size_t from = x->nrdata > 2048 ? x->nrdata - 2048 : 0;
	const uint8_t *found =
		a->n && x->rdata ? memmem(x->rdata + from, x->nrdata - from, a->rdata, a->n) : NULL;
	*ret = found ? (uint32_t)(found - x->rdata) : (uint32_t)x->nrdata;
	if (found || !a->n)
		return 0;
	if (x->nrdata > UINT32_MAX - a->n)
		return ERR_LIMIT;
	if (x->nrdata + a->n > *cap) {
		size_t more = *cap ? *cap * 2 : 4096;
		uint8_t *p = realloc(x->rdata, more);
		if (!p)
			return -ENOMEM;
		x->rdata = p;
		*cap = more;
	}
	memcpy(x->rdata + x->nrdata, a->rdata, a->n);
	x->nrdata += a->n;
	return 0;
}

int extras_make(struct job *j, struct extras *ret)
{
	size_t cap = 0, n = j->rewrites.n;
	int err = addresses_make(j, ret);
	if (err || !n)
		return err;
	ret->rewrites = calloc(n, sizeof *ret->rewrites);
	if (!ret->rewrites)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct rewrite *w = &j->rewrites.p[i];
		struct policy_rewrite *r = &ret->rewrites[i];
		*r = (struct policy_rewrite){
			.name = hash_name(j->key, w->name.b, w->name.len),
			.owner = w->owner,
			.mode = w->mode,
			.below = w->owner >= POLICY_ENGINE && (w->ops & ADD_BELOW),
			.type = w->answer.type,
			.n = w->answer.n,
			.ttl = w->answer.ttl,
		};
		err = put_rdata(ret, &cap, &w->answer, &r->at);
		if (err)
			return err;
	}
	ret->nrewrites = n;
	qsort(ret->rewrites, n, sizeof *ret->rewrites, compare_records);
	return 0;
}

void extras_done(struct extras *x)
{
	free(x->addr4);
	free(x->addr6);
	free(x->rewrites);
	free(x->rdata);
}
