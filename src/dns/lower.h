/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Lower-casing of whole names, eight bytes at a time; private to this room. A length byte is 1..63,
 * never 'A'..'Z', so a name needs no look at its labels. ASCII only: RFC 4343 section 3. */

#include "dns/name.h"

static inline uint64_t lower8(uint64_t v)
{
	const uint64_t ones = 0x0101010101010101ull;
	uint64_t low7 = v & 0x7f * ones;
	uint64_t from_a = low7 + (0x80 - 'A') * ones;     /* top bit: byte >= 'A' */
	uint64_t past_z = low7 + (0x80 - 'Z' - 1) * ones; /* top bit: byte > 'Z' */
	uint64_t upper = (from_a ^ past_z) & ~v & 0x80 * ones;
	return v | upper >> 2;
}

/* n < 8 bytes as a word, zeros above; reads nothing outside them. */
static inline uint64_t load_short(const uint8_t *p, size_t n)
{
	if (n >= 4)
		return le32_get(p) | (uint64_t)le32_get(p + n - 4) << 8 * (n - 4);
	if (n == 0)
		return 0;
	return p[0] | (uint64_t)p[n / 2] << 8 * (n / 2) | (uint64_t)p[n - 1] << 8 * (n - 1);
}

/* Copy n bytes lower-cased. May write zeros up to 8 bytes past them, reads nothing past them. */
static inline void copy_lower(uint8_t *to, const uint8_t *from, size_t n)
{
	for (; n >= 8; n -= 8, to += 8, from += 8) {
		uint64_t v = lower8(le64_get(from));
		memcpy(to, &v, 8);
	}
	uint64_t v = lower8(load_short(from, n));
	memcpy(to, &v, 8);
}

/* True if n bytes of a name in any case equal a lower-case one. */
static inline bool equal_lower(const uint8_t *any, const uint8_t *lower, size_t n)
{
	for (; n >= 8; n -= 8, any += 8, lower += 8)
		if (lower8(le64_get(any)) != le64_get(lower))
			return false;
	return lower8(load_short(any, n)) == load_short(lower, n);
}
