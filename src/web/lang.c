/* SPDX-License-Identifier: Apache-2.0 */
#include "web/text_table.h"

#include <strings.h>

enum { ACCEPT_MAX = 1024, FULL = 1000, UNSAID = -1 };

const struct lang_info *lang_info(enum lang l)
{
	return &text_language[l].info;
}

static bool lang_find(const char *code, size_t n, enum lang *ret)
{
	for (int l = 0; l < LANG_COUNT; l++) {
		const char *have = text_language[l].info.code;
		if (strlen(have) == n && strncasecmp(have, code, n) == 0) {
			*ret = (enum lang)l;
			return true;
		}
	}
	return false;
}

bool lang_parse(const char *code, size_t n, enum lang *ret)
{
	enum lang l;
	if (!lang_find(code, n, &l) || memcmp(lang_info(l)->code, code, n) != 0)
		return false;
	*ret = l;
	return true;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* RFC 9110 section 12.4.2: 0 to 1 with at most three decimals, here in thousandths. UNSAID: malformed. */
static int weight(const char *p, const char *end)
{
	p = skip_blanks(p, end);
	if (p == end)
		return FULL;
	if (*p++ != ';')
		return UNSAID;
	p = skip_blanks(p, end);
	if (end - p < 3 || (*p | 32) != 'q' || p[1] != '=' || (p[2] != '0' && p[2] != '1'))
		return UNSAID;
	int q = (p[2] - '0') * FULL, unit = FULL / 10;
	p += 3;
	if (p < end && *p == '.')
		for (p++; p < end && unit && *p >= '0' && *p <= '9'; p++, unit /= 10)
			q += (*p - '0') * unit;
	return skip_blanks(p, end) == end && q <= FULL ? q : UNSAID;
}

/* Languages are told by the first part of a tag alone (RFC 4647 section 3.4): ar-MA is Arabic. */
static void read_range(const char *p, const char *end, int q[LANG_COUNT], int *other)
{
	p = skip_blanks(p, end);
	const char *tag = p;
	while (p < end && (((*p | 32) >= 'a' && (*p | 32) <= 'z') || *p == '*'))
		p++;
	size_t n = (size_t)(p - tag);
	if (p < end && !strchr("-; \t", *p))
		return;
	while (p < end && *p != ';' && *p != ' ' && *p != '\t')
		p++;
	int w = weight(p, end);
	enum lang l;
	if (w == UNSAID)
		return;
	if (n == 1 && *tag == '*')
		*other = w;
	else if (lang_find(tag, n, &l) && w > q[l])
		q[l] = w;
}

enum lang lang_negotiate(const char *accept, enum lang fallback)
{
	int q[LANG_COUNT], other = 0;
	for (int l = 0; l < LANG_COUNT; l++)
		q[l] = UNSAID;
	enum lang first[LANG_COUNT];
	unsigned n = 0;
	const char *end = accept ? accept + strnlen(accept, ACCEPT_MAX) : NULL;
	for (const char *p = accept; accept && p <= end;) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *stop = comma ? comma : end;
		int before[LANG_COUNT];
		memcpy(before, q, sizeof q);
		read_range(p, stop, q, &other);
		for (int l = 0; l < LANG_COUNT; l++)
			if (before[l] == UNSAID && q[l] != UNSAID)
				first[n++] = (enum lang)l;
		p = stop + 1;
	}
	/* Equal weights: as the browser lists them; what it does not name, last. */
	enum lang best = fallback;
	int weight_of_best = 0;
	for (unsigned i = 0; i < n; i++) {
		if (q[first[i]] > weight_of_best) {
			best = first[i];
			weight_of_best = q[best];
		}
	}
	if (q[fallback] == UNSAID && other > weight_of_best)
		best = fallback;
	return best;
}
