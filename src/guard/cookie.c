/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/cookie.h"

#include "base/hex.h"
#include "base/siphash.h"

enum {
	VERSION = 1,
	OLDEST = 3600,  /* seconds: RFC 9018 section 4.3 */
	NEWEST = 300,
	RENEW = 1800,
	STAMP_AT = 12,
	HASH_AT = 16,
};

bool cookie_secret_read(struct bytes text, uint8_t ret[COOKIE_SECRET])
{
	if (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	return hex_read(text, ret, COOKIE_SECRET);
}

void cookie_keys_init(struct cookie_keys *k, const uint8_t secret[COOKIE_SECRET])
{
	*k = (struct cookie_keys){ .current = { le64_get(secret), le64_get(secret + 8) } };
}

void cookie_keys_rotate(const struct cookie_keys *old, const uint8_t secret[COOKIE_SECRET],
	struct cookie_keys *ret)
{
	struct cookie_keys k;
	cookie_keys_init(&k, secret);
	k.has_previous = true;
	k.previous[0] = old->current[0];
	k.previous[1] = old->current[1];
	*ret = k;
}

/* RFC 9018 section 4.4: client cookie | version | reserved | timestamp | client's address. */
static uint64_t hash(const uint64_t key[2], const uint8_t *cookie, const uint8_t *address, size_t n)
{
	uint8_t in[HASH_AT + 16];
	memcpy(in, cookie, HASH_AT);
	memcpy(in + HASH_AT, address, n);
	return siphash_24(in, HASH_AT + n, key[0], key[1]);
}

static void make(const struct cookie_keys *k, const uint8_t *client, const uint8_t *address, size_t n,
	uint32_t now, uint8_t *ret)
{
	memcpy(ret, client, COOKIE_CLIENT);
	ret[8] = VERSION;
	memset(ret + 9, 0, 3);
	be32_put(ret + STAMP_AT, now);
	uint64_t h = hash(k->current, ret, address, n);
	memcpy(ret + HASH_AT, &h, sizeof h);
}

/* Without a branch on secret data: a cookie is not to be guessed byte by byte. */
static bool equal64(uint64_t a, uint64_t b)
{
	uint64_t x = a ^ b;
	__asm__ volatile("" : "+r"(x));
	return x == 0;
}

enum cookie_status cookie_check(const struct cookie_keys *k, const uint8_t *cookie, size_t n,
	const uint8_t *address, size_t address_n, int64_t now, uint8_t ret_answer[COOKIE_FULL])
{
	if (!cookie || n < COOKIE_CLIENT || (address_n != 4 && address_n != 16))
		return COOKIE_NONE;
	enum cookie_status status = n == COOKIE_CLIENT ? COOKIE_NEW : COOKIE_BAD;
	if (n == COOKIE_FULL && cookie[8] == VERSION) {
		/* Serial number arithmetic: the 32 bits wrap in 2106 (RFC 9018 section 4.3). */
		int32_t age = (int32_t)((uint32_t)now - be32_get(cookie + STAMP_AT));
		uint64_t theirs = le64_get(cookie + HASH_AT);
		bool current = equal64(theirs, hash(k->current, cookie, address, address_n));
		bool previous = k->has_previous &&
			equal64(theirs, hash(k->previous, cookie, address, address_n));
		if (age <= OLDEST && age >= -NEWEST && (current || previous)) {
			status = COOKIE_GOOD;
			if (current && age <= RENEW) {
				memcpy(ret_answer, cookie, COOKIE_FULL);
				return status;
			}
		}
	}
	make(k, cookie, address, address_n, (uint32_t)now, ret_answer);
	return status;
}
