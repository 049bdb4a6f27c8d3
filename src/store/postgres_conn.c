/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: settings, errors, statements. */
#include "store/postgres_int.h"

#include <errno.h>

/* --- errors: SQLSTATE, appendix A of PostgreSQL's manual --- */

struct state {
	const char *start;
	int err;
};

/* The first that the state starts with. */
static const struct state states[] = {
	{ "40001", -EAGAIN }, /* serialization_failure */
	{ "40P01", -EAGAIN }, /* deadlock_detected */
	{ "23505", -EEXIST },
	{ "23", ERR_REFUSED },
	{ "55P03", -EAGAIN }, /* lock_timeout */
	{ "57014", -EAGAIN }, /* statement_timeout */
	{ "53100", -ENOSPC },
	{ "53200", -ENOMEM },
	{ "53", -EAGAIN },    /* too many connections */
	{ "08P01", ERR_MALFORMED }, /* wrong number of parameters */
	{ "08", -EPIPE },
	{ "57P", -EPIPE },    /* the server is shut down, or starts */
	{ "25P03", -EPIPE },  /* idle in a transaction for too long */
	{ "28", -EACCES },
	{ "42501", -EACCES },
	{ "54", ERR_LIMIT },
	{ "58", -EIO },
	{ "XX001", ERR_CHECKSUM },
	{ "XX002", ERR_CHECKSUM },
	{ "XX", -EIO },
};

static int error_of(const char *sqlstate)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (!strncmp(sqlstate, states[i].start, strlen(states[i].start)))
			return states[i].err;
	return ERR_MALFORMED;
}

static int first_line(const char *s)
{
	return (int)MIN(strcspn(s, "\n"), (size_t)300);
}

/* Only the message of a mistake in SQL may be repeated: others can quote a row. */
static int note_of(int err, const char *sqlstate, const PGresult *r)
{
	const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	const char *table = PQresultErrorField(r, PG_DIAG_TABLE_NAME), *name = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
	bool quotes = !strncmp(sqlstate, "22", 2) || !strncmp(sqlstate, "23", 2);
	return note_set(err, "PostgreSQL %s: %s%s%s%s%.*s", sqlstate, table ? table : "", table ? " " : "", name ? name : "",
		name ? " " : "", message && !quotes ? first_line(message) : 0, message ? message : "");
}

static bool is_conflict(const char *sqlstate)
{
	return !strcmp(sqlstate, "40001") || !strcmp(sqlstate, "40P01");
}

int link_check(struct link *l, const PGresult *r, bool *conflict)
{
	switch (PQresultStatus(r)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		return 0;
	case PGRES_EMPTY_QUERY:
		return note_set(ERR_MALFORMED, "not exactly one statement");
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
		l->spoilt = true;
		return note_set(ERR_MALFORMED, "COPY cannot be used here");
	default:
		break;
	}
	const char *sqlstate = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	if (PQstatus(l->pg) != CONNECTION_OK || !sqlstate) {
		l->spoilt = true;
		const char *m = PQerrorMessage(l->pg);
		return note_set(-EPIPE, "PostgreSQL: %.*s", first_line(m), m);
	}
	int err = error_of(sqlstate);
	bool stale = !strcmp(sqlstate, "0A000"); /* "cached plan must not change result type": after a migration */
	if (stale)
		err = -EAGAIN;
	l->spoilt |= stale || err == -EPIPE;
	if (conflict)
		*conflict |= stale || is_conflict(sqlstate);
	return note_of(err, sqlstate, r);
}

int link_exec(struct link *l, const char *sql, bool *conflict)
{
	PGresult *r = PQexec(l->pg, sql);
	int err = link_check(l, r, conflict);
	PQclear(r);
	return err;
}

int link_int(struct link *l, const char *sql, int64_t *ret)
{
	PGresult *r = PQexecParams(l->pg, sql, 0, NULL, NULL, NULL, NULL, 1);
	int err = link_check(l, r, NULL);
	if (!err && (PQntuples(r) != 1 || PQgetlength(r, 0, 0) != 8))
		err = note_set(ERR_FORMAT, "PostgreSQL answers in a way that was not expected");
	if (!err)
		*ret = (int64_t)be64_get((const uint8_t *)PQgetvalue(r, 0, 0));
	PQclear(r);
	return err;
}

/* --- opening --- */

static void drop_statement(void *owner, void *statement)
{
	struct link *l = owner;
	char sql[48];
	(void)snprintf(sql, sizeof sql, "DEALLOCATE s%zu", (size_t)(uintptr_t)statement);
	if (!l->closing) /* else the server drops them all */
		PQclear(PQexec(l->pg, sql));
}

static void ignore(void *arg, const PGresult *r)
{
}

/* Defaults stand before the operator's own words, which may change them; what must be stands after. */
static PGconn *connect_to(const char *where)
{
	static const char *const keys[] = { "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
		"tcp_user_timeout", "fallback_application_name", "dbname", "client_encoding", NULL };
	const char *const values[] = { "10", "10", "5", "3", "30000", "hisn", where, "UTF8", NULL };
	PGconn *pg = PQconnectdbParams(keys, values, 1);
	if (pg)
		PQsetNoticeReceiver(pg, ignore, NULL);
	return pg;
}

static int set_up(struct link *l)
{
	if (PQserverVersion(l->pg) < OLDEST_SERVER)
		return note_set(ERR_VERSION, "PostgreSQL %d is too old", PQserverVersion(l->pg) / 10000);
	const char *encoding = PQparameterStatus(l->pg, "server_encoding");
	if (!encoding || strcmp(encoding, "UTF8"))
		return note_set(ERR_FORMAT, "the database is not in UTF8");
	return link_exec(l, "SET statement_timeout = '30s'; SET lock_timeout = '10s';"
		"SET idle_in_transaction_session_timeout = '60s'; SET standard_conforming_strings = on;"
		/* A desk's database is small and in memory, its statements ask for a page: no helpers, no compiling. */
		"SET random_page_cost = 1.1; SET max_parallel_workers_per_gather = 0; SET jit = off;"
		"SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'", NULL);
}

int link_open(const char *where, struct link **ret)
{
	struct link *l = calloc(1, sizeof *l);
	if (!l)
		return -ENOMEM;
	cache_init(&l->cache, drop_statement, l);
	l->pg = connect_to(where);
	int err = 0;
	if (!l->pg) {
		err = -ENOMEM;
	} else if (PQstatus(l->pg) != CONNECTION_OK) {
		const char *m = PQerrorMessage(l->pg);
		err = note_set(-EPIPE, "PostgreSQL: %.*s", first_line(m), m);
	} else {
		err = set_up(l);
	}
	if (err) {
		link_close(l);
		return err;
	}
	*ret = l;
	return 0;
}

void link_close(struct link *l)
{
	if (!l)
		return;
	l->closing = true;
	cache_done(&l->cache);
	PQfinish(l->pg);
	free(l);
}

/* --- statements --- */

struct parameters {
	Oid type[PARAMETERS_MAX];
	const char *value[PARAMETERS_MAX];
	int length[PARAMETERS_MAX], format[PARAMETERS_MAX];
	uint64_t ints[PARAMETERS_MAX];
};

static void set_parameter(struct parameters *p, size_t i, const struct store_value *v)
{
	p->format[i] = 1;
	p->length[i] = (int)v->b.n;
	p->value[i] = v->b.n ? (const char *)v->b.p : ""; /* a null pointer would be NULL, not empty */
	switch (v->kind) {
	case STORE_INT:
		p->type[i] = PG_INT8;
		p->ints[i] = __builtin_bswap64((uint64_t)v->i);
		p->value[i] = (const char *)&p->ints[i];
		p->length[i] = 8;
		break;
	case STORE_TEXT:
		p->type[i] = PG_TEXT;
		break;
	case STORE_BLOB:
		p->type[i] = PG_BYTEA;
		break;
	case STORE_NULL: /* the server finds the type from where it stands */
		p->type[i] = 0;
		p->value[i] = NULL;
		break;
	}
}

static int set_parameters(struct parameters *p, const struct store_value *v, size_t n)
{
	if (n > PARAMETERS_MAX)
		return note_set(ERR_MALFORMED, "%zu parameters", n);
	for (size_t i = 0; i < n; i++) {
		if (v[i].kind != STORE_INT && v[i].b.n > INT32_MAX / 2)
			return note_set(ERR_LIMIT, "parameter $%zu is larger than 1 GiB", i + 1);
		set_parameter(p, i, &v[i]);
	}
	return 0;
}

/* "itb-" and the text: the types are part of a prepared statement. */
static int key_of(const char *sql, const struct store_value *v, size_t n, struct bytes *ret)
{
	size_t length = strlen(sql);
	char *key = malloc(n + 1 + length);
	if (!key)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		key[i] = "-itb"[v[i].kind];
	key[n] = ' ';
	memcpy(key + n + 1, sql, length);
	*ret = bytes_of(key, n + 1 + length);
	return 0;
}

static int prepare(struct link *l, const char *sql, const struct parameters *p, size_t n, struct bytes key, bool *conflict, uintptr_t *ret)
{
	*ret = (uintptr_t)cache_find(&l->cache, key);
	if (*ret)
		return 0;
	char name[32];
	*ret = ++l->statements;
	(void)snprintf(name, sizeof name, "s%zu", (size_t)*ret);
	PGresult *r = PQprepare(l->pg, name, sql, (int)n, p->type);
	int err = link_check(l, r, conflict);
	PQclear(r);
	return err ? err : cache_put(&l->cache, key, (void *)*ret);
}

int link_statement(struct link *l, const char *sql, const struct store_value *v, size_t n, bool *conflict, PGresult **ret)
{
	struct parameters p;
	struct bytes key;
	uintptr_t number = 0;
	int err = set_parameters(&p, v, n);
	if (!err)
		err = key_of(sql, v, n, &key);
	if (err)
		return err;
	err = prepare(l, sql, &p, n, key, conflict, &number);
	free((void *)key.p);
	if (err)
		return err;
	char name[32];
	(void)snprintf(name, sizeof name, "s%zu", (size_t)number);
	PGresult *r = PQexecPrepared(l->pg, name, (int)n, p.value, p.length, p.format, 1);
	err = link_check(l, r, conflict);
	if (err)
		PQclear(r);
	else
		*ret = r;
	return err;
}
