/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* SipHash (Aumasson, Bernstein 2012), the pieces others build on. Inline, since the guard hashes
 * every suffix of every query name. libsodium has SipHash-2-4 only, and no incremental state. */

#include "base/bytes.h"

struct siphash {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t siphash_rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void siphash_round(struct siphash *s)
{
	s->v0 += s->v1;
	s->v1 = siphash_rotl(s->v1, 13) ^ s->v0;
	s->v0 = siphash_rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = siphash_rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = siphash_rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = siphash_rotl(s->v1, 17) ^ s->v2;
	s->v2 = siphash_rotl(s->v2, 32);
}

static inline void siphash_init(struct siphash *s, uint64_t k0, uint64_t k1)
{
	s->v0 = k0 ^ 0x736f6d6570736575ull;
	s->v1 = k1 ^ 0x646f72616e646f6dull;
	s->v2 = k0 ^ 0x6c7967656e657261ull;
	s->v3 = k1 ^ 0x7465646279746573ull;
}

/* One 8-byte block with c rounds. */
static inline void siphash_block(struct siphash *s, uint64_t m, int c)
{
	s->v3 ^= m;
	for (int i = 0; i < c; i++)
		siphash_round(s);
	s->v0 ^= m;
}

/* SipHash-2-4 of n bytes, 64-bit output: DNS cookies (RFC 9018 section 4.4) and tables. */
uint64_t siphash_24(const void *p, size_t n, uint64_t k0, uint64_t k1);
