/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite backend: the file, transactions, rows. */
#include "store/sqlite_int.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

struct sqlite_tx {
	struct store_tx base;
	struct conn *c;
	struct sqlite_rows {
		struct store_rows base;
		sqlite3_stmt *st;
		int ahead; /* the first step was made by the query: 1 a row, 0 the end, -1 taken */
	} rows;
};

static struct sqlite_store *store_of(struct store *s)
{
	return (struct sqlite_store *)s;
}

static struct sqlite_tx *tx_of(struct store_tx *t)
{
	return (struct sqlite_tx *)t;
}

static struct sqlite_rows *rows_of(struct store_rows *r)
{
	return (struct sqlite_rows *)r;
}

/* --- the stores this process has open --- */

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sqlite_store *all;

bool sqlite_is_open_here(const struct stat *st)
{
	bool found = false;
	pthread_mutex_lock(&all_lock);
	for (struct sqlite_store *s = all; s && !found; s = s->next)
		found = s->dev == st->st_dev && s->ino == st->st_ino;
	pthread_mutex_unlock(&all_lock);
	return found;
}

static void unlist(struct sqlite_store *s)
{
	pthread_mutex_lock(&all_lock);
	struct sqlite_store **at = &all;
	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
	pthread_mutex_unlock(&all_lock);
}

/* --- the file --- */

/* SQLite gives -wal and -shm the mode of the file, so 0600 here is 0600 for all three. A file that
 * exists is not opened: closing it would drop the locks that other stores of this process hold. */
static int make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && errno != EEXIST)
		return -errno;
	if (fd >= 0) {
		int err = fchmod(fd, 0600) < 0 ? -errno : 0;
		close(fd);
		return err ? err : file_sync_folder(path);
	}
	struct stat st;
	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : ERR_FORMAT;
	if (st.st_mode & 077 && chmod(path, 0600) < 0)
		return -errno;
	return 0;
}

static int find_file(struct sqlite_store *s, const char *path)
{
	int err = make_file(path);
	if (err)
		return note_set(err, "%s: %s", path, err_text(err));
	struct stat st;
	if (!realpath(path, s->path) || stat(s->path, &st) < 0)
		return note_set(-errno, "%s: %s", path, err_text(-errno));
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

int sqlite_check_ours(sqlite3 *db, bool may_be_empty, bool *ret_empty)
{
	int64_t id = 0, things = 0;
	int err = conn_int(db, "PRAGMA application_id", &id);
	if (!err)
		err = conn_int(db, "SELECT count(*) FROM sqlite_schema", &things);
	if (err)
		return err;
	*ret_empty = id == 0 && things == 0;
	if (id == SQLITE_OURS || (may_be_empty && *ret_empty))
		return 0;
	return note_set(ERR_FORMAT, "an SQLite file, but not one of hisn (application_id %lld)", (long long)id);
}

/* The change of journal needs the file for a moment alone, and SQLite does not always wait for it. */
static int use_wal(sqlite3 *db)
{
	int64_t until = clock_mono_ms() + STORE_WAIT_MS;
	int err;
	while ((err = conn_exec(db, "PRAGMA journal_mode = WAL")) == -EAGAIN && clock_mono_ms() < until)
		(void)nanosleep(&(struct timespec){ 0, 10 * 1000 * 1000 }, NULL);
	int64_t wal = 0;
	if (!err)
		err = conn_int(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &wal);
	if (!err && !wal)
		err = note_set(ERR_REFUSED, "the file system does not let SQLite keep a write-ahead log (is it a network's?)");
	return err;
}

/* Another process may be doing the same. */
static int mark_ours(sqlite3 *db)
{
	int err = conn_exec(db, "BEGIN IMMEDIATE");
	if (err)
		return err;
	bool empty = false;
	err = sqlite_check_ours(db, true, &empty);
	if (!err && empty)
		err = conn_exec(db, "PRAGMA application_id = 1751741294"); /* SQLITE_OURS */
	if (!err)
		err = conn_exec(db, "COMMIT");
	if (err)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

static int open_writer(struct sqlite_store *s)
{
	struct conn *c = NULL;
	int err = conn_open(s->path, false, &c);
	bool empty = false;
	if (!err)
		err = sqlite_check_ours(c->db, true, &empty);
	if (!err)
		err = use_wal(c->db);
	if (!err && empty)
		err = mark_ours(c->db);
	if (err) {
		conn_close(c);
		return err;
	}
	s->writer = c;
	return 0;
}

int sqlite_store_open(const char *path, struct store **ret, struct err_note *note)
{
	struct sqlite_store *s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	s->base.backend = &sqlite_backend;
	queue_init(&s->turn, 1);
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_lock(&all_lock); /* a file is made and closed before another store locks it */
	int err = find_file(s, path);
	s->next = all;
	all = s;
	pthread_mutex_unlock(&all_lock);
	if (!err)
		err = open_writer(s);
	if (err) {
		store_close(&s->base);
		return err;
	}
	*ret = &s->base;
	return 0;
}

static void sqlite_close(struct store *base)
{
	struct sqlite_store *s = store_of(base);
	while (s->idle) {
		struct conn *c = s->idle;
		s->idle = c->next;
		conn_close(c);
	}
	conn_close(s->writer); /* the last one of all processes folds the log into the file */
	unlist(s);
	queue_done(&s->turn);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* --- transactions --- */

static int take_reader(struct sqlite_store *s, struct conn **ret)
{
	pthread_mutex_lock(&s->lock);
	struct conn *c = s->idle;
	if (c) {
		s->idle = c->next;
		s->idle_count--;
	}
	pthread_mutex_unlock(&s->lock);
	*ret = c;
	return c ? 0 : conn_open(s->path, true, ret);
}

static void give_reader(struct sqlite_store *s, struct conn *c)
{
	pthread_mutex_lock(&s->lock);
	bool keep = s->idle_count < IDLE_READERS;
	if (keep) {
		c->next = s->idle;
		s->idle = c;
		s->idle_count++;
	}
	pthread_mutex_unlock(&s->lock);
	if (!keep)
		conn_close(c);
}

static int take_writer(struct sqlite_store *s, struct conn **ret)
{
	int err = queue_enter(&s->turn, STORE_WAIT_MS);
	if (err)
		return note_set(err, "other writers of this process took too long");
	if (!s->writer)
		err = open_writer(s);
	if (err)
		queue_leave(&s->turn);
	else
		*ret = s->writer;
	return err;
}

/* ok false: the connection may be in a state that nobody knows, so it is not used again. */
static void give(struct sqlite_store *s, struct conn *c, bool ok)
{
	if (!c->reader) {
		if (!ok) {
			conn_close(c);
			s->writer = NULL;
		}
		queue_leave(&s->turn);
	} else if (ok) {
		give_reader(s, c);
	} else {
		conn_close(c);
	}
}

static int sqlite_begin(struct store *base, enum tx_kind kind, struct store_tx **ret)
{
	struct sqlite_store *s = store_of(base);
	struct sqlite_tx *t = calloc(1, sizeof *t);
	if (!t)
		return -ENOMEM;
	int err = kind == TX_READ ? take_reader(s, &t->c) : take_writer(s, &t->c);
	if (err) {
		free(t);
		return err;
	}
	/* IMMEDIATE: the wait is here, and a later statement cannot fail for want of the lock. */
	err = conn_exec(t->c->db, kind == TX_READ ? "BEGIN" : "BEGIN IMMEDIATE");
	if (err) {
		give(s, t->c, sqlite3_get_autocommit(t->c->db));
		free(t);
		return err;
	}
	t->base = (struct store_tx){ .store = base, .kind = kind };
	*ret = &t->base;
	return 0;
}

static void finish_rows(struct sqlite_tx *t)
{
	if (!t->rows.st)
		return;
	sqlite3_reset(t->rows.st);
	sqlite3_clear_bindings(t->rows.st);
	t->rows.st = NULL;
}

static void sqlite_rollback(struct store_tx *base)
{
	struct sqlite_tx *t = tx_of(base);
	finish_rows(t);
	sqlite3 *db = t->c->db;
	if (!sqlite3_get_autocommit(db)) /* after some errors SQLite has rolled back by itself */
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	give(store_of(base->store), t->c, sqlite3_get_autocommit(db));
	free(t);
}

static int sqlite_commit(struct store_tx *base, bool *ret_conflict)
{
	struct sqlite_tx *t = tx_of(base);
	int err = conn_exec(t->c->db, "COMMIT");
	if (err) {
		sqlite_rollback(base);
		return err;
	}
	give(store_of(base->store), t->c, true);
	free(t);
	return 0;
}

/* --- statements and rows --- */

static int sqlite_run(struct store_tx *base, const char *sql, const struct store_value *v, size_t n, int64_t *ret_changes)
{
	struct sqlite_tx *t = tx_of(base);
	sqlite3 *db = t->c->db;
	sqlite3_stmt *st = NULL;
	int err = conn_statement(t->c, sql, v, n, &st);
	if (err)
		return err;
	int64_t before = sqlite3_total_changes64(db);
	int rc;
	do
		rc = sqlite3_step(st);
	while (rc == SQLITE_ROW);
	err = rc == SQLITE_DONE ? 0 : sqlite_error(db, rc);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	if (!err && ret_changes) /* changes64 alone is that of an earlier statement after, say, CREATE */
		*ret_changes = sqlite3_total_changes64(db) == before ? 0 : sqlite3_changes64(db);
	return err;
}

static int sqlite_step(struct sqlite_tx *t)
{
	int rc = sqlite3_step(t->rows.st);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : sqlite_error(t->c->db, rc);
}

/* The first step is made here, so that INSERT ... RETURNING inserts, and fails, where it does in
 * PostgreSQL. */
static int sqlite_query(struct store_tx *base, const char *sql, const struct store_value *v, size_t n, struct store_rows **ret)
{
	struct sqlite_tx *t = tx_of(base);
	int err = conn_statement(t->c, sql, v, n, &t->rows.st);
	if (err)
		return err;
	t->rows.base.tx = base;
	t->rows.ahead = sqlite_step(t);
	if (t->rows.ahead < 0) {
		err = t->rows.ahead;
		finish_rows(t);
		return err;
	}
	*ret = &t->rows.base;
	return 0;
}

static int sqlite_next(struct store_rows *base)
{
	struct sqlite_rows *r = rows_of(base);
	int row = r->ahead < 0 ? sqlite_step(tx_of(base->tx)) : r->ahead;
	r->ahead = row > 0 ? -1 : 0; /* at the end it stays: a further step would run it all again */
	return row;
}

static enum store_kind sqlite_column(struct store_rows *base, unsigned column, struct store_value *ret)
{
	sqlite3_stmt *st = rows_of(base)->st;
	int i = (int)column;
	switch (sqlite3_column_type(st, i)) {
	case SQLITE_INTEGER:
		ret->i = sqlite3_column_int64(st, i);
		return STORE_INT;
	case SQLITE_FLOAT:
		ret->i = sqlite3_column_int64(st, i);
		return STORE_INT;
	case SQLITE_TEXT:
		ret->b.p = sqlite3_column_text(st, i);
		ret->b.n = (size_t)sqlite3_column_bytes(st, i);
		return ret->b.p ? STORE_TEXT : STORE_NULL;
	case SQLITE_BLOB:
		ret->b.p = sqlite3_column_blob(st, i);
		ret->b.n = (size_t)sqlite3_column_bytes(st, i);
		if (!ret->b.n)
			ret->b.p = (const uint8_t *)"";
		return STORE_BLOB;
	default:
		return STORE_NULL;
	}
}

static void sqlite_end(struct store_rows *r)
{
	finish_rows(tx_of(r->tx));
}

static int sqlite_prepare(struct store *base)
{
	struct store_tx *t = NULL;
	int err = tx_begin(base, TX_WRITE, &t);
	if (err)
		return err;
	err = store_run(t, "CREATE TABLE IF NOT EXISTS hisn_migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL,"
		" checksum BIGINT NOT NULL, at BIGINT NOT NULL)", NULL, 0, NULL);
	if (!err)
		return store_commit(t);
	store_rollback(t);
	return err;
}

const struct backend sqlite_backend = {
	.close = sqlite_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.run = sqlite_run,
	.query = sqlite_query,
	.next = sqlite_next,
	.column = sqlite_column,
	.end = sqlite_end,
	.prepare = sqlite_prepare,
	.backup = sqlite_backup,
};
