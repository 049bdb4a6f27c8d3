/* SPDX-License-Identifier: Apache-2.0 */
/* Queries from clients: what is read lies in the packet, an answer can be written to whatever may
 * be answered, and the query that our writer makes of it reads the same. */
#include "fuzz.h"
#include "dns/reply.h"
#include "dns/writer.h"

static void check_fields(const struct dns_query *q, const uint8_t *p, size_t n)
{
	check(q->packet.p == p && q->packet.n == n);
	check(q->question_end == DNS_HEADER + q->qname.len + 4);
	check(q->question_end <= n);
	check(q->udp_size >= DNS_MIN_UDP);
	check(q->edns ||
		(q->udp_size == DNS_MIN_UDP && !q->dnssec_ok && !q->edns_version && !q->cookie));
	if (q->cookie) {
		check(q->cookie >= p + q->question_end && q->cookie + q->cookie_len <= p + n);
		check(q->cookie_len == 8 || (q->cookie_len >= 16 && q->cookie_len <= 40));
	}
}

static void check_answer(const struct dns_query *q, unsigned rcode)
{
	uint8_t buf[DNS_MIN_UDP];
	struct dns_writer w;
	struct dns_reply r;
	struct dns_opt o = { .udp_size = DNS_MAX_UDP,
		.dnssec_ok = q->dnssec_ok,
		.ede = DNS_EDE_FILTERED,
		.cookie = bytes_of(q->cookie, q->cookie_len),
		.keepalive = -1 };
	bool question = q->question_end > DNS_HEADER;
	dns_writer_reply(&w, buf, sizeof buf, q, rcode);
	dns_writer_negative_soa(&w, question ? &q->qname : NULL, 10);
	if (q->edns)
		dns_writer_opt(&w, &o);
	size_t n = dns_writer_finish(&w);
	check(!w.overflow);
	check(dns_reply_parse(bytes_of(buf, n), &r) == 0);
	check(be16_get(buf) == q->id && r.rcode == rcode && r.question_end == q->question_end);
	check(r.nscount == 1 && !!r.opt_end == q->edns);
	if (question && q->qclass == DNS_IN && !(q->flags & DNS_OPCODE_MASK))
		check(dns_reply_matches(bytes_of(buf, n), &r, &q->qname, q->qtype));
}

static void check_again(const struct dns_query *q)
{
	uint8_t buf[DNS_MIN_UDP];
	struct dns_writer w;
	struct dns_query back;
	dns_writer_query(&w, buf, sizeof buf, q->id, q->flags, &q->qname, q->qtype);
	struct dns_opt o = { .udp_size = q->udp_size,
		.dnssec_ok = q->dnssec_ok,
		.ede = DNS_EDE_NONE,
		.cookie = bytes_of(q->cookie, q->cookie_len),
		.keepalive = -1 };
	if (q->edns)
		dns_writer_opt(&w, &o);
	size_t n = dns_writer_finish(&w);
	check(dns_query_parse(buf, n, &back) == DNS_QUERY_OK);
	check(dns_name_equal(&back.qname, &q->qname) && back.qname.labels == q->qname.labels);
	check(back.qtype == q->qtype && back.edns == q->edns && back.dnssec_ok == q->dnssec_ok);
	check(back.udp_size == q->udp_size && back.cookie_len == q->cookie_len);
	check(!q->cookie || memcmp(back.cookie, q->cookie, q->cookie_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct dns_query q;
	memset(&q, 0xa5, sizeof q); /* nothing may depend on what was there */
	switch (dns_query_parse(p, n, &q)) {
	case DNS_QUERY_DROP:
		check(n < DNS_HEADER || p[2] & 0x80);
		break;
	case DNS_QUERY_NOTIMP:
		check(q.question_end == DNS_HEADER);
		check_answer(&q, DNS_NOTIMP);
		break;
	case DNS_QUERY_FORMERR:
		check(q.question_end <= n);
		check_answer(&q, DNS_FORMERR);
		break;
	case DNS_QUERY_BADVERS:
		check(q.edns_version > 0);
		check_fields(&q, p, n);
		break;
	case DNS_QUERY_OK:
		check(q.edns_version == 0 && be16_get(p + 4) == 1);
		check_fields(&q, p, n);
		check_answer(&q, DNS_NXDOMAIN);
		check_again(&q);
		break;
	}
	return 0;
}
