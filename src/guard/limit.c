/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/limit.h"

#include "base/siphash.h"
#include "net/address.h"

#include <assert.h>
#include <errno.h>

enum {
	WAYS = 4,
	TOKEN = 1000, /* buckets count thousandths: a rate of one a second adds one a millisecond */
	RATE_MAX = 1000000,
};

struct bucket {
	uint32_t tag;      /* 0: free */
	uint32_t stamp_ms; /* when tokens was true; wraps after 49 days, which costs one burst */
	uint32_t tokens;
	uint32_t refused;
};

struct limit {
	struct bucket *set; /* WAYS of them share a cache line */
	uint32_t mask;      /* sets - 1 */
	uint32_t rate, burst, slip;
	uint64_t keep4, keep6; /* masks of the prefix, over the bytes as loaded */
	bool loopback;
	uint64_t key[2];
};
static_assert(sizeof(struct bucket) * WAYS == 64, "a set is a cache line");

/* The first `bits` bits in network order, of eight bytes loaded as they stand. */
static uint64_t prefix_mask(unsigned bits)
{
	return bits == 0 ? 0 : __builtin_bswap64(~0ull << (64 - MIN(bits, 64u)));
}

int limit_new(const struct limit_config *c, const uint8_t key[16], struct limit **ret)
{
	if (c->rate == 0) {
		*ret = NULL;
		return 0;
	}
	struct limit *l = calloc(1, sizeof *l);
	uint32_t entries = MIN(c->entries ? c->entries : 65536u, 1u << 24), sets = 1;
	while (sets * WAYS < entries)
		sets *= 2;
	if (l)
		l->set = aligned_alloc(64, (size_t)sets * WAYS * sizeof *l->set);
	if (!l || !l->set) {
		free(l);
		return -ENOMEM;
	}
	memset(l->set, 0, (size_t)sets * WAYS * sizeof *l->set);
	l->mask = sets - 1;
	l->rate = MIN(c->rate, (unsigned)RATE_MAX);
	l->burst = MIN(c->burst ? c->burst : 2 * l->rate, (unsigned)RATE_MAX) * TOKEN;
	l->slip = c->slip;
	l->keep4 = prefix_mask(c->prefix4 ? MIN(c->prefix4, 32u) : 32);
	l->keep6 = prefix_mask(c->prefix6 ? MIN(c->prefix6, 64u) : 56);
	l->loopback = c->loopback;
	l->key[0] = le64_get(key);
	l->key[1] = le64_get(key + 8);
	*ret = l;
	return 0;
}

void limit_free(struct limit *l)
{
	if (!l)
		return;
	free(l->set);
	free(l);
}

/* The prefix' own bucket, or the one that was untouched longest, made new. */
static struct bucket *bucket_of(struct limit *l, uint64_t hash, uint32_t now)
{
	struct bucket *set = &l->set[(size_t)(hash & l->mask) * WAYS], *oldest = set;
	uint32_t tag = (uint32_t)(hash >> 32) | 1;
	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].tag == tag)
			return &set[i];
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].tag == 0) {
			oldest = &set[i];
			break;
		}
		if (now - set[i].stamp_ms > now - oldest->stamp_ms)
			oldest = &set[i];
	}
	*oldest = (struct bucket){ .tag = tag, .stamp_ms = now, .tokens = l->burst };
	return oldest;
}

enum limit_verdict limit_take(struct limit *l, const uint8_t *address, size_t n, int64_t now_ms)
{
	if (!l->loopback && net_is_loopback(address, n))
		return LIMIT_PASS;
	uint64_t word = n == 4 ? le32_get(address) & l->keep4 : le64_get(address) & l->keep6;
	struct siphash s;
	siphash_init(&s, l->key[0], l->key[1] ^ n); /* families apart */
	siphash_block(&s, word, 1);
	s.v2 ^= 0xff;
	siphash_round(&s);
	siphash_round(&s);
	siphash_round(&s);
	uint32_t now = (uint32_t)now_ms;
	struct bucket *b = bucket_of(l, s.v0 ^ s.v1 ^ s.v2 ^ s.v3, now);
	uint64_t tokens = b->tokens + (uint64_t)(now - b->stamp_ms) * l->rate;
	b->tokens = (uint32_t)MIN(tokens, (uint64_t)l->burst);
	b->stamp_ms = now;
	if (b->tokens >= TOKEN) {
		b->tokens -= TOKEN;
		return LIMIT_PASS;
	}
	b->refused++;
	return l->slip && b->refused % l->slip == 0 ? LIMIT_TRUNCATE : LIMIT_DROP;
}
