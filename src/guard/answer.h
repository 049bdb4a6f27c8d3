/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Responses, written straight into the sender's buffer. Pure: no clock, no socket, no allocation.
 * Every function returns the message's length; what does not fit `limit` is cut to an empty answer
 * with TC (RFC 2181 section 9), so that the client asks again over TCP. */

#include "guard/cache.h"
#include "policy/judge.h"

enum { ANSWER_SLACK = 16 }; /* bytes of buf past `limit` that may be scribbled on */

struct answer {
	const struct dns_query *q;
	uint8_t *buf;         /* limit + ANSWER_SLACK bytes */
	size_t limit;         /* UDP: what the client and we can take; TCP: 65535 */
	struct bytes cookie;  /* to send back, or empty */
	int keepalive;        /* TCP: RFC 7828, units of 100 ms; -1: none */
};

/* An error without records. ede: enum dns_ede or DNS_EDE_NONE. rcode up to 12 bits (BADVERS). */
size_t answer_error(const struct answer *a, unsigned rcode, int ede);
/* Header and question with TC: "ask over TCP". */
size_t answer_truncated(const struct answer *a);
/* NXDOMAIN or NODATA with the SOA that lets it be cached for ttl seconds (RFC 2308). */
size_t answer_negative(const struct answer *a, unsigned rcode, uint32_t ttl, int ede, struct bytes text);
/* One address of 4 or 16 bytes. */
size_t answer_address(const struct answer *a, const uint8_t *address, size_t n, uint32_t ttl, int ede,
	struct bytes text);
/* One PTR, CNAME or other record of the question's name, rdata as it is. */
size_t answer_record(const struct answer *a, uint16_t type, const void *rdata, size_t n, uint32_t ttl);
/* Several of one size, one after the other in rdata. */
size_t answer_records(const struct answer *a, uint16_t type, const uint8_t *rdata, size_t size, unsigned records,
	uint32_t ttl);
/* ANY: HINFO "RFC8482" (RFC 8482 section 4.2). */
size_t answer_any(const struct answer *a);

/* A verdict's block, in its form, with its EDE and a sentence for the person. */
size_t answer_block(const struct answer *a, const struct view *v, const struct verdict *verdict, uint32_t ttl);

/* What the cache holds. age: seconds since stored; cap: no TTL above it; stale: TTL 30 and EDE 3 or
 * 19 instead (RFC 8767 section 4). AD as RFC 6840 section 5.8 has it. */
size_t answer_cached(const struct answer *a, const struct cache_copy *e, uint32_t age, uint32_t cap, bool stale);

/* A rewrite by records at hand: those that answer the question's type, else NODATA. */
size_t answer_rewrite(const struct answer *a, const struct verdict *verdict, uint32_t ttl);
/* The CNAME among a rewrite's records, if the question needs it followed. */
bool answer_rewrite_target(const struct dns_query *q, const struct verdict *verdict, struct dns_name *ret);
/* A rewrite by CNAME, with what upstream says of the target: its addresses, flattened. */
size_t answer_rewrite_cname(const struct answer *a, const struct dns_name *target, uint16_t type,
	const struct cache_copy *e, uint32_t age, uint32_t cap, int ede);

/* The records of e, cached or fresh (up to a whole message), as a message for dns_reply_parse under the
 * question (name, type) they came with. In the thread's own buffer, until the next call. Empty if that
 * is more than a message can hold, which under that question it never is. */
struct bytes answer_cached_message(const struct cache_copy *e, const struct dns_name *name, uint16_t type);
