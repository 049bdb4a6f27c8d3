/* SPDX-License-Identifier: Apache-2.0 */
/* A member: two key pairs of one seed, and the seed under a password. */
#include "seal/seal.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

enum { PASSES_MAX = 64, MEMORY_MIN_KIB = 8, MEMORY_MAX_KIB = 4 * 1024 * 1024 };

static const char context[crypto_kdf_CONTEXTBYTES + 1] = "hisnmemb";
static const char box_ad[] = "hisn member 1";

/* Each pair has a seed of its own: crypto_box and crypto_sign would make the same scalar of one. */
int seal_member_from_seed(const uint8_t seed[SEAL_KEY], struct seal_member_secret *ret)
{
	uint8_t part[SEAL_KEY];
	static_assert(crypto_kdf_KEYBYTES == SEAL_KEY && crypto_sign_SEEDBYTES == SEAL_KEY, "one size");
	crypto_kdf_derive_from_key(part, sizeof part, 1, context, seed);
	crypto_box_seed_keypair(ret->pub.box, ret->box, part);
	crypto_kdf_derive_from_key(part, sizeof part, 2, context, seed);
	crypto_sign_seed_keypair(ret->pub.sign, ret->sign, part);
	sodium_memzero(part, sizeof part);
	return 0;
}

int seal_member_new(struct seal_member_secret *ret, uint8_t ret_seed[SEAL_KEY])
{
	randombytes_buf(ret_seed, SEAL_KEY);
	return seal_member_from_seed(ret_seed, ret);
}

static int stretch(struct bytes password, struct seal_cost cost, const uint8_t salt[SEAL_SALT], uint8_t ret[SEAL_KEY])
{
	static_assert(crypto_pwhash_argon2id_SALTBYTES == SEAL_SALT, "one size");
	if (!cost.passes || cost.passes > PASSES_MAX || cost.memory_kib < MEMORY_MIN_KIB ||
		cost.memory_kib > MEMORY_MAX_KIB)
		return ERR_LIMIT;
	return crypto_pwhash(ret, SEAL_KEY, (const char *)password.p, password.n, salt, cost.passes,
		       (size_t)cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13)
		? -ENOMEM
		: 0;
}

int seal_member_lock(const uint8_t seed[SEAL_KEY], struct bytes password, struct seal_cost cost,
	const uint8_t salt[SEAL_SALT], uint8_t ret[SEAL_MEMBER_BOX])
{
	uint8_t key[SEAL_KEY];
	int err = stretch(password, cost, salt, key);
	if (!err)
		err = seal_box(key, bytes_str(box_ad), bytes_of(seed, SEAL_KEY), ret);
	sodium_memzero(key, sizeof key);
	return err;
}

int seal_member_unlock(const uint8_t box[SEAL_MEMBER_BOX], struct bytes password, struct seal_cost cost,
	const uint8_t salt[SEAL_SALT], uint8_t ret_seed[SEAL_KEY])
{
	uint8_t key[SEAL_KEY];
	size_t n;
	int err = stretch(password, cost, salt, key);
	if (!err)
		err = seal_box_open(key, bytes_str(box_ad), bytes_of(box, SEAL_MEMBER_BOX), ret_seed, &n);
	sodium_memzero(key, sizeof key);
	return err;
}

/* 20 decimal digits are 66 bits: a candidate whose fingerprint is another's takes 2^66 key pairs. */
void seal_member_fingerprint(const struct seal_member_public *m, char ret[SEAL_FINGERPRINT])
{
	uint8_t h[32];
	unsigned group[4];
	crypto_generichash_state st;
	crypto_generichash_init(&st, NULL, 0, sizeof h);
	crypto_generichash_update(&st, m->box, sizeof m->box);
	crypto_generichash_update(&st, m->sign, sizeof m->sign);
	crypto_generichash_final(&st, h, sizeof h);
	for (int i = 0; i < 4; i++)
		group[i] = (unsigned)(be64_get(h + 8 * i) % 100000);
	(void)snprintf(ret, SEAL_FINGERPRINT, "%05u %05u %05u %05u", group[0], group[1], group[2], group[3]);
}
