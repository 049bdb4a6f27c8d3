/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A response from upstream: checked against what was asked, with all that the guard judges and all
 * that the cache needs. Total, bounded, no allocation. */

#include "dns/query.h"

enum {
	DNS_REPLY_CHAIN = 16,    /* CNAME, DNAME targets and SVCB/HTTPS TargetNames kept */
	DNS_REPLY_TTLS = 255,    /* records whose TTL can be patched */
	DNS_REPLY_ADDRESSES = DNS_REPLY_TTLS,
	DNS_REPLY_EDE_TEXT = 64,
};

struct dns_address {
	uint8_t len;   /* 4 or 16 */
	uint8_t b[16]; /* network order */
};

struct dns_reply {
	uint16_t flags;
	uint16_t rcode;          /* 12 bits, extended by OPT */
	uint16_t question_end;
	uint16_t ancount, nscount, arcount; /* arcount without OPT */
	uint32_t ttl;            /* seconds an answer may be cached: the least TTL of its records;
				  * for a negative one no more than the SOA's MINIMUM (RFC 2308 section
				  * 5), and 0 if there is no SOA or no record at all */
	bool negative;           /* NXDOMAIN, or NOERROR without a record of the type asked */
	bool overfull;           /* more chain names, addresses or TTLs than are kept: judge it as the
				  * worst case and do not cache it */
	int ede;                 /* DNS_EDE_NONE or the first EDE of upstream's OPT */
	uint8_t ede_text_len;
	uint8_t ede_text[DNS_REPLY_EDE_TEXT];
	uint16_t body_end;       /* offset after the last record */
	uint16_t opt_at, opt_end; /* 0, 0 if there is none */
	unsigned nttl;
	uint16_t ttl_at[DNS_REPLY_TTLS]; /* offsets of the TTL fields, OPT excluded */
	unsigned nchain;
	uint16_t chain_at[DNS_REPLY_CHAIN]; /* offsets of the names: read with dns_name_read */
	unsigned naddress;
	struct dns_address address[DNS_REPLY_ADDRESSES]; /* A, AAAA, ipv4hint and ipv6hint of the answer
							  * section */
};

/* Header, question (one or none, never compressed) and every record are read; QR must be set and
 * nothing follow the last record. Errors: ERR_TRUNCATED, ERR_MALFORMED; then *ret is unspecified.
 * TC set is no error: see flags; sections may then be empty or cut short, and the counts are those
 * of the whole records found. */
must_use int dns_reply_parse(struct bytes msg, struct dns_reply *ret);

/* True if the message answers exactly this question (id is the caller's to check). */
bool dns_reply_matches(struct bytes msg, const struct dns_reply *r, const struct dns_name *qname,
	uint16_t qtype);

/* Cut the OPT record out of msg in place; returns the new length and updates ARCOUNT and *r.
 * Records that stand after the OPT in the additional section go with it, since moving them would
 * break their compression pointers and nobody needs them. */
size_t dns_reply_strip_opt(uint8_t *msg, struct dns_reply *r);

/* Let n TTLs of a kept message grow old: each at msg + at[i] becomes what is left after `age`
 * seconds, at least `floor` (a stale answer's few seconds), at most `cap` (the next edge), and cap
 * wins over floor. */
void dns_ttls_age(uint8_t *msg, const uint16_t *at, unsigned n, uint32_t age, uint32_t floor,
	uint32_t cap);
