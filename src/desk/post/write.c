/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/post/write.h"

#include "base/utf8.h"

#include <ctype.h>
#include <errno.h>

enum { LINE = 76, ENCODED = 45, HEAD_MAX = 8192 }; /* 45 bytes are 60 letters: an encoded word stays below 75 */

/* Room was measured before: what does not fit is a mistake of ours, told as ERR_LIMIT. */
struct out { char *p; size_t n, cap; bool full; };

static void put_bytes(struct out *o, const void *p, size_t n)
{
	o->full |= n > o->cap - o->n;
	if (o->full)
		return;
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void put(struct out *o, const char *s)
{
	put_bytes(o, s, strlen(s));
}

static void put_header(struct out *o, const char *name, const char *value)
{
	put(o, name);
	put(o, ": ");
	put(o, value);
	put(o, "\n");
}

/* --- what may come in --- */

static bool label_good(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && (s[i] != '-' || !i || i + 1 == n))
			return false;
	return n && n <= 63;
}

/* Labels between single dots, each good by `good`. */
static bool dotted(const char *s, size_t n, bool (*good)(const char *s, size_t n))
{
	size_t start = 0;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != '.')
			continue;
		if (!good(s + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

static bool atom_good(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((signed char)s[i] <= 0 || (!isalnum((unsigned char)s[i]) && !strchr("!#$%&'*+/=?^_`{|}~-", s[i])))
			return false;
	return n != 0;
}

bool post_address_good(const char *s)
{
	const char *at = s ? strchr(s, '@') : NULL;
	size_t n = at ? strlen(s) : 0;
	if (!at || n > POST_ADDRESS_MAX || at - s > 64 || *s == '-') /* a dash would look like an option */
		return false;
	return dotted(s, (size_t)(at - s), atom_good) && dotted(at + 1, n - (size_t)(at - s) - 1, label_good);
}

/* UTF-8; lines: control characters are let through (the body is encoded), else none at all. */
static bool text_good(const char *s, bool lines)
{
	struct bytes b = bytes_str(s);
	while (b.n) {
		uint32_t c = utf8_next(&b);
		if (c == UTF8_BAD || (!lines && (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)))
			return false;
	}
	return true;
}

static bool token_good(const char *s, const char *more, size_t max)
{
	size_t n = strlen(s);
	for (size_t i = 0; i < n; i++)
		if ((signed char)s[i] <= 0 || (!isalnum((unsigned char)s[i]) && !strchr(more, s[i])))
			return false;
	return n && n <= max;
}

static bool attached_good(const struct post_attachment *a)
{
	const char *slash = strchr(a->type, '/');
	return token_good(a->name, "._-", 100) && a->name[0] != '.' && slash && slash != a->type && slash[1] &&
		!strchr(slash + 1, '/') && token_good(a->type, "/.+-", 100);
}

static int check(const struct post_letter *l)
{
	if (!post_address_good(l->from) || !post_address_good(l->to) || !text_good(l->subject, false) ||
		(l->name && !text_good(l->name, false)) || !text_good(l->text, true) ||
		(l->attached && !attached_good(l->attached)))
		return ERR_MALFORMED;
	bool fits = strlen(l->subject) <= POST_SUBJECT_MAX && (!l->name || strlen(l->name) <= POST_SUBJECT_MAX) &&
		strlen(l->text) <= POST_TEXT_MAX && (!l->attached || l->attached->body.n <= POST_ATTACHED_MAX);
	return fits ? 0 : ERR_LIMIT;
}

/* --- encodings --- */

static void put_base64(struct out *o, const uint8_t *p, size_t n)
{
	static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < n; i += 3) {
		size_t left = MIN(n - i, (size_t)3);
		uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);
		const char four[4] = { letter[v >> 18], letter[v >> 12 & 63], left > 1 ? letter[v >> 6 & 63] : '=',
			left > 2 ? letter[v & 63] : '=' };
		put_bytes(o, four, 4);
	}
}

/* RFC 2047: words of whole characters, one a line. Plain where it is plain; `phrase`: in front of an address. */
static void put_words(struct out *o, const char *s, bool phrase)
{
	struct bytes rest = bytes_str(s);
	bool plain = rest.n <= 60 && !strstr(s, "=?");
	for (size_t i = 0; i < rest.n && plain; i++)
		plain = rest.p[i] < 0x7f && (!phrase || isalnum(rest.p[i]) || rest.p[i] == ' ');
	if (plain) {
		put(o, s);
		return;
	}
	while (rest.n) {
		const uint8_t *from = rest.p;
		while (rest.n) {
			struct bytes next = rest;
			(void)utf8_next(&next);
			if (next.p - from > ENCODED)
				break;
			rest = next;
		}
		put(o, "=?UTF-8?B?");
		put_base64(o, from, (size_t)(rest.p - from));
		put(o, rest.n ? "?=\n " : "?=");
	}
}

/* RFC 2045, 6.7: readable where it is ASCII; no line is longer than 76, none ends in a blank. */
static void put_quoted(struct out *o, const char *s)
{
	static const char digit[] = "0123456789ABCDEF";
	size_t column = 0;
	for (; *s; s++) {
		uint8_t c = (uint8_t)*s;
		if (c == '\n') {
			put(o, "\n");
			column = 0;
			continue;
		}
		bool last = s[1] == '\n' || !s[1], blank = c == ' ' || c == '\t';
		/* A dot alone ends a message for some programs; "From " at a line's start is changed by others. */
		bool bare = (c > 0x20 && c < 0x7f && c != '=' && !(column == 0 && (c == '.' || c == 'F'))) || (blank && !last);
		if (column + (bare ? 1 : 3) > LINE - 1) {
			put(o, "=\n");
			column = 0;
		}
		const char three[3] = { '=', digit[c >> 4], digit[c & 15] };
		put_bytes(o, bare ? (const char *)&c : three, bare ? 1 : 3);
		column += bare ? 1 : 3;
	}
	if (column)
		put(o, "\n");
}

static void put_lines(struct out *o, struct bytes b)
{
	for (size_t i = 0; i < b.n; i += LINE / 4 * 3) {
		put_base64(o, b.p + i, MIN(b.n - i, (size_t)(LINE / 4 * 3)));
		put(o, "\n");
	}
}

/* --- the message --- */

static const char *date(struct arena *a, int64_t at)
{
	static const char day[7][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	static const char month[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c = civil_from_seconds(at);
	return arena_printf(a, "%s, %d %s %d %02d:%02d:%02d +0000", day[civil_weekday(civil_days(c.year, c.month, c.day))],
		c.day, month[c.month - 1], (int)c.year, c.hour, c.minute, c.second);
}

static const char *hex(struct arena *a, const uint8_t id[POST_ID])
{
	char s[2 * POST_ID + 1];
	for (size_t i = 0; i < POST_ID; i++)
		(void)snprintf(s + 2 * i, 3, "%02x", id[i]);
	return arena_text(a, s, sizeof s - 1);
}

static void put_text(struct out *o, const char *text)
{
	put_header(o, "Content-Type", "text/plain; charset=UTF-8");
	put_header(o, "Content-Transfer-Encoding", "quoted-printable");
	put(o, "\n");
	put_quoted(o, text);
}

static void put_attached(struct out *o, const struct post_attachment *x)
{
	put(o, "Content-Type: ");
	put(o, x->type);
	put(o, "\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"");
	put(o, x->name);
	put(o, "\"\n\n");
	put_lines(o, x->body);
}

static void put_parts(struct out *o, const struct post_letter *l, const char *id)
{
	/* "=_" stands in neither encoding, so no text can hold the boundary. */
	put(o, "Content-Type: multipart/mixed; boundary=\"=_");
	put(o, id);
	put(o, "\"\n\n--=_");
	put(o, id);
	put(o, "\n");
	put_text(o, l->text);
	put(o, "\n--=_");
	put(o, id);
	put(o, "\n");
	put_attached(o, l->attached);
	put(o, "\n--=_");
	put(o, id);
	put(o, "--\n");
}

static void put_from(struct out *o, const struct post_letter *l)
{
	put(o, "From: ");
	if (l->name && *l->name) {
		put_words(o, l->name, true);
		put(o, "\n <");
		put(o, l->from);
		put(o, ">\n");
	} else {
		put(o, l->from);
		put(o, "\n");
	}
}

int post_write(struct arena *a, const struct post_letter *l, struct bytes *ret)
{
	int err = check(l);
	if (err)
		return err;
	size_t attached = l->attached ? l->attached->body.n : 0;
	struct out o = { .cap = HEAD_MAX + 4 * strlen(l->text) + attached / 57 * 78 + 80 };
	const char *when = date(a, l->at), *id = hex(a, l->id);
	o.p = arena_alloc(a, o.cap);
	if (!o.p || !when || !id)
		return -ENOMEM;
	put_from(&o, l);
	put_header(&o, "To", l->to);
	put(&o, "Subject: ");
	put_words(&o, l->subject, false);
	put(&o, "\n");
	put_header(&o, "Date", when);
	put(&o, "Message-ID: <");
	put(&o, id);
	put(&o, strchr(l->from, '@'));
	put(&o, ">\nMIME-Version: 1.0\n");
	if (l->automatic)
		put_header(&o, "Auto-Submitted", "auto-generated");
	if (l->attached)
		put_parts(&o, l, id);
	else
		put_text(&o, l->text);
	if (o.full)
		return ERR_LIMIT;
	*ret = bytes_of(o.p, o.n);
	return 0;
}
