/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_tool.h"
#include "desk/audit/export.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

enum { THREADS = 4, EACH = 12 };

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

/* --- exporting --- */

static struct bytes exported(struct audit_filter f, bool csv, struct audit_exported *ret)
{
	char *p = NULL;
	size_t n = 0;
	struct store_tx *t;
	const struct audit_export e = { .filter = f, .csv = csv, .out = open_memstream(&p, &n) };
	assert_int_equal(store_begin(desk.store, STORE_READ, &t), 0);
	assert_int_equal(audit_export(t, &e, ret), 0);
	store_rollback(t);
	fclose(e.out);
	char *kept = arena_text(&arena, p, n);
	free(p);
	return bytes_of(kept, n);
}

static void exported_lines_are_what_was_hashed(void **state)
{
	struct audit_exported r;
	struct merkle tree = { .size = 0 };
	struct bytes all = exported(AUDIT_ALL, false, &r);
	assert_int_equal(r.n, LONG);
	assert_int_equal(r.damaged, 0);
	for (const uint8_t *p = all.p, *end; p < all.p + all.n; p = end + 1) {
		uint8_t leaf[MERKLE_HASH];
		end = memchr(p, '\n', (size_t)(all.p + all.n - p));
		assert_non_null(end);
		merkle_leaf(bytes_of(p, (size_t)(end - p)), leaf);
		assert_int_equal(merkle_append(&tree, leaf), 0);
	}
	uint8_t root[MERKLE_HASH];
	merkle_root(&tree, root);
	assert_int_equal(verify(), 0);
	assert_memory_equal(root, got.check.root, MERKLE_HASH);
}

static int64_t count(struct audit_filter f)
{
	struct audit_exported r;
	(void)exported(f, false, &r);
	return r.n;
}

static void filters_choose(void **state)
{
	static const uint8_t other[SEAL_ID] = { 1 };
	int64_t at = number("SELECT max(at) FROM audit") + 3600;
	assert_int_equal(count((struct audit_filter){ .member = 3 }), number("SELECT count(*) FROM audit WHERE member = 3"));
	assert_int_equal(count((struct audit_filter){ .member = 0 }), number("SELECT count(*) FROM audit WHERE member = 0"));
	assert_int_equal(count((struct audit_filter){ .member = -1, .report = some_report }), number("SELECT count(*) FROM audit WHERE report IS NOT NULL"));
	assert_int_equal(count((struct audit_filter){ .member = -1, .report = other }), 0);
	assert_int_equal(count((struct audit_filter){ .member = -1, .action = "case." }), 60);
	assert_int_equal(count((struct audit_filter){ .member = -1, .action = "case" }), 0);
	assert_int_equal(count((struct audit_filter){ .member = -1, .action = "case.confirm" }), 60);
	assert_int_equal(count((struct audit_filter){ .member = -1, .action = "%." }), 0);
	assert_int_equal(count((struct audit_filter){ .member = -1, .until = at }), LONG);
	assert_int_equal(count((struct audit_filter){ .member = -1, .from = at, .until = at + 1 }), 0);
	assert_int_equal(count((struct audit_filter){ .member = -1, .accounts = true }), 0);
	assert_int_equal(note("member.invite"), 0);
	assert_int_equal(note("sign-in"), 0);
	assert_int_equal(note("signature"), 0);
	assert_int_equal(count((struct audit_filter){ .member = -1, .accounts = true }), 2);
}

static void csv_is_for_people(void **state)
{
	struct audit_exported r;
	assert_int_equal(audit_now(&desk, &(struct audit_entry){ .action = "odd", .report = some_report, .object = "=1+1", .detail = "say \"no\", please" }), 0);
	struct bytes all = exported((struct audit_filter){ .member = -1, .action = "odd" }, true, &r);
	const char *text = (const char *)all.p;
	static const char begins[] = "seq,at,member,role,action,report,object,detail,leaf\r\n121,20";
	assert_int_equal(strncmp(text, begins, sizeof begins - 1), 0);
	assert_non_null(strstr(text, ":00:00Z,0,0,\"odd\",\"abcd0100000000000000000000000000\",\"'=1+1\",\"say \"\"no\"\", please\","));
}

static void damaged_row_is_told_in_its_place(void **state)
{
	struct audit_exported r;
	change("UPDATE audit SET action = 'Not a name' WHERE seq = 43");
	struct bytes all = exported(AUDIT_ALL, false, &r);
	assert_int_equal(r.n, LONG);
	assert_int_equal(r.damaged, 1);
	assert_non_null(strstr((const char *)all.p, "\n{\"seq\":43,\"damaged\":true}\n"));
}

static void latest_come_first_by_page(void **state)
{
	struct store_tx *t;
	struct audit_row *row;
	size_t n;
	const struct audit_filter all = AUDIT_ALL;
	assert_int_equal(store_begin(desk.store, STORE_READ, &t), 0);
	assert_int_equal(audit_latest(t, &arena, &all, INT64_MAX, 50, &row, &n), 0);
	assert_int_equal(n, 50);
	assert_int_equal(row[0].seq, LONG - 1);
	assert_int_equal(audit_latest(t, &arena, &all, row[49].seq, 50, &row, &n), 0);
	assert_int_equal(row[0].seq, LONG - 51);
	assert_true(bytes_equal(row[0].object, bytes_str("thing 70")) || !row[0].object.p);
	assert_int_equal(audit_latest(t, &arena, &all, 0, 50, &row, &n), 0);
	assert_int_equal(n, 0);
	store_rollback(t);
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
#define LONG_TRAIL(f) cmocka_unit_test_setup_teardown(f, long_trail, long_gone)
		LONG_TRAIL(exported_lines_are_what_was_hashed),
		LONG_TRAIL(filters_choose),
		LONG_TRAIL(csv_is_for_people),
		LONG_TRAIL(damaged_row_is_told_in_its_place),
		LONG_TRAIL(latest_come_first_by_page),
	};
	return cmocka_run_group_tests(tests, begin, testdb_finish);
}
