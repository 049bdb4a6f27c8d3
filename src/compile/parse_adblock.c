/* SPDX-License-Identifier: Apache-2.0 */
/* The part of adblock syntax that speaks of host names alone (as AdGuard's DNS filtering reads it).
 * Rules for parts of pages, for paths or for some requests only are not for a resolver. */
#include "compile/parse.h"

#include "dns/proto.h"

/* The text after a modifier's '='. */
static struct bytes after(struct bytes m, size_t n)
{
	return bytes_of(m.p + n, m.n - n);
}

/* "NOERROR;CNAME;host", "NOERROR;A;192.0.2.1", or only the host or the address. */
static enum reason read_rewrite(struct bytes v, struct answer *ret)
{
	const char *s = (const char *)v.p;
	uint8_t ip[16];
	if (starts(s, v.n, "NOERROR;")) {
		s += 8;
		size_t n = v.n - 8;
		const char *semi = memchr(s, ';', n);
		if (!semi || semi + 1 == s + n) { /* NOERROR;; */
			*ret = (struct answer){ .type = 0 };
			return n <= 1 ? TAKEN : OPTION;
		}
		size_t type = (size_t)(semi - s);
		v = bytes_of(semi + 1, n - type - 1);
		bool cname = type == 5 && !memcmp(s, "CNAME", 5);
		int want = type == 1 && *s == 'A' ? 4 : type == 4 && !memcmp(s, "AAAA", 4) ? 6 : 0;
		if (cname)
			return answer_cname((const char *)v.p, v.n, 0, ret) ? TAKEN : OPTION;
		if (!want || parse_ip((const char *)v.p, v.n, ip) != want)
			return OPTION;
		*ret = answer_ip(want, ip, 0);
		return TAKEN;
	}
	if (starts(s, v.n, "NXDOMAIN") || starts(s, v.n, "REFUSED") || starts(s, v.n, "SERVFAIL"))
		return BLANK; /* a plain block */
	int family = parse_ip(s, v.n, ip);
	if (family && ip_is_null(family, ip))
		return BLANK;
	if (family)
		*ret = answer_ip(family, ip, 0);
	else if (!answer_cname(s, v.n, 0, ret))
		return OPTION;
	return TAKEN;
}

/* TAKEN: with an answer; BLANK: honoured, nothing to answer; else why not. */
static enum reason read_options(const char *s, size_t n, struct answer *ret)
{
	enum reason got = BLANK;
	while (n) {
		const char *comma = memchr(s, ',', n);
		size_t len = comma ? (size_t)(comma - s) : n;
		struct bytes m = bytes_of(s, len);
		if (starts(s, len, "dnsrewrite=")) {
			enum reason why = read_rewrite(after(m, 11), ret);
			if (why != TAKEN && why != BLANK)
				return why;
			got = why;
		} else if (!bytes_equal(m, bytes_str("important"))) {
			return OPTION;
		}
		s += len + (comma != NULL);
		n -= len + (comma != NULL);
	}
	return got;
}

static bool contains(const char *s, size_t n, const char *what)
{
	return memmem(s, n, what, strlen(what)) != NULL;
}

static enum reason rule(struct reader *r, const char *s, size_t n, bool exception)
{
	struct answer answer;
	const struct answer *a = NULL;
	const char *options = memchr(s, '$', n);
	if (options) {
		enum reason why = read_options(options + 1, (size_t)(s + n - options - 1), &answer);
		if (why != TAKEN && why != BLANK)
			return why;
		if (why == TAKEN)
			a = &answer;
		n = (size_t)(options - s);
	}
	unsigned ops = 0;
	if (starts(s, n, "||")) {
		ops = ADD_BOTH;
		s += 2;
		n -= 2;
	} else if (starts(s, n, "|")) {
		ops = ADD_EXACT;
		s++;
		n--;
	} else {
		return PATTERN;
	}
	if (n && s[n - 1] == '|')
		n--;
	if (!n || s[n - 1] != '^')
		return memchr(s, '/', n) ? NOT_A_HOST_URL : PATTERN;
	n--;
	if (ops == ADD_BOTH && starts(s, n, "*.")) {
		ops = ADD_BELOW;
		s += 2;
		n -= 2;
	}
	if (exception) {
		ops = ops << 2 | STRONG;
		a = NULL;
	}
	return parse_name(r, s, n, ops, a);
}

enum reason parse_adblock(struct reader *r, const char *s, size_t n)
{
	if (*s == '!' || starts(s, n, "[Adblock") || starts(s, n, "[AdGuard") ||
		starts(s, n, "# ") || (n == 1 && *s == '#'))
		return BLANK;
	if (contains(s, n, "##") || contains(s, n, "#@#") || contains(s, n, "#?#") ||
		contains(s, n, "#$#") || contains(s, n, "#%#"))
		return OPTION;
	if (*s == '/')
		return PATTERN;
	if (starts(s, n, "@@"))
		return rule(r, s + 2, n - 2, true);
	if (*s == '|' || memchr(s, '^', n) || memchr(s, '$', n))
		return rule(r, s, n, false);
	/* AdGuard takes plain names and hosts lines in the same file. */
	size_t at = 0;
	struct bytes first, second;
	(void)parse_word(s, n, &at, &first);
	if (parse_word(s, n, &at, &second) && *second.p != '#')
		return parse_hosts(r, s, n);
	return parse_plain(r, s, n);
}
