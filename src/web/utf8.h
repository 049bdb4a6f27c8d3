/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* UTF-8 (RFC 3629), one character at a time. Total: any bytes are read, none twice, none past the end. */

#include "base/attr.h"

/* The character at p (p < end) and in *ret_n the bytes it takes. An overlong form, a surrogate, a
 * character past U+10FFFF or a cut one is -1 and takes one byte. */
static inline int32_t utf8_next(const uint8_t *p, const uint8_t *end, size_t *ret_n)
{
	static const int32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
	*ret_n = 1;
	if (n <= 1)
		return n ? *p : -1;
	if ((size_t)(end - p) < n)
		return -1;
	int32_t c = *p & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return -1;
	*ret_n = n;
	return c;
}
