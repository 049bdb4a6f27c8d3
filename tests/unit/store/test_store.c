/* SPDX-License-Identifier: Apache-2.0 */
/* What store.h promises of values, transactions and migrations; run against both backends. */
#include "testdb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* --- values --- */

struct seen {
	bool null[4];
	int64_t i;
	char *text;
	uint8_t *blob;
	size_t n;
};

static int put(struct store_tx *t, int64_t id, struct store_value name, struct store_value body, struct store_value size)
{
	return STORE_RUN(t, "INSERT INTO thing (id, name, body, size) VALUES ($1, $2, $3, $4)", S_INT(id), name, body, size);
}

static struct store *with_thing(struct store_value name, struct store_value body, struct store_value size)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(put(t, 7, name, body, size), 0);
	assert_int_equal(store_commit(t), 0);
	return s;
}

static struct store_rows *thing(struct store *s, struct store_tx **t)
{
	struct store_rows *r = NULL;
	assert_int_equal(store_begin(s, STORE_READ, t), 0);
	assert_int_equal(STORE_QUERY(*t, &r, "SELECT name, body, size FROM thing WHERE id = $1", S_INT(7)), 0);
	assert_int_equal(store_next(r), 1);
	return r;
}

static void no_more(struct store_rows *r, struct store_tx *t, struct store *s)
{
	assert_int_equal(store_next(r), 0);
	assert_int_equal(store_next(r), 0); /* and it stays so */
	store_end(r);
	store_rollback(t);
	store_close(s);
}

static void value_null_is_null(void **state)
{
	struct store_tx *t;
	struct store *s = with_thing(S_NULL, S_NULL, S_NULL);
	struct store_rows *r = thing(s, &t);
	for (unsigned i = 0; i < 3; i++)
		assert_true(store_null(r, i));
	assert_null(store_text(r, 0));
	assert_null(store_blob(r, 1).p);
	assert_int_equal(store_int(r, 2), 0);
	no_more(r, t, s);
}

static void value_empty_is_not_null(void **state)
{
	struct store_tx *t;
	struct store *s = with_thing(S_TEXT(""), S_BLOB(NULL, 0), S_INT(0));
	struct store_rows *r = thing(s, &t);
	for (unsigned i = 0; i < 3; i++)
		assert_false(store_null(r, i));
	assert_string_equal(store_text(r, 0), "");
	assert_int_equal(store_blob(r, 1).n, 0);
	assert_non_null(store_blob(r, 1).p);
	no_more(r, t, s);
}

static void value_text_with_quotes_and_utf8(void **state)
{
	const char *text = "it's a \"test\" \\ $1 ; -- \xd8\xad\xd8\xb5\xd9\x86 \xe2\x82\xac \xf0\x9f\x8f\xb0\n";
	struct store_tx *t;
	struct store *s = with_thing(S_TEXT(text), S_NULL, S_NULL);
	struct store_rows *r = thing(s, &t);
	assert_string_equal(store_text(r, 0), text);
	no_more(r, t, s);
}

static void value_blob_of_1_MiB(void **state)
{
	size_t n = 1 << 20;
	uint8_t *p = malloc(n);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 2654435761u >> 13);
	struct store_tx *t;
	struct store *s = with_thing(S_NULL, S_BLOB(p, n), S_NULL);
	struct store_rows *r = thing(s, &t);
	assert_true(bytes_equal(store_blob(r, 1), bytes_of(p, n)));
	no_more(r, t, s);
	free(p);
}

static void value_int_limits(void **state)
{
	static const int64_t values[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, 1ll << 53, (1ll << 53) + 1, INT64_MAX };
	struct store *s = testdb_open();
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct store_tx *t = NULL;
		struct store_rows *r = NULL;
		assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
		assert_int_equal(STORE_RUN(t, "UPDATE counter SET n = $1 WHERE id = 1", S_INT(values[i])), 0);
		assert_int_equal(store_query(t, "SELECT n, -1, count(*), sum(n) FROM counter GROUP BY n", NULL, 0, &r), 0);
		assert_int_equal(store_next(r), 1);
		assert_true(store_int(r, 0) == values[i]);
		assert_int_equal(store_int(r, 1), -1);
		assert_int_equal(store_int(r, 2), 1);
		assert_true(store_int(r, 3) == values[i]);
		store_end(r);
		assert_int_equal(store_commit(t), 0);
	}
	store_close(s);
}

static void value_text_that_is_not_utf8_is_refused(void **state)
{
	static const struct bytes bad[] = {
		{ (const uint8_t *)"a\0b", 3 }, { (const uint8_t *)"\xff", 1 }, { (const uint8_t *)"\xc3", 1 },
		{ (const uint8_t *)"\xc0\x80", 2 }, { (const uint8_t *)"\xe0\x80\x80", 3 }, { (const uint8_t *)"\xed\xa0\x80", 3 },
		{ (const uint8_t *)"\xf4\x90\x80\x80", 4 }, { (const uint8_t *)"\xf0\x9f\x8f", 3 }, { (const uint8_t *)"\x80", 1 },
	};
	struct store *s = testdb_open();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct store_tx *t = NULL;
		struct store_value v = { STORE_TEXT, 0, bad[i] };
		assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
		assert_int_equal(put(t, 1, v, S_NULL, S_NULL), ERR_MALFORMED);
		store_rollback(t);
	}
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM thing"), 0);
	store_close(s);
}

static void parameters_out_of_order_and_twice(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	struct store_rows *r = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(STORE_RUN(t, "INSERT INTO thing (name, size, body, id) VALUES ($3, $2, $4, $1)",
		S_INT(7), S_INT(9), S_TEXT("x"), S_BLOB("ab", 2)), 0);
	assert_int_equal(STORE_QUERY(t, &r, "SELECT id, name FROM thing WHERE size = $2 + 2 AND id = $2 AND name = $1",
		S_TEXT("x"), S_INT(7)), 0);
	assert_int_equal(store_next(r), 1);
	assert_int_equal(store_int(r, 0), 7);
	assert_string_equal(store_text(r, 1), "x");
	assert_int_equal(store_next(r), 0);
	store_end(r);
	assert_int_equal(store_commit(t), 0);
	store_close(s);
}

static void parameters_of_ten_and_more(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	struct store_rows *r = NULL;
	assert_int_equal(store_begin(s, STORE_READ, &t), 0);
	assert_int_equal(STORE_QUERY(t, &r, "SELECT $11 + 0, $1 + 0, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 + $10",
		S_INT(1), S_INT(0), S_INT(0), S_INT(0), S_INT(0), S_INT(0), S_INT(0), S_INT(0), S_INT(0), S_INT(10), S_INT(11)), 0);
	assert_int_equal(store_next(r), 1);
	assert_int_equal(store_int(r, 0), 11);
	assert_int_equal(store_int(r, 1), 1);
	assert_int_equal(store_int(r, 2), 10);
	store_end(r);
	store_rollback(t);
	store_close(s);
}

/* The same text with a NULL and with a number: one cached statement must not spoil the other. */
static void statement_again_with_other_kinds(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	for (int64_t i = 0; i < 6; i++)
		assert_int_equal(put(t, i, i & 1 ? S_NULL : S_TEXT((const char *[]){ "a", "", "b", "", "c" }[i]),
			i % 3 ? S_NULL : S_BLOB("z", 1), i & 2 ? S_NULL : S_INT(i)), 0);
	assert_int_equal(store_commit(t), 0);
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM thing WHERE name IS NULL"), 3);
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM thing WHERE body IS NULL"), 4);
	assert_int_equal(testdb_int(s, "SELECT sum(size) FROM thing"), 0 + 1 + 4 + 5);
	store_close(s);
}

static void cast_is(struct store_tx *t, struct store_value v, const char *want)
{
	struct store_rows *r = NULL;
	assert_int_equal(STORE_QUERY(t, &r, "SELECT CAST($1 AS TEXT)", v), 0);
	assert_int_equal(store_next(r), 1);
	if (want)
		assert_string_equal(store_text(r, 0), want);
	else
		assert_true(store_null(r, 0));
	store_end(r);
}

static void statement_again_with_other_types(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	assert_int_equal(store_begin(s, STORE_READ, &t), 0);
	cast_is(t, S_INT(5), "5");
	cast_is(t, S_TEXT("ab"), "ab");
	cast_is(t, S_NULL, NULL);
	cast_is(t, S_INT(-5), "-5");
	store_rollback(t);
	store_close(s);
}

static void statements_more_than_are_cached(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 250; i++) {
			char sql[96];
			(void)snprintf(sql, sizeof sql, "UPDATE counter SET n = n + %d WHERE id = 1", i);
			assert_int_equal(store_run(t, sql, NULL, 0, NULL), 0);
		}
	}
	assert_int_equal(store_commit(t), 0);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 2 * 250 * 249 / 2);
	store_close(s);
}

/* --- errors --- */

static int try_in(struct store *s, const char *first, const char *second)
{
	struct store_tx *t = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(store_run(t, first, NULL, 0, NULL), 0);
	int err = store_run(t, second, NULL, 0, NULL);
	if (err) { /* nothing runs after an error, and it does not commit */
		assert_int_equal(store_run(t, first, NULL, 0, NULL), err);
		assert_int_equal(store_commit(t), err);
	} else {
		assert_int_equal(store_commit(t), 0);
	}
	return err;
}

static void unique_violation_is_eexist(void **state)
{
	struct store *s = testdb_open();
	assert_int_equal(testdb_run(s, "INSERT INTO thing (id, name) VALUES (1, 'secret of a row')"), 0);
	assert_int_equal(try_in(s, "UPDATE counter SET n = 5", "INSERT INTO thing (id, name) VALUES (1, 'b')"), -EEXIST);
	assert_int_equal(try_in(s, "UPDATE counter SET n = 5", "INSERT INTO thing (id, name) VALUES (2, 'secret of a row')"), -EEXIST);
	assert_true(store_note(s)[0] != 0);
	assert_null(strstr(store_note(s), "secret"));
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	assert_int_equal(try_in(s, "UPDATE counter SET n = 5", "INSERT INTO thing (id, name) VALUES (1, 'b') ON CONFLICT DO NOTHING"), 0);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 5);
	store_close(s);
}

static void constraints_are_refused(void **state)
{
	struct store *s = testdb_open();
	const char *first = "UPDATE counter SET n = n + 1";
	assert_int_equal(try_in(s, first, "INSERT INTO thing (id, size) VALUES (1, -1)"), ERR_REFUSED);
	assert_int_equal(try_in(s, first, "INSERT INTO counter (id, n) VALUES (2, NULL)"), ERR_REFUSED);
	assert_int_equal(try_in(s, first, "INSERT INTO part (id, thing) VALUES (1, 99)"), ERR_REFUSED);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	store_close(s);
}

static void mistakes_in_sql_are_malformed(void **state)
{
	struct store *s = testdb_open();
	const char *first = "UPDATE counter SET n = n + 1";
	assert_int_equal(try_in(s, first, "SELEKT 1"), ERR_MALFORMED);
	assert_int_equal(try_in(s, first, "INSERT INTO nowhere VALUES (1)"), ERR_MALFORMED);
	assert_int_equal(try_in(s, first, "SELECT \"name\" FROM counter"), ERR_MALFORMED);
	assert_int_equal(try_in(s, first, "UPDATE counter SET n = 1; UPDATE counter SET n = 2"), ERR_MALFORMED);
	assert_int_equal(try_in(s, first, "UPDATE counter SET n = $1"), ERR_MALFORMED);
	assert_int_equal(try_in(s, first, ""), ERR_MALFORMED);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	store_close(s);
}

static void a_read_transaction_cannot_write(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	assert_int_equal(store_begin(s, STORE_READ, &t), 0);
	assert_int_equal(store_run(t, "UPDATE counter SET n = 9", NULL, 0, NULL), ERR_MALFORMED);
	store_rollback(t);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	store_close(s);
}

static void one_statement_at_a_time(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	struct store_rows *r = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(store_query(t, "SELECT n FROM counter", NULL, 0, &r), 0);
	assert_int_equal(store_run(t, "UPDATE counter SET n = 9", NULL, 0, NULL), ERR_MALFORMED);
	store_end(r);
	store_rollback(t);
	store_close(s);
}

/* --- transactions --- */

static void changes_are_counted(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	int64_t n = -1;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(store_run(t, "INSERT INTO counter (id, n) VALUES (2, 0), (3, 0), (4, 0)", NULL, 0, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(store_run(t, "CREATE TABLE more (id BIGINT PRIMARY KEY)", NULL, 0, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_run(t, "UPDATE counter SET n = 1 WHERE id > 2", NULL, 0, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(store_run(t, "SELECT id FROM counter", NULL, 0, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_run(t, "INSERT INTO counter (id, n) VALUES (2, 0) ON CONFLICT DO NOTHING", NULL, 0, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_run(t, "DELETE FROM counter", NULL, 0, &n), 0);
	assert_int_equal(n, 4);
	store_rollback(t);
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM counter"), 1);
	store_close(s);
}

static void returning_inserts_at_once_and_fails_at_once(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	struct store_rows *r = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(STORE_QUERY(t, &r, "INSERT INTO thing (id, size) VALUES ($1, $2), ($1 + 1, $2) RETURNING id", S_INT(1), S_INT(2)), 0);
	store_end(r); /* not one row was read */
	assert_int_equal(STORE_QUERY(t, &r, "UPDATE thing SET size = size + 1 WHERE id = $1 RETURNING size", S_INT(2)), 0);
	assert_int_equal(store_next(r), 1);
	assert_int_equal(store_int(r, 0), 3);
	assert_int_equal(store_next(r), 0);
	store_end(r);
	assert_int_equal(store_commit(t), 0);
	assert_int_equal(testdb_int(s, "SELECT sum(size) FROM thing"), 5);
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(STORE_QUERY(t, &r, "INSERT INTO thing (id) VALUES ($1) RETURNING id", S_INT(1)), -EEXIST);
	store_rollback(t);
	store_close(s);
}

static void rollback_leaves_nothing(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(store_run(t, "UPDATE counter SET n = 9", NULL, 0, NULL), 0);
	store_rollback(t);
	store_rollback(NULL);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	store_close(s);
	s = testdb_reopen(testdb_last());
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	store_close(s);
}

static int64_t count_in(struct store_tx *t)
{
	struct store_rows *r = NULL;
	assert_int_equal(store_query(t, "SELECT n FROM counter WHERE id = 1", NULL, 0, &r), 0);
	assert_int_equal(store_next(r), 1);
	int64_t n = store_int(r, 0);
	store_end(r);
	return n;
}

static void a_reader_sees_one_state(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *reader = NULL, *writer = NULL;
	assert_int_equal(store_begin(s, STORE_READ, &reader), 0);
	assert_int_equal(count_in(reader), 0);
	assert_int_equal(store_begin(s, STORE_WRITE, &writer), 0);
	assert_int_equal(store_run(writer, "UPDATE counter SET n = 1", NULL, 0, NULL), 0);
	assert_int_equal(count_in(writer), 1);
	assert_int_equal(count_in(reader), 0); /* not committed */
	assert_int_equal(store_commit(writer), 0);
	assert_int_equal(count_in(reader), 0); /* still its own state */
	assert_int_equal(store_commit(reader), 0);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 1);
	store_close(s);
}

static int add_then_fail(struct store_tx *t, void *ctx)
{
	int err = store_run(t, "UPDATE counter SET n = n + 1", NULL, 0, NULL);
	return err ? err : *(int *)ctx;
}

static void store_write_returns_what_its_work_does(void **state)
{
	struct store *s = testdb_open();
	assert_int_equal(store_write(s, add_then_fail, &(int){ ERR_LIMIT }), ERR_LIMIT);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	assert_int_equal(store_write(s, add_then_fail, &(int){ 0 }), 0);
	assert_int_equal(store_write(s, add_then_fail, &(int){ 3 }), 3);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 2);
	store_close(s);
}

/* --- migrations --- */

static void migration_runs_once(void **state)
{
	struct store *s = testdb_open();
	assert_int_equal(testdb_run(s, "UPDATE counter SET n = 4"), 0);
	assert_int_equal(store_migrate(s, testdb_migrations, testdb_migration_count, NULL), 0);
	store_close(s);
	s = testdb_reopen(testdb_last());
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 4);
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM hisn_migration"), 2);
	store_close(s);
}

static void migration_that_changed_is_refused(void **state)
{
	struct store *s = testdb_open();
	struct store_migration m[2] = { testdb_migrations[0], { "parts", "CREATE TABLE part (id BIGINT);\n" } };
	struct err_note note = { 0 };
	assert_int_equal(store_migrate(s, m, 2, &note), ERR_REFUSED);
	assert_non_null(strstr(note.text, "migration 2 (parts)"));
	store_close(s);
}

static void migration_newer_than_the_program_is_refused(void **state)
{
	struct store *s = testdb_open();
	struct err_note note = { 0 };
	assert_int_equal(store_migrate(s, testdb_migrations, 1, &note), ERR_VERSION);
	assert_non_null(strstr(note.text, "has 2 migrations"));
	store_close(s);
}

static void migration_that_fails_leaves_nothing_of_itself(void **state)
{
	struct store *s = testdb_open();
	struct store_migration m[4] = { testdb_migrations[0], testdb_migrations[1],
		{ "good", "CREATE TABLE good (id BIGINT);\n" },
		{ "bad", "CREATE TABLE half (id BIGINT);\nUPDATE counter SET n = 77;\nINSERT INTO nowhere VALUES (1);\n" } };
	struct err_note note = { 0 };
	assert_int_equal(store_migrate(s, m, 4, &note), ERR_MALFORMED);
	assert_non_null(strstr(note.text, "migration 4 (bad)"));
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM hisn_migration"), 3);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	m[3].sql = "CREATE TABLE half (id BIGINT);\n";
	assert_int_equal(store_migrate(s, m, 4, NULL), 0);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_null_is_null),
		cmocka_unit_test(value_empty_is_not_null),
		cmocka_unit_test(value_text_with_quotes_and_utf8),
		cmocka_unit_test(value_blob_of_1_MiB),
		cmocka_unit_test(value_int_limits),
		cmocka_unit_test(value_text_that_is_not_utf8_is_refused),
		cmocka_unit_test(parameters_out_of_order_and_twice),
		cmocka_unit_test(parameters_of_ten_and_more),
		cmocka_unit_test(statement_again_with_other_kinds),
		cmocka_unit_test(statement_again_with_other_types),
		cmocka_unit_test(statements_more_than_are_cached),
		cmocka_unit_test(unique_violation_is_eexist),
		cmocka_unit_test(constraints_are_refused),
		cmocka_unit_test(mistakes_in_sql_are_malformed),
		cmocka_unit_test(a_read_transaction_cannot_write),
		cmocka_unit_test(one_statement_at_a_time),
		cmocka_unit_test(changes_are_counted),
		cmocka_unit_test(returning_inserts_at_once_and_fails_at_once),
		cmocka_unit_test(rollback_leaves_nothing),
		cmocka_unit_test(a_reader_sees_one_state),
		cmocka_unit_test(store_write_returns_what_its_work_does),
		cmocka_unit_test(migration_runs_once),
		cmocka_unit_test(migration_that_changed_is_refused),
		cmocka_unit_test(migration_newer_than_the_program_is_refused),
		cmocka_unit_test(migration_that_fails_leaves_nothing_of_itself),
	};
	return cmocka_run_group_tests_name("store", tests, testdb_begin, testdb_finish);
}
