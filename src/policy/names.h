/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Guardians' denies, allows and grants of all profiles, in one table.
 *
 * A provider's file has a hundred thousand households and the same few names in most of them, so the
 * key is (profile, name hash) and nothing is chained by name: open addressing, at most half full,
 * 16 bytes a slot. A 64-bit presence mask per profile lets most suffixes pass without a look.
 * Immutable after names_new: any thread. */

#include "policy/household.h"
#include "policy/namehash.h"

struct view_names;

/* The deepest match of each kind, in labels; 0: none (the root cannot be named). */
struct names_match {
	uint8_t deny, allow, grant;
	int64_t grant_until; /* of that grant */
};

/* *ret_depth: labels of the deepest name. Errors: ERR_LIMIT (a name deeper than POLICY_MAX_DEPTH, or
 * the root; the note says whose), -ENOMEM. */
must_use int names_new(struct name_key key, const struct household *h, struct view_names **ret,
	unsigned *ret_depth, struct err_note *note);
void names_free(struct view_names *n); /* NULL is fine */

static inline uint64_t names_presence(struct name_hash h)
{
	return 1ull << (h.hi >> 58);
}
uint64_t names_present(const struct view_names *n, uint16_t profile);

/* h, n: suffix hashes of a name of `labels` labels. Grants count if they end at `live` or later. */
void names_find(const struct view_names *names, uint16_t profile, uint64_t present,
	const struct name_hash *h, unsigned n, unsigned labels, int64_t live,
	struct names_match *ret);

/* The first second after `now` in which a grant of the profile no longer holds; INT64_MAX: none. */
int64_t names_next_end(const struct view_names *n, uint16_t profile, int64_t now);
