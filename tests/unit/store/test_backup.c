/* SPDX-License-Identifier: Apache-2.0 */
/* Copies out and back; run against both backends. */
#include "testdb.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct err_note note;

static int backup(struct store *s, const char *path)
{
	note = (struct err_note){ 0 };
	int err = store_backup(s, path, NULL, NULL, &note);
	if (err)
		assert_true(note.text[0] != 0);
	return err;
}

static int restore(const char *where, const char *path, bool force)
{
	note = (struct err_note){ 0 };
	int err = store_restore(where, path, force, &note);
	if (err)
		assert_true(note.text[0] != 0);
	return err;
}

static unsigned files_starting_with(const char *name)
{
	unsigned n = 0;
	DIR *d = opendir(testdb_folder());
	for (struct dirent *e; (e = readdir(d));)
		n += !strncmp(e->d_name, name, strlen(name));
	closedir(d);
	return n;
}

static void flip(const char *path, long from_middle, size_t n)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	int fd = open(path, O_RDWR);
	for (size_t i = 0; i < n; i++) {
		uint8_t b;
		off_t at = st.st_size / 2 + from_middle + (off_t)i;
		assert_int_equal(pread(fd, &b, 1, at), 1);
		b ^= 0x5a;
		assert_int_equal(pwrite(fd, &b, 1, at), 1);
	}
	close(fd);
}

/* --- beside writers --- */

struct writer {
	struct store *s;
	atomic_bool stop;
	atomic_int rounds;
	int err;
};

/* Pairs that add up to nothing, so that a torn copy shows. */
static int add_pair(struct store_tx *t, void *ctx)
{
	int64_t i = *(int *)ctx;
	int err = STORE_RUN(t, "INSERT INTO counter (id, n) VALUES ($1, $2), ($1 + 1, 0 - $2)", S_INT(10 + 2 * i), S_INT(i + 1));
	return err ? err : store_run(t, "UPDATE counter SET n = n + 1 WHERE id = 1", NULL, 0, NULL);
}

static void *write_on(void *arg)
{
	struct writer *w = arg;
	for (int i = 0; !w->stop && !w->err; i++) {
		w->err = store_write(w->s, add_pair, &i);
		w->rounds = i;
	}
	return NULL;
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
		assert_int_equal(STORE_RUN(t, "INSERT INTO thing (id, name, body) VALUES ($1, $2, $3)",
			S_INT(i), i ? S_NULL : S_TEXT("a 'name'; \xd8\xad"), S_BLOB(body, sizeof body)), 0);
	}
	assert_int_equal(store_commit(t), 0);
}

static void backup_beside_a_writer_is_consistent(void **state)
{
	struct store *s = testdb_open();
	fill(s, 1000);
	struct writer w = { .s = testdb_reopen(testdb_last()) };
	pthread_t thread;
	const char *path = testdb_path("beside");
	assert_int_equal(pthread_create(&thread, NULL, write_on, &w), 0);
	while (w.rounds < 5 && !w.err)
		usleep(1000);
	int before = w.rounds;
	assert_int_equal(backup(s, path), 0);
	int after = w.rounds;
	w.stop = true;
	pthread_join(thread, NULL);
	assert_int_equal(w.err, 0);
	assert_true(after > before); /* the writer did not wait for us */
	store_close(w.s);
	store_close(s);

	const char *where = testdb_where();
	assert_int_equal(restore(where, path, false), 0);
	s = testdb_reopen(where);
	assert_int_equal(testdb_int(s, "SELECT sum(n) FROM counter WHERE id > 1"), 0);
	int64_t pairs = testdb_int(s, "SELECT count(*) FROM counter WHERE id > 1") / 2;
	assert_int_equal(testdb_int(s, "SELECT n FROM counter WHERE id = 1"), pairs);
	assert_true(pairs >= before && pairs <= after + 2);
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM thing"), 1000);
	assert_int_equal(testdb_run(s, "INSERT INTO thing (id) VALUES (5000)"), 0);
	store_close(s);
}

static void backup_is_for_its_owner_only_and_leaves_no_other_file(void **state)
{
	struct stat st;
	struct store *s = testdb_open();
	mode_t old = umask(0);
	assert_int_equal(backup(s, testdb_path("owner")), 0);
	assert_int_equal(backup(s, testdb_path("owner")), 0); /* over the one before */
	umask(old);
	assert_int_equal(stat(testdb_path("owner"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(files_starting_with("owner"), 1);
	store_close(s);
}

static void backup_into_nowhere_is_an_error(void **state)
{
	struct store *s = testdb_open();
	assert_int_equal(backup(s, testdb_path("no/such/folder")), -ENOENT);
	store_close(s);
}

struct seen {
	uint64_t done, total;
	unsigned calls;
};

static void see(void *ctx, uint64_t done, uint64_t total)
{
	struct seen *seen = ctx;
	assert_true(done >= seen->done);
	*seen = (struct seen){ done, total, seen->calls + 1 };
}

static void backup_tells_its_progress(void **state)
{
	struct store *s = testdb_open();
	struct seen seen = { 0 };
	struct stat st;
	fill(s, 500);
	assert_int_equal(store_backup(s, testdb_path("progress"), see, &seen, NULL), 0);
	assert_int_equal(stat(testdb_path("progress"), &st), 0);
	assert_true(seen.calls > 0 && seen.done > 0);
	if (!testdb_is_postgres()) {
		assert_true(seen.done == seen.total && seen.total == (uint64_t)st.st_size);
		assert_true(seen.calls > 1);
	}
	store_close(s);
}

/* --- back --- */

static void restore_refuses_what_is_not_empty_unless_forced(void **state)
{
	struct store *s = testdb_open();
	const char *path = testdb_path("force"), *where = testdb_last();
	assert_int_equal(testdb_run(s, "UPDATE counter SET n = 1"), 0);
	assert_int_equal(backup(s, path), 0);
	assert_int_equal(testdb_run(s, "UPDATE counter SET n = 2"), 0);
	store_close(s);
	assert_int_equal(restore(where, path, false), ERR_REFUSED);
	s = testdb_reopen(where);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 2);
	store_close(s);
	assert_int_equal(restore(where, path, true), 0);
	s = testdb_reopen(where);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 1);
	assert_int_equal(testdb_run(s, "INSERT INTO part (id, thing) VALUES (1, 99)"), ERR_REFUSED); /* keys are back too */
	store_close(s);
}

static void restore_of_a_damaged_backup_changes_nothing(void **state)
{
	struct store *s = testdb_open();
	const char *path = testdb_path("damaged"), *where = testdb_last();
	fill(s, 200);
	assert_int_equal(backup(s, path), 0);
	assert_int_equal(testdb_run(s, "UPDATE counter SET n = 2"), 0);
	store_close(s);
	flip(path, -3000, 6000);
	int err = restore(where, path, true);
	assert_true(err == ERR_CHECKSUM || err == ERR_FORMAT);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size / 2), 0);
	err = restore(where, path, true);
	assert_true(err == ERR_CHECKSUM || err == ERR_FORMAT);
	s = testdb_reopen(where);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 2);
	assert_int_equal(testdb_int(s, "SELECT count(*) FROM thing"), 200);
	store_close(s);
}

static void restore_of_something_else_is_refused(void **state)
{
	const char *path = testdb_path("else"), *where = testdb_where();
	assert_int_equal(restore(where, testdb_path("missing"), false), -ENOENT);
	assert_int_equal(file_replace(path, "not a backup at all\n", 20, 0600), 0);
	assert_int_equal(restore(where, path, false), ERR_FORMAT);
	assert_int_equal(file_replace(path, "", 0, 0600), 0);
	assert_int_equal(restore(where, path, false), ERR_FORMAT);
	store_close(testdb_reopen(where)); /* still empty, still usable */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backup_beside_a_writer_is_consistent),
		cmocka_unit_test(backup_is_for_its_owner_only_and_leaves_no_other_file),
		cmocka_unit_test(backup_into_nowhere_is_an_error),
		cmocka_unit_test(backup_tells_its_progress),
		cmocka_unit_test(restore_refuses_what_is_not_empty_unless_forced),
		cmocka_unit_test(restore_of_a_damaged_backup_changes_nothing),
		cmocka_unit_test(restore_of_something_else_is_refused),
	};
	return cmocka_run_group_tests_name("store backup", tests, testdb_begin, testdb_finish);
}
