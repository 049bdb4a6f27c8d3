/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of a database, both ways: always a whole, checked file under a name of its own first. */
#include "store/sqlite_int.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PAGES_AT_ONCE = 256, SUFFIX_MAX = 16 };

/* --- checking --- */

/* Every page and every index (PRAGMA integrity_check), and every foreign key. */
static int check_whole(sqlite3 *db)
{
	int64_t ok = 0, strays = 0;
	int err = conn_int(db, "SELECT count(*) = 1 AND min(integrity_check) = 'ok' FROM pragma_integrity_check", &ok);
	if (!err && ok)
		err = conn_int(db, "SELECT count(*) FROM pragma_foreign_key_check", &strays);
	if (!err && (!ok || strays))
		err = note_set(ERR_CHECKSUM, "the database is damaged: PRAGMA %s", ok ? "foreign_key_check" : "integrity_check");
	return err;
}

static int check_copy(sqlite3 *db)
{
	bool empty = false;
	int err = sqlite_check_ours(db, false, &empty);
	return err ? err : check_whole(db);
}

/* --- copying --- */

static int copy_pages(sqlite3 *from, sqlite3 *to, store_progress *progress, void *ctx)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	if (!b)
		return sqlite_error(to, sqlite3_errcode(to));
	int64_t page = 0;
	int err = conn_int(from, "PRAGMA page_size", &page);
	int rc = SQLITE_OK;
	while (!err && rc == SQLITE_OK) {
		rc = sqlite3_backup_step(b, PAGES_AT_ONCE);
		if (progress && (rc == SQLITE_OK || rc == SQLITE_DONE)) {
			uint64_t total = (uint64_t)sqlite3_backup_pagecount(b), left = (uint64_t)sqlite3_backup_remaining(b);
			progress(ctx, (total - left) * (uint64_t)page, total * (uint64_t)page);
		}
	}
	int end = sqlite3_backup_finish(b);
	if (!err && (rc != SQLITE_DONE || end))
		err = sqlite_error(to, rc != SQLITE_DONE ? rc : end);
	return err;
}

/* Into the empty file at temp. Nothing of it is synced yet; a crash leaves a file of no name. */
static int copy_into(sqlite3 *from, const char *temp, store_progress *progress, void *ctx)
{
	sqlite3 *to = NULL;
	int rc = sqlite3_open_v2(temp, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	int err = rc ? sqlite_error(to, rc) : 0;
	if (!err)
		err = conn_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY");
	if (!err)
		err = copy_pages(from, to, progress, ctx);
	/* The copy says "WAL" as its source did; DELETE makes it one file that needs no other. */
	if (!err)
		err = conn_exec(to, "PRAGMA journal_mode = DELETE");
	if (!err)
		err = check_copy(to);
	sqlite3_close(to);
	return err;
}

/* A checked copy of `from` beside path, whose name goes to ret_temp. */
static int copy_beside(sqlite3 *from, const char *path, store_progress *progress, void *ctx, char *ret_temp)
{
	int fd = -1;
	int err = file_temp(path, 0600, ret_temp, &fd);
	if (err)
		return note_set(err, "%s: %s", path, err_text(err));
	close(fd);
	err = copy_into(from, ret_temp, progress, ctx);
	if (err)
		(void)unlink(ret_temp);
	return err;
}

static int put_in_place(const char *temp, const char *path)
{
	int fd = open(temp, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		int err = -errno;
		(void)unlink(temp);
		return err;
	}
	return file_commit(fd, temp, path);
}

/* --- backup --- */

int sqlite_backup(struct store *base, const char *path, store_progress *progress, void *ctx, struct err_note *note)
{
	struct sqlite_store *s = (struct sqlite_store *)base;
	struct conn *c = NULL;
	char temp[PATH_MAX];
	/* A read transaction is one state of the database: whatever others write meanwhile goes to the
	 * log, and the copy need not start again. */
	int err = conn_open(s->path, true, &c);
	if (!err)
		err = conn_exec(c->db, "BEGIN; SELECT count(*) FROM sqlite_schema");
	if (!err)
		err = copy_beside(c->db, path, progress, ctx, temp);
	conn_close(c);
	if (err)
		return err_set(note, err, "%s: %s", path, store_note(base));
	err = put_in_place(temp, path);
	return err ? err_set(note, err, "%s: %s", path, err_text(err)) : 0;
}

/* --- restore --- */

/* All that SQLite locks of a file that is in use: the bytes from PENDING_BYTE on. A lock of the open
 * file, not of the process (fcntl(2)), so it also meets a store of another thread. */
static int lock_target(int fd)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000000, .l_len = 512 };
	if (fcntl(fd, F_OFD_SETLK, &all) == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

static int remove_beside(const char *target, const char *suffix)
{
	char path[PATH_MAX + SUFFIX_MAX];
	(void)snprintf(path, sizeof path, "%s%s", target, suffix);
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* The log of the old file first: with the new one it would be replayed into nonsense. */
static int replace(const char *temp, const char *target)
{
	int err = remove_beside(target, "-wal");
	if (!err)
		err = remove_beside(target, "-shm");
	if (!err)
		err = remove_beside(target, "-journal");
	return err ? err : put_in_place(temp, target);
}

static int replace_existing(const char *temp, const char *target, const struct stat *st)
{
	if (sqlite_is_open_here(st))
		return -EBUSY;
	int fd = open(target, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int err = lock_target(fd);
	if (!err)
		err = replace(temp, target);
	close(fd);
	return err;
}

static int restore_from(sqlite3 *from, const char *target, const struct stat *st, struct err_note *note)
{
	char temp[PATH_MAX];
	int err = copy_beside(from, target, NULL, NULL, temp);
	if (err)
		return err_set(note, err, "%s", store_note(NULL));
	err = st ? replace_existing(temp, target, st) : replace(temp, target);
	if (err)
		(void)unlink(temp);
	if (err == -EBUSY)
		return err_set(note, err, "%s is in use: stop what uses it, then restore", target);
	return err ? err_set(note, err, "%s: %s", target, err_text(err)) : 0;
}

int sqlite_store_restore(const char *target, const char *path, bool force, struct err_note *note)
{
	struct stat st;
	bool exists = stat(target, &st) == 0;
	if (!exists && errno != ENOENT)
		return err_set(note, -errno, "%s: %s", target, err_text(-errno));
	if (exists && !S_ISREG(st.st_mode))
		return err_set(note, ERR_FORMAT, "%s is not a file", target);
	if (exists && st.st_size && !force)
		return err_set(note, ERR_REFUSED, "%s is not empty", target);
	sqlite3 *from = NULL;
	int rc = sqlite3_open_v2(path, &from, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	int err = rc ? sqlite_error(from, rc) : check_copy(from);
	if (err)
		err = err_set(note, err, "%s: %s", path, store_note(NULL));
	else
		err = restore_from(from, target, exists ? &st : NULL, note);
	sqlite3_close(from);
	return err;
}
