/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_keys.h"

#include "base/clock.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static struct fake_keys *of(struct keys *k)
{
	return (struct fake_keys *)k;
}

static int called(struct keys *k)
{
	struct fake_keys *f = of(k);
	size_t n = ++f->calls;
	return f->fail && n > f->fail_after ? f->fail : 0;
}

static struct keys_epoch *make_epoch(struct fake_keys *f, const char *unit, enum keys_class class)
{
	if (f->epoch_n == FAKE_EPOCHS)
		return NULL;
	struct keys_epoch *e = &f->epoch[f->epoch_n];
	*e = (struct keys_epoch){ .id = 7 + f->epoch_n, .class = class, .from = clock_unix() - 1000, .to = clock_unix() + 1000 };
	(void)snprintf(e->unit, sizeof e->unit, "%s", unit);
	crypto_box_keypair(e->pub, f->secret[f->epoch_n++]);
	return e;
}

void fake_keys_init(struct fake_keys *f)
{
	memset(f, 0, sizeof *f);
	uint8_t *const roots[] = { f->pepper, f->mail, f->blind, f->box, f->form[0], f->form[1] };
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		randombytes_buf(roots[i], SEAL_KEY);
	uint8_t pub[NOTE_PUBLIC];
	if (crypto_sign_keypair(pub, f->head_secret) || note_key_set(&f->head.key, "hisn-audit/test", pub))
		abort();
	crypto_hash_sha256(f->head_root, NULL, 0);
	make_epoch(f, KEYS_NATIONAL, KEYS_TRIAGE);
	make_epoch(f, KEYS_NATIONAL, KEYS_TRIAGE)->from -= 7 * 86400;
}

const uint8_t *fake_session(const char *unit)
{
	static uint8_t session[8][KEYS_SESSION];
	static unsigned turn;
	uint8_t *s = session[turn++ % 8];
	memset(s, 0, KEYS_SESSION);
	(void)snprintf((char *)s, KEYS_SESSION, "%s", unit);
	return s;
}

void fake_keys_next_week(struct fake_keys *f)
{
	for (size_t i = 0; i < f->epoch_n; i++)
		f->epoch[i].from -= 7 * 86400;
}

/* The private half goes; so does its place in the list. */
void fake_keys_erase(struct fake_keys *f, uint64_t epoch)
{
	for (size_t i = 0; i < f->epoch_n; i++)
		if (f->epoch[i].id == epoch)
			f->epoch[i].id = 0;
}

static bool is_staffed(const struct fake_keys *f, const char *unit)
{
	bool is = !strcmp(unit, KEYS_NATIONAL);
	for (size_t i = 0; i < ARRAY_LEN(f->staffed); i++)
		is |= f->staffed[i] && !strcmp(f->staffed[i], unit);
	return is;
}

int keys_epoch(struct keys *k, const char *unit, enum keys_class class, int64_t when, struct keys_epoch *ret)
{
	struct fake_keys *f = of(k);
	int err = called(k);
	if (err)
		return err;
	for (size_t i = 0; i < f->epoch_n; i++)
		if (f->epoch[i].id && f->epoch[i].class == class && !strcmp(f->epoch[i].unit, unit) &&
			f->epoch[i].from > clock_unix() - 86400) {
			*ret = f->epoch[i];
			return 0;
		}
	const struct keys_epoch *e = is_staffed(f, unit) ? make_epoch(f, unit, class) : NULL;
	if (!e)
		return -ENOENT;
	*ret = *e;
	return 0;
}

int keys_epochs(struct keys *k, struct keys_epoch *ret, size_t cap, size_t *ret_n)
{
	int err = called(k);
	*ret_n = 0;
	for (size_t i = 0; i < of(k)->epoch_n && *ret_n < cap; i++)
		if (of(k)->epoch[i].id)
			ret[(*ret_n)++] = of(k)->epoch[i];
	return err;
}

int keys_receipt(struct keys *k, const uint16_t words[SEAL_WORDS], bool returning, struct keys_receipt *ret)
{
	struct seal_receipt r;
	int err = called(k);
	if (!err)
		err = seal_receipt(of(k)->pepper, words, &r);
	if (!err) {
		memcpy(ret->lookup, r.lookup, sizeof r.lookup);
		memcpy(ret->mailbox_public, r.mailbox_public, sizeof r.mailbox_public);
	}
	return err;
}

size_t keys_mail_size(size_t n)
{
	return seal_mail_size(n) ? seal_mail_size(n) + SEAL_BOX_MORE : 0;
}

int keys_mail(struct keys *k, const uint8_t mailbox_public[SEAL_PUBLIC], struct bytes plain, uint8_t *ret)
{
	size_t n = seal_mail_size(plain.n);
	uint8_t *inner = malloc(n);
	int err = called(k);
	if (!err)
		err = seal_mail(mailbox_public, plain, inner);
	if (!err)
		err = seal_box(of(k)->mail, bytes_of(NULL, 0), bytes_of(inner, n), ret);
	free(inner);
	return err;
}

int keys_mail_open(struct keys *k, const uint16_t words[SEAL_WORDS], struct bytes sealed, uint8_t *ret, size_t *ret_n)
{
	struct seal_receipt r;
	uint8_t *inner = malloc(sealed.n);
	size_t n;
	int err = called(k);
	if (!err)
		err = seal_receipt(of(k)->pepper, words, &r);
	if (!err)
		err = seal_box_open(of(k)->mail, bytes_of(NULL, 0), sealed, inner, &n);
	if (!err)
		err = seal_mail_open(&r, bytes_of(inner, n), ret, ret_n);
	free(inner);
	return err;
}

/* -EACCES: not of the session's unit; -ENOENT: erased. */
static int find_epoch(const struct fake_keys *f, const uint8_t *session, uint64_t id, size_t *ret)
{
	for (size_t i = 0; i < f->epoch_n; i++)
		if (f->epoch[i].id == id) {
			*ret = i;
			return session && strcmp((const char *)session, f->epoch[i].unit) ? -EACCES : 0;
		}
	return -ENOENT;
}

int keys_blind(struct keys *k, const uint8_t session[KEYS_SESSION], uint64_t epoch, enum seal_blind_kind kind,
	struct bytes text, uint8_t ret[SEAL_BLIND])
{
	size_t at;
	uint8_t key[SEAL_KEY];
	int err = called(k);
	if (!err)
		err = find_epoch(of(k), session, epoch, &at);
	memcpy(key, of(k)->blind, SEAL_KEY);
	key[0] ^= (uint8_t)epoch; /* each epoch's own */
	if (!err)
		seal_blind(key, kind, text, ret);
	return err;
}

int keys_blind_all(struct keys *k, const uint8_t session[KEYS_SESSION], enum seal_blind_kind kind, struct bytes text,
	uint8_t (*ret)[SEAL_BLIND], size_t cap, size_t *ret_n)
{
	struct fake_keys *f = of(k);
	int err = called(k);
	*ret_n = 0;
	for (size_t i = 0; !err && i < f->epoch_n && *ret_n < cap; i++)
		if (f->epoch[i].id && !strcmp((const char *)session, f->epoch[i].unit)) {
			f->calls--;
			err = keys_blind(k, session, f->epoch[i].id, kind, text, ret[(*ret_n)++]);
		}
	return err;
}

static int unwrap(struct keys *k, const uint8_t *session, const struct keys_wrapped *w, const uint8_t *report, uint8_t *ret)
{
	size_t at;
	int err = called(k);
	if (!err)
		err = find_epoch(of(k), session, w->epoch, &at);
	return err ? err : seal_wrap_open(of(k)->epoch[at].pub, of(k)->secret[at], report, w->number, w->wrap, ret);
}

int keys_message_open(struct keys *k, const uint8_t session[KEYS_SESSION], const struct keys_wrapped *w,
	const struct seal_place *at, struct bytes sealed, uint8_t *ret, size_t *ret_n)
{
	uint8_t key[SEAL_KEY];
	int err = unwrap(k, session, w, at->report, key);
	return err ? err : seal_message_open(key, at, sealed, ret, ret_n);
}

int keys_message_seal(struct keys *k, const uint8_t session[KEYS_SESSION], const struct keys_wrapped *w,
	const struct seal_place *at, struct bytes plain, uint8_t *ret)
{
	uint8_t key[SEAL_KEY];
	int err = unwrap(k, session, w, at->report, key);
	return err ? err : seal_message(key, at, plain, ret);
}

int keys_rewrap(struct keys *k, const uint8_t session[KEYS_SESSION], const struct keys_wrapped *w,
	const uint8_t report[SEAL_ID], uint64_t to_epoch, uint8_t ret[SEAL_WRAP])
{
	uint8_t key[SEAL_KEY];
	size_t to;
	int err = unwrap(k, session, w, report, key);
	if (!err)
		err = find_epoch(of(k), NULL, to_epoch, &to);
	return err ? err : seal_wrap(of(k)->epoch[to].pub, key, report, w->number, ret);
}

int keys_members(struct keys *k, struct keys_member *ret, size_t cap, size_t *ret_n)
{
	const struct fake_keys *f = of(k);
	int err = called(k);
	*ret_n = 0;
	for (size_t i = 0; i < ARRAY_LEN(f->staffed) && *ret_n < cap; i++)
		if (f->staffed[i]) {
			struct keys_member *m = &ret[(*ret_n)++];
			*m = (struct keys_member){ .id = 100 + (uint32_t)i, .role = KEYS_OFFICER, .state = KEYS_ACTIVE };
			(void)snprintf(m->unit, sizeof m->unit, "%s", f->staffed[i]);
		}
	return err;
}

int keys_form(struct keys *k, uint8_t ret_now[SEAL_KEY], uint8_t ret_before[SEAL_KEY])
{
	int err = called(k);
	memcpy(ret_now, of(k)->form[0], SEAL_KEY);
	memcpy(ret_before, of(k)->form[1], SEAL_KEY);
	return err;
}

int keys_box(struct keys *k, const char *context, struct bytes plain, uint8_t *ret)
{
	int err = called(k);
	return err ? err : plain.n > KEYS_BOX_MAX ? ERR_LIMIT : seal_box(of(k)->box, bytes_str(context), plain, ret);
}

int keys_unbox(struct keys *k, const char *context, struct bytes box, uint8_t *ret, size_t *ret_n)
{
	int err = called(k);
	return err ? err : seal_box_open(of(k)->box, bytes_str(context), box, ret, ret_n);
}

int keys_head(struct keys *k, struct keys_head *ret)
{
	int err = called(k);
	if (!err)
		*ret = of(k)->head;
	return err;
}

int keys_head_sign(struct keys *k, uint64_t size, const uint8_t root[MERKLE_HASH], const struct merkle_proof *proof,
	char ret[CHECKPOINT_NOTE_MAX])
{
	struct fake_keys *f = of(k);
	size_t n;
	int err = called(k);
	if (!err)
		err = merkle_consistent(f->head.size, f->head_root, size, root, proof) ? ERR_REFUSED : 0;
	if (!err)
		err = checkpoint_sign(size, root, &f->head.key, f->head_secret, ret, &n);
	if (err)
		return err;
	f->head.state = KEYS_HEAD_KEPT;
	f->head.size = size;
	memcpy(f->head_root, root, MERKLE_HASH);
	memcpy(f->head.note, ret, n + 1);
	return 0;
}

int keys_status(struct keys *k, struct keys_status *ret)
{
	int err = called(k);
	if (!err)
		*ret = (struct keys_status){ .epochs = of(k)->epoch_n };
	return err;
}
