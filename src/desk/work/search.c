/* SPDX-License-Identifier: Apache-2.0 */
/* By number, or by what the blind index knows. What was typed stands in no log: a member who searches for
 * a person's account tells us so, and nobody else. */
#include "desk/work/match.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/work/typed.h"

#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

enum { TYPED_MAX = 2000 };

static int audited(struct desk *d, const struct actor *who, const char *action, const uint8_t *id, const char *detail)
{
	const struct audit_entry e = { who->member, (int)who->role, action, id, NULL, detail };
	return audit_now(d, &e);
}

/* --- by number --- */

static int by_number(struct desk *d, struct arena *a, const struct actor *who, const uint8_t *first, const uint8_t *last,
	struct work_row *row, size_t *ret_n)
{
	struct sql q = { .n = 0 };
	struct store_tx *t;
	const int64_t now = clock_unix();
	see_select(&q, who, now);
	sql_with(&q, " AND r.id >= ?", S_BLOB(first, SEAL_ID));
	sql_with(&q, " AND r.id <= ?", S_BLOB(last, SEAL_ID));
	see_end(&q, who, now);
	sql_with(&q, " ORDER BY r.id LIMIT ?", S_INT(WORK_PAGE));
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = see_rows(t, a, &q, now, WORK_PAGE, row, ret_n);
	store_rollback(t);
	return err;
}

/* --- by address, host or account --- */

struct typed { struct arena *a; struct submit_text text[6]; size_t n; };

static void put(struct typed *t, enum seal_blind_kind kind, const char *s)
{
	if (t->n < ARRAY_LEN(t->text))
		t->text[t->n++] = (struct submit_text){ kind, bytes_str(s) };
}

static int put_account(struct typed *t, const char *platform, const char *name)
{
	const char *account;
	int err = *name ? report_canonical_account(t->a, platform, name, &account) : ERR_MALFORMED;
	if (!err)
		put(t, SEAL_BLIND_ACCOUNT, account);
	return err == -ENOMEM ? err : 0;
}

/* "instagram some.name", "instagram: some.name" */
static int put_platform(struct typed *t, const char *typed)
{
	size_t n = strcspn(typed, " :");
	const char *platform = arena_text(t->a, typed, n), *name = typed + n + strspn(typed + n, " :");
	return !platform ? -ENOMEM : n && *name ? put_account(t, platform, name) : 0;
}

static int texts(struct typed *t, const char *typed)
{
	const char *url, *host;
	int err = report_canonical_url(t->a, typed, &url);
	if (!err) {
		put(t, SEAL_BLIND_ADDRESS, url);
		if (!report_canonical_host(t->a, url, &host))
			put(t, SEAL_BLIND_HOST, host);
	}
	if (err != -ENOMEM)
		err = put_account(t, NULL, typed);
	return err ? err : put_platform(t, typed);
}

static int by_index(struct desk *d, struct arena *a, const struct actor *who, const char *typed, struct work_row *row,
	size_t *ret_n)
{
	struct typed t = { .a = a };
	struct matches m;
	struct work_like *like = arena_array(a, WORK_PAGE, sizeof *like);
	int err = like ? texts(&t, typed) : -ENOMEM;
	if (!err)
		err = match_find(d, a, who, t.text, t.n, &m);
	if (!err)
		err = match_rows(d, a, who, &m, WORK_PAGE, like, ret_n);
	for (size_t i = 0; !err && i < *ret_n; i++)
		row[i] = like[i].row;
	return err;
}

int work_search(struct desk *d, struct arena *a, const struct actor *who, const char *typed, struct work_row **ret,
	size_t *ret_n)
{
	uint8_t first[SEAL_ID], last[SEAL_ID];
	size_t n = strlen(typed);
	while (n && isspace((unsigned char)typed[n - 1]))
		n--;
	while (n && isspace((unsigned char)*typed))
		typed++, n--;
	char *text = n && n <= TYPED_MAX ? arena_text(a, typed, n) : NULL;
	struct work_row *row = arena_array(a, WORK_PAGE, sizeof *row);
	*ret_n = 0;
	*ret = row;
	if (!row || (n && n <= TYPED_MAX && !text))
		return -ENOMEM;
	if (!text || !case_who(who->role, who->unit))
		return 0;
	const bool is_number = typed_number(text, first, last);
	int err = audited(d, who, "search", NULL, is_number ? "number" : "index");
	if (!err && is_number)
		err = by_number(d, a, who, first, last, row, ret_n);
	if (!err && !*ret_n)
		err = by_index(d, a, who, text, row, ret_n);
	sodium_memzero(text, n);
	return err;
}

/* --- what is like one report --- */

/* Same address first, then account, then host. */
static int by_likeness(const void *x, const void *y)
{
	const struct match *a = x, *b = y;
	const unsigned of[][2] = { { a->addresses, b->addresses }, { a->accounts, b->accounts }, { a->hosts, b->hosts } };
	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (of[i][0] != of[i][1])
			return of[i][0] < of[i][1] ? 1 : -1;
	return memcmp(a->id, b->id, SEAL_ID);
}

static void leave_out(struct matches *m, const uint8_t id[SEAL_ID])
{
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++)
		if (memcmp(m->of[i].id, id, SEAL_ID) != 0)
			m->of[n++] = m->of[i];
	m->n = n;
}

static int texts_of(struct desk *d, struct arena *a, const struct actor *who, const struct loaded *l, struct submit_text *ret,
	size_t *ret_n)
{
	struct report r;
	struct bytes plain;
	int err = load_open(d, a, who, l, 0, &plain);
	if (err)
		return err;
	err = report_read(a, plain, &r, NULL);
	if (!err)
		err = submit_texts(a, &r, ret, ret_n);
	sodium_memzero((void *)(uintptr_t)plain.p, plain.n);
	return err;
}

/* As one.c: the same to them, and to the clock, as what is not there. */
static int unseen(struct desk *d, const struct actor *who, const uint8_t *id)
{
	const struct audit_entry e = { who->member, (int)who->role, "refused", id, "case.like", "not there for them" };
	int err = audit_now(d, &e);
	return err ? err : -ENOENT;
}

int work_like(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], size_t cap,
	struct work_like **ret, size_t *ret_n)
{
	struct loaded l;
	struct matches m;
	size_t n = 0;
	struct submit_text *text = arena_array(a, SUBMIT_BLIND_MAX, sizeof *text);
	struct work_like *like = arena_array(a, cap + 1, sizeof *like);
	int err = text && like ? load_case_now(d, a, who, id, &l) : -ENOMEM;
	if (!err && !see_national(who))
		err = -ENOENT;
	if (err == -ENOENT)
		return unseen(d, who, id);
	if (!err)
		err = audited(d, who, "case.like", id, NULL);
	if (!err)
		err = texts_of(d, a, who, &l, text, &n);
	if (!err)
		err = match_find(d, a, who, text, n, &m);
	if (err)
		return err;
	leave_out(&m, id);
	if (m.n)
		qsort(m.of, m.n, sizeof *m.of, by_likeness);
	*ret = like;
	return match_rows(d, a, who, &m, cap, like, ret_n);
}
