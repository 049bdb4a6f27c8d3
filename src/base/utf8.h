/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* UTF-8 (RFC 3629), one character at a time. */

#include "base/bytes.h"

#define UTF8_BAD 0xffffffffu

/* Takes the first character off *s, which is not empty. UTF8_BAD: not UTF-8 (overlong and surrogate
 * forms included); then one byte was taken. */
static inline uint32_t utf8_next(struct bytes *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t b = *s->p;
	unsigned n = b < 0x80 ? 1 : (b & 0xe0) == 0xc0 ? 2 : (b & 0xf0) == 0xe0 ? 3 : (b & 0xf8) == 0xf0 ? 4 : 0;
	uint32_t c = n == 1 ? b : b & (0x7fu >> n);
	bool good = n && n <= s->n;
	for (unsigned i = 1; i < n && good; i++) {
		good = (s->p[i] & 0xc0) == 0x80;
		c = c << 6 | (s->p[i] & 0x3fu);
	}
	if (n > 1 && good)
		good = c >= least[n] && c < 0x110000 && (c & 0xfffff800) != 0xd800;
	unsigned taken = good ? n : 1;
	s->p += taken;
	s->n -= taken;
	return good ? c : UTF8_BAD;
}

/* Writes c to p (4 bytes of room); returns how many bytes. c is a character. */
static inline unsigned utf8_put(uint8_t *p, uint32_t c)
{
	if (c < 0x80)
		return p[0] = (uint8_t)c, 1;
	unsigned n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (unsigned i = n - 1; i > 0; i--, c >>= 6)
		p[i] = (uint8_t)(0x80 | (c & 0x3f));
	p[0] = (uint8_t)((0xf00u >> n & 0xff) | c);
	return n;
}
