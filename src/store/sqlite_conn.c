/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: settings, errors, statements. */
#include "store/sqlite_int.h"

#include <errno.h>

/* --- errors --- */

static int io_error(sqlite3 *db)
{
	int e = sqlite3_system_errno(db);
	return e == ENOSPC || e == EDQUOT ? -ENOSPC : -EIO;
}

static int constraint(int extended)
{
	switch (extended) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return -EEXIST;
	default:
		return ERR_REFUSED;
	}
}

static int cannot_open(sqlite3 *db)
{
	int e = sqlite3_system_errno(db);
	return e > 0 ? -e : -EIO;
}

static int error_of(sqlite3 *db, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_CONSTRAINT:
		return constraint(rc);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EAGAIN;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
		return io_error(db);
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CORRUPT:
		return ERR_CHECKSUM;
	case SQLITE_NOTADB:
		return ERR_FORMAT;
	case SQLITE_CANTOPEN:
		return cannot_open(db);
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_READONLY: /* a read transaction that writes is our mistake */
		return sqlite3_db_readonly(db, "main") == 1 ? -EACCES : ERR_MALFORMED;
	case SQLITE_TOOBIG:
		return ERR_LIMIT;
	default:
		return ERR_MALFORMED;
	}
}

int sqlite_error(sqlite3 *db, int rc)
{
	int extended = sqlite3_extended_errcode(db);
	if ((extended & 0xff) == (rc & 0xff))
		rc = extended;
	return note_set(error_of(db, rc), "SQLite %d: %s", rc, sqlite3_errmsg(db)); /* names, no values */
}

/* --- opening --- */

int conn_exec(sqlite3 *db, const char *sql)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	return rc ? sqlite_error(db, rc) : 0;
}

int conn_int(sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	if (!rc)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(st, 0);
	int err = rc == SQLITE_ROW ? 0 : rc == SQLITE_DONE ? ERR_FORMAT : sqlite_error(db, rc);
	sqlite3_finalize(st);
	return err;
}

static int set_up(sqlite3 *db, bool reader)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, STORE_WAIT_MS);
	/* A damaged or hostile file may not run code of its own, nor a misspelt "name" be a text. */
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	int err = conn_exec(db, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
		"PRAGMA temp_store = MEMORY;" /* what is sorted never meets a disk in the clear */
		"PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
		"PRAGMA cache_size = -16384;" /* KiB: the queue's index at 200,000 reports */
		"PRAGMA journal_size_limit = 4194304"); /* a log that once grew large does not stay so */
	if (!err && reader)
		err = conn_exec(db, "PRAGMA query_only = ON");
	return err;
}

static void drop_statement(void *owner, void *statement)
{
	sqlite3_finalize(statement);
}

int conn_open(const char *path, bool reader, struct conn **ret)
{
	struct conn *c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	cache_init(&c->cache, drop_statement, c);
	c->reader = reader;
	/* A connection is used by one thread at a time: no mutexes of SQLite's own. */
	int rc = sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	int err = rc ? sqlite_error(c->db, rc) : set_up(c->db, reader);
	if (err) {
		conn_close(c);
		return err;
	}
	*ret = c;
	return 0;
}

void conn_close(struct conn *c)
{
	if (!c)
		return;
	cache_done(&c->cache);
	sqlite3_close(c->db);
	free(c);
}

/* --- statements --- */

static int bind_one(sqlite3_stmt *st, int at, const struct store_value *v)
{
	/* SQLite takes a null pointer for NULL, also where an empty blob is meant. */
	const void *p = v->b.n ? (const void *)v->b.p : "";
	switch (v->kind) {
	case STORE_INT:
		return sqlite3_bind_int64(st, at, v->i);
	case STORE_TEXT:
		return sqlite3_bind_text64(st, at, p, v->b.n, SQLITE_TRANSIENT, SQLITE_UTF8);
	case STORE_BLOB:
		return sqlite3_bind_blob64(st, at, p, v->b.n, SQLITE_TRANSIENT);
	case STORE_NULL:
		break;
	}
	return sqlite3_bind_null(st, at);
}

/* "$2" is a name to SQLite, numbered by where it first stands; so look the place up by the name. */
static int bind(struct conn *c, sqlite3_stmt *st, const struct store_value *v, size_t n)
{
	if (sqlite3_bind_parameter_count(st) != (int)n)
		return note_set(ERR_MALFORMED, "%d parameters in the statement, %zu given", sqlite3_bind_parameter_count(st), n);
	for (size_t i = 0; i < n; i++) {
		char name[24];
		(void)snprintf(name, sizeof name, "$%zu", i + 1);
		int at = sqlite3_bind_parameter_index(st, name);
		if (!at)
			return note_set(ERR_MALFORMED, "no parameter %s in the statement", name);
		int rc = bind_one(st, at, &v[i]);
		if (rc)
			return sqlite_error(c->db, rc);
	}
	return 0;
}

static int prepare(struct conn *c, const char *sql, sqlite3_stmt **ret)
{
	*ret = cache_find(&c->cache, bytes_str(sql));
	if (*ret)
		return 0;
	const char *rest = NULL;
	int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, &rest);
	if (rc)
		return sqlite_error(c->db, rc);
	if (!*ret || (rest && rest[strspn(rest, " \t\r\n;")])) {
		sqlite3_finalize(*ret);
		return note_set(ERR_MALFORMED, "not exactly one statement");
	}
	return cache_put(&c->cache, bytes_str(sql), *ret);
}

int conn_statement(struct conn *c, const char *sql, const struct store_value *v, size_t n, sqlite3_stmt **ret)
{
	sqlite3_stmt *st = NULL;
	int err = prepare(c, sql, &st);
	if (!err)
		err = bind(c, st, v, n);
	if (err)
		return err;
	*ret = st;
	return 0;
}
