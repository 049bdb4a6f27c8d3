/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>

/* Decimal digits only, no sign, no space, no leading zero. */
static int number_parse(const char *s, size_t n, unsigned max, unsigned *ret)
{
	unsigned v = 0;
	if (n == 0 || n > 5 || (n > 1 && s[0] == '0'))
		return ERR_MALFORMED;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return ERR_MALFORMED;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	if (v > max)
		return ERR_MALFORMED;
	*ret = v;
	return 0;
}

/* An address without port: "192.0.2.1", "fe80::1%eth0". */
static int bare_parse(const char *s, size_t n, struct net_address *ret)
{
	char text[INET6_ADDRSTRLEN], zone[IF_NAMESIZE];
	struct net_address a = { 0 };
	const char *percent = memchr(s, '%', n);
	size_t head = percent ? (size_t)(percent - s) : n;
	if (head >= sizeof text || memchr(s, 0, n))
		return ERR_MALFORMED;
	memcpy(text, s, head);
	text[head] = 0;
	if (inet_pton(AF_INET6, text, a.b) == 1) {
		a.family = AF_INET6;
		a.len = 16;
	} else if (!percent && inet_pton(AF_INET, text, a.b) == 1) {
		a.family = AF_INET;
		a.len = 4;
	} else {
		return ERR_MALFORMED;
	}
	if (percent) {
		size_t zn = n - head - 1;
		if (zn == 0 || zn >= sizeof zone)
			return ERR_MALFORMED;
		memcpy(zone, percent + 1, zn);
		zone[zn] = 0;
		unsigned index;
		if (number_parse(zone, zn, 99999, &index))
			index = if_nametoindex(zone);
		if (index == 0)
			return ERR_MALFORMED;
		a.scope = index;
	}
	*ret = a;
	return 0;
}

int net_address_parse(const char *s, uint16_t default_port, struct net_address *ret)
{
	struct net_address a;
	size_t n = strlen(s), host = n;
	const char *port = NULL, *at = strchr(s, '@');
	if (s[0] == '[') {
		const char *close = strchr(s, ']');
		if (!close || (close[1] && close[1] != ':' && close[1] != '@'))
			return ERR_MALFORMED;
		port = close[1] ? close + 2 : NULL;
		s++;
		host = (size_t)(close - s);
		if (!memchr(s, ':', host))
			return ERR_MALFORMED;
	} else if (at) {
		host = (size_t)(at - s);
		port = at + 1;
	} else if (strchr(s, ':') && strchr(s, ':') == strrchr(s, ':')) {
		/* A single colon cannot be of an IPv6 address. */
		host = (size_t)(strchr(s, ':') - s);
		port = s + host + 1;
	}
	int err = bare_parse(s, host, &a);
	if (err)
		return err;
	unsigned number = default_port;
	if (port && number_parse(port, strlen(port), 65535, &number))
		return ERR_MALFORMED;
	a.port = (uint16_t)number;
	*ret = a;
	return 0;
}

/* Keep the first `bits` bits of n bytes; true if others were set. */
static bool mask(uint8_t *b, size_t n, unsigned bits)
{
	bool lost = false;
	for (size_t i = 0; i < n; i++) {
		unsigned left = bits > 8 * i ? bits - 8 * (unsigned)i : 0;
		uint8_t keep = left >= 8 ? 0xff : (uint8_t)(0xff00u >> left);
		lost |= (b[i] & ~keep) != 0;
		b[i] &= keep;
	}
	return lost;
}

int net_prefix_parse(const char *s, struct net_prefix *ret)
{
	struct net_address a;
	const char *slash = strchr(s, '/');
	size_t n = slash ? (size_t)(slash - s) : strlen(s);
	if (memchr(s, '%', n))
		return ERR_MALFORMED;
	int err = bare_parse(s, n, &a);
	if (err)
		return err;
	unsigned bits = a.len * 8u;
	if (slash && number_parse(slash + 1, strlen(slash + 1), bits, &bits))
		return ERR_MALFORMED;
	if (mask(a.b, a.len, bits))
		return ERR_MALFORMED;
	*ret = (struct net_prefix){ .len = a.len, .bits = (uint8_t)bits };
	memcpy(ret->b, a.b, sizeof ret->b);
	return 0;
}

static int family_of(uint8_t len)
{
	return len == 4 ? AF_INET : AF_INET6;
}

const char *net_address_text(const struct net_address *a, char *buf)
{
	char ip[INET6_ADDRSTRLEN];
	if (!a->len || !inet_ntop(family_of(a->len), a->b, ip, sizeof ip))
		(void)snprintf(buf, NET_ADDRESS_TEXT, "-");
	else if (a->scope)
		(void)snprintf(buf, NET_ADDRESS_TEXT, "%s%%%u@%u", ip, a->scope, a->port);
	else
		(void)snprintf(buf, NET_ADDRESS_TEXT, "%s@%u", ip, a->port);
	return buf;
}

const char *net_prefix_text(const struct net_prefix *p, char *buf)
{
	char ip[INET6_ADDRSTRLEN];
	if (!p->len || !inet_ntop(family_of(p->len), p->b, ip, sizeof ip))
		(void)snprintf(buf, NET_ADDRESS_TEXT, "-");
	else
		(void)snprintf(buf, NET_ADDRESS_TEXT, "%s/%u", ip, p->bits);
	return buf;
}

static void from_v6(const struct sockaddr_in6 *in6, struct net_address *ret)
{
	ret->port = ntohs(in6->sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		ret->family = AF_INET;
		ret->len = 4;
		memcpy(ret->b, in6->sin6_addr.s6_addr + 12, 4);
		return;
	}
	ret->family = AF_INET6;
	ret->len = 16;
	ret->scope = in6->sin6_scope_id;
	memcpy(ret->b, &in6->sin6_addr, 16);
}

void net_address_from_sockaddr(const void *sa, struct net_address *ret)
{
	sa_family_t family;
	memcpy(&family, (const char *)sa + offsetof(struct sockaddr, sa_family), sizeof family);
	*ret = (struct net_address){ 0 };
	if (family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof in);
		ret->family = AF_INET;
		ret->len = 4;
		ret->port = ntohs(in.sin_port);
		memcpy(ret->b, &in.sin_addr, 4);
	} else if (family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, sa, sizeof in6);
		from_v6(&in6, ret);
	}
}

socklen_t net_address_to_sockaddr(const struct net_address *a, struct sockaddr_storage *ret)
{
	*ret = (struct sockaddr_storage){ .ss_family = AF_UNSPEC };
	if (a->len == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)ret;
		in->sin_family = AF_INET;
		in->sin_port = htons(a->port);
		memcpy(&in->sin_addr, a->b, 4);
		return sizeof *in;
	}
	if (a->len == 16) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(a->port);
		in6->sin6_scope_id = a->scope;
		memcpy(&in6->sin6_addr, a->b, 16);
		return sizeof *in6;
	}
	return sizeof ret->ss_family;
}

bool net_address_equal(const struct net_address *a, const struct net_address *b)
{
	return a->len == b->len && a->port == b->port && a->scope == b->scope &&
		memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool net_address_is_any(const struct net_address *a)
{
	static const uint8_t zero[16];
	return a->len && memcmp(a->b, zero, sizeof zero) == 0;
}

bool net_prefix_has(const struct net_prefix *p, const uint8_t *b, size_t n)
{
	if (p->len != n || p->len == 0)
		return false;
	unsigned whole = p->bits / 8, rest = p->bits % 8;
	if (memcmp(p->b, b, whole) != 0)
		return false;
	return rest == 0 || ((p->b[whole] ^ b[whole]) & (0xff00 >> rest) & 0xff) == 0;
}
