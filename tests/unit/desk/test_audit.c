/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/audit/entry.h"
#include "desk/schema.h"
#include "fake_keys.h"
#include "../store/testdb.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>

enum { THREADS = 4, EACH = 12 };

static struct fake_keys keys;
static struct desk desk = { .keys = (struct keys *)&keys };
static const uint8_t some_report[SEAL_ID] = { 0xab, 0xcd, 1 };

static int begin(void **state)
{
	assert_int_equal(seal_start(), 0);
	return testdb_begin(state);
}

static int fresh(void **state)
{
	struct err_note note = { "" };
	fake_keys_init(&keys);
	int err = store_open(testdb_where(), &desk.store, &note);
	if (!err)
		err = store_migrate(desk.store, desk_schema, desk_schema_n, &note);
	if (err)
		fail_msg("%s", note.text);
	return 0;
}

static int gone(void **state)
{
	store_close(desk.store);
	return 0;
}

static int64_t number(const char *sql)
{
	struct store_tx *t;
	struct store_rows *rows;
	assert_int_equal(store_begin(desk.store, STORE_READ, &t), 0);
	assert_int_equal(store_query(t, sql, NULL, 0, &rows), 0);
	assert_int_equal(store_next(rows), 1);
	int64_t n = store_int(rows, 0);
	store_end(rows);
	store_rollback(t);
	return n;
}

static int run(struct store_tx *t, void *ctx)
{
	return store_run(t, ctx, NULL, 0, NULL);
}

static void change(const char *sql)
{
	assert_int_equal(store_write(desk.store, run, (void *)(uintptr_t)sql), 0);
}

static int note(const char *action)
{
	return audit_now(&desk, &(struct audit_entry){ .member = 3, .role = KEYS_SUPERVISOR, .action = action });
}

/* --- bytes --- */

static void line_is_one_of_json_in_one_order(void **state)
{
	char line[AUDIT_LINE_MAX];
	size_t n;
	const struct audit_entry full = { 3, 2, "case.confirm", some_report, "a \"path\\\n", "d\x7f\xc3\xa9" };
	assert_int_equal(audit_line(117, 1795478400, &full, line, &n), 0);
	const char *want = "{\"seq\":117,\"at\":1795478400,\"member\":3,\"role\":2,\"action\":\"case.confirm\","
		"\"report\":\"abcd0100000000000000000000000000\",\"object\":\"a \\\"path\\\\\\u000a\",\"detail\":\"d\\u007f\xc3\xa9\"}";
	assert_true(bytes_equal(bytes_of(line, n), bytes_str(want)));
	const struct audit_entry least = { .action = "start", .object = "" };
	assert_int_equal(audit_line(0, -1, &least, line, &n), 0);
	want = "{\"seq\":0,\"at\":-1,\"member\":0,\"role\":0,\"action\":\"start\",\"object\":\"\"}";
	assert_true(bytes_equal(bytes_of(line, n), bytes_str(want)));
}

static void line_holds_the_longest_fields(void **state)
{
	char line[AUDIT_LINE_MAX], action[42], object[122], detail[202];
	size_t n;
	memset(action, 'a', 41);
	memset(object, 1, 121);
	memset(detail, 1, 201);
	action[40] = object[120] = detail[200] = 0;
	struct audit_entry e = { UINT32_MAX, INT32_MIN, action, some_report, object, detail };
	assert_int_equal(audit_line(INT64_MIN, INT64_MIN, &e, line, &n), 0);
	assert_true(n <= sizeof line);
	memset(action, 'a', 41);
	action[41] = 0;
	assert_int_equal(audit_line(0, 0, &e, line, &n), ERR_MALFORMED);
	e.action = "a";
	object[120] = 'o';
	object[121] = 0;
	assert_int_equal(audit_line(0, 0, &e, line, &n), ERR_LIMIT);
	e.object = NULL;
	detail[200] = 'd';
	detail[201] = 0;
	assert_int_equal(audit_line(0, 0, &e, line, &n), ERR_LIMIT);
	static const char *const bad[] = { NULL, "", "A", "a b", "a\n", "\xc3\xa9" };
	e.detail = NULL;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		e.action = bad[i];
		assert_int_equal(audit_line(0, 0, &e, line, &n), ERR_MALFORMED);
	}
}

/* --- appending --- */

static void entries_are_leaves_of_a_tree_and_links_of_a_chain(void **state)
{
	struct merkle tree = { .size = 0 };
	uint8_t chain[MERKLE_HASH] = { 0 };
	for (int i = 0; i < 11; i++)
		assert_int_equal(note(i % 2 ? "sign-in" : "sign-out"), 0);
	struct store_tx *t;
	struct store_rows *rows;
	assert_int_equal(store_begin(desk.store, STORE_READ, &t), 0);
	assert_int_equal(store_query(t, "SELECT seq, at, action, leaf, chain FROM audit ORDER BY seq", NULL, 0, &rows), 0);
	for (int64_t i = 0; i < 11; i++) {
		char line[AUDIT_LINE_MAX];
		uint8_t leaf[MERKLE_HASH];
		size_t n;
		assert_int_equal(store_next(rows), 1);
		assert_int_equal(store_int(rows, 0), i);
		assert_int_equal(store_int(rows, 1) % 3600, 0);
		const struct audit_entry e = { .member = 3, .role = 2, .action = store_text(rows, 2) };
		assert_int_equal(audit_line(i, store_int(rows, 1), &e, line, &n), 0);
		merkle_leaf(bytes_of(line, n), leaf);
		audit_chain(chain, leaf, chain);
		assert_true(bytes_equal(store_blob(rows, 3), bytes_of(leaf, sizeof leaf)));
		assert_true(bytes_equal(store_blob(rows, 4), bytes_of(chain, sizeof chain)));
		assert_int_equal(merkle_append(&tree, leaf), 0);
	}
	assert_int_equal(store_next(rows), 0);
	store_end(rows);
	assert_int_equal(store_query(t, "SELECT size, chain, edge FROM audit_head", NULL, 0, &rows), 0);
	assert_int_equal(store_next(rows), 1);
	assert_int_equal(store_int(rows, 0), 11);
	assert_true(bytes_equal(store_blob(rows, 1), bytes_of(chain, sizeof chain)));
	assert_true(bytes_equal(store_blob(rows, 2), merkle_edge(&tree)));
	store_end(rows);
	store_rollback(t);
}

static int put_and_fail(struct store_tx *t, void *ctx)
{
	const struct audit_entry e = { .action = "never" };
	assert_int_equal(audit_put(t, &e), 0);
	assert_int_equal(audit_put(t, &e), 0); /* two in one transaction */
	return ERR_REFUSED;
}

static void entry_goes_with_its_transaction(void **state)
{
	assert_int_equal(store_write(desk.store, put_and_fail, NULL), ERR_REFUSED);
	assert_int_equal(number("SELECT count(*) FROM audit"), 0);
	assert_int_equal(number("SELECT size FROM audit_head"), 0);
}

static void entry_of_a_bad_form_leaves_nothing(void **state)
{
	assert_int_equal(note("Not a name"), ERR_MALFORMED);
	assert_int_equal(note("\xff"), ERR_MALFORMED);
	assert_int_equal(audit_now(&desk, &(struct audit_entry){ .action = "a", .object = "\xff" }), ERR_MALFORMED);
	assert_int_equal(number("SELECT count(*) FROM audit"), 0);
	assert_int_equal(number("SELECT size FROM audit_head"), 0);
	assert_int_equal(note("a"), 0);
}

static void trail_whose_head_is_gone_or_wrong_takes_nothing_more(void **state)
{
	assert_int_equal(note("one"), 0);
	assert_int_equal(note("two"), 0);
	change("UPDATE audit_head SET size = 1");
	assert_int_equal(note("three"), -EEXIST); /* the place is taken */
	change("UPDATE audit_head SET size = 3");
	assert_int_equal(note("three"), ERR_CHECKSUM); /* the edge is of another size */
	change("UPDATE audit_head SET size = -1");
	assert_int_equal(note("three"), ERR_CHECKSUM);
	change("UPDATE audit_head SET size = 2, chain = CAST('x' AS BLOB)");
	assert_int_equal(note("three"), ERR_CHECKSUM);
	change("DELETE FROM audit_head");
	assert_int_equal(note("three"), ERR_CHECKSUM);
	assert_int_equal(number("SELECT count(*) FROM audit"), 2);
}

static _Atomic unsigned failed;

static void *many(void *arg)
{
	for (int i = 0; i < EACH; i++)
		failed += note("at-once") != 0;
	return NULL;
}

static void threads_append_one_after_the_other(void **state)
{
	pthread_t t[THREADS];
	failed = 0;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, many, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(failed, 0);
	assert_int_equal(number("SELECT count(*) FROM audit"), THREADS * EACH);
	assert_int_equal(number("SELECT max(seq) FROM audit"), THREADS * EACH - 1);
	assert_int_equal(number("SELECT size FROM audit_head"), THREADS * EACH);
}

int main(void)
{
#define WITH(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_is_one_of_json_in_one_order),
		cmocka_unit_test(line_holds_the_longest_fields),
		WITH(entries_are_leaves_of_a_tree_and_links_of_a_chain),
		WITH(entry_goes_with_its_transaction),
		WITH(entry_of_a_bad_form_leaves_nothing),
		WITH(trail_whose_head_is_gone_or_wrong_takes_nothing_more),
		WITH(threads_append_one_after_the_other),
	};
	return cmocka_run_group_tests(tests, begin, testdb_finish);
}
