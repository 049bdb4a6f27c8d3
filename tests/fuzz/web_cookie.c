/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a request's head: target, cookies, Accept-Language, X-Forwarded-For. First byte: which. */
#include "fuzz.h"

#include "web/cookie.h"
#include "web/limit.h"
#include "web/route.h"

static void handler(struct web_request *r)
{
}

static const struct web_route routes[] = {
	{ "GET", "/", handler, WEB_LANG },
	{ "GET", "/r/:kind", handler, WEB_LANG },
	{ "GET", "/r/a", handler, WEB_LANG },
	{ "GET", "/:a/:b/c", handler, WEB_LANG },
	{ "POST", "/r/:kind", handler, WEB_LANG },
};

static void a_target(struct arena *a, const char *s)
{
	const char *raw, *query, *path, *rest;
	struct web_match m;
	enum lang l;
	if (web_target_split(a, s, &raw, &query) != 0 || web_path_clean(a, raw, &path) != 0)
		return;
	check(path[0] == '/' && strlen(path) <= ROUTE_PATH && web_utf8_good(bytes_str(path)));
	check(!strstr(path, "//") && !strstr(path, "/../") && !strstr(path, "/./"));
	size_t n = strlen(path);
	check(n < 3 || strcmp(path + n - 3, "/..") != 0);
	for (const char *c = path; *c; c++)
		check((uint8_t)*c >= 0x20 && *c != 0x7f);
	if (web_path_lang(path, &l, &rest)) {
		check(l < LANG_COUNT && rest[0] == '/');
		path = rest;
	}
	check(web_route_find(a, routes, ARRAY_LEN(routes), "HEAD", path, true, &m) == 0);
	check(!m.route || m.allow);
	for (unsigned i = 0; i < m.n; i++)
		check(m.value[i][0] && !strchr(m.value[i], '/'));
}

static void a_cookie(struct arena *a, const char *s)
{
	struct web_pairs c;
	check(web_cookies_parse(a, s, &c) == 0 && c.n <= COOKIES);
	for (unsigned i = 0; i < c.n; i++) {
		check(c.p[i].name[0] && !strpbrk(c.p[i].name, " ;=\"\r\n") && !strpbrk(c.p[i].value, " ;,\"\r\n"));
		check(web_pairs_get(&c, c.p[i].name, 0) == c.p[i].value);
		/* What was read can be written, and reads the same. */
		struct web_pairs again;
		const char *set = web_cookie_text(a, c.p[i].name, c.p[i].value, 0, false);
		check(set && web_cookies_parse(a, set, &again) == 0 && again.n >= 1);
		check(strcmp(again.p[0].name, c.p[i].name) == 0 && strcmp(again.p[0].value, c.p[i].value) == 0);
	}
}

static void an_address(const char *s)
{
	static struct web_limit *l;
	struct web_peer p;
	if (!l)
		check(web_limit_new(16, &l) == 0);
	if (web_limit_forwarded(l, s, &p))
		check(p.hash != 0 && web_limit_delay(l, p, 1) <= LIMIT_DELAY_MS);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a;
	if (n == 0 || n > 20000)
		return 0;
	arena_init(&a, 0);
	const char *s = arena_text(&a, (const char *)p + 1, n - 1);
	if (s) {
		switch (p[0] % 4) {
		case 0: a_target(&a, s); break;
		case 1: a_cookie(&a, s); break;
		case 2: check(lang_negotiate(s, LANG_FR) < LANG_COUNT); break;
		default: an_address(s);
		}
	}
	arena_done(&a);
	return 0;
}
