/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/audit/trail.h"

#include <errno.h>

enum { PAGE = 1000, VALUES_MAX = 8 };

/* --- one row --- */

static bool text_of(struct bytes b, char *ret, size_t max, const char **ret_text)
{
	*ret_text = NULL;
	if (!b.p)
		return true;
	if (b.n > max || memchr(b.p, 0, b.n))
		return false;
	memcpy(ret, b.p, b.n);
	ret[b.n] = 0;
	*ret_text = ret;
	return true;
}

bool audit_row_line(const struct audit_row *r, int64_t seq, char ret[AUDIT_LINE_MAX], size_t *ret_n)
{
	char action[AUDIT_ACTION_MAX + 1], object[AUDIT_OBJECT_MAX + 1], detail[AUDIT_DETAIL_MAX + 1];
	struct audit_entry e = { .member = (uint32_t)r->member, .role = (int)r->role, .report = r->report.p };
	return r->member == e.member && r->role == e.role && (!r->report.p || r->report.n == SEAL_ID) &&
		text_of(r->action, action, AUDIT_ACTION_MAX, &e.action) && text_of(r->object, object, AUDIT_OBJECT_MAX, &e.object) &&
		text_of(r->detail, detail, AUDIT_DETAIL_MAX, &e.detail) && audit_line(seq, r->at, &e, ret, ret_n) == 0;
}

/* A column of another kind than ours reads as what cannot be: bytes longer than any. */
static struct bytes bytes_of_kind(struct store_rows *rows, unsigned column, bool text)
{
	static const uint8_t odd[AUDIT_DETAIL_MAX + 1];
	if (store_null(rows, column))
		return bytes_of(NULL, 0);
	struct bytes b = text ? bytes_of(store_text(rows, column), 0) : store_blob(rows, column);
	return b.p ? store_bytes(rows, column) : bytes_of(odd, sizeof odd);
}

static void read_row(struct store_rows *rows, struct audit_row *ret)
{
	*ret = (struct audit_row){ store_int(rows, 0), store_int(rows, 1), store_int(rows, 2), store_int(rows, 3),
		bytes_of_kind(rows, 4, true), bytes_of_kind(rows, 5, false), bytes_of_kind(rows, 6, true),
		bytes_of_kind(rows, 7, true), bytes_of_kind(rows, 8, false), bytes_of_kind(rows, 9, false) };
}

/* --- queries: fixed pieces, one for each thing that is asked --- */

#define COLUMNS "SELECT seq, at, member, role, action, report, object, detail, leaf, chain FROM audit WHERE "
#define ACCOUNTS " AND report IS NULL AND (action LIKE 'member.%' OR action LIKE 'setting.%' OR action LIKE 'partner.%'" \
	" OR action LIKE 'desk.%' OR action LIKE 'factor.%' OR action LIKE 'session.%' OR action LIKE 'sign-%'" \
	" OR action LIKE 'roster.%' OR action LIKE 'api.%' OR action IN ('me', 'password'))"

struct query {
	char sql[1200];
	struct store_value v[VALUES_MAX];
	size_t n;
};

static void add(struct query *q, const char *piece, struct store_value v)
{
	size_t at = strlen(q->sql);
	q->v[q->n++] = v;
	(void)snprintf(q->sql + at, sizeof q->sql - at, "%s$%zu", piece, q->n);
}

static void add_text(struct query *q, const char *piece)
{
	size_t at = strlen(q->sql);
	(void)snprintf(q->sql + at, sizeof q->sql - at, "%s", piece);
}

/* A name that ends with a dot stands for all that begin so. */
static void add_action(struct query *q, const char *action, char pattern[AUDIT_ACTION_MAX + 2])
{
	size_t n = strlen(action);
	if (!n || n > AUDIT_ACTION_MAX || action[n - 1] != '.' || strpbrk(action, "%_")) {
		add(q, " AND action = ", S_TEXT(action));
		return;
	}
	memcpy(pattern, action, n);
	pattern[n] = '%';
	pattern[n + 1] = 0;
	add(q, " AND action LIKE ", S_TEXT(pattern));
}

static void build(struct query *q, const struct audit_filter *f, char pattern[AUDIT_ACTION_MAX + 2])
{
	if (f->report)
		add(q, " AND report = ", S_BLOB(f->report, SEAL_ID));
	if (f->member >= 0)
		add(q, " AND member = ", S_INT(f->member));
	if (f->action)
		add_action(q, f->action, pattern);
	if (f->until) {
		add(q, " AND at >= ", S_INT(f->from));
		add(q, " AND at < ", S_INT(f->until));
	}
	if (f->accounts)
		add_text(q, ACCOUNTS);
}

/* --- all of them --- */

static int page(struct store_tx *t, const struct query *q, audit_each_row *fn, void *ctx, size_t *ret_n, int64_t *ret_last)
{
	struct store_rows *rows;
	struct audit_row r;
	int row, err = store_query(t, q->sql, q->v, q->n, &rows);
	*ret_n = 0;
	if (err)
		return err;
	while (!err && (row = store_next(rows))) {
		if (row < 0) {
			err = row;
			break;
		}
		read_row(rows, &r);
		*ret_last = r.seq;
		++*ret_n;
		err = fn(ctx, &r);
	}
	store_end(rows);
	return err;
}

int audit_each(struct store_tx *t, const struct audit_filter *f, int64_t from, audit_each_row *fn, void *ctx)
{
	char pattern[AUDIT_ACTION_MAX + 2];
	for (;;) {
		struct query q = { .sql = COLUMNS };
		size_t n;
		int64_t last = from;
		add(&q, "seq >= ", S_INT(from));
		build(&q, f, pattern);
		add(&q, " ORDER BY seq LIMIT ", S_INT(PAGE));
		int err = page(t, &q, fn, ctx, &n, &last);
		if (err || n < PAGE || last == INT64_MAX)
			return err;
		from = last + 1;
	}
}

/* --- the latest --- */

struct keeping {
	struct arena *a;
	struct audit_row *row;
	size_t n;
};

static bool keep_bytes(struct arena *a, struct bytes *b)
{
	if (!b->p)
		return true;
	const char *p = arena_text(a, (const char *)b->p, b->n);
	*b = bytes_of(p, b->n);
	return p != NULL;
}

static int keep(void *ctx, const struct audit_row *r)
{
	struct keeping *k = ctx;
	struct audit_row *to = &k->row[k->n++];
	*to = *r;
	return keep_bytes(k->a, &to->action) && keep_bytes(k->a, &to->report) && keep_bytes(k->a, &to->object) &&
		keep_bytes(k->a, &to->detail) && keep_bytes(k->a, &to->leaf) && keep_bytes(k->a, &to->chain) ? 0 : -ENOMEM;
}

int audit_latest(struct store_tx *t, struct arena *a, const struct audit_filter *f, int64_t before, size_t cap,
	struct audit_row **ret, size_t *ret_n)
{
	char pattern[AUDIT_ACTION_MAX + 2];
	struct query q = { .sql = COLUMNS };
	struct keeping k = { a, arena_array(a, cap + 1, sizeof *k.row), 0 };
	size_t n;
	int64_t last;
	if (!k.row)
		return -ENOMEM;
	add(&q, "seq < ", S_INT(before));
	build(&q, f, pattern);
	add(&q, " ORDER BY seq DESC LIMIT ", S_INT((int64_t)cap));
	int err = page(t, &q, keep, &k, &n, &last);
	*ret = k.row;
	*ret_n = k.n;
	return err;
}

int audit_end_read(struct store_tx *t, struct arena *a, struct audit_end *ret)
{
	struct store_rows *rows;
	*ret = (struct audit_end){ .there = false };
	int err = store_query(t, "SELECT size, chain, edge FROM audit_head WHERE id = 1", NULL, 0, &rows);
	if (err)
		return err;
	err = store_next(rows);
	if (err == 1) {
		*ret = (struct audit_end){ true, store_int(rows, 0), store_blob(rows, 1), store_blob(rows, 2) };
		err = keep_bytes(a, &ret->chain) && keep_bytes(a, &ret->edge) ? 0 : -ENOMEM;
	}
	store_end(rows);
	return err;
}
