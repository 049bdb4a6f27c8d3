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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(html_example_page_is_written, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
