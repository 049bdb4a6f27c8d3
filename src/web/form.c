/* SPDX-License-Identifier: Apache-2.0 */
#include "web/form.h"

#include "base/hex.h"
#include "web/utf8.h"

#include <errno.h>

bool web_utf8_good(struct bytes b)
{
	for (size_t i = 0, n; i < b.n; i += n)
		if (utf8_next(b.p + i, b.p + b.n, &n) <= 0)
			return false;
	return true;
}

long web_percent_decode(const char *s, size_t n, bool plus, char *ret)
{
	size_t out = 0;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		if (c == '%') {
			uint8_t v;
			if (n - i < 3 || !hex_read(bytes_of(s + i + 1, 2), &v, 1))
				return -1;
			c = (char)v;
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		ret[out++] = c;
	}
	return (long)out;
}

/* CR LF and lone CR become \n; never longer. */
static size_t fold_lines(char *s, size_t n)
{
	size_t out = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\r') {
			if (i + 1 < n && s[i + 1] == '\n')
				i++;
			s[out++] = '\n';
		} else {
			s[out++] = s[i];
		}
	}
	return out;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Decodes one side of a field at *text, which moves past it and its NUL. trim: it is a value. */
static int decode(const char *s, size_t n, bool trim, char **text, const char **ret)
{
	char *from = *text;
	long got = web_percent_decode(s, n, true, from);
	if (got < 0 || !web_utf8_good(bytes_of(from, (size_t)got)))
		return ERR_MALFORMED;
	size_t len = (size_t)got;
	*text += len + 1;
	if (trim) {
		len = fold_lines(from, len);
		while (len && is_blank(from[len - 1]))
			len--;
		while (len && is_blank(*from)) {
			from++;
			len--;
		}
	}
	if (len > (trim ? FORM_FIELD : FORM_NAME))
		return ERR_LIMIT;
	from[len] = 0;
	*ret = from;
	return 0;
}

int web_form_parse(struct arena *a, struct bytes b, char *text, struct web_pairs *ret)
{
	const char *s = b.n ? (const char *)b.p : "", *end = s + b.n;
	struct web_pairs f = { .p = arena_array(a, FORM_FIELDS, sizeof *f.p) };
	if (!f.p)
		return -ENOMEM;
	while (s < end) {
		const char *amp = memchr(s, '&', (size_t)(end - s));
		const char *stop = amp ? amp : end;
		const char *eq = memchr(s, '=', (size_t)(stop - s));
		const char *name_end = eq ? eq : stop, *value = eq ? eq + 1 : stop;
		if (stop > s) {
			struct web_pair p;
			if (f.n == FORM_FIELDS)
				return ERR_LIMIT;
			int err = decode(s, (size_t)(name_end - s), false, &text, &p.name);
			/* Without "=" a field needs one byte more than it came with. */
			static const char none[1] = "";
			p.value = none;
			if (!err && eq)
				err = decode(value, (size_t)(stop - value), true, &text, &p.value);
			if (err)
				return err;
			f.p[f.n++] = p;
		}
		s = amp ? amp + 1 : end;
	}
	*ret = f;
	return 0;
}

const char *web_pairs_get(const struct web_pairs *f, const char *name, unsigned i)
{
	for (unsigned k = 0; k < f->n; k++)
		if (strcmp(f->p[k].name, name) == 0 && i-- == 0)
			return f->p[k].value;
	return NULL;
}
