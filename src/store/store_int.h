/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the two backends share. Private to this room.
 *
 *   store.c         the public calls: checks, the state of a transaction, store_write's loop
 *   migrate.c       numbered migrations, over the public calls
 *   split.c         a script into its statements
 *   queue.c         threads in line for something scarce
 *   cache.c         prepared statements of one connection
 *   sqlite*.c, postgres*.c    the backends; nobody else sees their libraries */

#include "store/store.h"

enum {
	STORE_WAIT_MS = 10 * 1000,    /* as long as anybody waits for a lock or a connection */
	STORE_TRIES = 8,              /* of store_write */
	STORE_TRIES_ALONE = 4,        /* of these, the last ones run with no other writer beside them */
};

/* TX_ALONE waits until no other writer is at work and keeps them out; TX_MIGRATE likewise, without
 * a limit on how long a statement may run. */
enum tx_kind { TX_READ, TX_WRITE, TX_ALONE, TX_MIGRATE };

struct store_tx {
	struct store *store;
	enum tx_kind kind;
	int failed;     /* the first error; nothing runs after it (as PostgreSQL does by itself) */
	bool conflict;  /* ... it was a serialization failure: the same work may succeed now */
	bool rows_open;
};

struct store_rows {
	struct store_tx *tx;
};

/* A backend embeds struct store, store_tx and store_rows as first members of its own. Errors are
 * those of store.h; the thread's note is set by whoever finds the error. */
struct backend {
	void (*close)(struct store *s);
	int (*begin)(struct store *s, enum tx_kind kind, struct store_tx **ret);
	/* Both free t. A failed commit has rolled back, or its outcome is unknown (store.h). */
	int (*commit)(struct store_tx *t, bool *ret_conflict);
	void (*rollback)(struct store_tx *t);
	int (*run)(struct store_tx *t, const char *sql, const struct store_value *v, size_t n, int64_t *ret_changes);
	int (*query)(struct store_tx *t, const char *sql, const struct store_value *v, size_t n, struct store_rows **ret);
	int (*next)(struct store_rows *r);
	enum store_kind (*column)(struct store_rows *r, unsigned column, struct store_value *ret);
	void (*end)(struct store_rows *r);
	/* The table of migrations and what the common SQL needs beside it. */
	int (*prepare)(struct store *s);
	int (*backup)(struct store *s, const char *path, store_progress *progress, void *ctx, struct err_note *note);
};

struct store {
	const struct backend *backend;
};

extern const struct backend sqlite_backend, postgres_backend;

must_use int sqlite_store_open(const char *path, struct store **ret, struct err_note *note);
must_use int postgres_store_open(const char *where, struct store **ret, struct err_note *note);
must_use int sqlite_store_restore(const char *target, const char *path, bool force, struct err_note *note);
must_use int postgres_store_restore(const char *where, const char *path, bool force, struct err_note *note);

/* store_begin, of any kind. */
must_use int tx_begin(struct store *s, enum tx_kind kind, struct store_tx **ret);

/* The thread's note, replaced; returns err. Never a value of a row. */
int note_set(int err, const char *format, ...) printf_like(2, 3);

/* The next statement of a script, without its semicolon and the space around it: statements end with
 * a semicolon at the end of a line, or with the script; quotes and comments are understood. */
must_use bool split_next(const char **script, struct bytes *ret);
