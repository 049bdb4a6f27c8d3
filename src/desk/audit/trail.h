/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Rows of the trail as they stand in the database, which somebody else may have changed: nothing of them is
 * believed. Read in pages, so that a long trail needs no more memory than a short one. */

#include "desk/audit/entry.h"

struct audit_row {
	int64_t seq, at, member, role;
	struct bytes action, report, object, detail, leaf, chain; /* p NULL: not there; borrowed */
};
/* The line of an entry of this content with number seq. False: none that audit_put writes. */
must_use bool audit_row_line(const struct audit_row *r, int64_t seq, char ret[AUDIT_LINE_MAX], size_t *ret_n);

struct audit_filter {
	const uint8_t *report;   /* NULL: any */
	const char *action;      /* NULL: any; "case.": those that begin so */
	int64_t member;          /* < 0: any */
	int64_t from, until;     /* Unix seconds, until excluded; 0, 0: any */
	bool accounts;           /* only what is about accounts, settings, keys of partners and the desk itself */
};
#define AUDIT_ALL ((struct audit_filter){ .member = -1 })

/* Each row in order from number `from` upwards; fn's error ends it and is returned. In the caller's
 * transaction. */
typedef int audit_each_row(void *ctx, const struct audit_row *r);
must_use int audit_each(struct store_tx *t, const struct audit_filter *f, int64_t from, audit_each_row *fn, void *ctx);
/* At most cap, the newest first, of those before number `before` (INT64_MAX: all). In the arena. */
must_use int audit_latest(struct store_tx *t, struct arena *a, const struct audit_filter *f, int64_t before, size_t cap,
	struct audit_row **ret, size_t *ret_n);

/* The trail's end: the one row of audit_head. */
struct audit_end {
	bool there;
	int64_t size;
	struct bytes chain, edge; /* in the arena */
};
must_use int audit_end_read(struct store_tx *t, struct arena *a, struct audit_end *ret);
