/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_int.h"

#include "base/clock.h"
#include "base/siphash.h"

#include <errno.h>

/* Not against an attacker: it notices a migration that was edited after it had run somewhere. */
static int64_t checksum_of(const char *sql)
{
	return (int64_t)siphash_24(sql, strlen(sql), 0x6869736e, 0x6d696772);
}

static int one_int(struct store_tx *t, const char *sql, struct store_value v, bool *ret_found, int64_t *ret)
{
	struct store_rows *r = NULL;
	int err = store_query(t, sql, &v, v.kind == STORE_NULL ? 0 : 1, &r);
	if (err)
		return err;
	int row = store_next(r);
	*ret_found = row > 0 && !store_null(r, 0);
	if (*ret_found)
		*ret = store_int(r, 0);
	store_end(r);
	return row < 0 ? row : 0;
}

static int run_script(struct store_tx *t, const char *script)
{
	struct bytes s;
	while (split_next(&script, &s)) {
		char *sql = strndup((const char *)s.p, s.n);
		if (!sql)
			return -ENOMEM;
		int err = store_run(t, sql, NULL, 0, NULL);
		free(sql);
		if (err)
			return err;
	}
	return 0;
}

static int apply(struct store_tx *t, const struct store_migration *m, int64_t number, struct err_note *note)
{
	bool found = false;
	int64_t checksum = 0, have = checksum_of(m->sql);
	int err = one_int(t, "SELECT checksum FROM hisn_migration WHERE number = $1", S_INT(number), &found, &checksum);
	if (err)
		return err;
	if (found && checksum != have)
		return err_set(note, ERR_REFUSED, "migration %lld (%s) is not the one that ran on this database",
			(long long)number, m->name);
	if (found)
		return 0;
	err = run_script(t, m->sql);
	if (err)
		return err_set(note, err, "migration %lld (%s): %s", (long long)number, m->name, store_note(t->store));
	return STORE_RUN(t, "INSERT INTO hisn_migration (number, name, checksum, at) VALUES ($1, $2, $3, $4)",
		S_INT(number), S_TEXT(m->name), S_INT(have), S_INT(clock_unix()));
}

/* Number 0: only look whether the database is newer than we are. */
static int step(struct store *s, const struct store_migration *m, size_t n, size_t number, struct err_note *note)
{
	struct store_tx *t = NULL;
	int err = tx_begin(s, TX_MIGRATE, &t);
	if (err)
		return err;
	bool found = false;
	int64_t last = 0;
	err = one_int(t, "SELECT max(number) FROM hisn_migration", S_NULL, &found, &last);
	if (!err && found && last > (int64_t)n)
		err = err_set(note, ERR_VERSION, "the database has %lld migrations, this program knows %zu", (long long)last, n);
	if (!err && number)
		err = apply(t, &m[number - 1], (int64_t)number, note);
	if (!err)
		return store_commit(t);
	store_rollback(t);
	return err;
}

int store_migrate(struct store *s, const struct store_migration *m, size_t n, struct err_note *note)
{
	int err = s->backend->prepare(s);
	for (size_t number = 0; !err && number <= n; number++)
		err = step(s, m, n, number, note);
	if (err)
		return err_set(note, err, "%s", store_note(s)[0] ? store_note(s) : err_text(err));
	return 0;
}
