/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, CIDR ranges and first-last ranges, one a line. */
#include "compile/parse.h"

enum { WIDEST4 = 8, WIDEST6 = 16 };

/* Blocks that a list of bad hosts cannot mean (RFC 6890 and its registry, in short). */
static bool is_special(int family, const uint8_t *a)
{
	static const uint8_t zero[12];
	if (family == 4)
		return a[0] == 0 || a[0] == 10 || a[0] == 127 || a[0] >= 224 ||
		       (a[0] == 169 && a[1] == 254) || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
		       (a[0] == 192 && a[1] == 168) || (a[0] == 100 && (a[1] & 0xc0) == 64);
	return !memcmp(a, zero, 12) || (a[0] & 0xfe) == 0xfc ||
	       (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) || a[0] == 0xff;
}

static bool read_prefix(const char *s, size_t n, unsigned max, unsigned *ret)
{
	unsigned v = 0;
	if (n == 0 || n > 3)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	*ret = v;
	return v <= max;
}

enum reason range_from_prefix(int family, const uint8_t *a, unsigned prefix, struct range *ret)
{
	unsigned bytes = family == 4 ? 4 : 16;
	*ret = (struct range){ .family = (uint8_t)family };
	if (prefix < (family == 4 ? WIDEST4 : WIDEST6))
		return ADDRESS_TOO_WIDE;
	for (unsigned i = 0; i < bytes; i++) {
		unsigned kept = prefix <= 8 * i ? 0 : MIN(prefix - 8 * i, 8u);
		uint8_t mask = (uint8_t)(0xff00 >> kept);
		ret->first[i] = a[i] & mask;
		ret->last[i] = ret->first[i] | (uint8_t)~mask;
	}
	return is_special(family, ret->first) ? ADDRESS_SPECIAL : TAKEN;
}

static enum reason read_range(const char *s, size_t n, struct range *ret)
{
	uint8_t a[16], b[16];
	const char *slash = memchr(s, '/', n), *dash = memchr(s, '-', n);
	const char *cut = slash ? slash : dash;
	size_t first = cut ? (size_t)(cut - s) : n;
	int family = parse_ip(s, first, a);
	unsigned bytes = family == 4 ? 4 : 16, prefix = bytes * 8;
	if (!family)
		return slash ? NOT_A_HOST_URL : BAD_ADDRESS;
	if (slash && !read_prefix(slash + 1, n - first - 1, bytes * 8, &prefix))
		return NOT_A_HOST_URL; /* 192.0.2.1/42 is a page's address */
	if (!dash || slash)
		return range_from_prefix(family, a, prefix, ret);
	if (parse_ip(dash + 1, n - first - 1, b) != family || memcmp(a, b, bytes) > 0)
		return BAD_ADDRESS;
	*ret = (struct range){ .family = (uint8_t)family };
	memcpy(ret->first, a, bytes);
	memcpy(ret->last, b, bytes);
	/* as wide as the widest prefix: the first byte (two for IPv6) differs */
	if (family == 4 ? a[0] != b[0] : a[0] != b[0] || a[1] != b[1])
		return ADDRESS_TOO_WIDE;
	return is_special(family, a) || is_special(family, b) ? ADDRESS_SPECIAL : TAKEN;
}

enum reason parse_address(struct reader *r, const char *s, size_t n)
{
	struct bytes w, rest;
	size_t at = 0;
	struct range range;
	if (*s == '#' || *s == ';' || *s == '!')
		return BLANK;
	(void)parse_word(s, n, &at, &w);
	if (parse_word(s, n, &at, &rest) && *rest.p != '#' && *rest.p != ';')
		return NOT_THIS_FORMAT;
	enum reason why = read_range((const char *)w.p, w.n, &range);
	return why == TAKEN ? r->range(r, &range, ADD_EXACT) : why;
}
