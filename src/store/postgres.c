/* SPDX-License-Identifier: Apache-2.0 */
/* The PostgreSQL backend: the pool, transactions, rows. */
#include "store/postgres_int.h"

#include <errno.h>

struct postgres_tx {
	struct store_tx base;
	struct link *l;
	struct postgres_rows {
		struct store_rows base;
		PGresult *r;
		int at; /* the row store_next gave last, -1 before the first */
	} rows;
};

static struct postgres_store *store_of(struct store *s)
{
	return (struct postgres_store *)s;
}

static struct postgres_tx *tx_of(struct store_tx *t)
{
	return (struct postgres_tx *)t;
}

static struct postgres_rows *rows_of(struct store_rows *r)
{
	return (struct postgres_rows *)r;
}

/* --- the pool --- */

static struct link *take_idle(struct postgres_store *s)
{
	pthread_mutex_lock(&s->lock);
	struct link *l = s->idle;
	if (l)
		s->idle = l->next;
	pthread_mutex_unlock(&s->lock);
	return l;
}

static void give(struct postgres_store *s, struct link *l)
{
	if (l->spoilt || PQtransactionStatus(l->pg) != PQTRANS_IDLE) {
		link_close(l);
	} else {
		pthread_mutex_lock(&s->lock);
		l->next = s->idle;
		s->idle = l;
		pthread_mutex_unlock(&s->lock);
	}
	queue_leave(&s->places);
}

/* Something else's tables in our schema: then we are in the wrong place. */
static int check_ours(struct postgres_store *s, struct link *l)
{
	int64_t others = 0;
	/* One statement, so that both are seen in one snapshot while another front end migrates. */
	int err = link_int(l, "SELECT CASE WHEN bool_or(relname = 'hisn_migration') THEN -1 ELSE count(*) END FROM pg_class "
		"WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = to_regnamespace(quote_ident(current_schema()))",
		&others);
	if (err)
		return err;
	if (others > 0)
		return note_set(ERR_FORMAT, "the database has %lld tables, but they are not hisn's", (long long)others);
	s->has_table = others < 0;
	return 0;
}

int postgres_store_open(const char *where, struct store **ret, struct err_note *note)
{
	struct postgres_store *s = calloc(1, sizeof *s);
	if (!s || !(s->where = strdup(where))) {
		free(s);
		return -ENOMEM;
	}
	s->base.backend = &postgres_backend;
	queue_init(&s->places, POOL_PLACES);
	pthread_mutex_init(&s->lock, NULL);
	struct link *l = NULL;
	int err = link_open(where, &l);
	if (!err)
		err = check_ours(s, l);
	if (err) {
		link_close(l);
		store_close(&s->base);
		return err;
	}
	s->idle = l;
	*ret = &s->base;
	return 0;
}

static void postgres_close(struct store *base)
{
	struct postgres_store *s = store_of(base);
	for (struct link *l; (l = s->idle);) {
		s->idle = l->next;
		link_close(l);
	}
	queue_done(&s->places);
	pthread_mutex_destroy(&s->lock);
	free(s->where);
	free(s);
}

/* --- transactions --- */

/* Writers lock a table of ours, all of them together or one of them alone. LOCK comes before the
 * first query on purpose: only that takes the snapshot, so who waited sees what others did. */
static const char *begin_text(struct postgres_store *s, enum tx_kind kind)
{
	if (kind == TX_READ)
		return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
	if (!s->has_table)
		return "BEGIN ISOLATION LEVEL SERIALIZABLE";
	if (kind == TX_WRITE)
		return "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE hisn_migration IN ROW SHARE MODE";
	if (kind == TX_ALONE)
		return "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE hisn_migration IN EXCLUSIVE MODE";
	return "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE hisn_migration IN EXCLUSIVE MODE;"
	       "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";
}

static int begin_on(struct postgres_store *s, struct link *l, enum tx_kind kind)
{
	int err = link_exec(l, begin_text(s, kind), NULL);
	if (err && !l->spoilt)
		PQclear(PQexec(l->pg, "ROLLBACK"));
	return err;
}

/* Idle connections may have died with a server that was started again: then the next, at last a new. */
static int begin_somewhere(struct postgres_store *s, enum tx_kind kind, struct link **ret)
{
	for (struct link *l; (l = take_idle(s));) {
		int err = begin_on(s, l, kind);
		if (!err) {
			*ret = l;
			return 0;
		}
		if (err != -EPIPE) {
			give(s, l);
			return err;
		}
		link_close(l);
	}
	struct link *l = NULL;
	int err = link_open(s->where, &l);
	if (!err)
		err = begin_on(s, l, kind);
	if (err) {
		link_close(l);
		queue_leave(&s->places);
		return err;
	}
	*ret = l;
	return 0;
}

static int postgres_begin(struct store *base, enum tx_kind kind, struct store_tx **ret)
{
	struct postgres_store *s = store_of(base);
	struct postgres_tx *t = calloc(1, sizeof *t);
	if (!t)
		return -ENOMEM;
	int err = queue_enter(&s->places, STORE_WAIT_MS);
	if (err)
		err = note_set(err, "all %d connections of this process are taken", POOL_PLACES);
	else
		err = begin_somewhere(s, kind, &t->l);
	if (err) {
		free(t);
		return err;
	}
	t->base = (struct store_tx){ .store = base, .kind = kind };
	*ret = &t->base;
	return 0;
}

static void finish_rows(struct postgres_tx *t)
{
	PQclear(t->rows.r);
	t->rows.r = NULL;
}

static void finish(struct postgres_tx *t)
{
	finish_rows(t);
	give(store_of(t->base.store), t->l);
	free(t);
}

/* The note of what went wrong is worth more than one about the rollback. */
static void postgres_rollback(struct store_tx *base)
{
	struct postgres_tx *t = tx_of(base);
	if (!t->l->spoilt)
		PQclear(PQexec(t->l->pg, "ROLLBACK"));
	finish(t);
}

static int postgres_commit(struct store_tx *base, bool *ret_conflict)
{
	struct postgres_tx *t = tx_of(base);
	PGresult *r = PQexec(t->l->pg, "COMMIT");
	int err = link_check(t->l, r, ret_conflict);
	if (!err && strcmp(PQcmdStatus(r), "COMMIT")) /* "ROLLBACK": it had failed before */
		err = note_set(-EIO, "PostgreSQL rolled back instead");
	PQclear(r);
	if (err && !t->l->spoilt)
		PQclear(PQexec(t->l->pg, "ROLLBACK"));
	finish(t);
	return err;
}

/* --- statements and rows --- */

static bool changes_rows(const char *tag)
{
	return !strncmp(tag, "INSERT", 6) || !strncmp(tag, "UPDATE", 6) || !strncmp(tag, "DELETE", 6) || !strncmp(tag, "MERGE", 5);
}

static int postgres_run(struct store_tx *base, const char *sql, const struct store_value *v, size_t n, int64_t *ret_changes)
{
	struct postgres_tx *t = tx_of(base);
	PGresult *r = NULL;
	int err = link_statement(t->l, sql, v, n, &base->conflict, &r);
	if (err)
		return err;
	if (ret_changes)
		*ret_changes = changes_rows(PQcmdStatus(r)) ? strtoll(PQcmdTuples(r), NULL, 10) : 0;
	PQclear(r);
	return 0;
}

static int postgres_query(struct store_tx *base, const char *sql, const struct store_value *v, size_t n, struct store_rows **ret)
{
	struct postgres_tx *t = tx_of(base);
	int err = link_statement(t->l, sql, v, n, &base->conflict, &t->rows.r);
	if (err)
		return err;
	t->rows.base.tx = base;
	t->rows.at = -1;
	*ret = &t->rows.base;
	return 0;
}

static int postgres_next(struct store_rows *base)
{
	struct postgres_rows *r = rows_of(base);
	int n = PQntuples(r->r);
	if (r->at < n)
		r->at++;
	return r->at < n;
}

static enum store_kind postgres_column(struct store_rows *base, unsigned column, struct store_value *ret)
{
	struct postgres_rows *r = rows_of(base);
	int i = (int)column;
	if (r->at < 0 || r->at >= PQntuples(r->r) || i >= PQnfields(r->r) || PQgetisnull(r->r, r->at, i))
		return STORE_NULL;
	const uint8_t *p = (const uint8_t *)PQgetvalue(r->r, r->at, i);
	return postgres_value(PQftype(r->r, i), p, (size_t)PQgetlength(r->r, r->at, i), ret);
}

static void postgres_end(struct store_rows *r)
{
	finish_rows(tx_of(r->tx));
}

/* CREATE ... IF NOT EXISTS by two at once fails for one of them: so in line. */
static int postgres_prepare(struct store *base)
{
	struct postgres_store *s = store_of(base);
	struct link *l = NULL;
	int err = queue_enter(&s->places, STORE_WAIT_MS);
	if (err)
		return err;
	err = begin_somewhere(s, TX_READ, &l);
	if (err)
		return err;
	err = link_exec(l, "ROLLBACK; BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(1751741294);"
		"CREATE TABLE IF NOT EXISTS hisn_migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL,"
		" checksum BIGINT NOT NULL, at BIGINT NOT NULL);"
		"DO $$ BEGIN IF to_regtype('blob') IS NULL THEN CREATE DOMAIN blob AS bytea; END IF; END $$; COMMIT", NULL);
	if (err && !l->spoilt)
		PQclear(PQexec(l->pg, "ROLLBACK"));
	if (!err)
		s->has_table = true;
	give(s, l);
	return err;
}

const struct backend postgres_backend = {
	.close = postgres_close,
	.begin = postgres_begin,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.run = postgres_run,
	.query = postgres_query,
	.next = postgres_next,
	.column = postgres_column,
	.end = postgres_end,
	.prepare = postgres_prepare,
	.backup = postgres_backup,
};
