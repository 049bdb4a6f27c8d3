/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration lines of other resolvers that lists are published as: dnsmasq and unbound. */
#include "compile/parse.h"

#include "dns/proto.h"

/* The last part of address=/x/y/VALUE: what to do with the names before it. */
static enum reason dnsmasq_value(
	bool address, const char *v, size_t n, struct answer *a, unsigned *ops)
{
	uint8_t ip[16];
	*ops = ADD_BOTH;
	if (n == 0)
		return BLANK;
	if (n == 1 && *v == '#') {
		if (!address)
			*ops = CLEAR_BOTH; /* server=/x/#: back to the usual servers */
		return BLANK;
	}
	int family = parse_ip(v, n, ip);
	if (!address)
		return FORWARDING;
	if (!family)
		return NOT_THIS_FORMAT;
	if (ip_is_null(family, ip))
		return BLANK;
	*a = answer_ip(family, ip, 0);
	return TAKEN;
}

enum reason parse_dnsmasq(struct reader *r, const char *s, size_t n)
{
	static const struct {
		const char *lead;
		bool address;
	} known[] = { { "address=/", true }, { "server=/", false }, { "local=/", false } };
	if (*s == '#')
		return BLANK;
	size_t k = 0;
	while (k < ARRAY_LEN(known) && !starts(s, n, known[k].lead))
		k++;
	if (k == ARRAY_LEN(known))
		return memchr(s, '=', n) ? DIRECTIVE : NOT_THIS_FORMAT;
	s += strlen(known[k].lead);
	n -= strlen(known[k].lead);
	const char *slash = memrchr(s, '/', n);
	if (!slash)
		return NOT_THIS_FORMAT;
	struct answer answer;
	unsigned ops;
	enum reason why = dnsmasq_value(
		known[k].address, slash + 1, (size_t)(s + n - slash - 1), &answer, &ops);
	if (why != TAKEN && why != BLANK)
		return why;
	const struct answer *a = why == TAKEN ? &answer : NULL;
	enum reason first = BLANK;
	unsigned taken = 0;
	while (s <= slash) { /* names, each ended by a slash */
		size_t len = (size_t)((const char *)memchr(s, '/', (size_t)(slash - s) + 1) - s);
		unsigned wild = starts(s, len, "*.") ? 2 : len && *s == '.' ? 1 : 0;
		why = parse_name(r, s + wild, len - wild,
			wild == 2 ? ops & (ADD_BELOW | CLEAR_BELOW) : ops, a);
		if (why == TAKEN)
			taken++;
		else if (first == BLANK)
			first = why;
		else
			r->refuse(r, why, s, len);
		s += len + 1;
	}
	if (taken && first != BLANK)
		r->refuse(r, first, s, 0);
	return taken ? TAKEN : first;
}

/* The next word, or what stands between quotes; '#' ends the line. */
static bool unbound_word(const char *s, size_t n, size_t *at, struct bytes *ret)
{
	size_t i = *at;
	while (i < n && blank(s[i]))
		i++;
	if (i < n && (s[i] == '"' || s[i] == '\'')) {
		const char *end = memchr(s + i + 1, s[i], n - i - 1);
		if (!end)
			return false;
		*ret = bytes_of(s + i + 1, (size_t)(end - s) - i - 1);
		*at = (size_t)(end - s) + 1;
		return true;
	}
	*at = i;
	return parse_word(s, n, at, ret) && *ret->p != '#';
}

static enum reason local_zone(struct reader *r, struct bytes name, struct bytes type)
{
	static const char *const blocks[] = {
		"always_null",
		"always_nxdomain",
		"always_nodata",
		"always_refuse",
		"always_deny",
		"refuse",
		"deny",
		"static",
		"redirect",
		"inform_deny",
		"inform_redirect",
		"block_a",
	};
	static const char *const opens[] = { "transparent", "always_transparent",
		"typetransparent" };
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
		if (bytes_equal(type, bytes_str(blocks[i])))
			return parse_name(r, (const char *)name.p, name.n, ADD_BOTH, NULL);
	for (size_t i = 0; i < ARRAY_LEN(opens); i++)
		if (bytes_equal(type, bytes_str(opens[i])))
			return parse_name(r, (const char *)name.p, name.n, CLEAR_BOTH, NULL);
	return NOT_THIS_FORMAT;
}

/* "name [ttl] [IN] TYPE data" */
static enum reason local_data(struct reader *r, struct bytes record)
{
	const char *s = (const char *)record.p;
	size_t at = 0;
	struct bytes name, w = { 0 };
	struct answer a;
	uint8_t ip[16];
	if (!parse_word(s, record.n, &at, &name))
		return NOT_THIS_FORMAT;
	while (parse_word(s, record.n, &at, &w) &&
		(bytes_equal(w, bytes_str("IN")) || (*w.p >= '0' && *w.p <= '9')))
		w.n = 0;
	bool v4 = bytes_equal(w, bytes_str("A")), v6 = bytes_equal(w, bytes_str("AAAA"));
	bool cname = bytes_equal(w, bytes_str("CNAME"));
	if (!(v4 || v6 || cname) || !parse_word(s, record.n, &at, &w))
		return OPTION;
	if (cname) {
		if (!answer_cname((const char *)w.p, w.n, 0, &a))
			return OPTION;
	} else {
		int family = parse_ip((const char *)w.p, w.n, ip);
		if (family != (v4 ? 4 : 6))
			return BAD_ADDRESS;
		if (ip_is_null(family, ip))
			return parse_name(r, (const char *)name.p, name.n, ADD_EXACT, NULL);
		a = answer_ip(family, ip, 0);
	}
	return parse_name(r, (const char *)name.p, name.n, ADD_EXACT, &a);
}

enum reason parse_unbound(struct reader *r, const char *s, size_t n)
{
	size_t at = 0;
	struct bytes key, first, second;
	if (*s == '#')
		return BLANK;
	const char *colon = memchr(s, ':', n);
	if (!colon)
		return NOT_THIS_FORMAT;
	key = bytes_of(s, (size_t)(colon - s));
	at = key.n + 1;
	if (bytes_equal(key, bytes_str("server")))
		return BLANK;
	if (bytes_equal(key, bytes_str("local-zone")) && unbound_word(s, n, &at, &first) &&
		unbound_word(s, n, &at, &second))
		return local_zone(r, first, second);
	if (bytes_equal(key, bytes_str("local-data")) && unbound_word(s, n, &at, &first))
		return local_data(r, first);
	return DIRECTIVE;
}
