/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

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

static struct report of(enum report_kind kind)
{
	return (struct report){ .kind = kind };
}

static void report_fields_have_names_of_their_own(void **state)
{
	for (size_t i = 0; i < report_field_count; i++) {
		assert_ptr_equal(report_field(report_fields[i].name), &report_fields[i]);
		assert_non_null(report_fields[i].label);
		assert_true(report_fields[i].kinds);
		bool chosen = report_fields[i].type == FIELD_CHOICE || report_fields[i].type == FIELD_CHOICES;
		assert_int_equal(chosen, report_fields[i].choice_n > 0);
	}
}

static void report_set_trims_and_unsays(void **state)
{
	struct report r = of(REPORT_OTHER);
	assert_int_equal(report_set(&arena, &r, "words", " \n somebody told me \t"), 0);
	assert_string_equal(report_get(&r, "words"), "somebody told me");
	assert_int_equal(report_set(&arena, &r, "words", "  "), 0);
	assert_null(report_get(&r, "words"));
}

static void report_set_refuses_a_field_of_another_kind(void **state)
{
	struct report r = of(REPORT_ADDRESS);
	assert_int_equal(report_set(&arena, &r, "carrier", "x"), -ENOENT);
	assert_int_equal(report_set(&arena, &r, "nothing", "x"), -ENOENT);
}

static void report_set_checks_each_type(void **state)
{
	struct report r = of(REPORT_TRAVEL);
	assert_int_equal(report_set(&arena, &r, "danger_now", "perhaps"), ERR_MALFORMED);
	assert_int_equal(report_set(&arena, &r, "date_from", "2026-02-30"), ERR_MALFORMED);
	assert_int_equal(report_set(&arena, &r, "date_from", "2026-02-28"), 0);
	assert_int_equal(report_set(&arena, &r, "place", "two\nlines"), ERR_MALFORMED);
	assert_int_equal(report_set(&arena, &r, "place", "bad \xff"), ERR_MALFORMED);
	assert_int_equal(report_set(&arena, &r, "place", "bell \a"), ERR_MALFORMED);
	assert_int_equal(report_set(&arena, &r, "territory", "MA-CAS"), 0);
	assert_int_equal(report_set(&arena, &r, "territory", "MA CAS"), ERR_MALFORMED);
	assert_int_equal(report_set(&arena, &r, "excluded_units", "MA-06\nMA-CAS"), 0);
	assert_int_equal(report_set(&arena, &r, "excluded_units", "MA-06\n\nx y"), ERR_MALFORMED);
	struct report a = of(REPORT_ADDRESS);
	assert_int_equal(report_set(&arena, &a, "url", "no address"), ERR_MALFORMED);
	assert_int_equal(report_set(&arena, &a, "url", "hxxp://page[.]example/x"), 0);
	assert_string_equal(report_get(&a, "url"), "hxxp://page[.]example/x");
}

static void report_set_keeps_what_was_there_on_error(void **state)
{
	struct report r = of(REPORT_OTHER);
	assert_int_equal(report_set(&arena, &r, "danger_now", "no"), 0);
	assert_int_equal(report_set(&arena, &r, "danger_now", "perhaps"), ERR_MALFORMED);
	assert_string_equal(report_get(&r, "danger_now"), "no");
}

static void report_set_limits_length(void **state)
{
	struct report r = of(REPORT_OTHER);
	static char long_line[302];
	memset(long_line, 'a', 301);
	assert_int_equal(report_set(&arena, &r, "place", long_line), ERR_LIMIT);
	long_line[300] = 0;
	assert_int_equal(report_set(&arena, &r, "place", long_line), 0);
}

static void report_choices_come_out_in_table_order_once(void **state)
{
	struct report r = of(REPORT_SOLICITATION);
	assert_int_equal(report_set(&arena, &r, "threat", "money\nimages\nmoney"), 0);
	assert_string_equal(report_get(&r, "threat"), "images\nmoney");
	assert_true(report_has(&r, "threat", "money"));
	assert_false(report_has(&r, "threat", "mone"));
	assert_int_equal(report_set(&arena, &r, "threat", "money\nbread"), ERR_MALFORMED);
}

static void report_json_comes_back(void **state)
{
	struct report r = of(REPORT_SOLICITATION), back;
	r.by = REPORT_BY_CARER;
	assert_int_equal(report_set(&arena, &r, "words", "a \"quoted\"\nline, سطر"), 0);
	assert_int_equal(report_set(&arena, &r, "threat", "money\nimages"), 0);
	assert_int_equal(report_set(&arena, &r, "excluded_units", "MA-06"), 0);
	struct bytes json, again;
	assert_int_equal(report_write(&arena, &r, &json), 0);
	const char *want = "{\"schema\":1,\"kind\":\"solicitation\",\"by\":\"carer\",\"fields\":{\"threat\":[\"images\",\"money\"],"
			   "\"words\":\"a \\\"quoted\\\"\\nline, سطر\",\"excluded_units\":[\"MA-06\"]}}";
	assert_int_equal(json.n, strlen(want));
	assert_memory_equal(json.p, want, json.n);
	assert_int_equal(report_read(&arena, json, &back, NULL), 0);
	assert_int_equal(back.by, REPORT_BY_CARER);
	assert_int_equal(report_write(&arena, &back, &again), 0);
	assert_true(bytes_equal(json, again));
}

static void report_read_refuses(void **state)
{
	static const struct { const char *json, *says; } bad[] = {
		{ "", "not a JSON object" },
		{ "[]", "not a JSON object" },
		{ "{\"schema\":2,\"kind\":\"other\",\"by\":\"adult\",\"fields\":{}}", "schema" },
		{ "{\"schema\":1,\"kind\":\"others\",\"by\":\"adult\",\"fields\":{}}", "kind" },
		{ "{\"schema\":1,\"kind\":\"other\",\"by\":\"robot\",\"fields\":{}}", "by" },
		{ "{\"schema\":1,\"kind\":\"other\",\"by\":\"adult\"}", "fields" },
		{ "{\"schema\":1,\"kind\":\"other\",\"by\":\"adult\",\"fields\":{},\"more\":1}", "more" },
		{ "{\"schema\":1,\"kind\":\"other\",\"by\":\"adult\",\"fields\":{\"carrier\":\"x\"}}", "carrier" },
		{ "{\"schema\":1,\"kind\":\"other\",\"by\":\"adult\",\"fields\":{\"words\":[\"x\"]}}", "words" },
		{ "{\"schema\":1,\"kind\":\"other\",\"by\":\"adult\",\"fields\":{\"concern\":\"abuse\"}}", "concern" },
		{ "{\"schema\":1,\"kind\":\"other\",\"by\":\"adult\",\"fields\":{\"concern\":[\"abuse\\nother\"]}}", "concern" },
		{ "{\"schema\":1,\"schema\":1,\"kind\":\"other\",\"by\":\"adult\",\"fields\":{}}", "JSON" },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err_note note = { "" };
		struct report r;
		assert_int_equal(report_read(&arena, bytes_str(bad[i].json), &r, &note), ERR_MALFORMED);
		if (!strstr(note.text, bad[i].says))
			fail_msg("%s: %s", bad[i].json, note.text);
	}
}

static void report_priority_follows_the_table(void **state)
{
	static const struct { enum report_kind kind; const char *field, *value; enum priority p; } cases[] = {
		{ REPORT_ADDRESS, NULL, NULL, PRIORITY_P2 },
		{ REPORT_ADDRESS, "shows", "misleading_domain", PRIORITY_P3 },
		{ REPORT_ADDRESS, "shows", "misleading_domain\nabuse", PRIORITY_P2 },
		{ REPORT_ADDRESS, "shows", "live", PRIORITY_P0 },
		{ REPORT_ADDRESS, "child_known", "yes", PRIORITY_P1 },
		{ REPORT_ADDRESS, "child_known", "no", PRIORITY_P2 },
		{ REPORT_SOLICITATION, NULL, NULL, PRIORITY_P1 },
		{ REPORT_SOLICITATION, "meeting_planned", "soon", PRIORITY_P0 },
		{ REPORT_SOLICITATION, "meeting_planned", "later", PRIORITY_P1 },
		{ REPORT_SOLICITATION, "threat", "money\nviolence", PRIORITY_P0 },
		{ REPORT_TRAVEL, NULL, NULL, PRIORITY_P1 },
		{ REPORT_TRAVEL, "departure", "today", PRIORITY_P0 },
		{ REPORT_OTHER, NULL, NULL, PRIORITY_P3 },
		{ REPORT_OTHER, "concern", "bullying", PRIORITY_P3 },
		{ REPORT_OTHER, "concern", "trafficking\nbullying", PRIORITY_P1 },
		{ REPORT_OTHER, "danger_now", "yes", PRIORITY_P0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct report r = of(cases[i].kind);
		if (cases[i].field)
			assert_int_equal(report_set(&arena, &r, cases[i].field, cases[i].value), 0);
		if (report_priority(&r) != cases[i].p)
			fail_msg("case %zu: P%d", i, report_priority(&r));
	}
}

static void report_priority_of_a_child_is_p1_at_least(void **state)
{
	struct report r = of(REPORT_OTHER);
	r.by = REPORT_BY_CHILD;
	assert_int_equal(report_priority(&r), PRIORITY_P1);
	assert_int_equal(priority_seconds(PRIORITY_P0), 900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report_fields_have_names_of_their_own),
		cmocka_unit_test(report_set_trims_and_unsays),
		cmocka_unit_test(report_set_refuses_a_field_of_another_kind),
		cmocka_unit_test(report_set_checks_each_type),
		cmocka_unit_test(report_set_keeps_what_was_there_on_error),
		cmocka_unit_test(report_set_limits_length),
		cmocka_unit_test(report_choices_come_out_in_table_order_once),
		cmocka_unit_test(report_json_comes_back),
		cmocka_unit_test(report_read_refuses),
		cmocka_unit_test(report_priority_follows_the_table),
		cmocka_unit_test(report_priority_of_a_child_is_p1_at_least),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
