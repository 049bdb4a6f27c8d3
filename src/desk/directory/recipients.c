/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/directory/directory.h"

#include "seal/packet.h"

#include <errno.h>
#include <sodium.h>

#define COLUMNS "id, kind, name, language, mail, postal, form, key, confirmed, confirmed_by, active, version"

static bool copy(struct arena *a, struct store_rows *rows, unsigned column, const char **ret)
{
	const char *s = store_text(rows, column);
	*ret = s ? arena_text(a, s, strlen(s)) : NULL;
	return !s || *ret;
}

static int read_recipient(struct store_rows *rows, struct arena *a, struct directory_recipient *ret)
{
	struct bytes id = store_blob(rows, 0);
	if (id.n != SEAL_ID || !recipient_kind_parse(store_text(rows, 1), &ret->kind))
		return ERR_FORMAT;
	memcpy(ret->id, id.p, SEAL_ID);
	if (!copy(a, rows, 2, &ret->name) || !copy(a, rows, 3, &ret->language) || !copy(a, rows, 4, &ret->mail) ||
		!copy(a, rows, 5, &ret->postal) || !copy(a, rows, 6, &ret->form))
		return -ENOMEM;
	struct bytes key = store_blob(rows, 7);
	ret->has_key = key.n == SEAL_PUBLIC;
	if (ret->has_key)
		memcpy(ret->key, key.p, SEAL_PUBLIC);
	ret->confirmed = store_int(rows, 8);
	ret->confirmed_by = (uint32_t)store_int(rows, 9);
	ret->active = store_int(rows, 10) != 0;
	ret->version = (uint64_t)store_int(rows, 11);
	return 0;
}

int directory_recipients(struct desk *d, struct arena *a, enum recipient_kind kind, struct directory_recipient **ret, size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *rows;
	size_t n = 0;
	struct directory_recipient *r = arena_array(a, DIRECTORY_MAX, sizeof *r);
	int err = r ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT " COLUMNS " FROM recipient WHERE kind = $1 ORDER BY name, id LIMIT $2",
		S_TEXT(recipient_kind_name(kind)), S_INT(DIRECTORY_MAX));
	if (!err) {
		while ((err = store_next(rows)) == 1 && !(err = read_recipient(rows, a, &r[n])))
			n++;
		store_end(rows);
	}
	store_rollback(t);
	*ret = r;
	*ret_n = n;
	return err;
}

int directory_recipient(struct desk *d, struct arena *a, const uint8_t id[SEAL_ID], struct directory_recipient *ret)
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT " COLUMNS " FROM recipient WHERE id = $1", S_BLOB(id, SEAL_ID));
	if (!err) {
		err = store_next(rows);
		err = err == 1 ? read_recipient(rows, a, ret) : err ? err : -ENOENT;
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

int directory_count(struct desk *d, int64_t now, struct directory_count ret[RECIPIENT_KIND_COUNT])
{
	struct store_tx *t;
	struct store_rows *rows;
	enum recipient_kind kind;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	memset(ret, 0, RECIPIENT_KIND_COUNT * sizeof *ret);
	err = STORE_QUERY(t, &rows, "SELECT kind, count(*), sum(CASE WHEN active = 1 AND confirmed >= $1 THEN 1 ELSE 0 END) "
		"FROM recipient GROUP BY kind", S_INT(now - DIRECTORY_FRESH));
	if (!err) {
		while ((err = store_next(rows)) == 1)
			if (recipient_kind_parse(store_text(rows, 0), &kind))
				ret[kind] = (struct directory_count){ store_int(rows, 1), store_int(rows, 2) };
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

struct putting {
	const struct audit_entry *by;
	const struct directory_recipient *r;
};

/* The key's fingerprint goes into the trail: a key that was exchanged is found there. */
static int tell(struct store_tx *t, const struct putting *p)
{
	char object[64], hex[2 * SEAL_ID + 1], detail[64] = "key none";
	if (p->r->has_key) {
		memcpy(detail, "key ", 4);
		packet_fingerprint(p->r->key, detail + 4);
	}
	sodium_bin2hex(hex, sizeof hex, p->r->id, SEAL_ID);
	(void)snprintf(object, sizeof object, "%s %s", recipient_kind_name(p->r->kind), hex);
	const struct audit_entry e = { .member = p->by->member, .role = p->by->role,
		.action = p->r->active ? "recipient.put" : "recipient.rest", .object = object, .detail = detail };
	return audit_put(t, &e);
}

static int put(struct store_tx *t, void *ctx)
{
	const struct putting *p = ctx;
	const struct directory_recipient *r = p->r;
	const struct store_value v[] = { S_TEXT(r->name), S_TEXT(r->language), S_TEXT(r->mail), S_TEXT(r->postal), S_TEXT(r->form),
		r->has_key ? S_BLOB(r->key, SEAL_PUBLIC) : S_NULL, S_INT(r->confirmed), S_INT(r->confirmed_by), S_INT(r->active),
		S_BLOB(r->id, SEAL_ID), S_INT((int64_t)MAX(r->version, 1)), S_TEXT(recipient_kind_name(r->kind)) };
	int64_t changed = 0;
	int err = store_run(t, r->version
		? "UPDATE recipient SET name = $1, language = $2, mail = $3, postal = $4, form = $5, key = $6, confirmed = $7, "
		  "confirmed_by = $8, active = $9, version = version + 1 WHERE id = $10 AND version = $11 AND kind = $12"
		: "INSERT INTO recipient (name, language, mail, postal, form, key, confirmed, confirmed_by, active, id, version, kind) "
		  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", v, ARRAY_LEN(v), &changed);
	if (!err && !changed)
		return -EAGAIN;
	return err ? err : tell(t, p);
}

int directory_recipient_put(struct desk *d, const struct audit_entry *by, struct directory_recipient *r)
{
	struct putting p = { by, r };
	if (!r->version)
		randombytes_buf(r->id, sizeof r->id);
	return store_write(d->store, put, &p);
}
