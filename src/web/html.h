/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where a page is written: a growing buffer that escapes by default. Raw HTML is a type of its own,
 * so that text can never be put out unescaped by mistake. Templates (src/web/gen/templates.py) become
 * C functions that call these. A failed allocation or a page past the limit sets `failed`; writing
 * goes on harmlessly and the server answers 500. */

#include "base/arena.h"
#include "web/text.h"

enum { HTML_MAX = 8 << 20 };

/* HTML that is already safe. Made only by HTML_CONST and html_take (our output). */
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
/* An address in href, src or action: "/path", "~/path" (in this language), "#id", "?query", https:, http:,
 * tel:, sms:, mailto:. Anything else (javascript:, data:, //host, a control character or a backslash
 * anywhere) becomes "#". */
void html_url(struct html_out *o, const char *s);
/* One segment or value within an address: percent-encoded but for letters, digits and -._~ */
void html_part(struct html_out *o, const char *s);
void html_part_int(struct html_out *o, int64_t v);
/* After tel: or sms: the digits, + * and # of a number as people write it. */
void html_phone(struct html_out *o, const char *s);
/* What was written so far, borrowed until html_done or the next write: HTML of our own making. */
struct html html_take(const struct html_out *o);
/* {{ x }} in a template: chooses by type, so that a misspelt field or a wrong type does not compile. */
#define html_put(o, x) _Generic((x), \
	char *: html_text, const char *: html_text, struct bytes: html_bytes, struct html: html_html, \
	int: html_int, unsigned: html_int, long: html_int, long long: html_int, unsigned long: html_int, \
	int8_t: html_int, uint8_t: html_int, int16_t: html_int, uint16_t: html_int)((o), (x))
/* {{ x }} within an address, after literal text. */
#define html_put_part(o, x) _Generic((x), char *: html_part, const char *: html_part, \
	int: html_part_int, unsigned: html_part_int, long: html_part_int, long long: html_part_int, \
	unsigned long: html_part_int, int8_t: html_part_int, uint8_t: html_part_int, int16_t: html_part_int, \
	uint16_t: html_part_int)((o), (x))

/* --- {{ t }}, {{ t! }}, {{ n }}, {{ tc }}, {{ num }}: what the generator writes --- */
typedef const char *const html_args[]; /* NULL-terminated, by html_arg */
/* Translated, escaped; args NULL: none. */
void html_t(struct html_out *o, const char *msgid, const char *const *args);
void html_tc(struct html_out *o, const char *context, const char *msgid);
void html_n(struct html_out *o, const char *one, const char *many, int64_t n, const char *const *args);
/* The translation is HTML (the generators check that its tags are those of the msgid), the arguments
 * are escaped; ="{0}" is an address, ="~/ the language's prefix. */
void html_t_html(struct html_out *o, const char *msgid, const char *const *args);
void html_num(struct html_out *o, int64_t v); /* as the language writes it: 1 234 */
const char *html_arg_text(struct html_out *o, const char *s);
const char *html_arg_int(struct html_out *o, int64_t v);
#define html_arg(o, x) _Generic((x), char *: html_arg_text, const char *: html_arg_text, \
	int: html_arg_int, unsigned: html_arg_int, long: html_arg_int, long long: html_arg_int, \
	unsigned long: html_arg_int, int8_t: html_arg_int, uint8_t: html_arg_int, int16_t: html_arg_int, \
	uint16_t: html_arg_int)((o), (x))
