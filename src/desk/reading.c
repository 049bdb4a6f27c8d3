/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/reading.h"

#include "base/clock.h"
#include "desk/submit.h"

#include <errno.h>
#include <sodium.h>

enum { MESSAGES_MAX = 512, WRAPS_MAX = 512 };

#define COLUMNS "id, state, unit, region, kind, priority, received, opened, restricted, mailbox IS NOT NULL"

static int read_row(struct store_rows *rows, struct arena *a, struct reading_row *ret)
{
	struct bytes id = store_blob(rows, 0);
	const char *text[3];
	struct reading_row r = { .received = store_int(rows, 6), .opened = store_int(rows, 7) };
	if (id.n != SEAL_ID || !report_kind_parse(store_text(rows, 4), &r.kind))
		return ERR_FORMAT;
	memcpy(r.id, id.p, SEAL_ID);
	for (unsigned i = 0; i < 3; i++) {
		const char *s = store_text(rows, 1 + i);
		text[i] = s ? arena_text(a, s, strlen(s)) : NULL;
		if (s && !text[i])
			return -ENOMEM;
	}
	r.state = text[0];
	r.unit = text[1];
	r.region = text[2];
	r.priority = (enum priority)store_int(rows, 5);
	r.restricted = store_int(rows, 8) != 0;
	r.mailbox = store_int(rows, 9) != 0;
	*ret = r;
	return 0;
}

int reading_list(struct desk *d, struct arena *a, const char *unit, bool supervisor, size_t cap,
	struct reading_row **ret, size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *rows;
	size_t n = 0;
	struct reading_row *row = arena_array(a, cap, sizeof *row);
	int err = row ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT " COLUMNS " FROM report WHERE unit = $1 AND restricted <= $2 "
		"ORDER BY priority, due LIMIT $3", S_TEXT(unit), S_INT(supervisor), S_INT((int64_t)cap));
	if (!err) {
		while (n < cap && (err = store_next(rows)) == 1 && !(err = read_row(rows, a, &row[n])))
			n++;
		store_end(rows);
	}
	store_rollback(t);
	*ret = row;
	*ret_n = n;
	return err < 0 ? err : 0;
}

/* --- one report --- */

struct sealed { /* a message as it lies in the database */
	uint32_t seq, number;
	uint8_t type;
	int64_t at;
	struct bytes blob;
};
struct wrapped { uint64_t epoch; uint32_t number; uint8_t wrap[SEAL_WRAP]; };
struct loaded {
	struct reading_row row;
	struct sealed *message; size_t message_n;
	struct wrapped *wrap; size_t wrap_n;
};

static int load_row(struct store_tx *t, struct arena *a, const char *unit, bool supervisor, const uint8_t *id,
	struct reading_row *ret)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, "SELECT " COLUMNS " FROM report WHERE id = $1 AND unit = $2 AND restricted <= $3",
		S_BLOB(id, SEAL_ID), S_TEXT(unit), S_INT(supervisor));
	if (err)
		return err;
	err = store_next(rows);
	err = err == 1 ? read_row(rows, a, ret) : err == 0 ? -ENOENT : err;
	store_end(rows);
	return err;
}

static int load_messages(struct store_tx *t, struct arena *a, struct loaded *l)
{
	struct store_rows *rows;
	l->message = arena_array(a, MESSAGES_MAX, sizeof *l->message);
	int err = l->message ? STORE_QUERY(t, &rows, "SELECT seq, number, type, at, blob FROM message WHERE report = $1 "
		"ORDER BY seq", S_BLOB(l->row.id, SEAL_ID)) : -ENOMEM;
	if (err)
		return err;
	while (l->message_n < MESSAGES_MAX && (err = store_next(rows)) == 1) {
		struct bytes b = store_blob(rows, 4);
		uint8_t *copy = arena_alloc(a, b.n);
		if (!copy) {
			err = -ENOMEM;
			break;
		}
		memcpy(copy, b.p, b.n);
		l->message[l->message_n++] = (struct sealed){ (uint32_t)store_int(rows, 0), (uint32_t)store_int(rows, 1),
			(uint8_t)store_int(rows, 2), store_int(rows, 3), bytes_of(copy, b.n) };
	}
	store_end(rows);
	return err < 0 ? err : 0;
}

static int load_wraps(struct store_tx *t, struct arena *a, struct loaded *l)
{
	struct store_rows *rows;
	l->wrap = arena_array(a, WRAPS_MAX, sizeof *l->wrap);
	int err = l->wrap ? STORE_QUERY(t, &rows, "SELECT epoch, number, sealed FROM wrap WHERE report = $1 "
		"ORDER BY number, epoch", S_BLOB(l->row.id, SEAL_ID)) : -ENOMEM;
	if (err)
		return err;
	while (l->wrap_n < WRAPS_MAX && (err = store_next(rows)) == 1) {
		struct bytes b = store_blob(rows, 2);
		struct wrapped *w = &l->wrap[l->wrap_n];
		if (b.n != SEAL_WRAP)
			continue;
		w->epoch = (uint64_t)store_int(rows, 0);
		w->number = (uint32_t)store_int(rows, 1);
		memcpy(w->wrap, b.p, SEAL_WRAP);
		l->wrap_n++;
	}
	store_end(rows);
	return err < 0 ? err : 0;
}

static int load(struct desk *d, struct arena *a, const char *unit, bool supervisor, const uint8_t *id, struct loaded *l)
{
	struct store_tx *t;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = load_row(t, a, unit, supervisor, id, &l->row);
	if (!err)
		err = load_messages(t, a, l);
	if (!err)
		err = load_wraps(t, a, l);
	store_rollback(t);
	return err;
}

static struct seal_place place(const struct loaded *l, uint32_t seq, uint8_t type)
{
	struct seal_place at = { .sequence = seq, .type = type, .schema = SEAL_SCHEMA };
	memcpy(at.report, l->row.id, SEAL_ID);
	return at;
}

/* With any wrap of the message's key that this member can open. */
static int open_message(struct desk *d, struct arena *a, const uint8_t *session, const struct loaded *l,
	const struct sealed *m, struct reading_message *ret)
{
	const struct seal_place at = place(l, m->seq, m->type);
	int err = -ENOENT;
	uint8_t *plain = arena_alloc(a, m->blob.n);
	if (!plain)
		return -ENOMEM;
	for (size_t i = 0; i < l->wrap_n; i++) {
		const struct keys_wrapped w = { l->wrap[i].epoch, l->wrap[i].number, l->wrap[i].wrap };
		if (w.number != m->number)
			continue;
		err = keys_message_open(d->keys, session, &w, &at, m->blob, plain, &ret->plain.n);
		if (!err) {
			ret->plain.p = plain;
			return 0;
		}
	}
	return err;
}

static int mark_opened(struct store_tx *t, void *ctx)
{
	const struct reading_row *r = ctx;
	return desk_round_times(t, r->id, clock_unix());
}

int reading_open(struct desk *d, struct arena *a, const uint8_t session[KEYS_SESSION], const char *unit,
	bool supervisor, const uint8_t id[SEAL_ID], struct reading *ret)
{
	struct loaded l = { 0 };
	int err = load(d, a, unit, supervisor, id, &l);
	if (err)
		return err;
	*ret = (struct reading){ .row = l.row, .message_n = l.message_n };
	ret->message = arena_array(a, l.message_n ? l.message_n : 1, sizeof *ret->message);
	if (!ret->message)
		return -ENOMEM;
	for (size_t i = 0; i < l.message_n; i++) {
		struct reading_message *m = &ret->message[i];
		*m = (struct reading_message){ .seq = l.message[i].seq, .type = l.message[i].type, .at = l.message[i].at };
		m->error = open_message(d, a, session, &l, &l.message[i], m);
		if (m->error == -EACCES && i == 0)
			return -EACCES;
	}
	return store_write(d->store, mark_opened, &l.row);
}

void reading_done(struct reading *r)
{
	for (size_t i = 0; i < r->message_n; i++)
		if (r->message[i].plain.p)
			sodium_memzero((void *)(uintptr_t)r->message[i].plain.p, r->message[i].plain.n);
}

/* --- asking --- */

struct asking {
	const struct loaded *l;
	struct bytes blob, mail;
	uint32_t seq;
};

static int insert_question(struct store_tx *t, void *ctx)
{
	const struct asking *q = ctx;
	int64_t hour = seal_round_time(clock_unix());
	int err = STORE_RUN(t, "INSERT INTO message (report, seq, type, number, blob, at) VALUES ($1, $2, $3, 0, $4, $5)",
		S_BLOB(q->l->row.id, SEAL_ID), S_INT(q->seq), S_INT(SEAL_QUESTION), S_BLOB(q->blob.p, q->blob.n), S_INT(hour));
	if (!err)
		err = STORE_RUN(t, "INSERT INTO mailbox (report, seq, blob, at) VALUES ($1, $2, $3, $4)",
			S_BLOB(q->l->row.id, SEAL_ID), S_INT(q->seq), S_BLOB(q->mail.p, q->mail.n), S_INT(hour));
	return err ? err : STORE_RUN(t, "UPDATE report SET status = $1 WHERE id = $2", S_INT(COARSE_QUESTION),
		S_BLOB(q->l->row.id, SEAL_ID));
}

static int mailbox_of(struct desk *d, const uint8_t *id, uint8_t ret[SEAL_PUBLIC])
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT mailbox FROM report WHERE id = $1", S_BLOB(id, SEAL_ID));
	if (!err) {
		err = store_next(rows);
		struct bytes b = err == 1 ? store_blob(rows, 0) : bytes_of(NULL, 0);
		if (err == 1 && b.n == SEAL_PUBLIC)
			memcpy(ret, b.p, SEAL_PUBLIC);
		err = err < 0 ? err : b.n == SEAL_PUBLIC ? 0 : ERR_REFUSED;
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

static int seal_question(struct desk *d, struct arena *a, const uint8_t *session, const struct loaded *l,
	const char *question, struct asking *q)
{
	const struct seal_place at = place(l, q->seq, SEAL_QUESTION);
	const struct mail mail = { .hour = seal_round_time(clock_unix()), .text = question };
	uint8_t mailbox[SEAL_PUBLIC];
	struct bytes plain = bytes_str(question);
	uint8_t *blob = arena_alloc(a, seal_message_size(plain.n));
	int err = blob ? mailbox_of(d, l->row.id, mailbox) : -ENOMEM;
	if (err)
		return err;
	err = -EACCES;
	for (size_t i = 0; i < l->wrap_n && err; i++) {
		const struct keys_wrapped w = { l->wrap[i].epoch, l->wrap[i].number, l->wrap[i].wrap };
		if (w.number == 0)
			err = keys_message_seal(d->keys, session, &w, &at, plain, blob);
	}
	q->blob = bytes_of(blob, seal_message_size(plain.n));
	return err ? err : desk_mail(d, a, mailbox, &mail, &q->mail);
}

int reading_ask(struct desk *d, const uint8_t session[KEYS_SESSION], const char *unit, bool supervisor,
	const uint8_t id[SEAL_ID], const char *question)
{
	struct arena a;
	struct loaded l = { 0 };
	struct asking q = { .l = &l };
	size_t n = strlen(question);
	if (!n || n > SEAL_PLAIN_MAX / 2)
		return -EINVAL;
	arena_init(&a, 0);
	int err = load(d, &a, unit, supervisor, id, &l);
	if (!err && l.message_n >= MESSAGES_MAX)
		err = ERR_LIMIT;
	if (!err) {
		/* Two who write at once get the same number; the primary key lets one through, the other is told. */
		q.seq = l.message_n ? l.message[l.message_n - 1].seq + 1 : 1;
		err = seal_question(d, &a, session, &l, question, &q);
	}
	if (!err)
		err = store_write(d->store, insert_question, &q);
	arena_wipe(&a);
	return err == -EEXIST ? -EAGAIN : err;
}
