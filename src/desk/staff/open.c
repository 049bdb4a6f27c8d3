/* SPDX-License-Identifier: Apache-2.0 */
/* One message, opened. The opening is in the audit trail before its text is shown; the text is in this
 * answer only. What was done to a child, a child's name and accounts, and pasted words stay folded
 * until somebody unfolds them: most of what must be decided can be decided from the rest. */
#include "desk/staff/case.h"

#include "desk/case/offence.h"
#include "desk/notices/letter.h"
#include "desk/pages.h"
#include "desk/report.h"
#include "desk/staff/exposure.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>
#include <stdlib.h>

enum { GROUPS = 4 };

/* --- a report's fields, in the order in which they help to decide --- */

static const char *const danger[] = { "danger_now", "contact_ongoing", "meeting_planned", "meeting_note", "threat", "departure",
	"child_known", "child_age", "trusted_adult", "when" };
static const char *const named[] = { "excluded_units", "excluded_persons", "desk_person" };
static const char *const reach[] = { "reporter", "reach", "reach_address", "reach_safe", "language", "told", "taken" };
static const char *const folded[] = { "words", "messages", "child_situation", "child_who", "child_account", "meeting_note" };

static bool among(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}
#define AMONG(list, name) among((list), ARRAY_LEN(list), (name))

/* One entry of a list as a person reads it. */
static const char *entry_text(struct web_request *r, const struct field *f, struct bytes entry)
{
	struct arena *a = web_arena(r);
	const char *label = f->type == FIELD_CHOICE || f->type == FIELD_CHOICES ? report_choice_label(f, entry) : NULL;
	const char *code = arena_text(a, (const char *)entry.p, entry.n);
	if (label || !code)
		return label ? text(web_lang(r), label) : "";
	return f->type == FIELD_TERRITORY || f->type == FIELD_UNITS ? staff_unit(r, code) : code;
}

static const char *value_text(struct web_request *r, const struct field *f, const char *value)
{
	struct bytes entry;
	const char *out = NULL, *at = value;
	if (f->type == FIELD_LINE || f->type == FIELD_TEXT || f->type == FIELD_URL || f->type == FIELD_DATE)
		return value;
	while (report_entry(&at, &entry))
		out = arena_printf(web_arena(r), "%s%s%s", out ? out : "", out ? "\n" : "", entry_text(r, f, entry));
	return out ? out : value;
}

/* The fields of one group that were said. */
typedef bool in_group(const char *name);
static bool in_danger(const char *name) { return AMONG(danger, name); }
static bool in_named(const char *name) { return AMONG(named, name); }
static bool in_reach(const char *name) { return AMONG(reach, name); }
static bool in_rest(const char *name) { return !in_danger(name) && !in_named(name) && !in_reach(name); }

static int group(struct web_request *r, const struct report *said, const char *title, in_group *in, struct open_page *p,
	struct open_group *g)
{
	struct open_line *line = arena_array(web_arena(r), report_field_count, sizeof *line);
	size_t n = 0;
	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < report_field_count; i++) {
		const struct field *f = &report_fields[i];
		if (!said->value[i] || !in(f->name))
			continue;
		bool address = f->type == FIELD_URL || !strcmp(f->name, "more_urls");
		p->addresses |= address;
		line[n++] = (struct open_line){ text(web_lang(r), f->label), value_text(r, f, said->value[i]),
			AMONG(folded, f->name), address };
	}
	*g = (struct open_group){ text(web_lang(r), title), line, n, in == in_named };
	p->group_n += n != 0;
	return 0;
}

static int report_groups(struct web_request *r, struct bytes json, struct open_page *p, const char **ret_language)
{
	struct report said;
	struct open_group *g = arena_array(web_arena(r), GROUPS, sizeof *g);
	int err = g ? report_read(web_arena(r), json, &said, NULL) : -ENOMEM;
	if (!err)
		err = group(r, &said, N_("Who must not see it"), in_named, p, &g[p->group_n]);
	if (!err)
		err = group(r, &said, N_("Danger"), in_danger, p, &g[p->group_n]);
	if (!err)
		err = group(r, &said, N_("What it is about"), in_rest, p, &g[p->group_n]);
	if (!err)
		err = group(r, &said, N_("The reporter"), in_reach, p, &g[p->group_n]);
	p->group = g;
	*ret_language = err ? NULL : report_get(&said, "language");
	return err;
}

/* --- an assessment --- */

static int assessment_group(struct web_request *r, struct bytes json, struct open_page *p)
{
	struct work_assessment as;
	const enum lang l = web_lang(r);
	struct open_group *g = arena_array(web_arena(r), 1, sizeof *g);
	struct open_line *line = arena_array(web_arena(r), 2, sizeof *line);
	int err = g && line ? work_assessment_read(web_arena(r), json, &as) : -ENOMEM;
	if (err)
		return err;
	g->line = line;
	g->title = text(l, "Decided");
	if (as.classification)
		line[g->n++] = (struct open_line){ text(l, "Classification"), text(l, case_classification_label(as.classification)), false, false };
	const struct desk_offence *o = case_offence(DESK(r)->data, as.offence);
	if (o)
		line[g->n++] = (struct open_line){ text(l, "Offence"), o->name[l], false, false };
	p->group = g;
	p->group_n = g->n != 0;
	p->text = bytes_str(as.text);
	return 0;
}

/* --- a removal notice's letter --- */

static int letter_group(struct web_request *r, struct bytes json, struct open_page *p)
{
	struct notice_letter letter;
	const enum lang l = web_lang(r);
	struct open_group *g = arena_array(web_arena(r), 1, sizeof *g);
	struct open_line *line = arena_array(web_arena(r), 2, sizeof *line);
	int err = g && line ? letter_read(web_arena(r), json, &letter) : -ENOMEM;
	if (err)
		return err;
	line[0] = (struct open_line){ text(l, "To"), letter.name, false, false };
	line[1] = (struct open_line){ text(l, "Subject"), letter.subject, false, false };
	*g = (struct open_group){ text(l, "The letter"), line, 2, false };
	p->group = g;
	p->group_n = 1;
	p->text = bytes_str(letter.body);
	p->addresses = true;
	return 0;
}

/* --- the page --- */

static int content(struct web_request *r, const struct reading_message *m, struct open_page *p, const char **ret_language)
{
	int err = m->type == SEAL_REPORT ? report_groups(r, m->plain, p, ret_language)
		: m->type == SEAL_ASSESSMENT ? assessment_group(r, m->plain, p)
		: m->type == SEAL_NOTICE ? letter_group(r, m->plain, p) : ERR_MALFORMED;
	if (!err || err == -ENOMEM)
		return err;
	p->group_n = 0; /* what is not of these forms is shown as it is */
	p->text = m->plain;
	return 0;
}

static const char *refused(int err)
{
	if (err == -EACCES)
		return N_("This message cannot be opened with your keys.");
	return err == -EAGAIN || err == -EBUSY
		? N_("Many messages were opened in a short time. Wait a few minutes, then open the next one.") : NULL;
}

static int messages(struct web_request *r, const struct work_case *c, uint32_t seq, struct open_page *p)
{
	struct staff_people people;
	struct case_message *m = NULL;
	struct case_line *line = NULL;
	int err = staff_people(r, &people);
	if (!err)
		err = case_messages(r, c, &people, &m);
	if (!err)
		err = staff_lines(r, &c->row, 1, &line);
	for (size_t i = 0; !err && i < c->message_n; i++)
		if (c->message[i].seq == seq) {
			p->title = m[i].title;
			p->when = m[i].when;
		}
	p->row = line;
	p->message = m;
	p->message_n = c->message_n;
	return err ? err : p->title ? 0 : -ENOENT;
}

static int fill(struct web_request *r, const struct work_case *c, uint32_t seq, struct reading_message *m, struct open_page *p)
{
	const struct actor who = staff_actor(staff_of(r));
	const char *language = NULL;
	int err = messages(r, c, seq, p);
	if (err)
		return err;
	err = work_open(DESK(r), web_arena(r), &who, c->row.id, seq, m);
	p->error = refused(err) ? text(web_lang(r), refused(err)) : NULL;
	if (err)
		return p->error ? 0 : err;
	err = exposure_count(DESK(r), who.member);
	if (err)
		return err;
	err = content(r, m, p, &language);
	if (!err && case_may(c, CA_ASK) && c->row.mailbox)
		p->ask = case_path(r, c, language ? arena_printf(web_arena(r), "/do/ask?to=%s", language) : "/do/ask");
	return err;
}

static void show(struct web_request *r, const struct work_case *c, uint32_t seq)
{
	struct reading_message m = { .plain = { NULL, 0 } };
	struct open_page p = {
		.layout = staff_layout(r, N_("An opened message")),
		.id = staff_hex(web_arena(r), c->row.id, SEAL_ID),
		.csrf_open = staff_csrf(r, web_path(r)),
	};
	int err = fill(r, c, seq, &m, &p);
	p.layout.path = case_path(r, c, "") + 1;
	if (!err)
		page_staff_open(web_out(r), &p);
	reading_done(&m);
	if (err)
		web_status(r, err == -ENOENT ? 404 : 500);
	else
		web_page(r, p.error ? 403 : 200);
}

/* True: answered. In imminent danger nothing stands before the message. */
static bool pause_offered(struct web_request *r, const struct work_case *c, const char *seq)
{
	bool pause = false;
	const char *go_on = web_field(r, "go_on");
	int err = c->row.priority == PRIORITY_P0 ? 0
		: exposure_ask(DESK(r), staff_of(r)->member, go_on && !strcmp(go_on, "yes"), &pause);
	if (err)
		web_status(r, 500);
	else if (pause)
		exposure_offer(r, web_path(r), seq);
	return err || pause;
}

void staff_case_open(struct web_request *r)
{
	struct work_case c;
	if (!staff_may(r, STAFF_READERS) || !case_load(r, &c))
		return;
	const char *seq = web_field(r, "seq");
	if (!pause_offered(r, &c, seq ? seq : ""))
		show(r, &c, (uint32_t)strtoul(seq ? seq : "", NULL, 10));
}
