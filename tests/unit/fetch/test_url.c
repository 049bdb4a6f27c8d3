/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static int check(const char *url, bool http)
{
	struct err_note note = { "" };
	int err = fetch_check_url(url, http, &note);
	assert_true((err == 0) == (note.text[0] == 0));
	return err;
}

static void url_https_and_loopback(void **state)
{
	assert_int_equal(check("https://lists.example/a", false), 0);
	assert_int_equal(check("http://127.0.0.1:8080/a", false), 0);
	assert_int_equal(check("http://127.9.9.9/a", false), 0);
	assert_int_equal(check("http://[::1]/a", false), 0);
	assert_int_equal(check("http://localhost/a", false), 0);
	assert_int_equal(check("http://lists.example/a", true), 0);
}

static void url_refusals(void **state)
{
	static const char *const bad[] = {
		"http://lists.example/a", "ftp://lists.example/a", "file:///etc/passwd", "lists.example/a", "/a", "",
		"https://", "https://user@lists.example/", "https://u:p@lists.example/", "https://lists.example/#x",
		"https://lists.example/a b", "https://lists.example/\n", "https://lists.example/\xc3\xa9",
		"http://127.0.0.1.lists.example/", "http://localhost.lists.example/", "http://1270.0.0.1/",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_true(check(bad[i], false) < 0);
}

static void url_limit(void **state)
{
	static char url[FETCH_URL_MAX + 1];
	memset(url, 'a', sizeof url - 1);
	memcpy(url, "https://lists.example/", 22);
	assert_int_equal(check(url, false), ERR_REFUSED);
	url[FETCH_URL_MAX - 1] = 0;
	assert_int_equal(check(url, false), 0);
}

static int content(const char *s, enum fetch_expect expect)
{
	return content_check((const uint8_t *)s, strlen(s), expect, NULL);
}

static void content_tells_lists_from_pages(void **state)
{
	assert_int_equal(content("a.example\n", FETCH_TEXT), 0);
	assert_int_equal(content("# <html>\n", FETCH_TEXT), 0);
	assert_int_equal(content("[Adblock Plus]\n", FETCH_TEXT), 0);
	assert_int_equal(content("\xef\xbb\xbf! x\n", FETCH_TEXT), 0);
	assert_int_equal(content("<html>", FETCH_TEXT), ERR_FORMAT);
	assert_int_equal(content("\xef\xbb\xbf\r\n  <!DOCTYPE", FETCH_TEXT), ERR_FORMAT);
	assert_int_equal(content("", FETCH_ANY), ERR_FORMAT);
	assert_int_equal(content_check((const uint8_t *)"a\0b", 3, FETCH_TEXT, NULL), ERR_FORMAT);
	assert_int_equal(content("\x1f\x8b\x08", FETCH_GZIP), 0);
	assert_int_equal(content("\x1f\x8b", FETCH_GZIP), ERR_FORMAT);
	assert_int_equal(content("PK\3\4", FETCH_ZIP), 0);
	assert_int_equal(content("<html>", FETCH_ZIP), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(url_https_and_loopback),
		cmocka_unit_test(url_refusals),
		cmocka_unit_test(url_limit),
		cmocka_unit_test(content_tells_lists_from_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
