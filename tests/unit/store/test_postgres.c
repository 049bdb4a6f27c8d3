/* SPDX-License-Identifier: Apache-2.0 */
/* What only PostgreSQL has: connections that break, conflicts, tools run as children. */
#include "testdb.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- connections that break --- */

static int64_t int_in(struct store_tx *t, const char *sql)
{
	struct store_rows *r = NULL;
	assert_int_equal(store_query(t, sql, NULL, 0, &r), 0);
	assert_int_equal(store_next(r), 1);
	int64_t i = store_int(r, 0);
	store_end(r);
	return i;
}

/* From outside of the store. */
static void outside(const char *sql)
{
	PGconn *c = PQconnectdb(testdb_last());
	PGresult *r = PQexec(c, sql);
	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
}

static void end_backend(int64_t pid)
{
	char sql[96];
	(void)snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%lld, 5000)", (long long)pid);
	outside(sql);
}

static void a_lost_connection_is_epipe_and_the_next_is_new(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(store_run(t, "UPDATE counter SET n = 1", NULL, 0, NULL), 0);
	end_backend(int_in(t, "SELECT pg_backend_pid()"));
	assert_int_equal(store_run(t, "UPDATE counter SET n = 2", NULL, 0, NULL), -EPIPE);
	assert_int_equal(store_commit(t), -EPIPE);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	assert_int_equal(testdb_run(s, "UPDATE counter SET n = 3"), 0);
	store_close(s);
}

static void a_connection_lost_at_commit_is_epipe(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(store_run(t, "UPDATE counter SET n = 1", NULL, 0, NULL), 0);
	end_backend(int_in(t, "SELECT pg_backend_pid()"));
	assert_int_equal(store_commit(t), -EPIPE);
	assert_int_equal(testdb_run(s, "UPDATE counter SET n = 3"), 0);
	store_close(s);
}

static void idle_connections_that_died_are_not_noticed(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t[4] = { 0 };
	for (int i = 0; i < 4; i++)
		assert_int_equal(store_begin(s, STORE_READ, &t[i]), 0);
	for (int i = 0; i < 4; i++)
		store_rollback(t[i]);
	outside("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
		" AND datname = current_database()");
	assert_int_equal(testdb_run(s, "UPDATE counter SET n = 3"), 0);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 3);
	store_close(s);
}

static void a_server_that_is_not_there_is_epipe(void **state)
{
	struct store *s = NULL;
	struct err_note note = { 0 };
	assert_int_equal(store_open("host=/nonexistent dbname=desk", &s, &note), -EPIPE);
	assert_true(note.text[0] != 0);
	assert_int_equal(store_open("postgresql://127.0.0.1:1/desk", &s, NULL), -EPIPE);
}

/* --- conflicts --- */

static void a_conflict_is_eagain(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *a = NULL, *b = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &a), 0);
	assert_int_equal(store_begin(s, STORE_WRITE, &b), 0);
	int64_t n = int_in(a, "SELECT sum(n) FROM counter") + int_in(b, "SELECT sum(n) FROM counter");
	assert_int_equal(n, 0);
	assert_int_equal(store_run(a, "INSERT INTO counter (id, n) VALUES (2, 1)", NULL, 0, NULL), 0);
	assert_int_equal(store_run(b, "INSERT INTO counter (id, n) VALUES (3, 1)", NULL, 0, NULL), 0);
	assert_int_equal(store_commit(a), 0);
	assert_int_equal(store_commit(b), -EAGAIN); /* each had read what the other changed */
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM counter"), 2);
	store_close(s);
}

struct tries {
	struct store *s;
	int made, spoil;
};

static int add_counter(struct store_tx *t, void *ctx)
{
	return store_run(t, "UPDATE counter SET n = n + 1 WHERE id = 1", NULL, 0, NULL);
}

/* Another transaction changes the row that this one has read, as often as it is let. */
static int spoilt_work(struct store_tx *t, void *ctx)
{
	struct tries *tries = ctx;
	(void)int_in(t, "SELECT n FROM counter WHERE id = 1");
	if (tries->made++ < tries->spoil)
		outside("UPDATE counter SET n = n + 1 WHERE id = 1");
	return add_counter(t, NULL);
}

static void store_write_tries_again(void **state)
{
	struct tries tries = { testdb_open(), 0, 5 };
	assert_int_equal(store_write(tries.s, spoilt_work, &tries), 0);
	assert_int_equal(tries.made, 6);
	assert_int_equal(testdb_int(tries.s, "SELECT n FROM counter"), 6);
	store_close(tries.s);
}

static void store_write_tries_eight_times(void **state)
{
	struct tries tries = { testdb_open(), 0, 100 };
	assert_int_equal(store_write(tries.s, spoilt_work, &tries), -EAGAIN);
	assert_int_equal(tries.made, 8);
	store_close(tries.s);
}

static void a_changed_table_is_not_met_by_an_old_plan(void **state)
{
	struct store *s = testdb_open();
	for (int i = 0; i < 3; i++)
		assert_int_equal(testdb_int(s, "SELECT * FROM counter"), 1);
	outside("ALTER TABLE counter ADD COLUMN more BIGINT");
	struct store_tx *t = NULL;
	struct store_rows *r = NULL;
	assert_int_equal(store_begin(s, STORE_READ, &t), 0);
	assert_int_equal(store_query(t, "SELECT * FROM counter", NULL, 0, &r), -EAGAIN);
	store_rollback(t);
	assert_int_equal(testdb_int(s, "SELECT * FROM counter"), 1);
	store_close(s);
}

/* --- the wrong place --- */

static void a_database_of_others_is_refused(void **state)
{
	const char *where = testdb_where();
	PGconn *c = PQconnectdb(where);
	PQclear(PQexec(c, "CREATE TABLE theirs (id INT)"));
	PQfinish(c);
	struct store *s = NULL;
	assert_int_equal(store_open(where, &s, NULL), ERR_FORMAT);
}

/* --- backups --- */

static void restore_refuses_a_target_with_other_tables(void **state)
{
	struct store *s = testdb_open();
	assert_int_equal(store_backup(s, testdb_path("other"), NULL, NULL, NULL), 0);
	assert_int_equal(testdb_run(s, "CREATE TABLE later (id BIGINT)"), 0);
	store_close(s);
	struct err_note note = { 0 };
	assert_int_equal(store_restore(testdb_last(), testdb_path("other"), true, &note), ERR_REFUSED);
	assert_non_null(strstr(note.text, "later"));
}

/* Looks at every process's command line while pg_dump runs. */
static void look_for_password(void *ctx, uint64_t done, uint64_t total)
{
	unsigned *dumps = ctx;
	DIR *d = opendir("/proc");
	for (struct dirent *e; (e = readdir(d));) {
		char path[300], line[4096];
		(void)snprintf(path, sizeof path, "/proc/%s/cmdline", e->d_name);
		int fd = e->d_name[0] >= '0' && e->d_name[0] <= '9' ? open(path, O_RDONLY) : -1;
		ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line);
		close(fd);
		if (n <= 0)
			continue;
		*dumps += memmem(line, (size_t)n, "pg_dump", 7) != NULL;
		assert_null(memmem(line, (size_t)n, "fort-tower-19", 13));
	}
	closedir(d);
}

static void fill(struct store *s, int rows)
{
	struct store_tx *t = NULL;
	uint8_t body[4096];
	uint32_t x = 1;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	for (int i = 0; i < rows; i++) {
		for (size_t k = 0; k < sizeof body; k++)
			body[k] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
		assert_int_equal(STORE_RUN(t, "INSERT INTO thing (id, body) VALUES ($1, $2)", S_INT(i), S_BLOB(body, sizeof body)), 0);
	}
	assert_int_equal(store_commit(t), 0);
}

static void a_password_is_on_no_command_line(void **state)
{
	char where[PATH_MAX];
	unsigned dumps = 0;
	struct store *s = testdb_open();
	fill(s, 3000);
	store_close(s);
	(void)snprintf(where, sizeof where, "%s password=fort-tower-19", testdb_last());
	s = testdb_reopen(where);
	assert_int_equal(store_backup(s, testdb_path("password"), look_for_password, &dumps, NULL), 0);
	assert_true(dumps > 0);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_connection_is_epipe_and_the_next_is_new),
		cmocka_unit_test(a_connection_lost_at_commit_is_epipe),
		cmocka_unit_test(idle_connections_that_died_are_not_noticed),
		cmocka_unit_test(a_server_that_is_not_there_is_epipe),
		cmocka_unit_test(a_conflict_is_eagain),
		cmocka_unit_test(store_write_tries_again),
		cmocka_unit_test(store_write_tries_eight_times),
		cmocka_unit_test(a_changed_table_is_not_met_by_an_old_plan),
		cmocka_unit_test(a_database_of_others_is_refused),
		cmocka_unit_test(restore_refuses_a_target_with_other_tables),
		cmocka_unit_test(a_password_is_on_no_command_line),
	};
	return cmocka_run_group_tests_name("store postgres", tests, testdb_begin, testdb_finish);
}
