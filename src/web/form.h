/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* application/x-www-form-urlencoded (WHATWG URL section 5.1), strictly: for bodies and for queries.
 * Pure and total. */

#include "base/arena.h"
#include "base/err.h"

enum { FORM_FIELDS = 256, FORM_FIELD = 32 * 1024, FORM_NAME = 64 };

struct web_pair {
	const char *name, *value;
};
struct web_pairs {
	struct web_pair *p;
	unsigned n;
};

/* Names and values are decoded once into `text`, which holds b.n + 1 bytes; the table is in the arena.
 * Values: valid UTF-8 without NUL, line ends as \n, outer blanks trimmed. ERR_MALFORMED; ERR_LIMIT
 * (more than FORM_FIELDS fields, a value past FORM_FIELD or a name past FORM_NAME); -ENOMEM. */
must_use int web_form_parse(struct arena *a, struct bytes b, char *text, struct web_pairs *ret);

/* The i-th value of that name, or NULL. */
const char *web_pairs_get(const struct web_pairs *f, const char *name, unsigned i);

/* Valid UTF-8 (RFC 3629: no surrogates, nothing overlong) and no NUL. */
bool web_utf8_good(struct bytes b);
/* %XX decoded once; plus: '+' is a blank. ret: n bytes of room. -1: a stray '%'. */
long web_percent_decode(const char *s, size_t n, bool plus, char *ret);
