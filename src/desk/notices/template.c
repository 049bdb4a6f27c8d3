/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/notices/template.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <errno.h>

static const char *const place_name[PLACE_COUNT] = { [PLACE_ADDRESS] = "address", [PLACE_DESK] = "desk",
	[PLACE_REFERENCE] = "reference", [PLACE_LAW] = "law", [PLACE_DEADLINE] = "deadline", [PLACE_CONTACT] = "contact" };

/* Reads line by line; the first error stays. */
struct reader {
	const char *file;
	struct bytes left;
	unsigned line;
	int err;
	struct err_note *note;
};

static void refuse(struct reader *r, const char *why)
{
	if (!r->err)
		r->err = err_set(r->note, ERR_CONFIG, "%s:%u: %s", r->file, r->line, why);
}

/* The next line, without its end. False: there is none, or an error. */
static bool next_line(struct reader *r, struct bytes *ret)
{
	if (r->err || !r->left.n)
		return false;
	const uint8_t *end = memchr(r->left.p, '\n', r->left.n);
	size_t n = end ? (size_t)(end - r->left.p) : r->left.n;
	*ret = bytes_of(r->left.p, n);
	r->left = bytes_of(r->left.p + n + (end != NULL), r->left.n - n - (end != NULL));
	r->line++;
	if (ret->n && ret->p[ret->n - 1] == '\r')
		ret->n--;
	return true;
}

static void check_line(struct reader *r, struct bytes line)
{
	if (line.n > NOTICE_LINE_MAX)
		refuse(r, "a line longer than 998 bytes");
	while (line.n && !r->err) {
		uint32_t c = utf8_next(&line);
		if (c == UTF8_BAD)
			refuse(r, "not UTF-8");
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			refuse(r, "a control character");
	}
}

/* The placeholder that begins at p, which is a brace; PLACE_COUNT: none. ret_n: its bytes. */
static enum notice_place place_at(const char *p, size_t left, size_t *ret_n)
{
	for (unsigned i = 0; i < PLACE_COUNT; i++) {
		size_t n = strlen(place_name[i]);
		if (left >= n + 2 && p[0] == '{' && !memcmp(p + 1, place_name[i], n) && p[n + 1] == '}') {
			*ret_n = n + 2;
			return (enum notice_place)i;
		}
	}
	return PLACE_COUNT;
}

/* Bits of the placeholders in a line. */
static unsigned places(struct reader *r, struct bytes line)
{
	unsigned found = 0;
	for (size_t i = 0; i < line.n;) {
		size_t n = 1;
		if (line.p[i] == '{' || line.p[i] == '}') {
			enum notice_place p = place_at((const char *)line.p + i, line.n - i, &n);
			if (p == PLACE_COUNT)
				refuse(r, "a brace that is none of {address} {desk} {reference} {law} {deadline} {contact}");
			else
				found |= 1u << p;
		}
		i += n;
	}
	return found;
}

/* "name: value"; NULL and an error: it is another line. */
static const char *header(struct reader *r, struct arena *a, const char *name)
{
	struct bytes line = { NULL, 0 };
	size_t n = strlen(name);
	if (!next_line(r, &line))
		refuse(r, "it ends before the letter");
	check_line(r, line);
	if (!r->err && (line.n < n + 3 || memcmp(line.p, name, n) != 0 || memcmp(line.p + n, ": ", 2) != 0))
		r->err = err_set(r->note, ERR_CONFIG, "%s:%u: not '%s: ...'", r->file, r->line, name);
	if (r->err)
		return NULL;
	const char *value = arena_text(a, (const char *)line.p + n + 2, line.n - n - 2);
	if (!value)
		r->err = -ENOMEM;
	return value;
}

static unsigned version_of(struct reader *r, const char *s)
{
	unsigned long v = s && *s && strspn(s, "0123456789") == strlen(s) && strlen(s) <= 4 ? strtoul(s, NULL, 10) : 0;
	if (!v || *s == '0')
		refuse(r, "not a version: a number from 1 to 9999");
	return (unsigned)v;
}

static void head(struct reader *r, struct arena *a, struct notice_template *t)
{
	struct civil day;
	struct bytes line = { NULL, 0 };
	t->version = version_of(r, header(r, a, "version"));
	t->certainty = header(r, a, "certainty");
	t->recheck = header(r, a, "recheck");
	if (!r->err && civil_parse_date(t->recheck, &day))
		refuse(r, "not a date (YYYY-MM-DD)");
	t->subject = header(r, a, "subject");
	if (!r->err && places(r, bytes_str(t->subject)) & ~(1u << PLACE_REFERENCE | 1u << PLACE_DESK))
		refuse(r, "a subject has {reference} and {desk} only: subjects are seen by many");
	if (!r->err && (!next_line(r, &line) || line.n))
		refuse(r, "an empty line is needed before the letter");
}

static void letter(struct reader *r, struct arena *a, struct notice_template *t)
{
	struct bytes line;
	unsigned found = 0;
	size_t n = 0;
	char *body = arena_alloc(a, r->left.n + 1);
	if (!body && !r->err)
		r->err = -ENOMEM;
	while (next_line(r, &line)) {
		check_line(r, line);
		found |= places(r, line);
		memcpy(body + n, line.p, line.n);
		n += line.n;
		body[n++] = '\n';
	}
	while (n && body[n - 1] == '\n')
		n--;
	for (unsigned i = 0; i < PLACE_COUNT && !r->err; i++)
		if (!(found & 1u << i))
			r->err = err_set(r->note, ERR_CONFIG, "%s: the letter lacks {%s}", r->file, place_name[i]);
	if (body)
		body[n] = 0;
	t->body = body;
}

int notice_template_parse(struct arena *a, const char *file, struct bytes text, struct notice_template *ret,
	struct err_note *note)
{
	struct reader r = { .file = file, .left = text, .note = note };
	struct notice_template t = { 0 };
	if (text.n > NOTICE_TEMPLATE_MAX)
		return err_set(note, ERR_LIMIT, "%s: larger than 16 KiB", file);
	head(&r, a, &t);
	if (!r.err)
		letter(&r, a, &t);
	if (!r.err)
		*ret = t;
	return r.err;
}

/* One pass; with `to` NULL only the size is counted. */
static size_t fill(const char *text, const char *const value[PLACE_COUNT], char *to)
{
	size_t size = 0, left = strlen(text);
	while (left) {
		size_t n = 1;
		enum notice_place p = place_at(text, left, &n);
		const char *piece = p == PLACE_COUNT ? text : value[p] ? value[p] : "";
		size_t m = p == PLACE_COUNT ? 1 : strlen(piece);
		if (to)
			memcpy(to + size, piece, m);
		size += m;
		text += n;
		left -= n;
	}
	return size;
}

int notice_template_fill(struct arena *a, const char *text, const char *const value[PLACE_COUNT], const char **ret)
{
	size_t n = fill(text, value, NULL);
	char *s = arena_alloc(a, n + 1);
	if (!s)
		return -ENOMEM;
	fill(text, value, s);
	*ret = s;
	return 0;
}
