/* SPDX-License-Identifier: Apache-2.0 */
/* Which format a list is in, from its first lines. Each line votes for the format whose sign it
 * bears; plain names vote for plain, which every other format can hold by the way. */
#include "compile/parse.h"

enum { SAMPLE_LINES = 4000 };

static bool is_range(struct bytes w)
{
	uint8_t ip[16];
	size_t n = w.n;
	for (size_t i = 0; i < w.n && n == w.n; i++)
		if (w.p[i] == '/' || (w.p[i] == '-' && i))
			n = i;
	return parse_ip((const char *)w.p, n, ip) != 0;
}

static bool is_key(const char *s, size_t n, const char *const *keys)
{
	for (; *keys; keys++)
		if (starts(s, n, *keys))
			return true;
	return false;
}

static bool is_zone_line(const char *s, size_t n)
{
	static const char *const signs[] = { " CNAME ", "\tCNAME\t", " CNAME\t", "\tCNAME ",
		" SOA ", "\tSOA\t", NULL };
	for (int i = 0; signs[i]; i++)
		if (memmem(s, n, signs[i], strlen(signs[i])))
			return true;
	return starts(s, n, "$TTL") || starts(s, n, "$ORIGIN");
}

static enum list_format vote(const char *s, size_t n)
{
	static const char *const dnsmasq[] = { "address=/", "server=/", "local=/", NULL };
	static const char *const unbound[] = { "local-zone:", "local-data:", "server:", NULL };
	static const char *const v2fly[] = {
		"full:", "domain:", "regexp:", "keyword:", "include:", NULL
	};
	struct bytes first, second;
	size_t at = 0;
	while (n && blank(*s)) {
		s++;
		n--;
	}
	if (starts(s, n, "||") || starts(s, n, "@@") || starts(s, n, "[Adblock") ||
		starts(s, n, "[AdGuard") || memmem(s, n, "##", 2) || memmem(s, n, "^$", 2) ||
		(n && s[0] == '|'))
		return FORMAT_ADBLOCK;
	if (!parse_word(s, n, &at, &first) || *s == '#' || *s == '!' || *s == ';')
		return FORMAT_GUESS;
	if (is_key(s, n, dnsmasq))
		return FORMAT_DNSMASQ;
	if (is_key(s, n, unbound))
		return FORMAT_UNBOUND;
	if (is_key(s, n, v2fly))
		return FORMAT_V2FLY;
	if (is_zone_line(s, n))
		return FORMAT_RPZ;
	bool more = parse_word(s, n, &at, &second) && *second.p != '#' && *second.p != ';';
	if (is_range(first))
		return more ? FORMAT_HOSTS : FORMAT_ADDRESS;
	if (more && *second.p == '@')
		return FORMAT_V2FLY;
	if (starts(s, n, "*."))
		return FORMAT_WILDCARD;
	return *s == '.' ? FORMAT_SQUID : FORMAT_PLAIN;
}

enum list_format format_guess(const char *s, size_t n)
{
	unsigned votes[FORMATS] = { 0 }, lines = 0;
	for (size_t at = 0; at < n && lines < SAMPLE_LINES; lines++) {
		const char *end = memchr(s + at, '\n', n - at);
		size_t len = end ? (size_t)(end - s) - at : n - at;
		if (end || lines == 0) /* the rest of a line that was cut says nothing */
			votes[vote(s + at, len)]++;
		at += len + 1;
	}
	unsigned all = 0;
	for (unsigned f = FORMAT_PLAIN; f < FORMATS; f++)
		all += votes[f];
	/* Formats that hold plain names as well: a few of their lines are enough. */
	if (votes[FORMAT_ADBLOCK] && votes[FORMAT_ADBLOCK] * 4 >= all)
		return FORMAT_ADBLOCK;
	if (votes[FORMAT_V2FLY] &&
		votes[FORMAT_V2FLY] + votes[FORMAT_PLAIN] + votes[FORMAT_WILDCARD] == all)
		return FORMAT_V2FLY;
	enum list_format best = FORMAT_PLAIN;
	for (unsigned f = FORMAT_PLAIN; f < FORMATS; f++)
		if (votes[f] > votes[best])
			best = f;
	/* One wildcard among names is no wildcard list; both parse alike, but the report should be right. */
	if (best == FORMAT_WILDCARD && votes[FORMAT_PLAIN])
		return FORMAT_PLAIN;
	return best;
}
