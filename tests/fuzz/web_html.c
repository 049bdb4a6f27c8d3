/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes put into a page: they stay text, and an address stays one that may be followed. */
#include "fuzz.h"
#include "web/html.h"
#include "web/utf8.h"

#include <strings.h>

static void check_text(const struct html_out *o)
{
	static const char *const entity[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
	if (!o->n)
		return;
	const uint8_t *p = (const uint8_t *)o->p, *end = p + o->n;
	for (size_t n; p < end; p += n) {
		check(utf8_next(p, end, &n) >= 0);
		check(!strchr("<>\"'", *p) && (*p >= 0x20 || *p == '\n' || *p == '\t') && *p != 0x7f);
		if (*p != '&')
			continue;
		bool known = false;
		for (size_t i = 0; i < ARRAY_LEN(entity); i++)
			known |= (size_t)(end - p) >= strlen(entity[i]) && memcmp(p, entity[i], strlen(entity[i])) == 0;
		check(known);
	}
}

/* As a browser reads it: nothing but these beginnings, and no second slash hidden behind the first. */
static void check_url(const struct html_out *o)
{
	static const char *const good[] = { "/", "#", "?", "https://", "http://", "tel:", "sms:", "mailto:" };
	bool known = false;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		known |= o->n >= strlen(good[i]) && strncasecmp(o->p, good[i], strlen(good[i])) == 0;
	check(known);
	check(!memchr(o->p, '\\', o->n) && !memchr(o->p, '\n', o->n) && !memchr(o->p, '\t', o->n) && !memchr(o->p, ' ', o->n));
	check(o->n < 2 || o->p[0] != '/' || o->p[1] != '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct html_out o;
	html_init(&o, LANG_EN, NULL);
	html_bytes(&o, bytes_of(p, n));
	check_text(&o);
	char *s = malloc(n + 1);
	check(s);
	memcpy(s, p, n);
	s[n] = 0;
	for (int i = 0; i < 2; i++) {
		o.n = 0;
		o.base = i ? "/en" : NULL;
		html_url(&o, s);
		check_text(&o);
		check_url(&o);
	}
	o.n = 0;
	html_part(&o, s);
	for (size_t i = 0; i < o.n; i++)
		check((o.p[i] >= '-' && o.p[i] != '/' && o.p[i] < 0x7f && !strchr(":;<=>?@[\\]^`{|}", o.p[i])) || o.p[i] == '%');
	free(s);
	html_done(&o);
	return 0;
}
