/* SPDX-License-Identifier: Apache-2.0 */
#include "web/server.h"

#include <sodium.h>

enum { CSRF_PERIOD = 24 * 3600 };

static void encode(const uint8_t b[32], char ret[WEB_TOKEN])
{
	static_assert(sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == WEB_TOKEN, "43 and NUL");
	sodium_bin2base64(ret, WEB_TOKEN, b, 32, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void web_token_random(char ret[WEB_TOKEN])
{
	uint8_t b[32];
	randombytes_buf(b, sizeof b);
	encode(b, ret);
	sodium_memzero(b, sizeof b);
}

static void csrf(const uint8_t secret[32], const char *form, int64_t period, char ret[WEB_TOKEN])
{
	crypto_generichash_state s;
	uint8_t h[32];
	(void)crypto_generichash_init(&s, secret, 32, sizeof h);
	(void)crypto_generichash_update(&s, (const uint8_t *)"hisn form", 10);
	(void)crypto_generichash_update(&s, (const uint8_t *)form, strlen(form) + 1);
	(void)crypto_generichash_update(&s, (const uint8_t *)&period, sizeof period);
	(void)crypto_generichash_final(&s, h, sizeof h);
	encode(h, ret);
	sodium_memzero(&s, sizeof s);
}

void web_csrf(const uint8_t secret[32], const char *form, int64_t now, char ret[WEB_TOKEN])
{
	csrf(secret, form, now / CSRF_PERIOD, ret);
}

bool web_csrf_good(const uint8_t secret[32], const char *form, int64_t now, const char *token)
{
	char given[WEB_TOKEN] = "", want[WEB_TOKEN];
	bool good = false;
	if (!token || strlen(token) != WEB_TOKEN - 1)
		return false;
	memcpy(given, token, WEB_TOKEN - 1);
	/* This period or the one before: a page stays good for a day at least, two at most. */
	for (int64_t back = 0; back < 2; back++) {
		csrf(secret, form, now / CSRF_PERIOD - back, want);
		good |= sodium_memcmp(given, want, WEB_TOKEN) == 0;
	}
	return good;
}
