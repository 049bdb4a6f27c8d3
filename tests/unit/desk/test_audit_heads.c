/* SPDX-License-Identifier: Apache-2.0 */
/* Heads: signed, kept, written elsewhere. */
#include "audit_tool.h"
#include "desk/config.h"

#include <unistd.h>

/* --- signing --- */

static void rewritten_trail_is_not_signed(void **state)
{
	uint64_t size;
	again(100, LONG, "case.unconfirm");
	assert_int_equal(audit_sign(&desk, &size), ERR_REFUSED);
	again(100, LONG, "case.confirm");
	assert_int_equal(audit_sign(&desk, &size), ERR_REFUSED);
	again(100, LONG, "message.open"); /* as it was */
	assert_int_equal(audit_sign(&desk, &size), 0);
	assert_int_equal(size, LONG);
	again(100, LONG, "case.unconfirm"); /* of the size that was signed last */
	assert_int_equal(audit_sign(&desk, &size), ERR_REFUSED);
	again(100, LONG, "message.open");
	again(0, 90, NULL);
	assert_int_equal(audit_sign(&desk, &size), ERR_REFUSED);
	assert_int_equal(number("SELECT count(*) FROM audit_note"), 3);
}

static void head_whose_note_did_not_arrive_is_signed_again(void **state)
{
	uint64_t size;
	change("DELETE FROM audit_note WHERE size = 120");
	assert_int_equal(audit_sign(&desk, &size), 0); /* without its edge: the whole trail is read */
	assert_int_equal(size, LONG);
	change("DELETE FROM audit_note WHERE size = 121");
	assert_int_equal(audit_sign(&desk, &size), 0);
	assert_int_equal(number("SELECT count(*) FROM audit_note WHERE size = 121"), 1);
	change("DELETE FROM audit_note WHERE size <> 80");
	change("INSERT INTO audit_note (size, note, edge) VALUES (121, 'x', CAST('damaged' AS BLOB))");
	grow_to(LONG + 1);
	assert_int_equal(audit_sign(&desk, &size), 0);
	assert_int_equal(size, LONG + 1);
}

static void every_growth_is_signed(void **state)
{
	for (int n = LONG + 1, step = 1; n < 2400; n += step, step = step * 2 + 1) {
		uint64_t size;
		grow_to(n);
		assert_int_equal(audit_sign(&desk, &size), 0);
		assert_int_equal(size, n);
	}
	assert_int_equal(verify(), 0);
	assert_true(got.check.entries > 1000); /* more than one page */
}

/* --- the file --- */

static void heads_go_to_their_file_once_each(void **state)
{
	char path[300];
	(void)snprintf(path, sizeof path, "%s", testdb_path("heads"));
	struct desk_config c = { .audit.heads_file = path };
	desk.config = &c;
	(void)unlink(path);
	assert_int_equal(audit_tend_last(&desk), 0); /* signs 121 */
	assert_int_equal(audit_tend_last(&desk), 0);
	FILE *f = fopen(path, "a"); /* a machine that stopped while writing */
	assert_non_null(f);
	fputs("hisn-audit/test\n122\nCs", f);
	fclose(f);
	grow_to(LONG + 3);
	assert_int_equal(audit_tend_last(&desk), 0);
	desk.config = NULL;
	char text[8192];
	f = fopen(path, "r");
	assert_non_null(f);
	struct bytes all = bytes_of(text, fread(text, 1, sizeof text, f));
	fclose(f);
	struct checkpoint h;
	static const uint64_t want[] = { 80, 120, 121, 124 };
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_int_equal(audit_head_find(&all, &keys.head.key, &h), 0);
		assert_int_equal(h.size, want[i]);
	}
	assert_int_equal(audit_head_find(&all, &keys.head.key, &h), -ENOENT);
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define LONG_TRAIL(f) cmocka_unit_test_setup_teardown(f, long_trail, long_gone)
		LONG_TRAIL(rewritten_trail_is_not_signed),
		LONG_TRAIL(head_whose_note_did_not_arrive_is_signed_again),
		LONG_TRAIL(every_growth_is_signed),
		LONG_TRAIL(heads_go_to_their_file_once_each),
	};
	return cmocka_run_group_tests(tests, begin, testdb_finish);
}
