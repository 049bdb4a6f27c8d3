/* SPDX-License-Identifier: Apache-2.0 */
#include "web/html.h"
#include "web/utf8.h"

#include <strings.h>

void html_init(struct html_out *o, enum lang lang, struct arena *arena)
{
	*o = (struct html_out){ .lang = lang, .arena = arena };
}

/* A page may hold an opened report: nothing of it stays behind in memory. */
static void forget(struct html_out *o)
{
	if (o->p)
		explicit_bzero(o->p, o->n);
	free(o->p);
}

void html_done(struct html_out *o)
{
	forget(o);
	html_init(o, o->lang, o->arena);
}

static bool room(struct html_out *o, size_t n)
{
	if (o->failed || n > HTML_MAX - o->n) {
		o->failed = true;
		return false;
	}
	if (o->cap - o->n >= n)
		return true;
	size_t cap = MIN(MAX(o->n + n, MAX(o->cap * 2, (size_t)16384)), (size_t)HTML_MAX);
	char *p = malloc(cap);
	if (!p) {
		o->failed = true;
		return false;
	}
	if (o->n)
		memcpy(p, o->p, o->n);
	forget(o);
	o->p = p;
	o->cap = cap;
	return true;
}

void html_literal(struct html_out *o, const char *s, size_t n)
{
	if (n && room(o, n)) {
		memcpy(o->p + o->n, s, n);
		o->n += n;
	}
}

static const char *entity(uint8_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	}
	return NULL;
}

/* Runs of plain characters are put out at once; what needs another form ends the run. */
void html_bytes(struct html_out *o, struct bytes b)
{
	if (!b.n)
		return;
	const uint8_t *p = b.p, *end = b.p + b.n, *from = p;
	while (p < end) {
		const char *as = NULL;
		size_t n = 1;
		if (*p >= 0x80)
			as = utf8_next(p, end, &n) < 0 ? "\xef\xbf\xbd" : NULL;
		else if ((*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
			as = "";
		else
			as = entity(*p);
		if (as) {
			html_literal(o, (const char *)from, (size_t)(p - from));
			html_literal(o, as, strlen(as));
			from = p + n;
		}
		p += n;
	}
	html_literal(o, (const char *)from, (size_t)(p - from));
}

void html_text(struct html_out *o, const char *s)
{
	if (s)
		html_bytes(o, bytes_str(s));
}

void html_int(struct html_out *o, int64_t v)
{
	char s[24];
	html_literal(o, s, (size_t)snprintf(s, sizeof s, "%lld", (long long)v));
}

void html_html(struct html_out *o, struct html h)
{
	html_literal(o, (const char *)h.b.p, h.b.n);
}

struct html html_take(const struct html_out *o)
{
	return (struct html){ bytes_of(o->p, o->n) };
}

/* Browsers drop tabs and newlines within an address, blanks before it, and read \ as /: none of these
 * may be in one, so that what is compared here is what they see. */
static bool url_good(const char *s)
{
	static const char *const scheme[] = { "https://", "http://", "tel:", "sms:", "mailto:" };
	for (const uint8_t *p = (const uint8_t *)s; *p; p++)
		if (*p < 0x20 || *p == 0x7f || *p == '\\')
			return false;
	if (*s == '#' || *s == '?')
		return true;
	if (*s == '/' || (s[0] == '~' && s[1] == '/'))
		return s[*s == '~' ? 2 : 1] != '/';
	for (size_t i = 0; i < ARRAY_LEN(scheme); i++)
		if (strncasecmp(s, scheme[i], strlen(scheme[i])) == 0)
			return true;
	return false;
}

void html_url(struct html_out *o, const char *s)
{
	if (!s || !url_good(s))
		return html_literal(o, "#", 1);
	if (*s == '~') {
		html_text(o, o->base);
		s++;
	}
	for (const char *blank; (blank = strchr(s, ' ')); s = blank + 1) {
		html_bytes(o, bytes_of(s, (size_t)(blank - s)));
		html_literal(o, "%20", 3);
	}
	html_text(o, s);
}

void html_part(struct html_out *o, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	for (const uint8_t *p = (const uint8_t *)s; p && *p; p++) {
		if ((*p | 32) >= 'a' && (*p | 32) <= 'z')
			html_literal(o, (const char *)p, 1);
		else if ((*p >= '0' && *p <= '9') || strchr("-._~", *p))
			html_literal(o, (const char *)p, 1);
		else
			html_literal(o, (const char[]){ '%', hex[*p >> 4], hex[*p & 15] }, 3);
	}
}

void html_part_int(struct html_out *o, int64_t v)
{
	html_int(o, v);
}

void html_phone(struct html_out *o, const char *s)
{
	for (; s && *s; s++) {
		if ((*s >= '0' && *s <= '9') || *s == '+' || *s == '*')
			html_literal(o, s, 1);
		else if (*s == '#')
			html_literal(o, "%23", 3);
	}
}
