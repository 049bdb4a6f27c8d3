/* SPDX-License-Identifier: Apache-2.0 */
/* What anybody may ask: receipts, mail, keys of forms, figures. */
#include "keys/vault_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

enum { FORM_PERIOD = 12 * 3600 };

int vault_receipt(struct vault *v, int64_t now, const uint16_t words[SEAL_WORDS], bool returning,
	struct keys_receipt *ret)
{
	struct seal_receipt r;
	int err = returning ? rate_take(&v->receipt_returning, RATE_RECEIPT_RETURNING, now)
			    : rate_take(&v->receipt_new, RATE_RECEIPT_NEW, now);
	if (!err)
		err = seal_receipt(v->s->roots->pepper, words, &r);
	if (!err) {
		memcpy(ret->lookup, r.lookup, sizeof ret->lookup);
		memcpy(ret->mailbox_public, r.mailbox_public, sizeof ret->mailbox_public);
	}
	sodium_memzero(&r, sizeof r);
	return err;
}

size_t vault_mail_size(size_t n)
{
	size_t inner = seal_mail_size(n);
	return inner ? inner + SEAL_BOX_MORE : 0;
}

/* The outer layer is under S, so that words alone (a paper and a stolen database) open nothing. */
int vault_mail(struct vault *v, const uint8_t mailbox_public[SEAL_PUBLIC], struct bytes plain, uint8_t *ret)
{
	size_t n = seal_mail_size(plain.n);
	uint8_t *inner = n ? malloc(n) : NULL;
	if (!inner)
		return n ? -ENOMEM : ERR_LIMIT;
	int err = seal_mail(mailbox_public, plain, inner);
	if (!err)
		err = seal_box(v->s->roots->mail, bytes_of(mailbox_public, SEAL_PUBLIC),
			bytes_of(inner, n), ret);
	free(inner);
	return err;
}

static int open_both(struct vault *v, const struct seal_receipt *r, struct bytes sealed,
	uint8_t *ret, size_t *ret_n)
{
	size_t n;
	if (sealed.n < SEAL_BOX_MORE || sealed.n > vault_mail_size(SEAL_PLAIN_MAX))
		return ERR_MALFORMED;
	uint8_t *inner = malloc(sealed.n);
	if (!inner)
		return -ENOMEM;
	int err = seal_box_open(v->s->roots->mail, bytes_of(r->mailbox_public, SEAL_PUBLIC), sealed, inner, &n);
	if (!err)
		err = seal_mail_open(r, bytes_of(inner, n), ret, ret_n);
	free(inner);
	return err;
}

int vault_mail_open(struct vault *v, int64_t now, const uint16_t words[SEAL_WORDS], struct bytes sealed,
	uint8_t *ret, size_t *ret_n)
{
	struct seal_receipt r;
	int err = rate_take(&v->receipt_returning, RATE_RECEIPT_RETURNING, now);
	if (!err)
		err = seal_receipt(v->s->roots->pepper, words, &r);
	if (!err)
		err = open_both(v, &r, sealed, ret, ret_n);
	sodium_memzero(&r, sizeof r);
	return err;
}

void vault_derive(const struct vault *v, struct bytes label, uint8_t ret[SEAL_KEY])
{
	static_assert(crypto_auth_BYTES == SEAL_KEY && crypto_auth_KEYBYTES == SEAL_KEY, "one size");
	crypto_auth(ret, label.p, label.n, v->s->roots->form);
}

/* "hisn form 1" | period number */
static void form_key(const struct vault *v, int64_t period, uint8_t ret[SEAL_KEY])
{
	static const char what[] = "hisn form 1";
	uint8_t text[sizeof what - 1 + 8];
	memcpy(text, what, sizeof what - 1);
	be64_put(text + sizeof what - 1, (uint64_t)period);
	vault_derive(v, bytes_of(text, sizeof text), ret);
}

void vault_form(struct vault *v, int64_t now, uint8_t ret_now[SEAL_KEY], uint8_t ret_before[SEAL_KEY])
{
	int64_t period = now / FORM_PERIOD - (now % FORM_PERIOD < 0);
	form_key(v, period, ret_now);
	form_key(v, period - 1, ret_before);
}

static const char box_label[] = "hisn desk box 1";

int vault_box(struct vault *v, struct bytes context, struct bytes plain, uint8_t *ret)
{
	uint8_t key[SEAL_KEY];
	vault_derive(v, bytes_str(box_label), key);
	int err = seal_box(key, context, plain, ret);
	sodium_memzero(key, sizeof key);
	return err;
}

int vault_unbox(struct vault *v, struct bytes context, struct bytes box, uint8_t *ret, size_t *ret_n)
{
	uint8_t key[SEAL_KEY];
	vault_derive(v, bytes_str(box_label), key);
	int err = seal_box_open(key, context, box, ret, ret_n);
	sodium_memzero(key, sizeof key);
	return err;
}

void vault_status(struct vault *v, int64_t now, struct keys_status *ret)
{
	static const char national[KEYS_UNIT] = KEYS_NATIONAL;
	vault_sweep(v, now);
	*ret = (struct keys_status){ .epochs = v->s->epochs.n, .founded = v->s->founded,
		.founders = (uint32_t)state_unit_size(v->s, national), .recovery_set = v->s->holders_set,
		.backup_at = v->s->backup_at, .recoveries = v->s->recoveries.n };
	for (int i = 0; i < VAULT_SESSIONS_MAX; i++)
		ret->sessions += v->sessions[i].member != 0;
	for (uint32_t id = 1; id <= v->s->members.n; id++)
		ret->members_active += state_member(v->s, id)->state == KEYS_ACTIVE;
}
