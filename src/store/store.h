/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* SQLite or PostgreSQL behind one small header. The SQL text is the same for both: parameters $1 ...,
 * types BIGINT, TEXT, BLOB (a domain over bytea in PostgreSQL), `INSERT ... ON CONFLICT`, `RETURNING`;
 * no autoincrement (the caller makes ids), no dates (Unix seconds), no booleans (0, 1).
 *
 * A struct store serves all threads: SQLite with one writer at a time (readers never wait: WAL,
 * synchronous=FULL, foreign keys on, secure_delete on), PostgreSQL with a pool of connections
 * (SERIALIZABLE for writers; store_write retries). A transaction belongs to one thread.
 *
 * When store_commit has returned 0 the change is on disk. Errors: -EAGAIN (busy longer than 10 s, or
 * a serialization failure that used up its tries), -EEXIST (a unique or primary key), -ENOSPC, -EIO,
 * -EPIPE (the connection is lost; the next store_begin makes a new one), ERR_REFUSED (any other
 * constraint), ERR_FORMAT (not our database), ERR_CHECKSUM (a damaged file), ERR_VERSION (newer schema
 * than this program), ERR_MALFORMED (an SQL mistake of ours, or a text that is not UTF-8 without NUL);
 * the thread's note says more, without values.
 *
 * After an error a transaction can only be ended: each further statement, and store_commit, returns
 * that error again and nothing of the transaction stays. So write ON CONFLICT, not "try and see".
 *
 * store_commit that returns -EPIPE or -EIO leaves the outcome open: the change may be there or not.
 * Look, or repeat work that does no harm twice (ids made by the caller, ON CONFLICT DO NOTHING). */

#include "base/arena.h"
#include "base/err.h"

struct store;
struct store_tx;
struct store_rows;

/* where: "postgresql://..." or "host=..." (libpq), else a file's path for SQLite (mode 0600). */
must_use int store_open(const char *where, struct store **ret, struct err_note *note);
void store_close(struct store *s); /* NULL is fine */
bool store_is_postgres(const struct store *s);

/* Numbered migrations, in order from 1: each runs once, in a transaction of its own, recorded with
 * its checksum. ERR_VERSION: the database has more. ERR_REFUSED: a recorded one has changed since. */
struct store_migration { const char *name; const char *sql; }; /* statements end with ";\n" */
must_use int store_migrate(struct store *s, const struct store_migration *m, size_t n, struct err_note *note);

/* --- values --- */
enum store_kind { STORE_NULL, STORE_INT, STORE_TEXT, STORE_BLOB };
struct store_value {
	enum store_kind kind;
	int64_t i;
	struct bytes b; /* of text and blobs; borrowed until the call returns */
};
#define S_NULL ((struct store_value){ STORE_NULL, 0, { NULL, 0 } })
static inline struct store_value S_INT(int64_t i) { return (struct store_value){ STORE_INT, i, { NULL, 0 } }; }
static inline struct store_value S_TEXT(const char *s) { return (struct store_value){ s ? STORE_TEXT : STORE_NULL, 0, s ? bytes_str(s) : bytes_of(NULL, 0) }; }
static inline struct store_value S_BLOB(const void *p, size_t n) { return (struct store_value){ STORE_BLOB, 0, bytes_of(p, n) }; }

/* --- transactions --- */
enum store_mode { STORE_READ, STORE_WRITE };
must_use int store_begin(struct store *s, enum store_mode mode, struct store_tx **ret);
must_use int store_commit(struct store_tx *t); /* t is gone in any case, its rows too */
void store_rollback(struct store_tx *t);       /* likewise; NULL is fine */

/* One statement; its rows are dropped. ret_changes may be NULL. */
must_use int store_run(struct store_tx *t, const char *sql, const struct store_value *v, size_t n, int64_t *ret_changes);
#define STORE_RUN(t, sql, ...) store_run((t), (sql), (struct store_value[]){ __VA_ARGS__ }, \
	sizeof((struct store_value[]){ __VA_ARGS__ }) / sizeof(struct store_value), NULL)

/* Rows; end them before the next statement of the same transaction. store_next: 1 a row, 0 the end,
 * negative an error. Texts and blobs live until the next store_next. A NULL column reads 0, NULL, {}. */
must_use int store_query(struct store_tx *t, const char *sql, const struct store_value *v, size_t n, struct store_rows **ret);
#define STORE_QUERY(t, rows, sql, ...) store_query((t), (sql), (struct store_value[]){ __VA_ARGS__ }, \
	sizeof((struct store_value[]){ __VA_ARGS__ }) / sizeof(struct store_value), (rows))
must_use int store_next(struct store_rows *r);
bool store_null(struct store_rows *r, unsigned column);
int64_t store_int(struct store_rows *r, unsigned column);
const char *store_text(struct store_rows *r, unsigned column);
struct bytes store_blob(struct store_rows *r, unsigned column);
struct bytes store_bytes(struct store_rows *r, unsigned column); /* of a text or a blob, whole: for what somebody else may have put there */
void store_end(struct store_rows *r); /* NULL is fine */

/* fn in a write transaction, again from the start after a serialization failure (at most 8 times, with
 * jitter). fn's error rolls back and is returned. */
typedef int store_work(struct store_tx *t, void *ctx);
must_use int store_write(struct store *s, store_work *fn, void *ctx);

/* What went wrong last on this thread, for a log: never a value of a row. s may be NULL. */
const char *store_note(struct store *s);

/* A consistent copy while others write: SQLite's backup API into a new file (0600); PostgreSQL:
 * pg_dump --format=custom run as a child. Restore refuses a target that is not empty unless force. */
typedef void store_progress(void *ctx, uint64_t done, uint64_t total);
must_use int store_backup(struct store *s, const char *path, store_progress *progress, void *ctx, struct err_note *note);
must_use int store_restore(const char *where, const char *path, bool force, struct err_note *note);
