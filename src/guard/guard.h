/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The running guard: what its threads share.
 *
 *   main      configuration, signals, files, control socket, the private unbound; builds views
 *   workers   one per core and address: UDP batches; hits and blocks are answered here
 *   tcp       net/tcp.h's thread: the same answers, over TCP
 *   resolver  misses: asks upstream, fills the cache, answers who waited
 *
 * Readers of the view (workers, tcp, resolver) announce the one they use in a place of their own
 * (a hazard pointer). The main thread swaps `current`, waits until nobody announces the old one, and
 * frees it: from then on no answer of the old view can leave. Nobody ever waits for a swap. */

#include "guard/acl.h"
#include "guard/answer.h"
#include "guard/config.h"
#include "guard/cookie.h"
#include "guard/special.h"
#include "guard/upstream.h"
#include "net/tcp.h"
#include "net/udp.h"

struct event_base;

/* Counted, never what was asked or by whom. Written by one thread each, with relaxed atomics. */
enum guard_count {
	COUNT_UDP,
	COUNT_TCP,
	COUNT_HIT,
	COUNT_STALE,
	COUNT_MISS,
	COUNT_REWRITE,
	COUNT_SPECIAL,
	COUNT_BLOCKED,                      /* + rule 1..11 */
	COUNT_REBINDING = COUNT_BLOCKED + 12,
	COUNT_FORMERR,
	COUNT_REFUSED,
	COUNT_LIMITED,
	COUNT_SERVFAIL,
	COUNT_NOT_READY,
	COUNT_OVERFLOW,                     /* misses dropped because too many were waiting */
	COUNT_PREFETCH,
	GUARD_COUNTS,
};

struct guard_view {
	struct view *view;
	unsigned readers;
	struct policy_now **now; /* [reader][profile], each reader's own; until 0: not yet known */
};

struct guard_reader {
	struct guard_view *using cache_aligned; /* NULL: between batches */
	uint64_t count[GUARD_COUNTS];
};

struct worker;
struct resolver;

struct guard {
	const struct guard_config *config;
	struct cache *cache;
	struct acl *acl;
	struct special *special;
	struct cookie_keys cookies;
	struct dns_name *rebinding_allow; /* config->rebinding.nallow of them */
	unsigned nreaders;
	struct guard_reader *reader;      /* 0..nworkers-1 workers, then tcp, then resolver */
	unsigned nworkers;
	struct worker **worker;
	struct net_tcp *tcp;
	struct resolver *resolver;
	uint64_t settled;                 /* the newest generation whose predecessor nobody uses */
	struct guard_view *current cache_aligned;
};

static inline void guard_count(struct guard_reader *r, unsigned what)
{
	__atomic_store_n(&r->count[what], r->count[what] + 1, __ATOMIC_RELAXED);
}

/* The view to judge by until guard_leave; NULL before the first one is open. */
static inline struct guard_view *guard_enter(struct guard *g, struct guard_reader *r)
{
	struct guard_view *v = __atomic_load_n(&g->current, __ATOMIC_ACQUIRE);
	for (;;) {
		__atomic_store_n(&r->using, v, __ATOMIC_SEQ_CST);
		struct guard_view *again = __atomic_load_n(&g->current, __ATOMIC_SEQ_CST);
		if (likely(again == v))
			return v;
		v = again;
	}
}

static inline void guard_leave(struct guard_reader *r)
{
	__atomic_store_n(&r->using, NULL, __ATOMIC_RELEASE);
}

/* Main thread. Takes over the view's reference; returns when no reader uses the one before. */
must_use int guard_publish(struct guard *g, struct view *v);
/* No readers left: forget the current view. */
void guard_retire(struct guard *g);
