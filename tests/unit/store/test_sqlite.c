/* SPDX-License-Identifier: Apache-2.0 */
/* What only SQLite has: files, their modes, their damage, and disks that are full. */
#include "testdb.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned mode_of(const char *path, const char *suffix)
{
	char full[PATH_MAX + 8];
	struct stat st;
	(void)snprintf(full, sizeof full, "%s%s", path, suffix);
	assert_int_equal(stat(full, &st), 0);
	return st.st_mode & 0777;
}

static void copy(const char *from, const char *from_suffix, const char *to, const char *to_suffix)
{
	char a[PATH_MAX + 8], b[PATH_MAX + 8];
	struct bytes content;
	(void)snprintf(a, sizeof a, "%s%s", from, from_suffix);
	(void)snprintf(b, sizeof b, "%s%s", to, to_suffix);
	assert_int_equal(file_read(a, 64 << 20, &content), 0);
	assert_int_equal(file_replace(b, content.p, content.n, 0600), 0);
	free((void *)content.p);
}

/* --- the file --- */

static void files_are_for_their_owner_only(void **state)
{
	mode_t old = umask(0);
	struct store *s = testdb_open();
	assert_int_equal(mode_of(testdb_last(), ""), 0600);
	assert_int_equal(mode_of(testdb_last(), "-wal"), 0600);
	assert_int_equal(mode_of(testdb_last(), "-shm"), 0600);
	store_close(s);
	assert_int_equal(chmod(testdb_last(), 0644), 0);
	s = testdb_reopen(testdb_last());
	assert_int_equal(mode_of(testdb_last(), ""), 0600);
	assert_int_equal(mode_of(testdb_last(), "-wal"), 0600);
	store_close(s);
	umask(old);
}

static void a_file_of_others_is_refused_and_left_alone(void **state)
{
	const char *path = testdb_path("theirs");
	sqlite3 *db = NULL;
	struct store *s = NULL;
	struct bytes before, after;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE theirs (id)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(file_read(path, 1 << 20, &before), 0);
	assert_int_equal(store_open(path, &s, NULL), ERR_FORMAT);
	assert_int_equal(file_read(path, 1 << 20, &after), 0);
	assert_true(bytes_equal(before, after));
	free((void *)before.p);
	free((void *)after.p);
	assert_int_equal(file_replace(path, "dear diary, this is not a database at all; it is long enough", 60, 0600), 0);
	assert_int_equal(store_open(path, &s, NULL), ERR_FORMAT);
	assert_int_equal(store_open(testdb_folder(), &s, NULL), -EISDIR);
	assert_int_equal(store_open(testdb_path("no/such"), &s, NULL), -ENOENT);
}

static void odd_names_are_files(void **state)
{
	static const char *const names[] = { ":memory:", "file:x?mode=memory", "./host=x" };
	char old[PATH_MAX];
	assert_non_null(getcwd(old, sizeof old));
	assert_int_equal(chdir(testdb_folder()), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct store *s = testdb_reopen(names[i]);
		assert_false(store_is_postgres(s));
		assert_int_equal(access(names[i], F_OK), 0);
		assert_int_equal(chdir("/"), 0); /* no longer matters */
		assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
		assert_int_equal(chdir(testdb_folder()), 0);
		store_close(s);
	}
	assert_int_equal(chdir(old), 0);
}

static void what_was_deleted_is_not_in_the_file(void **state)
{
	static const char text[] = "a name that must be gone 4711";
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	struct bytes file;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	assert_int_equal(STORE_RUN(t, "INSERT INTO thing (id, name) VALUES ($1, $2)", S_INT(1), S_TEXT(text)), 0);
	assert_int_equal(store_commit(t), 0);
	store_close(s);
	assert_int_equal(file_read(testdb_last(), 1 << 20, &file), 0);
	assert_non_null(memmem(file.p, file.n, text, strlen(text)));
	free((void *)file.p);
	s = testdb_reopen(testdb_last());
	assert_int_equal(testdb_run(s, "DELETE FROM thing"), 0);
	store_close(s);
	assert_int_equal(file_read(testdb_last(), 1 << 20, &file), 0);
	assert_null(memmem(file.p, file.n, text, strlen(text)));
	free((void *)file.p);
}

/* --- restore --- */

static void restore_over_a_file_in_use_is_refused(void **state)
{
	struct store *s = testdb_open();
	assert_int_equal(store_backup(s, testdb_path("inuse"), NULL, NULL, NULL), 0);
	const char *path = testdb_path("inuse");
	assert_int_equal(store_restore(testdb_last(), path, true, NULL), -EBUSY);
	assert_int_equal(testdb_run(s, "UPDATE counter SET n = 5"), 0);
	/* Nor by another process, also after the refusal here: our locks are still there. */
	int status = 0;
	pid_t pid = fork();
	if (!pid)
		_exit(store_restore(testdb_last(), path, true, NULL) == -EBUSY ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	store_close(s);
}

/* What a crash leaves: a file and a log that belongs to it, not to what is restored. */
static void restore_is_not_spoilt_by_an_old_log(void **state)
{
	struct store *s = testdb_open();
	const char *crashed = testdb_path("crashed"), *path = testdb_path("oldlog");
	assert_int_equal(store_backup(s, path, NULL, NULL, NULL), 0);
	assert_int_equal(testdb_run(s, "UPDATE counter SET n = 5"), 0);
	copy(testdb_last(), "", crashed, "");
	copy(testdb_last(), "-wal", crashed, "-wal");
	store_close(s);
	assert_int_equal(store_restore(crashed, path, true, NULL), 0);
	s = testdb_reopen(crashed);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	store_close(s);
	copy(testdb_last(), "", crashed, "-wal"); /* nor by one without its file */
	assert_int_equal(unlink(crashed), 0);
	assert_int_equal(store_restore(crashed, path, false, NULL), 0);
	s = testdb_reopen(crashed);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), 0);
	store_close(s);
}

/* --- disks that are full, or break --- */

enum { ROUNDS = 60 };

static struct {
	int fail_at, calls, error; /* fail_at -1: never; else that call and all after it */
} disk = { -1, 0, 0 };

static bool disk_fails(void)
{
	bool fails = disk.fail_at >= 0 && disk.calls >= disk.fail_at;
	disk.calls++;
	if (fails)
		errno = disk.error;
	return fails;
}

static ssize_t faulty_pwrite(int fd, const void *p, size_t n, off_t at)
{
	return disk_fails() ? -1 : pwrite(fd, p, n, at);
}

static ssize_t faulty_write(int fd, const void *p, size_t n)
{
	return disk_fails() ? -1 : write(fd, p, n);
}

static int faulty_ftruncate(int fd, off_t n)
{
	return disk_fails() ? -1 : ftruncate(fd, n);
}

static void set_calls(bool faulty)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	vfs->xSetSystemCall(vfs, "pwrite", faulty ? (sqlite3_syscall_ptr)faulty_pwrite : NULL);
	vfs->xSetSystemCall(vfs, "pwrite64", faulty ? (sqlite3_syscall_ptr)faulty_pwrite : NULL);
	vfs->xSetSystemCall(vfs, "write", faulty ? (sqlite3_syscall_ptr)faulty_write : NULL);
	vfs->xSetSystemCall(vfs, "ftruncate", faulty ? (sqlite3_syscall_ptr)faulty_ftruncate : NULL);
}

static int add_rows(struct store_tx *t, void *ctx)
{
	static uint8_t body[60000];
	int err = 0;
	for (int64_t i = 0; i < 3 && !err; i++)
		err = STORE_RUN(t, "INSERT INTO thing (id, body) VALUES ($1, $2)", S_INT(*(int64_t *)ctx * 3 + i), S_BLOB(body, sizeof body));
	return err ? err : STORE_RUN(t, "UPDATE counter SET n = n + $1 WHERE id = 1", S_INT(1));
}

/* The call that fails moves through a transaction and all that opening needs; whatever happens, the
 * error is the right one, and with space again all that was committed is there and more can be. */
static void fail_everywhere(int error, int expected)
{
	set_calls(true);
	int64_t committed = 0, number = 0;
	unsigned failures = 0;
	struct store *s = testdb_open();
	for (int at = 0; at < ROUNDS; at++) {
		disk.calls = 0;
		disk.fail_at = at * 3;
		disk.error = error;
		int err = store_write(s, add_rows, &number);
		disk.fail_at = -1;
		number++;
		assert_true(err == 0 || err == expected);
		failures += err != 0;
		committed += err == 0;
		if (at % 10 == 9) { /* and a store that has to be opened anew */
			store_close(s);
			s = testdb_reopen(testdb_last());
		}
		assert_int_equal(testdb_int(s, "SELECT n FROM counter"), committed);
		assert_int_equal(testdb_int(s, "SELECT count(*) FROM thing"), committed * 3);
		assert_int_equal(store_write(s, add_rows, &number), 0);
		number++;
		committed++;
	}
	assert_true(failures > 20 && failures < ROUNDS);
	assert_int_equal(testdb_int(s, "SELECT count(*) = 1 AND min(integrity_check) = 'ok' FROM pragma_integrity_check"), 1);
	store_close(s);
	set_calls(false);
}

static void a_full_disk_is_enospc_and_passes(void **state)
{
	fail_everywhere(ENOSPC, -ENOSPC);
}

static void a_broken_disk_is_eio(void **state)
{
	fail_everywhere(EIO, -EIO);
}

static void opening_on_a_full_disk_is_enospc(void **state)
{
	set_calls(true);
	unsigned failures = 0;
	for (int at = 0; at < 12; at++) {
		const char *where = testdb_where();
		struct store *s = NULL;
		disk.calls = 0;
		disk.fail_at = at;
		disk.error = ENOSPC;
		int err = store_open(where, &s, NULL);
		disk.fail_at = -1;
		assert_true(err == 0 || err == -ENOSPC);
		failures += err != 0;
		if (!err)
			store_close(s);
		s = testdb_reopen(where); /* what was left behind does no harm */
		store_close(s);
	}
	assert_true(failures > 3);
	set_calls(false);
}

/* A limit of the real kernel: write fails with EFBIG, which is none of ENOSPC's kind. */
static void a_file_size_limit_is_eio_and_passes(void **state)
{
	struct store *s = testdb_open();
	struct rlimit old, small;
	int64_t number = 0;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ 400 * 1000, old.rlim_max };
	assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int err = 0;
	for (; !err && number < 50; number++)
		err = store_write(s, add_rows, &number);
	int backup = store_backup(s, testdb_path("limited"), NULL, NULL, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(err, -EIO);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), number - 1);
	assert_true(backup == 0 || backup == -EIO);
	assert_int_equal(store_write(s, add_rows, &number), 0);
	store_close(s);
}

static void backup_onto_a_full_disk_leaves_the_old_one(void **state)
{
	struct store *s = testdb_open();
	const char *path = testdb_path("fullcopy");
	struct bytes before, after;
	assert_int_equal(store_backup(s, path, NULL, NULL, NULL), 0);
	assert_int_equal(file_read(path, 1 << 20, &before), 0);
	assert_int_equal(testdb_run(s, "UPDATE counter SET n = 5"), 0);
	set_calls(true);
	for (int at = 0; at < 6; at++) {
		struct err_note note = { 0 };
		disk.calls = 0;
		disk.fail_at = at;
		disk.error = ENOSPC;
		int err = store_backup(s, path, NULL, NULL, &note);
		disk.fail_at = -1;
		assert_int_equal(err, -ENOSPC);
	}
	set_calls(false);
	assert_int_equal(file_read(path, 1 << 20, &after), 0);
	assert_true(bytes_equal(before, after));
	free((void *)before.p);
	free((void *)after.p);
	store_close(s);
}

/* --- damage --- */

static uint32_t next_random(uint32_t *x)
{
	return *x = *x * 1664525 + 1013904223, *x >> 8;
}

static void damage(const char *path, const char *suffix, uint32_t *x)
{
	char full[PATH_MAX + 8];
	struct stat st;
	(void)snprintf(full, sizeof full, "%s%s", path, suffix);
	int fd = open(full, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (unsigned i = 0; i < 1 + next_random(x) % 200; i++) {
		uint8_t b = (uint8_t)next_random(x);
		assert_int_equal(pwrite(fd, &b, 1, next_random(x) % st.st_size), 1);
	}
	if (next_random(x) % 4 == 0)
		assert_int_equal(ftruncate(fd, next_random(x) % st.st_size), 0);
	close(fd);
}

static int read_all(struct store *s)
{
	static const char *const queries[] = { "SELECT * FROM thing ORDER BY name", "SELECT * FROM part", "SELECT * FROM counter" };
	struct store_tx *t = NULL;
	int err = store_begin(s, STORE_READ, &t);
	if (err)
		return err;
	for (size_t i = 0; i < ARRAY_LEN(queries) && !err; i++) {
		struct store_rows *r = NULL;
		err = store_query(t, queries[i], NULL, 0, &r);
		int row = 1;
		for (int k = 0; !err && k < 10000 && (row = store_next(r)) > 0; k++)
			for (unsigned c = 0; c < 4; c++) {
				(void)store_text(r, c);
				(void)store_blob(r, c);
				(void)store_int(r, c);
			}
		if (!err && row < 0)
			err = row;
		store_end(r);
	}
	store_rollback(t);
	return err;
}

static int use_damaged(const char *path)
{
	struct store *s = NULL;
	int err = store_open(path, &s, NULL);
	if (err)
		return err;
	err = store_migrate(s, testdb_migrations, testdb_migration_count, NULL);
	if (!err)
		err = read_all(s);
	int written = testdb_run(s, "DELETE FROM thing WHERE id % 3 = 0");
	store_close(s);
	return err ? err : written;
}

static void damage_is_an_error_and_not_a_crash(void **state)
{
	struct store *s = testdb_open();
	struct store_tx *t = NULL;
	assert_int_equal(store_begin(s, STORE_WRITE, &t), 0);
	for (int64_t i = 0; i < 300; i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "name %d", (int)(i * 7919 % 300));
		assert_int_equal(STORE_RUN(t, "INSERT INTO thing (id, name, body) VALUES ($1, $2, $3)", S_INT(i), S_TEXT(name),
			S_BLOB(name, sizeof name)), 0);
		assert_int_equal(STORE_RUN(t, "INSERT INTO part (id, thing) VALUES ($1, $1)", S_INT(i)), 0);
	}
	assert_int_equal(store_commit(t), 0);
	char sound[PATH_MAX], broken[PATH_MAX];
	(void)snprintf(sound, sizeof sound, "%s", testdb_path("sound"));
	(void)snprintf(broken, sizeof broken, "%s", testdb_path("broken"));
	copy(testdb_last(), "", sound, "");
	copy(testdb_last(), "-wal", sound, "-log"); /* still with all the changes in it */
	store_close(s);
	uint32_t x = 42;
	unsigned errors = 0;
	for (int round = 0; round < 150; round++) {
		bool log = round % 3 == 0;
		copy(log ? sound : testdb_last(), "", broken, "");
		if (log)
			copy(sound, "-log", broken, "-wal");
		damage(broken, log ? "-wal" : "", &x);
		errors += use_damaged(broken) != 0;
		(void)unlink(broken);
		(void)unlink(testdb_path("broken-wal"));
		(void)unlink(testdb_path("broken-shm"));
	}
	assert_true(errors > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_for_their_owner_only),
		cmocka_unit_test(a_file_of_others_is_refused_and_left_alone),
		cmocka_unit_test(odd_names_are_files),
		cmocka_unit_test(what_was_deleted_is_not_in_the_file),
		cmocka_unit_test(restore_over_a_file_in_use_is_refused),
		cmocka_unit_test(restore_is_not_spoilt_by_an_old_log),
		cmocka_unit_test(a_full_disk_is_enospc_and_passes),
		cmocka_unit_test(a_broken_disk_is_eio),
		cmocka_unit_test(opening_on_a_full_disk_is_enospc),
		cmocka_unit_test(a_file_size_limit_is_eio_and_passes),
		cmocka_unit_test(backup_onto_a_full_disk_leaves_the_old_one),
		cmocka_unit_test(damage_is_an_error_and_not_a_crash),
	};
	return cmocka_run_group_tests_name("store sqlite", tests, testdb_begin, testdb_finish);
}
