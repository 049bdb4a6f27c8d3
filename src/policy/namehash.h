/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Keyed hashes of every suffix of a name, in one pass from the right.
 *
 * SipHash-1-3, of whose final state both halves are kept: lo = v0 ^ v1, hi = v2 ^ v3. (The 128-bit
 * variant of SipHash runs three more rounds to hide the state; here there is nothing to hide, as the key
 * stands in the image. It keeps names apart and makes images reproducible.) Each label, from the top-level one leftwards, is absorbed as its
 * length byte and its lower-case bytes, padded with zeros to whole 8-byte blocks; since the length
 * comes first, no two names give the same blocks. After each label the state is finished on a copy:
 *
 *   h[0] = hash("example")   h[1] = hash("www.example")   h[n-1] = hash of the whole name
 *
 * `lo` places a name (bucket), `hi` recognises it (tag and presence bit): see format.h. */

#include "base/siphash.h"
#include "dns/name.h"

struct name_key {
	uint64_t k0, k1;
};

struct name_hash {
	uint64_t lo, hi;
};

/* Hash the `max` rightmost suffixes (fewer if the name has fewer labels); returns how many. */
static inline unsigned name_hash_suffixes(struct name_key key, const struct dns_name *n,
	struct name_hash *ret, unsigned max)
{
	struct siphash s;
	siphash_init(&s, key.k0, key.k1);
	unsigned count = n->labels < max ? n->labels : max;
	for (unsigned i = 0; i < count; i++) {
		unsigned start = n->at[n->labels - 1 - i], size = n->wire[start] + 1u;
		const uint8_t *p = n->wire + start;
		for (; size > 8; size -= 8, p += 8)
			siphash_block(&s, le64_get(p), 1);
		uint64_t last = le64_get(p) & (~0ull >> (64 - 8 * size));
		siphash_block(&s, last, 1);
		struct siphash f = s;
		f.v2 ^= 0xff;
		siphash_round(&f);
		siphash_round(&f);
		siphash_round(&f);
		ret[i].lo = f.v0 ^ f.v1;
		ret[i].hi = f.v2 ^ f.v3;
	}
	return count;
}
