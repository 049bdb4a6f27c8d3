/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses in one form (RFC 3986 section 6.2.2 and 6.2.3), so that two reports of one page meet in
 * the blind index. Nothing is ever fetched or resolved. */
#include "desk/report.h"

#include <errno.h>
#include <idn2.h>
#include <stdio.h>
#include <strings.h>

enum { RAW_MAX = 4096, SCHEME_MAX = 20, HOST_MAX = 253 };

/* Wiped at the end: a thread's stack keeps what stood on it. */
struct room { char raw[RAW_MAX + 1], host[RAW_MAX + 1], name[HOST_MAX + 1]; };

/* --- how people write an address so that nobody clicks on it --- */

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static const struct {
	const char *written, *meant;
} defused[] = {
	{ "[.]", "." },
	{ "(.)", "." },
	{ "{.}", "." },
	{ "[dot]", "." },
	{ "(dot)", "." },
	{ "{dot}", "." },
	{ "[:]", ":" },
	{ "(:)", ":" },
	{ "[/]", "/" },
	{ "[://]", "://" },
	{ "[at]", "@" },
	{ "(at)", "@" },
};

static bool ends_with(const char *s, size_t n, const char *end)
{
	size_t m = strlen(end);
	return n >= m && strncasecmp(s + n - m, end, m) == 0;
}

/* Blanks out, brackets undone. One pass from the left, looking back at each closing bracket: what a
 * replacement leaves can be part of the next. */
static size_t undefuse(const char *raw, char *out)
{
	size_t n = 0;
	for (; *raw; raw++) {
		if ((uint8_t)*raw <= ' ' || *raw == '<' || *raw == '>' || *raw == '"')
			continue;
		out[n++] = *raw;
		for (size_t i = 0; strchr("])}", *raw) && i < ARRAY_LEN(defused); i++)
			if (ends_with(out, n, defused[i].written)) {
				n -= strlen(defused[i].written);
				n = (size_t)((char *)mempcpy(out + n, defused[i].meant,
						     strlen(defused[i].meant)) -
					     out);
				break;
			}
	}
	out[n] = 0;
	return n;
}

/* --- pieces --- */

static int hex(char c)
{
	return is_digit(c)                          ? c - '0'
	       : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10
						    : -1;
}

static int percent(const char *s)
{
	return s[0] == '%' && hex(s[1]) >= 0 && hex(s[2]) >= 0 ? hex(s[1]) * 16 + hex(s[2]) : -1;
}

static bool unreserved(int c)
{
	return c > 0 && (is_alpha((char)c) || is_digit((char)c) || strchr("-._~", c));
}

static char *put_percent(char *p, uint8_t c)
{
	static const char digits[] = "0123456789ABCDEF";
	*p++ = '%';
	*p++ = digits[c >> 4];
	*p++ = digits[c & 15];
	return p;
}

/* Path or query in normal form. Brackets are always encoded: left as they are, a second pass could
 * take them for a defused dot. */
static char *put_normal(char *p, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int code = n - i >= 3 ? percent(s + i) : -1;
		if (code >= 0)
			i += 2;
		else if (strchr("!$&'*+,;=:@/?-._~", s[i]) || is_alpha(s[i]) || is_digit(s[i])) {
			*p++ = s[i];
			continue;
		} else
			code = (uint8_t)s[i];
		if (unreserved(code))
			*p++ = (char)code;
		else
			p = put_percent(p, (uint8_t)code);
	}
	return p;
}

/* RFC 3986 section 5.2.4, in place, for a path that starts with '/'. Returns its new end. */
static char *remove_dots(char *path, char *end)
{
	char *out = path;
	for (char *in = path; in < end;) {
		char *next = in + 1;
		while (next < end && *next != '/')
			next++;
		size_t n = (size_t)(next - in) - 1;
		bool one = n == 1 && in[1] == '.', two = n == 2 && in[1] == '.' && in[2] == '.';
		if (two)
			while (out > path && *--out != '/')
				;
		if (!one && !two) {
			memmove(out, in, n + 1);
			out += n + 1;
		} else if (next == end)
			*out++ = '/';
		in = next;
	}
	return out;
}

/* --- host --- */

static bool host_ascii_good(const char *h)
{
	size_t n = strlen(h), label = 0;
	bool dot = false;
	for (size_t i = 0; i < n; i++) {
		if (h[i] == '.') {
			if (!label)
				return false;
			label = 0;
			dot = true;
			continue;
		}
		if (!is_alpha(h[i]) && !is_digit(h[i]) && h[i] != '-' && h[i] != '_')
			return false;
		if (++label > 63)
			return false;
	}
	return dot && label && n <= HOST_MAX;
}

static bool host_ip6_good(const char *h)
{
	size_t n = strlen(h), colons = 0;
	for (size_t i = 1; i + 1 < n; i++) {
		if (hex(h[i]) < 0 && h[i] != ':' && h[i] != '.')
			return false;
		colons += h[i] == ':';
	}
	return n >= 4 && n <= 48 && h[n - 1] == ']' && colons >= 2;
}

/* Percent-decoded, A-labels, lower case, no last dot; to room->name. */
static int canonical_host(const char *s, size_t n, struct room *room)
{
	char *text = room->host, *ret = room->name, *ace = NULL;
	size_t m = 0;
	bool ascii = true;
	for (size_t i = 0; i < n; i++) {
		int code = n - i >= 3 ? percent(s + i) : -1;
		i += code >= 0 ? 2 : 0;
		text[m++] = code >= 0 ? (char)code : lower(s[i]);
		ascii &= (uint8_t)text[m - 1] < 0x80;
		if (!text[m - 1])
			return ERR_MALFORMED;
	}
	text[m] = 0;
	if (!ascii) {
		if (idn2_lookup_u8((const uint8_t *)text, (uint8_t **)&ace,
			    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL))
			return ERR_MALFORMED;
		m = strlen(ace);
		memcpy(text, ace, MIN(m, (size_t)RAW_MAX) + 1);
		explicit_bzero(ace, m);
		idn2_free(ace);
	}
	if (m && text[m - 1] == '.')
		text[--m] = 0;
	if (m > HOST_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i <= m; i++)
		ret[i] = lower(text[i]);
	return (ret[0] == '[' ? host_ip6_good(ret) : host_ascii_good(ret)) ? 0 : ERR_MALFORMED;
}

/* --- the whole --- */

static const struct {
	const char *name;
	unsigned port;
} schemes[] = {
	{ "http", 80 },
	{ "https", 443 },
	{ "ftp", 21 },
	{ "ws", 80 },
	{ "wss", 443 },
};
/* Addresses without a host that name a place or a thing; all others without "//" are none. */
static const char *const opaque[] = { "magnet", "tg", "ed2k", "freenet", "ipfs", "xmpp", "urn",
	"discord", "whatsapp" };

/* hxxp, hXXps, fxp: what is written so that nobody clicks. */
static void rename_scheme(char *scheme)
{
	if (strcmp(scheme, "hxxp") == 0 || strcmp(scheme, "hxxps") == 0)
		memcpy(scheme, "htt", 3);
	else if (strcmp(scheme, "fxp") == 0)
		memcpy(scheme, "ftp", 3);
}

/* Reads "scheme:" at s into ret; the number of bytes with the colon, 0: there is none. */
static size_t read_scheme(const char *s, char ret[SCHEME_MAX + 1])
{
	size_t n = 0;
	while (n < SCHEME_MAX &&
		(is_alpha(s[n]) || (n && (is_digit(s[n]) || strchr("+-.", s[n])))) && s[n]) {
		ret[n] = lower(s[n]);
		n++;
	}
	ret[n] = 0;
	if (!n || s[n] != ':')
		return 0;
	rename_scheme(ret);
	return n + 1;
}

/* ":8080" -> the port, or -1: none given. ERR_MALFORMED. */
static int read_port(const char *s, size_t n, int *ret)
{
	*ret = -1;
	if (n <= 1)
		return 0;
	int v = 0;
	for (size_t i = 1; i < n; i++) {
		if (!is_digit(s[i]))
			return ERR_MALFORMED;
		v = v * 10 + (s[i] - '0');
		if (v > 65535)
			return ERR_MALFORMED;
	}
	*ret = v;
	return 0;
}

static int port_default(const char *scheme)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strcmp(schemes[i].name, scheme) == 0)
			return (int)schemes[i].port;
	return -1;
}

/* After "scheme://": [user@]host[:port][/path][?query][#fragment] */
static int put_hierarchy(char **p, const char *scheme, const char *s, struct room *room)
{
	size_t n = strcspn(s, "/?#\\");
	const char *at = memrchr(s, '@', n), *host = at ? at + 1 : s, *end = s + n;
	const char *colon = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : host;
	colon = colon ? memchr(colon, ':', (size_t)(end - colon)) : NULL;
	int port, err = canonical_host(host, (size_t)((colon ? colon : end) - host), room);
	if (!err)
		err = colon ? read_port(colon, (size_t)(end - colon), &port) : (port = -1, 0);
	if (err)
		return err;
	*p = stpcpy(*p, room->name);
	if (port >= 0 && port != port_default(scheme))
		*p += snprintf(*p, 8, ":%d", port);
	s = end;
	n = strcspn(s, "?#");
	char *path = *p;
	if (*s != '/')
		*(*p)++ = '/';
	*p = put_normal(*p, s + (*s == '\\'), n - (*s == '\\'));
	*p = remove_dots(path, *p);
	s += n;
	n = strcspn(s, "#");
	if (*s == '?' && n > 1)
		*p = put_normal(*p, s, n);
	**p = 0; /* the dot segments stood behind it */
	return 0;
}

static bool is_opaque(const char *scheme)
{
	for (size_t i = 0; i < ARRAY_LEN(opaque); i++)
		if (strcmp(opaque[i], scheme) == 0)
			return true;
	return false;
}

static int canonical_url(struct arena *a, const char *raw, struct room *room, const char **ret)
{
	char scheme[SCHEME_MAX + 1];
	size_t n = undefuse(raw, room->raw);
	const char *s = room->raw;
	size_t skip = read_scheme(s, scheme);
	bool slashes = skip && s[skip] == '/' && s[skip + 1] == '/';
	char *out = arena_alloc(a, 3 * n + HOST_MAX + 32), *p = out;
	if (!out)
		return -ENOMEM;
	if (skip && !slashes && is_opaque(scheme)) {
		if (!s[skip] || s[skip] == '#')
			return ERR_MALFORMED;
		p = put_normal(stpcpy(stpcpy(p, scheme), ":"), s + skip, strcspn(s + skip, "#"));
		*ret = out;
		return 0;
	}
	/* "site.example:8080/x" begins like a scheme. */
	p = stpcpy(stpcpy(p, slashes ? scheme : "https"), "://");
	s += slashes ? skip + 2 : s[0] == '/' && s[1] == '/' ? 2 : 0;
	int err = put_hierarchy(&p, slashes ? scheme : "https", s, room);
	if (!err)
		*ret = out;
	return err;
}

int report_canonical_url(struct arena *a, const char *raw, const char **ret)
{
	struct room room;
	if (strnlen(raw, RAW_MAX + 1) > RAW_MAX)
		return ERR_LIMIT;
	int err = canonical_url(a, raw, &room, ret);
	explicit_bzero(&room, sizeof room);
	return err;
}

int report_canonical_host(struct arena *a, const char *canonical, const char **ret)
{
	const char *host = strchr(canonical, ':');
	if (!host || strncmp(host, "://", 3) != 0)
		return ERR_MALFORMED;
	host += 3;
	size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	char *copy = arena_text(a, host, n);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}
