/* SPDX-License-Identifier: Apache-2.0 */
/* The list of notices: what is to be looked at again, what nobody answered, what waits to be sent. */
#include "desk/staff/notices.h"

#include "base/clock.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>

enum { LIST_MAX = 300, UNANSWERED = 24 * 3600 };

static const char *due_words(struct web_request *r, int64_t due)
{
	const char *const args[] = { staff_hour(r, due), NULL };
	if (!due)
		return "";
	if (due < clock_unix())
		return text_fill(web_arena(r), web_lang(r), "Late: was due on {0}", args);
	return text_fill(web_arena(r), web_lang(r), "Due on {0}", args);
}

struct notice_line notice_line(struct web_request *r, const struct work_notice_row *row)
{
	struct arena *a = web_arena(r);
	enum lang l = web_lang(r);
	enum recipient_kind kind;
	enum notice_channel channel;
	const char *report = staff_hex(a, row->report, SEAL_ID), *id = staff_hex(a, row->id, SEAL_ID);
	struct notice_line line = {
		.href = arena_printf(a, "~/staff/notices/%s", id ? id : ""),
		.reference = notice_reference(a, row->id),
		.report_href = arena_printf(a, "~/staff/reports/%s", report ? report : ""),
		.report = arena_printf(a, "%.8s", report ? report : ""),
		.kind = recipient_kind_parse(row->kind, &kind) ? text(l, recipient_kind_label(kind)) : row->kind,
		.channel = notice_channel_parse(row->channel, &channel) ? text(l, notice_channel_label(channel)) : row->channel,
		.priority = arena_printf(a, "P%d", (int)row->priority),
		.state = text(l, case_state_label(CASE_NOTICE, row->state)),
		.due = due_words(r, row->due),
		.late = row->due && row->due < clock_unix(),
		.held = row->held,
		.perhaps = row->state == CN_DRAFTED && row->handed,
	};
	if (line.perhaps)
		line.state = text(l, "Perhaps sent: look into the mail program’s log");
	return line;
}

/* Which list a notice stands in: the first that fits. */
static unsigned list_of(const struct work_notice_row *row, int64_t now)
{
	if (row->state == CN_DRAFTED)
		return row->handed ? 0 : 1;
	if (row->due && row->due <= now)
		return 2;
	return row->state == CN_SENT && !row->acknowledged && now - row->sent >= UNANSWERED ? 3 : 4;
}

static int fill(struct web_request *r, struct bytes number, struct notices_page *p)
{
	struct work_notice_row *row;
	size_t n = 0;
	enum lang l = web_lang(r);
	const struct actor who = staff_actor(staff_of(r));
	static const struct { const char *id, *title; } lists[NOTICE_LISTS] = { { "perhaps", N_("Perhaps sent: somebody has to look") },
		{ "drafts", N_("Drafts to be sent") }, { "due", N_("To be looked at again now") }, { "unanswered", N_("Not answered for a day") },
		{ "others", N_("Others") } };
	int err = work_notices(DESK(r), web_arena(r), &who, number, LIST_MAX, &row, &n);
	for (unsigned i = 0; i < NOTICE_LISTS && !err; i++) {
		p->list[i] = (struct notice_list){ lists[i].id, text(l, lists[i].title), arena_array(web_arena(r), n ? n : 1, sizeof(struct notice_line)), 0 };
		err = p->list[i].line ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < n && !err; i++) {
		struct notice_list *to = &p->list[list_of(&row[i], clock_unix())];
		to->line[to->n++] = notice_line(r, &row[i]);
	}
	p->none = !n;
	return err;
}

void staff_notices(struct web_request *r)
{
	uint8_t number[LETTER_NUMBER];
	if (!staff_may_national(r, NOTICE_STAFF))
		return;
	struct notices_page p = { .layout = staff_layout(r, N_("Removal notices")), .q = web_query(r, "q") };
	bool asked = p.q && *p.q, good = asked && notice_reference_read(p.q, number);
	if (asked && !good)
		p.error = text(web_lang(r), "A reference looks like this: N-3F2A9-1BC07.");
	if (fill(r, good ? bytes_of(number, sizeof number) : bytes_of(NULL, 0), &p)) {
		web_status(r, 500);
		return;
	}
	page_notices(web_out(r), &p);
	web_page(r, 200);
}

bool notice_case(struct web_request *r, const uint8_t report[SEAL_ID], struct work_case *ret)
{
	const struct actor who = staff_actor(staff_of(r));
	int err = work_case(DESK(r), web_arena(r), &who, report, ret);
	if (err)
		web_status(r, err == -ENOENT ? 404 : 500);
	return !err;
}

const char *notice_problem(int err, enum case_refusal why)
{
	switch (err) {
	case ERR_REFUSED:
		return case_refusal_label(why);
	case -EAGAIN:
		return N_("Somebody changed this meanwhile. Look at it as it is now, then decide again.");
	case -EBUSY:
		return N_("Too many messages were opened in a short time. Wait a minute, then try again.");
	case -EACCES:
		return N_("This message cannot be opened with your keys.");
	case -EINVAL:
		return N_("Something that was entered does not fit: the day and hour lie between sending and now.");
	case ERR_LIMIT:
		return N_("This is too long.");
	case ERR_MALFORMED:
		return N_("This letter cannot be read any more.");
	default:
		return NULL;
	}
}
