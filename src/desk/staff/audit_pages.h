/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The auditor's pages: the trail as a list, its signed heads, its export. Whoever reads it is in it. */

#include "desk/layout.h"
#include "web/server.h"

enum { AUDIT_PART = 20000 }; /* entries in one file of the export */

struct audit_option { const char *value, *label; bool chosen; };
struct audit_line {
	const char *seq, *at, *who, *role;
	const char *what, *code;           /* what: NULL for an action that has no words yet */
	const char *report, *href;         /* eight digits, and the list of this report's entries; NULL */
	const char *object, *detail;       /* NULL */
};
struct staff_audit_page {
	struct layout layout;
	const char *error;
	const struct audit_line *line; size_t line_n;
	const struct audit_option *member; size_t member_n;
	const struct audit_option *action; size_t action_n;
	const char *report;                /* as typed */
	const char *before, *first;        /* addresses: earlier ones; the latest again. NULL */
	bool filtered, accounts;           /* accounts: shown are accounts and settings only */
	bool heads, exports;
	int64_t part_n; int64_t part_size; /* of the export */
};
struct audit_head_line { int64_t size; const char *at, *note; };
struct staff_audit_heads_page {
	struct layout layout;
	enum { HEADS_GOOD, HEADS_NONE, HEADS_FORGOTTEN, HEADS_CUT, HEADS_DAMAGED, HEADS_SILENT } state;
	const char *key, *key_id;          /* NULL: HEADS_SILENT */
	const struct audit_head_line *line; size_t line_n;
	int64_t signed_at, entries;        /* how large it was; how large it is */
	unsigned mailed;                   /* to so many addresses, each day */
	const char *file;                  /* and written here; NULL */
};

void staff_audit(struct web_request *r);
void staff_audit_heads(struct web_request *r);
void staff_audit_export(struct web_request *r);
