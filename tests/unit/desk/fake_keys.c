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

void fake_keys_init(struct fake_keys *f)
{
	memset(f, 0, sizeof *f);
	uint8_t *const roots[] = { f->pepper, f->mail, f->blind, f->box, f->form[0], f->form[1] };
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		randombytes_buf(roots[i], SEAL_KEY);
	for (f->epoch_n = 0; f->epoch_n < 2; f->epoch_n++) {
		struct keys_epoch *e = &f->epoch[f->epoch_n];
		e->id = 7 + f->epoch_n;
		e->class = KEYS_TRIAGE;
		(void)snprintf(e->unit, sizeof e->unit, KEYS_NATIONAL);
		e->from = clock_unix() - 1000;
		e->to = clock_unix() + 1000;
		crypto_box_keypair(e->pub, f->secret[f->epoch_n]);
	}
}

int keys_epoch(struct keys *k, const char *unit, enum keys_class class, int64_t when, struct keys_epoch *ret)
{
	int err = called(k);
	if (!err)
		*ret = of(k)->epoch[0];
	return err;
}

int keys_epochs(struct keys *k, struct keys_epoch *ret, size_t cap, size_t *ret_n)
{
	int err = called(k);
	*ret_n = MIN(cap, of(k)->epoch_n);
	memcpy(ret, of(k)->epoch, *ret_n * sizeof *ret);
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

int keys_blind(struct keys *k, const uint8_t session[KEYS_SESSION], uint64_t epoch, enum seal_blind_kind kind,
	struct bytes text, uint8_t ret[SEAL_BLIND])
{
	int err = called(k);
	if (!err)
		seal_blind(of(k)->blind, kind, text, ret);
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
