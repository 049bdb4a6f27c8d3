/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/requests/requests.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/epoch.h"

#include <errno.h>
#include <sodium.h>

#define COLUMNS "SELECT id, kind, state, received, due, ended FROM request"

/* --- sealing --- */

struct sealed {
	uint8_t id[SEAL_ID], wrap[SEAL_WRAP];
	struct keys_epoch epoch;
	uint8_t *blob;
	size_t n;
	uint32_t author;
	int64_t at;
};

static struct seal_place place_of(const uint8_t id[SEAL_ID])
{
	struct seal_place at = { .type = SEAL_NOTE, .schema = SEAL_SCHEMA };
	memcpy(at.report, id, SEAL_ID);
	return at;
}

static int seal_text(struct desk *d, struct arena *a, const struct actor *by, const char *text, struct sealed *s)
{
	size_t n = text ? strlen(text) : 0;
	uint8_t key[SEAL_KEY];
	if (!n)
		return ERR_MALFORMED;
	if (n > REQUEST_TEXT_MAX)
		return ERR_LIMIT;
	randombytes_buf(s->id, sizeof s->id);
	randombytes_buf(key, sizeof key);
	s->author = by->member;
	s->at = seal_round_time(clock_unix());
	s->n = seal_message_size(n);
	s->blob = arena_alloc(a, s->n);
	const struct seal_place at = place_of(s->id);
	int err = s->blob ? desk_epoch_triage(d, &s->epoch) : -ENOMEM;
	if (!err)
		err = seal_message(key, &at, bytes_of(text, n), s->blob);
	if (!err)
		err = seal_wrap(s->epoch.pub, key, s->id, 0, s->wrap);
	sodium_memzero(key, sizeof key);
	return err;
}

static int put_sealed(struct store_tx *t, const struct sealed *s)
{
	return STORE_RUN(t, "INSERT INTO sealed (id, kind, unit, epoch, wrap, blob, author, at) VALUES ($1, 'request', $2, $3, $4, $5, $6, $7)",
		S_BLOB(s->id, SEAL_ID), S_TEXT(KEYS_NATIONAL), S_INT((int64_t)s->epoch.id), S_BLOB(s->wrap, SEAL_WRAP),
		S_BLOB(s->blob, s->n), S_INT(s->author), S_INT(s->at));
}

/* --- into the trail: the beginning of the number, and the kind --- */

static int audit(struct store_tx *t, struct desk *d, const struct actor *by, const char *action, const uint8_t id[SEAL_ID], const char *detail)
{
	char hex[17];
	sodium_bin2hex(hex, sizeof hex, id, 8);
	const struct audit_entry e = { .member = by->member, .role = by->role, .action = action, .object = hex, .detail = detail };
	return t ? audit_put(t, &e) : audit_now(d, &e);
}

/* --- a new one --- */

struct making {
	struct sealed text;
	const struct actor *by;
	enum request_kind kind;
	int64_t received, due;
};

static int make(struct store_tx *t, void *ctx)
{
	const struct making *m = ctx;
	int err = put_sealed(t, &m->text);
	if (!err)
		err = STORE_RUN(t, "INSERT INTO request (id, kind, state, received, due) VALUES ($1, $2, 'open', $3, $4)",
			S_BLOB(m->text.id, SEAL_ID), S_TEXT(request_kind_name(m->kind)), S_INT(m->received), S_INT(m->due));
	return err ? err : audit(t, NULL, m->by, "request.new", m->text.id, request_kind_name(m->kind));
}

int request_put(struct desk *d, const struct actor *by, enum request_kind kind, struct civil received, const char *text,
	uint8_t ret_id[SEAL_ID])
{
	struct arena a;
	struct making m = { .by = by, .kind = kind, .due = request_due(d->zone, received) };
	int64_t local = civil_days(received.year, received.month, received.day) * 86400;
	m.received = d->zone ? tz_to_utc(d->zone, local) : local;
	arena_init(&a, 0);
	int err = seal_text(d, &a, by, text, &m.text);
	if (!err)
		err = store_write(d->store, make, &m);
	if (!err)
		memcpy(ret_id, m.text.id, SEAL_ID);
	arena_done(&a);
	return err;
}

/* --- lists --- */

static int row_of(struct store_rows *rows, int64_t now, struct request_row *ret)
{
	struct bytes id = store_blob(rows, 0);
	const char *state = store_text(rows, 2);
	if (id.n != SEAL_ID || !request_kind_parse(store_text(rows, 1), &ret->kind))
		return ERR_FORMAT;
	memcpy(ret->id, id.p, SEAL_ID);
	ret->state = REQUEST_OPEN;
	while (ret->state < REQUEST_STATE_COUNT && strcmp(request_state_name(ret->state), state) != 0)
		ret->state++;
	if (ret->state == REQUEST_STATE_COUNT)
		return ERR_FORMAT;
	ret->received = store_int(rows, 3);
	ret->due = store_int(rows, 4);
	ret->ended = store_int(rows, 5);
	ret->late = ret->state == REQUEST_OPEN && now >= ret->due;
	return 0;
}

int request_list(struct desk *d, struct arena *a, bool ended, int64_t now, struct request_row **ret, size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *rows;
	size_t n = 0;
	struct request_row *list = arena_array(a, REQUEST_LIST_MAX, sizeof *list);
	int err = list ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, ended ? COLUMNS " WHERE state <> 'open' ORDER BY ended DESC, due DESC, id LIMIT $1"
		: COLUMNS " WHERE state = 'open' ORDER BY due, id LIMIT $1", S_INT(REQUEST_LIST_MAX));
	if (!err) {
		while (n < REQUEST_LIST_MAX && (err = store_next(rows)) == 1 && (err = row_of(rows, now, &list[n])) == 0)
			n++;
		store_end(rows);
	}
	store_rollback(t);
	*ret = list;
	*ret_n = n;
	return err < 0 ? err : 0;
}

int request_get(struct desk *d, const uint8_t id[SEAL_ID], int64_t now, struct request_row *ret)
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, COLUMNS " WHERE id = $1", S_BLOB(id, SEAL_ID));
	if (!err) {
		err = store_next(rows);
		err = err == 1 ? row_of(rows, now, ret) : err ? err : -ENOENT;
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

/* --- opening --- */

struct box {
	uint8_t id[SEAL_ID], wrap[SEAL_WRAP];
	uint64_t epoch;
	struct bytes blob;
};

/* One of the two rows of a request: what was asked, or (there may be none: 0 bytes) the reason. */
static int read_box(struct store_tx *t, struct arena *a, const char *sql, const uint8_t id[SEAL_ID], struct box *ret)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, sql, S_BLOB(id, SEAL_ID));
	if (err)
		return err;
	err = store_next(rows);
	if (err == 1) {
		struct bytes blob = store_blob(rows, 3);
		uint8_t *copy = arena_alloc(a, blob.n);
		if (store_blob(rows, 0).n != SEAL_ID || store_blob(rows, 2).n != SEAL_WRAP) {
			err = ERR_FORMAT;
		} else if (!copy) {
			err = -ENOMEM;
		} else {
			memcpy(ret->id, store_blob(rows, 0).p, SEAL_ID);
			memcpy(ret->wrap, store_blob(rows, 2).p, SEAL_WRAP);
			memcpy(copy, blob.p, blob.n);
			ret->epoch = (uint64_t)store_int(rows, 1);
			ret->blob = bytes_of(copy, blob.n);
		}
	}
	store_end(rows);
	return err < 0 ? err : 0;
}

static int open_box(struct desk *d, struct arena *a, const struct actor *who, const struct box *b, struct reading_message *ret)
{
	size_t n;
	const struct keys_wrapped w = { .epoch = b->epoch, .wrap = b->wrap };
	const struct seal_place at = place_of(b->id);
	uint8_t *plain = arena_alloc(a, b->blob.n + 1);
	if (!b->blob.n)
		return 0;
	int err = plain ? keys_message_open(d->keys, who->session, &w, &at, b->blob, plain, &n) : -ENOMEM;
	if (err)
		return err;
	plain[n] = 0; /* of its padding, so that it is a text */
	ret->plain = bytes_of(plain, n);
	return 0;
}

static int read_boxes(struct desk *d, struct arena *a, const uint8_t id[SEAL_ID], struct box *asked, struct box *reason)
{
	struct store_tx *t;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = read_box(t, a, "SELECT s.id, s.epoch, s.wrap, s.blob FROM request r JOIN sealed s ON s.id = r.id WHERE r.id = $1", id, asked);
	if (!err)
		err = read_box(t, a, "SELECT s.id, s.epoch, s.wrap, s.blob FROM request r JOIN sealed s ON s.id = r.reason WHERE r.id = $1", id,
			reason);
	store_rollback(t);
	return err ? err : asked->blob.n ? 0 : -ENOENT;
}

static int refused(struct desk *d, const struct actor *who, const uint8_t id[SEAL_ID])
{
	int err = audit(NULL, d, who, "refused", id, "request.open: not with their keys");
	return err ? err : -EACCES;
}

int request_open(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], struct request_text *ret)
{
	struct box asked = { .epoch = 0 }, reason = { .epoch = 0 };
	*ret = (struct request_text){ .asked = { .type = SEAL_NOTE } };
	int err = read_boxes(d, a, id, &asked, &reason);
	if (!err)
		err = open_box(d, a, who, &asked, &ret->asked);
	if (!err)
		err = open_box(d, a, who, &reason, &ret->reason);
	if (!err)
		err = audit(NULL, d, who, "request.open", id, NULL);
	else if (err == -EACCES)
		err = refused(d, who, id);
	if (err) {
		reading_done(&ret->asked);
		reading_done(&ret->reason);
	}
	return err;
}

/* --- ending --- */

struct ending {
	struct sealed reason;
	const struct actor *by;
	const uint8_t *id;
	enum request_state how;
	bool before;
};

static int end(struct store_tx *t, void *ctx)
{
	struct ending *e = ctx;
	int64_t changed = 0;
	const struct store_value v[] = { S_TEXT(request_state_name(e->how)), S_INT(e->reason.at), S_BLOB(e->reason.id, SEAL_ID),
		S_BLOB(e->id, SEAL_ID) };
	int err = put_sealed(t, &e->reason);
	if (!err)
		err = store_run(t, "UPDATE request SET state = $1, ended = $2, reason = $3 WHERE id = $4 AND state = 'open'", v, ARRAY_LEN(v), &changed);
	if (!err)
		err = audit(t, NULL, e->by, e->how == REQUEST_ANSWERED ? "request.answered" : "request.refused", e->id, NULL);
	e->before = !err && !changed;
	return e->before ? ERR_REFUSED : err;
}

int request_end(struct desk *d, const struct actor *by, const uint8_t id[SEAL_ID], enum request_state how, const char *reason)
{
	struct arena a;
	struct ending e = { .by = by, .id = id, .how = how };
	if (how != REQUEST_ANSWERED && how != REQUEST_REFUSED)
		return -EINVAL;
	arena_init(&a, 0);
	int err = seal_text(d, &a, by, reason, &e.reason);
	if (!err)
		err = store_write(d->store, end, &e);
	arena_done(&a);
	return e.before ? -EAGAIN : err;
}
