/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const char good[] = "hisn-fetch 1\nurl https://lists.example/a\netag \"x\"\n"
			   "modified Mon, 23 Nov 2026 10:00:00 GMT\nchecked 12\nfetched 11\nsize 10\n";

static int parse(const char *s, struct fetch_state *ret)
{
	return fetch_state_parse(bytes_str(s), ret);
}

static void state_reads_all_fields(void **state)
{
	struct fetch_state s;
	assert_int_equal(parse(good, &s), 0);
	assert_string_equal(s.url, "https://lists.example/a");
	assert_string_equal(s.etag, "\"x\"");
	assert_string_equal(s.modified, "Mon, 23 Nov 2026 10:00:00 GMT");
	assert_int_equal(s.checked, 12);
	assert_int_equal(s.fetched, 11);
	assert_int_equal(s.size, 10);
}

static void state_writes_what_it_reads(void **state)
{
	struct fetch_state s, again;
	char text[FETCH_STATE_MAX];
	assert_int_equal(parse(good, &s), 0);
	size_t n = fetch_state_format(&s, text, sizeof text);
	assert_int_equal(n, sizeof good - 1);
	assert_string_equal(text, good);
	assert_int_equal(fetch_state_parse(bytes_of(text, n), &again), 0);
	assert_memory_equal(&s, &again, sizeof s);
}

static void state_leaves_out_what_is_not_there(void **state)
{
	struct fetch_state s = { .url = "https://lists.example/" };
	char text[FETCH_STATE_MAX];
	fetch_state_format(&s, text, sizeof text);
	assert_null(strstr(text, "etag"));
	assert_null(strstr(text, "modified"));
	assert_int_equal(parse(text, &s), 0);
}

static void state_skips_keys_of_the_future(void **state)
{
	struct fetch_state s;
	assert_int_equal(parse("hisn-fetch 1\nurl https://a.example/\ncolour green\n", &s), 0);
}

static void state_refuses_what_is_damaged(void **state)
{
	static const char *const bad[] = {
		"", "hisn-fetch 1", "hisn-fetch 2\nurl https://a.example/\n", "hisn-fetch 1\n",
		"hisn-fetch 1\nurl https://a.example/",          /* cut */
		"hisn-fetch 1\nurl\n",                           /* no value */
		"hisn-fetch 1\nurl https://a.example/\nsize -1\n",
		"hisn-fetch 1\nurl https://a.example/\nsize 1234567890123456789\n",
		"hisn-fetch 1\nurl https://a.example/\nsize \n",
		"hisn-fetch 1\nurl https://a.example/\netag x\n",
		"hisn-fetch 1\nurl https://a.example/\netag \"a\r\nCookie: b\"\n",
		"hisn-fetch 1\nurl https://a.example/\x01\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fetch_state s = { .size = 77 };
		assert_true(parse(bad[i], &s) < 0);
		assert_int_equal(s.size, 77); /* untouched */
	}
}

static void state_refuses_long_values(void **state)
{
	static char text[FETCH_STATE_MAX + 2];
	struct fetch_state s;
	int n = snprintf(text, sizeof text, "hisn-fetch 1\nurl %0*d\n", FETCH_URL_MAX - 1, 0);
	assert_int_equal(fetch_state_parse(bytes_of(text, (size_t)n), &s), 0);
	n = snprintf(text, sizeof text, "hisn-fetch 1\nurl %0*d\n", FETCH_URL_MAX, 0);
	assert_int_equal(fetch_state_parse(bytes_of(text, (size_t)n), &s), ERR_LIMIT);
	assert_int_equal(fetch_state_parse(bytes_of(text, sizeof text), &s), ERR_LIMIT);
}

static void etags_strong_weak_and_wrong(void **state)
{
	assert_true(fetch_etag_strong("\"a\""));
	assert_true(fetch_etag_valid("W/\"a\""));
	assert_false(fetch_etag_strong("W/\"a\""));
	static const char *const bad[] = { "", "\"", "a", "W/", "W/\"", "\"a", "\"a\"b\"", "\"a b\"", "w/\"a\"", "\"\n\"" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(fetch_etag_valid(bad[i]));
	assert_true(fetch_etag_valid("\"\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_reads_all_fields),
		cmocka_unit_test(state_writes_what_it_reads),
		cmocka_unit_test(state_leaves_out_what_is_not_there),
		cmocka_unit_test(state_skips_keys_of_the_future),
		cmocka_unit_test(state_refuses_what_is_damaged),
		cmocka_unit_test(state_refuses_long_values),
		cmocka_unit_test(etags_strong_weak_and_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
