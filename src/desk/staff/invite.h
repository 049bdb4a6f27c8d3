/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One-time links for new colleagues. The database holds the token's hash only. */

#include "desk/desk.h"

enum { INVITE_HASH = 32 };
struct invite {
	uint8_t hash[INVITE_HASH];
	int role;          /* enum keys_role */
	const char *unit, *name;
	int64_t expires;
};
void invite_hash(const char *token, uint8_t ret[INVITE_HASH]);
/* -ENOENT: unknown, used or too old. Texts in the arena. */
must_use int invite_find(struct store_tx *t, struct arena *a, const char *token, struct invite *ret);
