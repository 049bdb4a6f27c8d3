/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* IP addresses with a port, and prefixes of them. Values: copy them freely. No name is ever resolved.
 *
 * Text forms: "127.0.0.1", "127.0.0.1@5300", "127.0.0.1:5300", "::1", "::1@5300", "[::1]:5300",
 * "fe80::1%eth0@53". Prefixes: "10.0.0.0/8", "fd00::/8"; an address alone is a prefix of all its bits. */

#include "base/bytes.h"
#include "base/err.h"

#include <sys/socket.h>
#include <netinet/in.h>

enum { NET_ADDRESS_TEXT = 72 }; /* longest text, with NUL */

struct net_address {
	uint8_t family;  /* AF_INET, AF_INET6; 0: none */
	uint8_t len;     /* 4, 16; 0: none */
	uint16_t port;   /* host order */
	uint32_t scope;  /* interface index of a link-local IPv6 address, else 0 */
	uint8_t b[16];   /* network order; zero past len */
};

struct net_prefix {
	uint8_t len;     /* 4 or 16 */
	uint8_t bits;    /* 0..32, 0..128 */
	uint8_t b[16];   /* bits past the prefix are zero */
};

/* default_port is taken when the text has none. Port 0 is allowed: the kernel then chooses one.
 * ERR_MALFORMED; *ret is then untouched. */
must_use int net_address_parse(const char *s, uint16_t default_port, struct net_address *ret);
/* ERR_MALFORMED, also when a bit past the prefix is set: "10.1.0.0/8" is more likely a slip. */
must_use int net_prefix_parse(const char *s, struct net_prefix *ret);

/* "127.0.0.1@5300", "::1@53"; buf holds NET_ADDRESS_TEXT. Returns buf. */
const char *net_address_text(const struct net_address *a, char *buf);
const char *net_prefix_text(const struct net_prefix *p, char *buf);

/* An IPv4-mapped IPv6 address becomes IPv4. Another family than IP: family 0. */
void net_address_from_sockaddr(const void *sa, struct net_address *ret);
/* Returns the length used of ret. */
socklen_t net_address_to_sockaddr(const struct net_address *a, struct sockaddr_storage *ret);

bool net_address_equal(const struct net_address *a, const struct net_address *b); /* port included */
/* 0.0.0.0 or ::, which take packets for every address of the machine. */
bool net_address_is_any(const struct net_address *a);
/* 127.0.0.0/8, ::1. b: 4 or 16 bytes. */
static inline bool net_is_loopback(const uint8_t *b, size_t n)
{
	static const uint8_t one[16] = { [15] = 1 };
	return n == 4 ? b[0] == 127 : n == 16 && memcmp(b, one, 16) == 0;
}
bool net_prefix_has(const struct net_prefix *p, const uint8_t *b, size_t n);
