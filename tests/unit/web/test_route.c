/* SPDX-License-Identifier: Apache-2.0 */
#include "web/cookie.h"
#include "web/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct arena a;

static int set_up(void **state)
{
	arena_init(&a, 0);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&a);
	return 0;
}

static void handler(struct web_request *r)
{
}

static const struct web_route routes[] = {
	{ "GET", "/report/:kind", handler, WEB_LANG },
	{ "POST", "/report/:kind", handler, WEB_LANG },
	{ "GET", "/report/address", handler, WEB_LANG },
	{ "GET", "/:a/:b/:c", handler, WEB_LANG },
	{ "GET", "/", handler, WEB_LANG },
	{ "GET", "/style.css", handler, 0 },
	{ "POST", "/api/x", handler, WEB_JSON },
};

static struct web_match find(const char *method, const char *path, bool lang)
{
	struct web_match m;
	assert_int_equal(web_route_find(&a, routes, ARRAY_LEN(routes), method, path, lang, &m), 0);
	return m;
}

static void route_with_fewest_parameters_wins(void **state)
{
	assert_ptr_equal(find("GET", "/report/address", true).route, &routes[2]);
	struct web_match m = find("GET", "/report/image", true);
	assert_ptr_equal(m.route, &routes[0]);
	assert_int_equal(m.n, 1);
	assert_string_equal(m.name[0], "kind");
	assert_string_equal(m.value[0], "image");
	m = find("HEAD", "/x/y/z", true);
	assert_ptr_equal(m.route, &routes[3]);
	assert_string_equal(m.value[2], "z");
}

static void route_needs_the_whole_path(void **state)
{
	assert_null(find("GET", "/report", true).allow);
	assert_null(find("GET", "/report/", true).allow);
	assert_null(find("GET", "/report/address/", true).allow);
	assert_null(find("GET", "/reporter/x", true).allow);
	assert_null(find("GET", "/w/x/y/z", true).allow);
	assert_ptr_equal(find("GET", "/", true).route, &routes[4]);
}

static void route_with_language_is_apart(void **state)
{
	assert_null(find("GET", "/style.css", true).allow);
	assert_ptr_equal(find("GET", "/style.css", false).route, &routes[5]);
	assert_null(find("GET", "/report/address", false).allow);
}

static void route_says_what_is_allowed(void **state)
{
	struct web_match m = find("PUT", "/report/address", true);
	assert_null(m.route);
	assert_string_equal(m.allow, "GET, HEAD, POST");
	assert_string_equal(find("GET", "/api/x", false).allow, "POST");
}

static void path_is_decoded_once_and_checked(void **state)
{
	static const struct {
		const char *raw;
		int err;
		const char *path;
	} cases[] = {
		{ "/", 0, "/" },
		{ "/a/b", 0, "/a/b" },
		{ "/a/", 0, "/a/" },
		{ "/%C3%A9+%252F", 0, "/é+%2F" },
		{ "/...", 0, "/..." },
		{ "/a/../b", ERR_MALFORMED, NULL },
		{ "/..", ERR_MALFORMED, NULL },
		{ "/.", ERR_MALFORMED, NULL },
		{ "/%2E%2e", ERR_MALFORMED, NULL },
		{ "/a%2fb", ERR_MALFORMED, NULL },
		{ "/a%2Fb", ERR_MALFORMED, NULL },
		{ "/%00", ERR_MALFORMED, NULL },
		{ "/%0a", ERR_MALFORMED, NULL },
		{ "/%7f", ERR_MALFORMED, NULL },
		{ "/%", ERR_MALFORMED, NULL },
		{ "/%1", ERR_MALFORMED, NULL },
		{ "/%ff", ERR_MALFORMED, NULL },
		{ "a", ERR_MALFORMED, NULL },
		{ "", ERR_MALFORMED, NULL },
		{ "//", ERR_NAME, NULL },
		{ "/a//b", ERR_NAME, NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *path;
		assert_int_equal(web_path_clean(&a, cases[i].raw, &path), cases[i].err);
		if (!cases[i].err)
			assert_string_equal(path, cases[i].path);
	}
	char longest[ROUTE_PATH + 2] = "/";
	const char *path;
	memset(longest + 1, 'a', ROUTE_PATH);
	assert_int_equal(web_path_clean(&a, longest, &path), ERR_LIMIT);
	longest[ROUTE_PATH] = 0;
	assert_int_equal(web_path_clean(&a, longest, &path), 0);
}

static void target_is_split(void **state)
{
	const char *path, *query;
	assert_int_equal(web_target_split(&a, "/a?b?c", &path, &query), 0);
	assert_string_equal(path, "/a");
	assert_string_equal(query, "b?c");
	assert_int_equal(web_target_split(&a, "HTTP://h:80/a", &path, &query), 0);
	assert_string_equal(path, "/a");
	assert_string_equal(query, "");
	assert_int_equal(web_target_split(&a, "https://h", &path, &query), 0);
	assert_string_equal(path, "/");
	static const char *const bad[] = { "", "*", "a", "/a b", "/a#b", "/\xc3\xa9", "/\x01", "ftp://h/a", "h:443" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(web_target_split(&a, bad[i], &path, &query), ERR_MALFORMED);
}

static void path_has_a_language(void **state)
{
	enum lang l;
	const char *rest;
	assert_true(web_path_lang("/ar/x/y", &l, &rest));
	assert_int_equal(l, LANG_AR);
	assert_string_equal(rest, "/x/y");
	assert_true(web_path_lang("/en", &l, &rest));
	assert_string_equal(rest, "/");
	assert_false(web_path_lang("/english", &l, &rest));
	assert_false(web_path_lang("/", &l, &rest));
}

static void cookies_are_read(void **state)
{
	struct web_pairs c;
	assert_int_equal(web_cookies_parse(&a, " a=1; b=\"two\" ;; c ; d=x y; =e; f\x01=1; a=3; __Host-g=", &c), 0);
	assert_int_equal(c.n, 3);
	assert_string_equal(web_pairs_get(&c, "a", 0), "1");
	assert_string_equal(web_pairs_get(&c, "b", 0), "two");
	assert_string_equal(web_pairs_get(&c, "__Host-g", 0), "");
	char many[COOKIES * 8 + 64];
	size_t n = 0;
	for (unsigned i = 0; i < COOKIES + 4; i++)
		n += (size_t)snprintf(many + n, sizeof many - n, "c%u=1;", i);
	assert_int_equal(web_cookies_parse(&a, many, &c), 0);
	assert_int_equal(c.n, COOKIES);
}

static void cookies_are_written(void **state)
{
	assert_string_equal(web_cookie_text(&a, "s", "v", 0, false), "s=v; Path=/; HttpOnly; SameSite=Strict");
	assert_string_equal(web_cookie_text(&a, "s", "v", 60, true),
		"__Host-s=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure");
	assert_string_equal(web_cookie_text(&a, "s", "v", -1, false), "s=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
	assert_null(web_cookie_text(&a, "s", "a;b", 0, false));
	assert_null(web_cookie_text(&a, "s=", "a", 0, false));
	assert_null(web_cookie_text(&a, "", "a", 0, false));
	assert_null(web_cookie_text(&a, "s", "a\r\nX: y", 0, false));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(route_with_fewest_parameters_wins),
		TEST(route_needs_the_whole_path),
		TEST(route_with_language_is_apart),
		TEST(route_says_what_is_allowed),
		TEST(path_is_decoded_once_and_checked),
		TEST(target_is_split),
		TEST(path_has_a_language),
		TEST(cookies_are_read),
		TEST(cookies_are_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
