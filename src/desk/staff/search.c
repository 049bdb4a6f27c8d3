/* SPDX-License-Identifier: Apache-2.0 */
/* By number, address or account. A POST, though nothing changes: what is looked for must not stand in an
 * address, where browsers and proxies keep it. */
#include "desk/pages.h"
#include "desk/staff/case_pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>


static void show(struct web_request *r, struct search_page *p, int status)
{
	p->layout = staff_layout(r, N_("Search"));
	p->csrf = staff_csrf(r, "/staff/search");
	page_staff_search(web_out(r), p);
	web_page(r, status);
}

void staff_search(struct web_request *r)
{
	struct search_page p = { .typed = "" };
	if (staff_may(r, STAFF_READERS))
		show(r, &p, 200);
}

void staff_search_post(struct web_request *r)
{
	struct work_row *row = NULL;
	struct case_line *line = NULL;
	const char *typed = web_field(r, "typed");
	struct search_page p = { .typed = typed ? typed : "", .asked = true };
	if (!staff_may(r, STAFF_READERS))
		return;
	const struct actor who = staff_actor(staff_of(r));
	int err = *p.typed ? work_search(DESK(r), web_arena(r), &who, p.typed, &row, &p.row_n) : 0;
	if (!err)
		err = staff_lines(r, row, p.row_n, &line);
	p.row = line;
	if (err == -EAGAIN || err == -EBUSY)
		p.error = text(web_lang(r), "The key process is busy. Please try again in a moment.");
	if (err && !p.error)
		web_status(r, 500);
	else
		show(r, &p, p.error ? 429 : 200);
}
