/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where a page is written: a growing buffer that escapes by default. Raw HTML is a type of its own,
 * so that text can never be put out unescaped by mistake. Templates (src/web/gen/templates.py) become
 * C functions that call these. A failed allocation or a page past the limit sets `failed`; writing
 * goes on harmlessly and the server answers 500. */

#include "base/arena.h"
#include "web/text.h"

enum { HTML_MAX = 8 << 20 };

/* HTML that is already safe. Made only by html_raw_trusted (constants) and html_take (our output). */
struct html {
	struct bytes b;
};
#define HTML_CONST(literal) ((struct html){ { (const uint8_t *)"" literal, sizeof literal - 1 } })

struct html_out {
	char *p;
	size_t n, cap;
	bool failed;
	enum lang lang;       /* what texts come out in */
	const char *base;     /* "/fr": before each local address of `url` attributes starting with "~/" */
	struct arena *arena;  /* of the request, for formatting */
};

void html_init(struct html_out *o, enum lang lang, struct arena *arena);
void html_done(struct html_out *o);

void html_literal(struct html_out *o, const char *s, size_t n); /* template text, as it stands */
void html_text(struct html_out *o, const char *s);              /* & < > " ' escaped; NULL: nothing; invalid UTF-8 -> U+FFFD, C0 controls but \n\t dropped */
void html_bytes(struct html_out *o, struct bytes b);
void html_int(struct html_out *o, int64_t v);                   /* plain digits, for attributes */
void html_html(struct html_out *o, struct html h);
/* An address in href, src or action: "/path", "~/path" (in this language), "#id", https:, http:, tel:,
 * sms:, mailto:. Anything else (javascript:, data:, //host) becomes "#". */
void html_url(struct html_out *o, const char *s);
/* {{ x }} in a template: chooses by type, so that a misspelt field or a wrong type does not compile. */
#define html_put(o, x) _Generic((x), \
	char *: html_text, const char *: html_text, struct bytes: html_bytes, struct html: html_html, \
	int: html_int, unsigned: html_int, long: html_int, long long: html_int, unsigned long: html_int, \
	int8_t: html_int, uint8_t: html_int, int16_t: html_int, uint16_t: html_int)((o), (x))
