/* SPDX-License-Identifier: Apache-2.0 */
/* What colleagues asked of this person: tasks and second opinions that are not done. */
#include "desk/pages.h"
#include "desk/staff/case_pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include "base/clock.h"

#include <errno.h>


static int fill(struct web_request *r, struct tasks_page *p)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	const int64_t now = clock_unix();
	struct work_task_row *w = NULL;
	struct staff_people people;
	size_t n = 0;
	const struct actor who = staff_actor(staff_of(r));
	int err = work_tasks(DESK(r), a, &who, &w, &n);
	if (!err)
		err = staff_people(r, &people);
	struct task_line *task = err ? NULL : arena_array(a, n ? n : 1, sizeof *task);
	struct case_line *line = err ? NULL : arena_array(a, n ? n : 1, sizeof *line);
	if (!task || !line)
		return err ? err : -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *by[] = { staff_name(&people, l, w[i].task.asked_by), NULL };
		line[i] = staff_line(r, &people, &w[i].row);
		task[i] = (struct task_line){ &line[i], !strcmp(w[i].task.kind, "opinion") ? text(l, "Second opinion") : text(l, "Task"),
			text_fill(a, l, "Asked by {0}", by), staff_due(a, l, now, w[i].task.due, 0), now >= w[i].task.due };
	}
	p->task = task;
	p->task_n = n;
	return 0;
}

void staff_tasks(struct web_request *r)
{
	struct tasks_page p = { .task_n = 0 };
	if (!staff_may(r, STAFF_READERS))
		return;
	p.layout = staff_layout(r, N_("My tasks"));
	if (fill(r, &p)) {
		web_status(r, 500);
		return;
	}
	page_staff_tasks(web_out(r), &p);
	web_page(r, 200);
}
