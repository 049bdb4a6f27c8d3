/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls: what holds for both backends is checked and remembered here. */
#include "store/store_int.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/random.h>
#include <time.h>

/* --- the thread's note --- */

static _Thread_local struct err_note thread_note;

int note_set(int err, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(thread_note.text, sizeof thread_note.text, format, ap);
	va_end(ap);
	return err;
}

const char *store_note(struct store *s)
{
	return thread_note.text;
}

/* --- opening --- */

/* "host=db dbname=desk": a word and an equals sign. A file of such a name is written "./a=b". */
static bool names_postgres(const char *where)
{
	if (!strncmp(where, "postgresql://", 13) || !strncmp(where, "postgres://", 11))
		return true;
	size_t word = strspn(where, "abcdefghijklmnopqrstuvwxyz_");
	return word && where[word + strspn(where + word, " ")] == '=';
}

int store_open(const char *where, struct store **ret, struct err_note *note)
{
	thread_note.text[0] = 0;
	int err = names_postgres(where) ? postgres_store_open(where, ret, note) : sqlite_store_open(where, ret, note);
	return err ? err_set(note, err, "%s", thread_note.text[0] ? thread_note.text : err_text(err)) : 0;
}

void store_close(struct store *s)
{
	if (s)
		s->backend->close(s);
}

bool store_is_postgres(const struct store *s)
{
	return s->backend == &postgres_backend;
}

int store_backup(struct store *s, const char *path, store_progress *progress, void *ctx, struct err_note *note)
{
	int err = s->backend->backup(s, path, progress, ctx, note);
	return err ? err_set(note, err, "%s: %s", path, err_text(err)) : 0;
}

int store_restore(const char *where, const char *path, bool force, struct err_note *note)
{
	int err = names_postgres(where) ? postgres_store_restore(where, path, force, note)
	                                : sqlite_store_restore(where, path, force, note);
	return err ? err_set(note, err, "%s: %s", path, err_text(err)) : 0;
}

/* --- transactions --- */

int tx_begin(struct store *s, enum tx_kind kind, struct store_tx **ret)
{
	thread_note.text[0] = 0;
	return s->backend->begin(s, kind, ret);
}

int store_begin(struct store *s, enum store_mode mode, struct store_tx **ret)
{
	return tx_begin(s, mode == STORE_READ ? TX_READ : TX_WRITE, ret);
}

static int commit(struct store_tx *t, bool *ret_conflict)
{
	int failed = t->rows_open && !t->failed ? note_set(ERR_MALFORMED, "commit with rows open") : t->failed;
	if (!failed)
		return t->store->backend->commit(t, ret_conflict);
	*ret_conflict = t->conflict;
	t->store->backend->rollback(t);
	return failed;
}

int store_commit(struct store_tx *t)
{
	bool conflict = false;
	return commit(t, &conflict);
}

void store_rollback(struct store_tx *t)
{
	if (t)
		t->store->backend->rollback(t);
}

/* --- store_write --- */

/* Up to 1 ms, 2 ms, 4 ms ...: two that collided do not meet again. */
static void sleep_before(unsigned try)
{
	uint32_t r = 0;
	if (getrandom(&r, sizeof r, GRND_NONBLOCK) < 0)
		r = 0; /* no jitter then */
	long us = (long)(r % (1000u << try)) + 100;
	struct timespec t = { 0, us * 1000 };
	(void)nanosleep(&t, NULL);
}

static int write_once(struct store *s, enum tx_kind kind, store_work *fn, void *ctx, bool *ret_conflict)
{
	struct store_tx *t = NULL;
	int err = tx_begin(s, kind, &t);
	if (err)
		return err;
	err = fn(t, ctx);
	if (err < 0) {
		*ret_conflict = t->conflict;
		t->store->backend->rollback(t);
		return err;
	}
	int done = commit(t, ret_conflict);
	return done ? done : err;
}

int store_write(struct store *s, store_work *fn, void *ctx)
{
	int err = 0;
	for (unsigned try = 0; try < STORE_TRIES; try++) {
		bool conflict = false;
		bool alone = try >= STORE_TRIES - STORE_TRIES_ALONE;
		err = write_once(s, alone ? TX_ALONE : TX_WRITE, fn, ctx, &conflict);
		if (!conflict)
			return err;
		sleep_before(try);
	}
	return -EAGAIN;
}

/* --- statements --- */

/* PostgreSQL takes no NUL and no ill-formed UTF-8 (RFC 3629) in a text: neither does SQLite then. */
static bool is_text(struct bytes b)
{
	size_t i = 0;
	while (i < b.n) {
		uint8_t c = b.p[i];
		if (c < 0x80) {
			if (!c)
				return false;
			i++;
			continue;
		}
		unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
		if (c < 0xc2 || c > 0xf4 || b.n - i <= more)
			return false;
		uint8_t d = b.p[i + 1];
		if ((c == 0xe0 && d < 0xa0) || (c == 0xed && d > 0x9f) || (c == 0xf0 && d < 0x90) || (c == 0xf4 && d > 0x8f))
			return false;
		for (unsigned k = 1; k <= more; k++)
			if ((b.p[i + k] & 0xc0) != 0x80)
				return false;
		i += more + 1;
	}
	return true;
}

static int check(struct store_tx *t, const struct store_value *v, size_t n)
{
	if (t->failed)
		return t->failed;
	if (t->rows_open)
		return note_set(ERR_MALFORMED, "a statement while rows of another are open");
	for (size_t i = 0; i < n; i++)
		if (v[i].kind == STORE_TEXT && !is_text(v[i].b))
			return note_set(ERR_MALFORMED, "parameter $%zu is not UTF-8 text", i + 1);
	return 0;
}

static int remember(struct store_tx *t, int err)
{
	if (err < 0 && !t->failed)
		t->failed = err;
	return err;
}

int store_run(struct store_tx *t, const char *sql, const struct store_value *v, size_t n, int64_t *ret_changes)
{
	int err = check(t, v, n);
	if (!err)
		err = t->store->backend->run(t, sql, v, n, ret_changes);
	return remember(t, err);
}

int store_query(struct store_tx *t, const char *sql, const struct store_value *v, size_t n, struct store_rows **ret)
{
	int err = check(t, v, n);
	if (!err)
		err = t->store->backend->query(t, sql, v, n, ret);
	if (!err)
		t->rows_open = true;
	return remember(t, err);
}

/* --- rows --- */

int store_next(struct store_rows *r)
{
	return remember(r->tx, r->tx->store->backend->next(r));
}

void store_end(struct store_rows *r)
{
	if (!r)
		return;
	r->tx->rows_open = false;
	r->tx->store->backend->end(r);
}

static struct store_value column_of(struct store_rows *r, unsigned column)
{
	struct store_value v = S_NULL;
	v.kind = r->tx->store->backend->column(r, column, &v);
	return v;
}

bool store_null(struct store_rows *r, unsigned column)
{
	return column_of(r, column).kind == STORE_NULL;
}

int64_t store_int(struct store_rows *r, unsigned column)
{
	struct store_value v = column_of(r, column);
	return v.kind == STORE_INT ? v.i : 0;
}

const char *store_text(struct store_rows *r, unsigned column)
{
	struct store_value v = column_of(r, column);
	return v.kind == STORE_TEXT ? (const char *)v.b.p : NULL;
}

struct bytes store_bytes(struct store_rows *r, unsigned column)
{
	struct store_value v = column_of(r, column);
	return v.kind == STORE_TEXT || v.kind == STORE_BLOB ? v.b : bytes_of(NULL, 0);
}

struct bytes store_blob(struct store_rows *r, unsigned column)
{
	struct store_value v = column_of(r, column);
	return v.kind == STORE_BLOB ? v.b : bytes_of(NULL, 0);
}
