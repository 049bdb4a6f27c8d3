/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/named.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct { const char *words, *name; } alike[] = {
	{ "Amina El Fassi", "Amina El Fassi" },
	{ "amina", "Amina El Fassi" },
	{ "Mme FASSI", "Amina El Fassi" },
	{ "Mme Elfassi, chef", "Amina El Fassi" },
	{ "le docteur\nBenkirane\nou sa femme", "Youssef Benkirane" },
	{ "Ben Kirane", "Youssef Benkirane" },
	{ "youssef", "Youssef Benkirane" },
	{ "Chraibi", "Omar Chraïbi" },
	{ "CHRAÏBI", "Omar Chraibi" },
	{ "Mr. O'Brien", "Sean O’Brien" },
	{ "أمينة", "امينه الفاسي" },
	{ "الاستاذ الفاسي", "أمينة الفاسي" },
	{ "فاسي", "أمينة الفاسي" },
	{ "مُحَمَّد", "محمد بناني" },
	{ "عبد القادر", "عبدالقادر بناني" },
	{ "هدى", "هدي المريني" },
	/* heard in one script, written in the other */
	{ "محمد", "Mohammed Bennani" },
	{ "محمد", "Mohamed Bennani" },
	{ "السيدة بناني", "Salma Bennani" },
	{ "فاطمة الزهراء", "Fatima Zahra Lahlou" },
	{ "Kader", "عبد القادر بناني" },
	{ "Abdelkader", "عبد القادر بناني" },
	{ "شرايبي", "Omar Chraïbi" },
	{ "الفاسي", "Amina El Fassi" },
	{ "زموري", "Tarik Zemmouri" },
	{ "Li", "Li" }, /* a name of short parts counts as a whole */
	{ "monsieur Li, Wu", "Li Wu" },
};

static const struct { const char *words, *name; } apart[] = {
	{ "", "Amina El Fassi" },
	{ "Amina El Fassi", "" },
	{ "the director", "Amina El Fassi" },
	{ "Ben", "Ben Kirane" },
	{ "El", "Amina El Fassi" },
	{ "بن", "يوسف بن كيران" },
	{ "عبد", "عبد القادر بناني" },
	{ "Am", "Amina El Fassi" },
	{ "Aminata", "Amina El Fassi" },
	{ "Brahim", "Amina El Fassi" },
	{ "محمد", "Brahim Oukacha" },
	{ "?!; --", "Amina El Fassi" },
	{ "Li", "Lina Wu" },
};

static void those_who_are_meant_are_found(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(alike); i++)
		if (!named_in(alike[i].words, alike[i].name))
			fail_msg("not found: '%s' in '%s'", alike[i].name, alike[i].words);
}

static void others_are_not(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(apart); i++)
		if (named_in(apart[i].words, apart[i].name))
			fail_msg("found: '%s' in '%s'", apart[i].name, apart[i].words);
	assert_false(named_in(NULL, "Amina"));
	assert_false(named_in("Amina", NULL));
}

static void what_is_no_text_harms_nobody(void **state)
{
	assert_true(named_in("\xff\xfe Amina \xc3", "Amina \xf0\x9f"));
	assert_false(named_in("\xc3\xc3\xc3", "\xff"));
	char line[4000];
	memset(line, 'a', sizeof line - 1);
	line[sizeof line - 1] = 0;
	assert_false(named_in(line, "Amina"));
	assert_false(named_in("Amina", line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_who_are_meant_are_found),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(what_is_no_text_harms_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
