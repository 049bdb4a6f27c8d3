/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/meta.h"

enum { DEPTH = 32 };

struct reader {
	const uint8_t *p, *end;
};

static void blank(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
		r->p++;
}

/* The next character that is no blank, if it is c. */
static bool next(struct reader *r, char c)
{
	blank(r);
	if (r->p == r->end || *r->p != (uint8_t)c)
		return false;
	r->p++;
	return true;
}

/* A string into buf, cut to fit; \uXXXX and control characters become '?'. */
static bool string(struct reader *r, char *buf, size_t cap)
{
	size_t n = 0;
	if (!next(r, '"'))
		return false;
	for (; r->p < r->end && *r->p != '"'; r->p++) {
		uint8_t c = *r->p;
		if (c == '\\') {
			if (++r->p == r->end)
				return false;
			c = *r->p == 'n' || *r->p == 't' ? ' ' : *r->p == 'u' ? '?' : *r->p;
			if (*r->p == 'u' && r->end - r->p > 4)
				r->p += 4;
		}
		if (n + 1 < cap)
			buf[n++] = (char)(c < 0x20 || c == 0x7f ? '?' : c);
	}
	/* never end in the middle of a character */
	if (n + 1 == cap)
		while (n && ((uint8_t)buf[n - 1] & 0x80))
			n--;
	buf[n] = 0;
	if (r->p == r->end)
		return false;
	r->p++;
	return true;
}

/* One value of any kind. */
static bool skip(struct reader *r)
{
	char text[8];
	unsigned depth = 0;
	do {
		blank(r);
		if (r->p == r->end)
			return false;
		uint8_t c = *r->p;
		if (c == '"') {
			if (!string(r, text, sizeof text))
				return false;
		} else {
			if ((c == '}' || c == ']') && depth-- == 0)
				return false;
			if ((c == '{' || c == '[') && ++depth > DEPTH)
				return false;
			r->p++;
			while (c != '{' && c != '[' && c != '}' && c != ']' && r->p < r->end &&
				!strchr(",:{}[]\" \t\r\n", *r->p))
				r->p++;
		}
	} while (depth);
	return true;
}

static bool field(struct reader *r, struct meta_list *l, const char *key)
{
	const struct {
		const char *key;
		char *buf;
		size_t cap;
	} known[] = {
		{ "category", l->category, sizeof l->category },
		{ "name", l->name, sizeof l->name },
		{ "path", l->path, sizeof l->path },
		{ "origin", l->origin, sizeof l->origin },
		{ "licence", l->licence, sizeof l->licence },
		{ "attribution", l->attribution, sizeof l->attribution },
		{ "date", l->date, sizeof l->date },
	};
	blank(r);
	for (size_t i = 0; i < ARRAY_LEN(known) && r->p < r->end && *r->p == '"'; i++)
		if (!strcmp(known[i].key, key))
			return string(r, known[i].buf, known[i].cap);
	return skip(r);
}

static bool list(struct reader *r, struct meta_list *ret)
{
	char key[32];
	*ret = (struct meta_list){ "" };
	if (!next(r, '{'))
		return false;
	if (next(r, '}'))
		return true;
	do {
		if (!string(r, key, sizeof key) || !next(r, ':') || !field(r, ret, key))
			return false;
	} while (next(r, ','));
	return next(r, '}');
}

static unsigned lists(
	struct reader *r, void (*take)(void *ctx, const struct meta_list *l), void *ctx)
{
	struct meta_list l;
	unsigned n = 0;
	if (!next(r, '['))
		return 0;
	do {
		if (!list(r, &l))
			break;
		take(ctx, &l);
		n++;
	} while (next(r, ','));
	return n;
}

unsigned meta_lists(
	struct bytes json, void (*take)(void *ctx, const struct meta_list *l), void *ctx)
{
	struct reader r = { json.p, json.p + json.n };
	char key[32];
	if (!next(&r, '{'))
		return 0;
	do {
		if (!string(&r, key, sizeof key) || !next(&r, ':'))
			return 0;
		if (!strcmp(key, "lists"))
			return lists(&r, take, ctx);
		if (!skip(&r))
			return 0;
	} while (next(&r, ','));
	return 0;
}
