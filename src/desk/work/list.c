/* SPDX-License-Identifier: Apache-2.0 */
/* The queue. Pages are found by key (priority, due, id), never by counting over what came before. */
#include "desk/work/see.h"

#include "base/clock.h"
#include "desk/work/typed.h"

#include <errno.h>

static void which(struct sql *q, const struct actor *who, const struct work_filter *f, int64_t now)
{
	if (f->which != WORK_ALL) {
		sql_add(q, " AND ");
		sql_add(q, see_terms(who)->work);
		sql_add(q, " = 1");
	}
	if (f->which == WORK_MINE)
		sql_with(q, " AND r.assigned = ?", S_INT(who->member));
	else if (f->which == WORK_UNASSIGNED)
		sql_add(q, " AND r.assigned IS NULL");
	else if (f->which == WORK_WAITING)
		sql_add(q, see_national(who) ? " AND r.id IN (SELECT w.report FROM referral w WHERE w.state = 'proposed')"
					     : " AND f.state = 'referred'");
	else if (f->which == WORK_LATE) {
		sql_add(q, " AND ");
		sql_add(q, see_terms(who)->due);
		sql_with(q, " < ?", S_INT(now));
	}
}

static void filter(struct sql *q, const struct actor *who, const struct work_filter *f, int64_t now)
{
	which(q, who, f, now);
	if (f->state >= 0)
		sql_with(q, " AND r.state = ?", S_TEXT(case_state_name(CASE_REPORT, f->state)));
	if (f->priority >= 0)
		sql_with(q, " AND r.priority = ?", S_INT(f->priority));
	if (f->kind >= 0)
		sql_with(q, " AND r.kind = ?", S_TEXT(report_kind_name((enum report_kind)f->kind)));
	if (f->region && !*f->region)
		sql_add(q, " AND r.region IS NULL");
	else if (f->region)
		sql_with(q, " AND r.region = ?", S_TEXT(f->region));
}

static void after(struct sql *q, const struct actor *who, const struct typed_cursor *c)
{
	sql_add(q, " AND (r.priority, ");
	sql_add(q, see_terms(who)->due);
	sql_with(q, ", r.id) > (?", S_INT(c->priority));
	sql_with(q, ", ?", S_INT(c->due));
	sql_with(q, ", ?)", S_BLOB(c->id, SEAL_ID));
}

static const char *cursor_of(struct arena *a, const struct work_row *r)
{
	char text[TYPED_CURSOR];
	struct typed_cursor c = { r->priority, r->due ? r->due : SEE_NEVER, { 0 } };
	memcpy(c.id, r->id, SEAL_ID);
	typed_cursor_write(&c, text);
	return arena_text(a, text, strlen(text));
}

int work_list(struct desk *d, struct arena *a, const struct actor *who, const struct work_filter *f,
	struct work_row **ret, size_t *ret_n, const char **ret_after)
{
	struct sql q = { .n = 0 };
	struct typed_cursor c;
	struct store_tx *t;
	size_t n = 0;
	const int64_t now = clock_unix();
	if (f->state >= CR_COUNT || f->kind >= REPORT_KIND_COUNT)
		return -EINVAL;
	if (f->after && typed_cursor_read(f->after, &c))
		return ERR_MALFORMED;
	see_select(&q, who, now);
	filter(&q, who, f, now);
	if (f->after)
		after(&q, who, &c);
	see_end(&q, who, now);
	sql_add(&q, " ORDER BY r.priority, ");
	sql_add(&q, see_terms(who)->due);
	sql_with(&q, ", r.id LIMIT ?", S_INT(WORK_PAGE + 1));
	struct work_row *row = arena_array(a, WORK_PAGE + 1, sizeof *row);
	int err = row ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = see_rows(t, a, &q, now, WORK_PAGE + 1, row, &n);
	store_rollback(t);
	if (err)
		return err;
	*ret_after = n > WORK_PAGE ? cursor_of(a, &row[WORK_PAGE - 1]) : NULL;
	if (n > WORK_PAGE && !*ret_after)
		return -ENOMEM;
	*ret = row;
	*ret_n = MIN(n, (size_t)WORK_PAGE);
	return 0;
}
