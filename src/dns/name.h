/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Domain names: uncompressed, lower-case wire form (RFC 1035 section 3.1, RFC 4343).
 *
 *   "www.Example" -> 3 w w w 7 e x a m p l e 0        len 13, labels 2
 *   root          -> 0                                len 1,  labels 0
 *
 * No pointer into a packet survives here, no allocation. All functions are total. */

#include "base/bytes.h"
#include "base/err.h"

enum {
	DNS_NAME_MAX = 255,      /* bytes on the wire, root included */
	DNS_LABEL_MAX = 63,
	DNS_LABELS_MAX = 127,    /* without the root */
	DNS_NAME_TEXT_MAX = 1020, /* presentation form, escapes included, with NUL */
};

struct dns_name {
	uint8_t len;                    /* 1..255 */
	uint8_t labels;                 /* 0..127, root not counted */
	uint8_t at[DNS_LABELS_MAX + 1]; /* at[i]: where label i (from the left) starts; at[labels]: the root */
	uint8_t wire[DNS_NAME_MAX + 9]; /* bytes past len are zero up to the next 8, at least 8 of them:
					 * hashing reads whole words */
};

/* Read a possibly compressed name from a message at *pos and move *pos past it. Pointers go
 * strictly backwards (RFC 1035 section 4.1.4), never into the header (whose id and counts change
 * while a message is cached); what they lead to ends before the labels that led there; at most
 * DNS_LABELS_MAX of them are followed.
 * Errors: ERR_TRUNCATED, ERR_MALFORMED. On error *pos and *ret are unspecified. */
must_use int dns_name_read(struct bytes msg, size_t *pos, struct dns_name *ret);

/* The same for a name that may not be compressed: a question's. A pointer is ERR_MALFORMED. */
must_use int dns_name_read_plain(struct bytes msg, size_t *pos, struct dns_name *ret);

/* Move *pos past a name without looking behind its pointer. ERR_TRUNCATED, ERR_MALFORMED. */
must_use int dns_name_skip(struct bytes msg, size_t *pos);

/* From presentation form ("www.example", "www.example.", "a\.b.example", "\065.example"; "." is
 * the root). Blanks, control characters and bytes above 127 are refused unless escaped: IDNs come
 * as A-labels. ERR_NAME. On error *ret is unspecified. */
must_use int dns_name_from_text(const char *s, size_t n, struct dns_name *ret);

/* From uncompressed wire form of exactly n bytes; upper case is lowered. ERR_MALFORMED;
 * then *ret is unspecified. */
must_use int dns_name_from_wire(const uint8_t *p, size_t n, struct dns_name *ret);

/* Presentation form without the final dot ("." for the root), escaped per RFC 1035 section 5.1.
 * Returns its length; buf holds DNS_NAME_TEXT_MAX. */
size_t dns_name_text(const struct dns_name *n, char *buf);

static inline bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

/* True if n is parent or below it. */
bool dns_name_under(const struct dns_name *n, const struct dns_name *parent);

/* The name without its `drop` leftmost labels. drop <= n->labels. ret may be n. */
void dns_name_parent(const struct dns_name *n, unsigned drop, struct dns_name *ret);

/* Letters, digits, hyphens and underscores only: what a host list may hold. False for
 * the root. */
bool dns_name_is_hostlike(const struct dns_name *n);
