/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/post/send.h"
#include "desk/post/words.h"
#include "desk/post/write.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "desk/config.h"

#include <errno.h>
#include <sodium.h>

enum { ABOUT_MAX = 200, ROUND_MAX = 50, ROUND_MS = 30 * 1000, FAILED_MAX = 3, KEEP = 2 * 86400 };
static const int64_t wait_after[] = { 60, 120, 300, 900, 3600 }; /* seconds */

bool post_configured(const struct desk *d)
{
	return d->config && d->config->mail.sendmail;
}

static int about_good(const char *s)
{
	struct bytes b = bytes_str(s ? s : "");
	if (b.n > ABOUT_MAX)
		return ERR_LIMIT;
	while (b.n)
		if (utf8_next(&b) == UTF8_BAD)
			return ERR_MALFORMED;
	return 0;
}

int post_put(struct store_tx *t, enum post_kind kind, const char *address, const char *language, const char *about)
{
	uint8_t id[POST_ID];
	enum lang l;
	int64_t now = clock_unix();
	if (!address || !*address)
		return 0;
	int err = about_good(about);
	if (!err && (!post_address_good(address) || !language || !lang_parse(language, strlen(language), &l)))
		err = ERR_MALFORMED;
	if (err)
		return err;
	randombytes_buf(id, sizeof id);
	return STORE_RUN(t, "INSERT INTO outbox (id, kind, address, language, about, due, tries, made) VALUES ($1, $2, $3, $4, $5, $6, 0, $6)",
		S_BLOB(id, sizeof id), S_TEXT(post_kind_name(kind)), S_TEXT(address), S_TEXT(language), S_TEXT(about), S_INT(now));
}

/* --- sending --- */

static int send(struct desk *d, struct arena *a, const struct post_letter *l, struct err_note *note)
{
	const struct desk_config_mail *m = &d->config->mail;
	const struct post_program program = { m->sendmail, m->from, m->seconds };
	struct bytes message;
	int err = post_write(a, l, &message);
	if (err)
		return err;
	err = post_hand_over(&program, l->to, message, note);
	sodium_memzero((void *)(uintptr_t)message.p, message.n); /* this may be a notice */
	return err;
}

int post_now(struct desk *d, const char *to, const char *subject, const char *text, const struct post_attachment *attached,
	struct err_note *note)
{
	struct arena a;
	if (!post_configured(d))
		return err_set(note, ERR_CONFIG, "desk.yaml has no 'mail'");
	struct post_letter l = { .from = d->config->mail.from, .name = d->config->name, .to = to, .subject = subject,
		.text = text, .attached = attached, .at = clock_unix() };
	randombytes_buf(l.id, sizeof l.id);
	arena_init(&a, 0);
	int err = send(d, &a, &l, note);
	arena_wipe(&a);
	return err;
}

struct waiting {
	uint8_t id[POST_ID];
	enum post_kind kind;
	const char *address, *about;
	enum lang language;
	int64_t tries, now;
};

static const char *keep(struct arena *a, const char *s)
{
	return s ? arena_text(a, s, strlen(s)) : NULL;
}

/* Imminent danger first, then what has waited longest; 1: there is one. */
static int next(struct desk *d, struct arena *a, int64_t now, struct waiting *w)
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT id, kind, address, language, about, tries FROM outbox WHERE due <= $1 "
		"ORDER BY CASE WHEN kind = 'p0' THEN 0 ELSE 1 END, due LIMIT 1", S_INT(now));
	if (!err) {
		err = store_next(r);
		if (err == 1) {
			const char *code = store_text(r, 3);
			*w = (struct waiting){ .address = keep(a, store_text(r, 2)), .about = keep(a, store_text(r, 4)),
				.language = LANG_FR, .tries = store_int(r, 5), .now = now };
			if (store_blob(r, 0).n == POST_ID)
				memcpy(w->id, store_blob(r, 0).p, POST_ID);
			if (!post_kind_parse(store_text(r, 1), &w->kind) || !lang_parse(code, strlen(code), &w->language))
				w->kind = POST_KIND_COUNT;
			err = w->address ? 1 : -ENOMEM;
		}
		store_end(r);
	}
	store_rollback(t);
	return err;
}

/* Whoever moves its time on sends it: two front ends do not send it twice. A crash after this sends it late. */
static int claim(struct store_tx *t, void *ctx)
{
	const struct waiting *w = ctx;
	int64_t n, later = wait_after[MIN((size_t)w->tries, ARRAY_LEN(wait_after) - 1)];
	int err = store_run(t, "UPDATE outbox SET due = $1, tries = tries + 1 WHERE id = $2 AND tries = $3",
		(struct store_value[]){ S_INT(w->now + later), S_BLOB(w->id, POST_ID), S_INT(w->tries) }, 3, &n);
	return err ? err : n == 1 ? 0 : -EEXIST;
}

static int sent(struct store_tx *t, void *ctx)
{
	const struct waiting *w = ctx;
	return STORE_RUN(t, "DELETE FROM outbox WHERE id = $1", S_BLOB(w->id, POST_ID));
}

static int send_alert(struct desk *d, struct arena *a, const struct waiting *w, struct err_note *note)
{
	if (w->kind == POST_KIND_COUNT)
		return ERR_FORMAT; /* of another version of this program; it is dropped in time */
	struct post_letter l = { .from = d->config->mail.from, .name = d->config->name, .to = w->address,
		.subject = post_subject(w->language, w->kind),
		.text = post_text(a, w->language, w->kind, w->about, d->config->mail.base), .at = clock_unix(), .automatic = true };
	memcpy(l.id, w->id, POST_ID); /* sent twice it is one message */
	return l.text ? send(d, a, &l, note) : -ENOMEM;
}

/* 1: one was dealt with (*failed counts what was not taken and waits); 0: none is due; errors of the store. */
static int send_next(struct desk *d, int64_t now, unsigned *failed, struct err_note *note)
{
	struct arena a;
	struct waiting w;
	arena_init(&a, 0);
	int err = next(d, &a, now, &w);
	if (err == 1) {
		err = store_write(d->store, claim, &w);
		if (!err) {
			bool gone = send_alert(d, &a, &w, note) == 0;
			*failed += !gone;
			err = gone ? store_write(d->store, sent, &w) : 0;
		}
		err = err && err != -EEXIST ? err : 1;
	}
	arena_wipe(&a);
	return err;
}

static int drop_old(struct store_tx *t, void *ctx)
{
	return STORE_RUN(t, "DELETE FROM outbox WHERE made < $1", S_INT(*(int64_t *)ctx - KEEP));
}

int post_tend(struct desk *d)
{
	struct err_note note = { "" };
	int64_t now = clock_unix(), end = clock_mono_ms() + ROUND_MS;
	int err = store_write(d->store, drop_old, &now);
	if (err || !post_configured(d))
		return err;
	unsigned failed = 0;
	err = 1;
	/* A hanging MTA must not hold up the desk's other tending for long. */
	for (int i = 0; i < ROUND_MAX && failed < FAILED_MAX && err == 1 && clock_mono_ms() < end; i++)
		err = send_next(d, now, &failed, &note);
	if (failed)
		log_warning("mail waits: %s", err_say(&note, ERR_CHILD));
	return err > 0 ? 0 : err;
}
