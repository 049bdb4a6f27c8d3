/* SPDX-License-Identifier: Apache-2.0 */
#include "web/route.h"

#include "web/form.h"

#include <errno.h>
#include <strings.h>

int web_target_split(struct arena *a, const char *target, const char **ret_path, const char **ret_query)
{
	const char *s = target;
	for (const char *c = s; *c; c++)
		if (*c <= 0x20 || *c >= 0x7f)
			return ERR_MALFORMED;
	if (strncasecmp(s, "http://", 7) == 0 || strncasecmp(s, "https://", 8) == 0) {
		s = strchr(strchr(s, ':') + 3, '/');
		if (!s)
			s = "/";
	}
	if (*s != '/')
		return ERR_MALFORMED;
	size_t n = strcspn(s, "?#");
	if (s[n] == '#')
		return ERR_MALFORMED;
	*ret_query = s[n] ? s + n + 1 : s + n;
	*ret_path = arena_text(a, s, n);
	return *ret_path ? 0 : -ENOMEM;
}

int web_path_clean(struct arena *a, const char *raw, const char **ret)
{
	size_t n = strlen(raw);
	char *path = arena_alloc(a, n + 1);
	if (!path)
		return -ENOMEM;
	if (n > ROUTE_PATH)
		return ERR_LIMIT;
	if (strcasestr(raw, "%2f"))
		return ERR_MALFORMED;
	long len = web_percent_decode(raw, n, false, path);
	if (len < 1 || path[0] != '/' || !web_utf8_good(bytes_of(path, (size_t)len)))
		return ERR_MALFORMED;
	path[len] = 0;
	for (const char *c = path; *c; c++)
		if ((uint8_t)*c < 0x20 || *c == 0x7f)
			return ERR_MALFORMED;
	for (const char *s = path; s; s = strchr(s + 1, '/')) {
		size_t segment = strcspn(s + 1, "/");
		if ((segment == 1 && s[1] == '.') || (segment == 2 && s[1] == '.' && s[2] == '.'))
			return ERR_MALFORMED;
		if (segment == 0 && s[1])
			return ERR_NAME;
	}
	*ret = path;
	return 0;
}

bool web_path_lang(const char *path, enum lang *ret, const char **ret_rest)
{
	size_t n = strcspn(path + 1, "/");
	if (!lang_parse(path + 1, n, ret))
		return false;
	*ret_rest = path[1 + n] ? path + 1 + n : "/";
	return true;
}

/* One route against one path; params are borrowed from it. False: another path. */
static bool fits(struct arena *a, const char *pattern, const char *path, struct web_match *ret)
{
	ret->n = 0;
	for (;;) {
		pattern++;
		path++;
		size_t want = strcspn(pattern, "/"), have = strcspn(path, "/");
		if (pattern[0] == ':' && want > 1) {
			if (have == 0 || ret->n == ROUTE_PARAMS)
				return false;
			ret->name[ret->n] = arena_text(a, pattern + 1, want - 1);
			ret->value[ret->n] = arena_text(a, path, have);
			if (!ret->name[ret->n] || !ret->value[ret->n])
				return false;
			ret->n++;
		} else if (want != have || memcmp(pattern, path, want) != 0) {
			return false;
		}
		pattern += want;
		path += have;
		if (!*pattern || !*path)
			return *pattern == *path;
	}
}

/* "GET, HEAD, POST" without saying one twice. */
static int add_allow(struct arena *a, const char *method, const char **allow)
{
	const char *add = strcmp(method, "GET") == 0 ? "GET, HEAD" : method;
	if (*allow && strstr(*allow, add))
		return 0;
	*allow = *allow ? arena_printf(a, "%s, %s", *allow, add) : add;
	return *allow ? 0 : -ENOMEM;
}

int web_route_find(struct arena *a, const struct web_route *route, size_t n, const char *method,
	const char *path, bool lang, struct web_match *ret)
{
	struct web_match best = { .n = ROUTE_PARAMS + 1 };
	const char *want = strcmp(method, "HEAD") == 0 ? "GET" : method, *allow = NULL;
	for (size_t i = 0; i < n; i++) {
		struct web_match m;
		if (!(route[i].flags & WEB_LANG) == lang || !fits(a, route[i].path, path, &m))
			continue;
		int err = add_allow(a, route[i].method, &allow);
		if (err)
			return err;
		if (strcmp(route[i].method, want) == 0 && m.n < best.n) {
			best = m;
			best.route = &route[i];
		}
	}
	best.allow = allow;
	if (!best.route)
		best.n = 0;
	*ret = best;
	return 0;
}
