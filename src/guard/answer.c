/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/answer.h"

#include "dns/writer.h"

enum { STALE_TTL = 30 };

/* Header and question as the client wrote it; returns where records begin. */
static size_t start(const struct answer *a, unsigned rcode)
{
	const struct dns_query *q = a->q;
	size_t n = q->question_end >= DNS_HEADER ? q->question_end : DNS_HEADER;
	memcpy(a->buf, q->packet.p, n);
	be16_put(a->buf + 2, (uint16_t)(DNS_QR | DNS_RA |
		(q->flags & (DNS_OPCODE_MASK | DNS_RD | DNS_CD)) | (rcode & DNS_RCODE_MASK)));
	be16_put(a->buf + 4, n > DNS_HEADER);
	memset(a->buf + 6, 0, 6);
	return n;
}

static void set_flag(const struct answer *a, uint16_t flag)
{
	be16_put(a->buf + 2, be16_get(a->buf + 2) | flag);
}

static void count(const struct answer *a, unsigned section, unsigned n)
{
	be16_put(a->buf + 4 + 2 * section, (uint16_t)(be16_get(a->buf + 4 + 2 * section) + n));
}

/* The OPT record without the sentence of its EDE, which is left out where it does not fit. */
static size_t opt_least(const struct answer *a, int ede)
{
	return 11 + (a->cookie.n ? 4 + a->cookie.n : 0) + (a->keepalive >= 0 ? 6 : 0) + (ede >= 0 ? 6 : 0);
}

/* OPT, if the client sent one, and the end: too long becomes truncated. Header, question and OPT
 * alone always fit: limits are 512 at least. */
static size_t finish(const struct answer *a, size_t n, unsigned rcode, int ede, struct bytes text)
{
	if (n + (a->q->edns ? opt_least(a, ede) : 0) > a->limit) {
		n = start(a, rcode);
		set_flag(a, DNS_TC);
	}
	if (!a->q->edns)
		return n;
	const struct dns_opt opt = {
		.udp_size = DNS_MAX_UDP,
		.ext_rcode = (uint8_t)(rcode >> 4),
		.dnssec_ok = a->q->dnssec_ok,
		.ede = ede,
		.ede_text = text,
		.cookie = a->cookie,
		.keepalive = a->keepalive,
	};
	struct dns_writer w = { .p = a->buf, .cap = a->limit, .n = n, .section = DNS_ADDITIONAL };
	dns_writer_opt(&w, &opt);
	count(a, DNS_ADDITIONAL, 1);
	return w.n;
}

size_t answer_error(const struct answer *a, unsigned rcode, int ede)
{
	return finish(a, start(a, rcode), rcode, ede, bytes_of(NULL, 0));
}

size_t answer_truncated(const struct answer *a)
{
	size_t n = start(a, DNS_NOERROR);
	set_flag(a, DNS_TC);
	return finish(a, n, DNS_NOERROR, DNS_EDE_NONE, bytes_of(NULL, 0));
}

/* owner (a pointer to the question's name), type, IN, ttl, length */
static size_t put_fixed(uint8_t *p, uint16_t type, uint32_t ttl, size_t rdata)
{
	be16_put(p, 0xc000 | DNS_HEADER);
	be16_put(p + 2, type);
	be16_put(p + 4, DNS_IN);
	be32_put(p + 6, ttl);
	be16_put(p + 10, (uint16_t)rdata);
	return 12;
}

/* The SOA behind a negative answer of ours: guard.invalid, nobody.invalid, serial 1, refresh 3600,
 * retry 600, expire 86400, minimum. The name asked is its own zone, so that nothing beside it is
 * denied to a cache that reads RFC 8020. */
static const uint8_t soa[] = "\5guard\7invalid\0\6nobody\7invalid\0\0\0\0\1\0\0\x0e\x10\0\0\2\x58\0\1\x51\x80";
enum { SOA_RDATA = sizeof soa - 1 + 4, SOA_SIZE = 12 + SOA_RDATA };

static size_t put_soa(const struct answer *a, size_t n, uint32_t ttl)
{
	if (n + SOA_SIZE > a->limit)
		return n; /* truncating would cost more than an answer that cannot be cached */
	uint8_t *p = a->buf + n;
	p += put_fixed(p, DNS_SOA, ttl, SOA_RDATA);
	memcpy(p, soa, sizeof soa - 1);
	be32_put(p + sizeof soa - 1, ttl);
	count(a, DNS_AUTHORITY, 1);
	return n + SOA_SIZE;
}

size_t answer_negative(const struct answer *a, unsigned rcode, uint32_t ttl, int ede, struct bytes text)
{
	size_t n = put_soa(a, start(a, rcode), ttl);
	return finish(a, n, rcode, ede, text);
}

static size_t put_record(const struct answer *a, size_t n, uint16_t type, const void *rdata, size_t size,
	uint32_t ttl)
{
	if (n + 12 + size > a->limit)
		return a->limit + 1; /* finish() truncates */
	uint8_t *p = a->buf + n;
	p += put_fixed(p, type, ttl, size);
	memcpy(p, rdata, size);
	count(a, DNS_ANSWER, 1);
	return n + 12 + size;
}

size_t answer_address(const struct answer *a, const uint8_t *address, size_t size, uint32_t ttl, int ede,
	struct bytes text)
{
	size_t n = put_record(a, start(a, DNS_NOERROR), size == 4 ? DNS_A : DNS_AAAA, address, size, ttl);
	return finish(a, n, DNS_NOERROR, ede, text);
}

size_t answer_records(const struct answer *a, uint16_t type, const uint8_t *rdata, size_t size, unsigned records,
	uint32_t ttl)
{
	size_t n = start(a, DNS_NOERROR);
	for (unsigned i = 0; i < records && n <= a->limit; i++)
		n = put_record(a, n, type, rdata + i * size, size, ttl);
	return finish(a, n, DNS_NOERROR, DNS_EDE_NONE, bytes_of(NULL, 0));
}

size_t answer_record(const struct answer *a, uint16_t type, const void *rdata, size_t size, uint32_t ttl)
{
	return answer_records(a, type, rdata, size, 1, ttl);
}

size_t answer_any(const struct answer *a)
{
	return answer_record(a, DNS_HINFO, "\7RFC8482", 9, 3600); /* CPU "RFC8482", OS "" (the NUL) */
}

size_t answer_block(const struct answer *a, const struct view *v, const struct verdict *verdict, uint32_t ttl)
{
	char text[256];
	struct bytes say = { NULL, 0 };
	if (a->q->edns)
		say = bytes_of(text, verdict_text(v, verdict, text, sizeof text));
	const struct household *h = v->household;
	if (verdict->form == FORM_HELP && a->q->qtype == DNS_A && h->has_help4)
		return answer_address(a, h->help4, 4, ttl, verdict->ede, say);
	if (verdict->form == FORM_HELP && a->q->qtype == DNS_AAAA && h->has_help6)
		return answer_address(a, h->help6, 16, ttl, verdict->ede, say);
	return answer_negative(a, verdict->form == FORM_NXDOMAIN ? DNS_NXDOMAIN : DNS_NOERROR, ttl,
		verdict->ede, say);
}

/* AD is for those who asked for it, by DO or AD, and only for what was validated for them. */
static bool wants_ad(const struct dns_query *q)
{
	return (q->dnssec_ok || (q->flags & DNS_AD)) && !(q->flags & DNS_CD);
}

static int stale_ede(const struct cache_copy *e)
{
	return e->meta.rcode == DNS_NXDOMAIN ? DNS_EDE_STALE_NXDOMAIN : DNS_EDE_STALE_ANSWER;
}

static uint32_t aged(uint32_t ttl, uint32_t age, uint32_t cap)
{
	ttl = ttl > age ? ttl - age : 0;
	return ttl < cap ? ttl : cap;
}

size_t answer_cached(const struct answer *a, const struct cache_copy *e, uint32_t age, uint32_t cap, bool stale)
{
	size_t n = start(a, e->meta.rcode), at = n;
	if (n + e->meta.body > a->limit)
		return finish(a, a->limit + 1, e->meta.rcode, DNS_EDE_NONE, bytes_of(NULL, 0));
	memcpy(a->buf + n, e->body, e->meta.body);
	n += e->meta.body;
	for (unsigned i = 0; i < e->meta.nttl; i++) {
		uint8_t *p = a->buf + at + e->ttl_at[i];
		be32_put(p, stale ? MIN((uint32_t)STALE_TTL, cap) : aged(be32_get(p), age, cap));
	}
	be16_put(a->buf + 6, e->meta.ancount);
	be16_put(a->buf + 8, e->meta.nscount);
	be16_put(a->buf + 10, e->meta.arcount);
	if (e->meta.authentic && !stale && wants_ad(a->q))
		set_flag(a, DNS_AD);
	return finish(a, n, e->meta.rcode, stale ? stale_ede(e) : e->meta.ede,
		bytes_of(e->ede_text, stale ? 0 : e->meta.ede_text));
}

size_t answer_rewrite(const struct answer *a, const struct verdict *verdict, uint32_t ttl)
{
	size_t n = start(a, DNS_NOERROR);
	unsigned records = 0;
	for (unsigned i = 0; i < verdict->nrewrite; i++) {
		const struct policy_rewrite *r = &verdict->rewrite[i];
		if (r->type == a->q->qtype && (r->type == DNS_A || r->type == DNS_AAAA) && n <= a->limit) {
			n = put_record(a, n, r->type, verdict->rdata + r->at, r->n, ttl);
			records++;
		}
	}
	if (!records)
		n = put_soa(a, n, ttl);
	return finish(a, n, DNS_NOERROR, verdict->ede, bytes_of(NULL, 0));
}

bool answer_rewrite_target(const struct dns_query *q, const struct verdict *verdict, struct dns_name *ret)
{
	if (q->qtype == DNS_HTTPS || q->qtype == DNS_SVCB)
		return false; /* NODATA: the service's own parameters would lead past the rewrite */
	for (unsigned i = 0; i < verdict->nrewrite; i++) {
		const struct policy_rewrite *r = &verdict->rewrite[i];
		if (r->type == DNS_CNAME)
			return dns_name_from_wire(verdict->rdata + r->at, r->n, ret) == 0;
	}
	return false;
}

struct bytes answer_cached_message(const struct cache_copy *e, const struct dns_name *name, uint16_t type)
{
	static _Thread_local uint8_t buf[DNS_MAX_MESSAGE];
	if (DNS_HEADER + name->len + 4u + e->meta.body > sizeof buf)
		return bytes_of(NULL, 0);
	return bytes_of(buf, cache_message(&e->meta, bytes_of(name->wire, name->len), type, e->body, buf));
}

size_t answer_rewrite_cname(const struct answer *a, const struct dns_name *target, uint16_t type,
	const struct cache_copy *e, uint32_t age, uint32_t cap, int ede)
{
	static _Thread_local struct dns_reply reply;
	uint32_t ttl = aged(e->meta.ttl, age, cap);
	size_t n = put_record(a, start(a, e->meta.rcode), DNS_CNAME, target->wire, target->len, ttl);
	size_t target_at = n - target->len;
	if (n <= a->limit && dns_reply_parse(answer_cached_message(e, target, type), &reply) == 0) {
		for (unsigned i = 0; i < reply.naddress && n <= a->limit; i++) {
			const struct dns_address *x = &reply.address[i];
			if (x->len != (type == DNS_A ? 4 : 16) || (type != DNS_A && type != DNS_AAAA))
				continue;
			size_t at = n;
			n = put_record(a, n, type, x->b, x->len, ttl);
			if (n <= a->limit) /* the owner is the target, not the question */
				be16_put(a->buf + at, (uint16_t)(0xc000 | target_at));
		}
	}
	return finish(a, n, e->meta.rcode, ede, bytes_of(NULL, 0));
}
