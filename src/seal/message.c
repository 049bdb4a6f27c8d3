/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/pad.h"
#include "seal/seal.h"

#include <errno.h>
#include <sodium.h>

enum {
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	PLACE = SEAL_ID + 4 + 1 + 1,
};
static_assert(NONCE + TAG == SEAL_BOX_MORE, "one form for messages and boxes");

/* report 16 | sequence 4, big endian | type 1 | schema 1 */
static void place_put(const struct seal_place *at, uint8_t ret[PLACE])
{
	memcpy(ret, at->report, SEAL_ID);
	be32_put(ret + SEAL_ID, at->sequence);
	ret[SEAL_ID + 4] = at->type;
	ret[SEAL_ID + 5] = at->schema;
}

size_t seal_message_size(size_t n)
{
	size_t bucket = pad_bucket(n);
	return bucket ? bucket + SEAL_BOX_MORE : 0;
}

/*   nonce 24 | encrypted bucket | tag 16
 * The plain text is padded where its sealed form will stand and encrypted in place: no other copy. */
int seal_message(const uint8_t key[SEAL_KEY], const struct seal_place *at, struct bytes plain, uint8_t *ret)
{
	uint8_t place[PLACE];
	size_t bucket = pad_bucket(plain.n);
	if (!bucket)
		return ERR_LIMIT;
	place_put(at, place);
	pad_put(plain, ret + NONCE);
	randombytes_buf(ret, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(ret + NONCE, NULL, ret + NONCE, bucket, place, sizeof place,
		NULL, ret, key);
	return 0;
}

int seal_message_open(const uint8_t key[SEAL_KEY], const struct seal_place *at, struct bytes sealed,
	uint8_t *ret, size_t *ret_n)
{
	uint8_t place[PLACE];
	place_put(at, place);
	if (sealed.n > SEAL_PLAIN_MAX + 1 + SEAL_BOX_MORE)
		return ERR_MALFORMED;
	size_t bucket = 0;
	int err = seal_box_open(key, bytes_of(place, sizeof place), sealed, ret, &bucket);
	if (!err)
		err = pad_strip(bytes_of(ret, bucket), ret_n);
	if (err)
		sodium_memzero(ret, bucket);
	return err;
}

/*   nonce 24 | encrypted | tag 16 */
int seal_box(const uint8_t key[SEAL_KEY], struct bytes ad, struct bytes plain, uint8_t *ret)
{
	if (plain.n > SIZE_MAX - SEAL_BOX_MORE)
		return ERR_LIMIT;
	randombytes_buf(ret, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(ret + NONCE, NULL, plain.p, plain.n, ad.p, ad.n, NULL, ret, key);
	return 0;
}

int seal_box_open(const uint8_t key[SEAL_KEY], struct bytes ad, struct bytes box, uint8_t *ret, size_t *ret_n)
{
	if (box.n < SEAL_BOX_MORE)
		return ERR_MALFORMED;
	unsigned long long n;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(ret, &n, NULL, box.p + NONCE, box.n - NONCE, ad.p, ad.n,
		    box.p, key) != 0)
		return ERR_MALFORMED;
	*ret_n = (size_t)n;
	return 0;
}

int seal_start(void)
{
	return sodium_init() < 0 ? -ENOSYS : 0;
}
