/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/sheet.h"

#include <errno.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

/* SHA-256 of "abc", FIPS 180-2. */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void sheet_is_found_by_name(void **state)
{
	uint8_t want[SHEET_HASH], got[SHEET_HASH];
	static const char text[] = SHEET_FIRST "reference P-1\nSHA256 (packet.json) = " ABC "\nSHA256 (message 0) = " ABC;
	sheet_hash(bytes_str("abc"), want);
	assert_int_equal(sheet_find(bytes_str(text), "packet.json", got), 0);
	assert_memory_equal(got, want, sizeof got);
	assert_int_equal(sheet_find(bytes_str(text), "message 0", got), 0);
	assert_int_equal(sheet_find(bytes_str(text), "message 1", got), -ENOENT);
}

static void sheet_that_is_none_is_refused(void **state)
{
	uint8_t got[SHEET_HASH];
	assert_int_equal(sheet_find(bytes_str("SHA256 (a) = " ABC), "a", got), ERR_FORMAT);
	assert_int_equal(sheet_find(bytes_str("hisn integrity sheet 2\nSHA256 (a) = " ABC), "a", got), ERR_FORMAT);
	assert_int_equal(sheet_find(bytes_str(SHEET_FIRST "SHA256 (a) = " ABC "0\n"), "a", got), ERR_MALFORMED);
	assert_int_equal(sheet_find(bytes_str(SHEET_FIRST "SHA256 () = " ABC "\n"), "a", got), ERR_MALFORMED);
	assert_int_equal(sheet_find(bytes_str(SHEET_FIRST "SHA256 (a = " ABC "\n"), "a", got), ERR_MALFORMED);
	assert_int_equal(sheet_find(bytes_str(SHEET_FIRST "SHA256 (12345678901234567890123456789012345678901) = " ABC), "a", got), ERR_MALFORMED);
	/* Two that say different things of one file: neither counts. */
	assert_int_equal(sheet_find(bytes_str(SHEET_FIRST "SHA256 (a) = " ABC "\nSHA256 (a) = " ABC "\n"), "a", got), ERR_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sheet_is_found_by_name),
		cmocka_unit_test(sheet_that_is_none_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
