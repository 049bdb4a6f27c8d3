/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/query.h"

enum { RR_FIXED = 10 }; /* type, class, TTL, RDLENGTH: RFC 1035 section 4.1.3 */

/* Options of an OPT record (RFC 6891 section 6.1.2). False if they break their bounds. */
static bool read_options(const uint8_t *p, size_t n, struct dns_query *q)
{
	while (n > 0) {
		if (n < 4)
			return false;
		unsigned code = be16_get(p), len = be16_get(p + 2);
		if (n - 4 < len)
			return false;
		q->keepalive |= code == DNS_OPTION_KEEPALIVE;
		/* RFC 7873 section 5.2: only the first cookie counts. */
		if (code == DNS_OPTION_COOKIE && !q->cookie) {
			if (len != 8 && (len < 16 || len > 40))
				return false;
			q->cookie = p + 4;
			q->cookie_len = (uint8_t)len;
		}
		p += 4 + len;
		n -= 4 + len;
	}
	return true;
}

/* rr: at the fixed part of an OPT record whose rdata is within the packet. */
static bool read_opt(const uint8_t *rr, struct dns_query *q)
{
	q->edns = true;
	q->udp_size = MAX(be16_get(rr + 2), DNS_MIN_UDP); /* RFC 6891 section 6.2.3 */
	q->edns_version = rr[5];
	q->dnssec_ok = be16_get(rr + 6) & DNS_EDNS_DO;
	/* Options of a later version may look otherwise: none of them is an error. */
	return read_options(rr + RR_FIXED, be16_get(rr + 8), q) || q->edns_version > 0;
}

/* The records after the question. False if one breaks its bounds or the packet goes on. */
static bool read_records(struct bytes msg, size_t pos, struct dns_query *q)
{
	unsigned before = be16_get(msg.p + 6) + be16_get(msg.p + 8);
	unsigned count = before + be16_get(msg.p + 10);
	for (unsigned i = 0; i < count; i++) {
		size_t owner = pos;
		if (dns_name_skip(msg, &pos) < 0 || msg.n - pos < RR_FIXED)
			return false;
		const uint8_t *rr = msg.p + pos;
		size_t rdlen = be16_get(rr + 8);
		if (msg.n - pos - RR_FIXED < rdlen)
			return false;
		if (be16_get(rr) == DNS_OPT) {
			/* RFC 6891 section 6.1.1: one, in the additional section, of the root. */
			if (i < before || q->edns || msg.p[owner] != 0)
				return false;
			if (!read_opt(rr, q))
				return false;
		}
		pos += RR_FIXED + rdlen;
	}
	return pos == msg.n;
}

enum dns_query_status dns_query_parse(const uint8_t *p, size_t n, struct dns_query *ret)
{
	if (n < DNS_HEADER || p[2] & DNS_QR >> 8)
		return DNS_QUERY_DROP;
	/* Field by field: clearing the name's buffers would cost more than reading the packet. */
	ret->packet = bytes_of(p, n);
	ret->id = be16_get(p);
	ret->flags = be16_get(p + 2);
	ret->qtype = ret->qclass = 0;
	ret->question_end = DNS_HEADER;
	ret->edns = ret->dnssec_ok = false;
	ret->edns_version = 0;
	ret->udp_size = DNS_MIN_UDP;
	ret->cookie = NULL;
	ret->cookie_len = 0;
	ret->keepalive = false;
	if (ret->flags & DNS_OPCODE_MASK)
		return DNS_QUERY_NOTIMP;
	if (be16_get(p + 4) != 1) /* RFC 9619 section 4 */
		return DNS_QUERY_FORMERR;
	size_t pos = DNS_HEADER;
	if (dns_name_read_plain(ret->packet, &pos, &ret->qname) < 0 || n - pos < 4)
		return DNS_QUERY_FORMERR;
	ret->qtype = be16_get(p + pos);
	ret->qclass = be16_get(p + pos + 2);
	ret->question_end = (uint16_t)(pos + 4);
	if (!read_records(ret->packet, pos + 4, ret))
		return DNS_QUERY_FORMERR;
	return ret->edns_version > 0 ? DNS_QUERY_BADVERS : DNS_QUERY_OK;
}
