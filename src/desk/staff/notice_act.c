/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with a notice: opened, printed, sent, answered, looked at again, ended. */
#include "desk/staff/notice.h"

#include "base/clock.h"
#include "desk/notices/send.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>

struct doing {
	struct web_request *r;
	struct work_case c;
	const struct work_notice *n;
	uint64_t seen; /* the version the person saw */
};

static void back(struct doing *d)
{
	web_redirect(d->r, arena_printf(web_arena(d->r), "~/staff/notices/%s", web_param(d->r, "id")));
}

static void refuse(struct doing *d, const char *why, int status)
{
	if (why)
		notice_show(d->r, &d->c, d->n, &(struct notice_said){ .error = why }, status);
	else
		web_status(d->r, 500);
}

static void finish(struct doing *d, int err, enum case_refusal why)
{
	if (!err)
		back(d);
	else
		refuse(d, notice_problem(err, why), err == -EAGAIN ? 409 : err == -EBUSY ? 429 : err == -EACCES ? 403 : 422);
}

static void act(struct doing *d, enum case_action action, const char *text, int64_t at)
{
	const struct actor who = staff_actor(staff_of(d->r));
	struct act a = { .action = action, .version = d->seen, .about = d->n->id, .text = text, .until = at };
	int err = work_act(DESK(d->r), &who, d->c.row.id, &a);
	finish(d, err, a.why);
}

/* --- the letter --- */

static bool open_letter(struct doing *d, struct notice_letter *l, struct reading_message *m)
{
	const struct actor who = staff_actor(staff_of(d->r));
	int err = notice_open(DESK(d->r), web_arena(d->r), &who, d->c.row.id, d->n, l, m);
	if (err)
		finish(d, err, CASE_MAY);
	return !err;
}

static void do_open(struct doing *d)
{
	struct notice_letter l;
	struct reading_message m;
	if (!open_letter(d, &l, &m))
		return;
	notice_show(d->r, &d->c, d->n, &(struct notice_said){ .letter = &l }, 200);
	notice_wipe(&m);
}

static void do_print(struct doing *d)
{
	struct notice_letter l;
	struct reading_message m;
	enum lang lang;
	if (!open_letter(d, &l, &m))
		return;
	if (!lang_parse(l.language, strlen(l.language), &lang))
		lang = web_lang(d->r);
	const struct notice_print_page p = { staff_layout(d->r, N_("Letter to print")), &l, notice_reference(web_arena(d->r), d->n->id),
		text_date(web_arena(d->r), lang, DESK(d->r)->zone, d->n->sent ? d->n->sent : clock_unix(), TEXT_DAY),
		DESK(d->r)->config->contact, arena_printf(web_arena(d->r), "~/staff/notices/%s", web_param(d->r, "id")) };
	page_notice_print(web_out(d->r), &p);
	web_page(d->r, 200);
	notice_wipe(&m);
}

/* --- sending --- */

static void do_send(struct doing *d)
{
	const struct actor who = staff_actor(staff_of(d->r));
	struct err_note note = { "" };
	enum case_refusal why = CASE_MAY;
	if (d->seen != d->n->version) {
		finish(d, -EAGAIN, why);
		return;
	}
	int err = notice_send(DESK(d->r), &who, &d->c, d->n, &why, &note);
	if (err == ERR_CHILD)
		refuse(d, N_("The mail program refused it. Nothing was sent, and the notice stays a draft."), 502);
	else if (err == ERR_CONFIG)
		refuse(d, N_("This desk sends no mail: 'mail' is not set in desk.yaml. Print the letter, or use the form."), 422);
	else if (err == -EINVAL)
		refuse(d, N_("This letter is not made for e-mail."), 422);
	else if (err == NOTICE_PERHAPS)
		back(d); /* the page says what it is */
	else
		finish(d, err, why);
}

static void do_sent(struct doing *d)
{
	act(d, CA_SEND, NULL, 0);
}

static void do_not_sent(struct doing *d)
{
	const struct actor who = staff_actor(staff_of(d->r));
	finish(d, notice_not_sent(DESK(d->r), &who, d->c.row.id, d->n), CASE_MAY);
}

/* --- what came back --- */

/* Day and hour of the form, in the desk's zone; -1: not a time. */
static int64_t hour_field(struct web_request *r)
{
	struct civil day;
	const char *date = staff_given(r, "day"), *hour = staff_given(r, "hour");
	char *end;
	if (!date || !hour || civil_parse_date(date, &day))
		return -1;
	long h = strtol(hour, &end, 10);
	if (*end || h < 0 || h > 23)
		return -1;
	day.hour = (int8_t)h;
	return tz_to_utc(DESK(r)->zone, civil_to_seconds(day));
}

static void at_hour(struct doing *d, enum case_action action)
{
	int64_t at = hour_field(d->r);
	if (at < 0)
		finish(d, -EINVAL, CASE_MAY);
	else
		act(d, action, staff_given(d->r, "words"), at);
}

static void do_acknowledge(struct doing *d)
{
	at_hour(d, CA_ACKNOWLEDGE);
}

static void do_recheck(struct doing *d)
{
	static const struct { const char *name; enum case_action action; } outcomes[] = { { "offline", CA_RECHECK_OFFLINE },
		{ "moved", CA_RECHECK_MOVED }, { "still_up", CA_RECHECK_UP }, { "unclear", CA_RECHECK_UNCLEAR } };
	const char *outcome = staff_given(d->r, "outcome");
	for (size_t i = 0; outcome && i < ARRAY_LEN(outcomes); i++) {
		if (!strcmp(outcomes[i].name, outcome)) {
			at_hour(d, outcomes[i].action);
			return;
		}
	}
	refuse(d, N_("Say what was seen."), 422);
}

static void do_end(struct doing *d)
{
	act(d, CA_END_NOTICE, staff_given(d->r, "words"), 0);
}

void staff_notice_post(struct web_request *r)
{
	static const struct { const char *go; void (*run)(struct doing *d); } ways[] = { { "open", do_open }, { "print", do_print },
		{ "send", do_send }, { "sent", do_sent }, { "not-sent", do_not_sent }, { "acknowledge", do_acknowledge },
		{ "recheck", do_recheck }, { "end", do_end } };
	struct doing d = { .r = r };
	if (!staff_may_national(r, NOTICE_STAFF) || !notice_find(r, &d.c, &d.n))
		return;
	const char *go = staff_given(r, "go"), *version = staff_given(r, "version");
	d.seen = version ? strtoull(version, NULL, 10) : UINT64_MAX;
	for (size_t i = 0; go && i < ARRAY_LEN(ways); i++) {
		if (!strcmp(ways[i].go, go)) {
			ways[i].run(&d);
			return;
		}
	}
	web_status(r, 400);
}
