/* SPDX-License-Identifier: Apache-2.0 */
/* Any cookie is judged; one that we made holds exactly within its hours, at its address, unchanged.
 * Input: 2 bytes of age, 1 byte of which bit is changed, 1 of the address' kind, the cookie. */
#include "fuzz.h"

#include "guard/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t secret[COOKIE_SECRET] = "fuzz fuzz fuzz 1";
	static const uint8_t address[16] = { 0x20, 1, 0xd, 0xb8 };
	const int64_t now = 1800000000;
	uint8_t made[COOKIE_FULL], again[COOKIE_FULL];
	struct cookie_keys k;
	if (n < 4)
		return 0;
	int age = (int16_t)be16_get(p);
	unsigned bit = p[2];
	size_t len = p[3] & 1 ? 16 : 4;
	cookie_keys_init(&k, secret);
	enum cookie_status s = cookie_check(&k, p + 4, n - 4, address, len, now, made);
	if (s == COOKIE_NONE) {
		check(n - 4 < COOKIE_CLIENT);
		return 0;
	}
	check(memcmp(made, p + 4, COOKIE_CLIENT) == 0);
	check((s == COOKIE_NEW) == (n - 4 == COOKIE_CLIENT));
	/* The fuzzer sees our hashes in comparisons and may learn to make good ones. */
	if (s == COOKIE_GOOD) {
		int64_t old = now - be32_get(p + 4 + 12);
		check(n - 4 == COOKIE_FULL && p[4 + 8] == 1 && old >= -300 && old <= 3600);
		check((memcmp(made, p + 4, COOKIE_FULL) == 0) == (old <= 1800));
	}
	s = cookie_check(&k, made, COOKIE_FULL, address, len, now + age, again);
	check((s == COOKIE_GOOD) == (age >= -300 && age <= 3600));
	if (bit < 8 * COOKIE_FULL) {
		made[bit / 8] ^= (uint8_t)(1 << bit % 8);
		check(cookie_check(&k, made, COOKIE_FULL, address, len, now, again) == COOKIE_BAD);
	}
	return 0;
}
