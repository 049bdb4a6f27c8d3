/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Names as the compiler holds them: labels from the right, joined by byte 1.
 *
 *   "www.Example.com."  ->  com \1 example \1 www
 *
 * Byte 1 sorts below every byte of a host name, so that in sorted order a name stands right before
 * all names below it, and "is above" is "is a prefix". Stored with a zero after it. */

#include "base/bytes.h"
#include "compile/reason.h"
#include "dns/name.h"

enum { RNAME_MAX = 253, RNAME_SEP = 1, RNAME_LABELS_MAX = 32 };

/* With room for reading whole words past the end: bytes past len are zero up to 8 further. */
struct rname {
	uint8_t b[RNAME_MAX + 1 + 8];
	uint8_t len, labels;
};

/* A host name in text, one final dot allowed: letters lowered, raw UTF-8 turned into A-labels
 * (IDNA 2008 with UTS 46 mapping). Single labels come back as SINGLE_LABEL with *ret filled, since an
 * operator may accept one by name. Otherwise *ret is unspecified unless TAKEN. */
enum reason rname_parse(const char *s, size_t n, struct rname *ret);

/* Back to text, NUL-terminated; buf holds RNAME_MAX + 1. Returns its length. */
size_t rname_text(const uint8_t *b, size_t n, char *buf);

/* To wire form, ready to be hashed. b holds n bytes that rname_parse gave. */
void rname_wire(const uint8_t *b, size_t n, struct dns_name *ret);

/* Labels of a stored name. */
static inline unsigned rname_labels(const uint8_t *b, size_t n)
{
	unsigned labels = n > 0;
	for (size_t i = 0; i < n; i++)
		labels += b[i] == RNAME_SEP;
	return labels;
}

/* True if n is p's name or below it. */
static inline bool rname_under(const uint8_t *b, size_t n, const uint8_t *p, size_t pn)
{
	return n >= pn && memcmp(b, p, pn) == 0 && (n == pn || b[pn] == RNAME_SEP);
}
