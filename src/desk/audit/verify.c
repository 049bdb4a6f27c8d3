/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/audit/verify.h"

#include "desk/audit/check_inside.h"

#include <errno.h>
#include <stdlib.h>

enum { PROGRESS_EACH = 4096 };
#define STORED "in the database"
#define LAST "of the key process"

struct work {
	struct store_tx *t;
	struct arena *a;
	const struct audit_verify *v;
	struct audit_verified *ret;
	struct audit_known *known;
	size_t n, cap;
	struct audit_finding *bad; /* notes that are none, until the check has begun */
	size_t bad_n;
	uint64_t total;
};

static int know(struct work *w, const struct checkpoint *c, const char *where)
{
	if (!c->size)
		return 0;
	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 256;
		struct audit_known *p = reallocarray(w->known, cap, sizeof *p);
		if (!p)
			return -ENOMEM;
		w->known = p;
		w->cap = cap;
	}
	struct audit_known *k = &w->known[w->n++];
	*k = (struct audit_known){ .size = c->size, .where = where };
	memcpy(k->root, c->root, MERKLE_HASH);
	return 0;
}

/* --- heads in the database --- */

static int open_note(const struct audit_verify *v, struct bytes text, struct checkpoint *ret)
{
	struct note n;
	if (v->key)
		return checkpoint_open(text, v->key, ret);
	int err = note_read(text, &n);
	return err ? err : checkpoint_read(n.text, ret);
}

static int note_bad(struct work *w, int64_t size)
{
	if (w->bad_n == AUDIT_FINDINGS_MAX)
		return 0;
	w->bad[w->bad_n++] = (struct audit_finding){ .fault = FAULT_NOTE, .from = size, .to = size };
	return 0;
}

static int read_note(struct work *w, struct store_rows *rows)
{
	struct checkpoint c;
	struct merkle m;
	uint8_t root[MERKLE_HASH];
	int64_t size = store_int(rows, 0);
	w->ret->notes++;
	if (open_note(w->v, store_bytes(rows, 1), &c) || (int64_t)c.size != size || merkle_load(&m, c.size, store_blob(rows, 2)))
		return note_bad(w, size);
	merkle_root(&m, root);
	return memcmp(root, c.root, MERKLE_HASH) == 0 ? know(w, &c, STORED) : note_bad(w, size);
}

static int read_notes(struct work *w)
{
	enum { PAGE = 500 };
	int64_t last = INT64_MIN;
	for (;;) {
		struct store_rows *rows;
		int row, n = 0, err = STORE_QUERY(w->t, &rows, "SELECT size, note, edge FROM audit_note WHERE size > $1 ORDER BY size LIMIT $2",
			S_INT(last), S_INT(PAGE));
		if (err)
			return err;
		while (!err && (row = store_next(rows))) {
			last = row == 1 ? store_int(rows, 0) : last;
			n++;
			err = row < 0 ? row : read_note(w, rows);
		}
		store_end(rows);
		if (err || n < PAGE)
			return err;
	}
}

static bool is_stored(const struct work *w, uint64_t size)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->known[i].size == size)
			return true;
	for (size_t i = 0; i < w->bad_n; i++) /* told already, as changed */
		if (w->bad[i].from == (int64_t)size)
			return true;
	return false;
}

/* --- heads from elsewhere --- */

static int read_last(struct work *w)
{
	struct checkpoint c;
	const struct keys_head *last = w->v->last;
	if (!last || !last->note[0] || checkpoint_open(bytes_str(last->note), &last->key, &c))
		return 0; /* none, or it has told that its file is damaged */
	if (!is_stored(w, c.size))
		w->bad[w->bad_n++] = (struct audit_finding){ .fault = FAULT_NOTE_GONE, .from = (int64_t)c.size, .to = (int64_t)c.size };
	return know(w, &c, LAST);
}

static int read_given(struct work *w, const struct audit_given *g, struct err_note *note)
{
	struct bytes text = g->text;
	struct checkpoint c;
	int err;
	while (!(err = audit_head_find(&text, w->v->key, &c))) {
		w->ret->given_heads++;
		err = know(w, &c, g->where);
		if (err)
			return err;
	}
	return err == -ENOENT ? 0 : err_set(note, ERR_KEY, "%s: a head in it is not signed by this trail's key, or was changed", g->where);
}

static int by_size(const void *a, const void *b)
{
	const struct audit_known *x = a, *y = b;
	return x->size != y->size ? (x->size < y->size ? -1 : 1) : 0;
}

static int read_heads(struct work *w, struct err_note *note)
{
	w->bad = arena_array(w->a, AUDIT_FINDINGS_MAX + 1, sizeof *w->bad);
	int err = w->bad ? read_notes(w) : -ENOMEM;
	if (!err)
		err = read_last(w);
	for (size_t i = 0; !err && w->v->key && i < w->v->given_n; i++)
		err = read_given(w, &w->v->given[i], note);
	if (!err && w->n)
		qsort(w->known, w->n, sizeof *w->known, by_size);
	return err;
}

/* --- rows --- */

static int row(void *ctx, const struct audit_row *r)
{
	struct work *w = ctx;
	uint64_t n = (uint64_t)w->ret->check.entries;
	if (w->v->progress && n % PROGRESS_EACH == 0)
		w->v->progress(w->v->ctx, n, MAX(w->total, n));
	return audit_check_row(&w->ret->check, r);
}

static int check_all(struct work *w)
{
	struct audit_end end;
	const struct audit_filter all = AUDIT_ALL;
	int err = audit_end_read(w->t, w->a, &end);
	w->total = !err && end.size > 0 ? (uint64_t)end.size : 0;
	if (!err)
		err = audit_check_begin(&w->ret->check, w->a, w->known, w->n);
	for (size_t i = 0; !err && i < w->bad_n; i++)
		audit_check_add(&w->ret->check, &w->bad[i]);
	if (!err)
		err = audit_each(w->t, &all, INT64_MIN, row, w);
	if (!err)
		audit_check_end(&w->ret->check, &end);
	return err;
}

int audit_verify(struct store *s, struct arena *a, const struct audit_verify *v, struct audit_verified *ret,
	struct err_note *note)
{
	struct work w = { .a = a, .v = v, .ret = ret };
	*ret = (struct audit_verified){ .notes = 0 };
	int err = store_begin(s, STORE_READ, &w.t);
	if (err)
		return err_set(note, err, "%s", store_note(s));
	err = read_heads(&w, note);
	if (!err)
		err = check_all(&w);
	store_rollback(w.t);
	free(w.known);
	ret->check.known = NULL;
	return err;
}
