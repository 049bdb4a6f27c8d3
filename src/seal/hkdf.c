/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/hkdf.h"

#include <sodium.h>

static_assert(crypto_auth_hmacsha256_BYTES == HKDF_HASH, "HKDF is over HMAC-SHA-256");

/* An empty salt is a string of HashLen zeros (RFC 5869, 2.2); HMAC pads a shorter key with zeros, so
 * an empty key is that already. */
void hkdf_extract(struct bytes salt, struct bytes key, uint8_t ret[HKDF_HASH])
{
	crypto_auth_hmacsha256_state st;
	crypto_auth_hmacsha256_init(&st, salt.p, salt.n);
	crypto_auth_hmacsha256_update(&st, key.p, key.n);
	crypto_auth_hmacsha256_final(&st, ret);
	sodium_memzero(&st, sizeof st);
}

/* T(i) = HMAC(prk, T(i-1) | info | i) (2.3) */
int hkdf_expand(const uint8_t prk[HKDF_HASH], struct bytes info, uint8_t *ret, size_t n)
{
	uint8_t t[HKDF_HASH];
	crypto_auth_hmacsha256_state st;
	if (n > HKDF_MAX)
		return ERR_LIMIT;
	for (uint8_t i = 1; n; i++) {
		crypto_auth_hmacsha256_init(&st, prk, HKDF_HASH);
		if (i > 1)
			crypto_auth_hmacsha256_update(&st, t, sizeof t);
		crypto_auth_hmacsha256_update(&st, info.p, info.n);
		crypto_auth_hmacsha256_update(&st, &i, 1);
		crypto_auth_hmacsha256_final(&st, t);
		size_t now = MIN(n, sizeof t);
		memcpy(ret, t, now);
		ret += now;
		n -= now;
	}
	sodium_memzero(t, sizeof t);
	sodium_memzero(&st, sizeof st);
	return 0;
}
