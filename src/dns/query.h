/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A query as a server reads it: one question, perhaps an OPT record. Bounded by the packet, no
 * allocation. The packet must outlive the struct. */

#include "dns/name.h"
#include "dns/proto.h"

struct dns_query {
	struct bytes packet;
	uint16_t id;
	uint16_t flags;          /* second header word as received */
	uint16_t qtype, qclass;
	uint16_t question_end;   /* offset after the question; the name is at 12, never compressed */
	struct dns_name qname;   /* lower case; the packet keeps the client's case (0x20) */
	bool edns;               /* had an OPT record */
	bool dnssec_ok;          /* DO */
	uint8_t edns_version;
	uint16_t udp_size;       /* what the client can take: 512..65535; 512 without EDNS */
	const uint8_t *cookie;   /* RFC 7873 option data, in the packet; NULL if none. The first one */
	uint8_t cookie_len;      /* 8, or 16..40 */
	bool keepalive;          /* asks how long a TCP connection may idle (RFC 7828) */
};

enum dns_query_status {
	DNS_QUERY_OK = 0,
	DNS_QUERY_DROP,      /* not a query at all (short, QR set): no answer, lest we reflect */
	DNS_QUERY_FORMERR,   /* id, flags (and, if question_end > 12, the question) are usable */
	DNS_QUERY_NOTIMP,    /* an opcode other than QUERY */
	DNS_QUERY_BADVERS,   /* EDNS version above 0; everything else is set */
};

/* RFC 1035 4.1, RFC 6891 6.1 (one OPT, root owner), RFC 7873 5.2.2 (bad cookie length: FORMERR),
 * RFC 9619 (QDCOUNT of 1). Records after the question other than OPT (and TSIG, SIG(0), which are
 * skipped) are walked for bounds only; unknown options are ignored. Bytes after the last record
 * are FORMERR. */
must_use enum dns_query_status dns_query_parse(const uint8_t *p, size_t n, struct dns_query *ret);
