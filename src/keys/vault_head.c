/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of the desk's audit trail: signed only when they extend the last one. That one is kept, as the
 * signed note itself, in a file beside S; so a backup of S that is put back does not bring an old head with it. */
#include "base/file.h"
#include "keys/vault_private.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static const char label[] = "hisn audit head 1";

int vault_head_path(const char *store, char ret[PATH_MAX])
{
	int n = snprintf(ret, PATH_MAX, "%s.head", store);
	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Ed25519 of a seed out of the form root. secret: NOTE_SECRET bytes, wiped by the caller. */
static void key_pair(const struct vault *v, struct note_key *ret, uint8_t *secret)
{
	uint8_t seed[SEAL_KEY], pub[NOTE_PUBLIC];
	vault_derive(v, bytes_str(label), seed);
	static_assert(crypto_sign_SEEDBYTES == SEAL_KEY, "one size");
	crypto_sign_seed_keypair(pub, secret, seed);
	vault_head_key(pub, ret);
	sodium_memzero(seed, sizeof seed);
}

/* A name nobody has to choose, and that is another one for another store. */
void vault_head_key(const uint8_t pub[NOTE_PUBLIC], struct note_key *ret)
{
	uint8_t h[crypto_hash_sha256_BYTES];
	char name[NOTE_NAME] = "hisn-audit/";
	crypto_hash_sha256(h, pub, NOTE_PUBLIC);
	size_t n = strlen(name);
	sodium_bin2hex(name + n, sizeof name - n, h, 8);
	int err = note_key_set(ret, name, pub);
	assert(!err);
}

static int read_file(struct vault *v, const struct note_key *k)
{
	char path[PATH_MAX];
	struct bytes file;
	struct checkpoint c;
	int err = vault_head_path(v->path, path);
	if (!err)
		err = file_read(path, CHECKPOINT_NOTE_MAX - 1, &file);
	if (err)
		return err;
	if (checkpoint_open(file, k, &c)) {
		err = ERR_CHECKSUM; /* another store's is damage, too, and not "none" */
	} else {
		v->head.size = c.size;
		memcpy(v->head.root, c.root, MERKLE_HASH);
		memcpy(v->head.note, file.p, file.n);
		v->head.note[file.n] = 0;
	}
	free((void *)(uintptr_t)file.p);
	return err;
}

void vault_head_load(struct vault *v)
{
	struct note_key k;
	uint8_t secret[NOTE_SECRET];
	key_pair(v, &k, secret);
	sodium_memzero(secret, sizeof secret);
	v->head = (struct vault_head){ .state = KEYS_HEAD_NONE };
	crypto_hash_sha256(v->head.root, NULL, 0); /* every trail begins with the empty one */
	int err = read_file(v, &k);
	v->head.state = !err ? KEYS_HEAD_KEPT : err == -ENOENT ? KEYS_HEAD_NONE : KEYS_HEAD_DAMAGED;
}

void vault_head(struct vault *v, struct keys_head *ret)
{
	uint8_t secret[NOTE_SECRET];
	key_pair(v, &ret->key, secret);
	sodium_memzero(secret, sizeof secret);
	ret->state = v->head.state;
	ret->size = v->head.size;
	memcpy(ret->note, v->head.note, sizeof ret->note);
}

static int remember(struct vault *v, uint64_t size, const uint8_t root[MERKLE_HASH], const char *note, size_t n)
{
	char path[PATH_MAX];
	int err = vault_head_path(v->path, path);
	if (!err)
		err = file_replace(path, note, n, 0600);
	if (err)
		return err;
	v->head.state = KEYS_HEAD_KEPT;
	v->head.size = size;
	memcpy(v->head.root, root, MERKLE_HASH);
	memcpy(v->head.note, note, n + 1);
	return 0;
}

int vault_head_sign(struct vault *v, uint64_t size, const uint8_t root[MERKLE_HASH], struct bytes proof,
	char ret[CHECKPOINT_NOTE_MAX], size_t *ret_n)
{
	struct merkle_proof p = { .n = (unsigned)MIN(proof.n / MERKLE_HASH, (size_t)MERKLE_PROOF) };
	struct note_key k;
	uint8_t secret[NOTE_SECRET];
	if (v->head.state == KEYS_HEAD_DAMAGED)
		return ERR_CHECKSUM;
	if (proof.n != (size_t)p.n * MERKLE_HASH)
		return ERR_REFUSED;
	if (proof.n)
		memcpy(p.hash, proof.p, proof.n);
	if (merkle_consistent(v->head.size, v->head.root, size, root, &p))
		return ERR_REFUSED;
	key_pair(v, &k, secret);
	int err = checkpoint_sign(size, root, &k, secret, ret, ret_n);
	sodium_memzero(secret, sizeof secret);
	if (!err && (v->head.state == KEYS_HEAD_NONE || size != v->head.size))
		err = remember(v, size, root, ret, *ret_n);
	if (err)
		sodium_memzero(ret, CHECKPOINT_NOTE_MAX); /* a head that is not remembered is not given out */
	return err;
}
