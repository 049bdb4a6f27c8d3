/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Writes a message into the caller's buffer; names are compressed against those written before
 * (RFC 1035 section 4.1.4). When the buffer is full the writer goes `overflow` and stays so: check
 * once, at the end. No allocation. */

#include "dns/query.h"

enum { DNS_WRITER_NAMES = 24 }; /* names remembered for compression; later ones are written whole */

struct dns_writer {
	uint8_t *p;
	size_t cap, n;
	bool overflow;
	uint8_t section;                      /* 1 answer, 2 authority, 3 additional: only forwards */
	uint16_t counts[4];
	uint8_t names;
	uint16_t name_at[DNS_WRITER_NAMES];
	uint8_t name_len[DNS_WRITER_NAMES];   /* uncompressed */
};

/* Start a response to q: header with QR, the query's opcode, RD and CD, RA set; its question copied
 * with the client's case. */
void dns_writer_reply(struct dns_writer *w, uint8_t *p, size_t cap, const struct dns_query *q,
	unsigned rcode);
/* Start a query for (name, type, IN), for upstreams and tests. flags: DNS_RD, DNS_AD, DNS_CD. */
void dns_writer_query(struct dns_writer *w, uint8_t *p, size_t cap, uint16_t id, uint16_t flags,
	const struct dns_name *qname, uint16_t qtype);

enum dns_section { DNS_ANSWER = 1, DNS_AUTHORITY = 2, DNS_ADDITIONAL = 3 };

/* Owner name, fixed part and rdata. Rdata is written as it is (never compressed inside; RFC 3597).
 * owner NULL: the question's name (a pointer to 12). */
void dns_writer_rr(struct dns_writer *w, enum dns_section s, const struct dns_name *owner,
	uint16_t type, uint32_t ttl, const void *rdata, size_t n);
/* CNAME, with the target compressed. */
void dns_writer_cname(struct dns_writer *w, const struct dns_name *owner, uint32_t ttl,
	const struct dns_name *target);
/* The SOA that backs a negative answer (RFC 2308): owner `zone` (NULL: the question's name, the
 * cheapest), MNAME "guard.invalid", RNAME "nobody.invalid", serial 1, MINIMUM and TTL = ttl. */
void dns_writer_negative_soa(struct dns_writer *w, const struct dns_name *zone, uint32_t ttl);

struct dns_opt {
	uint16_t udp_size;        /* what we can take */
	uint8_t ext_rcode;        /* upper 8 bits of a 12-bit rcode */
	bool dnssec_ok;
	int ede;                  /* enum dns_ede; DNS_EDE_NONE: no option */
	struct bytes ede_text;    /* UTF-8, may be empty */
	struct bytes cookie;      /* client ‖ server cookie, or empty */
	int keepalive;            /* RFC 7828 in units of 100 ms over TCP; -1: none */
};

/* The OPT record; call it last. Text is dropped first where it does not fit. */
void dns_writer_opt(struct dns_writer *w, const struct dns_opt *opt);

/* Fix the counts. Returns the length; with overflow, that of a valid truncated message: header,
 * question (and OPT if it fits) with TC set, sections empty; 0 if not even a header fits. */
must_use size_t dns_writer_finish(struct dns_writer *w);
