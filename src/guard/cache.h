/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The shared wire cache: what upstream answered, ready to be copied behind a question.
 *
 * A ring of 64-byte units and an index of 64-bit slots. Places in the ring are numbered for ever
 * (never wrapping), so "is this entry still there" is one comparison with `tail`:
 *
 *      tail                                    head
 *   ----|=====|=======|===|==========|====|-----|      place p is at unit p mod units
 *        ^ oldest, next to be overwritten   ^ newest
 *
 *   slot: | tag 16 | place 48 |     8 slots (one cache line) a bucket
 *
 * Readers (any thread, no lock) copy an entry word by word and then look at `tail` again: if it has
 * passed the entry, the copy is thrown away. Every word is an atomic with acquire order on the
 * reader's side and release on the writer's, so the copy is either whole or found out. Writers hold
 * a mutex. An entry that was asked for since it was written gets a second round before it goes.
 *
 * Bounded: `size` bytes, and never grows. Entries stay after their TTL for serve-stale (RFC 8767). */

#include "dns/reply.h"
#include "policy/cats.h"

enum {
	CACHE_UNIT = 64,
	CACHE_BODY_MAX = 16384, /* a larger answer is not kept */
	CACHE_KEY_MAX = DNS_NAME_MAX + 3,
};

enum cache_key_flags { CACHE_DO = 1, CACHE_CD = 2 };

struct cache;

/* 0, or -ENOMEM. size is rounded up to a power of two of at least 1 MiB; the index is one eighth more. */
must_use int cache_new(size_t size, struct cache **ret);
void cache_free(struct cache *c); /* no readers or writers left; NULL is fine */

/* What an entry says beside its records. Times in Unix seconds. */
struct cache_meta {
	uint64_t generation;   /* of the view that gave the categories */
	struct cats chain, addresses, statutory;
	uint32_t stored, ttl;  /* fresh while now - stored < ttl */
	uint16_t rcode;        /* 0..15 */
	uint16_t ancount, nscount, arcount;
	uint16_t body;         /* bytes of records, from the end of the question */
	uint16_t nttl;         /* offsets of TTL fields, from the end of the question */
	int8_t ede;            /* upstream's, or -1 */
	uint8_t ede_text;      /* bytes */
	bool authentic;        /* AD, from a trusted upstream */
	bool negative;
	bool private_address;  /* an address of the inside in it: see rebinding protection */
};

/* A copy, owned by the caller. */
struct cache_copy {
	struct cache_meta meta;
	uint64_t place;                        /* for cache_touch */
	const uint16_t *ttl_at;                /* into words */
	const uint8_t *ede_text, *body;
	uint64_t words[(CACHE_BODY_MAX + 2 * DNS_REPLY_TTLS + 512 + CACHE_KEY_MAX) / 8];
};

/* An entry's records as a message for dns_reply_parse: a made up header and question (name on the wire,
 * type), and body (m->body bytes) at the offsets it had. buf: DNS_HEADER + name.n + 4 + m->body bytes. */
size_t cache_message(const struct cache_meta *m, struct bytes name, uint16_t type, const void *body, uint8_t *buf);

uint64_t cache_hash(const struct cache *c, const struct dns_name *name, uint16_t type, unsigned flags);

/* The two latencies of a lookup, for batches: prefetch the bucket, then (returning the place it
 * names, or CACHE_NOWHERE) prefetch the entry. */
#define CACHE_NOWHERE UINT64_MAX
void cache_prefetch_slot(const struct cache *c, uint64_t hash);
uint64_t cache_prefetch_entry(const struct cache *c, uint64_t hash);

/* True and a whole copy if the name is there, stale or not. */
bool cache_get(const struct cache *c, uint64_t hash, const struct dns_name *name, uint16_t type,
	unsigned flags, struct cache_copy *ret);

/* Note a hit; returns how often it was noted before (saturating at 3). */
unsigned cache_touch(struct cache *c, uint64_t place);

/* Keep body (m->body bytes) with TTL offsets and EDE text under a key, replacing what was there.
 * Too large: not kept. */
void cache_put(struct cache *c, uint64_t hash, const struct dns_name *name, uint16_t type,
	unsigned flags, const struct cache_meta *m, const uint16_t *ttl_at, const uint8_t *ede_text,
	const uint8_t *body);

/* After a swap of views: give entries of another generation new categories, from *cursor on, at most
 * `most` entries; returns false when the whole ring has been seen. `judge` gets the entry as a
 * message: header and question are made up, records are real. */
typedef void cache_judge(void *ctx, struct bytes message, struct cache_meta *meta);
bool cache_renew(struct cache *c, uint64_t generation, uint64_t *cursor, unsigned most, cache_judge *judge,
	void *ctx);

struct cache_stats {
	size_t bytes, used;
	uint64_t entries, inserted, evicted, kept_again;
};
void cache_stats(struct cache *c, struct cache_stats *ret);
