/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/request.h"

#include "base/clock.h"
#include "guard/entry.h"

#include <time.h>

enum {
	REFRESH_HITS = 2,      /* asked for as often since it was stored: worth fetching before it runs out */
	SPECIAL_TTL = 3600,
	REBINDING_TTL = 60,
};

void request_begin(struct answerer *t)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	t->now = now.tv_sec;
	t->now_ms = t->limit ? clock_mono_ms() : 0;
	t->gv = guard_enter(t->g, t->reader);
	t->now_of = t->gv ? t->gv->now[t->reader - t->g->reader] : NULL;
}

void request_end(struct answerer *t)
{
	guard_leave(t->reader);
}

/* xorshift64*: spreads jitter; nothing secret hangs on it. */
static uint32_t spread(struct answerer *t)
{
	t->random ^= t->random >> 12;
	t->random ^= t->random << 25;
	t->random ^= t->random >> 27;
	return (uint32_t)(t->random * 0x2545f4914f6cdd1dull >> 32);
}

static void done(struct request *r, unsigned rcode, int ede)
{
	r->state = REQUEST_DONE;
	r->rcode = (uint16_t)rcode;
	r->ede = (int8_t)ede;
}

/* What a resolver does not answer, whoever asks: zone transfers, meta types (RFC 6895 section 3.1),
 * other classes than IN. */
static bool unanswerable(const struct dns_query *q)
{
	return q->qclass != DNS_IN || q->qtype == 0 || q->qtype == DNS_OPT ||
		(q->qtype >= 128 && q->qtype < DNS_ANY);
}

static bool good_cookie(struct answerer *t, struct request *r)
{
	if (!t->g->config->cookies || !r->q.cookie)
		return false;
	enum cookie_status s = cookie_check(&t->g->cookies, r->q.cookie, r->q.cookie_len, r->client,
		r->client_len, t->now, r->cookie);
	r->cookie_len = s == COOKIE_NONE ? 0 : COOKIE_FULL;
	return s == COOKIE_GOOD;
}

/* Access and rate; true if the query goes on. */
static bool admit(struct answerer *t, struct request *r)
{
	if (!acl_allows(t->g->acl, r->client, r->client_len)) {
		guard_count(t->reader, COUNT_REFUSED);
		done(r, DNS_REFUSED, DNS_EDE_PROHIBITED);
		return false;
	}
	bool known = good_cookie(t, r);
	if (t->tcp || known)
		return true;
	switch (limit_check(t->limit, r->client, r->client_len, t->now_ms)) {
	case LIMIT_PASS:
		return true;
	case LIMIT_TRUNCATE:
		r->truncate = true;
		done(r, DNS_NOERROR, DNS_EDE_NONE);
		break;
	case LIMIT_DROP:
		r->state = REQUEST_DROP;
		break;
	}
	guard_count(t->reader, COUNT_LIMITED);
	return false;
}

static void malformed(struct answerer *t, struct request *r, enum dns_query_status s)
{
	guard_count(t->reader, COUNT_FORMERR);
	switch (s) {
	case DNS_QUERY_FORMERR:
		done(r, DNS_FORMERR, DNS_EDE_NONE);
		break;
	case DNS_QUERY_NOTIMP:
		done(r, DNS_NOTIMP, DNS_EDE_NONE);
		break;
	case DNS_QUERY_BADVERS:
		done(r, DNS_BADVERS, DNS_EDE_NONE);
		break;
	default:
		r->state = REQUEST_DROP;
	}
}

static unsigned key_flags(const struct dns_query *q)
{
	return (q->dnssec_ok ? CACHE_DO : 0) | ((q->flags & DNS_CD) ? CACHE_CD : 0);
}

void request_open(struct answerer *t, struct request *r, const uint8_t *client, size_t client_len,
	const uint8_t *msg, size_t n)
{
	r->client = client;
	r->client_len = (uint8_t)client_len;
	r->state = REQUEST_JUDGE;
	r->truncate = false;
	r->special_kind = SPECIAL_NONE;
	r->cookie_len = 0;
	enum dns_query_status s = dns_query_parse(msg, n, &r->q);
	if (unlikely(s == DNS_QUERY_DROP)) { /* nothing of it may be read, not even whom to refuse */
		malformed(t, r, s);
		return;
	}
	if (unlikely(!admit(t, r)))
		return;
	if (unlikely(s != DNS_QUERY_OK)) {
		malformed(t, r, s);
		return;
	}
	if (unlikely(!t->gv)) {
		guard_count(t->reader, COUNT_NOT_READY);
		done(r, DNS_SERVFAIL, DNS_EDE_NOT_READY);
		return;
	}
	if (unlikely(unanswerable(&r->q))) {
		guard_count(t->reader, COUNT_REFUSED);
		done(r, r->q.qclass == DNS_IN ? DNS_NOTIMP : DNS_REFUSED, DNS_EDE_NONE);
		return;
	}
	r->special_kind = (uint8_t)special_find(t->g->special, &r->q.qname, r->q.qtype, &r->special);
	const struct view *v = t->gv->view;
	r->facts.name = &r->q.qname;
	r->facts.qtype = r->q.qtype;
	r->facts.nhash = name_hash_suffixes(v->key, &r->q.qname, r->facts.hash, v->depth);
	for (unsigned i = 0; i < VIEW_LAYERS; i++)
		if (v->layer[i])
			policy_probe_directory(v->layer[i], r->facts.hash, r->facts.nhash);
	r->hash = cache_hash(t->g->cache, &r->q.qname, r->q.qtype, key_flags(&r->q));
	cache_prefetch_slot(t->g->cache, r->hash);
}

void request_probe(struct answerer *t, struct request *r)
{
	if (r->state != REQUEST_JUDGE)
		return;
	const struct view *v = t->gv->view;
	for (unsigned i = 0; i < VIEW_LAYERS; i++)
		if (v->layer[i])
			r->probe[i] = policy_probe_entries(v->layer[i], r->facts.hash, r->facts.nhash);
	(void)cache_prefetch_entry(t->g->cache, r->hash);
}

static void find_categories(const struct view *v, struct request *r)
{
	struct policy_facts *f = &r->facts;
	unsigned labels = r->q.qname.labels;
	f->cats = f->statutory = cats_none();
	f->cats = policy_apply(v->layer[LAYER_IMAGE], f->hash, f->nhash, labels, r->probe[LAYER_IMAGE], f->cats);
	if (v->layer[LAYER_OVERLAY])
		f->cats = policy_apply(v->layer[LAYER_OVERLAY], f->hash, f->nhash, labels,
			r->probe[LAYER_OVERLAY], f->cats);
	if (v->layer[LAYER_RELEASE])
		f->statutory = policy_apply(v->layer[LAYER_RELEASE], f->hash, f->nhash, labels,
			r->probe[LAYER_RELEASE], f->statutory);
}

static const struct policy_now *profile_now(struct answerer *t, uint16_t profile)
{
	struct policy_now *n = &t->now_of[profile];
	if (unlikely(t->now >= n->until))
		view_now(t->gv->view, profile, t->now, n);
	return n;
}

static size_t answer_special(const struct answer *a, const struct request *r)
{
	const struct special_answer *s = &r->special;
	switch (r->special_kind) {
	case SPECIAL_ADDRESS:
		return answer_records(a, s->size == 4 ? DNS_A : DNS_AAAA, s->rdata, s->size, s->n, s->ttl);
	case SPECIAL_NAME:
		return answer_record(a, DNS_PTR, s->rdata, s->size, s->ttl);
	case SPECIAL_NXDOMAIN:
		return answer_negative(a, DNS_NXDOMAIN, s->ttl, DNS_EDE_NONE, bytes_of(NULL, 0));
	default:
		return answer_negative(a, DNS_NOERROR, s->ttl, DNS_EDE_NONE, bytes_of(NULL, 0));
	}
}

/* An answer of the inside to a name of the outside (DNS rebinding), unless the operator expects it. */
static bool rebinding(const struct answerer *t, const struct request *r, const struct cache_copy *e)
{
	const struct guard *g = t->g;
	if (likely(!e->meta.private_address) || !g->config->rebinding.on)
		return false;
	for (unsigned i = 0; i < g->config->rebinding.nallow; i++)
		if (dns_name_under(&r->q.qname, &g->rebinding_allow[i]))
			return false;
	return true;
}

/* A hit's chain under another view than the one it was stored with. */
static void renew_categories(const struct view *v, const struct dns_name *name, uint16_t type,
	struct cache_copy *e)
{
	entry_categories(v, answer_cached_message(e, name, type), &e->meta);
}

struct closing {
	struct answerer *t;
	struct request *r;
	const struct policy_now *now;
	struct verdict verdict;
	struct answer answer;
	const struct request_news *news;
	struct request_ask *ask;
};

static size_t send_block(struct closing *c)
{
	struct answerer *t = c->t;
	guard_count(t->reader, COUNT_BLOCKED + c->verdict.rule);
	return answer_block(&c->answer, t->gv->view, &c->verdict,
		verdict_ttl(&c->verdict, c->verdict.ttl, t->now, spread(t)));
}

static void want(struct closing *c, const struct dns_name *name, uint64_t hash)
{
	*c->ask = (struct request_ask){
		.name = *name,
		.type = c->r->q.qtype,
		.flags = (uint8_t)key_flags(&c->r->q),
		.hash = hash,
		.needed = true,
	};
}

/* The entry for (name, type): news first, then the cache. NULL: there is none to answer with, and
 * either upstream is to be asked (ask->needed) or it has failed. */
static const struct cache_copy *entry_for(struct closing *c, const struct dns_name *name, uint64_t hash,
	bool *ret_stale)
{
	struct answerer *t = c->t;
	const struct request_news *news = c->news;
	*ret_stale = false;
	if (news && news->fresh && news->hash == hash)
		return news->fresh;
	bool found = cache_get(t->g->cache, hash, name, c->r->q.qtype, key_flags(&c->r->q), t->copy);
	uint32_t age = (uint32_t)t->now - (found ? t->copy->meta.stored : 0);
	if (found && age < t->copy->meta.ttl)
		return t->copy;
	if (news && news->hash == hash) { /* upstream fails, or takes its time */
		*ret_stale = true;
		bool usable = found && t->copy->meta.rcode != DNS_SERVFAIL &&
			age - t->copy->meta.ttl < t->g->config->cache.stale_seconds;
		return usable ? t->copy : NULL;
	}
	if (c->r->q.flags & DNS_RD)
		want(c, name, hash);
	return NULL;
}

static size_t no_entry(struct closing *c)
{
	if (c->ask->needed || (c->news && c->news->stale_only))
		return 0;
	if (!(c->r->q.flags & DNS_RD)) { /* not to be asked on their behalf, and not known */
		guard_count(c->t->reader, COUNT_REFUSED);
		return answer_error(&c->answer, DNS_REFUSED, DNS_EDE_NONE);
	}
	guard_count(c->t->reader, COUNT_SERVFAIL);
	return answer_error(&c->answer, DNS_SERVFAIL, c->news ? c->news->ede : DNS_EDE_NETWORK_ERROR);
}

/* Hot and nearly over: ask again before anybody has to wait for it (in the last tenth of its life). */
static void consider_refresh(struct closing *c, const struct cache_copy *e, uint32_t age)
{
	struct answerer *t = c->t;
	if (e != t->copy || c->news)
		return;
	bool hot = cache_touch(t->g->cache, e->place) >= REFRESH_HITS;
	if (hot && e->meta.ttl >= 10 && (e->meta.ttl - age) * 10 <= e->meta.ttl && t->g->config->cache.prefetch) {
		want(c, &c->r->q.qname, c->r->hash);
		c->ask->needed = false;
		c->ask->refresh = true;
	}
}

static bool chain_blocked(struct closing *c, const struct cache_copy *e)
{
	const struct cache_meta *m = &e->meta;
	if (likely(!cats_any(m->chain) && !cats_any(m->addresses) && !cats_any(m->statutory)))
		return false;
	return policy_judge_chain(c->t->gv->view, c->now, m->chain, m->addresses, m->statutory, &c->verdict);
}

static size_t send_rebinding(struct closing *c)
{
	static const char text[] = "a private address for a public name (DNS rebinding)";
	guard_count(c->t->reader, COUNT_REBINDING);
	return answer_negative(&c->answer, DNS_NXDOMAIN, REBINDING_TTL, DNS_EDE_BLOCKED,
		bytes_of(text, sizeof text - 1));
}

static size_t send_entry(struct closing *c)
{
	struct answerer *t = c->t;
	bool stale;
	const struct cache_copy *e = entry_for(c, &c->r->q.qname, c->r->hash, &stale);
	if (!e)
		return no_entry(c);
	if (unlikely(e->meta.generation != t->gv->view->generation))
		renew_categories(t->gv->view, &c->r->q.qname, c->r->q.qtype, (struct cache_copy *)e);
	if (unlikely(chain_blocked(c, e)))
		return send_block(c);
	if (unlikely(rebinding(t, c->r, e)))
		return send_rebinding(c);
	uint32_t age = (uint32_t)t->now - e->meta.stored;
	if (!stale)
		consider_refresh(c, e, age);
	if (stale || e == t->copy) /* what upstream has just brought was counted as a miss */
		guard_count(t->reader, stale ? COUNT_STALE : COUNT_HIT);
	return answer_cached(&c->answer, e, age, verdict_ttl(&c->verdict, UINT32_MAX, t->now, spread(t)), stale);
}

static size_t send_rewrite(struct closing *c)
{
	struct answerer *t = c->t;
	uint32_t cap = verdict_ttl(&c->verdict, c->verdict.ttl, t->now, spread(t));
	if (!answer_rewrite_target(&c->r->q, &c->verdict, &t->target)) {
		guard_count(t->reader, COUNT_REWRITE);
		return answer_rewrite(&c->answer, &c->verdict, cap);
	}
	uint16_t type = c->r->q.qtype;
	uint64_t hash = cache_hash(t->g->cache, &t->target, type, key_flags(&c->r->q));
	bool stale;
	const struct cache_copy *e = entry_for(c, &t->target, hash, &stale);
	if (!e)
		return no_entry(c);
	if (e->meta.generation != t->gv->view->generation)
		renew_categories(t->gv->view, &t->target, type, (struct cache_copy *)e);
	if (chain_blocked(c, e))
		return send_block(c);
	guard_count(t->reader, COUNT_REWRITE);
	return answer_rewrite_cname(&c->answer, &t->target, type, e,
		stale ? e->meta.ttl - 1 : (uint32_t)t->now - e->meta.stored, cap,
		c->verdict.ede);
}

static size_t send_verdict(struct closing *c)
{
	if (c->verdict.action == ACTION_BLOCK)
		return send_block(c);
	if (unlikely(c->r->q.qtype == DNS_ANY))
		return answer_any(&c->answer);
	if (c->verdict.action == ACTION_REWRITE)
		return send_rewrite(c);
	return send_entry(c);
}

size_t request_close(struct answerer *t, struct request *r, const struct request_news *news, uint8_t *buf,
	size_t limit, struct request_ask *ask)
{
	struct closing c; /* not cleared as a whole: this is the hot path */
	c.t = t;
	c.r = r;
	c.news = news;
	c.ask = ask;
	ask->needed = ask->refresh = false;
	if (r->state == REQUEST_DROP)
		return 0;
	c.answer = (struct answer){
		.q = &r->q,
		.buf = buf,
		.limit = t->tcp ? limit : MIN(limit, MIN((size_t)r->q.udp_size, (size_t)DNS_MAX_UDP)),
		.cookie = bytes_of(r->cookie, r->cookie_len),
		.keepalive = t->tcp && r->q.keepalive && t->g->tcp ? (int)net_tcp_keepalive(t->g->tcp) : -1,
	};
	if (r->state == REQUEST_DONE)
		return r->truncate ? answer_truncated(&c.answer) : answer_error(&c.answer, r->rcode, r->ede);
	if (unlikely(r->special_kind != SPECIAL_NONE)) {
		guard_count(t->reader, COUNT_SPECIAL);
		return answer_special(&c.answer, r);
	}
	const struct view *v = t->gv->view;
	find_categories(v, r);
	uint16_t profile = view_profile(v, r->client, r->client_len);
	c.now = profile_now(t, profile);
	policy_judge(v, profile, c.now, &r->facts, &c.verdict);
	return send_verdict(&c);
}
