/* SPDX-License-Identifier: Apache-2.0 */
/* The form of an action: what can be chosen in it, and what was typed. */
#include "desk/staff/act.h"

#include "desk/case/offence.h"
#include "desk/staff/case.h"

#include <errno.h>

/* --- the child's interests: what a supervisor answers before a unit learns of a child --- */

static int questions_fill(struct web_request *r, struct act_page *p)
{
	const enum lang l = web_lang(r);
	struct act_question *q = arena_array(web_arena(r), ACT_QUESTIONS, sizeof *q);
	for (size_t i = 0; q && i < ACT_QUESTIONS; i++)
		q[i] = (struct act_question){ act_questions[i].name, text(l, act_questions[i].label), text(l, act_questions[i].hint),
			act_field(r, act_questions[i].name) };
	p->question = q;
	p->question_n = ACT_QUESTIONS;
	return q ? 0 : -ENOMEM;
}

/* --- choices --- */

struct choices { struct web_request *r; struct case_choice *of; size_t n; const char *now; };

static int choices_begin(struct web_request *r, const char *name, size_t max, struct choices *ret)
{
	*ret = (struct choices){ r, arena_array(web_arena(r), max, sizeof(struct case_choice)), 0, act_field(r, name) };
	return ret->of ? 0 : -ENOMEM;
}

static void choice(struct choices *c, const char *value, const char *label)
{
	c->of[c->n++] = (struct case_choice){ value, label, value && !strcmp(value, c->now) };
}

static int classes_fill(struct web_request *r, enum case_action action, struct act_page *p)
{
	static const enum case_classification illegal[] = { CASE_BASELINE, CASE_NATIONAL }, other[] = { CASE_DOUBTFUL, CASE_NOT_ILLEGAL };
	const enum case_classification *which = action == CA_CONFIRM ? illegal : other;
	struct choices c;
	int err = choices_begin(r, "classification", 2, &c);
	for (size_t i = 0; !err && i < 2; i++)
		choice(&c, case_classification_name(which[i]), text(web_lang(r), case_classification_label(which[i])));
	p->class = c.of;
	p->class_n = c.n;
	return err;
}

/* How sure the article is, of what the table says in English. */
static const char *sure(enum lang l, const char *basis)
{
	bool verified = strstr(basis, "verified") != NULL, knowledge = strstr(basis, "knowledge") != NULL;
	if (verified && knowledge)
		return text(l, "Partly checked against a published text; the rest is from general knowledge.");
	return verified ? text(l, "Checked against a published text.") : text(l, "Not checked against a published text: confirm with counsel.");
}

/* "Penal code 503-2 · Lanzarote Convention, article 20". */
static const char *law(struct web_request *r, const struct desk_offence *o)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	const char *penal[] = { o->penal_code, NULL }, *lanzarote[] = { o->lanzarote, NULL }, *opsc[] = { o->opsc, NULL };
	const char *part[3] = { o->penal_code ? text_fill(a, l, "Penal code {0}", penal) : NULL,
		o->lanzarote ? text_fill(a, l, "Lanzarote Convention, article {0}", lanzarote) : NULL,
		o->opsc ? text_fill(a, l, "Optional Protocol (OPSC), article {0}", opsc) : NULL };
	const char *out = NULL;
	for (size_t i = 0; i < ARRAY_LEN(part); i++)
		if (part[i])
			out = arena_printf(a, "%s%s%s", out ? out : "", out ? " · " : "", part[i]);
	return out ? out : text(l, "No article is named.");
}

/* What a report of this kind can be filed under as an offence. */
static int offences_fill(struct web_request *r, const struct work_case *c, struct act_page *p)
{
	const enum lang l = web_lang(r);
	const char *now = act_field(r, "offence");
	const struct desk_offence **of = NULL;
	size_t n = 0;
	int err = case_offences(web_arena(r), DESK(r)->data, c->row.kind, &of, &n);
	struct act_offence *o = err ? NULL : arena_array(web_arena(r), n ? n : 1, sizeof *o);
	for (size_t i = 0; o && i < n; i++) {
		bool sure_one = case_offence_agrees(of[i], CASE_BASELINE);
		if (!case_offence_agrees(of[i], CASE_NATIONAL))
			continue;
		o[p->offence_n++] = (struct act_offence){ of[i]->code, of[i]->name[l], law(r, of[i]),
			sure_one ? sure(l, of[i]->basis) : text(l, case_offence_status_label(of[i])), of[i]->basis, !strcmp(now, of[i]->code) };
	}
	p->offence = o;
	return o ? 0 : err ? err : -ENOMEM;
}

static int priorities_fill(struct web_request *r, const struct work_case *c, struct act_page *p)
{
	static const char *const number[PRIORITY_COUNT] = { "0", "1", "2", "3" };
	struct choices x;
	int err = choices_begin(r, "priority", PRIORITY_COUNT, &x);
	for (unsigned i = 0; !err && i < PRIORITY_COUNT; i++)
		if (i != (unsigned)c->row.priority)
			choice(&x, number[i], staff_priority(web_lang(r), (enum priority)i));
	p->priority = x.of;
	p->priority_n = x.n;
	return err;
}

static bool is_excluded(const struct work_case *c, uint32_t member)
{
	for (size_t i = 0; i < c->excluded_n; i++)
		if (c->excluded[i] == member)
			return true;
	return false;
}

/* Who comes into question for it. */
static bool fits(struct web_request *r, const struct work_case *c, enum case_action action, const struct staff_person *s)
{
	const struct staff *me = staff_of(r);
	if (s->gone || is_excluded(c, s->member) || (s->member == me->member && action != CA_ASSIGN && action != CA_TASK))
		return false;
	return action == CA_EXCLUDE || (!strcmp(s->unit, me->unit) && case_who((enum keys_role)s->role, s->unit));
}

static int members_fill(struct web_request *r, const struct work_case *c, enum case_action action, const struct staff_people *people,
	struct act_page *p)
{
	const enum lang l = web_lang(r);
	struct choices x;
	int err = choices_begin(r, "member", people->n + 2, &x);
	if (err)
		return err;
	choice(&x, "", text(l, "Choose"));
	if (action == CA_ASSIGN || action == CA_TASK)
		choice(&x, "0", action == CA_ASSIGN ? text(l, "Nobody") : text(l, "Anybody here"));
	for (size_t i = 0; i < people->n; i++)
		if (fits(r, c, action, &people->of[i]))
			choice(&x, case_number(web_arena(r), people->of[i].member), people->of[i].name);
	p->member = x.of;
	p->member_n = x.n;
	return 0;
}

/* Whether the report may be opened to this person at all. The national desk's analysts see what is not
 * restricted anyway; a unit that the reporter does not want is not among those of work_units. */
static bool can_be_given(const struct work_case *c, const struct work_unit *unit, size_t n, const struct staff_person *s)
{
	if (s->gone || is_excluded(c, s->member))
		return false;
	if (!strcmp(s->unit, KEYS_NATIONAL))
		return c->row.restricted && s->role == KEYS_ANALYST;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(unit[i].code, s->unit))
			return true;
	return false;
}

/* A unit as a whole, or one of its people: "MA-CAS:0", "MA-CAS:12". */
static int whom_fill(struct web_request *r, const struct work_case *c, const struct staff_people *people, struct act_page *p)
{
	struct arena *a = web_arena(r);
	const enum lang l = web_lang(r);
	const struct actor who = staff_actor(staff_of(r));
	struct work_unit *units = NULL;
	struct choices x;
	size_t n = 0;
	int err = choices_begin(r, "whom", 2 * people->n + 1, &x);
	if (!err)
		err = work_units(DESK(r), a, &who, c->row.id, NULL, &units, &n);
	if (err)
		return err;
	choice(&x, "", text(l, "Choose"));
	for (size_t i = 0; i < people->n; i++) {
		const struct staff_person *s = &people->of[i];
		bool first = strcmp(s->unit, KEYS_NATIONAL) != 0;
		if (!can_be_given(c, units, n, s))
			continue;
		for (size_t k = 0; k < i; k++)
			first &= strcmp(people->of[k].unit, s->unit) != 0;
		const char *unit[] = { staff_unit(r, s->unit), NULL };
		if (first)
			choice(&x, arena_printf(a, "%s:0", s->unit), text_fill(a, l, "{0}, everybody", unit));
		choice(&x, arena_printf(a, "%s:%u", s->unit, s->member), arena_printf(a, "%s · %s", s->name, unit[0]));
	}
	p->unit = x.of;
	p->unit_n = x.n;
	return 0;
}

static int days_fill(struct web_request *r, struct act_page *p)
{
	static const unsigned day[] = { 1, 2, 3, 7, 14, 30 };
	struct choices x;
	int err = choices_begin(r, "days", ARRAY_LEN(day), &x);
	for (size_t i = 0; !err && i < ARRAY_LEN(day); i++)
		choice(&x, case_number(web_arena(r), day[i]), text_n(web_arena(r), web_lang(r), "{n} day", "{n} days", day[i]));
	p->days = x.of;
	p->days_n = x.n;
	return err;
}

/* --- ready words for a question --- */

static enum lang reply_language(struct web_request *r)
{
	enum lang l = web_lang(r);
	const char *to = web_field(r, "to") ? web_field(r, "to") : web_query(r, "to");
	return to && lang_parse(to, strlen(to), &l) ? l : web_lang(r);
}

static int snippets_fill(struct web_request *r, struct act_page *p)
{
	const struct desk_data *d = DESK(r)->data;
	struct choices x, to;
	const enum lang reply = reply_language(r);
	int err = choices_begin(r, "snippet", d->snippet_n + 1, &x);
	if (!err)
		err = choices_begin(r, "to", LANG_COUNT, &to);
	if (err)
		return err;
	choice(&x, "", text(web_lang(r), "Choose"));
	for (size_t i = 0; i < d->snippet_n; i++)
		choice(&x, d->snippet[i].id, d->snippet[i].title[web_lang(r)]);
	to.now = lang_info(reply)->code;
	for (unsigned i = 0; i < LANG_COUNT; i++)
		choice(&to, lang_info((enum lang)i)->code, lang_info((enum lang)i)->name);
	p->snippet = x.of;
	p->snippet_n = x.n;
	p->to = to.of;
	p->to_n = to.n;
	return 0;
}

/* What was typed stays; the ready words come after it. */
static const char *with_snippet(struct web_request *r, const char *typed)
{
	const struct desk_data *d = DESK(r)->data;
	const char *go = web_field(r, "go"), *id = act_field(r, "snippet");
	for (size_t i = 0; go && i < d->snippet_n; i++)
		if (!strcmp(d->snippet[i].id, id))
			return arena_printf(web_arena(r), "%s%s%s", typed, *typed ? "\n\n" : "", d->snippet[i].body[reply_language(r)]);
	return typed;
}

/* --- all of it --- */

int act_page_fill(struct web_request *r, const struct work_case *c, enum case_action action, const struct act_form *f,
	struct act_page *p)
{
	const enum lang l = web_lang(r);
	struct staff_people people;
	int err = staff_people(r, &people);
	p->ask = f->ask;
	p->danger = f->danger;
	p->lead = f->lead ? text(l, f->lead) : NULL;
	p->button = f->button ? text(l, f->button) : p->title;
	p->text_label = f->text_label ? text(l, f->text_label) : NULL;
	p->text_hint = f->text_hint ? text(l, f->text_hint) : NULL;
	p->member_label = f->member_label ? text(l, f->member_label) : NULL;
	p->text = f->ask & ASK_SNIPPET ? with_snippet(r, act_field(r, "text")) : act_field(r, "text");
	p->names_seen = *act_field(r, "names_seen") != 0;
	p->main = act_field(r, "main");
	if (!err && (f->ask & ASK_CLASS))
		err = classes_fill(r, action, p);
	if (!err && (f->ask & ASK_OFFENCE))
		err = offences_fill(r, c, p);
	if (!err && (f->ask & ASK_PRIORITY))
		err = priorities_fill(r, c, p);
	if (!err && (f->ask & ASK_MEMBER))
		err = members_fill(r, c, action, &people, p);
	if (!err && (f->ask & ASK_WHOM))
		err = whom_fill(r, c, &people, p);
	if (!err && (f->ask & ASK_DAYS))
		err = days_fill(r, p);
	if (!err && (f->ask & ASK_SNIPPET))
		err = snippets_fill(r, p);
	return !err && (f->ask & ASK_QUESTIONS) ? questions_fill(r, p) : err;
}
