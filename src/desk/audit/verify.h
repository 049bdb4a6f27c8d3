/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The whole trail, held against its hashes, chain, head row and every signed head there is. */

#include "desk/audit/check.h"
#include "desk/audit/heads.h"

struct audit_given { struct bytes text; const char *where; }; /* heads kept elsewhere, and what to call that */
struct audit_verify {
	const struct note_key *key;      /* NULL: signatures are not checked, but what they sign is */
	const struct keys_head *last;    /* what the key process signed last; NULL: it was not asked */
	const struct audit_given *given;
	size_t given_n;
	void (*progress)(void *ctx, uint64_t done, uint64_t total); /* NULL */
	void *ctx;
};
struct audit_verified {
	struct audit_check check;
	int64_t notes;                   /* stored heads */
	size_t given_heads;              /* found in what was given */
};
/* One moment of the database. Everything of *ret in the arena. What is wrong with the trail is no error:
 * check.findings. ERR_KEY: something given is under another key, or changed; the note says which. */
must_use int audit_verify(struct store *s, struct arena *a, const struct audit_verify *v, struct audit_verified *ret,
	struct err_note *note);
