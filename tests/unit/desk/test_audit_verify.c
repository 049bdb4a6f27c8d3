/* SPDX-License-Identifier: Apache-2.0 */
/* Each way to change a trail, and whether verifying says what and where. */
#include "audit_tool.h"

#include <sodium.h>

static void trail_that_nobody_touched_is_good(void **state)
{
	assert_int_equal(verify(), 0);
	assert_int_equal(got.check.entries, LONG);
	assert_int_equal(got.notes, 2);
	assert_int_equal(got.check.heads_good, 3); /* two stored, and the key process's own */
	assert_int_equal(got.check.heads_skipped, 0);
	assert_false(sodium_is_zero(got.check.root, MERKLE_HASH));
}

static void empty_trail_is_good(void **state)
{
	change("DELETE FROM audit");
	change("DELETE FROM audit_note");
	change("UPDATE audit_head SET size = 0, chain = CAST('' AS BLOB), edge = CAST('' AS BLOB)");
	fake_keys_init(&keys);
	assert_int_equal(verify(), 0);
	change("UPDATE audit_head SET chain = CAST('x' AS BLOB)");
	assert_told("its chain does not end");
}

/* --- one bit --- */

struct cell {
	const char *table, *column, *where;
	struct store_value v;
	uint8_t bytes[4096];
};

static int read_cell(struct store_tx *t, void *ctx)
{
	struct cell *c = ctx;
	struct store_rows *rows;
	char sql[200];
	(void)snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s", c->column, c->table, c->where);
	assert_int_equal(store_query(t, sql, NULL, 0, &rows), 0);
	assert_int_equal(store_next(rows), 1);
	struct bytes b = store_bytes(rows, 0);
	c->v = store_null(rows, 0) ? S_NULL : b.p ? (struct store_value){ store_text(rows, 0) ? STORE_TEXT : STORE_BLOB, 0, { c->bytes, b.n } }
		: S_INT(store_int(rows, 0));
	assert_true(b.n <= sizeof c->bytes);
	if (b.n)
		memcpy(c->bytes, b.p, b.n);
	store_end(rows);
	return 0;
}

/* SQLite keeps any bytes as text, PostgreSQL only what is UTF-8 without NUL. */
static int write_cell(struct store_tx *t, void *ctx)
{
	struct cell *c = ctx;
	char sql[200];
	bool raw = c->v.kind == STORE_TEXT && !testdb_is_postgres();
	struct store_value v = c->v;
	v.kind = raw ? STORE_BLOB : v.kind;
	(void)snprintf(sql, sizeof sql, "UPDATE %s SET %s = %s WHERE %s", c->table, c->column, raw ? "CAST($1 AS TEXT)" : "$1", c->where);
	return store_run(t, sql, &v, 1, NULL);
}

/* Flips bit `bit` of a cell. False: the database takes no such text. */
static bool flip(const char *table, const char *column, const char *where, size_t bit)
{
	struct cell c = { .table = table, .column = column, .where = where };
	assert_int_equal(store_write(desk.store, read_cell, &c), 0);
	if (c.v.kind == STORE_INT)
		c.v.i = (int64_t)((uint64_t)c.v.i ^ (uint64_t)1 << bit);
	else
		c.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	int err = store_write(desk.store, write_cell, &c);
	assert_true(!err || (err == ERR_MALFORMED && testdb_is_postgres()));
	return !err;
}

static size_t bits_of(const char *table, const char *column, const char *where)
{
	struct cell c = { .table = table, .column = column, .where = where };
	assert_int_equal(store_write(desk.store, read_cell, &c), 0);
	return c.v.kind == STORE_INT ? 64 : c.v.b.n * 8;
}

static void bit_flipped_in_any_column_is_found_where_it_is(void **state)
{
	static const char *const column[] = { "at", "member", "role", "action", "report", "object", "detail", "leaf", "chain" };
	for (size_t i = 0; i < ARRAY_LEN(column); i++) {
		size_t bits = bits_of("audit", column[i], "seq = 43");
		for (size_t bit = 0; bit < bits; bit += bits > 200 ? 37 : 5) {
			if (!flip("audit", column[i], "seq = 43", bit))
				continue;
			const char *want = i < 7 ? "entry 43: its content differs from its hash"
				: i == 7 ? "entry 43: its hash was changed; its content is what the chain knows"
				: "entry 43: its link of the chain was changed; its content is what the chain knows";
			assert_told_only(want);
			assert_int_equal(got.check.heads_good, 3); /* what the entry was is still known */
			(void)flip("audit", column[i], "seq = 43", bit);
		}
	}
	assert_int_equal(verify(), 0);
}

static void bit_flipped_at_the_ends_of_the_trail_is_found(void **state)
{
	static const char *const where[] = { "seq = 0", "seq = 120" };
	for (size_t i = 0; i < 2; i++) {
		char want[80];
		(void)snprintf(want, sizeof want, "entry %s: its link", where[i] + 6);
		(void)flip("audit", "chain", where[i], 9);
		assert_told(want);
		(void)flip("audit", "chain", where[i], 9);
		(void)snprintf(want, sizeof want, "entry %s: its hash", where[i] + 6);
		(void)flip("audit", "leaf", where[i], 9);
		assert_told(want);
		(void)flip("audit", "leaf", where[i], 9);
		(void)snprintf(want, sizeof want, "entry %s: its content", where[i] + 6);
		(void)flip("audit", "member", where[i], 2);
		assert_told(want);
		(void)flip("audit", "member", where[i], 2);
	}
}

static void number_that_was_changed_is_found(void **state)
{
	(void)flip("audit", "seq", "seq = 43", 10);
	assert_told("entry 43 is missing");
	assert_told("entry 43 stands in the place of entry 1067");
	(void)flip("audit", "seq", "seq = 1067", 10);
	(void)flip("audit", "seq", "seq = 43", 63);
	assert_told("which no entry has");
	assert_told("entry 43 is missing");
}

static void column_of_another_kind_or_length_is_found(void **state)
{
	if (testdb_is_postgres())
		return; /* a column has one kind there */
	static const char *const odd[] = { "report = 'abc'", "report = CAST('abc' AS BLOB)", "report = NULL", "object = NULL", "object = ''",
		"object = CAST(object AS BLOB)", "object = object || char(0) || 'more'", "detail = 7", "member = -1", "member = 4294967299",
		"role = 4294967299", "action = CAST('a' AS BLOB)", "detail = printf('%.*c', 300, 'd')" };
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		char sql[200];
		change("CREATE TABLE kept AS SELECT * FROM audit WHERE seq = 43");
		(void)snprintf(sql, sizeof sql, "UPDATE audit SET %s WHERE seq = 43", odd[i]);
		change(sql);
		assert_told_only("entry 43: its content differs from its hash");
		change("DELETE FROM audit WHERE seq = 43");
		change("INSERT INTO audit SELECT * FROM kept");
		change("DROP TABLE kept");
	}
	change("UPDATE audit SET leaf = CAST('x' AS BLOB), chain = 'x' WHERE seq = 43");
	assert_told("entry 43: ");
}

/* --- rows --- */

static void rows_that_are_gone_are_found(void **state)
{
	change("DELETE FROM audit WHERE seq = 0");
	assert_told_only("entry 0 is missing");
	change("DELETE FROM audit WHERE seq BETWEEN 40 AND 41");
	assert_told("entries 40 to 41 are missing");
	change("DELETE FROM audit WHERE seq = 77");
	assert_told("entry 77 is missing");
	assert_int_equal(got.check.findings, 3);
	assert_int_equal(got.check.heads_skipped, 3);
}

static void swap(int a, int b)
{
	char sql[120];
	const int step[3][2] = { { a, 100000 }, { b, a }, { 100000, b } };
	for (int i = 0; i < 3; i++) {
		(void)snprintf(sql, sizeof sql, "UPDATE audit SET seq = %d WHERE seq = %d", step[i][1], step[i][0]);
		change(sql);
	}
}

static void rows_that_changed_places_are_found(void **state)
{
	swap(42, 43);
	assert_told_only("entries 42 and 43 changed places");
	swap(42, 43);
	swap(7, 99);
	assert_told_only("entries 7 and 99 changed places");
	swap(42, 43);
	assert_told("entries 42 and 43 changed places");
	assert_told("entries 7 and 99 changed places");
	assert_int_equal(got.check.findings, 2);
}

/* One taken out, and all that follow moved down by one, so that there is no gap. */
static void rows_that_were_moved_up_are_found(void **state)
{
	change("DELETE FROM audit WHERE seq = 100");
	change("UPDATE audit SET seq = seq + 1000 WHERE seq > 100");
	change("UPDATE audit SET seq = seq - 1001 WHERE seq > 1000");
	change("UPDATE audit_head SET size = 120");
	assert_told("entries 101 to 119 stand in the places of entries 100 to 118");
}

static void tail_that_was_cut_is_found(void **state)
{
	change("DELETE FROM audit WHERE seq >= 118");
	assert_told("the head row knows 121 entries, the trail has 118: the last 3 are missing");
	assert_told("the signed head of the key process knows 120 entries, the trail has 118: the last 2 are missing");
	change("DELETE FROM audit WHERE seq = 117");
	assert_told("knows 121 entries, the trail has 117: the last 4 are missing");
}

static void tail_that_was_cut_with_its_head_row_is_found_by_a_signed_head(void **state)
{
	again(0, 117, NULL);
	assert_told_only("the signed head of the key process knows 120 entries, the trail has 117: the last 3 are missing");
	change("DELETE FROM audit_note WHERE size = 120");
	assert_told("the head of size 120 was signed, and is not among those in the database");
	/* A key process that has forgotten, and a head that somebody kept. */
	struct keys_head before = keys.head;
	static char text[CHECKPOINT_NOTE_MAX + 100];
	(void)snprintf(text, sizeof text, "Kept in a drawer:\r\n\r\n%s\nand more", before.note);
	fake_keys_init(&keys);
	keys.head.key = before.key;
	assert_int_equal(verify(), 0);
	given = (struct audit_given){ bytes_str(text), "in drawer.txt" };
	assert_told_only("the signed head in drawer.txt knows 120 entries, the trail has 117: the last 3 are missing");
}

static void rewritten_trail_is_found_between_two_heads(void **state)
{
	again(0, LONG, NULL); /* nothing changed: the same hashes come out */
	assert_int_equal(verify(), 0);
	again(100, LONG, "case.unconfirm");
	(void)verify();
	assert_non_null(strstr(told(), "the trail was rewritten between the heads of size 80 and 120 ("));
	assert_non_null(strstr(told(), "entries 80 to 119 are not those that were signed"));
	assert_int_equal(got.check.findings, 1);
	again(20, LONG, "case.unconfirm");
	assert_told("the trail was rewritten before the head of size 80");
	/* After the last head nobody knows better yet. */
	again(100, LONG, "message.open");
	again(20, LONG, "message.open");
	assert_int_equal(verify(), 0);
	again(120, LONG, "case.unconfirm");
	assert_int_equal(verify(), 0);
}

static void entry_that_was_replaced_with_its_hash_is_found_by_the_chain(void **state)
{
	static const int64_t place[] = { 43, LONG - 1 };
	for (size_t i = 0; i < 2; i++) {
		char want[80], sql[200];
		struct cell chain = { .table = "audit", .column = "chain", .where = i ? "seq = 120" : "seq = 43" };
		struct cell after = { .table = "audit", .column = "chain", .where = "seq > 43 AND seq < 45" };
		assert_int_equal(store_write(desk.store, read_cell, &chain), 0);
		assert_int_equal(store_write(desk.store, read_cell, &after), 0);
		change("CREATE TABLE kept AS SELECT * FROM audit");
		change("CREATE TABLE kept_head AS SELECT * FROM audit_head");
		again(place[i], LONG, "case.unconfirm");
		/* all but its own row as it was */
		(void)snprintf(sql, sizeof sql, "DELETE FROM audit WHERE seq <> %d", (int)place[i]);
		change(sql);
		(void)snprintf(sql, sizeof sql, "INSERT INTO audit SELECT * FROM kept WHERE seq <> %d", (int)place[i]);
		change(sql);
		change("DELETE FROM audit_head");
		change("INSERT INTO audit_head SELECT * FROM kept_head");
		change("DROP TABLE kept_head");
		assert_int_equal(store_write(desk.store, write_cell, &chain), 0); /* and its link */
		(void)snprintf(want, sizeof want, "entry %d: it was replaced; the chain knows another one here", (int)place[i]);
		assert_told_only(want);
		change("DELETE FROM audit");
		change("INSERT INTO audit SELECT * FROM kept");
		change("DROP TABLE kept");
	}
}

/* --- the head row, and stored heads --- */

static void head_row_that_was_changed_is_found(void **state)
{
	for (size_t bit = 0; bit < 63; bit += 6) {
		(void)flip("audit_head", "size", "id = 1", bit);
		assert_told("the head row knows");
		(void)flip("audit_head", "size", "id = 1", bit);
	}
	(void)flip("audit_head", "size", "id = 1", 63);
	assert_told("the head row, which says how long the trail is, is missing or damaged (121 entries are there)");
	(void)flip("audit_head", "size", "id = 1", 63);
	for (size_t bit = 0; bit < 256; bit += 50) {
		(void)flip("audit_head", "chain", "id = 1", bit);
		assert_told_only("the head row: its chain does not end with entry 120");
		(void)flip("audit_head", "chain", "id = 1", bit);
		(void)flip("audit_head", "edge", "id = 1", bit * 4);
		assert_told_only("the head row: its edge of the tree is not that of the 121 entries");
		(void)flip("audit_head", "edge", "id = 1", bit * 4);
	}
	(void)flip("audit_head", "id", "id = 1", 3);
	assert_told("the head row, which says how long the trail is, is missing or damaged (121 entries are there)");
	assert_int_equal(note("more"), ERR_CHECKSUM);
	(void)flip("audit_head", "id", "id = 9", 3);
	assert_int_equal(verify(), 0);
}

static void stored_head_that_was_changed_is_found(void **state)
{
	size_t bits = bits_of("audit_note", "note", "size = 80");
	for (size_t bit = 0; bit < bits; bit += 35) {
		if (!flip("audit_note", "note", "size = 80", bit))
			continue;
		assert_told_only("the stored head of size 80 is not a head of this trail under the desk's key, or was changed");
		(void)flip("audit_note", "note", "size = 80", bit);
	}
	(void)flip("audit_note", "edge", "size = 80", 77);
	assert_told_only("the stored head of size 80 is not a head of this trail under the desk's key, or was changed");
	(void)flip("audit_note", "edge", "size = 80", 77);
	(void)flip("audit_note", "size", "size = 80", 1);
	assert_told("the stored head of size 82 is not");
	(void)flip("audit_note", "size", "size = 82", 1);
	assert_int_equal(verify(), 0);
}

static void given_head_of_another_key_or_changed_is_an_error(void **state)
{
	struct err_note n = { "" };
	char text[CHECKPOINT_NOTE_MAX];
	memcpy(text, keys.head.note, sizeof text);
	const struct audit_given g[] = { { bytes_str(text), "in x" } };
	const struct audit_verify v = { .key = &keys.head.key, .given = g, .given_n = 1 };
	strchr(text, '\n')[1] ^= 1; /* the size */
	assert_int_equal(audit_verify(desk.store, &arena, &v, &got, &n), ERR_KEY);
	assert_non_null(strstr(n.text, "in x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define LONG_TRAIL(f) cmocka_unit_test_setup_teardown(f, long_trail, long_gone)
		LONG_TRAIL(trail_that_nobody_touched_is_good),
		LONG_TRAIL(empty_trail_is_good),
		LONG_TRAIL(bit_flipped_in_any_column_is_found_where_it_is),
		LONG_TRAIL(bit_flipped_at_the_ends_of_the_trail_is_found),
		LONG_TRAIL(number_that_was_changed_is_found),
		LONG_TRAIL(column_of_another_kind_or_length_is_found),
		LONG_TRAIL(rows_that_are_gone_are_found),
		LONG_TRAIL(rows_that_changed_places_are_found),
		LONG_TRAIL(rows_that_were_moved_up_are_found),
		LONG_TRAIL(tail_that_was_cut_is_found),
		LONG_TRAIL(tail_that_was_cut_with_its_head_row_is_found_by_a_signed_head),
		LONG_TRAIL(rewritten_trail_is_found_between_two_heads),
		LONG_TRAIL(entry_that_was_replaced_with_its_hash_is_found_by_the_chain),
		LONG_TRAIL(head_row_that_was_changed_is_found),
		LONG_TRAIL(stored_head_that_was_changed_is_found),
		LONG_TRAIL(given_head_of_another_key_or_changed_is_an_error),
	};
	return cmocka_run_group_tests(tests, begin, testdb_finish);
}
