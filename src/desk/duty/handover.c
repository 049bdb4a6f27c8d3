/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/duty/handover.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/epoch.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

enum { KEEP = 14 * 86400 };

static struct seal_place place_of(const uint8_t id[SEAL_ID])
{
	struct seal_place p = { .sequence = 0, .type = SEAL_NOTE, .schema = SEAL_SCHEMA };
	memcpy(p.report, id, SEAL_ID);
	return p;
}

static int epoch_of(struct desk *d, const char *unit, struct keys_epoch *ret)
{
	return !strcmp(unit, KEYS_NATIONAL) ? desk_epoch_triage(d, ret) : keys_epoch(d->keys, unit, KEYS_TRIAGE, 0, ret);
}

struct writing {
	const struct staff *by;
	uint8_t id[SEAL_ID], wrap[SEAL_WRAP], *blob;
	size_t blob_n;
	uint64_t epoch;
};

static struct audit_entry entry(const struct staff *who, const char *action, const uint8_t id[SEAL_ID], char object[48])
{
	char hex[2 * SEAL_ID + 1];
	(void)sodium_bin2hex(hex, sizeof hex, id, SEAL_ID);
	(void)snprintf(object, 48, "handover %s", hex);
	return (struct audit_entry){ .member = who->member, .role = who->role, .action = action, .object = object };
}

static int insert(struct store_tx *t, void *ctx)
{
	const struct writing *w = ctx;
	char object[48];
	const struct audit_entry e = entry(w->by, "handover.write", w->id, object);
	int err = STORE_RUN(t, "INSERT INTO sealed (id, kind, unit, epoch, wrap, blob, author, at) VALUES ($1, 'handover', $2, $3, $4, $5, $6, $7)",
		S_BLOB(w->id, SEAL_ID), S_TEXT(w->by->unit), S_INT((int64_t)w->epoch), S_BLOB(w->wrap, SEAL_WRAP),
		S_BLOB(w->blob, w->blob_n), S_INT(w->by->member), S_INT(seal_round_time(clock_unix())));
	return err ? err : audit_put(t, &e);
}

int handover_write(struct desk *d, const struct staff *by, const char *text)
{
	uint8_t key[SEAL_KEY];
	struct keys_epoch e;
	struct writing w = { .by = by };
	size_t n = strlen(text);
	if (!n || n > HANDOVER_MAX)
		return -EINVAL;
	int err = epoch_of(d, by->unit, &e);
	if (err)
		return err;
	w.epoch = e.id;
	w.blob_n = seal_message_size(n);
	w.blob = malloc(w.blob_n);
	if (!w.blob)
		return -ENOMEM;
	randombytes_buf(w.id, sizeof w.id);
	randombytes_buf(key, sizeof key);
	const struct seal_place at = place_of(w.id);
	err = seal_message(key, &at, bytes_of(text, n), w.blob);
	if (!err)
		err = seal_wrap(e.pub, key, w.id, 0, w.wrap);
	sodium_memzero(key, sizeof key);
	if (!err)
		err = store_write(d->store, insert, &w);
	free(w.blob);
	return err;
}

static const char *keep(struct arena *a, const char *s)
{
	return arena_text(a, s, strlen(s));
}

int handover_list(struct desk *d, struct arena *a, const struct staff *who, struct handover **ret, size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *r;
	struct handover *list = arena_array(a, HANDOVERS_SHOWN, sizeof *list);
	size_t n = 0;
	int err = list ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT x.id, x.author, s.name, x.at FROM sealed x JOIN staff s ON s.member = x.author "
		"WHERE x.kind = 'handover' AND x.unit = $1 ORDER BY x.at DESC, x.id LIMIT 20", S_TEXT(who->unit));
	if (!err) {
		while (n < HANDOVERS_SHOWN && (err = store_next(r)) == 1) {
			list[n] = (struct handover){ .author = (uint32_t)store_int(r, 1), .name = keep(a, store_text(r, 2)), .at = store_int(r, 3) };
			if (store_blob(r, 0).n == SEAL_ID)
				memcpy(list[n++].id, store_blob(r, 0).p, SEAL_ID);
		}
		store_end(r);
	}
	store_rollback(t);
	*ret = list;
	*ret_n = n;
	return err < 0 ? err : 0;
}

struct lying { struct handover of; uint64_t epoch; uint8_t wrap[SEAL_WRAP]; struct bytes blob; };

static int read_one(struct desk *d, struct arena *a, const struct staff *who, const uint8_t id[SEAL_ID], struct lying *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT x.epoch, x.wrap, x.blob, x.author, s.name, x.at FROM sealed x JOIN staff s ON s.member = x.author "
		"WHERE x.kind = 'handover' AND x.unit = $1 AND x.id = $2", S_TEXT(who->unit), S_BLOB(id, SEAL_ID));
	if (!err) {
		err = store_next(r);
		if (err == 1) {
			struct bytes blob = store_blob(r, 2);
			uint8_t *copy = arena_alloc(a, blob.n);
			ret->epoch = (uint64_t)store_int(r, 0);
			ret->of = (struct handover){ .author = (uint32_t)store_int(r, 3), .name = keep(a, store_text(r, 4)), .at = store_int(r, 5) };
			memcpy(ret->of.id, id, SEAL_ID);
			err = copy && store_blob(r, 1).n == SEAL_WRAP ? 1 : -EIO;
			if (err == 1) {
				memcpy(ret->wrap, store_blob(r, 1).p, SEAL_WRAP);
				memcpy(copy, blob.p, blob.n);
				ret->blob = bytes_of(copy, blob.n);
			}
		}
		store_end(r);
	}
	store_rollback(t);
	return err < 0 ? err : err == 1 ? 0 : -ENOENT;
}

int handover_open(struct desk *d, struct arena *a, const struct staff *who, const uint8_t id[SEAL_ID], struct handover *ret,
	struct bytes *ret_text)
{
	struct lying x;
	char object[48];
	size_t n;
	int err = read_one(d, a, who, id, &x);
	uint8_t *plain = err ? NULL : arena_alloc(a, x.blob.n);
	if (err || !plain)
		return err ? err : -ENOMEM;
	const struct audit_entry e = entry(who, "handover.open", id, object);
	const struct seal_place at = place_of(id);
	const struct keys_wrapped w = { x.epoch, 0, x.wrap };
	err = audit_now(d, &e);
	if (err)
		return err == -EACCES || err == -EAGAIN ? -EIO : err;
	err = keys_message_open(d->keys, who->keys, &w, &at, x.blob, plain, &n);
	if (err)
		return err == -ENOENT || err == ERR_MALFORMED ? -EACCES : err;
	*ret = x.of;
	*ret_text = bytes_of(plain, n);
	return 0;
}

static int drop_old(struct store_tx *t, void *ctx)
{
	return STORE_RUN(t, "DELETE FROM sealed WHERE kind = 'handover' AND at < $1", S_INT(clock_unix() - KEEP));
}

int handover_tend(struct desk *d)
{
	return store_write(d->store, drop_old, NULL);
}
