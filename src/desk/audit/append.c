/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/audit/entry.h"

#include "base/clock.h"

#include <errno.h>

/* The trail's end: what one row of audit_head holds. */
struct head {
	struct merkle tree;
	uint8_t chain[MERKLE_HASH];
};

/* ERR_CHECKSUM: the row is not there, or cannot be one of ours. Then nothing is written any more, and so
 * nothing is shown: `hisn desk audit verify` says what happened to the trail. */
static int read_head(struct store_tx *t, struct head *ret)
{
	struct store_rows *rows;
	int err = store_query(t, "SELECT size, chain, edge FROM audit_head WHERE id = 1", NULL, 0, &rows);
	if (err)
		return err;
	err = store_next(rows);
	if (err >= 0) {
		bool there = err == 1;
		int64_t size = there ? store_int(rows, 0) : -1;
		struct bytes chain = there ? store_blob(rows, 1) : bytes_of(NULL, 0);
		memset(ret->chain, 0, sizeof ret->chain);
		err = size < 0 || chain.n != (size ? MERKLE_HASH : 0) ||
			merkle_load(&ret->tree, (uint64_t)size, store_blob(rows, 2)) ? ERR_CHECKSUM : 0;
		if (!err && size)
			memcpy(ret->chain, chain.p, MERKLE_HASH);
	}
	store_end(rows);
	return err;
}

/* Before the entry's own row: two writers meet here, and PostgreSQL tells it as a conflict of the kind
 * that store_write tries again. */
static int write_head(struct store_tx *t, const struct head *h)
{
	struct bytes edge = merkle_edge(&h->tree);
	int64_t changed = 0;
	const struct store_value v[] = { S_INT((int64_t)h->tree.size), S_BLOB(h->chain, MERKLE_HASH), S_BLOB(edge.p, edge.n) };
	int err = store_run(t, "UPDATE audit_head SET size = $1, chain = $2, edge = $3 WHERE id = 1 AND size = $1 - 1", v,
		ARRAY_LEN(v), &changed);
	return err ? err : changed == 1 ? 0 : ERR_CHECKSUM;
}

int audit_put(struct store_tx *t, const struct audit_entry *e)
{
	struct head head;
	uint8_t leaf[MERKLE_HASH];
	char line[AUDIT_LINE_MAX];
	size_t n;
	const int64_t at = seal_round_time(clock_unix());
	int err = read_head(t, &head);
	int64_t seq = err ? 0 : (int64_t)head.tree.size;
	if (!err)
		err = audit_line(seq, at, e, line, &n);
	if (err)
		return err;
	merkle_leaf(bytes_of(line, n), leaf);
	audit_chain(head.chain, leaf, head.chain);
	err = merkle_append(&head.tree, leaf);
	if (!err)
		err = write_head(t, &head);
	if (err)
		return err;
	return STORE_RUN(t,
		"INSERT INTO audit (seq, at, member, role, action, report, object, detail, leaf, chain)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		S_INT(seq), S_INT(at), S_INT(e->member), S_INT(e->role), S_TEXT(e->action),
		e->report ? S_BLOB(e->report, SEAL_ID) : S_NULL, S_TEXT(e->object), S_TEXT(e->detail),
		S_BLOB(leaf, sizeof leaf), S_BLOB(head.chain, sizeof head.chain));
}

static int put_one(struct store_tx *t, void *ctx)
{
	return audit_put(t, ctx);
}

int audit_now(struct desk *d, const struct audit_entry *e)
{
	return store_write(d->store, put_one, (void *)(uintptr_t)e);
}
