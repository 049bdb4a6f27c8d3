/* SPDX-License-Identifier: Apache-2.0 */
/* The letters of removal notices: how one is written, what each of ours says. */
#include "desk/data.h"
#include "desk/notices/template.h"

#include "base/file.h"

#include <limits.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEAD "version: 3\ncertainty: ours\nrecheck: 2027-05-31\nsubject: About {reference}\n\n"
#define ALL "{address}|{desk}|{reference}|{law}|{deadline}|{contact}"

static struct arena arena;
static char folder[PATH_MAX];
static struct desk_data *data;

static void template_is_read(void **state)
{
	struct notice_template t;
	struct err_note note = { "" };
	assert_int_equal(notice_template_parse(&arena, "t", bytes_str(HEAD "Sir,\r\n\r\n" ALL "\n\n"), &t, &note), 0);
	assert_int_equal(t.version, 3);
	assert_string_equal(t.certainty, "ours");
	assert_string_equal(t.subject, "About {reference}");
	assert_string_equal(t.body, "Sir,\n\n" ALL);
}

static void template_wrong_is_refused_with_its_line(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "", "t:0: it ends before the letter" },
		{ "version: 0\n", "t:1: not a version" },
		{ "version: 01\n", "t:1: not a version" },
		{ "version: 12345\n", "t:1: not a version" },
		{ "version:1\n", "t:1: not 'version: ...'" },
		{ "version: 1\nrecheck: 2027-05-31\n", "t:2: not 'certainty: ...'" },
		{ "version: 1\ncertainty: x\nrecheck: soon\n", "t:3: not a date" },
		{ "version: 1\ncertainty: x\nrecheck: 2027-05-31\nsubject: {address}\n\n" ALL, "t:4: a subject has {reference} and {desk} only" },
		{ "version: 1\ncertainty: x\nrecheck: 2027-05-31\nsubject: s\n" ALL, "t:5: an empty line is needed" },
		{ HEAD ALL "\n{adress}", "t:7: a brace that is none" },
		{ HEAD ALL "\na } b", "t:7: a brace that is none" },
		{ HEAD "{address}{desk}{reference}{law}{contact}", "t: the letter lacks {deadline}" },
		{ HEAD ALL "\n\xff", "t:7: not UTF-8" },
		{ HEAD ALL "\n\ta", "t:7: a control character" },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct notice_template t = { .version = 9 };
		struct err_note note = { "" };
		assert_int_equal(notice_template_parse(&arena, "t", bytes_str(bad[i].text), &t, &note), ERR_CONFIG);
		if (strncmp(note.text, bad[i].says, strlen(bad[i].says)) != 0)
			fail_msg("'%s' instead of '%s'", note.text, bad[i].says);
		assert_int_equal(t.version, 9);
	}
}

static void template_has_limits(void **state)
{
	static char text[NOTICE_TEMPLATE_MAX + 2];
	struct notice_template t;
	struct err_note note = { "" };
	memset(text, 'a', sizeof text - 1);
	assert_int_equal(notice_template_parse(&arena, "t", bytes_str(text), &t, &note), ERR_LIMIT);
	int n = snprintf(text, sizeof text, HEAD ALL "\n");
	memset(text + n, 'a', NOTICE_LINE_MAX);
	text[n + NOTICE_LINE_MAX] = 0;
	assert_int_equal(notice_template_parse(&arena, "t", bytes_str(text), &t, NULL), 0);
	text[n + NOTICE_LINE_MAX] = 'a';
	text[n + NOTICE_LINE_MAX + 1] = 0;
	assert_int_equal(notice_template_parse(&arena, "t", bytes_str(text), &t, NULL), ERR_CONFIG);
}

static void fill_puts_each_value_once(void **state)
{
	static const char *const value[PLACE_COUNT] = { "{law}", "D", "R{", "{address}", NULL, "C" };
	const char *s;
	assert_int_equal(notice_template_fill(&arena, "x" ALL "{desk}{y", value, &s), 0);
	assert_string_equal(s, "x{law}|D|R{|{address}||CD{y");
	assert_int_equal(notice_template_fill(&arena, "", value, &s), 0);
	assert_string_equal(s, "");
}

/* --- those that ship --- */

static bool says(const char *s, const char *const *any)
{
	for (; *any; any++)
		if (strcasestr(s, *any))
			return true;
	return false;
}

static void letters_ship_for_every_kind_and_language(void **state)
{
	for (unsigned k = 0; k < RECIPIENT_KIND_COUNT; k++)
		for (unsigned l = 0; l < LANG_COUNT; l++)
			assert_true((data->notice[k][l].version > 0) == recipient_takes_notices((enum recipient_kind)k));
}

/* What a letter must say, and what none may: how the material looks, that somebody is guilty, that there is a duty. */
static void letters_are_sober(void **state)
{
	static const char *const asks[] = { "good faith", "bonne foi", "بحسن نية", NULL },
		*const copies[] = { "no copy", "ni copie", "لا نسخة", NULL }, *const court[] = { "not the decision of a court",
		"n’est pas une décision de justice", "ليست قرارا قضائيا", NULL },
		*const never[] = { "porn", "guilty", "coupable", "illegal", "illégal", "you must", "vous devez", "you are obliged", "إباحي",
			"مجرم", "يجب عليكم", "paedophil", "pédophil", "the victim", "la victime", "الضحية", NULL };
	for (unsigned k = RECIPIENT_HOSTING; k < RECIPIENT_KIND_COUNT; k++) {
		for (unsigned l = 0; l < LANG_COUNT; l++) {
			const char *body = data->notice[k][l].body;
			if (!says(body, asks) || !says(body, copies) || !says(body, court))
				fail_msg("%s, %s: lacks something", recipient_kind_name((enum recipient_kind)k), lang_info((enum lang)l)->code);
			if (says(body, never))
				fail_msg("%s, %s: says what none may", recipient_kind_name((enum recipient_kind)k), lang_info((enum lang)l)->code);
		}
	}
}

static void letter_of_the_operator_replaces_one(void **state)
{
	char own[] = "/tmp/hisn-letters-XXXXXX", sub[64], path[128];
	struct desk_data *d;
	struct err_note note = { "" };
	assert_non_null(mkdtemp(own));
	(void)snprintf(sub, sizeof sub, "%s/notices", own);
	assert_int_equal(file_make_folder(sub), 0);
	(void)snprintf(path, sizeof path, "%s/hosting.fr.txt", sub);
	assert_int_equal(file_replace(path, HEAD ALL, strlen(HEAD ALL), 0600), 0);
	assert_int_equal(desk_data_open_with(folder, own, &d, &note), 0);
	assert_int_equal(d->notice[RECIPIENT_HOSTING][LANG_FR].version, 3);
	assert_string_equal(d->notice[RECIPIENT_HOSTING][LANG_AR].body, data->notice[RECIPIENT_HOSTING][LANG_AR].body);
	desk_data_free(d);
	assert_int_equal(file_replace(path, HEAD "x", strlen(HEAD "x"), 0600), 0);
	assert_int_equal(desk_data_open_with(folder, own, &d, &note), ERR_CONFIG);
	assert_non_null(strstr(note.text, "hosting.fr.txt: the letter lacks {address}"));
	(void)unlink(path);
	(void)rmdir(sub);
	(void)rmdir(own);
}

static int start(void **state)
{
	struct err_note note = { "" };
	(void)snprintf(folder, sizeof folder, "%s/desk", getenv("HISN_DATA") ? getenv("HISN_DATA") : "data");
	arena_init(&arena, 0);
	int err = desk_data_open(folder, &data, &note);
	if (err)
		print_error("%s\n", err_say(&note, err));
	return err;
}

static int stop(void **state)
{
	arena_done(&arena);
	desk_data_free(data);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(template_is_read),
		cmocka_unit_test(template_wrong_is_refused_with_its_line),
		cmocka_unit_test(template_has_limits),
		cmocka_unit_test(fill_puts_each_value_once),
		cmocka_unit_test(letters_ship_for_every_kind_and_language),
		cmocka_unit_test(letters_are_sober),
		cmocka_unit_test(letter_of_the_operator_replaces_one),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
