/* SPDX-License-Identifier: Apache-2.0 */
#include "base/siphash.h"

uint64_t siphash_24(const void *p, size_t n, uint64_t k0, uint64_t k1)
{
	const uint8_t *b = p;
	struct siphash s;
	siphash_init(&s, k0, k1);
	size_t i = 0;
	for (; i + 8 <= n; i += 8)
		siphash_block(&s, le64_get(b + i), 2);
	uint64_t last = (uint64_t)n << 56;
	for (int shift = 0; i < n; i++, shift += 8)
		last |= (uint64_t)b[i] << shift;
	siphash_block(&s, last, 2);
	s.v2 ^= 0xff;
	for (int r = 0; r < 4; r++)
		siphash_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
