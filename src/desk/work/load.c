/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/work/load.h"

#include "base/clock.h"

#include <errno.h>

void *load_grow(struct arena *a, void *array, size_t n, size_t size)
{
	enum { FIRST = 8 };
	if (n && (n < FIRST || (n & (n - 1))))
		return array;
	void *more = arena_array(a, n ? 2 * n : (size_t)FIRST, size);
	if (more && n)
		memcpy(more, array, n * size);
	return more;
}

#define GROW(a, array, n) ((array) = load_grow((a), (array), (n), sizeof *(array)))

static int text_of(struct store_rows *rows, unsigned column, struct arena *a, const char **ret)
{
	const char *s = store_text(rows, column);
	*ret = s ? arena_text(a, s, strlen(s)) : NULL;
	return s && !*ret ? -ENOMEM : 0;
}

/* One of the lists of a case: a statement about the report and what to do with a row. */
struct reader {
	struct arena *a;
	const struct actor *who;
	struct loaded *l;
};
typedef int read_row(struct store_rows *rows, struct reader *r);

static int each(struct store_tx *t, const struct sql *q, read_row *row, struct reader *r)
{
	struct store_rows *rows;
	int err = sql_query(t, q, &rows);
	if (err)
		return err;
	while ((err = store_next(rows)) == 1 && !(err = row(rows, r)))
		;
	store_end(rows);
	return err;
}

static int of_report(struct store_tx *t, const char *statement, read_row *row, struct reader *r)
{
	struct sql q = { .n = 0 };
	sql_with(&q, statement, S_BLOB(r->l->c.row.id, SEAL_ID));
	return each(t, &q, row, r);
}

static int read_rest(struct store_rows *rows, struct reader *r)
{
	struct loaded *l = r->l;
	struct bytes mailbox = store_blob(rows, 1), main = store_blob(rows, 2);
	l->class = (enum keys_class)store_int(rows, 0);
	l->assigned = (uint32_t)store_int(rows, 3);
	l->has_mailbox = mailbox.n == SEAL_PUBLIC;
	if (l->has_mailbox)
		memcpy(l->mailbox, mailbox.p, SEAL_PUBLIC);
	l->c.is_duplicate = main.n == SEAL_ID && see_national(r->who);
	if (l->c.is_duplicate)
		memcpy(l->c.main, main.p, SEAL_ID);
	return (unsigned)l->class < KEYS_CLASS_COUNT ? 0 : ERR_FORMAT;
}

static int read_message(struct store_rows *rows, struct reader *r)
{
	struct loaded *l = r->l;
	if (!GROW(r->a, l->message, l->message_n))
		return -ENOMEM;
	struct stored *m = &l->message[l->message_n++];
	*m = (struct stored){ .seq = (uint32_t)store_int(rows, 0), .number = (uint32_t)store_int(rows, 1),
		.author = (uint32_t)store_int(rows, 2), .type = (uint8_t)store_int(rows, 3), .at = store_int(rows, 4),
		.size = (size_t)store_int(rows, 5) };
	return text_of(rows, 6, r->a, &m->unit);
}

static int read_wrap(struct store_rows *rows, struct reader *r)
{
	struct loaded *l = r->l;
	struct bytes sealed = store_blob(rows, 3);
	if (sealed.n != SEAL_WRAP)
		return ERR_FORMAT;
	if (!GROW(r->a, l->wrap, l->wrap_n))
		return -ENOMEM;
	struct wrapped *w = &l->wrap[l->wrap_n++];
	w->epoch = (uint64_t)store_int(rows, 0);
	w->number = (uint32_t)store_int(rows, 1);
	memcpy(w->wrap, sealed.p, SEAL_WRAP);
	return text_of(rows, 2, r->a, &w->unit);
}

static int read_id(struct store_rows *rows, unsigned column, uint8_t ret[SEAL_ID])
{
	struct bytes id = store_blob(rows, column);
	if (id.n != SEAL_ID)
		return ERR_FORMAT;
	memcpy(ret, id.p, SEAL_ID);
	return 0;
}

static int read_referral(struct store_rows *rows, struct reader *r)
{
	struct work_case *c = &r->l->c;
	if (!GROW(r->a, r->l->referral_epoch, c->referral_n) || !GROW(r->a, c->referral, c->referral_n))
		return -ENOMEM;
	r->l->referral_epoch[c->referral_n] = (uint64_t)store_int(rows, 3);
	struct work_referral *f = &c->referral[c->referral_n++];
	*f = (struct work_referral){ .text = (uint32_t)store_int(rows, 4), .proposed_by = (uint32_t)store_int(rows, 5),
		.signed_by = (uint32_t)store_int(rows, 6), .created = store_int(rows, 7), .since = store_int(rows, 8),
		.due = store_int(rows, 9), .version = (uint64_t)store_int(rows, 10), .referred = store_int(rows, 11) };
	if (!case_state_parse(CASE_REFERRAL, store_text(rows, 2), &f->state))
		return ERR_FORMAT;
	int err = read_id(rows, 0, f->id);
	return err ? err : text_of(rows, 1, r->a, &f->unit);
}

static int read_notice(struct store_rows *rows, struct reader *r)
{
	struct work_case *c = &r->l->c;
	if (!GROW(r->a, c->notice, c->notice_n))
		return -ENOMEM;
	struct work_notice *n = &c->notice[c->notice_n++];
	*n = (struct work_notice){ .text = (uint32_t)store_int(rows, 5), .drafted_by = (uint32_t)store_int(rows, 6),
		.sent = store_int(rows, 7), .acknowledged = store_int(rows, 8), .ended = store_int(rows, 9),
		.since = store_int(rows, 10), .due = store_int(rows, 11), .version = (uint64_t)store_int(rows, 12), .handed = store_int(rows, 13) };
	if (!case_state_parse(CASE_NOTICE, store_text(rows, 1), &n->state))
		return ERR_FORMAT;
	int err = read_id(rows, 0, n->id);
	if (!err)
		err = text_of(rows, 2, r->a, &n->kind);
	if (!err)
		err = text_of(rows, 3, r->a, &n->channel);
	return err ? err : text_of(rows, 4, r->a, &n->template);
}

/* In order of notices as they were read, and of n: what is too much is not shown. */
static int read_recheck(struct store_rows *rows, struct reader *r)
{
	struct work_case *c = &r->l->c;
	struct bytes id = store_blob(rows, 0);
	for (size_t i = 0; i < c->notice_n; i++) {
		struct work_notice *n = &c->notice[i];
		if (!bytes_equal(id, bytes_of(n->id, SEAL_ID)) || n->recheck_n == ARRAY_LEN(n->recheck))
			continue;
		struct work_recheck *k = &n->recheck[n->recheck_n++];
		*k = (struct work_recheck){ .n = (unsigned)store_int(rows, 1), .due = store_int(rows, 2),
			.at = store_int(rows, 3), .member = (uint32_t)store_int(rows, 5) };
		return text_of(rows, 4, r->a, &k->outcome);
	}
	return 0;
}

static int read_task(struct store_rows *rows, struct reader *r)
{
	struct work_case *c = &r->l->c;
	if (!GROW(r->a, c->task, c->task_n))
		return -ENOMEM;
	struct work_task *k = &c->task[c->task_n++];
	*k = (struct work_task){ .member = (uint32_t)store_int(rows, 2), .asked_by = (uint32_t)store_int(rows, 3),
		.text = (uint32_t)store_int(rows, 4), .due = store_int(rows, 5), .done = store_int(rows, 6) };
	int err = read_id(rows, 0, k->id);
	return err ? err : text_of(rows, 1, r->a, &k->kind);
}

static int read_access(struct store_rows *rows, struct reader *r)
{
	struct work_case *c = &r->l->c;
	if (!GROW(r->a, r->l->access_epoch, c->access_n) || !GROW(r->a, c->access, c->access_n))
		return -ENOMEM;
	r->l->access_epoch[c->access_n] = (uint64_t)store_int(rows, 3);
	struct work_access *x = &c->access[c->access_n++];
	*x = (struct work_access){ .member = (uint32_t)store_int(rows, 1), .until = store_int(rows, 2) };
	return text_of(rows, 0, r->a, &x->unit);
}

static int read_excluded(struct store_rows *rows, struct reader *r)
{
	struct work_case *c = &r->l->c;
	if (!GROW(r->a, c->excluded, c->excluded_n))
		return -ENOMEM;
	c->excluded[c->excluded_n++] = (uint32_t)store_int(rows, 0);
	return 0;
}

static int load_sealed(struct store_tx *t, struct reader *r)
{
	int err = of_report(t, "SELECT class, mailbox, main, assigned FROM report WHERE id = ?", read_rest, r);
	if (!err)
		err = of_report(t, "SELECT seq, number, author, type, at, length(blob), unit FROM message WHERE report = ?"
			" ORDER BY seq", read_message, r);
	return err ? err : of_report(t, "SELECT epoch, number, unit, sealed FROM wrap WHERE report = ? ORDER BY number, epoch",
		read_wrap, r);
}

static int load_referrals(struct store_tx *t, struct reader *r)
{
	struct sql q = { .n = 0 };
	sql_with(&q, "SELECT id, unit, state, epoch, text, proposed_by, signed_by, created, since, due, version, referred FROM referral"
		" WHERE report = ?", S_BLOB(r->l->c.row.id, SEAL_ID));
	if (!see_national(r->who)) /* not what the national desk considers, nor what went to others */
		sql_with(&q, " AND unit = ? AND referred IS NOT NULL", S_TEXT(r->who->unit));
	sql_add(&q, " ORDER BY created, id");
	return each(t, &q, read_referral, r);
}

static int load_tasks(struct store_tx *t, struct reader *r)
{
	struct sql q = { .n = 0 };
	sql_with(&q, "SELECT id, kind, member, asked_by, text, due, done FROM task WHERE report = ?",
		S_BLOB(r->l->c.row.id, SEAL_ID));
	sql_with(&q, " AND unit = ? ORDER BY due, id", S_TEXT(r->who->unit));
	return each(t, &q, read_task, r);
}

static int load_duplicates(struct store_tx *t, struct reader *r, int64_t now)
{
	struct sql q = { .n = 0 };
	struct work_case *c = &r->l->c;
	see_select(&q, r->who, now);
	sql_with(&q, " AND r.main = ?", S_BLOB(c->row.id, SEAL_ID));
	see_end(&q, r->who, now);
	sql_with(&q, " ORDER BY r.id LIMIT ?", S_INT(WORK_PAGE));
	c->duplicate = arena_array(r->a, WORK_PAGE, sizeof *c->duplicate);
	return c->duplicate ? see_rows(t, r->a, &q, now, WORK_PAGE, c->duplicate, &c->duplicate_n) : -ENOMEM;
}

/* What only the national desk sees. */
static int load_national(struct store_tx *t, struct reader *r, int64_t now)
{
	if (!see_national(r->who))
		return 0;
	int err = of_report(t, "SELECT id, state, kind, channel, template, text, drafted_by, sent, acknowledged, ended, since, due,"
		" version, handed FROM notice WHERE report = ? ORDER BY since, id", read_notice, r);
	if (!err)
		err = of_report(t, "SELECT k.notice, k.n, k.due, k.at, k.outcome, k.member FROM recheck k"
			" JOIN notice n ON n.id = k.notice WHERE n.report = ? ORDER BY k.n", read_recheck, r);
	if (!err)
		err = of_report(t, "SELECT unit, member, until, epoch FROM access WHERE report = ? ORDER BY unit, member",
			read_access, r);
	if (!err && r->who->role == KEYS_SUPERVISOR)
		err = of_report(t, "SELECT member FROM excluded WHERE report = ? ORDER BY member", read_excluded, r);
	return err ? err : load_duplicates(t, r, now);
}

static int show_messages(struct reader *r)
{
	struct loaded *l = r->l;
	l->c.message = arena_array(r->a, l->message_n + 1, sizeof *l->c.message);
	if (!l->c.message)
		return -ENOMEM;
	for (size_t i = 0; i < l->message_n; i++) {
		const struct stored *m = &l->message[i];
		if (load_may_read(r->who, m))
			l->c.message[l->c.message_n++] = (struct work_message){ m->seq, m->type, m->at, m->author, m->size };
	}
	return 0;
}

int load_case(struct store_tx *t, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], int64_t now,
	struct loaded *ret)
{
	struct reader r = { a, who, ret };
	*ret = (struct loaded){ .message_n = 0 };
	int err = see_one(t, a, who, id, now, &ret->c.row);
	if (!err)
		err = load_sealed(t, &r);
	if (!err)
		err = load_referrals(t, &r);
	if (!err)
		err = load_tasks(t, &r);
	if (!err)
		err = load_national(t, &r, now);
	return err ? err : show_messages(&r);
}

int load_case_now(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], struct loaded *ret)
{
	struct store_tx *t;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = load_case(t, a, who, id, clock_unix(), ret);
	store_rollback(t);
	return err;
}

/* --- messages --- */

bool load_may_read(const struct actor *who, const struct stored *m)
{
	return !m->unit || strcmp(m->unit, who->unit) == 0 || (see_national(who) && m->type == SEAL_REFERRAL);
}

const struct stored *load_message(const struct loaded *l, uint32_t seq)
{
	for (size_t i = 0; i < l->message_n; i++)
		if (l->message[i].seq == seq)
			return &l->message[i];
	return NULL;
}

bool load_of_reporter(const struct loaded *l, uint32_t number)
{
	for (size_t i = 0; i < l->message_n; i++)
		if (l->message[i].number == number && !l->message[i].author)
			return true;
	return false;
}

struct seal_place load_place(const struct loaded *l, uint32_t seq, uint8_t type)
{
	struct seal_place at = { .sequence = seq, .type = type, .schema = SEAL_SCHEMA };
	memcpy(at.report, l->c.row.id, SEAL_ID);
	return at;
}

static int read_blob(struct desk *d, struct arena *a, const struct loaded *l, uint32_t seq, struct bytes *ret)
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT blob FROM message WHERE report = $1 AND seq = $2", S_BLOB(l->c.row.id, SEAL_ID),
		S_INT(seq));
	if (!err) {
		err = store_next(rows);
		struct bytes b = err == 1 ? store_blob(rows, 0) : bytes_of(NULL, 0);
		uint8_t *copy = b.n ? arena_alloc(a, b.n) : NULL;
		err = err < 0 ? err : !b.n ? -ENOENT : copy ? 0 : -ENOMEM;
		if (copy)
			memcpy(copy, b.p, b.n);
		*ret = bytes_of(copy, b.n);
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

int load_open(struct desk *d, struct arena *a, const struct actor *who, const struct loaded *l, uint32_t seq,
	struct bytes *ret)
{
	struct bytes blob;
	const struct stored *m = load_message(l, seq);
	int err = m ? read_blob(d, a, l, seq, &blob) : -ENOENT;
	if (err)
		return err;
	const struct seal_place at = load_place(l, seq, m->type);
	uint8_t *plain = arena_alloc(a, blob.n);
	size_t n;
	err = plain ? -EACCES : -ENOMEM;
	for (size_t i = 0; i < l->wrap_n && (err == -EACCES || err == -ENOENT); i++) {
		const struct keys_wrapped w = { l->wrap[i].epoch, l->wrap[i].number, l->wrap[i].wrap };
		if (w.number == m->number && !strcmp(l->wrap[i].unit, who->unit))
			err = keys_message_open(d->keys, who->session, &w, &at, blob, plain, &n);
	}
	if (!err)
		*ret = bytes_of(plain, n);
	return err == -ENOENT ? -EACCES : err;
}
