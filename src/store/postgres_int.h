/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Shared by postgres*.c. */

#include "store/cache.h"
#include "store/queue.h"
#include "store/store_int.h"

#include <libpq-fe.h>
#include <stdatomic.h>
#include <sys/types.h>

enum {
	POOL_PLACES = 16,     /* connections of one process at most */
	OLDEST_SERVER = 130000,
	PARAMETERS_MAX = 64,
};

/* Object ids of built-in types (pg_type.dat); part of the protocol, they do not change. */
enum pg_oid {
	PG_BOOL = 16, PG_BYTEA = 17, PG_CHAR = 18, PG_NAME = 19, PG_INT8 = 20, PG_INT2 = 21, PG_INT4 = 23,
	PG_TEXT = 25, PG_JSON = 114, PG_FLOAT8 = 701, PG_UNKNOWN = 705, PG_BPCHAR = 1042, PG_VARCHAR = 1043,
	PG_NUMERIC = 1700,
};

struct link {
	PGconn *pg;
	struct cache cache; /* statements by kinds and text; their values are the numbers in their names */
	uintptr_t statements;
	bool closing, spoilt; /* spoilt: not to be used for another transaction */
	struct link *next;
};

struct postgres_store {
	struct store base;
	char *where;
	struct queue places;
	pthread_mutex_t lock;
	struct link *idle; /* under lock */
	atomic_bool has_table; /* hisn_migration, which writers lock; not there before the first migration */
};

/* Connected and set up, or -EPIPE, -EACCES, ERR_VERSION, ERR_FORMAT. */
must_use int link_open(const char *where, struct link **ret);
void link_close(struct link *l); /* NULL is fine */
/* The store's error for a result, with the note; conflict may be NULL. 0 if the result is good. */
int link_check(struct link *l, const PGresult *r, bool *conflict);
/* SQL without parameters, any number of statements. */
must_use int link_exec(struct link *l, const char *sql, bool *conflict);
must_use int link_int(struct link *l, const char *sql, int64_t *ret);
/* One prepared statement; *ret is to be PQclear-ed. */
must_use int link_statement(struct link *l, const char *sql, const struct store_value *v, size_t n, bool *conflict, PGresult **ret);

/* A field in binary format. Total: any bytes of any length. */
enum store_kind postgres_value(unsigned type, const uint8_t *p, size_t n, struct store_value *ret);

/* --- postgres_tool.c --- */

/* Run a program of PostgreSQL's to its end. where (NULL: it needs no server) becomes its environment
 * and --dbname, so that no password stands on a command line. output (may be NULL) receives what it
 * writes, NUL-terminated, cut at its size. watch (may be NULL) is called about four times a second.
 * ERR_CHILD: not installed, or it failed; -ENOSPC; the note has its first complaint. */
typedef void tool_watch(void *ctx);
struct tool {
	const char *where;
	const char *argv[10]; /* [0]: "pg_dump"; NULL after the last */
	char *output;
	size_t output_size;
	tool_watch *watch;
	void *ctx;
};
must_use int tool_run(const struct tool *t);

int postgres_backup(struct store *s, const char *path, store_progress *progress, void *ctx, struct err_note *note);
