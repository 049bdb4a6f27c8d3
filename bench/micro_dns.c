/* SPDX-License-Identifier: Apache-2.0 */
/* Nanoseconds per call of the dns room's hot functions, over 1024 different packets so that no
 * branch is learnt by heart. The least of nine runs each: what the code costs, not the machine. */
#include "base/clock.h"
#include "dns/reply.h"
#include "dns/writer.h"

enum { PACKETS = 1024, PASSES = 300, RUNS = 9 };

struct packet {
	size_t n;
	uint8_t b[512];
};

static struct packet plain[PACKETS], edns[PACKETS], blocks[PACKETS], answers[PACKETS];
static struct dns_name targets[PACKETS];
static volatile uint64_t sink;

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	return z ^ z >> 27;
}

/* Two to four labels of 2 to 15 letters, in mixed case as 0x20 clients send them. */
static struct dns_name random_name(uint64_t *seed, uint8_t *cased)
{
	struct dns_name n;
	size_t len = 0;
	for (unsigned labels = 2 + next_random(seed) % 3; labels > 0; labels--) {
		unsigned c = 2 + (unsigned)(next_random(seed) % 14);
		cased[len++] = (uint8_t)c;
		for (; c > 0; c--)
			cased[len++] =
				(uint8_t)("aA"[next_random(seed) & 1] + next_random(seed) % 26);
	}
	cased[len++] = 0;
	if (dns_name_from_wire(cased, len, &n) < 0)
		abort();
	return n;
}

static void block(struct packet *to, const struct dns_query *q)
{
	struct dns_writer w;
	struct dns_opt o = { .udp_size = DNS_MAX_UDP, .ede = DNS_EDE_FILTERED, .keepalive = -1 };
	dns_writer_reply(&w, to->b, sizeof to->b, q, DNS_NXDOMAIN);
	dns_writer_negative_soa(&w, &q->qname, 60);
	dns_writer_opt(&w, &o);
	to->n = dns_writer_finish(&w);
}

static void answer(struct packet *to, const struct dns_query *q, const struct dns_name *target)
{
	struct dns_writer w;
	struct dns_opt o = { .udp_size = DNS_MAX_UDP, .ede = DNS_EDE_NONE, .keepalive = -1 };
	dns_writer_reply(&w, to->b, sizeof to->b, q, DNS_NOERROR);
	dns_writer_cname(&w, NULL, 300, target);
	dns_writer_rr(&w, DNS_ANSWER, target, DNS_A, 60, "\300\0\2\1", 4);
	dns_writer_rr(&w, DNS_ANSWER, target, DNS_A, 60, "\300\0\2\2", 4);
	dns_writer_opt(&w, &o);
	to->n = dns_writer_finish(&w);
}

static void make(void)
{
	uint64_t seed = 1;
	for (unsigned i = 0; i < PACKETS; i++) {
		uint8_t cased[DNS_NAME_MAX];
		struct dns_name n = random_name(&seed, cased);
		struct dns_opt o = { .udp_size = DNS_MAX_UDP,
			.ede = DNS_EDE_NONE,
			.keepalive = -1,
			.cookie = bytes_of("abcdefgh", 8) };
		struct dns_writer w;
		struct dns_query q;
		dns_writer_query(&w, plain[i].b, sizeof plain[i].b, (uint16_t)i, DNS_RD, &n, DNS_A);
		memcpy(plain[i].b + DNS_HEADER, cased, n.len);
		plain[i].n = dns_writer_finish(&w);
		dns_writer_query(&w, edns[i].b, sizeof edns[i].b, (uint16_t)i, DNS_RD, &n, DNS_A);
		memcpy(edns[i].b + DNS_HEADER, cased, n.len);
		dns_writer_opt(&w, &o);
		edns[i].n = dns_writer_finish(&w);
		if (dns_query_parse(edns[i].b, edns[i].n, &q) != DNS_QUERY_OK)
			abort();
		targets[i] = random_name(&seed, cased);
		answer(&answers[i], &q, &targets[i]);
	}
}

static void parse_plain(unsigned i)
{
	struct dns_query q;
	sink += dns_query_parse(plain[i].b, plain[i].n, &q) + q.qname.len;
}

static void parse_edns(unsigned i)
{
	struct dns_query q;
	sink += dns_query_parse(edns[i].b, edns[i].n, &q) + q.qname.len;
}

static void parse_and_block(unsigned i)
{
	struct dns_query q;
	sink += dns_query_parse(edns[i].b, edns[i].n, &q);
	block(&blocks[i], &q);
	sink += blocks[i].n;
}

static void parse_reply(unsigned i)
{
	struct dns_reply r;
	sink += (unsigned)dns_reply_parse(bytes_of(answers[i].b, answers[i].n), &r) + r.nttl;
}

static void write_answer(unsigned i)
{
	struct dns_query q;
	sink += dns_query_parse(edns[i].b, edns[i].n, &q);
	answer(&blocks[i], &q, &targets[i]);
	sink += blocks[i].n;
}

static void measure(const char *what, void (*call)(unsigned))
{
	int64_t best = INT64_MAX;
	for (unsigned run = 0; run < RUNS; run++) {
		int64_t start = clock_mono_ns();
		for (unsigned pass = 0; pass < PASSES; pass++)
			for (unsigned i = 0; i < PACKETS; i++)
				call(i);
		best = MIN(best, clock_mono_ns() - start);
	}
	printf("%-46s %6.1f ns\n", what, (double)best / (PASSES * PACKETS));
}

int main(void)
{
	make();
	measure("dns_query_parse, no EDNS", parse_plain);
	measure("dns_query_parse, EDNS and cookie", parse_edns);
	measure("that, then NXDOMAIN + SOA + OPT + EDE", parse_and_block);
	measure("that, then CNAME + 2 A + OPT", write_answer);
	measure("dns_reply_parse, CNAME + 2 A + OPT", parse_reply);
	return 0;
}
