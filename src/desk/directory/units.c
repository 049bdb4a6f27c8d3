/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/directory/directory.h"

#include <errno.h>

#define COLUMNS "code, name, phone, mail, confirmed, confirmed_by, active, version"

/* NULL stays NULL. False: no memory. */
static bool copy(struct arena *a, struct store_rows *rows, unsigned column, const char **ret)
{
	const char *s = store_text(rows, column);
	*ret = s ? arena_text(a, s, strlen(s)) : NULL;
	return !s || *ret;
}

static int read_unit(struct store_rows *rows, struct arena *a, struct directory_unit *ret)
{
	if (!copy(a, rows, 0, &ret->code) || !copy(a, rows, 1, &ret->name) || !copy(a, rows, 2, &ret->phone) || !copy(a, rows, 3, &ret->mail))
		return -ENOMEM;
	ret->confirmed = store_int(rows, 4);
	ret->confirmed_by = (uint32_t)store_int(rows, 5);
	ret->active = store_int(rows, 6) != 0;
	ret->version = (uint64_t)store_int(rows, 7);
	return 0;
}

int directory_units(struct desk *d, struct arena *a, struct directory_unit **ret, size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *rows;
	size_t n = 0;
	struct directory_unit *u = arena_array(a, DIRECTORY_MAX, sizeof *u);
	int err = u ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT " COLUMNS " FROM unit ORDER BY code LIMIT $1", S_INT(DIRECTORY_MAX));
	if (!err) {
		while ((err = store_next(rows)) == 1 && !(err = read_unit(rows, a, &u[n])))
			n++;
		store_end(rows);
	}
	store_rollback(t);
	*ret = u;
	*ret_n = n;
	return err;
}

int directory_unit(struct desk *d, struct arena *a, const char *code, struct directory_unit *ret)
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT " COLUMNS " FROM unit WHERE code = $1", S_TEXT(code));
	if (!err) {
		err = store_next(rows);
		err = err == 1 ? read_unit(rows, a, ret) : err ? err : -ENOENT;
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

int directory_holders(struct desk *d, struct arena *a, struct keys_member **ret, size_t *ret_n)
{
	*ret = arena_array(a, KEYS_MEMBER_MAX, sizeof **ret);
	return *ret ? keys_members(d->keys, *ret, KEYS_MEMBER_MAX, ret_n) : -ENOMEM;
}

unsigned directory_holders_of(const struct keys_member *m, size_t n, const char *unit)
{
	unsigned count = 0;
	for (size_t i = 0; i < n; i++)
		count += m[i].state == KEYS_ACTIVE && !strcmp(m[i].unit, unit);
	return count;
}

struct putting {
	const struct audit_entry *by;
	const struct directory_unit *u;
};

static int put(struct store_tx *t, void *ctx)
{
	const struct putting *p = ctx;
	const struct directory_unit *u = p->u;
	const struct store_value v[] = { S_TEXT(u->name), S_TEXT(u->phone), S_TEXT(u->mail), S_INT(u->confirmed),
		S_INT(u->confirmed_by), S_INT(u->active), S_TEXT(u->code), S_INT((int64_t)MAX(u->version, 1)) };
	int64_t changed = 0;
	int err = store_run(t, u->version
		? "UPDATE unit SET name = $1, phone = $2, mail = $3, confirmed = $4, confirmed_by = $5, active = $6, "
		  "version = version + 1 WHERE code = $7 AND version = $8"
		: "INSERT INTO unit (name, phone, mail, confirmed, confirmed_by, active, code, version) "
		  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (code) DO NOTHING", v, ARRAY_LEN(v), &changed);
	if (!err && !changed)
		return -EAGAIN;
	const struct audit_entry e = { .member = p->by->member, .role = p->by->role, .action = u->active ? "unit.put" : "unit.rest",
		.object = u->code };
	return err ? err : audit_put(t, &e);
}

int directory_unit_put(struct desk *d, const struct audit_entry *by, const struct directory_unit *u)
{
	struct putting p = { by, u };
	return store_write(d->store, put, &p);
}
