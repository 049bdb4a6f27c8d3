/* SPDX-License-Identifier: Apache-2.0 */
/* On the tables of tests/unit/web/locale, which stand in for the product's. */
#include "web/html.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#define NARROW "\xe2\x80\xaf"
#define FSI    "\xe2\x81\xa8"
#define PDI    "\xe2\x81\xa9"
#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct arena arena;
static struct tz *tunis;

static int set_up(void **state)
{
	(void)state;
	struct err_note note;
	arena_init(&arena, 0);
	return tz_open(NULL, "Africa/Tunis", &tunis, &note);
}

static int tear_down(void **state)
{
	(void)state;
	tz_free(tunis);
	arena_done(&arena);
	return 0;
}

static void text_is_translated(void **state)
{
	(void)state;
	assert_string_equal(text(LANG_FR, "Home"), "Accueil");
	assert_string_equal(text(LANG_AR, "Home"), "الرئيسية");
	assert_string_equal(text(LANG_EN, "Home"), "Home");
}

static void text_unknown_comes_back(void **state)
{
	(void)state;
	static const char *const unknown[] = { "", "Hom", "Home ", "zzz", "\xff", "house\4Home" };
	for (size_t i = 0; i + 1 < ARRAY_LEN(unknown); i++)
		assert_ptr_equal(text(LANG_FR, unknown[i]), unknown[i]);
	assert_string_equal(text(LANG_AR, "Read it"), "Read it");
}

static void text_context_tells_apart(void **state)
{
	(void)state;
	assert_string_equal(text_ctx(LANG_FR, "house", "Home"), "Maison");
	assert_string_equal(text_ctx(LANG_FR, "hou", "Home"), "Court");
	assert_string_equal(text_ctx(LANG_FR, "hous", "Home"), "Home");
	assert_string_equal(text_ctx(LANG_FR, "housee", "Home"), "Home");
	assert_string_equal(text_ctx(LANG_FR, "hous", "\4Home"), "\4Home");
	assert_string_equal(text_ctx(LANG_AR, "house", "Home"), "Home");
}

static void text_fill_orders_arguments(void **state)
{
	(void)state;
	assert_string_equal(text_fill(&arena, LANG_FR, "From {0} to {1}", ARGS("a", "b")), "À b depuis a");
	assert_string_equal(text_fill(&arena, LANG_EN, "From {0} to {1}", ARGS("{1}", "{0}")), "From {1} to {0}");
	assert_string_equal(text_fill(&arena, LANG_EN, "{0} {1} {x} {", ARGS("a")), "a {1} {x} {");
	assert_string_equal(text_fill(&arena, LANG_EN, "{0}{9}", NULL), "{0}{9}");
}

static void text_fill_isolates_what_reads_left_to_right(void **state)
{
	(void)state;
	const char *s = text_fill(&arena, LANG_AR, "From {0} to {1}", ARGS("https://a.example/", "طنجة"));
	assert_string_equal(s, "من " FSI "https://a.example/" PDI " إلى طنجة");
	assert_string_equal(text_isolate(&arena, LANG_AR, "+212 5 37"), FSI "+212 5 37" PDI);
	assert_string_equal(text_isolate(&arena, LANG_AR, "é"), FSI "é" PDI);
	assert_string_equal(text_isolate(&arena, LANG_AR, "ⵜⴰ"), FSI "ⵜⴰ" PDI);
	assert_string_equal(text_isolate(&arena, LANG_AR, "2026"), "2026");
	assert_string_equal(text_isolate(&arena, LANG_AR, "18:05"), "18:05");
	assert_string_equal(text_isolate(&arena, LANG_FR, "abc"), "abc");
}

static void text_fill_without_memory_gives_the_pattern(void **state)
{
	(void)state;
	struct arena small;
	arena_init(&small, 16);
	assert_string_equal(text_fill(&small, LANG_EN, "From {0} to {1}", ARGS("somewhere", "elsewhere")), "From {0} to {1}");
	assert_non_null(text_date(&small, LANG_FR, tunis, 0, TEXT_DAY_TIME));
	assert_non_null(text_number(&small, LANG_FR, INT64_MIN));
	assert_non_null(text_n(&small, LANG_AR, "{n} day", "{n} days", 5));
	arena_done(&small);
}

static void text_plural_has_six_forms_in_arabic(void **state)
{
	(void)state;
	static const struct { int64_t n; const char *want; } t[] = { { 0, "لا أيام" }, { 1, "يوم واحد" }, { 2, "يومان" },
		{ 3, "3 أيام" }, { 10, "10 أيام" }, { 11, "11 يوما" }, { 99, "99 يوما" }, { 100, "100 يوم" }, { 102, "102 يوم" },
		{ 103, "103 أيام" }, { 111, "111 يوما" } };
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_string_equal(text_n(&arena, LANG_AR, "{n} day", "{n} days", t[i].n), t[i].want);
}

static void text_plural_french_counts_none_as_one(void **state)
{
	(void)state;
	assert_string_equal(text_n(&arena, LANG_FR, "{n} day", "{n} days", 0), "0 jour");
	assert_string_equal(text_n(&arena, LANG_FR, "{n} day", "{n} days", 1), "1 jour");
	assert_string_equal(text_n(&arena, LANG_FR, "{n} day", "{n} days", 2), "2 jours");
	assert_string_equal(text_n(&arena, LANG_EN, "{n} day", "{n} days", 0), "0 days");
	assert_string_equal(text_n(&arena, LANG_EN, "{n} day", "{n} days", 1), "1 day");
	assert_string_equal(text_n(&arena, LANG_EN, "{n} hour", "{n} hours", 2000), "2,000 hours");
	assert_string_equal(text_n(&arena, LANG_FR, "{n} day", "{n} days", INT64_MIN),
		"-9" NARROW "223" NARROW "372" NARROW "036" NARROW "854" NARROW "775" NARROW "808 jours");
	assert_string_equal(text_n_fill(&arena, LANG_FR, "{n} of {0}", "{n} of the {0}", 3, ARGS("x")), "3 des x");
}

static void text_number_groups_by_thousands(void **state)
{
	(void)state;
	assert_string_equal(text_number(&arena, LANG_FR, 0), "0");
	assert_string_equal(text_number(&arena, LANG_FR, 999), "999");
	assert_string_equal(text_number(&arena, LANG_FR, 1000), "1" NARROW "000");
	assert_string_equal(text_number(&arena, LANG_AR, 1234567), "1" NARROW "234" NARROW "567");
	assert_string_equal(text_number(&arena, LANG_EN, 1002003), "1,002,003");
	assert_string_equal(text_number(&arena, LANG_EN, INT64_MAX), "9,223,372,036,854,775,807");
	assert_string_equal(text_number(&arena, LANG_EN, -12), "-12");
	assert_string_equal(text_number(&arena, LANG_AR, -12), "\xe2\x80\x8e-12");
}

static void text_date_reads_as_people_say_it(void **state)
{
	(void)state;
	const int64_t t = 1795453500; /* 2026-11-23T17:05:00Z, 18:05 in Tunis */
	assert_string_equal(text_date(&arena, LANG_FR, tunis, t, TEXT_DAY_TIME), "lundi 23 novembre 2026 à 18:05");
	assert_string_equal(text_date(&arena, LANG_EN, tunis, t, TEXT_DAY_TIME), "Monday 23 November 2026, 18:05");
	assert_string_equal(text_date(&arena, LANG_AR, tunis, t, TEXT_DAY_TIME), "الاثنين 23 نونبر 2026 على الساعة 18:05");
	assert_string_equal(text_date(&arena, LANG_FR, tunis, t, TEXT_DAY), "lundi 23 novembre 2026");
	assert_string_equal(text_date(&arena, LANG_FR, tunis, t, TEXT_TIME), "18:05");
	assert_string_equal(text_date(&arena, LANG_FR, tunis, 1785542400, TEXT_DAY), "samedi 1er août 2026");
	assert_non_null(text_date(&arena, LANG_FR, tunis, INT64_MIN, TEXT_DAY_TIME));
	assert_non_null(text_date(&arena, LANG_FR, tunis, INT64_MAX, TEXT_DAY_TIME));
}

static void lang_parse_knows_codes_exactly(void **state)
{
	(void)state;
	enum lang l = LANG_COUNT;
	assert_true(lang_parse("ar", 2, &l));
	assert_int_equal(l, LANG_AR);
	assert_true(lang_parse("fr/report", 2, &l));
	assert_int_equal(l, LANG_FR);
	static const char *const no[] = { "", "f", "FR", "fra", "de", "*" };
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(lang_parse(no[i], strlen(no[i]), &l));
	assert_int_equal(l, LANG_FR);
	assert_string_equal(lang_info(LANG_AR)->dir, "rtl");
	assert_string_equal(lang_info(LANG_AR)->name, "العربية");
}

static void lang_negotiate_follows_weights(void **state)
{
	(void)state;
	static const struct { const char *accept; enum lang want; } t[] = { { NULL, LANG_FR }, { "", LANG_FR }, { "en", LANG_EN },
		{ "EN-us", LANG_EN }, { "ar-MA,fr;q=0.8", LANG_AR }, { "fr;q=0.8, ar;q=0.9", LANG_AR }, { "de", LANG_FR },
		{ "de, en;q=0.1", LANG_EN }, { "en;q=0", LANG_FR }, { "en;q=0, ar;q=0.001", LANG_AR }, { "*", LANG_FR },
		{ "en, *", LANG_EN }, { "*, en;q=0.5", LANG_FR }, { "fr;q=0, *", LANG_FR }, { "en;q=1.001", LANG_FR },
		{ "en;q=", LANG_FR }, { "en;q=2", LANG_FR }, { "en ; q=0.5 , ar ; q=0.6", LANG_AR }, { "en;level=1", LANG_FR },
		{ "en;q=0.9, ar;q=0.5, en;q=0.1", LANG_EN }, { ",,,en,,", LANG_EN }, { "english", LANG_FR }, { "en_US", LANG_FR }, { "en,ar", LANG_EN }, { "ar,en", LANG_AR } };
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		if (lang_negotiate(t[i].accept, LANG_FR) != t[i].want)
			fail_msg("%s", t[i].accept ? t[i].accept : "(null)");
}

static void lang_negotiate_reads_a_kibibyte(void **state)
{
	(void)state;
	char s[2048];
	memset(s, ',', sizeof s);
	memcpy(s + 1100, "en", 3);
	assert_int_equal(lang_negotiate(s, LANG_FR), LANG_FR);
	memcpy(s + 1000, "ar", 2);
	assert_int_equal(lang_negotiate(s, LANG_FR), LANG_AR);
}

static void html_t_html_keeps_tags_and_escapes_arguments(void **state)
{
	(void)state;
	struct html_out o;
	html_init(&o, LANG_FR, &arena);
	o.base = "/fr";
	html_t_html(&o, "Read <a href=\"~/privacy\">what {0} keeps</a>, <a href=\"{1}\">more</a>.",
		ARGS("<hisn>", "javascript:x"));
	html_literal(&o, "", 1);
	assert_string_equal(o.p, "<a href=\"#\">Plus</a>, et <a href=\"/fr/privacy\">ce que &lt;hisn&gt; garde</a>.");
	html_done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_translated),
		cmocka_unit_test(text_unknown_comes_back),
		cmocka_unit_test(text_context_tells_apart),
		cmocka_unit_test(text_fill_orders_arguments),
		cmocka_unit_test(text_fill_isolates_what_reads_left_to_right),
		cmocka_unit_test(text_fill_without_memory_gives_the_pattern),
		cmocka_unit_test(text_plural_has_six_forms_in_arabic),
		cmocka_unit_test(text_plural_french_counts_none_as_one),
		cmocka_unit_test(text_number_groups_by_thousands),
		cmocka_unit_test(text_date_reads_as_people_say_it),
		cmocka_unit_test(lang_parse_knows_codes_exactly),
		cmocka_unit_test(lang_negotiate_follows_weights),
		cmocka_unit_test(lang_negotiate_reads_a_kibibyte),
		cmocka_unit_test(html_t_html_keeps_tags_and_escapes_arguments),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
