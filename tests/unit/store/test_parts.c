/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that need no database: scripts, the cache of statements, PostgreSQL's binary values. */
#include "testdb.h"

#include "store/cache.h"
#include "store/postgres_int.h"

#include <stdio.h>
#include <stdlib.h>

/* --- split --- */

static void splits_into(const char *script, const char *const *want, size_t n)
{
	struct bytes s;
	for (size_t i = 0; i < n; i++) {
		assert_true(split_next(&script, &s));
		assert_int_equal(s.n, strlen(want[i]));
		assert_memory_equal(s.p, want[i], s.n);
	}
	assert_false(split_next(&script, &s));
	assert_false(split_next(&script, &s));
}
#define SPLITS(script, ...) splits_into(script, (const char *const[]){ __VA_ARGS__ }, \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void split_at_semicolons_that_end_a_line(void **state)
{
	SPLITS("A;\nB;\n", "A", "B");
	SPLITS("A;\r\n B; \t\nC", "A", "B", "C");
	SPLITS("A (1; 2);\nB;", "A (1; 2)", "B");
	SPLITS("\n\n  A\n  AA  \n;\n", "A\n  AA");
	splits_into("", NULL, 0);
	splits_into(" \n\t", NULL, 0);
}

static void split_knows_quotes_and_comments(void **state)
{
	SPLITS("A ';\n' B;\nC", "A ';\n' B", "C");
	SPLITS("A 'it''s;\n' B;\nC", "A 'it''s;\n' B", "C");
	SPLITS("A \";\n\" B;\nC", "A \";\n\" B", "C");
	SPLITS("A -- it's;\nB;\nC", "A -- it's;\nB", "C");
	SPLITS("-- only words;\nA;\n-- the end;\n", "A");
	splits_into("-- only words;", NULL, 0);
	SPLITS("A 'never ends;\nB;\n", "A 'never ends;\nB;");
}

/* --- the cache --- */

static unsigned dropped;
static uintptr_t last_dropped;

static void drop(void *owner, void *statement)
{
	assert_ptr_equal(owner, &dropped);
	dropped++;
	last_dropped = (uintptr_t)statement;
}

static void cache_drops_the_longest_unused(void **state)
{
	static struct cache c;
	char key[32];
	dropped = 0;
	cache_init(&c, drop, &dropped);
	for (uintptr_t i = 1; i <= CACHE_SIZE; i++) {
		(void)snprintf(key, sizeof key, "statement %d", (int)i);
		assert_int_equal(cache_put(&c, bytes_str(key), (void *)i), 0);
	}
	assert_int_equal(dropped, 0);
	assert_ptr_equal(cache_find(&c, bytes_str("statement 1")), (void *)1); /* used again: 2 is the oldest */
	assert_int_equal(cache_put(&c, bytes_str("one more"), (void *)500), 0);
	assert_int_equal(dropped, 1);
	assert_int_equal(last_dropped, 2);
	assert_null(cache_find(&c, bytes_str("statement 2")));
	assert_null(cache_find(&c, bytes_str("statement")));
	assert_ptr_equal(cache_find(&c, bytes_str("one more")), (void *)500);
	cache_done(&c);
	assert_int_equal(dropped, CACHE_SIZE + 1);
}

/* --- PostgreSQL's values --- */

static int64_t number(unsigned type, const char *bytes, size_t n)
{
	struct store_value v = S_NULL;
	assert_int_equal(postgres_value(type, (const uint8_t *)bytes, n, &v), STORE_INT);
	return v.i;
}

static void postgres_integers(void **state)
{
	assert_int_equal(number(PG_INT8, "\xff\xff\xff\xff\xff\xff\xff\xfe", 8), -2);
	assert_int_equal(number(PG_INT4, "\xff\xff\xff\xfe", 4), -2);
	assert_int_equal(number(PG_INT2, "\xff\xfe", 2), -2);
	assert_int_equal(number(PG_BOOL, "\1", 1), 1);
	assert_int_equal(number(PG_FLOAT8, "\xc0\x04\0\0\0\0\0\0", 8), -2); /* -2.5 */
	assert_true(number(PG_FLOAT8, "\x7f\xf0\0\0\0\0\0\0", 8) == INT64_MAX); /* infinity */
	assert_int_equal(number(PG_FLOAT8, "\x7f\xf8\0\0\0\0\0\0", 8), 0); /* NaN */
}

static void postgres_numerics(void **state)
{
	assert_int_equal(number(PG_NUMERIC, "\0\0\0\0\0\0\0\0", 8), 0);
	assert_int_equal(number(PG_NUMERIC, "\0\1\0\0\0\0\0\0\0\7", 10), 7);
	assert_int_equal(number(PG_NUMERIC, "\0\1\0\1\x40\0\0\0\0\7", 10), -70000); /* zeros behind are left out */
	assert_int_equal(number(PG_NUMERIC, "\0\2\0\0\0\0\0\2\0\7\x13\x88", 12), 7); /* 7.5 */
	assert_int_equal(number(PG_NUMERIC, "\0\1\xff\xff\0\0\0\2\x13\x88", 10), 0); /* 0.5 */
	assert_int_equal(number(PG_NUMERIC, "\0\0\0\0\xc0\0\0\0", 8), 0); /* NaN */
	assert_true(number(PG_NUMERIC, "\0\1\0\5\0\0\0\0\0\7", 10) == INT64_MAX);
	assert_true(number(PG_NUMERIC, "\0\1\0\5\x40\0\0\0\0\7", 10) == INT64_MIN);
	assert_true(number(PG_NUMERIC, "\0\1\x7f\xff\x40\0\0\0\0\7", 10) == INT64_MIN);
	assert_int_equal(number(PG_NUMERIC, "\0\1", 2), 0); /* not a whole one */
}

static void postgres_texts_and_blobs(void **state)
{
	struct store_value v = S_NULL;
	assert_int_equal(postgres_value(PG_TEXT, (const uint8_t *)"ab", 2, &v), STORE_TEXT);
	assert_int_equal(v.b.n, 2);
	assert_int_equal(postgres_value(PG_BYTEA, (const uint8_t *)"", 0, &v), STORE_BLOB);
	assert_int_equal(postgres_value(PG_INT8, (const uint8_t *)"abc", 3, &v), STORE_BLOB); /* never read past its end */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_at_semicolons_that_end_a_line),
		cmocka_unit_test(split_knows_quotes_and_comments),
		cmocka_unit_test(cache_drops_the_longest_unused),
		cmocka_unit_test(postgres_integers),
		cmocka_unit_test(postgres_numerics),
		cmocka_unit_test(postgres_texts_and_blobs),
	};
	return cmocka_run_group_tests_name("store parts", tests, NULL, NULL);
}
