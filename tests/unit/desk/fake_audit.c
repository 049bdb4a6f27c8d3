/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/audit/audit.h"

int audit_put(struct store_tx *t, const struct audit_entry *e)
{
	return STORE_RUN(t, "INSERT INTO audit (seq, at, member, role, action, report, object, detail, leaf, chain) VALUES"
		" ((SELECT COALESCE(max(seq), -1) + 1 FROM audit), 0, $1, $2, $3, $4, $5, $6, $7, $7)", S_INT(e->member), S_INT(e->role),
		S_TEXT(e->action), e->report ? S_BLOB(e->report, 16) : S_NULL, S_TEXT(e->object), S_TEXT(e->detail), S_BLOB("", 0));
}

static int put(struct store_tx *t, void *ctx)
{
	return audit_put(t, ctx);
}

int audit_now(struct desk *d, const struct audit_entry *e)
{
	return store_write(d->store, put, (void *)(uintptr_t)e);
}
