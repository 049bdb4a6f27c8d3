/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of one person, over all reports they may see. */
#include "desk/work/see.h"

#include "base/clock.h"

#include <errno.h>

enum { LOOKED_AT = 4 * WORK_PAGE }; /* some are of reports that the person must not find */

struct asked { struct work_task task; uint8_t report[SEAL_ID]; };

static int read_asked(struct store_rows *rows, struct arena *a, struct asked *ret)
{
	struct bytes id = store_blob(rows, 0), report = store_blob(rows, 1);
	const char *kind = store_text(rows, 2);
	*ret = (struct asked){ .task = { .kind = arena_text(a, kind, strlen(kind)), .member = (uint32_t)store_int(rows, 3),
		.asked_by = (uint32_t)store_int(rows, 4), .text = (uint32_t)store_int(rows, 5), .due = store_int(rows, 6) } };
	if (id.n != SEAL_ID || report.n != SEAL_ID)
		return ERR_FORMAT;
	memcpy(ret->task.id, id.p, SEAL_ID);
	memcpy(ret->report, report.p, SEAL_ID);
	return ret->task.kind ? 0 : -ENOMEM;
}

static int all_asked(struct store_tx *t, struct arena *a, const struct actor *who, struct asked *ret, size_t *ret_n)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, "SELECT id, report, kind, member, asked_by, text, due FROM task"
		" WHERE done IS NULL AND unit = $1 AND (member IS NULL OR member = $2) ORDER BY due, id LIMIT $3", S_TEXT(who->unit),
		S_INT(who->member), S_INT(LOOKED_AT));
	if (err)
		return err;
	while (*ret_n < LOOKED_AT && (err = store_next(rows)) == 1 && !(err = read_asked(rows, a, &ret[*ret_n])))
		++*ret_n;
	store_end(rows);
	return MIN(err, 0);
}

static int with_rows(struct store_tx *t, struct arena *a, const struct actor *who, const struct asked *asked, size_t n,
	struct work_task_row *ret, size_t *ret_n)
{
	const int64_t now = clock_unix();
	for (size_t i = 0; i < n && *ret_n < WORK_PAGE; i++) {
		struct work_task_row *row = &ret[*ret_n];
		int err = see_one(t, a, who, asked[i].report, now, &row->row);
		if (err && err != -ENOENT)
			return err;
		row->task = asked[i].task;
		*ret_n += !err;
	}
	return 0;
}

int work_tasks(struct desk *d, struct arena *a, const struct actor *who, struct work_task_row **ret, size_t *ret_n)
{
	struct store_tx *t;
	size_t asked_n = 0, n = 0;
	struct asked *asked = arena_array(a, LOOKED_AT, sizeof *asked);
	struct work_task_row *row = arena_array(a, WORK_PAGE, sizeof *row);
	int err = asked && row ? store_begin(d->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = all_asked(t, a, who, asked, &asked_n);
	if (!err)
		err = with_rows(t, a, who, asked, asked_n, row, &n);
	store_rollback(t);
	*ret = row;
	*ret_n = n;
	return err;
}
