/* SPDX-License-Identifier: Apache-2.0 */
/* What is late or due soon, to be read from afar: short numbers, states and times, no name and no word of a
 * report. It renews itself each minute, unless ?still is asked for. */
#include "base/clock.h"
#include "desk/pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/people.h"
#include "desk/staff/people_pages.h"
#include "desk/staff/show.h"

#include <errno.h>

enum { SOON = 4 * 3600, ROWS = 12 };

static struct wall_row row_of(struct web_request *r, const struct work_row *w, int64_t now)
{
	const enum lang l = web_lang(r);
	return (struct wall_row){
		.number = staff_hex(web_arena(r), w->id, 4),
		.state = text(l, case_state_label(CASE_REPORT, w->state)),
		.due = staff_due(web_arena(r), l, now, w->due, w->late),
		.taken = w->assigned ? text(l, N_("taken")) : text(l, N_("nobody has it")),
		.late = w->late,
	};
}

/* The first page of a priority is in the order of its time limits: late ones first, then those due soon. */
static int fill(struct web_request *r, enum priority p, int64_t now, struct wall_part *ret)
{
	struct work_row *w = NULL;
	size_t n = 0, kept = 0;
	const char *after;
	const struct actor who = staff_actor(staff_of(r));
	const struct work_filter f = { .state = -1, .priority = (int)p, .kind = -1 };
	int err = work_list(DESK(r), web_arena(r), &who, &f, &w, &n, &after);
	struct wall_row *row = err ? NULL : arena_array(web_arena(r), ROWS, sizeof *row);
	if (!row)
		return err ? err : -ENOMEM;
	*ret = (struct wall_part){ .priority = staff_priority(web_lang(r), p), .row = row };
	for (size_t i = 0; i < n; i++) {
		if (!w[i].due || w[i].due > now + SOON)
			continue;
		if (kept < ROWS)
			row[kept++] = row_of(r, &w[i], now);
		else
			ret->more++;
	}
	ret->row_n = kept;
	return 0;
}

void staff_wall(struct web_request *r)
{
	struct work_counts c = { 0 };
	struct wall_part part[WALL_PARTS];
	int64_t now = clock_unix();
	if (!staff_may(r, STAFF_READERS))
		return;
	const struct actor who = staff_actor(staff_of(r));
	int err = work_count(DESK(r), &who, &c);
	for (int p = PRIORITY_P0; p <= PRIORITY_P3 && !err; p++)
		err = fill(r, (enum priority)p, now, &part[p]);
	if (err) {
		web_status(r, 500);
		return;
	}
	const struct wall_page page = {
		.layout = staff_layout(r, N_("Wall")),
		.part = part,
		.unopened = c.unopened,
		.open = c.open,
		.late = c.late[1] + c.late[2] + c.late[3],
		.at = text_date(web_arena(r), web_lang(r), DESK(r)->zone, now, TEXT_TIME),
		.still = web_query(r, "still") != NULL,
	};
	if (!page.still)
		web_header_set(r, "Refresh", "60");
	page_wall(web_out(r), &page);
	web_page(r, 200);
}
