/* SPDX-License-Identifier: Apache-2.0 */
/* An upstream that knows everything: each A is 192.0.2.1, each AAAA 2001:db8::1, all else is empty.
 * Not measured; it fills caches.    everything PORT    on 127.0.0.1 */
#include "dns/writer.h"
#include "net/udp.h"

static size_t answer(const uint8_t *msg, size_t n, uint8_t *out)
{
	static const uint8_t six[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 }, four[4] = { 192, 0, 2, 1 };
	struct dns_query q;
	struct dns_writer w;
	if (dns_query_parse(msg, n, &q) != DNS_QUERY_OK)
		return 0;
	dns_writer_reply(&w, out, DNS_MAX_UDP, &q, DNS_NOERROR);
	if (q.qtype == DNS_A)
		dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_A, 86400, four, sizeof four);
	else if (q.qtype == DNS_AAAA)
		dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_AAAA, 86400, six, sizeof six);
	if (q.edns)
		dns_writer_opt(&w, &(struct dns_opt){ .udp_size = DNS_MAX_UDP, .ede = DNS_EDE_NONE, .keepalive = -1 });
	return dns_writer_finish(&w);
}

int main(int argc, char **argv)
{
	struct net_address a;
	struct net_udp u;
	struct net_batch *b;
	if (argc != 2 || net_address_parse("127.0.0.1", (uint16_t)strtoul(argv[1], NULL, 10), &a) ||
		net_udp_open(&a, 0, &u, NULL) || net_batch_new(&u, &b))
		return fprintf(stderr, "usage: everything PORT (free on 127.0.0.1)\n"), 2;
	for (;;) {
		int n = net_batch_receive(b, true);
		for (int i = 0; i < n; i++) {
			size_t size;
			const uint8_t *msg = net_batch_query(b, (unsigned)i, &size);
			b->out_len[i] = (uint16_t)answer(msg, size, net_batch_answer(b, (unsigned)i));
		}
		net_batch_send(b);
	}
}
