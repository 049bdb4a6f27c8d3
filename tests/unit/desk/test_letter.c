/* SPDX-License-Identifier: Apache-2.0 */
/* A notice's letter: what may be in it, how it is kept, and that it claims no more than the tables know. */
#include "desk/notices/letter.h"

#include "desk/config.h"

#include <errno.h>
#include <limits.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;
static struct desk_config config = { .name = (char[]){ "Desk of the test" }, .contact = (char[]){ "+212 5 00 00 00 00" } };
static struct desk desk = { .config = &config };
static const uint8_t id[SEAL_ID] = { 0x3f, 0x2a, 0x91, 0xbc, 0x07, 0x55 };

static struct notice_letter letter(void)
{
	return (struct notice_letter){ .kind = RECIPIENT_HOSTING, .channel = CHANNEL_MAIL, .language = "en", .name = "Host",
		.mail = "abuse@host.example", .addresses = "https://a.example/\nhttps://b.example/", .offence = "CSAM_DIST",
		.template = "hosting-en-1", .subject = "S", .body = "B\nb" };
}

static void letter_is_read_as_it_was_written(void **state)
{
	struct notice_letter l = letter(), got;
	const char *json;
	l.law = "L";
	assert_int_equal(letter_write(&arena, &l, &json), 0);
	assert_int_equal(letter_read(&arena, bytes_str(json), &got), 0);
	assert_int_equal(got.kind, RECIPIENT_HOSTING);
	assert_int_equal(got.channel, CHANNEL_MAIL);
	assert_string_equal(got.addresses, l.addresses);
	assert_string_equal(got.body, "B\nb");
	assert_string_equal(got.law, "L");
	assert_null(got.postal);
}

static void letter_of_another_form_is_refused(void **state)
{
	struct notice_letter l = letter(), got;
	const char *json;
	char text[1024];
	static const char *const cuts[] = { "\"v\":1", "hosting\"", "\"mail\",\"", "https://a.example/", "\"body\"", "\"name\"" };
	assert_int_equal(letter_write(&arena, &l, &json), 0);
	for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
		(void)snprintf(text, sizeof text, "%s", json);
		char *at = strstr(text, cuts[i]);
		if (!at)
			continue;
		at[strlen(cuts[i]) - 2] = at[strlen(cuts[i]) - 2] == '1' ? '2' : 'X';
		assert_int_equal(letter_read(&arena, bytes_str(text), &got), strstr(cuts[i], "https") ? 0 : ERR_MALFORMED);
	}
	static const char *const bad[] = { "", "[]", "{}", "{\"v\":1}", "null" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(letter_read(&arena, bytes_str(bad[i]), &got), ERR_MALFORMED);
}

static void letter_has_limits(void **state)
{
	static char body[LETTER_BODY_BYTES + 2];
	struct notice_letter l = letter();
	const char *json;
	memset(body, 'a', sizeof body - 1);
	l.body = body;
	assert_string_equal(letter_check(desk.data, &l, true).field, "body");
	body[LETTER_BODY_BYTES] = 0;
	assert_null(letter_check(desk.data, &l, true).why);
	memset(body, '"', LETTER_BODY_BYTES); /* each is two bytes in JSON */
	assert_int_equal(letter_write(&arena, &l, &json), ERR_LIMIT);
}

static void letter_is_checked(void **state)
{
	struct notice_letter l = letter();
	assert_null(letter_check(desk.data, &l, true).why);
	l.subject = "two\nlines";
	assert_string_equal(letter_check(desk.data, &l, true).field, "subject");
	assert_null(letter_check(desk.data, &l, false).why);
	l = letter();
	l.channel = CHANNEL_PAPER;
	assert_string_equal(letter_check(desk.data, &l, false).field, "postal");
	l = letter();
	l.channel = CHANNEL_FORM;
	assert_string_equal(letter_check(desk.data, &l, false).field, "form");
	l = letter();
	l.offence = "HARMFUL_EXPO"; /* no offence */
	assert_string_equal(letter_check(desk.data, &l, false).field, "offence");
	l = letter();
	l.addresses = "a\tb";
	assert_string_equal(letter_check(desk.data, &l, false).field, "addresses");
}

static void addresses_are_lines(void **state)
{
	const char *s;
	char many[2 * (LETTER_ADDRESSES_MAX + 1) + 1];
	assert_int_equal(letter_addresses(&arena, "  https://a.example/ \r\n\n \t\nhttps://b.example/", &s), 0);
	assert_string_equal(s, "https://a.example/\nhttps://b.example/");
	assert_int_equal(letter_addresses(&arena, "", &s), 0);
	assert_string_equal(s, "");
	for (size_t i = 0; i < LETTER_ADDRESSES_MAX + 1; i++)
		memcpy(many + 2 * i, "a\n", 2);
	many[sizeof many - 1] = 0;
	assert_int_equal(letter_addresses(&arena, many, &s), ERR_LIMIT);
	many[2 * LETTER_ADDRESSES_MAX] = 0;
	assert_int_equal(letter_addresses(&arena, many, &s), 0);
}

static void reference_is_the_number_s_beginning(void **state)
{
	uint8_t got[LETTER_NUMBER];
	static const char *const typed[] = { "N-3F2A9-1BC07", "n-3f2a9-1bc07", "3f2a91bc07", " 3F2A9 1BC07" };
	static const char *const bad[] = { "", "N-", "N-3F2A9-1BC0", "N-3F2A9-1BC070", "N-3F2A9-1BC0G", "M-3F2A9-1BC07" };
	assert_string_equal(notice_reference(&arena, id), "N-3F2A9-1BC07");
	for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
		assert_true(notice_reference_read(typed[i], got));
		assert_memory_equal(got, id, LETTER_NUMBER);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(notice_reference_read(bad[i], got));
}

static struct desk_offence offence(const char *basis, const char *articles)
{
	return (struct desk_offence){ .basis = basis, .penal_code = articles, .status = "crime" };
}

static void offence_is_certain_only_without_reserve(void **state)
{
	static const char *const certain[] = { "verified (bulletin officiel 2026)" },
		*const not[] = { "from knowledge", "verified (x); rest from knowledge", "497 verified (x)", "verified in part (x)",
			"verified (x), confirm current law", "" };
	for (size_t i = 0; i < ARRAY_LEN(certain); i++) {
		const struct desk_offence o = offence(certain[i], "1");
		assert_true(offence_certain(&o));
	}
	for (size_t i = 0; i < ARRAY_LEN(not); i++) {
		const struct desk_offence o = offence(not[i], "1");
		if (offence_certain(&o))
			fail_msg("certain: %s", not[i]);
	}
}

static void has(const char *s, const char *what)
{
	if (!strstr(s, what))
		fail_msg("'%s' lacks '%s'", s, what);
}

static void law_says_what_is_not_sure(void **state)
{
	struct notice_letter l = letter();
	assert_int_equal(letter_compose(&desk, &arena, id, "Decree 1", 1795000000, &l), 0);
	has(l.law, "This desk works on this basis: Decree 1");
	has(l.law, "may apply: 503-2. This was not confirmed by a lawyer.");
	has(l.law, "Lanzarote Convention, articles 20(1)(b)-(d)");
	assert_int_equal(letter_compose(&desk, &arena, id, NULL, 1795000000, &l), 0);
	assert_null(strstr(l.law, "works on this basis"));
	l.offence = "TRAFFICKING"; /* "448-1 to 448-14 (law 27-14)" */
	assert_int_equal(letter_compose(&desk, &arena, id, NULL, 1795000000, &l), 0);
	has(l.law, "448-1 \xe2\x80\x93 448-14.");
	assert_null(strstr(l.law, "law 27"));
	l.offence = "AID_ATTEMPT"; /* "general part of the code": words of a note, not articles */
	assert_int_equal(letter_compose(&desk, &arena, id, NULL, 1795000000, &l), 0);
	assert_null(strstr(l.law, "general"));
}

static void letter_is_composed_in_each_language(void **state)
{
	for (unsigned k = RECIPIENT_HOSTING; k < RECIPIENT_KIND_COUNT; k++) {
		for (enum lang i = 0; i < LANG_COUNT; i++) {
			struct notice_letter l = letter();
			l.kind = (enum recipient_kind)k;
			l.language = lang_info(i)->code;
			assert_int_equal(letter_compose(&desk, &arena, id, "Decree 1", 1795000000, &l), 0);
			has(l.subject, "N-3F2A9-1BC07");
			has(l.body, "https://a.example/\nhttps://b.example/");
			has(l.body, "Desk of the test");
			has(l.body, "Decree 1");
			has(l.body, "2026");
			assert_null(strpbrk(l.body, "{}"));
			assert_null(letter_check(desk.data, &l, true).why);
		}
	}
}

static int start(void **state)
{
	char folder[PATH_MAX];
	struct err_note note = { "" };
	(void)snprintf(folder, sizeof folder, "%s/desk", getenv("HISN_DATA") ? getenv("HISN_DATA") : "data");
	arena_init(&arena, 0);
	int err = desk_data_open(folder, (struct desk_data **)(uintptr_t)&desk.data, &note);
	if (err)
		print_error("%s\n", err_say(&note, err));
	return err;
}

static int stop(void **state)
{
	arena_done(&arena);
	desk_data_free((struct desk_data *)(uintptr_t)desk.data);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letter_is_read_as_it_was_written),
		cmocka_unit_test(letter_of_another_form_is_refused),
		cmocka_unit_test(letter_has_limits),
		cmocka_unit_test(letter_is_checked),
		cmocka_unit_test(addresses_are_lines),
		cmocka_unit_test(reference_is_the_number_s_beginning),
		cmocka_unit_test(offence_is_certain_only_without_reserve),
		cmocka_unit_test(law_says_what_is_not_sure),
		cmocka_unit_test(letter_is_composed_in_each_language),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
