/* SPDX-License-Identifier: Apache-2.0 */
#include "web/cookie.h"

#include <errno.h>

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)s[i] <= 0x20 || (uint8_t)s[i] >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", s[i]))
			return false;
	return n > 0;
}

/* cookie-octet of RFC 6265. */
static bool is_value(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)s[i] <= 0x20 || (uint8_t)s[i] >= 0x7f || strchr("\",;\\", s[i]))
			return false;
	return true;
}

static int add(struct arena *a, const char *s, size_t n, struct web_pairs *ret)
{
	const char *eq = memchr(s, '=', n);
	if (!eq || !is_token(s, (size_t)(eq - s)))
		return 0;
	const char *value = eq + 1;
	size_t len = n - (size_t)(value - s);
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
		value++;
		len -= 2;
	}
	if (!is_value(value, len))
		return 0;
	struct web_pair p = { arena_text(a, s, (size_t)(eq - s)), arena_text(a, value, len) };
	if (!p.name || !p.value)
		return -ENOMEM;
	if (!web_pairs_get(ret, p.name, 0))
		ret->p[ret->n++] = p;
	return 0;
}

int web_cookies_parse(struct arena *a, const char *header, struct web_pairs *ret)
{
	*ret = (struct web_pairs){ .p = arena_array(a, COOKIES, sizeof *ret->p) };
	if (!ret->p)
		return -ENOMEM;
	for (const char *s = header; *s && ret->n < COOKIES;) {
		s += strspn(s, " \t;");
		size_t n = strcspn(s, ";"), len = n;
		while (len && (s[len - 1] == ' ' || s[len - 1] == '\t'))
			len--;
		int err = add(a, s, len, ret);
		if (err)
			return err;
		s += n;
	}
	return 0;
}

const char *web_cookie_name(struct arena *a, const char *name, bool secure)
{
	return secure ? arena_printf(a, "__Host-%s", name) : name;
}

const char *web_cookie_text(struct arena *a, const char *name, const char *value, int age, bool secure)
{
	if (!is_token(name, strlen(name)) || !is_value(value, strlen(value)))
		return NULL;
	const char *full = web_cookie_name(a, name, secure);
	const char *life = age == 0 ? "" : age < 0 ? "; Max-Age=0" : arena_printf(a, "; Max-Age=%d", age);
	if (!full || !life)
		return NULL;
	return arena_printf(a, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", full, age < 0 ? "" : value, life,
		secure ? "; Secure" : "");
}
