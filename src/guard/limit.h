/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Response rate limit for UDP: a token bucket per client prefix, so that a spoofed address gets no
 * flood from us. One per worker, no locks: a client of many ports may get the rate once per worker.
 *
 * The table is fixed: four buckets a cache line, placed by a keyed hash; a newcomer takes the place
 * that was untouched longest. Two prefixes of one place
 * share a bucket with probability 2^-31. */

#include "base/err.h"

struct limit_config {
	unsigned rate;     /* answers a second and prefix; 0: no limit, and no cost */
	unsigned burst;    /* answers at once after a pause; 0: 2 * rate */
	unsigned slip;     /* every slip-th refused answer is sent truncated instead, so that a real client
			    * comes back by TCP; 0: none, 1: all */
	unsigned prefix4, prefix6; /* bits, at most 32 and 64; 0: 32, 56 */
	unsigned entries;  /* 0: 65536 (1 MiB) */
	bool loopback;     /* limit 127.0.0.0/8 and ::1 too */
};

enum limit_verdict { LIMIT_PASS, LIMIT_TRUNCATE, LIMIT_DROP };

struct limit;

/* key: 16 random bytes. With rate 0 *ret is NULL, which limit_check takes. -ENOMEM. */
must_use int limit_new(const struct limit_config *c, const uint8_t key[16], struct limit **ret);
void limit_free(struct limit *l); /* NULL is fine */

enum limit_verdict limit_take(struct limit *l, const uint8_t *address, size_t n, int64_t now_ms);

/* Take one token of the client (4 or 16 bytes). Clients with a good cookie need not come here. */
static inline enum limit_verdict limit_check(struct limit *l, const uint8_t *address, size_t n,
	int64_t now_ms)
{
	return likely(!l) ? LIMIT_PASS : limit_take(l, address, n, now_ms);
}
