/* SPDX-License-Identifier: Apache-2.0 */
/* One case: what stands in clear, its messages closed, and what can be done now. */
#include "desk/staff/case.h"

#include "base/clock.h"
#include "desk/notices/letter.h"
#include "desk/pages.h"
#include "desk/staff/act.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>

/* --- for all pages of a case --- */

bool case_load(struct web_request *r, struct work_case *ret)
{
	uint8_t id[SEAL_ID];
	const struct actor who = staff_actor(staff_of(r));
	int err = staff_id(web_param(r, "id"), id) ? work_case(DESK(r), web_arena(r), &who, id, ret) : -ENOENT;
	if (err)
		web_status(r, err == -ENOENT ? 404 : 500);
	return !err;
}

const char *case_path(struct web_request *r, const struct work_case *c, const char *more)
{
	const char *hex = staff_hex(web_arena(r), c->row.id, SEAL_ID);
	const char *path = hex ? arena_printf(web_arena(r), "~/staff/reports/%s%s", hex, more) : NULL;
	return path ? path : "~/staff/reports";
}

bool case_may(const struct work_case *c, enum case_action a)
{
	return (c->may >> a & 1) != 0;
}

const char *case_number(struct arena *a, uint64_t v)
{
	const char *s = arena_printf(a, "%llu", (unsigned long long)v);
	return s ? s : "";
}

const char *case_message_title(enum lang l, uint8_t type)
{
	switch (type) {
	case SEAL_REPORT:
		return text(l, "What was reported");
	case SEAL_QUESTION:
		return text(l, "Question to the reporter");
	case SEAL_ANSWER:
		return text(l, "The reporter’s answer");
	case SEAL_WITHDRAWAL:
		return text(l, "The reporter asks to withdraw");
	case SEAL_NOTICE:
		return text(l, "Removal notice");
	case SEAL_ASSESSMENT:
		return text(l, "Assessment");
	case SEAL_REFERRAL:
		return text(l, "Between desk and unit");
	case SEAL_TASK:
		return text(l, "Task or question to a colleague");
	default:
		return text(l, "Note");
	}
}

/* Each side knows the other as a desk or a unit; only the national desk has names of both. */
static const char *author(struct web_request *r, const struct staff_people *p, uint32_t member)
{
	const struct staff *me = staff_of(r);
	const char *name = staff_name(p, web_lang(r), member), *unit = NULL;
	for (size_t i = 0; i < p->n; i++)
		if (p->of[i].member == member && strcmp(p->of[i].unit, me->unit) != 0)
			unit = staff_unit(r, p->of[i].unit);
	return !unit ? name : staff_is_national(me) ? staff_and(web_arena(r), web_lang(r), name, unit) : unit;
}

int case_messages(struct web_request *r, const struct work_case *c, const struct staff_people *p, struct case_message **ret)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	struct case_message *m = arena_array(a, c->message_n ? c->message_n : 1, sizeof *m);
	for (size_t i = 0; m && i < c->message_n; i++) {
		const struct work_message *from = &c->message[i];
		const char *when = staff_hour(r, from->at);
		m[i] = (struct case_message){ case_message_title(l, from->type),
			from->author ? arena_printf(a, "%s · %s", author(r, p, from->author), when) : when, case_number(a, from->seq) };
	}
	*ret = m;
	return m ? 0 : -ENOMEM;
}

/* --- what can be done --- */

/* What usually comes next, in this order; the rest is under "Other". What belongs to a referral, a notice
 * or a task stands with it. */
static const enum case_action first[] = { CA_TAKE, CA_ASSESS, CA_CONFIRM, CA_UNCONFIRM, CA_REFER, CA_PROPOSE, CA_DRAFT, CA_ASK, CA_CLOSE },
	rest[] = { CA_NOTE, CA_ASSIGN, CA_PRIORITY, CA_TASK, CA_OPINION, CA_DUPLICATE, CA_SPLIT, CA_OUT_OF_REMIT, CA_SPAM,
		CA_WITHDRAW, CA_REOPEN, CA_HOLD, CA_UNHOLD, CA_GRANT, CA_RECUSE, CA_EXCLUDE };
static const enum case_action of_referral[] = { CA_ACCEPT, CA_SIGN, CA_DONE, CA_REJECT, CA_TRANSFER, CA_DECLINE, CA_REVOKE };

/* A proposal is what the referral's page makes of it; a duplicate is looked for first. */
static const char *page_of(enum case_action a)
{
	return a == CA_REFER || a == CA_PROPOSE ? "refer" : a == CA_DUPLICATE ? "like" : NULL;
}

static struct case_deed deed(struct web_request *r, const struct work_case *c, enum case_action action, const uint8_t *about,
	uint64_t version)
{
	struct arena *a = web_arena(r);
	const char *page = page_of(action), *hex = about ? staff_hex(a, about, SEAL_ID) : NULL;
	const char *path = case_path(r, c, arena_printf(a, "/%s%s", page ? page : "do/", page ? "" : case_action_name(action)));
	struct case_deed d = { path, text(web_lang(r), case_action_label(action)), NULL, NULL, case_number(a, version), hex };
	if (action == CA_DRAFT) /* notices have pages of their own */
		d.href = arena_printf(a, "~/staff/notices/new/%s", staff_hex(a, c->row.id, SEAL_ID));
	if (act_at_once(action))
		d.csrf = staff_csrf(r, path + 1);
	else if (hex)
		d.href = arena_printf(a, "%s?about=%s", path, hex);
	return d;
}

static void deeds(struct web_request *r, const struct work_case *c, const enum case_action *which, size_t n, struct case_deed *d,
	size_t *ret_n)
{
	for (size_t i = 0; i < n; i++) {
		bool same = which[i] == CA_PROPOSE && case_may(c, CA_REFER), unheard = which[i] == CA_ASK && !c->row.mailbox;
		if (case_may(c, which[i]) && !same && !unheard)
			d[(*ret_n)++] = deed(r, c, which[i], NULL, c->row.version);
	}
}

/* --- referrals --- */

/* What somebody waits for: it stands with what can be done now, too. */
static bool is_waited_for(enum case_action a)
{
	return a == CA_ACCEPT || a == CA_SIGN || a == CA_DONE;
}

static void of_referrals(struct web_request *r, const struct work_case *c, struct case_deed *d, size_t *n)
{
	for (size_t i = 0; i < c->referral_n; i++)
		for (size_t k = 0; k < ARRAY_LEN(of_referral); k++) {
			const struct work_referral *w = &c->referral[i];
			if (!is_waited_for(of_referral[k]) || !(w->may >> of_referral[k] & 1))
				continue;
			d[*n] = deed(r, c, of_referral[k], w->id, w->version);
			d[*n].of = staff_unit(r, w->unit);
			++*n;
		}
}

static void fact(struct case_fact *f, size_t *n, const char *label, const char *value)
{
	if (value && *value)
		f[(*n)++] = (struct case_fact){ label, value };
}

static struct case_part referral(struct web_request *r, const struct work_case *c, const struct staff_people *p,
	const struct work_referral *w)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	const int64_t now = clock_unix();
	const bool ended = case_ended(CASE_REFERRAL, w->state);
	struct case_fact *f = arena_array(a, 4, sizeof *f);
	struct case_deed *d = arena_array(a, ARRAY_LEN(of_referral), sizeof *d);
	struct case_part part = { .title = staff_unit(r, w->unit), .state = text(l, case_state_label(CASE_REFERRAL, w->state)),
		.due = ended ? NULL : staff_due(a, l, now, w->due, 0), .late = !ended && w->due && now >= w->due,
		.open = w->text ? case_number(a, w->text) : NULL, .read = text(l, "Read the letter"), .fact = f, .deed = d };
	if (!f || !d)
		return part;
	if (staff_is_national(staff_of(r))) {
		fact(f, &part.fact_n, text(l, "Proposed by"), staff_name(p, l, w->proposed_by));
		fact(f, &part.fact_n, text(l, "Signed by"), w->signed_by ? staff_name(p, l, w->signed_by) : NULL);
	}
	fact(f, &part.fact_n, text(l, "Before the unit since"), staff_hour(r, w->referred));
	fact(f, &part.fact_n, text(l, "In this state since"), staff_hour(r, w->since));
	for (size_t i = 0; i < ARRAY_LEN(of_referral); i++)
		if (w->may >> of_referral[i] & 1)
			d[part.deed_n++] = deed(r, c, of_referral[i], w->id, w->version);
	return part;
}

static int referrals(struct web_request *r, const struct work_case *c, const struct staff_people *p, struct case_page *page)
{
	struct case_part *part = arena_array(web_arena(r), c->referral_n ? c->referral_n : 1, sizeof *part);
	for (size_t i = 0; part && i < c->referral_n; i++)
		part[i] = referral(r, c, p, &c->referral[i]);
	page->referral = part;
	page->referral_n = c->referral_n;
	return part ? 0 : -ENOMEM;
}

/* --- notices, tasks, access --- */

static struct case_part notice(struct web_request *r, const struct work_notice *w)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	const int64_t now = clock_unix();
	const bool ended = case_ended(CASE_NOTICE, w->state);
	struct case_fact *f = arena_array(a, 3, sizeof *f);
	struct case_deed *d = arena_array(a, 1, sizeof *d);
	struct case_part part = { .title = notice_reference(a, w->id), .state = text(l, case_state_label(CASE_NOTICE, w->state)),
		.due = ended ? NULL : staff_due(a, l, now, w->due, 0), .late = !ended && w->due && now >= w->due, .fact = f, .deed = d };
	if (!f || !d)
		return part;
	d[part.deed_n++] = (struct case_deed){ .href = arena_printf(a, "~/staff/notices/%s", staff_hex(a, w->id, SEAL_ID)),
		.label = text(l, "To this notice") };
	fact(f, &part.fact_n, text(l, "Sent"), staff_hour(r, w->sent));
	fact(f, &part.fact_n, text(l, "Acknowledged"), staff_hour(r, w->acknowledged));
	fact(f, &part.fact_n, text(l, "In this state since"), staff_hour(r, w->since));
	return part;
}

static int notices(struct web_request *r, const struct work_case *c, struct case_page *page)
{
	struct case_part *part = arena_array(web_arena(r), c->notice_n ? c->notice_n : 1, sizeof *part);
	for (size_t i = 0; part && i < c->notice_n; i++)
		part[i] = notice(r, &c->notice[i]);
	page->notice = part;
	page->notice_n = c->notice_n;
	return part ? 0 : -ENOMEM;
}

static struct case_part task(struct web_request *r, const struct work_case *c, const struct staff_people *p, const struct work_task *w)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	const int64_t now = clock_unix();
	const bool opinion = !strcmp(w->kind, "opinion");
	struct case_fact *f = arena_array(a, 3, sizeof *f);
	struct case_deed *d = arena_array(a, 1, sizeof *d);
	struct case_part part = { .title = opinion ? text(l, "Second opinion") : text(l, "Task"),
		.state = w->done ? text(l, "Done") : text(l, "Not done yet"), .due = w->done ? NULL : staff_due(a, l, now, w->due, 0),
		.late = !w->done && now >= w->due, .open = w->text ? case_number(a, w->text) : NULL,
		.read = text(l, "Read what is asked"), .fact = f, .deed = d };
	if (!f || !d)
		return part;
	fact(f, &part.fact_n, text(l, "For"), w->member ? staff_name(p, l, w->member) : text(l, "anybody here"));
	fact(f, &part.fact_n, text(l, "Asked by"), staff_name(p, l, w->asked_by));
	fact(f, &part.fact_n, text(l, "Done"), staff_hour(r, w->done));
	if (!w->done && case_may(c, CA_TASK_DONE))
		d[part.deed_n++] = deed(r, c, CA_TASK_DONE, w->id, c->row.version);
	return part;
}

static int tasks(struct web_request *r, const struct work_case *c, const struct staff_people *p, struct case_page *page)
{
	struct case_part *part = arena_array(web_arena(r), c->task_n ? c->task_n : 1, sizeof *part);
	for (size_t i = 0; part && i < c->task_n; i++)
		part[i] = task(r, c, p, &c->task[i]);
	page->task = part;
	page->task_n = c->task_n;
	return part ? 0 : -ENOMEM;
}

static int access_of(struct web_request *r, const struct work_case *c, const struct staff_people *p, struct case_page *page)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	struct case_part *part = arena_array(a, c->access_n ? c->access_n : 1, sizeof *part);
	struct case_deed *d = arena_array(a, c->access_n ? c->access_n : 1, sizeof *d);
	if (!part || !d)
		return -ENOMEM;
	for (size_t i = 0; i < c->access_n; i++) {
		const struct work_access *w = &c->access[i];
		const char *until[] = { staff_hour(r, w->until), NULL };
		part[i] = (struct case_part){ .title = w->member ? staff_name(p, l, w->member) : staff_unit(r, w->unit),
			.state = text_fill(a, l, "until {0}", until), .deed = &d[i], .deed_n = case_may(c, CA_UNGRANT) };
		d[i] = deed(r, c, CA_UNGRANT, NULL, c->row.version);
		d[i].href = arena_printf(a, "%s?whom=%s:%u", d[i].href, w->unit, w->member);
	}
	page->access = part;
	page->access_n = c->access_n;
	return 0;
}

/* --- the rest --- */

static const char *names(struct web_request *r, const struct staff_people *p, const uint32_t *member, size_t n)
{
	const char *out = NULL;
	for (size_t i = 0; i < n; i++)
		out = staff_and(web_arena(r), web_lang(r), out, staff_name(p, web_lang(r), member[i]));
	return out;
}

static int facts(struct web_request *r, const struct work_case *c, const struct case_line *line, struct case_page *page)
{
	const enum lang l = web_lang(r);
	struct case_fact *f = arena_array(web_arena(r), 8, sizeof *f);
	size_t n = 0;
	if (!f)
		return -ENOMEM;
	fact(f, &n, text(l, "Received"), staff_hour(r, c->row.received));
	fact(f, &n, text(l, "In this state since"), staff_hour(r, c->row.since));
	fact(f, &n, text(l, "Somebody must have acted by"), c->row.work ? staff_hour(r, c->row.due) : NULL);
	fact(f, &n, text(l, "Region"), line->region);
	fact(f, &n, text(l, "The reporter"), c->row.mailbox ? text(l, "can come back with nine words") : text(l, "cannot be reached here"));
	page->fact = f;
	page->fact_n = n;
	return 0;
}

static int duplicates(struct web_request *r, const struct work_case *c, struct case_page *page)
{
	struct case_line *line = NULL;
	int err = staff_lines(r, c->duplicate, c->duplicate_n, &line);
	page->duplicate = line;
	page->duplicate_n = c->duplicate_n;
	if (!err && c->is_duplicate) {
		const char *hex = staff_hex(web_arena(r), c->main, SEAL_ID);
		page->main = hex ? arena_printf(web_arena(r), "~/staff/reports/%s", hex) : NULL;
	}
	return err;
}

/* "?done=confirm": only the name of an action is understood. */
static const char *just_done(struct web_request *r)
{
	enum case_action a;
	const char *name = web_query(r, "done");
	return name && case_action_parse(name, &a) ? text(web_lang(r), case_action_label(a)) : NULL;
}

static int fill(struct web_request *r, const struct work_case *c, const struct staff_people *p, struct case_page *page)
{
	struct case_deed *next = arena_array(web_arena(r), ARRAY_LEN(first) + c->referral_n * ARRAY_LEN(of_referral), sizeof *next),
		*other = arena_array(web_arena(r), ARRAY_LEN(rest), sizeof *other);
	struct case_message *message = NULL;
	int err = next && other ? case_messages(r, c, p, &message) : -ENOMEM;
	if (!err) {
		of_referrals(r, c, next, &page->next_n);
		deeds(r, c, first, ARRAY_LEN(first), next, &page->next_n);
		deeds(r, c, rest, ARRAY_LEN(rest), other, &page->other_n);
	}
	if (!err)
		err = referrals(r, c, p, page);
	if (!err)
		err = notices(r, c, page);
	if (!err)
		err = tasks(r, c, p, page);
	if (!err)
		err = access_of(r, c, p, page);
	if (!err)
		err = duplicates(r, c, page);
	page->next = next;
	page->other = other;
	page->message = message;
	page->message_n = c->message_n;
	page->excluded = names(r, p, c->excluded, c->excluded_n);
	return err ? err : facts(r, c, page->row, page);
}

static void show(struct web_request *r, const struct work_case *c)
{
	struct staff_people people;
	struct case_line line;
	struct case_page page = {
		.layout = staff_layout(r, N_("Report")),
		.row = &line,
		.id = staff_hex(web_arena(r), c->row.id, SEAL_ID),
		.done = just_done(r),
		.urgent = c->row.priority <= PRIORITY_P1 && !case_ended(CASE_REPORT, c->row.state),
		.national = staff_is_national(staff_of(r)),
	};
	int err = staff_people(r, &people);
	if (!err) {
		line = staff_line(r, &people, &c->row);
		err = fill(r, c, &people, &page);
	}
	if (err) {
		web_status(r, 500);
		return;
	}
	page.csrf_open = staff_csrf(r, case_path(r, c, "/open") + 1);
	page_staff_case(web_out(r), &page);
	web_page(r, 200);
}

void staff_case(struct web_request *r)
{
	struct work_case c;
	if (staff_may(r, STAFF_READERS) && case_load(r, &c))
		show(r, &c);
}
