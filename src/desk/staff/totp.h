/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One-time codes (TOTP: RFC 6238 with SHA-1, six digits, 30 s: what every authenticator knows) and recovery
 * codes. Pure, on liboath. Call totp_start() once. */

#include "base/arena.h"
#include "base/err.h"

enum {
	TOTP_SECRET = 20,       /* bytes: RFC 4226, section 4 */
	TOTP_STEP = 30,         /* seconds */
	TOTP_TYPED = 10,        /* longest code as it is kept: of a recovery code */
	RECOVERY_CODES = 10,
	RECOVERY_SHOWN = 12,    /* "ABCDE-FGHJK" and NUL: 50 random bits */
	RECOVERY_HASH = 32,
};
must_use int totp_start(void); /* -ENOSYS: liboath cannot start */

/* What a person typed, without blanks, hyphens and dots: Arabic digits as ours, letters in capitals. False: it
 * can be no code. */
must_use bool totp_typed(const char *s, char ret[TOTP_TYPED + 1]);
/* Six digits against the steps before, at and after now; *ret_step is the one it belongs to. All three are
 * compared, in constant time. */
must_use bool totp_good(const uint8_t secret[TOTP_SECRET], int64_t now, const char *typed, int64_t *ret_step);

/* Base32 (RFC 4648) in groups of four, for who types it. In the arena; NULL: no memory. */
const char *totp_secret_text(struct arena *a, const uint8_t secret[TOTP_SECRET]);
/* otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=... */
const char *totp_uri(struct arena *a, const uint8_t secret[TOTP_SECRET], const char *issuer, const char *account);

void recovery_random(char ret[RECOVERY_SHOWN]);
/* Under the secret, so that the hash alone can be tried against no guess. typed: totp_typed of it. */
void recovery_hash(const uint8_t secret[TOTP_SECRET], uint32_t member, const char *typed, uint8_t ret[RECOVERY_HASH]);
