/* SPDX-License-Identifier: Apache-2.0 */
/* The floor through our own batches: sets QR and returns the query. echo_batch ADDRESS [PORT]
 * What it costs more than a bare recvmmsg/sendmmsg loop is what net/udp.h costs. */
#include "net/udp.h"

int main(int argc, char **argv)
{
	struct net_address a;
	struct net_udp u;
	struct net_batch *b;
	struct err_note note = { "" };
	if (argc < 2 || net_address_parse(argv[1], argc > 2 ? (uint16_t)strtoul(argv[2], NULL, 10) : 5300, &a)) {
		fprintf(stderr, "usage: echo_batch ADDRESS [PORT]\n");
		return 2;
	}
	int err = net_udp_open(&a, 0, &u, &note);
	if (err || net_batch_new(&u, &b)) {
		fprintf(stderr, "echo_batch: %s\n", err_say(&note, err));
		return 1;
	}
	for (;;) {
		int n = net_batch_receive(b, true);
		for (int i = 0; i < n; i++) {
			size_t len;
			const uint8_t *q = net_batch_query(b, (unsigned)i, &len);
			uint8_t *out = net_batch_answer(b, (unsigned)i);
			if (len < 12 || len > NET_ANSWER_MAX)
				continue;
			memcpy(out, q, len);
			out[2] |= 0x80;
			b->out_len[i] = (uint16_t)len;
		}
		net_batch_send(b);
	}
}
