/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/meta.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct seen {
	unsigned n;
	struct meta_list last;
};

static void take(void *ctx, const struct meta_list *l)
{
	struct seen *s = ctx;
	s->n++;
	s->last = *l;
}

static struct seen read_lists(const char *json)
{
	struct seen s = { 0 };
	unsigned n = meta_lists(bytes_str(json), take, &s);
	assert_int_equal(n, s.n);
	return s;
}

static void lists_are_found_among_other_things(void **state)
{
	struct seen s =
		read_lists("{ \"made\": [1, -2.5e3, true, null, {\"lists\": \"no\"}, \"]}\"],\n"
			   "\"lists\" : [ {}, {\"category\": \"adult\", \"names\": {\"a\": [1]}, "
			   "\"name\": \"one\\\"two\\n\","
			   " \"licence\": null, \"date\": \"2026-11-01\"} ], \"more\": 1}");
	assert_int_equal(s.n, 2);
	assert_string_equal(s.last.category, "adult");
	assert_string_equal(s.last.name, "one\"two ");
	assert_string_equal(s.last.licence, "");
	assert_string_equal(s.last.date, "2026-11-01");
}

static void what_is_no_metadata_gives_nothing(void **state)
{
	static const char *const none[] = { "", "{", "[]", "{}", "{\"lists\"",
		"{\"lists\":", "{\"lists\":[", "{\"lists\":{}}", "{\"lists\":[1]}",
		"{\"lists\":[{\"a\":", "{\"lists\":[{\"a\":}]}", "{\"a\":]",
		"{\"a\":1 \"lists\":[{}]}", "{\"lists\":[{\"category\":\"x",
		"{\"lists\":[{\"category\":\"\\" };
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		assert_int_equal(read_lists(none[i]).n, 0);
}

static void deep_nesting_is_refused(void **state)
{
	char json[256] = "{\"a\":";
	memset(json + 5, '[', 100);
	memset(json + 105, ']', 100);
	memcpy(json + 205, ",\"lists\":[{}]}", 15);
	assert_int_equal(read_lists(json).n, 0);
}

static void long_texts_are_cut_at_a_character(void **state)
{
	char json[1024];
	size_t at = (size_t)snprintf(json, sizeof json, "{\"lists\":[{\"origin\":\"");
	for (int i = 0; i < 200; i++, at += 2)
		memcpy(json + at, "é", 2);
	memcpy(json + at, "\"}]}", 5);
	struct seen s = read_lists(json);
	assert_int_equal(s.n, 1);
	assert_true(strlen(s.last.origin) < META_TEXT);
	assert_int_equal(strlen(s.last.origin) % 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_found_among_other_things),
		cmocka_unit_test(what_is_no_metadata_gives_nothing),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(long_texts_are_cut_at_a_character),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
