/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as an address or prefix: what is taken prints to something that reads as the same. */
#include "fuzz.h"

#include "net/address.h"

#include <string.h>

static void address(const char *text)
{
	struct net_address a, b, c;
	struct sockaddr_storage ss;
	char buf[NET_ADDRESS_TEXT];
	if (net_address_parse(text, 53, &a))
		return;
	check(a.len == 4 || a.len == 16);
	check(net_address_parse(net_address_text(&a, buf), 99, &b) == 0);
	check(net_address_equal(&a, &b));
	(void)net_address_to_sockaddr(&a, &ss);
	net_address_from_sockaddr(&ss, &c);
	check(c.port == a.port);
	check(net_address_equal(&a, &c) || c.len == 4);
}

static void prefix(const char *text)
{
	struct net_prefix p, q;
	char buf[NET_ADDRESS_TEXT];
	if (net_prefix_parse(text, &p))
		return;
	check(p.bits <= p.len * 8);
	check(net_prefix_has(&p, p.b, p.len));
	check(net_prefix_parse(net_prefix_text(&p, buf), &q) == 0);
	check(p.len == q.len && p.bits == q.bits && memcmp(p.b, q.b, sizeof p.b) == 0);
	if (p.bits) { /* the last bit of the prefix decides */
		p.b[(p.bits - 1) / 8] ^= (uint8_t)(0x80 >> (p.bits - 1) % 8);
		check(!net_prefix_has(&q, p.b, p.len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1);
	if (!text)
		return 0;
	memcpy(text, p, n);
	text[n] = 0;
	address(text);
	prefix(text);
	free(text);
	return 0;
}
