/* SPDX-License-Identifier: Apache-2.0 */
#include "testdb.h"

#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/hisn-store-XXXXXX";
static char last[PATH_MAX];

const struct store_migration testdb_migrations[] = {
	{ "first tables",
		"-- one row a counter; a 'quote' here means nothing;\n"
		"CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL);\n"
		"CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT UNIQUE, body BLOB,\n"
		"\tsize BIGINT CHECK (size >= 0));\n" },
	{ "parts",
		"CREATE TABLE part (id BIGINT PRIMARY KEY, thing BIGINT NOT NULL REFERENCES thing (id) ON DELETE CASCADE);\n"
		"INSERT INTO counter (id, n) VALUES (1, 0);\n" },
};
const size_t testdb_migration_count = ARRAY_LEN(testdb_migrations);

bool testdb_is_postgres(void)
{
	return getenv("HISN_TEST_PG") != NULL;
}

const char *testdb_folder(void)
{
	return folder;
}

const char *testdb_path(const char *name)
{
	static char path[8][PATH_MAX];
	static unsigned turn;
	char *p = path[turn++ % 8];
	(void)snprintf(p, PATH_MAX, "%s/%s", folder, name);
	return p;
}

static void create_database(const char *name)
{
	char sql[128];
	PGconn *c = PQconnectdb(getenv("HISN_TEST_PG"));
	assert_int_equal(PQstatus(c), CONNECTION_OK);
	(void)snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE template0", name);
	PGresult *r = PQexec(c, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		print_message("%s\n", PQerrorMessage(c));
	assert_int_equal(PQresultStatus(r), PGRES_COMMAND_OK);
	PQclear(r);
	PQfinish(c);
}

const char *testdb_where(void)
{
	static char where[8][PATH_MAX];
	static unsigned number;
	char *w = where[number % 8];
	if (testdb_is_postgres()) {
		char name[64];
		(void)snprintf(name, sizeof name, "t%d_%u", (int)getpid(), number);
		create_database(name);
		(void)snprintf(w, PATH_MAX, "%s dbname=%s", getenv("HISN_TEST_PG"), name);
	} else {
		(void)snprintf(w, PATH_MAX, "%s/db%u", folder, number);
	}
	number++;
	return w;
}

struct store *testdb_reopen(const char *where)
{
	struct err_note note = { 0 };
	struct store *s = NULL;
	int err = store_open(where, &s, &note);
	if (err)
		print_message("%s\n", err_say(&note, err));
	assert_int_equal(err, 0);
	err = store_migrate(s, testdb_migrations, testdb_migration_count, &note);
	if (err)
		print_message("%s\n", err_say(&note, err));
	assert_int_equal(err, 0);
	return s;
}

struct store *testdb_open(void)
{
	(void)snprintf(last, sizeof last, "%s", testdb_where());
	return testdb_reopen(last);
}

const char *testdb_last(void)
{
	return last;
}

int64_t testdb_int(struct store *s, const char *sql)
{
	struct store_tx *t = NULL;
	struct store_rows *r = NULL;
	assert_int_equal(store_begin(s, STORE_READ, &t), 0);
	int err = store_query(t, sql, NULL, 0, &r);
	if (err)
		print_message("%s: %s\n", sql, store_note(s));
	assert_int_equal(err, 0);
	assert_int_equal(store_next(r), 1);
	int64_t i = store_int(r, 0);
	store_end(r);
	store_rollback(t);
	return i;
}

int testdb_run(struct store *s, const char *sql)
{
	struct store_tx *t = NULL;
	int err = store_begin(s, STORE_WRITE, &t);
	if (err)
		return err;
	err = store_run(t, sql, NULL, 0, NULL);
	if (!err)
		return store_commit(t);
	store_rollback(t);
	return err;
}

int testdb_begin(void **state)
{
	assert_non_null(mkdtemp(folder));
	return 0;
}

int testdb_finish(void **state)
{
	DIR *d = opendir(folder);
	for (struct dirent *e; d && (e = readdir(d));)
		(void)unlink(testdb_path(e->d_name));
	if (d)
		closedir(d);
	return rmdir(folder) < 0 ? -1 : 0;
}
