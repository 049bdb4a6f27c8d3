/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One query from its bytes to its answer, in three steps, so that a batch runs each step for all of
 * its queries and their memory latencies overlap:
 *
 *   open    parse, access, limits, special names, hashes; prefetch directory and cache slot
 *   probe   read those, prefetch entries
 *   close   categories, profile, judgement, answer: from the rules, the cache, or "ask upstream"
 *
 * The resolver runs all three again when upstream has answered, with the view of that moment. */

#include "guard/guard.h"

/* What a thread needs to answer; one per thread, renewed for each batch by request_begin. */
struct answerer {
	struct guard *g;
	struct guard_reader *reader;
	struct guard_view *gv;      /* NULL: not ready */
	struct policy_now *now_of;  /* [profile] */
	struct limit *limit;        /* the thread's own; NULL: none */
	int64_t now, now_ms;
	uint64_t random;
	bool tcp;
	struct cache_copy *copy;    /* room for one entry */
	struct dns_name target;     /* of a rewrite, while one is answered */
};

enum request_state { REQUEST_JUDGE, REQUEST_DONE, REQUEST_DROP };

struct request {
	struct dns_query q;
	struct policy_facts facts;
	struct policy_probe probe[VIEW_LAYERS];
	const uint8_t *client;
	uint8_t client_len;
	uint8_t state;              /* enum request_state */
	uint16_t rcode;             /* DONE: the error to send; 12 bits */
	int8_t ede;
	bool truncate;              /* DONE: over its limit, ask over TCP */
	uint8_t special_kind;
	struct special_answer special;
	uint64_t hash;              /* of the cache key of the question */
	uint8_t cookie[COOKIE_FULL];
	uint8_t cookie_len;
};

/* What upstream has to be asked before this can be answered. */
struct request_ask {
	struct dns_name name;
	uint16_t type;
	uint8_t flags;              /* enum cache_key_flags */
	uint64_t hash;
	bool needed;                /* false: answered, or nothing to ask */
	bool refresh;               /* answered; ask all the same, before the entry runs out */
};

/* What the resolver brings back: fresh (even if it may not be cached), or a failure. */
struct request_news {
	const struct cache_copy *fresh; /* NULL: failed */
	uint64_t hash;                  /* of what was asked */
	bool stale_only;                /* still waiting for upstream: answer only if an old answer is there */
	int ede;                        /* of a failure */
};

enum { REQUEST_ANSWER_MAX = 65535 };

void request_begin(struct answerer *t);
void request_end(struct answerer *t);

void request_open(struct answerer *t, struct request *r, const uint8_t *client, size_t client_len,
	const uint8_t *msg, size_t n);
void request_probe(struct answerer *t, struct request *r);
/* Length of the answer in buf (`limit` bytes and ANSWER_SLACK more), 0: none (dropped, or ask). */
size_t request_close(struct answerer *t, struct request *r, const struct request_news *news, uint8_t *buf,
	size_t limit, struct request_ask *ask);
