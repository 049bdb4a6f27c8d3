/* SPDX-License-Identifier: Apache-2.0 */
/* What anybody may ask of the key process: receipts, mail to a receipt's mailbox, the blind index. */
#include "seal/hkdf.h"
#include "seal/pad.h"
#include "seal/seal.h"

#include <sodium.h>

static_assert(crypto_auth_BYTES == HKDF_HASH && crypto_auth_KEYBYTES == SEAL_KEY &&
	crypto_box_SEEDBYTES == SEAL_KEY, "sizes of seal.h are those of libsodium");

/* Eleven bits a word; a power of two, so no word is likelier. */
void seal_words_random(uint16_t ret[SEAL_WORDS])
{
	for (int i = 0; i < SEAL_WORDS; i++)
		ret[i] = (uint16_t)randombytes_uniform(SEAL_WORD_COUNT);
}

int seal_receipt(const uint8_t pepper[SEAL_KEY], const uint16_t words[SEAL_WORDS], struct seal_receipt *ret)
{
	uint8_t text[2 * SEAL_WORDS], r[HKDF_HASH], prk[HKDF_HASH], seed[SEAL_KEY];
	for (int i = 0; i < SEAL_WORDS; i++) {
		if (words[i] >= SEAL_WORD_COUNT) {
			sodium_memzero(text, sizeof text);
			return ERR_LIMIT;
		}
		be16_put(text + 2 * i, words[i]);
	}
	crypto_auth(r, text, sizeof text, pepper);
	hkdf_extract(bytes_str("hisn receipt 1"), bytes_of(r, sizeof r), prk);
	int err = hkdf_expand(prk, bytes_str("lookup"), ret->lookup, sizeof ret->lookup);
	if (!err)
		err = hkdf_expand(prk, bytes_str("mailbox"), seed, sizeof seed);
	if (!err)
		crypto_box_seed_keypair(ret->mailbox_public, ret->mailbox_secret, seed);
	sodium_memzero(text, sizeof text);
	sodium_memzero(r, sizeof r);
	sodium_memzero(prk, sizeof prk);
	sodium_memzero(seed, sizeof seed);
	return err;
}

size_t seal_mail_size(size_t n)
{
	size_t bucket = pad_bucket(n);
	return bucket ? bucket + SEAL_MAIL_MORE : 0;
}

/* Padded behind where the box's head (an ephemeral key and a tag) will stand, sealed in place: libsodium
 * allows the plain text to overlap its sealed form. */
int seal_mail(const uint8_t mailbox_public[SEAL_PUBLIC], struct bytes plain, uint8_t *ret)
{
	size_t bucket = pad_bucket(plain.n);
	if (!bucket)
		return ERR_LIMIT;
	uint8_t *room = ret + SEAL_MAIL_MORE;
	pad_put(plain, room);
	if (crypto_box_seal(ret, room, bucket, mailbox_public) == 0)
		return 0;
	sodium_memzero(ret, bucket + SEAL_MAIL_MORE);
	return ERR_MALFORMED;
}

int seal_mail_open(const struct seal_receipt *receipt, struct bytes sealed, uint8_t *ret, size_t *ret_n)
{
	if (sealed.n < SEAL_MAIL_MORE || sealed.n > SEAL_PLAIN_MAX + 1 + SEAL_MAIL_MORE)
		return ERR_MALFORMED;
	size_t bucket = sealed.n - SEAL_MAIL_MORE;
	int err = ERR_MALFORMED;
	if (crypto_box_seal_open(ret, sealed.p, sealed.n, receipt->mailbox_public, receipt->mailbox_secret) == 0)
		err = pad_strip(bytes_of(ret, bucket), ret_n);
	if (err)
		sodium_memzero(ret, bucket);
	return err;
}

/* BLAKE2b keyed, over: kind 1 | text */
void seal_blind(const uint8_t key[SEAL_KEY], enum seal_blind_kind kind, struct bytes text, uint8_t ret[SEAL_BLIND])
{
	uint8_t first = (uint8_t)kind;
	crypto_generichash_state st;
	crypto_generichash_init(&st, key, SEAL_KEY, SEAL_BLIND);
	crypto_generichash_update(&st, &first, 1);
	crypto_generichash_update(&st, text.p, text.n);
	crypto_generichash_final(&st, ret, SEAL_BLIND);
	sodium_memzero(&st, sizeof st);
}
