/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Shared by sqlite*.c. */

#include "store/cache.h"
#include "store/queue.h"
#include "store/store_int.h"

#include <limits.h>
#include <sqlite3.h>
#include <sys/stat.h>

enum {
	SQLITE_OURS = 0x6869736e, /* "hisn", PRAGMA application_id */
	IDLE_READERS = 8,
};

struct conn {
	sqlite3 *db;
	bool reader;
	struct cache cache;
	struct conn *next; /* in the list of idle readers */
};

struct sqlite_store {
	struct store base;
	char path[PATH_MAX]; /* absolute, so that a chdir and ":memory:" change nothing */
	dev_t dev;
	ino_t ino;
	struct queue turn; /* of the writer */
	struct conn *writer; /* by whom has the turn; NULL: to be opened again */
	pthread_mutex_t lock;
	struct conn *idle; /* readers, under lock */
	unsigned idle_count;
	struct sqlite_store *next; /* of all that are open in this process */
};

/* The store's error for a result code of SQLite, with the thread's note. */
int sqlite_error(sqlite3 *db, int rc);

/* A connection with all settings. A reader cannot change anything. */
must_use int conn_open(const char *path, bool reader, struct conn **ret);
void conn_close(struct conn *c); /* NULL is fine */
must_use int conn_exec(sqlite3 *db, const char *sql);
/* The first column of the first row. */
must_use int conn_int(sqlite3 *db, const char *sql, int64_t *ret);
must_use int conn_statement(struct conn *c, const char *sql, const struct store_value *v, size_t n, sqlite3_stmt **ret);

/* ERR_FORMAT unless the database is ours, or (if may_be_empty) has nothing in it. */
must_use int sqlite_check_ours(sqlite3 *db, bool may_be_empty, bool *ret_empty);

int sqlite_backup(struct store *s, const char *path, store_progress *progress, void *ctx, struct err_note *note);

/* True if this process has the file open as a store: then nobody here may close() a descriptor of
 * it, since POSIX drops all locks of the process on the file with it (fcntl(2)). */
bool sqlite_is_open_here(const struct stat *st);
