/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The bytes of an entry: one line of JSON, always in this order, without what is not given; so that an
 * exported line is what was hashed, and anybody can hash it again (docs/audit.md). Pure.
 *
 *   {"seq":117,"at":1795478400,"member":3,"role":2,"action":"case.confirm","report":"5f..","object":"..","detail":".."}
 *
 *   leaf  SHA-256(0x00 | line)       chain  SHA-256(0x02 | chain before | leaf); before the first: 32 zeros */

#include "decision/merkle.h"
#include "desk/audit/audit.h"

enum {
	AUDIT_ACTION_MAX = 40,
	AUDIT_OBJECT_MAX = 120,
	AUDIT_DETAIL_MAX = 200,
	AUDIT_LINE_MAX = 6 * (AUDIT_OBJECT_MAX + AUDIT_DETAIL_MAX) + 400,
};

/* The line, without a line end. ERR_LIMIT: object or detail too long; ERR_MALFORMED: no action's name. */
must_use int audit_line(int64_t seq, int64_t at, const struct audit_entry *e, char ret[AUDIT_LINE_MAX], size_t *ret_n);
void audit_chain(const uint8_t before[MERKLE_HASH], const uint8_t leaf[MERKLE_HASH], uint8_t ret[MERKLE_HASH]);
