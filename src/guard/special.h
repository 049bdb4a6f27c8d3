/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Names that never leave: answered here, at once. Sources: the IANA registries "Locally-Served DNS
 * Zones" (RFC 6303, 7793, 8880, ...) and "Special-Use Domain Names" (RFC 6761, 6762, 7686, 8375, 8880,
 * 9462, 9476, 9665).
 *
 * Runs on every query: an ordinary name costs one load and a few compares of its last label. */

#include "dns/name.h"
#include "dns/proto.h"

enum special_kind {
	SPECIAL_NONE,     /* an ordinary name */
	SPECIAL_NXDOMAIN, /* with the SOA of the zone (RFC 6303 section 3) */
	SPECIAL_NODATA,   /* the same */
	SPECIAL_ADDRESS,  /* rdata: n addresses of size bytes each */
	SPECIAL_NAME,     /* PTR: rdata is one uncompressed name */
};

struct special_answer {
	uint8_t zone_labels;  /* the zone is the last so many labels of the name: dns_name_parent */
	uint8_t n, size;      /* records, bytes of each */
	const uint8_t *rdata; /* static */
	uint32_t ttl;         /* of the records, or of the SOA */
};

struct special;

/* forward: names ("test", "10.in-addr.arpa", "7.10.in-addr.arpa") that are sent upstream after all,
 * with all below them. Errors: ERR_NAME; ERR_REFUSED for one that is in no special zone and has none
 * below it, or that must never leave (onion, alt, invalid, localhost, resolver.arpa); -ENOMEM. */
must_use int special_new(const char *const *forward, unsigned nforward, struct special **ret,
	struct err_note *note);
void special_free(struct special *s); /* NULL is fine */

enum special_kind special_lookup(const struct special *s, const struct dns_name *name, uint16_t qtype,
	struct special_answer *ret);

/* The last label as it stands on the wire, in one word: what follows the root is zero. */
#define SPECIAL_WORD(a, b, c, d, e, f, g, h) \
	((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | \
	 (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)

static inline bool special_maybe(const struct dns_name *name)
{
	switch (name->labels ? le64_get(name->wire + name->at[name->labels - 1]) : 0) {
	case SPECIAL_WORD(4, 'a', 'r', 'p', 'a', 0, 0, 0):
	case SPECIAL_WORD(9, 'l', 'o', 'c', 'a', 'l', 'h', 'o'):
	case SPECIAL_WORD(7, 'i', 'n', 'v', 'a', 'l', 'i', 'd'):
	case SPECIAL_WORD(4, 't', 'e', 's', 't', 0, 0, 0):
	case SPECIAL_WORD(5, 'l', 'o', 'c', 'a', 'l', 0, 0):
	case SPECIAL_WORD(5, 'o', 'n', 'i', 'o', 'n', 0, 0):
	case SPECIAL_WORD(3, 'a', 'l', 't', 0, 0, 0, 0):
		return true;
	}
	return false;
}

/* *ret is set only for another kind than SPECIAL_NONE. */
static inline enum special_kind special_find(const struct special *s, const struct dns_name *name,
	uint16_t qtype, struct special_answer *ret)
{
	return likely(!special_maybe(name)) ? SPECIAL_NONE : special_lookup(s, name, qtype, ret);
}
