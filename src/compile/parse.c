/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/parse.h"

#include "base/attr.h"
#include "dns/proto.h"

#include <arpa/inet.h>

static const struct {
	const char *name;
	enum reason (*parse)(struct reader *r, const char *s, size_t n);
} formats[FORMATS] = {
	[FORMAT_GUESS] = { "auto", parse_plain },
	[FORMAT_PLAIN] = { "plain", parse_plain },
	[FORMAT_HOSTS] = { "hosts", parse_hosts },
	[FORMAT_ADBLOCK] = { "adblock", parse_adblock },
	[FORMAT_DNSMASQ] = { "dnsmasq", parse_dnsmasq },
	[FORMAT_WILDCARD] = { "wildcard", parse_plain },
	[FORMAT_RPZ] = { "rpz", parse_rpz },
	[FORMAT_UNBOUND] = { "unbound", parse_unbound },
	[FORMAT_SQUID] = { "squid", parse_squid },
	[FORMAT_V2FLY] = { "v2fly", parse_v2fly },
	[FORMAT_ADDRESS] = { "address", parse_address },
};

const char *format_name(enum list_format f)
{
	return f < FORMATS ? formats[f].name : "?";
}

enum list_format format_find(const char *name, size_t n)
{
	unsigned f = 0;
	if (n == 7 && !memcmp(name, "domains", n)) /* as catalogues say */
		return FORMAT_PLAIN;
	if (n == 9 && !memcmp(name, "addresses", n))
		return FORMAT_ADDRESS;
	while (f < FORMATS && (strlen(formats[f].name) != n || memcmp(formats[f].name, name, n)))
		f++;
	return f;
}

bool format_in_order(enum list_format f)
{
	return f == FORMAT_RPZ;
}

enum reason parse_line(struct reader *r, const char *s, size_t n)
{
	if (n > LINE_MAX_BYTES)
		return LINE_TOO_LONG;
	if (n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3)) { /* a byte order mark that editors leave */
		s += 3;
		n -= 3;
	}
	while (n && blank(s[n - 1]))
		n--;
	if (r->format != FORMAT_RPZ) /* there a leading blank means "the same owner" */
		while (n && blank(*s)) {
			s++;
			n--;
		}
	return n ? formats[r->format].parse(r, s, n) : BLANK;
}

enum reason parse_name(
	struct reader *r, const char *s, size_t n, unsigned ops, const struct answer *a)
{
	struct rname name;
	enum reason why = rname_parse(s, n, &name);
	if (why == SINGLE_LABEL && r->accepts && r->accepts(r, &name))
		why = TAKEN;
	if (why == BAD_CHARACTER) {
		uint8_t ip[16];
		if (n && strchr("(^/", *s))
			why = PATTERN; /* a regular expression, or a part of paths */
		else if (memchr(s, '/', n))
			why = NOT_A_HOST_URL;
		else if (parse_ip(s, n, ip))
			why = NOT_A_NAME_ADDRESS;
		else
			for (size_t i = 0; i < n; i++)
				if (strchr("*?()[]{}|^$\\+", s[i]) && s[i])
					why = PATTERN;
	}
	return why == TAKEN ? r->name(r, &name, ops, a) : why;
}

bool parse_word(const char *s, size_t n, size_t *at, struct bytes *ret)
{
	size_t i = *at;
	while (i < n && blank(s[i]))
		i++;
	size_t from = i;
	while (i < n && !blank(s[i]))
		i++;
	*at = i;
	*ret = bytes_of(s + from, i - from);
	return i > from;
}

int parse_ip(const char *s, size_t n, uint8_t ret[16])
{
	char text[INET6_ADDRSTRLEN + 1];
	const char *scope = memchr(s, '%', n);
	if (scope)
		n = (size_t)(scope - s);
	if (n < 2 || n >= sizeof text)
		return 0;
	memcpy(text, s, n);
	text[n] = 0;
	if (strlen(text) != n)
		return 0;
	if (inet_pton(AF_INET, text, ret) == 1)
		return 4;
	return inet_pton(AF_INET6, text, ret) == 1 ? 6 : 0;
}

bool ip_is_null(int family, const uint8_t *a)
{
	static const uint8_t zero[15];
	if (family == 4)
		return a[0] == 0 || a[0] == 127 || be32_get(a) == 0xffffffff;
	return (!memcmp(a, zero, 15) && a[15] <= 1) || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) ||
	       a[0] == 0xff;
}

struct answer answer_ip(int family, const uint8_t *a, uint32_t ttl)
{
	struct answer r = {
		.type = family == 4 ? DNS_A : DNS_AAAA, .n = family == 4 ? 4 : 16, .ttl = ttl
	};
	memcpy(r.rdata, a, r.n);
	return r;
}

bool answer_cname(const char *s, size_t n, uint32_t ttl, struct answer *ret)
{
	struct rname r;
	struct dns_name wire;
	if (rname_parse(s, n, &r) != TAKEN)
		return false;
	rname_wire(r.b, r.len, &wire);
	*ret = (struct answer){ .type = DNS_CNAME, .n = wire.len, .ttl = ttl };
	memcpy(ret->rdata, wire.wire, wire.len);
	return true;
}
