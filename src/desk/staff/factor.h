/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A member's second factor: the TOTP secret boxed by the key process (context "totp MEMBER"), the last step that
 * was used, ten recovery codes as hashes under the secret. The database alone opens none of it.
 *
 * Wrong codes are slowed down as passwords are: three, then 15 s, 30 s, 60 s ... to a quarter of an hour;
 * forgotten after a quarter of an hour. A try counts from its beginning, so that many at once gain nothing. */

#include "desk/desk.h"
#include "desk/staff/totp.h"

enum { FACTOR_BOX = TOTP_SECRET + SEAL_BOX_MORE, FACTOR_FIELD = 4 * FACTOR_BOX / 3 + 4 };

struct factor_new {
	uint8_t secret[TOTP_SECRET];  /* for this page only; the caller wipes */
	char field[FACTOR_FIELD];     /* the same, boxed, for the form's hidden field: nothing is stored yet */
};
must_use int factor_new(struct desk *d, uint32_t member, struct factor_new *ret);
/* The same again, from the field of a form that is shown once more. ERR_MALFORMED. */
must_use int factor_again(struct desk *d, uint32_t member, const char *field, struct factor_new *ret);

/* Whether code is one of the new secret's, now. */
must_use bool factor_fits(const struct factor_new *n, const char *code);

struct factor_codes { char code[RECOVERY_CODES][RECOVERY_SHOWN]; }; /* shown once; the caller wipes */
/* A right code of the new secret: it is stored in the place of any other, with ten recovery codes.
 * -EACCES: the code is wrong; ERR_MALFORMED: the field. */
must_use int factor_enrol(struct desk *d, uint32_t member, const struct factor_new *n, const char *code, struct factor_codes *ret);

/* Whether they have one, and how many recovery codes are left. */
struct factor_state { bool has; int64_t since, left; };
must_use int factor_state(struct desk *d, uint32_t member, struct factor_state *ret);
/* A code or a recovery code; it is used up. -EACCES: wrong, or used before; -EAGAIN: wait; -ENOENT: has none. */
must_use int factor_check(struct desk *d, uint32_t member, const char *typed, bool *ret_recovery);
/* Ten new recovery codes in the place of those before. */
must_use int factor_fresh_codes(struct desk *d, uint32_t member, struct factor_codes *ret);
/* Gone, with its codes and tries; in the caller's transaction. */
must_use int factor_remove(struct store_tx *t, uint32_t member);
/* How many who work here have none. */
must_use int factor_missing(struct desk *d, int64_t *ret);
