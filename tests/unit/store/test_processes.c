/* SPDX-License-Identifier: Apache-2.0 */
/* Several processes on one database, some of which die; run against both backends. The program starts
 * itself: test-store-processes JOB WHERE. */
#include "testdb.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 50, INCREMENTS = 100 };

/* --- the children --- */

/* Read first: who did not take the lock for writing at once finds that the row has changed since. */
static int increment(struct store_tx *t, void *ctx)
{
	struct store_rows *r = NULL;
	int err = store_query(t, "SELECT n FROM counter WHERE id = 1", NULL, 0, &r);
	if (err)
		return err;
	err = store_next(r);
	int64_t n = store_int(r, 0);
	store_end(r);
	return err < 0 ? err : STORE_RUN(t, "UPDATE counter SET n = $1 WHERE id = 1", S_INT(n + 1));
}

static int job_count(struct store *s)
{
	int err = 0;
	for (int i = 0; i < INCREMENTS && !err; i++)
		err = store_write(s, increment, NULL);
	return err;
}

/* One thing and its five parts, with a pause in the middle for whoever holds a knife. */
static int add_thing(struct store_tx *t, int64_t id)
{
	int err = STORE_RUN(t, "INSERT INTO thing (id, body) VALUES ($1, $2)", S_INT(id), S_BLOB("0123456789", 10));
	for (int64_t k = 0; k < 5 && !err; k++)
		err = STORE_RUN(t, "INSERT INTO part (id, thing) VALUES ($1, $2)", S_INT(id * 5 + k), S_INT(id));
	return err;
}

static int commit_thing(struct store_tx *t, void *ctx)
{
	return add_thing(t, *(int64_t *)ctx);
}

/* Says an id when, and only when, it is committed. */
static int job_add(struct store *s)
{
	int64_t id = testdb_int(s, "SELECT count(*) FROM thing");
	for (;; id++) {
		int err = store_write(s, commit_thing, &id);
		if (err)
			return err;
		if (dprintf(1, "%lld\n", (long long)id) < 0)
			return -EIO;
	}
}

/* Says "open" in a transaction that it never ends. */
static int job_hang(struct store *s)
{
	struct store_tx *t = NULL;
	int err = store_begin(s, STORE_WRITE, &t);
	if (!err)
		err = add_thing(t, 1000000);
	if (err)
		return err;
	(void)dprintf(1, "open\n");
	pause();
	return 0;
}

static int child(const char *job, const char *where)
{
	struct store *s = NULL;
	struct err_note note = { 0 };
	int err = store_open(where, &s, &note);
	if (!err)
		err = store_migrate(s, testdb_migrations, testdb_migration_count, &note);
	if (!err && !strcmp(job, "count"))
		err = job_count(s);
	if (!err && !strcmp(job, "add"))
		err = job_add(s);
	if (!err && !strcmp(job, "hang"))
		err = job_hang(s);
	if (err)
		(void)fprintf(stderr, "%s: %s; %s\n", job, err_say(&note, err), store_note(s));
	store_close(s);
	return err ? 1 : 0;
}

/* --- starting them --- */

struct process {
	pid_t pid;
	FILE *says;
};

static struct process start(const char *job, const char *where)
{
	int pipes[2];
	struct process p;
	char self[] = "/proc/self/exe";
	char *argv[] = { self, (char *)job, (char *)where, NULL };
	posix_spawn_file_actions_t files;
	assert_int_equal(pipe(pipes), 0);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, pipes[1], 1);
	posix_spawn_file_actions_addclose(&files, pipes[0]);
	posix_spawn_file_actions_addclose(&files, pipes[1]);
	assert_int_equal(posix_spawn(&p.pid, self, &files, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&files);
	close(pipes[1]);
	p.says = fdopen(pipes[0], "r");
	return p;
}

static int finish(struct process p)
{
	int status = 0;
	(void)fclose(p.says);
	assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
	return status;
}

/* --- together --- */

static void four_processes_migrate_once(void **state)
{
	const char *where = testdb_where();
	struct process p[4];
	for (int i = 0; i < 4; i++)
		p[i] = start("migrate", where);
	for (int i = 0; i < 4; i++)
		assert_int_equal(finish(p[i]), 0);
	struct store *s = testdb_reopen(where);
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM hisn_migration"), 2);
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM counter"), 1);
	store_close(s);
}

static void two_processes_count_together(void **state)
{
	struct store *s = testdb_open();
	struct process a = start("count", testdb_last()), b = start("count", testdb_last());
	assert_int_equal(job_count(s), 0); /* and we are a third */
	assert_int_equal(finish(a), 0);
	assert_int_equal(finish(b), 0);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 3 * INCREMENTS);
	store_close(s);
}

/* --- kill -9 --- */

static void kill_it(struct process p, int64_t *last_said)
{
	char line[64];
	assert_int_equal(kill(p.pid, SIGKILL), 0);
	while (fgets(line, sizeof line, p.says)) /* what it had said before */
		if (strchr(line, '\n'))
			*last_said = strtoll(line, NULL, 10);
	int status = finish(p);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* All that was said is there, and every transaction is there whole or not at all. */
static void check_state(const char *where, int64_t last_said)
{
	struct store *s = testdb_reopen(where);
	struct store_tx *t = NULL;
	struct store_rows *r = NULL;
	assert_int_equal(store_begin(s, STORE_READ, &t), 0);
	assert_int_equal(store_query(t, "SELECT count(*), coalesce(max(id), -1), (SELECT count(*) FROM part) FROM thing", NULL, 0, &r), 0);
	assert_int_equal(store_next(r), 1);
	int64_t things = store_int(r, 0), last = store_int(r, 1), parts = store_int(r, 2);
	store_end(r);
	store_rollback(t);
	store_close(s);
	assert_true(last >= last_said);
	assert_int_equal(things, last + 1); /* no gap */
	assert_int_equal(parts, things * 5);
}

static void killed_writers_leave_what_they_committed(void **state)
{
	store_close(testdb_open());
	const char *where = testdb_last();
	int64_t said = -1;
	for (int round = 0; round < ROUNDS; round++) {
		char line[64];
		bool hang = round & 1;
		struct process p = start(hang ? "hang" : "add", where);
		for (int i = 0; i < (hang ? 1 : 1 + round % 7); i++) /* each time at another place */
			assert_non_null(fgets(line, sizeof line, p.says));
		if (hang)
			assert_string_equal(line, "open\n");
		else
			said = strtoll(line, NULL, 10);
		kill_it(p, hang ? &(int64_t){ 0 } : &said);
		check_state(where, said);
	}
	assert_true(said >= ROUNDS / 2);
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return child(argv[1], argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_processes_migrate_once),
		cmocka_unit_test(two_processes_count_together),
		cmocka_unit_test(killed_writers_leave_what_they_committed),
	};
	return cmocka_run_group_tests_name("store processes", tests, testdb_begin, testdb_finish);
}
