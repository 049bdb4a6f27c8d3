/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that reach the forwarder: bytes are cut into frames (two bytes of length each), and each
 * is taken as from a pool's socket. Only the answer to the question may end it. */
#include "fuzz.h"
#include "guard/upstream_int.h"

static struct upstream *up;
static struct pending *asked;
static struct bytes frame; /* what is being taken */
static bool told;

static void done(void *ctx, int err, struct bytes msg)
{
	told = true;
	if (err)
		return;
	check(msg.p && msg.n == frame.n);
	check(be16_get(msg.p) == asked->id || !asked->has_id);
	check(msg.n >= asked->question_end && (msg.p[2] & 0x80) && be16_get(msg.p + 4) == 1);
	check(!memcmp(msg.p + DNS_HEADER, asked->packet + DNS_HEADER, asked->question_end - DNS_HEADER));
	check(!(be16_get(msg.p + 2) & (DNS_AD | DNS_TC)));
}

static void ask(void)
{
	struct dns_name n;
	check(dns_name_from_text("a.b", 3, &n) == 0);
	told = false;
	check(upstream_ask(up, &n, DNS_A, false, false, done, NULL) == 0);
	check(up->in_flight == 1);
	asked = &up->slot[0];
}

/* As flush would have it; with an id that the input can know. */
static void as_if_sent(void)
{
	check(asked->state == UPSTREAM_QUEUED && asked->has_id);
	upstream_table_unid(up, asked);
	asked->id = 0x4869;
	asked->has_id = true;
	be16_put(asked->packet, asked->id);
	up->by_id[asked->id] = 0;
	asked->state = UPSTREAM_SENT_POOL;
	asked->sends = 1;
}

static void take(const uint8_t *p, size_t n)
{
	uint8_t *m = malloc(n ? n : 1);
	check(m);
	memcpy(m, p, n);
	frame = bytes_of(m, n);
	uint64_t wrong = up->stats.mismatched;
	bool moved = upstream_take(up, 0, UPSTREAM_SENT_POOL, NULL, m, n);
	check(moved == (up->stats.mismatched == wrong));
	check(!told || moved);
	free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (!up) {
		struct upstream_config c = { .nservers = 1 };
		/* Nothing is ever sent: the loop does not run. */
		c.server[0] = (struct upstream_server){ .address = { 127, 0, 0, 1 }, .len = 4, .port = 9 };
		struct event_base *base = event_base_new();
		check(base && upstream_new(base, &c, &up) == 0);
	}
	ask();
	as_if_sent();
	while (n >= 2 && !told) {
		size_t len = MIN((size_t)be16_get(p), n - 2);
		take(p + 2, len);
		p += 2 + len;
		n -= 2 + len;
		if (!told && asked->state == UPSTREAM_QUEUED)
			as_if_sent(); /* in another way */
	}
	if (!told) {
		/* Ended as upstream_free would. */
		upstream_udp_close(asked);
		upstream_table_free(up, asked);
	}
	check(up->in_flight == 0);
	return 0;
}
