/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for the first page and the wall. */
#include "desk/work/see.h"

#include "base/clock.h"

#include <stdio.h>

/* The first row's columns; nothing found: zeros. */
static int numbers(struct store_tx *t, const struct sql *q, int64_t *const *ret, unsigned n)
{
	struct store_rows *rows;
	int err = sql_query(t, q, &rows);
	if (err)
		return err;
	err = store_next(rows);
	for (unsigned i = 0; err == 1 && i < n; i++)
		*ret[i] = store_int(rows, i);
	store_end(rows);
	return MIN(err, 0);
}

static void still_open(struct sql *q, const struct actor *who)
{
	sql_add(q, " AND ");
	sql_add(q, see_terms(who)->work);
	sql_add(q, " = 1");
}

static int count_open(struct store_tx *t, const struct actor *who, int64_t now, struct work_counts *c)
{
	struct sql q = { .n = 0 };
	char columns[120];
	int64_t *const to[] = { &c->open, &c->unopened, &c->mine };
	(void)snprintf(columns, sizeof columns, "count(*), count(*) - count(r.opened), count(CASE WHEN r.assigned = $%u THEN 1 END)",
		sql_bind(&q, S_INT(who->member)));
	see_columns(&q, who, now, columns, "");
	still_open(&q, who);
	see_end(&q, who, now);
	return numbers(t, &q, to, ARRAY_LEN(to));
}

/* By time limit, so that the rules say how late each is. */
static int count_late(struct store_tx *t, const struct actor *who, int64_t now, struct work_counts *c)
{
	struct sql q = { .n = 0 };
	struct store_rows *rows;
	const struct see_terms *terms = see_terms(who);
	char columns[200];
	(void)snprintf(columns, sizeof columns, "%s, %s, count(*)", terms->since, terms->due);
	see_columns(&q, who, now, columns, "");
	still_open(&q, who);
	sql_add(&q, " AND r.priority IN (0, 1, 2, 3) AND "); /* all there are: what is late stands together in the index */
	sql_add(&q, terms->due);
	sql_with(&q, " < ?", S_INT(now));
	see_end(&q, who, now);
	sql_add(&q, " GROUP BY 1, 2");
	int err = sql_query(t, &q, &rows);
	if (err)
		return err;
	int64_t late = 0;
	while ((err = store_next(rows)) == 1) {
		unsigned step = case_escalation(store_int(rows, 0), store_int(rows, 1), now);
		c->late[MIN(step, 3u)] += store_int(rows, 2);
		late += store_int(rows, 2);
	}
	store_end(rows);
	c->late[0] += c->open - late;
	return err;
}

static int count_referrals(struct store_tx *t, const struct actor *who, int64_t now, struct work_counts *c)
{
	struct sql q = { .n = 0 };
	int64_t *const to[] = { &c->referrals_waiting };
	if (see_national(who))
		see_columns(&q, who, now, "count(*)", " JOIN referral w ON w.report = r.id AND w.state = 'proposed'");
	else {
		see_columns(&q, who, now, "count(*)", "");
		sql_add(&q, " AND f.state = 'referred'");
	}
	see_end(&q, who, now);
	return numbers(t, &q, to, ARRAY_LEN(to));
}

static int count_notices(struct store_tx *t, const struct actor *who, int64_t now, struct work_counts *c)
{
	struct sql q = { .n = 0 };
	int64_t *const to[] = { &c->notices_due };
	if (!see_national(who))
		return 0;
	see_columns(&q, who, now, "count(*)", " JOIN notice n ON n.report = r.id");
	sql_with(&q, " AND n.ended IS NULL AND n.due > 0 AND n.due <= ?", S_INT(now));
	see_end(&q, who, now);
	return numbers(t, &q, to, ARRAY_LEN(to));
}

/* Theirs, and those that anybody of the unit may do. */
static int count_tasks(struct store_tx *t, const struct actor *who, int64_t now, struct work_counts *c)
{
	struct sql q = { .n = 0 };
	int64_t *const to[] = { &c->tasks };
	see_columns(&q, who, now, "count(*)", " JOIN task k ON k.report = r.id");
	sql_with(&q, " AND k.done IS NULL AND k.unit = ?", S_TEXT(who->unit));
	sql_with(&q, " AND (k.member = ? OR k.member IS NULL)", S_INT(who->member));
	see_end(&q, who, now);
	return numbers(t, &q, to, ARRAY_LEN(to));
}

/* Reports that every member of the national desk is kept from. */
static int count_nobody(struct store_tx *t, int64_t now, struct work_counts *c)
{
	struct sql q = { .n = 0 };
	int64_t *const to[] = { &c->nobody };
	sql_add(&q, "SELECT count(*) FROM (SELECT k.id FROM report k WHERE k.restricted = 1 UNION SELECT e.report FROM excluded e) c"
		" JOIN report r ON r.id = c.id WHERE r.work = 1 AND NOT EXISTS (SELECT 1 FROM staff s WHERE s.unit = '" KEYS_NATIONAL
		"' AND s.gone IS NULL AND NOT EXISTS (SELECT 1 FROM excluded o WHERE o.report = r.id AND o.member = s.member)");
	sql_with(&q, " AND (s.role = ?", S_INT(KEYS_SUPERVISOR));
	sql_with(&q, " OR (s.role = ? AND (r.restricted = 0 OR EXISTS (SELECT 1 FROM access x WHERE x.report = r.id"
		" AND x.unit = s.unit AND x.member IN (0, s.member)", S_INT(KEYS_ANALYST));
	sql_with(&q, " AND x.until > ?)))))", S_INT(now));
	return numbers(t, &q, to, ARRAY_LEN(to));
}

static int count_all(struct store_tx *t, const struct actor *who, struct work_counts *c)
{
	const int64_t now = clock_unix();
	if (who->role == KEYS_ADMINISTRATOR)
		return count_nobody(t, now, c);
	int err = count_open(t, who, now, c);
	if (!err)
		err = count_late(t, who, now, c);
	if (!err)
		err = count_referrals(t, who, now, c);
	if (!err)
		err = count_notices(t, who, now, c);
	return err ? err : count_tasks(t, who, now, c);
}

int work_count(struct desk *d, const struct actor *who, struct work_counts *ret)
{
	struct store_tx *t;
	struct work_counts c = { 0 };
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = count_all(t, who, &c);
	store_rollback(t);
	if (!err)
		*ret = c;
	return err;
}
