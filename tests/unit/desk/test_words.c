/* SPDX-License-Identifier: Apache-2.0 */
/* Nine words as people type them. */
#include "desk/data.h"

#include <limits.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct desk_data *data;
static struct arena arena;
static uint16_t got[SEAL_WORDS];
static struct words_problem bad;

static int open_words(void **state)
{
	char folder[PATH_MAX];
	struct err_note note = { "" };
	(void)snprintf(folder, sizeof folder, "%s/desk", getenv("HISN_DATA") ? getenv("HISN_DATA") : "data");
	arena_init(&arena, 0);
	int err = desk_data_open(folder, &data, &note);
	if (err)
		print_error("%s\n", err_say(&note, err));
	return err;
}

static int close_words(void **state)
{
	desk_data_free(data);
	arena_done(&arena);
	return 0;
}

static int typed(const char *text, enum lang prefer)
{
	memset(got, 0xee, sizeof got);
	return desk_words_read(data, &arena, text, prefer, got, &bad);
}

static unsigned place_of(enum lang l, const char *word)
{
	for (unsigned i = 0; i < SEAL_WORD_COUNT; i++)
		if (!strcmp(desk_word(data, l, (uint16_t)i), word))
			return i;
	fail_msg("'%s' is not in the list", word);
	return 0;
}

/* Nine words of one list, from `first`, `step` apart. */
static const char *nine(enum lang l, unsigned first, unsigned step, const char *between)
{
	static char text[1024];
	size_t n = 0;
	for (unsigned i = 0; i < SEAL_WORDS; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? between : "",
			desk_word(data, l, (uint16_t)((first + i * step) % SEAL_WORD_COUNT)));
	return text;
}

static void words_of_every_list_are_read(void **state)
{
	for (unsigned l = 0; l < LANG_COUNT; l++)
		for (unsigned first = 0; first < SEAL_WORD_COUNT; first++) {
			assert_int_equal(typed(nine((enum lang)l, first, 227, " "), LANG_FR), 0);
			for (unsigned i = 0; i < SEAL_WORDS; i++)
				assert_int_equal(got[i], (first + i * 227) % SEAL_WORD_COUNT);
		}
}

static void words_may_have_anything_between_them(void **state)
{
	static const char *const between[] = { "-", ", ", "\r\n", "\t", "،", "؛ ", " · ", "\xc2\xa0", " / ", "…", " — ",
		"\n4. ", "\n5) ", "\n٦. ", " 7: ", "۸", ".", "\xe2\x80\xa8" };
	for (size_t i = 0; i < ARRAY_LEN(between); i++)
		for (unsigned l = 0; l < LANG_COUNT; l++) {
			assert_int_equal(typed(nine((enum lang)l, 5, 11, between[i]), LANG_AR), 0);
			assert_int_equal(got[8], 93);
		}
}

static void words_do_without_case_and_accents(void **state)
{
	unsigned elephant = place_of(LANG_FR, "élève");
	assert_int_equal(typed("ELEVE Élève éLÈVE eleve e\xcc\x81le\xcc\x80ve élevé l'élève L’ÉLÈVE ｅｌｅｖｅ", LANG_EN), 0);
	for (unsigned i = 0; i < SEAL_WORDS; i++)
		assert_int_equal(got[i], elephant);
}

static void words_do_without_hamza_tatweel_and_harakat(void **state)
{
	unsigned book = place_of(LANG_AR, "مدرسة");
	assert_int_equal(typed("مدرسة مدرسه مَدْرَسَةٌ مدرســة المدرسة مدرسة\xe2\x80\x8f، ﻣﺪﺭﺳﺔ مدرسة. ١. مدرسة", LANG_FR), 0);
	for (unsigned i = 0; i < SEAL_WORDS; i++)
		assert_int_equal(got[i], book);
	unsigned star = place_of(LANG_AR, "أفق");
	assert_int_equal(typed("أفق افق إفق آفق ٱفق أُفُق الأفق الافق أفـق", LANG_FR), 0);
	for (unsigned i = 0; i < SEAL_WORDS; i++)
		assert_int_equal(got[i], star);
}

static void words_of_other_keyboards_are_the_same(void **state)
{
	unsigned desk = place_of(LANG_AR, "كتاب"), castle = place_of(LANG_AR, "قلعة");
	assert_int_equal(typed("کتاب كتاب ڪتاب ګتاب کتاب كتاب كتاب كتاب كتاب", LANG_AR), ERR_MALFORMED);
	assert_int_equal(bad.place, 2); /* Sindhi letters are no letters of ours */
	assert_int_equal(typed("کتاب كتاب گتاب ڭتاب کتاب كتاب كتاب كتاب قلعہ", LANG_AR), 0);
	assert_int_equal(got[0], desk);
	assert_int_equal(got[3], desk);
	assert_int_equal(got[8], castle);
}

static void words_are_counted(void **state)
{
	assert_int_equal(typed("", LANG_FR), ERR_TRUNCATED);
	assert_int_equal(bad.count, 0);
	assert_int_equal(typed(" 1. 2. 3. ,,, -- ", LANG_FR), ERR_TRUNCATED);
	assert_int_equal(typed("castle", LANG_FR), ERR_TRUNCATED);
	assert_int_equal(bad.count, 1);
	char more[1100];
	(void)snprintf(more, sizeof more, "%s castle", nine(LANG_EN, 1, 3, " "));
	assert_int_equal(typed(more, LANG_FR), ERR_LIMIT);
	assert_int_equal(bad.count, 10);
	assert_null(bad.typed);
}

static void words_come_from_one_list(void **state)
{
	char mixed[1200];
	(void)snprintf(mixed, sizeof mixed, "%s", nine(LANG_EN, 1, 3, " "));
	char *last = strrchr(mixed, ' ');
	(void)snprintf(last, sizeof mixed - (size_t)(last - mixed), " %s", "grenouille");
	assert_int_equal(typed(mixed, LANG_FR), ERR_MALFORMED);
	assert_int_equal(bad.place, 8);
	assert_string_equal(bad.typed, "grenouille");
	assert_int_equal(got[0], 0xeeee);
}

static void words_unknown_have_close_ones(void **state)
{
	assert_int_equal(typed("castle castle castel castle castle castle castle castle castle", LANG_FR), ERR_MALFORMED);
	assert_int_equal(bad.place, 2);
	assert_string_equal(bad.typed, "castel");
	assert_string_equal(bad.close[0], "castle");
	assert_int_equal(typed("qqqqqqqq castle castle castle castle castle castle castle castle", LANG_FR), ERR_MALFORMED);
	assert_int_equal(bad.place, 0);
	assert_null(bad.close[0]);
	assert_int_equal(typed("مدرصة مدرسة مدرسة مدرسة مدرسة مدرسة مدرسة مدرسة مدرسة", LANG_FR), ERR_MALFORMED);
	assert_string_equal(bad.close[0], "مدرسة");
}

static void words_survive_hostile_bytes(void **state)
{
	assert_int_equal(typed("\xff\xfe castle castle castle castle castle castle castle castle", LANG_FR), ERR_MALFORMED);
	assert_string_equal(bad.typed, "\xef\xbf\xbd\xef\xbf\xbd");
	static char large[8192];
	memset(large, 'a', sizeof large - 1);
	assert_int_equal(typed(large, LANG_FR), ERR_LIMIT);
	large[4000] = 0;
	assert_int_equal(typed(large, LANG_FR), ERR_TRUNCATED);
	memcpy(large + 3000, " b c d e f g h i", 17);
	assert_int_equal(typed(large, LANG_FR), ERR_MALFORMED);
	assert_int_equal(strlen(bad.typed), 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_every_list_are_read),
		cmocka_unit_test(words_may_have_anything_between_them),
		cmocka_unit_test(words_do_without_case_and_accents),
		cmocka_unit_test(words_do_without_hamza_tatweel_and_harakat),
		cmocka_unit_test(words_of_other_keyboards_are_the_same),
		cmocka_unit_test(words_are_counted),
		cmocka_unit_test(words_come_from_one_list),
		cmocka_unit_test(words_unknown_have_close_ones),
		cmocka_unit_test(words_survive_hostile_bytes),
	};
	return cmocka_run_group_tests(tests, open_words, close_words);
}
