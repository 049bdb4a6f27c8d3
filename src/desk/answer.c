/* SPDX-License-Identifier: Apache-2.0 */
/* A reporter comes back with nine words: reads, answers, asks to withdraw. The report's text is not
 * reachable from here: its key is wrapped to the desk alone. */
#include "base/clock.h"
#include "desk/epoch.h"
#include "desk/mail.h"
#include "desk/submit.h"
#include "desk/work/answered.h"

#include <errno.h>
#include <sodium.h>

enum { EPOCHS = 32, ANSWERS = 100, TRIES = 5 };

/* A report as its reporter reaches it. */
struct place {
	uint8_t id[SEAL_ID], mailbox[SEAL_PUBLIC];
	enum coarse status;
	bool closed, withdrawal_asked, again;
	uint32_t sequence, number; /* the next */
	size_t answers;            /* so far */
	uint64_t epoch[EPOCHS];
	size_t epoch_n;
};

/* --- reading --- */

static int read_report(struct store_tx *t, const uint8_t lookup[SEAL_LOOKUP], struct place *p)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows,
		"SELECT id, mailbox, status, state FROM report WHERE lookup = $1",
		S_BLOB(lookup, SEAL_LOOKUP));
	if (err)
		return err;
	err = store_next(rows);
	if (err == 1 && store_blob(rows, 0).n == SEAL_ID && store_blob(rows, 1).n == SEAL_PUBLIC) {
		memcpy(p->id, store_blob(rows, 0).p, SEAL_ID);
		memcpy(p->mailbox, store_blob(rows, 1).p, SEAL_PUBLIC);
		int64_t status = store_int(rows, 2);
		p->status =
			status >= 0 && status < COARSE_COUNT ? (enum coarse)status : COARSE_REVIEW;
		p->closed = strcmp(store_text(rows, 3), "closed") == 0;
	} else if (err == 1)
		err = ERR_FORMAT;
	store_end(rows);
	return err == 1 ? 0 : err == 0 ? -ENOENT : err;
}

static int read_next(struct store_tx *t, struct place *p)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows,
		"SELECT max(seq), max(number), max(CASE WHEN type = $2 THEN 1 ELSE 0 END),"
		" count(*) - count(author) FROM message WHERE report = $1",
		S_BLOB(p->id, SEAL_ID), S_INT(SEAL_WITHDRAWAL));
	if (err)
		return err;
	err = store_next(rows);
	if (err == 1) {
		p->sequence = (uint32_t)store_int(rows, 0) + 1;
		p->number = (uint32_t)store_int(rows, 1) + 1;
		p->withdrawal_asked = store_int(rows, 2);
		p->answers = (size_t)store_int(rows, 3) - 1;
	}
	store_end(rows);
	return err == 1 ? 0 : err == 0 ? ERR_FORMAT : err;
}

static int read_epochs(struct store_tx *t, struct place *p)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows,
		"SELECT epoch FROM wrap WHERE report = $1 AND number = 0 ORDER BY epoch",
		S_BLOB(p->id, SEAL_ID));
	if (err)
		return err;
	p->epoch_n = 0;
	while ((err = store_next(rows)) == 1 && p->epoch_n < EPOCHS)
		p->epoch[p->epoch_n++] = (uint64_t)store_int(rows, 0);
	store_end(rows);
	return err == 1 ? 0 : err;
}

static int read_place(struct store_tx *t, const uint8_t lookup[SEAL_LOOKUP], struct place *p)
{
	int err = read_report(t, lookup, p);
	if (!err)
		err = read_next(t, p);
	return err ? err : read_epochs(t, p);
}

/* Each answer has a key that moves with the case, so there is an end to them. */
static bool takes_answers(const struct place *p)
{
	return !p->closed && p->epoch_n > 0 && p->answers < ANSWERS;
}

/* --- coming back --- */

struct item {
	struct bytes blob;
	int64_t hour;
};

static int read_items(struct store_tx *t, struct arena *a, const uint8_t id[SEAL_ID],
	struct item **ret, size_t *ret_n)
{
	struct store_rows *rows;
	struct item *items = arena_array(a, MAIL_MAX, sizeof *items);
	if (!items)
		return -ENOMEM;
	int err = STORE_QUERY(t, &rows,
		"SELECT blob, at FROM mailbox WHERE report = $1 ORDER BY seq DESC LIMIT $2",
		S_BLOB(id, SEAL_ID), S_INT(MAIL_MAX));
	if (err)
		return err;
	size_t n = 0;
	while ((err = store_next(rows)) == 1 && n < MAIL_MAX) {
		struct bytes b = store_blob(rows, 0);
		uint8_t *copy = arena_alloc(a, b.n);
		if (!copy) {
			err = -ENOMEM;
			break;
		}
		memcpy(copy, b.p, b.n);
		items[n++] = (struct item){ bytes_of(copy, b.n), store_int(rows, 1) };
	}
	store_end(rows);
	*ret = items;
	*ret_n = n;
	return err == 1 ? 0 : err;
}

static int open_item(struct desk *d, struct arena *a, const uint16_t *words, const struct item *i,
	struct mail *ret)
{
	uint8_t *plain = arena_alloc(a, i->blob.n);
	size_t n;
	if (!plain)
		return -ENOMEM;
	int err = keys_mail_open(d->keys, words, i->blob, plain, &n);
	if (err)
		return err;
	ret->hour = i->hour;
	return mail_read(a, bytes_of(plain, n), ret);
}

int desk_return(
	struct desk *d, struct arena *a, const uint16_t words[SEAL_WORDS], struct returning *ret)
{
	struct keys_receipt receipt;
	struct store_tx *t;
	struct place p = { 0 };
	struct item *items = NULL;
	size_t n = 0;
	int err = keys_receipt(d->keys, words, true, &receipt);
	if (!err)
		err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = read_place(t, receipt.lookup, &p);
	if (!err)
		err = read_items(t, a, p.id, &items, &n);
	store_rollback(t);
	if (err)
		return err;
	struct mail *mail = arena_array(a, n + 1, sizeof *mail);
	if (!mail)
		return -ENOMEM;
	for (size_t i = 0; !err && i < n; i++)
		err = open_item(d, a, words, &items[n - 1 - i], &mail[i]);
	if (err)
		return err;
	*ret = (struct returning){ .status = p.status,
		.mail = mail,
		.mail_n = n,
		.withdrawal_asked = p.withdrawal_asked,
		.can_answer = takes_answers(&p) };
	memcpy(ret->id, p.id, SEAL_ID);
	return 0;
}

/* --- answering --- */

struct answer {
	struct place place;
	struct answered *outcome;
	bool withdraw;
	const uint8_t *once;
	struct bytes blob, mail;
	size_t epoch_n; /* of place.epoch, those that are not erased */
	uint64_t epoch[EPOCHS];
	char unit[EPOCHS][KEYS_UNIT];
	uint8_t wrap[EPOCHS][SEAL_WRAP];
	int64_t hour;
};

static int seal_answer(struct desk *d, struct arena *a, const char *text, struct answer *w)
{
	const struct place *p = &w->place;
	struct seal_place at = { .sequence = p->sequence,
		.type = w->withdraw ? SEAL_WITHDRAWAL : SEAL_ANSWER,
		.schema = SEAL_SCHEMA };
	memcpy(at.report, p->id, SEAL_ID);
	size_t n = seal_message_size(strlen(text));
	uint8_t key[SEAL_KEY], *blob = arena_alloc(a, n);
	struct keys_epoch e[EPOCHS];
	if (!blob)
		return -ENOMEM;
	w->blob = bytes_of(blob, n);
	int err = desk_epochs_by_id(d, p->epoch, p->epoch_n, e, &w->epoch_n);
	if (!err && !w->epoch_n) /* all erased: nobody could read it */
		return ERR_REFUSED;
	randombytes_buf(key, sizeof key);
	if (!err)
		err = seal_message(key, &at, bytes_str(text), blob);
	for (size_t i = 0; !err && i < w->epoch_n; i++) {
		w->epoch[i] = e[i].id;
		memcpy(w->unit[i], e[i].unit, KEYS_UNIT);
		err = seal_wrap(e[i].pub, key, p->id, p->number, w->wrap[i]);
	}
	sodium_memzero(key, sizeof key);
	return err;
}

static int put_answer(struct store_tx *t, void *ctx)
{
	struct answer *w = ctx;
	const struct place *p = &w->place;
	const struct store_value id = S_BLOB(p->id, SEAL_ID);
	int err = desk_once_put(t, w->once, p->id, w->hour);
	if (!err)
		err = STORE_RUN(t,
			"INSERT INTO message (report, seq, type, number, blob, at)"
			" VALUES ($1, $2, $3, $4, $5, $6)",
			id, S_INT(p->sequence), S_INT(w->withdraw ? SEAL_WITHDRAWAL : SEAL_ANSWER),
			S_INT(p->number), S_BLOB(w->blob.p, w->blob.n), S_INT(w->hour));
	for (size_t i = 0; !err && i < w->epoch_n; i++)
		err = STORE_RUN(t,
			"INSERT INTO wrap (report, number, epoch, sealed, unit)"
			" VALUES ($1, $2, $3, $4, $5)",
			id, S_INT(p->number), S_INT((int64_t)w->epoch[i]),
			S_BLOB(w->wrap[i], SEAL_WRAP), S_TEXT(w->unit[i]));
	if (!err)
		err = STORE_RUN(t,
			"INSERT INTO mailbox (report, seq, blob, at) VALUES ($1, $2, $3, $4)", id,
			S_INT(p->sequence), S_BLOB(w->mail.p, w->mail.n), S_INT(w->hour));
	return err ? err : answered_put(t, w->outcome);
}

/* 1: this number was used before. */
static int seen(struct store_tx *t, const uint8_t once[16])
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, "SELECT at FROM once WHERE value = $1", S_BLOB(once, 16));
	if (err)
		return err;
	err = store_next(rows);
	store_end(rows);
	return err;
}

static int look(
	struct desk *d, struct arena *a, const uint8_t lookup[SEAL_LOOKUP], struct answer *w)
{
	struct store_tx *t;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = read_place(t, lookup, &w->place);
	if (!err) {
		err = seen(t, w->once);
		w->place.again = err == 1;
		err = MIN(err, 0);
	}
	if (!err && !w->place.again && !takes_answers(&w->place))
		err = ERR_REFUSED;
	if (!err && !w->place.again)
		err = answered_look(t, d, a, w->place.id, &w->outcome);
	store_rollback(t);
	return err;
}

/* -EEXIST, -ESTALE: somebody else wrote to the case meanwhile. */
static int try_answer(struct desk *d, struct arena *a, const uint8_t lookup[SEAL_LOOKUP],
	const char *text, struct answer *w)
{
	int err = look(d, a, lookup, w);
	if (err || w->place.again)
		return err;
	w->hour = seal_round_time(clock_unix());
	const struct mail mail = { .from_reporter = true, .text = text, .withdrawal = w->withdraw };
	err = seal_answer(d, a, text, w);
	if (!err)
		err = desk_mail(d, a, w->place.mailbox, &mail, &w->mail);
	return err ? err : store_write(d->store, put_answer, w);
}

int desk_answer(struct desk *d, const uint16_t words[SEAL_WORDS], const char *text, bool withdraw,
	const uint8_t once[16])
{
	struct keys_receipt receipt;
	struct arena a;
	if (strlen(text) > ANSWER_MAX)
		return ERR_LIMIT;
	if (!*text && !withdraw)
		return ERR_MALFORMED;
	int err = keys_receipt(d->keys, words, true, &receipt);
	if (err)
		return err;
	struct answer w = { .withdraw = withdraw, .once = once };
	arena_init(&a, 1 << 20);
	err = -EEXIST;
	for (int i = 0; (err == -EEXIST || err == -ESTALE) && i < TRIES; i++)
		err = try_answer(d, &a, receipt.lookup, text, &w);
	arena_wipe(&a);
	if (err == -ESTALE)
		err = -EAGAIN;
	return err ? err : w.place.again ? SUBMIT_AGAIN : 0;
}
