/* SPDX-License-Identifier: Apache-2.0 */
/* Clock, errors, arena and SipHash. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/siphash.h"

#include <errno.h>
#include <sodium.h>
#include <time.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

/* SipHash-2-4 of 0, 1, ... 15 bytes 00 01 02 ... under the key 00 .. 0f: vectors of the reference
 * implementation; the last is the worked example of the paper's appendix. */
static const uint64_t vectors[16] = { 0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
	0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137, 0x93f5f5799a932462,
	0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7, 0x751e8fbc860ee5fb, 0x14ea5627c0843d90,
	0xf723ca908e7af2ee, 0xa129ca6149be45e5 };

static void siphash_official_vectors(void **state)
{
	uint8_t in[16];
	for (uint8_t i = 0; i < 16; i++) {
		in[i] = i;
		assert_true(siphash_24(in, i, 0x0706050403020100, 0x0f0e0d0c0b0a0908) == vectors[i]);
	}
}

static void siphash_agrees_with_libsodium(void **state)
{
	uint8_t in[200], out[8], key[16];
	for (size_t n = 0; n < sizeof in; n++) {
		randombytes_buf(in, sizeof in);
		randombytes_buf(key, sizeof key);
		crypto_shorthash(out, in, n, key);
		assert_true(siphash_24(in, n, le64_get(key), le64_get(key + 8)) == le64_get(out));
	}
}

static void civil_agrees_with_gmtime(void **state)
{
	for (int64_t t = -70000000000; t < 260000000000; t += 12345678) {
		struct tm tm;
		gmtime_r(&(time_t){ t }, &tm);
		struct civil c = civil_from_seconds(t);
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(c.hour * 3600 + c.minute * 60 + c.second, tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
		assert_int_equal(civil_to_seconds(c), t);
		assert_int_equal(civil_weekday(civil_days(c.year, c.month, c.day)), (tm.tm_wday + 6) % 7);
	}
}

static void dates_parse_strictly(void **state)
{
	static const char *const bad[] = { "", "2026", "2026-11", "2026-11-1", "2026-11-31", "2026-00-10", "2026-13-10",
		"2026-02-29", "1900-02-29", "2026-11-00", "2026-11-23 ", "2026/11/23", "-026-11-23", "20261-1-23" };
	struct civil c = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(civil_parse_date(bad[i], &c), ERR_TIME);
	assert_int_equal(c.year, 0);
	assert_int_equal(civil_parse_date("2000-02-29", &c), 0);
	assert_int_equal(civil_days(c.year, c.month, c.day), 11016);
}

static void times_parse_strictly(void **state)
{
	static const struct {
		const char *text;
		int64_t at;
		bool local;
	} good[] = { { "1970-01-01T00:00:00Z", 0, false }, { "2026-11-23T18:00:00+01:00", 1795453200, false },
		{ "2026-11-23t18:00:00z", 1795456800, false }, { "2026-11-23 18:00", 1795456800, true },
		{ "2026-11-23T18:00-00:30", 1795458600, false }, { "@1795456800", 1795456800, false },
		{ "1969-12-31T23:59:59Z", -1, false }, { "2016-12-31T23:59:60Z", 1483228800, false } };
	static const char *const bad[] = { "", "@", "@x", "@1x", "@-1", "@99999999999999999999", "2026-11-23",
		"2026-11-23T", "2026-11-23T18", "2026-11-23T18:0", "2026-11-23T24:00Z", "2026-11-23T18:60Z",
		"2026-11-23T18:00:61Z", "2026-11-23T18:00X", "2026-11-23T18:00+0100", "2026-11-23T18:00+01:60",
		"2026-11-23T18:00+24:00", "2026-11-23T18:00+01:00 ", "2026-11-23T18:00ZZ", "2026-02-30T18:00" };
	int64_t t;
	bool local;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(clock_parse_rfc3339(good[i].text, &t, &local), 0);
		assert_int_equal(t, good[i].at);
		assert_int_equal(local, good[i].local);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (clock_parse_rfc3339(bad[i], &t, &local) != ERR_TIME)
			fail_msg("taken: %s", bad[i]);
}

static void clocks_run(void **state)
{
	int64_t ns = clock_mono_ns(), ms = clock_mono_ms();
	assert_true(clock_mono_ns() >= ns);
	assert_true(ms >= ns / 1000000 && ms < ns / 1000000 + 60000);
	assert_true(clock_unix() > 1700000000);
}

static void every_error_has_a_sentence(void **state)
{
	for (int e = ERR_CHILD; e <= ERR_FORMAT; e++)
		assert_string_not_equal(err_text(e), "unknown error");
	assert_string_equal(err_text(ERR_CHILD - 1), "unknown error");
	assert_string_equal(err_text(-999), "unknown error");
	assert_string_equal(err_text(-ENOENT), "No such file or directory");
	assert_string_equal(err_text(0), "success");
	assert_string_equal(err_text(INT32_MIN), "unknown error");
}

static void the_first_note_wins(void **state)
{
	struct err_note note = { "" };
	assert_string_equal(err_say(&note, ERR_NAME), "not a domain name");
	assert_string_equal(err_say(NULL, ERR_NAME), "not a domain name");
	assert_int_equal(err_set(&note, ERR_LIMIT, "line %d", 7), ERR_LIMIT);
	assert_int_equal(err_set(&note, ERR_NAME, "later"), ERR_NAME);
	assert_int_equal(err_set(NULL, ERR_NAME, "nobody listens"), ERR_NAME);
	assert_string_equal(err_say(&note, ERR_LIMIT), "line 7");
	char longer[2000];
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	struct err_note cut = { "" };
	(void)err_set(&cut, ERR_LIMIT, "%s", longer);
	assert_int_equal(strlen(cut.text), sizeof cut.text - 1);
}

static void arena_is_zeroed_aligned_and_apart(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	uint8_t *last = NULL;
	for (size_t n = 0; n < 40000; n = n * 3 / 2 + 1) {
		uint8_t *p = arena_alloc(&a, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xaa, n);
		if (last)
			assert_int_equal(*last, 0xaa);
		last = n ? p : NULL;
	}
	assert_string_equal(arena_text(&a, "hisn!", 4), "hisn");
	assert_string_equal(arena_text(&a, NULL, 0), "");
	assert_string_equal(arena_printf(&a, "%s-%d", "a", 5), "a-5");
	arena_done(&a);
	assert_null(a.head);
}

static void arena_keeps_its_limit(void **state)
{
	struct arena a;
	arena_init(&a, 100);
	assert_non_null(arena_alloc(&a, 90));
	assert_int_equal(a.used, 96);
	assert_null(arena_alloc(&a, 5));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX / 2 + 1));
	assert_null(arena_array(&a, SIZE_MAX / 2, 3));
	assert_int_equal(a.used, 96);
	arena_done(&a);
	assert_non_null(arena_alloc(&a, 90));
	arena_done(&a);
}

int main(void)
{
	if (sodium_init() < 0)
		return 1;
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_official_vectors),
		cmocka_unit_test(siphash_agrees_with_libsodium),
		cmocka_unit_test(civil_agrees_with_gmtime),
		cmocka_unit_test(dates_parse_strictly),
		cmocka_unit_test(times_parse_strictly),
		cmocka_unit_test(clocks_run),
		cmocka_unit_test(every_error_has_a_sentence),
		cmocka_unit_test(the_first_note_wins),
		cmocka_unit_test(arena_is_zeroed_aligned_and_apart),
		cmocka_unit_test(arena_keeps_its_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
