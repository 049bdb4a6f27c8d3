/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/epoch.h"
#include "desk/state.h"
#include "base/clock.h"
#include "fake_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <errno.h>
#include <sodium.h>

static struct fake_keys keys;
static struct desk desk = { .keys = (struct keys *)&keys };
static struct arena arena;

static int begin(void **state)
{
	assert_int_equal(seal_start(), 0);
	fake_keys_init(&keys);
	arena_init(&arena, 0);
	return 0;
}

static int end(void **state)
{
	arena_done(&arena);
	return 0;
}

static struct form_state sample(const char *words)
{
	struct form_state s;
	form_begin(&s, REPORT_OTHER, REPORT_BY_CHILD, FORM_CHILD);
	s.step = 3;
	assert_int_equal(report_set(&arena, &s.report, "words", words), 0);
	return s;
}

static void state_comes_back(void **state)
{
	struct form_state s = sample("what was said"), back;
	const char *field;
	s.receipt = false;
	assert_int_equal(form_seal(&desk, &arena, &s, &field), 0);
	assert_int_equal(form_open(&desk, &arena, field, &back), 0);
	assert_string_equal(report_get(&back.report, "words"), "what was said");
	assert_memory_equal(back.words, s.words, sizeof s.words);
	assert_memory_equal(back.once, s.once, sizeof s.once);
	assert_int_equal(back.path, FORM_CHILD);
	assert_int_equal(back.step, 3);
	assert_false(back.receipt);
	assert_int_equal(back.report.by, REPORT_BY_CHILD);
	assert_int_equal(back.began, s.began);
}

static void state_says_little_by_its_length(void **state)
{
	struct form_state a = sample("a"), b = sample("a little more that was said here");
	const char *x, *y;
	assert_int_equal(form_seal(&desk, &arena, &a, &x), 0);
	assert_int_equal(form_seal(&desk, &arena, &b, &y), 0);
	assert_int_equal(strlen(x), strlen(y));
}

static void state_refuses_each_changed_letter(void **state)
{
	struct form_state s = sample("said"), back;
	const char *field;
	assert_int_equal(form_seal(&desk, &arena, &s, &field), 0);
	for (size_t i = 0; i < strlen(field); i += 7) {
		char *changed = arena_text(&arena, field, strlen(field));
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		int err = form_open(&desk, &arena, changed, &back);
		assert_true(err == ERR_MALFORMED || (i < 8 && err == ERR_TIME));
	}
	assert_int_equal(form_open(&desk, &arena, "", &back), ERR_MALFORMED);
	assert_int_equal(form_open(&desk, &arena, "%%%", &back), ERR_MALFORMED);
}

static void state_of_the_period_before_is_good(void **state)
{
	struct form_state s = sample("said"), back;
	const char *field;
	assert_int_equal(form_seal(&desk, &arena, &s, &field), 0);
	memcpy(keys.form[1], keys.form[0], SEAL_KEY);
	randombytes_buf(keys.form[0], SEAL_KEY);
	/* Remembered keys are behind: the second try asks again. */
	assert_int_equal(form_open(&desk, &arena, field, &back), 0);
	desk_keys_forget();
	assert_int_equal(form_open(&desk, &arena, field, &back), 0);
	memcpy(keys.form[1], keys.form[0], SEAL_KEY);
	desk_keys_forget();
	assert_int_equal(form_open(&desk, &arena, field, &back), ERR_MALFORMED);
}

static void state_that_is_old_says_so(void **state)
{
	struct form_state s = sample("said"), back;
	const char *field;
	s.began = seal_round_time(clock_unix()) - 25 * 3600;
	assert_int_equal(form_seal(&desk, &arena, &s, &field), 0);
	assert_int_equal(form_open(&desk, &arena, field, &back), ERR_TIME);
	s.began = seal_round_time(clock_unix()) - 13 * 3600;
	assert_int_equal(form_seal(&desk, &arena, &s, &field), 0);
	randombytes_buf(keys.form, sizeof keys.form);
	desk_keys_forget();
	assert_int_equal(form_open(&desk, &arena, field, &back), ERR_TIME);
}

static void state_has_a_limit_that_fits_a_field(void **state)
{
	struct form_state s;
	const char *field;
	static char text[10001];
	form_begin(&s, REPORT_SOLICITATION, REPORT_BY_ADULT, FORM_ADULT);
	memset(text, 'x', 10000);
	assert_int_equal(report_set(&arena, &s.report, "messages", text), 0);
	text[6000] = 0;
	assert_int_equal(report_set(&arena, &s.report, "words", text), 0);
	assert_int_equal(form_seal(&desk, &arena, &s, &field), 0);
	assert_true(strlen(field) <= 32 * 1024);
	memset(text, '"', 6000); /* two bytes each in JSON */
	assert_int_equal(report_set(&arena, &s.report, "words", text), 0);
	text[6000] = '"';
	assert_int_equal(report_set(&arena, &s.report, "messages", text), 0);
	assert_int_equal(form_seal(&desk, &arena, &s, &field), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_comes_back),
		cmocka_unit_test(state_says_little_by_its_length),
		cmocka_unit_test(state_refuses_each_changed_letter),
		cmocka_unit_test(state_of_the_period_before_is_good),
		cmocka_unit_test(state_that_is_old_says_so),
		cmocka_unit_test(state_has_a_limit_that_fits_a_field),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
