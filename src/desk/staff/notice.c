/* SPDX-License-Identifier: Apache-2.0 */
/* One notice: its facts in clear, what is to be done, and the letter once it is opened. */
#include "desk/staff/notice.h"

#include "base/clock.h"
#include "base/hex.h"
#include "desk/notices/send.h"
#include "desk/post/post.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>

enum { HOUR = 3600 };
#define MAY(n, action) (((n)->may >> (action)) & 1)

/* --- finding it --- */

static int find_report(struct web_request *r, const uint8_t *id, uint8_t *ret)
{
	const struct actor who = staff_actor(staff_of(r));
	struct work_notice_row *row;
	size_t n;
	int err = work_notices(DESK(r), web_arena(r), &who, bytes_of(id, SEAL_ID), 1, &row, &n);
	if (!err && !n)
		err = -ENOENT;
	if (!err)
		memcpy(ret, row->report, SEAL_ID);
	return err;
}

bool notice_find(struct web_request *r, struct work_case *c, const struct work_notice **ret)
{
	uint8_t id[SEAL_ID], report[SEAL_ID];
	int err = hex_read(bytes_str(web_param(r, "id")), id, SEAL_ID) ? find_report(r, id, report) : -ENOENT;
	if (err == -ENOENT)
		staff_unseen(r);
	else if (err)
		web_status(r, 500);
	if (err)
		return false;
	if (!notice_case(r, report, c))
		return false;
	for (size_t i = 0; i < c->notice_n; i++) {
		if (!memcmp(c->notice[i].id, id, SEAL_ID)) {
			*ret = &c->notice[i];
			return true;
		}
	}
	web_status(r, 404);
	return false;
}

/* --- its facts --- */

static struct notice_line line_of(struct web_request *r, const struct work_case *c, const struct work_notice *n)
{
	struct work_notice_row row = { .priority = c->row.priority, .state = n->state, .kind = n->kind, .channel = n->channel,
		.sent = n->sent, .acknowledged = n->acknowledged, .due = n->due, .handed = n->handed, .held = c->row.held };
	memcpy(row.id, n->id, SEAL_ID);
	memcpy(row.report, c->row.id, SEAL_ID);
	return notice_line(r, &row);
}

/* "Monday ... (3 hours after sending)" */
static const char *after(struct web_request *r, const struct work_notice *n, int64_t at)
{
	struct arena *a = web_arena(r);
	enum lang l = web_lang(r);
	if (!n->sent || at < n->sent)
		return staff_hour(r, at);
	const char *passed = text_n(a, l, "{n} hour after sending", "{n} hours after sending", (at - n->sent) / HOUR);
	const char *s = arena_printf(a, "%s · %s", staff_hour(r, at), passed);
	return s ? s : "";
}

static int64_t offline_at(const struct work_notice *n)
{
	for (unsigned i = 0; i < n->recheck_n; i++)
		if (n->recheck[i].outcome && !strcmp(n->recheck[i].outcome, "offline"))
			return n->recheck[i].at;
	return 0;
}

static void add(struct notice_page *p, const char *label, const char *value)
{
	if (value && *value && p->fact_n < ARRAY_LEN(p->fact))
		p->fact[p->fact_n++] = (struct notice_fact){ label, value };
}

static void facts(struct web_request *r, const struct work_notice *n, struct notice_page *p)
{
	enum lang l = web_lang(r);
	add(p, text(l, "State"), p->line.state);
	add(p, text(l, "To be done"), p->line.due);
	add(p, text(l, "To"), p->line.kind);
	add(p, text(l, "Way"), p->line.channel);
	add(p, text(l, "Letter"), n->template);
	add(p, text(l, "Drafted by"), staff_member_name(r, n->drafted_by));
	add(p, text(l, "Sent"), staff_hour(r, n->sent));
	add(p, text(l, "Acknowledged"), n->acknowledged ? after(r, n, n->acknowledged) : NULL);
	add(p, text(l, "First seen offline"), offline_at(n) ? after(r, n, offline_at(n)) : NULL);
	add(p, text(l, "Ended"), staff_hour(r, n->ended));
}

static const char *outcome_words(enum lang l, const char *o)
{
	if (!o)
		return "";
	return !strcmp(o, "offline") ? text(l, "offline") : !strcmp(o, "moved") ? text(l, "moved to another address")
		: !strcmp(o, "still_up") ? text(l, "still there") : text(l, "unclear");
}

static int rechecks(struct web_request *r, const struct work_notice *n, struct notice_page *p)
{
	struct notice_recheck_row *row = arena_array(web_arena(r), n->recheck_n ? n->recheck_n : 1, sizeof *row);
	if (!row)
		return -ENOMEM;
	for (unsigned i = 0; i < n->recheck_n; i++) {
		const struct work_recheck *k = &n->recheck[i];
		row[i] = (struct notice_recheck_row){ k->n, staff_hour(r, k->due), staff_hour(r, k->at),
			outcome_words(web_lang(r), k->outcome), k->at ? staff_member_name(r, k->member) : "" };
	}
	p->recheck = row;
	p->recheck_n = n->recheck_n;
	return 0;
}

static void now_fields(struct web_request *r, struct notice_page *p)
{
	int64_t now = clock_unix();
	int64_t local = now + tz_offset(DESK(r)->zone, now);
	p->today = staff_day_field(web_arena(r), local);
	p->hour = (unsigned)civil_from_seconds(local).hour;
}

void notice_show(struct web_request *r, const struct work_case *c, const struct work_notice *n, const struct notice_said *said, int status)
{
	struct arena *a = web_arena(r);
	const char *path = arena_printf(a, "/staff/notices/%s", staff_hex(a, n->id, SEAL_ID));
	const char *new_path = arena_printf(a, "/staff/notices/new/%s", staff_hex(a, c->row.id, SEAL_ID));
	struct notice_page p = {
		.layout = staff_layout(r, N_("A removal notice")),
		.line = line_of(r, c, n),
		.version = n->version,
		.error = said->error ? text(web_lang(r), said->error) : NULL,
		.done = said->done ? text(web_lang(r), said->done) : NULL,
		.may_acknowledge = MAY(n, CA_ACKNOWLEDGE) && !n->acknowledged,
		.may_recheck = MAY(n, CA_RECHECK_OFFLINE),
		.may_end = MAY(n, CA_END_NOTICE),
		.end_needs_words = n->state != CN_OFFLINE && n->state != CN_MOVED,
		.moved = n->state == CN_MOVED,
		.letter = said->letter,
		.id = staff_hex(a, n->id, SEAL_ID),
		.by_mail = said->letter && said->letter->channel == CHANNEL_MAIL,
	};
	if (!path || !new_path || rechecks(r, n, &p)) {
		web_status(r, 500);
		return;
	}
	p.perhaps = p.line.perhaps;
	p.may_send = n->state == CN_DRAFTED && !p.perhaps && !c->row.held;
	p.action = arena_printf(a, "~%s", path);
	p.csrf = staff_csrf(r, path);
	p.new_action = arena_printf(a, "~%s", new_path);
	p.new_csrf = staff_csrf(r, new_path);
	facts(r, n, &p);
	now_fields(r, &p);
	page_notice(web_out(r), &p);
	web_page(r, status);
}

void staff_notice(struct web_request *r)
{
	struct work_case c;
	const struct work_notice *n;
	if (staff_may_national(r, NOTICE_STAFF) && notice_find(r, &c, &n))
		notice_show(r, &c, n, &(struct notice_said){ NULL }, 200);
}
