/* SPDX-License-Identifier: Apache-2.0 */
/* One name a line: plain lists, wildcard lists, squid's dstdomain, v2fly's domain lists. */
#include "compile/parse.h"

static bool is_comment(const char *s, size_t n)
{
	return n == 0 || *s == '#' || *s == '!' || *s == ';' || starts(s, n, "//");
}

/* The first word, if nothing but a comment (or a v2fly attribute) follows. A '#' inside a word is
 * no comment: addresses of pages have them. */
static enum reason one_word(const char *s, size_t n, bool attributes, struct bytes *ret)
{
	size_t at = 0;
	struct bytes next;
	if (is_comment(s, n) || !parse_word(s, n, &at, ret))
		return BLANK;
	while (parse_word(s, n, &at, &next)) {
		if (is_comment((const char *)next.p, next.n))
			break;
		if (!attributes || (*next.p != '@' && *next.p != '&'))
			return NOT_THIS_FORMAT;
	}
	return TAKEN;
}

/* x, .x and *.x; plain is what x alone does. */
static enum reason name_or_tree(struct reader *r, struct bytes w, unsigned plain)
{
	const char *s = (const char *)w.p;
	if (starts(s, w.n, "*."))
		return parse_name(r, s + 2, w.n - 2, ADD_BELOW, NULL);
	if (w.n > 1 && *s == '.')
		return parse_name(r, s + 1, w.n - 1, ADD_BOTH, NULL);
	return parse_name(r, s, w.n, plain, NULL);
}

enum reason parse_plain(struct reader *r, const char *s, size_t n)
{
	struct bytes w;
	enum reason why = one_word(s, n, false, &w);
	return why == TAKEN ? name_or_tree(r, w, r->match ? r->match : ADD_BOTH) : why;
}

enum reason parse_squid(struct reader *r, const char *s, size_t n)
{
	struct bytes w;
	enum reason why = one_word(s, n, false, &w);
	return why == TAKEN ? name_or_tree(r, w, r->match ? r->match : ADD_EXACT) : why;
}

enum reason parse_v2fly(struct reader *r, const char *s, size_t n)
{
	struct bytes w;
	enum reason why = one_word(s, n, true, &w);
	if (why != TAKEN)
		return why;
	const char *p = (const char *)w.p;
	if (starts(p, w.n, "full:"))
		return parse_name(r, p + 5, w.n - 5, ADD_EXACT, NULL);
	if (starts(p, w.n, "domain:"))
		return parse_name(r, p + 7, w.n - 7, ADD_BOTH, NULL);
	if (starts(p, w.n, "regexp:") || starts(p, w.n, "keyword:"))
		return PATTERN;
	if (starts(p, w.n, "include:"))
		return DIRECTIVE;
	return name_or_tree(r, w, r->match ? r->match : ADD_BOTH);
}
