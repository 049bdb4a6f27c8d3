/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The audit trail: every read, change, key use and refused attempt, append-only. An entry is a leaf of a
 * Merkle tree (decision/merkle.h) and a link of a chain, written in the transaction of what it is about:
 * neither can be there without the other. Heads are signed by the key process, which signs only what
 * extends what it signed before, and are kept elsewhere too; docs/audit.md.
 *
 * No words of a report, no name of a reporter: codes, numbers, paths. Times are whole hours. */

#include "desk/desk.h"

struct audit_entry {
	uint32_t member;       /* 0: the desk itself */
	int role;              /* enum keys_role; 0 */
	const char *action;    /* [a-z0-9._-]{1,40}: "case.confirm", "message.open", "refused", "sign-in" */
	const uint8_t *report; /* SEAL_ID; NULL: none */
	const char *object;    /* at most 120 bytes; NULL: none */
	const char *detail;    /* at most 200 bytes; NULL: none */
};
/* In the caller's write transaction. Errors of the store; ERR_LIMIT, ERR_MALFORMED (an action's name). */
must_use int audit_put(struct store_tx *t, const struct audit_entry *e);
/* A transaction of its own: for reads and refusals. What cannot be audited must not be shown. */
must_use int audit_now(struct desk *d, const struct audit_entry *e);
