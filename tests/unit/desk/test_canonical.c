/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct arena arena;

static int begin(void **state)
{
	arena_init(&arena, 0);
	return 0;
}

static int end(void **state)
{
	arena_done(&arena);
	return 0;
}

struct pair { const char *raw, *want; };

static void same(const struct pair *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *have = NULL, *again = NULL;
		int err = report_canonical_url(&arena, p[i].raw, &have);
		if (err || strcmp(have, p[i].want) != 0)
			fail_msg("%s: %d %s", p[i].raw, err, have ? have : "");
		assert_int_equal(report_canonical_url(&arena, have, &again), 0);
		assert_string_equal(again, have);
	}
}

static void url_is_normal_as_rfc_3986_says(void **state)
{
	static const struct pair p[] = {
		{ "HTTP://Page.Example", "http://page.example/" },
		{ "https://page.example:443/a/./b/../c#part", "https://page.example/a/c" },
		{ "https://page.example:8443/", "https://page.example:8443/" },
		{ "https://page.example:/x", "https://page.example/x" },
		{ "https://somebody:secret@page.example/x", "https://page.example/x" },
		{ "https://page.example./x?b=2&a=1", "https://page.example/x?b=2&a=1" },
		{ "https://page.example/%7euser/%c3%a9/%2fx", "https://page.example/~user/%C3%A9/%2Fx" },
		{ "https://page.example/é", "https://page.example/%C3%A9" },
		{ "https://page.example/%zz", "https://page.example/%25zz" },
		{ "https://page.example?x", "https://page.example/?x" },
		{ "https://page.example/x?", "https://page.example/x" },
		{ "https://page.example/../../x", "https://page.example/x" },
		{ "https://page.example/a/..", "https://page.example/" },
		{ "https://www.Bücher.example/x", "https://www.xn--bcher-kva.example/x" },
		{ "http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x" },
		{ "http://192.0.2.1/x", "http://192.0.2.1/x" },
		{ "MAGNET:?xt=urn:btih:AB", "magnet:?xt=urn:btih:AB" },
		{ "tg://resolve.example/x", "tg://resolve.example/x" },
	};
	same(p, ARRAY_LEN(p));
}

static void url_understands_what_was_defused(void **state)
{
	static const struct pair p[] = {
		{ "hxxps://page[.]example/x", "https://page.example/x" },
		{ "hXXp://page(dot)example", "http://page.example/" },
		{ "page . example / a b", "https://page.example/ab" },
		{ "hxxp[:]//page[.]sub{.}example", "http://page.sub.example/" },
		{ "hxxps[://]page.example", "https://page.example/" },
		{ "page.example:8080/x", "https://page.example:8080/x" },
		{ "//page.example/x", "https://page.example/x" },
		{ "https:\n//page.example", "https://page.example/" },
		{ "<https://page.example/(.)(%2E)>", "https://page.example/.%28.%29" },
		{ "https://page.example/((.))", "https://page.example/" },
	};
	same(p, ARRAY_LEN(p));
}

static void url_refuses_what_is_none(void **state)
{
	static const char *const bad[] = { "", " ", "somebody", "https://", "https:///x", "https://a b", "https://page..example",
		"https://page.example:99999/", "https://page.example:8o/", "javascript:alert(1)", "data:text/html,x",
		"https://pa%00ge.example/", "https://pa%2fge.example/", "magnet:", "http://[::", "http://[zz::1]/" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *ret = NULL;
		if (report_canonical_url(&arena, bad[i], &ret) != ERR_MALFORMED)
			fail_msg("%s: taken", bad[i]);
		assert_null(ret);
	}
}

static void url_has_a_limit(void **state)
{
	static char raw[5000];
	memset(raw, 'a', sizeof raw - 1);
	const char *ret;
	assert_int_equal(report_canonical_url(&arena, raw, &ret), ERR_LIMIT);
}

static void url_gives_its_host(void **state)
{
	const char *host;
	assert_int_equal(report_canonical_host(&arena, "https://page.example:8443/x", &host), 0);
	assert_string_equal(host, "page.example");
	assert_int_equal(report_canonical_host(&arena, "http://[2001:db8::1]/x", &host), 0);
	assert_string_equal(host, "[2001:db8::1]");
	assert_int_equal(report_canonical_host(&arena, "magnet:?xt=a", &host), ERR_MALFORMED);
}

static void account_is_one_however_written(void **state)
{
	static const struct { const char *platform, *raw, *want; } c[] = {
		{ "Insta", "@Some.Name", "instagram/some.name" },
		{ "www.instagram.com", "some.name ", "instagram/some.name" },
		{ NULL, "https://www.instagram.com/Some.Name/?x=1", "instagram/some.name" },
		{ "ignored", "tiktok.com/@Name", "tiktok/name" },
		{ "Whats App", "+212 6-00 00 00 00", "whatsapp/+212600000000" },
		{ "واتساب", "00212 600 000 000", "whatsapp/+212600000000" },
		{ "", "Name", "/name" },
		{ "Game Of Test", "Some Name#12", "game of test/somename#12" },
		{ "fb", "https://facebook.com/profile.php?id=12", "facebook/profile.php?id=12" },
	};
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		const char *have = "";
		int err = report_canonical_account(&arena, c[i].platform, c[i].raw, &have);
		if (err || strcmp(have, c[i].want) != 0)
			fail_msg("%s: %d %s", c[i].raw, err, have);
	}
	const char *ret = NULL;
	assert_int_equal(report_canonical_account(&arena, "x", " @ ", &ret), ERR_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(url_is_normal_as_rfc_3986_says),
		cmocka_unit_test(url_understands_what_was_defused),
		cmocka_unit_test(url_refuses_what_is_none),
		cmocka_unit_test(url_has_a_limit),
		cmocka_unit_test(url_gives_its_host),
		cmocka_unit_test(account_is_one_however_written),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
