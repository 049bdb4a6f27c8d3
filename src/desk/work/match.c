/* SPDX-License-Identifier: Apache-2.0 */
/* A value tells its epoch and kind by itself (it is a keyed hash of both), so the index is asked for values
 * alone, many at a time. */
#include "desk/work/match.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

enum { AT_ONCE = 48 };

struct finding {
	struct arena *a;
	struct matches *to;
	enum seal_blind_kind kind;
	size_t left; /* of this text */
};

static int add(struct finding *f, struct bytes id)
{
	struct matches *m = f->to;
	size_t i = 0;
	if (id.n != SEAL_ID)
		return ERR_FORMAT;
	while (i < m->n && memcmp(m->of[i].id, id.p, SEAL_ID) != 0)
		i++;
	if (i == m->n) {
		m->of = load_grow(f->a, m->of, m->n, sizeof *m->of);
		if (!m->of)
			return -ENOMEM;
		memcpy(m->of[m->n].id, id.p, SEAL_ID);
		m->n++;
	}
	m->of[i].addresses += f->kind == SEAL_BLIND_ADDRESS;
	m->of[i].hosts += f->kind == SEAL_BLIND_HOST;
	m->of[i].accounts += f->kind == SEAL_BLIND_ACCOUNT;
	return 0;
}

static int find_some(struct store_tx *t, uint8_t (*value)[SEAL_BLIND], size_t n, struct finding *f)
{
	struct sql q = { .n = 0 };
	struct store_rows *rows;
	sql_add(&q, "SELECT b.report FROM blind b WHERE b.value IN (");
	for (size_t i = 0; i < n; i++)
		sql_with(&q, i ? ", ?" : "?", S_BLOB(value[i], SEAL_BLIND));
	sql_with(&q, ") LIMIT ?", S_INT((int64_t)f->left));
	int err = sql_query(t, &q, &rows);
	if (err)
		return err;
	while (f->left && (err = store_next(rows)) == 1 && !(err = add(f, store_blob(rows, 0))))
		f->left--;
	store_end(rows);
	return MIN(err, 0);
}

static int find_text(struct desk *d, struct store_tx *t, const struct actor *who, const struct submit_text *text,
	uint8_t (*value)[SEAL_BLIND], struct finding *f)
{
	size_t n = 0;
	int err = keys_blind_all(d->keys, who->session, text->kind, text->text, value, KEYS_BLIND_ALL_MAX, &n);
	f->kind = text->kind;
	f->left = MATCH_A_TEXT;
	for (size_t i = 0; !err && i < n && f->left; i += AT_ONCE)
		err = find_some(t, value + i, MIN(n - i, (size_t)AT_ONCE), f);
	return err;
}

static bool said_before(const struct submit_text *text, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (text[k].kind == text[i].kind && bytes_equal(text[k].text, text[i].text))
			return true;
	return false;
}

int match_find(struct desk *d, struct arena *a, const struct actor *who, const struct submit_text *text, size_t n,
	struct matches *ret)
{
	struct store_tx *t;
	struct finding f = { .a = a, .to = ret };
	size_t asked = 0;
	uint8_t(*value)[SEAL_BLIND] = malloc(KEYS_BLIND_ALL_MAX * sizeof *value);
	*ret = (struct matches){ .n = 0 };
	int err = value ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err) {
		free(value);
		return err;
	}
	for (size_t i = 0; !err && i < n && asked < MATCH_TEXTS; i++) {
		if (text[i].kind == SEAL_BLIND_EXCLUDED || said_before(text, i))
			continue;
		asked++;
		err = find_text(d, t, who, &text[i], value, &f);
	}
	store_rollback(t);
	free(value);
	return err;
}

/* --- those that may be seen --- */

static int rows_of(struct store_tx *t, struct arena *a, const struct actor *who, const struct match *m, size_t n,
	struct work_row *row, size_t *ret_n)
{
	struct sql q = { .n = 0 };
	const int64_t now = clock_unix();
	see_select(&q, who, now);
	for (size_t i = 0; i < n; i++)
		sql_with(&q, i ? ", ?" : " AND r.id IN (?", S_BLOB(m[i].id, SEAL_ID));
	sql_add(&q, ")");
	see_end(&q, who, now);
	return see_rows(t, a, &q, now, n, row, ret_n);
}

static void keep(const struct match *m, size_t n, const struct work_row *row, size_t row_n, size_t cap, struct work_like *ret,
	size_t *ret_n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < row_n && *ret_n < cap; k++)
			if (!memcmp(m[i].id, row[k].id, SEAL_ID))
				ret[(*ret_n)++] = (struct work_like){ row[k], m[i].addresses, m[i].hosts, m[i].accounts };
}

int match_rows(struct desk *d, struct arena *a, const struct actor *who, const struct matches *from, size_t cap,
	struct work_like *ret, size_t *ret_n)
{
	struct store_tx *t;
	struct work_row *row = arena_array(a, AT_ONCE, sizeof *row);
	*ret_n = 0;
	int err = row ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	for (size_t i = 0; !err && i < from->n && *ret_n < cap; i += AT_ONCE) {
		size_t n = MIN(from->n - i, (size_t)AT_ONCE), found = 0;
		err = rows_of(t, a, who, from->of + i, n, row, &found);
		if (!err)
			keep(from->of + i, n, row, found, cap, ret, ret_n);
	}
	store_rollback(t);
	return err;
}
