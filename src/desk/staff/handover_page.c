/* SPDX-License-Identifier: Apache-2.0 */
/* Handing over a shift: words for the next, and one's open cases. */
#include "base/hex.h"
#include "desk/pages.h"
#include "desk/staff/field.h"
#include "desk/staff/pages.h"
#include "desk/staff/people.h"
#include "desk/staff/people_pages.h"
#include "desk/work/work.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

static struct handover_row row_of(struct web_request *r, const struct handover *h)
{
	return (struct handover_row){ .id = staff_hex(web_arena(r), h->id, SEAL_ID), .name = h->name,
		.at = text_date(web_arena(r), web_lang(r), DESK(r)->zone, h->at, TEXT_DAY_TIME), .mine = h->author == staff_of(r)->member };
}

static int fill(struct web_request *r, struct handover_page *p)
{
	struct handover *h;
	size_t n;
	int err = handover_list(DESK(r), web_arena(r), staff_of(r), &h, &n);
	if (err)
		return err;
	struct handover_row *row = arena_array(web_arena(r), n ? n : 1, sizeof *row);
	if (!row)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		row[i] = row_of(r, &h[i]);
		row[i].csrf = staff_csrf(r, arena_printf(web_arena(r), "/staff/handover/%s/open", row[i].id));
	}
	p->row = row;
	p->row_n = n;
	return staff_colleagues(r, staff_of(r)->unit, staff_of(r)->member, &p->other, &p->other_n);
}

static void show(struct web_request *r, const char *error, const char *good, int64_t cases, int status)
{
	struct handover_page p = {
		.layout = staff_layout(r, N_("Handing over a shift")),
		.error = error,
		.good = good,
		.cases = cases,
		.csrf = staff_csrf(r, "/staff/handover"),
		.csrf_cases = staff_csrf(r, "/staff/handover/cases"),
		.text = error ? web_field(r, "text") : NULL, /* what was typed stays */
	};
	if (fill(r, &p)) {
		web_status(r, 500);
		return;
	}
	page_handover(web_out(r), &p);
	web_page(r, status);
}

void staff_handover(struct web_request *r)
{
	if (staff_may(r, STAFF_READERS))
		show(r, NULL, web_query(r, "written") ? N_("It is sealed. Only members of your unit can open it.") : NULL, -1, 200);
}

void staff_handover_post(struct web_request *r)
{
	const char *text = web_field(r, "text");
	if (!staff_may(r, STAFF_READERS))
		return;
	int err = handover_write(DESK(r), staff_of(r), text ? text : "");
	if (err == -EINVAL)
		show(r, text && *text ? N_("The text is too long.") : N_("Write a few words first."), NULL, -1, 422);
	else if (err == -ENOENT)
		web_status(r, 409);
	else if (err)
		show(r, staff_not_kept, NULL, -1, 503);
	else
		web_redirect(r, "~/staff/handover?written=1");
}

void staff_handover_open(struct web_request *r)
{
	uint8_t id[SEAL_ID];
	struct handover h;
	struct bytes text = { NULL, 0 };
	if (!staff_may(r, STAFF_READERS))
		return;
	int err = hex_read(bytes_str(web_param(r, "id")), id, SEAL_ID)
		? handover_open(DESK(r), web_arena(r), staff_of(r), id, &h, &text) : -ENOENT;
	if (err == -EACCES) {
		show(r, N_("This cannot be opened with your keys."), NULL, -1, 403);
		return;
	}
	if (err == -ENOENT) {
		staff_unseen(r);
		return;
	}
	if (err) {
		web_status(r, err == -EAGAIN ? 429 : 500);
		return;
	}
	const struct handover_row row = row_of(r, &h);
	const struct handover_opened_page p = { staff_layout(r, N_("From the shift before")), &row, text };
	page_handover_opened(web_out(r), &p);
	web_page(r, 200);
	sodium_memzero((void *)(uintptr_t)text.p, text.n);
}

/* Somebody of the unit. */
static bool colleague(struct web_request *r, uint32_t *ret)
{
	const struct staff_choice *c;
	size_t n;
	const char *to = web_field(r, "to");
	*ret = to ? (uint32_t)strtoul(to, NULL, 10) : 0;
	if (!*ret || staff_colleagues(r, staff_of(r)->unit, staff_of(r)->member, &c, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (c[i].member == *ret)
			return true;
	return false;
}

void staff_handover_cases(struct web_request *r)
{
	uint32_t to;
	size_t n = 0;
	if (!staff_may(r, STAFF_READERS))
		return;
	const struct staff *s = staff_of(r);
	const struct actor who = { .member = s->member, .role = (enum keys_role)s->role, .unit = s->unit, .session = s->keys };
	if (!colleague(r, &to)) {
		show(r, N_("Say who goes on with the cases."), NULL, -1, 422);
		return;
	}
	if (work_reassign(DESK(r), &who, s->member, to, &n))
		web_status(r, 500);
	else
		show(r, NULL, N_("Your open cases and tasks are handed over."), (int64_t)n, 200);
}
