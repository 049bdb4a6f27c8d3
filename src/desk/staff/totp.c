/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/totp.h"

#include "base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <liboath/oath.h>
#include <sodium.h>

enum { DIGITS = 6, RECOVERY = 10 };

/* Crockford's: no I, L, O, U. */
static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int totp_start(void)
{
	return oath_init() == OATH_OK ? 0 : -ENOSYS;
}

/* A digit as Arabic keyboards write it. */
static uint32_t western(uint32_t c)
{
	return c >= 0x660 && c <= 0x669 ? c - 0x660 + '0' : c >= 0x6f0 && c <= 0x6f9 ? c - 0x6f0 + '0' : c;
}

bool totp_typed(const char *s, char ret[TOTP_TYPED + 1])
{
	struct bytes b = bytes_str(s ? s : "");
	size_t n = 0;
	bool digits = true;
	while (b.n) {
		uint32_t c = western(utf8_next(&b));
		if (c == ' ' || c == '-' || c == '.' || c == 0xa0 || c == 0x2013)
			continue;
		if (c > 0x7f || !isalnum((int)c) || n == TOTP_TYPED)
			return false;
		digits &= isdigit((int)c) != 0;
		ret[n++] = (char)toupper((int)c);
	}
	ret[n] = 0;
	return (n == DIGITS && digits) || n == RECOVERY;
}

bool totp_good(const uint8_t secret[TOTP_SECRET], int64_t now, const char *typed, int64_t *ret_step)
{
	char is[DIGITS + 1];
	bool good = false;
	int64_t step = now / TOTP_STEP;
	if (strlen(typed) != DIGITS)
		return false;
	for (int64_t s = step - 1; s <= step + 1; s++) {
		int err = oath_totp_generate((const char *)secret, TOTP_SECRET, (time_t)(s * TOTP_STEP), TOTP_STEP, 0, DIGITS, is);
		if (err != OATH_OK || sodium_memcmp(is, typed, DIGITS) != 0)
			continue;
		good = true;
		*ret_step = s;
	}
	sodium_memzero(is, sizeof is);
	return good;
}

const char *totp_secret_text(struct arena *a, const uint8_t secret[TOTP_SECRET])
{
	char *plain;
	size_t n;
	if (oath_base32_encode((const char *)secret, TOTP_SECRET, &plain, &n) != OATH_OK)
		return NULL;
	char *out = arena_alloc(a, n + n / 4 + 1), *at = out;
	for (size_t i = 0; out && i < n; i++) {
		if (i && i % 4 == 0)
			*at++ = ' ';
		*at++ = plain[i];
	}
	sodium_memzero(plain, n);
	free(plain);
	return out;
}

static const char *percent(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, 3 * strlen(s) + 1), *at = out;
	for (; out && *s; s++) {
		if (isalnum((unsigned char)*s) || strchr("-._~", *s))
			*at++ = *s;
		else
			at += snprintf(at, 4, "%%%02X", (unsigned char)*s);
	}
	return out;
}

const char *totp_uri(struct arena *a, const uint8_t secret[TOTP_SECRET], const char *issuer, const char *account)
{
	const char *text = totp_secret_text(a, secret), *who = percent(a, account), *of = percent(a, issuer);
	if (!text || !who || !of)
		return NULL;
	char bare[64];
	size_t n = 0;
	for (; *text && n + 1 < sizeof bare; text++)
		if (*text != ' ')
			bare[n++] = *text;
	bare[n] = 0;
	const char *uri = arena_printf(a, "otpauth://totp/%s:%s?secret=%s&issuer=%s", of, who, bare, of);
	sodium_memzero(bare, sizeof bare);
	return uri;
}

void recovery_random(char ret[RECOVERY_SHOWN])
{
	for (size_t i = 0, n = 0; i < RECOVERY; i++) {
		if (i == RECOVERY / 2)
			ret[n++] = '-';
		ret[n++] = letters[randombytes_uniform(sizeof letters - 1)];
		ret[n] = 0;
	}
}

void recovery_hash(const uint8_t secret[TOTP_SECRET], uint32_t member, const char *typed, uint8_t ret[RECOVERY_HASH])
{
	crypto_generichash_state h;
	static const char what[] = "hisn recovery code 1";
	(void)crypto_generichash_init(&h, secret, TOTP_SECRET, RECOVERY_HASH);
	(void)crypto_generichash_update(&h, (const uint8_t *)what, sizeof what);
	(void)crypto_generichash_update(&h, (const uint8_t *)&member, sizeof member);
	for (; *typed; typed++) { /* as they are misread */
		uint8_t c = (uint8_t)(*typed == 'O' ? '0' : *typed == 'I' || *typed == 'L' ? '1' : *typed);
		(void)crypto_generichash_update(&h, &c, 1);
	}
	(void)crypto_generichash_final(&h, ret, RECOVERY_HASH);
	sodium_memzero(&h, sizeof h);
}
