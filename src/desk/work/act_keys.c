/* SPDX-License-Identifier: Apache-2.0 */
/* What an action seals and which keys it moves. All of it before the transaction. */
#include "desk/work/act.h"

#include "desk/submit.h"

#include <errno.h>
#include <sodium.h>

/* --- writing a message --- */

static uint32_t next_number(const struct loaded *l)
{
	uint32_t n = 0;
	for (size_t i = 0; i < l->message_n; i++)
		n = MAX(n, l->message[i].number);
	return n + 1;
}

/* With the report's key, which both sides and the national desk hold. */
static int seal_shared(struct doing *w, const struct seal_place *at, struct bytes plain, uint8_t *blob)
{
	int err = -EACCES;
	for (size_t i = 0; i < w->l.wrap_n && (err == -EACCES || err == -ENOENT); i++) {
		const struct keys_wrapped k = { w->l.wrap[i].epoch, w->l.wrap[i].number, w->l.wrap[i].wrap };
		if (k.number == 0 && !strcmp(w->l.wrap[i].unit, w->who->unit))
			err = keys_message_seal(w->d->keys, w->who->session, &k, at, plain, blob);
	}
	return err == -ENOENT ? -EACCES : err;
}

/* With a key of its own, for the author's side alone. A unit's words are kept as long as a case is. */
static int seal_own(struct doing *w, const struct seal_place *at, struct bytes plain, uint8_t *blob)
{
	uint8_t key[SEAL_KEY];
	struct fresh *m = &w->message;
	enum keys_class class = see_national(w->who) ? w->next.class : KEYS_CONFIRMED;
	int err = keys_epoch(w->d->keys, w->who->unit, class, 0, &m->epoch);
	if (err)
		return err;
	m->number = next_number(&w->l);
	m->unit = w->who->unit;
	randombytes_buf(key, sizeof key);
	err = seal_message(key, at, plain, blob);
	if (!err)
		err = seal_wrap(m->epoch.pub, key, w->id, m->number, m->wrap);
	sodium_memzero(key, sizeof key);
	return err;
}

static int seal_as(struct doing *w, uint8_t type, struct bytes plain, bool shared)
{
	struct fresh *m = &w->message;
	const size_t n = seal_message_size(plain.n);
	if (w->l.message_n >= ACT_MESSAGES_MAX || !n)
		return ERR_LIMIT;
	m->seq = w->l.message[w->l.message_n - 1].seq + 1;
	m->type = type;
	const struct seal_place at = load_place(&w->l, m->seq, type);
	uint8_t *blob = arena_alloc(&w->a, n);
	int err = blob ? (shared ? seal_shared : seal_own)(w, &at, plain, blob) : -ENOMEM;
	m->blob = bytes_of(blob, n);
	m->is = !err;
	return err;
}

static int seal_question(struct doing *w, struct bytes plain)
{
	const struct mail mail = { .hour = w->hour, .text = w->act->text };
	int err = seal_as(w, SEAL_QUESTION, plain, true);
	return err ? err : desk_mail(w->d, &w->a, w->l.mailbox, &mail, &w->message.mail);
}

static int seal_assessment(struct doing *w)
{
	struct bytes json;
	const struct work_assessment as = { w->act->classification, w->act->offence, w->act->text };
	int err = work_assessment_write(&w->a, &as, &json);
	if (err)
		return err;
	err = seal_as(w, SEAL_ASSESSMENT, json, false);
	sodium_memzero((void *)(uintptr_t)json.p, json.n);
	return err;
}

int act_seal(struct doing *w, enum act_text text)
{
	const struct bytes plain = bytes_str(w->act->text);
	if (text == TEXT_ASSESSMENT && (plain.n || w->act->classification))
		return seal_assessment(w);
	if (!plain.n)
		return 0;
	switch (text) {
	case TEXT_QUESTION:
		return seal_question(w, plain);
	case TEXT_LETTER: {
		int err = seal_as(w, SEAL_REFERRAL, plain, true);
		w->message.unit = w->unit;
		return err;
	}
	case TEXT_TASK:
		return seal_as(w, SEAL_TASK, plain, false);
	case TEXT_NOTICE:
		return seal_as(w, SEAL_NOTICE, plain, false);
	default:
		return seal_as(w, SEAL_NOTE, plain, false);
	}
}

static int put_wrap(struct store_tx *t, const uint8_t report[SEAL_ID], uint32_t number, const struct keys_epoch *e,
	const uint8_t wrap[SEAL_WRAP])
{
	return STORE_RUN(t, "INSERT INTO wrap (report, number, epoch, sealed, unit) VALUES ($1, $2, $3, $4, $5)"
		" ON CONFLICT (report, number, epoch) DO NOTHING", S_BLOB(report, SEAL_ID), S_INT(number),
		S_INT((int64_t)e->id), S_BLOB(wrap, SEAL_WRAP), S_TEXT(e->unit));
}

int act_put_message(struct store_tx *t, const struct doing *w)
{
	const struct fresh *m = &w->message;
	const struct store_value id = S_BLOB(w->id, SEAL_ID);
	if (!m->is)
		return 0;
	int err = STORE_RUN(t, "INSERT INTO message (report, seq, type, number, blob, at, author, unit)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", id, S_INT(m->seq), S_INT(m->type), S_INT(m->number),
		S_BLOB(m->blob.p, m->blob.n), S_INT(w->hour), S_INT(w->who->member), S_TEXT(m->unit));
	if (!err && m->number)
		err = put_wrap(t, w->id, m->number, &m->epoch, m->wrap);
	if (!err && m->mail.n)
		err = STORE_RUN(t, "INSERT INTO mailbox (report, seq, blob, at) VALUES ($1, $2, $3, $4)", id, S_INT(m->seq),
			S_BLOB(m->mail.p, m->mail.n), S_INT(w->hour));
	return err;
}

/* --- moving keys --- */

int act_rewrap(struct desk *d, const struct actor *who, const struct loaded *l, uint32_t number, uint64_t epoch,
	uint8_t ret[SEAL_WRAP])
{
	int err = -EACCES;
	for (size_t i = 0; i < l->wrap_n && (err == -EACCES || err == -ENOENT); i++) {
		const struct keys_wrapped k = { l->wrap[i].epoch, l->wrap[i].number, l->wrap[i].wrap };
		if (k.number == number && !strcmp(l->wrap[i].unit, who->unit))
			err = keys_rewrap(d->keys, who->session, &k, l->c.row.id, epoch, ret);
	}
	return err;
}

/* Numbers that `want` says yes to, each once; wraps are in order of numbers. What was erased cannot be moved:
 * it is lost already, and must not keep the rest from moving. */
static int rewrap_all(struct doing *w, bool (*want)(const struct loaded *l, const struct wrapped *k), struct move *m)
{
	const struct loaded *l = &w->l;
	m->key = arena_array(&w->a, l->wrap_n + 1, sizeof *m->key);
	if (!m->key)
		return -ENOMEM;
	for (size_t i = 0; i < l->wrap_n; i++) {
		const struct wrapped *k = &l->wrap[i];
		if (!want(l, k) || (m->n && m->key[m->n - 1].number == k->number))
			continue;
		int err = act_rewrap(w->d, w->who, l, k->number, m->to.id, m->key[m->n].wrap);
		if (err == -ENOENT && k->number)
			continue;
		if (err)
			return err == -ENOENT ? -EACCES : err;
		m->key[m->n++].number = k->number;
	}
	m->is = true;
	return 0;
}

static bool is_national(const struct loaded *l, const struct wrapped *k)
{
	return !strcmp(k->unit, KEYS_NATIONAL);
}

static bool is_of_reporter(const struct loaded *l, const struct wrapped *k)
{
	return load_of_reporter(l, k->number);
}

/* What is looked for in the index, under the new epoch. */
static int blind_again(struct doing *w)
{
	struct report r;
	struct bytes plain;
	w->blind = arena_array(&w->a, SUBMIT_BLIND_MAX, sizeof *w->blind);
	int err = w->blind ? load_open(w->d, &w->a, w->who, &w->l, 0, &plain) : -ENOMEM;
	if (err)
		return err;
	err = report_read(&w->a, plain, &r, NULL);
	if (!err)
		err = submit_blind(w->d, &w->a, w->who->session, &r, w->class.to.id, w->blind, &w->blind_n);
	sodium_memzero((void *)(uintptr_t)plain.p, plain.n);
	return err;
}

int act_move_class(struct doing *w)
{
	if (w->next.class == w->l.class || !see_national(w->who))
		return 0;
	int err = keys_epoch(w->d->keys, KEYS_NATIONAL, w->next.class, 0, &w->class.to);
	if (!err)
		err = rewrap_all(w, is_national, &w->class);
	return err ? err : blind_again(w);
}

static int put_blind(struct store_tx *t, const struct doing *w)
{
	const struct store_value id = S_BLOB(w->id, SEAL_ID);
	int err = STORE_RUN(t, "DELETE FROM blind WHERE report = $1", id);
	for (size_t i = 0; !err && i < w->blind_n; i++)
		err = STORE_RUN(t, "INSERT INTO blind (report, epoch, kind, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
			id, S_INT((int64_t)w->class.to.id), S_INT(w->blind[i].kind), S_BLOB(w->blind[i].value, SEAL_BLIND));
	return err;
}

int act_put_class(struct store_tx *t, const struct doing *w)
{
	const struct move *m = &w->class;
	const struct store_value id = S_BLOB(w->id, SEAL_ID);
	if (!m->is)
		return 0;
	int err = put_blind(t, w);
	for (size_t i = 0; !err && i < m->n; i++) {
		err = STORE_RUN(t, "DELETE FROM wrap WHERE report = $1 AND number = $2 AND unit = $3 AND epoch <> $4", id,
			S_INT(m->key[i].number), S_TEXT(KEYS_NATIONAL), S_INT((int64_t)m->to.id));
		if (!err)
			err = put_wrap(t, w->id, m->key[i].number, &m->to, m->key[i].wrap);
	}
	return err ? err : STORE_RUN(t, "UPDATE report SET class = $2 WHERE id = $1", id, S_INT(w->next.class));
}

/* --- to a unit and back --- */

static size_t epochs_of_report(const struct loaded *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->wrap_n; i++)
		n += l->wrap[i].number == 0;
	return n;
}

int act_share(struct doing *w, const char *unit, enum keys_class class)
{
	if (epochs_of_report(&w->l) >= ACT_EPOCHS_MAX)
		return ERR_LIMIT;
	int err = keys_epoch(w->d->keys, unit, class, 0, &w->share.to);
	return err ? err : rewrap_all(w, is_of_reporter, &w->share);
}

int act_put_share(struct store_tx *t, const struct doing *w)
{
	int err = 0;
	for (size_t i = 0; !err && i < w->share.n; i++)
		err = put_wrap(t, w->id, w->share.key[i].number, &w->share.to, w->share.key[i].wrap);
	return err;
}

/* The unit's own notes keep their keys: they never were the report's. */
int act_unshare(struct store_tx *t, const uint8_t report[SEAL_ID], const char *unit, uint64_t epoch)
{
	return STORE_RUN(t, "DELETE FROM wrap WHERE report = $1 AND unit = $2 AND epoch = $3"
		" AND number IN (SELECT m.number FROM message m WHERE m.report = $1 AND m.author IS NULL)"
		" AND NOT EXISTS (SELECT 1 FROM referral f WHERE f.report = $1 AND f.unit = $2 AND f.epoch = $3)"
		" AND NOT EXISTS (SELECT 1 FROM access x WHERE x.report = $1 AND x.unit = $2 AND x.epoch = $3)",
		S_BLOB(report, SEAL_ID), S_TEXT(unit), S_INT((int64_t)epoch));
}
