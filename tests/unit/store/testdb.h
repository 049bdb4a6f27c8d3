/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A fresh database for each test: an SQLite file in a folder of its own, or, with HISN_TEST_PG
 * ("host=/folder user=postgres", set by tests/pg.py), a new database of that server. */

#include "store/store.h"

#include <limits.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

bool testdb_is_postgres(void);
/* A folder that lives as long as the program. */
const char *testdb_folder(void);
const char *testdb_path(const char *name); /* of a file there; eight at a time */

/* Where a fresh, empty database is; good until the next call but seven. */
const char *testdb_where(void);
/* ... opened, with the migrations of the tests. */
struct store *testdb_open(void);
/* ... one that is there already. */
struct store *testdb_reopen(const char *where);
const char *testdb_last(void); /* where testdb_open opened */

/* The tests' tables: counter (id, n), thing (id, name, body, size CHECK >= 0), part (id, thing). */
extern const struct store_migration testdb_migrations[];
extern const size_t testdb_migration_count;

/* The first column of the first row, which must be there. */
int64_t testdb_int(struct store *s, const char *sql);
/* One statement in a transaction of its own. */
int testdb_run(struct store *s, const char *sql);

/* Setup and teardown of a program. */
int testdb_begin(void **state);
int testdb_finish(void **state);
