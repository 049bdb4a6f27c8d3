/* SPDX-License-Identifier: Apache-2.0 */
/* Notices over all cases, for the list of what is to be done about them. */
#include "desk/work/see.h"

#include "base/clock.h"

#include <errno.h>

static int read_one(struct store_rows *rows, struct arena *a, int64_t now, struct work_notice_row *ret)
{
	struct bytes id = store_blob(rows, 0), report = store_blob(rows, 1);
	const char *kind = store_text(rows, 3), *channel = store_text(rows, 4);
	struct work_notice_row r = { .priority = (enum priority)store_int(rows, 5), .held = store_int(rows, 6) != 0,
		.sent = store_int(rows, 7), .acknowledged = store_int(rows, 8), .due = store_int(rows, 9), .handed = store_int(rows, 10) };
	if (id.n != SEAL_ID || report.n != SEAL_ID || !case_state_parse(CASE_NOTICE, store_text(rows, 2), &r.state))
		return ERR_FORMAT;
	memcpy(r.id, id.p, SEAL_ID);
	memcpy(r.report, report.p, SEAL_ID);
	r.kind = arena_text(a, kind, strlen(kind));
	r.channel = arena_text(a, channel, strlen(channel));
	r.late = case_escalation(store_int(rows, 11), r.due, now);
	*ret = r;
	return r.kind && r.channel ? 0 : -ENOMEM;
}

/* The numbers that begin with these bytes. */
static void begins_with(struct sql *q, struct bytes number, uint8_t first[SEAL_ID], uint8_t last[SEAL_ID])
{
	memset(first, 0, SEAL_ID);
	memset(last, 0xff, SEAL_ID);
	memcpy(first, number.p, MIN(number.n, SEAL_ID));
	memcpy(last, number.p, MIN(number.n, SEAL_ID));
	sql_with(q, " AND n.id >= ?", S_BLOB(first, SEAL_ID));
	sql_with(q, " AND n.id <= ?", S_BLOB(last, SEAL_ID));
}

int work_notices(struct desk *d, struct arena *a, const struct actor *who, struct bytes number, size_t cap,
	struct work_notice_row **ret, size_t *ret_n)
{
	struct sql q = { .n = 0 };
	struct store_tx *t;
	struct store_rows *rows;
	uint8_t first[SEAL_ID], last[SEAL_ID];
	int64_t now = clock_unix();
	size_t n = 0;
	if (!see_national(who))
		return -EACCES;
	*ret = arena_array(a, cap ? cap : 1, sizeof **ret);
	see_columns(&q, who, now, "n.id, n.report, n.state, n.kind, n.channel, r.priority, r.held, n.sent, n.acknowledged, n.due,"
		" n.handed, n.since", " JOIN notice n ON n.report = r.id");
	if (number.p)
		begins_with(&q, number, first, last);
	else
		sql_add(&q, " AND n.ended IS NULL");
	see_end(&q, who, now);
	sql_with(&q, " ORDER BY n.due, n.id LIMIT ?", S_INT((int64_t)cap));
	int err = *ret ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = sql_query(t, &q, &rows);
	if (!err) {
		while (n < cap && (err = store_next(rows)) == 1 && !(err = read_one(rows, a, now, &(*ret)[n])))
			n++;
		store_end(rows);
	}
	store_rollback(t);
	*ret_n = n;
	return MIN(err, 0);
}

int work_sees(struct desk *d, const struct actor *who, const uint8_t id[SEAL_ID])
{
	struct arena a;
	struct store_tx *t;
	struct work_row row;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	arena_init(&a, 0);
	err = see_one(t, &a, who, id, clock_unix(), &row);
	arena_done(&a);
	store_rollback(t);
	return err;
}
