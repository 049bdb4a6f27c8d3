/* SPDX-License-Identifier: Apache-2.0 */
#include "example_pages.h"
#include "unit/web/web_example.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static struct arena arena;
static struct html_out out;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 0);
	html_init(&out, LANG_EN, &arena);
	out.base = "/en";
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	html_done(&out);
	arena_done(&arena);
	return 0;
}

/* What was written since the last call. */
static const char *written(void)
{
	assert_false(out.failed);
	const char *s = arena_text(&arena, out.p, out.n);
	assert_non_null(s);
	out.n = 0;
	return s;
}

static void html_example_page_is_written(void **state)
{
	(void)state;
	const char *url[] = { "javascript:alert(1)", "/good" };
	struct example e = { .title = "<b>&", .day = "a \"day\"", .phone = "+212 5", .url = url, .n = 2, .days = 4, .count = 1234 };
	example_page(&out, &e);
	const char *s = written();
	assert_non_null(strstr(s, "<title>&lt;b&gt;&amp;</title>"));
	assert_non_null(strstr(s, "Received on a &quot;day&quot;. 4 days</p>"));
	assert_non_null(strstr(s, "<a href=\"/en/privacy\">what we keep</a>"));
	assert_non_null(strstr(s, "action=\"/en/report/%3Cb%3E%26\""));
	assert_non_null(strstr(s, "<li><a href=\"#\">javascript:alert(1)</a></li><li><a href=\"/good\">"));
	assert_non_null(strstr(s, " checked value=\"4\""));
	assert_non_null(strstr(s, "href=\"tel:+2125\""));
	assert_non_null(strstr(s, "<p>late</p><p>1,234</p>"));
}

/* From memory that ends where the text does, so that the sanitizer sees a step further. */
static const char *escaped(const char *s, size_t n)
{
	uint8_t *p = malloc(n);
	assert_non_null(p);
	memcpy(p, s, n);
	html_bytes(&out, bytes_of(p, n));
	free(p);
	return written();
}

static void html_text_escapes_five(void **state)
{
	(void)state;
	html_text(&out, "<a href=\"x\">&'");
	assert_string_equal(written(), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
	html_text(&out, NULL);
	html_text(&out, "");
	html_bytes(&out, (struct bytes){ NULL, 0 });
	assert_int_equal(out.n, 0);
}

static void html_text_drops_controls(void **state)
{
	(void)state;
	assert_string_equal(escaped("a\0b\1c\x1f\x7f\r\n\t", 10), "abc\n\t");
}

static void html_text_mends_utf8(void **state)
{
	(void)state;
	assert_string_equal(escaped("é\xe2\x82\xac\xf0\x9f\x8c\xbf", 9), "é€🌿");
	assert_string_equal(escaped("\xff<", 2), "\xef\xbf\xbd&lt;");
	/* overlong, surrogate, too large, cut: none of their bytes hides a quote */
	assert_string_equal(escaped("\xc0\xbc", 2), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(escaped("\xe0\x80\xbc", 3), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(escaped("\xed\xa0\x80", 3), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(escaped("\xf4\x90\x80\x80", 4), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(escaped("\xe2\x82\"", 3), "\xef\xbf\xbd\xef\xbf\xbd&quot;");
	assert_string_equal(escaped("a\xe2", 2), "a\xef\xbf\xbd");
}

static const char *url(const char *s)
{
	html_url(&out, s);
	return written();
}

static void html_url_lets_known_addresses_pass(void **state)
{
	(void)state;
	static const char *const good[][2] = { { "/a?b=1&c=2", "/a?b=1&amp;c=2" }, { "~/report", "/en/report" }, { "#top", "#top" },
		{ "?page=2", "?page=2" }, { "https://a.example/", "https://a.example/" }, { "HTTP://a.example", "HTTP://a.example" },
		{ "tel:19", "tel:19" }, { "sms:177", "sms:177" }, { "mailto:a@b.example", "mailto:a@b.example" }, { "/", "/" },
		{ "~/", "/en/" }, { "/a b\"", "/a%20b&quot;" }, { "/é", "/é" } };
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_string_equal(url(good[i][0]), good[i][1]);
}

static void html_url_stops_others(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "javascript:alert(1)", "JaVaScRiPt:x", " javascript:x", "\tjavascript:x",
		"java\nscript:x", "data:text/html,x", "vbscript:x", "//host", "/\\host", "\\\\host", "~//host", "/\t/host", "/a\n",
		"https:/host", "https:host", "javascript&colon;x", "&#106;avascript:x", "report", "./x", "../x", "file:///x",
		"blob:x", "\1https://a.example", " /x", "\x7f/", "~", "~x", "https", "\xc2\xa0/x" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_string_equal(url(bad[i]), "#");
	assert_string_equal(url(NULL), "#");
}

static void html_part_encodes_all_but_unreserved(void **state)
{
	(void)state;
	html_part(&out, "aZ09-._~ /?#&=%\"<é\\");
	assert_string_equal(written(), "aZ09-._~%20%2F%3F%23%26%3D%25%22%3C%C3%A9%5C");
	html_part(&out, NULL);
	html_put_part(&out, -5);
	assert_string_equal(written(), "-5");
	html_phone(&out, "+212 (0) 5-37 *1# <x>");
	assert_string_equal(written(), "+2120537*1%23");
}

static void html_put_chooses_by_type(void **state)
{
	(void)state;
	html_put(&out, "<");
	html_put(&out, (size_t)7);
	html_put(&out, INT64_MIN);
	html_put(&out, bytes_str(">"));
	html_put(&out, HTML_CONST("<br>"));
	assert_string_equal(written(), "&lt;7-9223372036854775808&gt;<br>");
}

static void html_page_past_the_limit_fails_quietly(void **state)
{
	(void)state;
	static char block[1 << 20];
	memset(block, 'x', sizeof block);
	for (int i = 0; i < 8; i++)
		html_literal(&out, block, sizeof block);
	assert_false(out.failed);
	assert_int_equal(out.n, HTML_MAX);
	html_text(&out, "y");
	assert_true(out.failed);
	html_text(&out, "<y>");
	assert_int_equal(out.n, HTML_MAX);
	out.failed = false;
	html_literal(&out, block, SIZE_MAX);
	assert_true(out.failed);
}

static void html_example_page_has_its_other_branches(void **state)
{
	(void)state;
	struct example e = { .title = "x", .days = 1 };
	example_page(&out, &e);
	const char *s = written();
	assert_non_null(strstr(s, "<p>soon</p>"));
	assert_null(strstr(s, "checked"));
	assert_non_null(strstr(s, "<ul></ul>"));
	e.days = 0;
	example_page(&out, &e);
	assert_non_null(strstr(written(), "<p>now</p>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(html_text_escapes_five, set_up, tear_down),
		cmocka_unit_test_setup_teardown(html_text_drops_controls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(html_text_mends_utf8, set_up, tear_down),
		cmocka_unit_test_setup_teardown(html_url_lets_known_addresses_pass, set_up, tear_down),
		cmocka_unit_test_setup_teardown(html_url_stops_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(html_part_encodes_all_but_unreserved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(html_put_chooses_by_type, set_up, tear_down),
		cmocka_unit_test_setup_teardown(html_page_past_the_limit_fails_quietly, set_up, tear_down),
		cmocka_unit_test_setup_teardown(html_example_page_has_its_other_branches, set_up, tear_down),
		cmocka_unit_test_setup_teardown(html_example_page_is_written, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
