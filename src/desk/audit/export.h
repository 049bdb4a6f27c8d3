/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The trail as a file: lines of JSON, each just the bytes that were hashed, so that who has the file checks it
 * without us; or CSV for people, with times as text. */

#include "desk/audit/hidden.h"

#include <stdio.h>

struct audit_export {
	struct audit_filter filter;
	int64_t from;   /* the first number */
	size_t cap;     /* at most so many; 0: all */
	bool csv;
	FILE *out;
	/* Entries that this reader must not see: {"seq":N,"withheld":true,"leaf":"..."}, so that the tree still closes. NULL: all */
	const struct audit_hidden *hidden;
};
struct audit_exported {
	int64_t n, withheld;
	int64_t damaged; /* of n: such that audit_put never writes: told as {"seq":N,"damaged":true} */
	int64_t next;       /* the number to go on from; -1: that was all */
};
/* In the caller's transaction; memory does not grow with the trail. -EIO: out takes no more. */
must_use int audit_export(struct store_tx *t, const struct audit_export *e, struct audit_exported *ret);
