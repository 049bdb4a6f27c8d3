/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_tool.h"

#include <sodium.h>

struct fake_keys keys;
struct desk desk = { .keys = (struct keys *)&keys };
const uint8_t some_report[SEAL_ID] = { 0xab, 0xcd, 1 };

int begin(void **state)
{
	assert_int_equal(seal_start(), 0);
	return testdb_begin(state);
}

int fresh(void **state)
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

int gone(void **state)
{
	store_close(desk.store);
	return 0;
}

int64_t number(const char *sql)
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

void change(const char *sql)
{
	assert_int_equal(store_write(desk.store, run, (void *)(uintptr_t)sql), 0);
}

int note(const char *action)
{
	return audit_now(&desk, &(struct audit_entry){ .member = 3, .role = KEYS_SUPERVISOR, .action = action });
}

struct arena arena;
struct audit_verified got;
struct audit_given given;

/* Entries of many forms; what stands in one stands in no other. */
static int put_some(struct store_tx *t, void *ctx)
{
	const int *n = ctx;
	int err = 0;
	for (int i = n[0]; i < n[1] && !err; i++) {
		char object[32], detail[32];
		(void)snprintf(object, sizeof object, "thing %d", i);
		(void)snprintf(detail, sizeof detail, "%d", i);
		err = audit_put(t, &(struct audit_entry){ .member = (uint32_t)i % 7, .role = i % 6, .action = i % 2 ? "case.confirm" : "message.open",
			.report = i % 3 ? some_report : NULL, .object = i % 5 ? object : NULL, .detail = i % 4 ? detail : NULL });
	}
	return err;
}

void grow_to(int n)
{
	int range[2] = { (int)number("SELECT count(*) FROM audit"), n };
	assert_int_equal(store_write(desk.store, put_some, range), 0);
}

int long_trail(void **state)
{
	arena_init(&arena, 0);
	given = (struct audit_given){ { NULL, 0 }, NULL };
	(void)fresh(state);
	grow_to(FIRST_HEAD);
	assert_int_equal(audit_sign(&desk, NULL), 0);
	grow_to(LONG - 1);
	assert_int_equal(audit_sign(&desk, NULL), 0);
	grow_to(LONG);
	return 0;
}

int long_gone(void **state)
{
	arena_done(&arena);
	return gone(state);
}

int64_t verify(void)
{
	struct err_note note = { "" };
	const struct audit_verify v = { .key = &keys.head.key, .last = &keys.head, .given = &given, .given_n = given.where != NULL };
	arena_done(&arena);
	arena_init(&arena, 0);
	assert_int_equal(audit_verify(desk.store, &arena, &v, &got, &note), 0);
	return got.check.findings;
}

/* All that was found, a line each. */
const char *told(void)
{
	static char all[16384];
	size_t n = 0;
	all[0] = 0;
	for (size_t i = 0; i < got.check.finding_n; i++) {
		char text[AUDIT_FINDING_TEXT];
		audit_finding_text(&got.check.finding[i], text);
		n += (size_t)snprintf(all + n, sizeof all - n, "%s\n", text);
	}
	return all;
}

void assert_told(const char *want)
{
	(void)verify();
	if (!strstr(told(), want))
		fail_msg("not told: %s\nbut:\n%s", want, told());
}

void assert_told_only(const char *want)
{
	char line[600];
	(void)snprintf(line, sizeof line, "%s\n", want);
	(void)verify();
	assert_string_equal(told(), line);
}

struct again {
	int64_t from, until;
	const char *instead; /* the action of entry `from`; NULL: as it was */
};

static int write_again(struct store_tx *t, void *ctx)
{
	const struct again *w = ctx;
	struct arena a;
	struct audit_row *row;
	struct merkle tree = { .size = 0 };
	uint8_t chain[MERKLE_HASH] = { 0 };
	size_t n;
	const struct audit_filter all = AUDIT_ALL;
	arena_init(&a, 0);
	int err = audit_latest(t, &a, &all, INT64_MAX, 1000, &row, &n);
	for (size_t k = n; k-- && !err;) {
		char line[AUDIT_LINE_MAX];
		uint8_t leaf[MERKLE_HASH];
		size_t size;
		struct audit_row *r = &row[k];
		if (r->seq >= w->until)
			break;
		if (r->seq == w->from && w->instead)
			r->action = bytes_str(w->instead);
		assert_true(audit_row_line(r, r->seq, line, &size));
		merkle_leaf(bytes_of(line, size), leaf);
		audit_chain(chain, leaf, chain);
		err = merkle_append(&tree, leaf);
		if (!err && r->seq >= w->from)
			err = STORE_RUN(t, "UPDATE audit SET action = $2, leaf = $3, chain = $4 WHERE seq = $1", S_INT(r->seq),
				(struct store_value){ STORE_TEXT, 0, r->action }, S_BLOB(leaf, MERKLE_HASH), S_BLOB(chain, MERKLE_HASH));
	}
	struct bytes edge = merkle_edge(&tree);
	if (!err)
		err = STORE_RUN(t, "DELETE FROM audit WHERE seq >= $1", S_INT(w->until));
	if (!err)
		err = STORE_RUN(t, "UPDATE audit_head SET size = $1, chain = $2, edge = $3", S_INT((int64_t)tree.size),
			S_BLOB(chain, MERKLE_HASH), S_BLOB(edge.p, edge.n));
	arena_done(&a);
	return err;
}

void again(int64_t from, int64_t until, const char *instead)
{
	struct again w = { from, until, instead };
	assert_int_equal(store_write(desk.store, write_again, &w), 0);
}
