/* SPDX-License-Identifier: Apache-2.0 */
/* Reports about the same address, host or account: side by side, and one made the main one. */
#include "desk/staff/case.h"

#include "desk/pages.h"
#include "desk/staff/directory.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>

enum { LIKE_MAX = 20, SIDES = 5 };
#define OFFICE (STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR))

/* "2 addresses, 1 account" */
static const char *shares(struct web_request *r, const struct work_like *w)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	const char *out = NULL;
	if (w->addresses)
		out = text_n(a, l, "{n} address in common", "{n} addresses in common", w->addresses);
	if (w->accounts)
		out = staff_and(a, l, out, text_n(a, l, "{n} account in common", "{n} accounts in common", w->accounts));
	if (w->hosts)
		out = staff_and(a, l, out, text_n(a, l, "{n} site in common", "{n} sites in common", w->hosts));
	return out ? out : "";
}

static const char *day(struct web_request *r, int64_t at)
{
	return text_date(web_arena(r), web_lang(r), DESK(r)->zone, at, TEXT_DAY);
}

static bool is_duplicate_of(const struct work_case *c, const struct work_row *row)
{
	for (size_t i = 0; i < c->duplicate_n; i++)
		if (!memcmp(c->duplicate[i].id, row->id, SEAL_ID))
			return true;
	return false;
}

static bool can_be_duplicate(int state)
{
	return state == CR_TRIAGE || state == CR_NEED_INFO || state == CR_ASSESSING;
}

static int one(struct web_request *r, const struct work_case *c, const struct case_line *ours, const struct work_like *w,
	struct like_one *ret)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	struct case_line *line = NULL;
	struct like_side *side = arena_array(a, SIDES, sizeof *side);
	const char *hex = staff_hex(a, w->row.id, SEAL_ID);
	int err = side && hex ? staff_lines(r, &w->row, 1, &line) : -ENOMEM;
	const char *path = err ? NULL : arena_printf(a, "/staff/reports/%s/do/duplicate", hex);
	if (!path)
		return err ? err : -ENOMEM;
	side[0] = (struct like_side){ text(l, "State"), ours->state, line->state };
	side[1] = (struct like_side){ text(l, "Priority"), ours->priority, line->priority };
	side[2] = (struct like_side){ text(l, "About"), ours->kind, line->kind };
	side[3] = (struct like_side){ text(l, "Received"), day(r, c->row.received), day(r, w->row.received) };
	side[4] = (struct like_side){ text(l, "Region"), ours->region, line->region };
	*ret = (struct like_one){ .row = line, .id = hex, .shares = shares(r, w), .csrf = staff_csrf(r, path),
		.version = case_number(a, w->row.version), .side = side, .side_n = SIDES, .is_ours = is_duplicate_of(c, &w->row),
		.may_this = case_may(c, CA_DUPLICATE) && w->row.state != CR_DUPLICATE,
		.may_that = !c->is_duplicate && can_be_duplicate(w->row.state), .untaken = w->row.state == CR_RECEIVED };
	return 0;
}

static int fill(struct web_request *r, const struct work_case *c, struct like_page *p)
{
	struct work_like *w = NULL;
	struct case_line *line = NULL;
	size_t n = 0;
	const struct actor who = staff_actor(staff_of(r));
	int err = work_like(DESK(r), web_arena(r), &who, c->row.id, LIKE_MAX, &w, &n);
	struct like_one *of = err ? NULL : arena_array(web_arena(r), n ? n : 1, sizeof *of);
	if (!err)
		err = of ? staff_lines(r, &c->row, 1, &line) : -ENOMEM;
	for (size_t i = 0; i < n && !err; i++)
		err = one(r, c, line, &w[i], &of[i]);
	p->row = line;
	p->of = of;
	p->n = n;
	return err;
}

void staff_case_like(struct web_request *r)
{
	struct work_case c;
	if (!staff_may_national(r, OFFICE) || !case_load(r, &c))
		return;
	struct like_page p = {
		.layout = staff_layout(r, N_("Others like it")),
		.id = staff_hex(web_arena(r), c.row.id, SEAL_ID),
		.csrf = staff_csrf(r, case_path(r, &c, "/do/duplicate") + 1),
		.version = case_number(web_arena(r), c.row.version),
	};
	if (fill(r, &c, &p)) {
		web_status(r, 500);
		return;
	}
	page_staff_like(web_out(r), &p);
	web_page(r, 200);
}
