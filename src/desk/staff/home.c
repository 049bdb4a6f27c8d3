/* SPDX-License-Identifier: Apache-2.0 */
/* The first page after signing in: what needs this person now. Imminent danger first, then what is late. */
#include "base/clock.h"
#include "desk/duty/handover.h"
#include "desk/duty/roster.h"
#include "desk/pages.h"
#include "desk/post/post.h"
#include "desk/staff/case_pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>

enum { LISTS = 3, FEW = 6, CARDS = 12 };

struct filling {
	struct web_request *r;
	struct home_card *card;
	struct home_list *list;
	size_t card_n, list_n;
};

static void card(struct filling *f, const char *href, const char *title, const char *words)
{
	f->card[f->card_n++] = (struct home_card){ href, text(web_lang(f->r), title), words };
}

/* What stands under "Imminent danger" is not said again below it. */
static size_t without_danger(struct work_row *row, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (row[i].priority != PRIORITY_P0)
			row[kept++] = row[i];
	return kept;
}

/* The first few, and a link to all of them where there are more. */
static int list(struct filling *f, const char *title, const struct work_filter *which, const char *all, bool urgent)
{
	struct work_row *row = NULL;
	struct case_line *line = NULL;
	const char *after;
	size_t n = 0;
	const struct actor who = staff_actor(staff_of(f->r));
	int err = work_list(DESK(f->r), web_arena(f->r), &who, which, &row, &n, &after);
	if (!err && !urgent)
		n = without_danger(row, n);
	if (!err)
		err = staff_lines(f->r, row, MIN(n, (size_t)FEW), &line);
	if (err || !n)
		return err;
	f->list[f->list_n++] = (struct home_list){ text(web_lang(f->r), title), n > FEW ? all : NULL,
		text(web_lang(f->r), "All of them"), line, MIN(n, (size_t)FEW), urgent };
	return 0;
}

static int lists(struct filling *f)
{
	const struct work_filter danger = { .state = -1, .priority = PRIORITY_P0, .kind = -1 },
		late = { .state = -1, .priority = -1, .kind = -1, .which = WORK_LATE },
		mine = { .state = -1, .priority = -1, .kind = -1, .which = WORK_MINE };
	int err = list(f, N_("Imminent danger"), &danger, "~/staff/reports?priority=0", true);
	if (!err)
		err = list(f, N_("Late"), &late, "~/staff/reports?which=late", false);
	if (!err && staff_is_national(staff_of(f->r)))
		err = list(f, N_("Yours"), &mine, "~/staff/reports?which=mine", false);
	return err;
}

static void national_cards(struct filling *f, const struct work_counts *c)
{
	struct arena *a = web_arena(f->r);
	const enum lang l = web_lang(f->r);
	card(f, "~/staff/reports", N_("Queue"),
		text_n(a, l, "{n} report waits to be opened", "{n} reports wait to be opened", c->unopened));
	if (c->referrals_waiting)
		card(f, "~/staff/reports?which=waiting", N_("To be signed"),
			text_n(a, l, "{n} referral waits for a supervisor", "{n} referrals wait for a supervisor", c->referrals_waiting));
	if (c->notices_due)
		card(f, "~/staff/notices", N_("Removal notices"),
			text_n(a, l, "{n} notice is to be looked at again", "{n} notices are to be looked at again", c->notices_due));
}

static void unit_cards(struct filling *f, const struct work_counts *c)
{
	card(f, "~/staff/reports", N_("Referrals"), text_n(web_arena(f->r), web_lang(f->r),
		"{n} referral waits to be accepted", "{n} referrals wait to be accepted", c->referrals_waiting));
}

/* Words from the shift before, for who is at the desk now. */
static int handed_over(struct filling *f)
{
	struct handover *h;
	size_t n;
	bool on = false;
	int err = handover_list(DESK(f->r), web_arena(f->r), staff_of(f->r), &h, &n);
	if (!err)
		err = roster_is_on(DESK(f->r), staff_of(f->r), DUTY_DESK, &on);
	if (err || !on || !n || h[0].author == staff_of(f->r)->member || h[0].at < clock_unix() - 24 * 3600)
		return err;
	card(f, "~/staff/handover", N_("From the shift before"), h[0].name);
	return 0;
}

static int cases(struct filling *f)
{
	struct work_counts c = { 0 };
	struct arena *a = web_arena(f->r);
	const enum lang l = web_lang(f->r);
	const struct actor who = staff_actor(staff_of(f->r));
	int err = work_count(DESK(f->r), &who, &c);
	if (!err)
		err = lists(f);
	if (!err)
		err = handed_over(f);
	if (err)
		return err;
	(staff_is_national(staff_of(f->r)) ? national_cards : unit_cards)(f, &c);
	card(f, "~/staff/tasks", N_("My tasks"), text_n(a, l, "{n} task or opinion asked of you", "{n} tasks and opinions asked of you", c.tasks));
	card(f, "~/staff/search", N_("Search"), text(l, "By number, address or account."));
	card(f, "~/staff/report", N_("Enter a report for someone"), text(l, "By telephone or at the counter."));
	return 0;
}

/* Reports that nobody may open, since all who could are named in them: only an administrator can invite. */
static int nobodys(struct filling *f)
{
	struct work_counts c = { 0 };
	const struct actor who = staff_actor(staff_of(f->r));
	int err = work_count(DESK(f->r), &who, &c);
	if (!err && c.nobody)
		card(f, "~/staff/members", N_("Somebody must be invited"), text_n(web_arena(f->r), web_lang(f->r),
			"{n} report can be opened by nobody of the desk: all are named in it or have stepped aside.",
			"{n} reports can be opened by nobody of the desk: all are named in them or have stepped aside.", c.nobody));
	return err;
}

static int by_role(struct filling *f, bool reads)
{
	int err = 0;
	if (reads)
		err = cases(f);
	else if (staff_of(f->r)->role == KEYS_ADMINISTRATOR)
		err = nobodys(f);
	card(f, "~/staff/members", N_("Members and keys"), "");
	if (staff_of(f->r)->role == KEYS_ADMINISTRATOR) {
		card(f, "~/staff/settings", N_("Settings, and opening this desk to the public"), "");
		card(f, "~/staff/partners", N_("Partners’ systems"), "");
	}
	return err;
}

void staff_home(struct web_request *r)
{
	if (!staff_may(r, STAFF_ANYBODY))
		return;
	const struct staff *s = staff_of(r);
	struct filling f = { .r = r, .card = arena_array(web_arena(r), CARDS, sizeof *f.card),
		.list = arena_array(web_arena(r), LISTS, sizeof *f.list) };
	const bool reads = STAFF_READERS & STAFF_ROLE(s->role), runs = s->role == KEYS_ADMINISTRATOR || s->role == KEYS_SUPERVISOR;
	if (!f.card || !f.list || by_role(&f, reads)) {
		web_status(r, 500);
		return;
	}
	const struct home_page p = { .layout = staff_layout(r, N_("The desk")), .me = s, .role = staff_role_name(web_lang(r), s->role),
		.list = f.list, .list_n = f.list_n, .card = f.card, .card_n = f.card_n, .reads = reads,
		.alone = !s->factor, .silent = runs && !post_configured(DESK(r)) };
	page_staff_home(web_out(r), &p);
	web_page(r, 200);
}
