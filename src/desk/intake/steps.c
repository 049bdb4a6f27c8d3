/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/intake/steps_int.h"

#include "desk/pages.h"

#include <errno.h>

/* --- where one is --- */

static bool skipped(const struct steps *s, const struct report *r, size_t step)
{
	return s->step[step].skip && s->step[step].skip(r);
}

static size_t next_step(const struct steps *s, const struct report *r, size_t step)
{
	do
		step++;
	while (step < s->step_n && skipped(s, r, step));
	return step;
}

static size_t previous_step(const struct steps *s, const struct report *r, size_t step)
{
	do
		step -= step > 0;
	while (step && skipped(s, r, step));
	return step;
}

/* How many pages come before `step`; with step_n: the review's place less one. */
unsigned steps_position(const struct steps *s, const struct report *r, size_t step)
{
	unsigned n = 0;
	for (size_t i = 0; i < step && i < s->step_n; i++)
		n += !skipped(s, r, i);
	return n;
}

/* --- one page --- */

struct layout step_layout(const struct visit *v, const char *title)
{
	return (struct layout){ .desk = DESK(v->r), .title = title, .path = v->steps->path, .child = v->steps->child,
		.post = strcmp(web_method(v->r), "POST") == 0 };
}

const struct field *step_field(struct arena *a, const struct step_ask *k)
{
	const struct field *from = report_field(k->field);
	struct field *f = arena_alloc(a, sizeof *f);
	if (!f || !from)
		return NULL;
	*f = *from;
	if (k->label)
		f->label = k->label;
	if (k->hint)
		f->hint = *k->hint ? k->hint : NULL;
	if (k->choice) {
		f->choice = k->choice;
		f->choice_n = k->choice_n;
	}
	return f;
}

static int fill_rows(struct visit *v, struct step_page *p)
{
	struct arena *a = web_arena(v->r);
	struct step_row *row = arena_array(a, p->step->ask_n + 1, sizeof *row);
	if (!row)
		return -ENOMEM;
	for (size_t i = 0; i < p->step->ask_n; i++) {
		const struct step_ask *k = &p->step->ask[i];
		row[i].field = step_field(a, k);
		if (!row[i].field)
			return -ENOMEM;
		row[i].error = v->error[i];
		row[i].value = v->error[i] ? v->typed[i] : report_get(&v->state.report, k->field);
	}
	p->row = row;
	p->row_n = p->step->ask_n;
	return 0;
}

void visit_failed(struct visit *v, int err)
{
	steps_again(v->r, v->steps->child, err);
}

static const char *page_title(struct visit *v, const char *title, unsigned at, unsigned of)
{
	struct arena *a = web_arena(v->r);
	enum lang l = web_lang(v->r);
	const char *const args[] = { title, text_number(a, l, at), text_number(a, l, of), text(l, v->steps->title), NULL };
	return text_fill(a, l, N_("{0} – step {1} of {2} – {3}"), args);
}

void step_show(struct visit *v)
{
	const struct steps *s = v->steps;
	const struct report *r = &v->state.report;
	size_t at = v->state.step;
	if (at >= s->step_n) {
		review_show(v);
		return;
	}
	struct step_page p = { .steps = s, .step = &s->step[at], .report = r, .notice = v->notice, .errors = v->errors };
	p.at = steps_position(s, r, at) + 1;
	p.of = steps_position(s, r, s->step_n) + 1;
	p.back = at > 0;
	p.may_review = at > 0;
	p.urgent = report_priority(r) == PRIORITY_P0;
	p.layout = step_layout(v, page_title(v, text(web_lang(v->r), p.step->title), p.at, p.of));
	int err = fill_rows(v, &p);
	if (!err)
		err = form_seal(DESK(v->r), web_arena(v->r), &v->state, &p.state);
	if (err) {
		visit_failed(v, err);
		return;
	}
	page_step(web_out(v->r), &p);
	web_page(v->r, v->status);
}

/* --- what was typed --- */

static const char *posted_list(struct web_request *r, const char *name)
{
	struct arena *a = web_arena(r);
	const char *all = NULL, *one;
	for (unsigned i = 0; i < 128 && (one = web_field_at(r, name, i)); i++) {
		all = all ? arena_printf(a, "%s\n%s", all, one) : one;
		if (!all)
			break;
	}
	return all ? all : "";
}

static const char *posted(struct web_request *r, const struct field *f)
{
	if (f->type == FIELD_CHOICES || f->type == FIELD_UNITS)
		return posted_list(r, f->name);
	const char *one = web_field(r, f->name);
	return one ? one : "";
}

static const char *what_is_wrong(const struct field *f, int err)
{
	if (err == ERR_LIMIT)
		return N_("This is too long. Please shorten it.");
	switch (f->type) {
	case FIELD_URL:
		return N_("This does not look like an address. Leave it empty if you have none, and describe it in your own words.");
	case FIELD_DATE:
		return N_("Please write the day as year, month and day: 2026-02-28.");
	case FIELD_LINE:
	case FIELD_TEXT:
		return N_("There are characters here that cannot be kept. Please write it again.");
	case FIELD_CHOICE:
	case FIELD_CHOICES:
	case FIELD_TERRITORY:
	case FIELD_UNITS:
		break;
	}
	return N_("Please choose from the list.");
}

static bool known_places(struct desk *d, const struct field *f, const char *value)
{
	if (f->type != FIELD_TERRITORY && f->type != FIELD_UNITS)
		return true;
	for (struct bytes one; report_entry(&value, &one);) {
		char code[16];
		if (one.n >= sizeof code)
			return false;
		memcpy(code, one.p, one.n);
		code[one.n] = 0;
		if (!desk_territory(d->data, code))
			return false;
	}
	return true;
}

/* An answer for a moment ago and a day of the future are the same to a browser: dates are not judged. */
static void take_fields(struct visit *v, const struct step *step)
{
	for (size_t i = 0; i < step->ask_n; i++) {
		const struct field *f = report_field(step->ask[i].field);
		const char *value = posted(v->r, f);
		int err = known_places(DESK(v->r), f, value) ? 0 : ERR_MALFORMED;
		if (!err)
			err = report_set(web_arena(v->r), &v->state.report, f->name, value);
		if (!err)
			continue;
		v->typed[i] = value;
		v->error[i] = what_is_wrong(f, err);
		v->errors++;
	}
}

static void forget_errors(struct visit *v)
{
	memset(v->typed, 0, sizeof v->typed);
	memset(v->error, 0, sizeof v->error);
	v->errors = 0;
}

/* All of it must still fit the hidden field. */
static bool fits(struct visit *v)
{
	const char *state;
	return form_seal(DESK(v->r), web_arena(v->r), &v->state, &state) != ERR_LIMIT;
}

/* --- the two requests --- */

void steps_get(struct web_request *r, const struct steps *s, enum report_by by)
{
	struct visit v = { .r = r, .steps = s, .status = 200 };
	form_begin(&v.state, s->kind, by, s->form);
	step_show(&v);
}

/* Where `go` leads from here, and whether what was typed must be right first. */
static size_t leads_to(const struct visit *v, const char *go, bool *ret_strict)
{
	const struct steps *s = v->steps;
	const struct report *r = &v->state.report;
	size_t at = MIN(v->state.step, s->step_n);
	*ret_strict = true;
	if (strcmp(go, "back") == 0) {
		*ret_strict = false;
		return previous_step(s, r, at);
	}
	if (strcmp(go, "review") == 0)
		return s->step_n;
	if (strncmp(go, "edit-", 5) == 0) {
		size_t to = 0;
		for (const char *p = go + 5; *p >= '0' && *p <= '9' && to < STEPS_MAX; p++)
			to = to * 10 + (size_t)(*p - '0');
		return MIN(to, s->step_n - 1);
	}
	return at < s->step_n ? next_step(s, r, at) : at;
}

static void move(struct visit *v, const char *go)
{
	bool strict;
	const struct form_state before = v->state;
	size_t at = v->state.step;
	if (at < v->steps->step_n)
		take_fields(v, &v->steps->step[at]);
	size_t to = leads_to(v, go, &strict);
	if (!fits(v)) {
		v->state = before;
		v->notice = N_("All together this is too long to be kept. Please shorten your text.");
		v->status = 422;
	} else if (v->errors && strict) {
		v->status = 422;
	} else {
		forget_errors(v);
		v->state.step = (uint8_t)to;
	}
	step_show(v);
}

void steps_post(struct web_request *r, const struct steps *s)
{
	struct visit v = { .r = r, .steps = s, .status = 200 };
	const char *state = web_field(r, "state"), *go = web_field(r, "go");
	int err = state ? form_open(DESK(r), web_arena(r), state, &v.state) : ERR_MALFORMED;
	if (!err && (v.state.path != s->form || v.state.report.kind != s->kind || v.state.step > s->step_n))
		err = ERR_MALFORMED;
	if (err == ERR_MALFORMED || err == ERR_TIME) {
		steps_refused(r, s->path, s->child, err);
		return;
	}
	if (err) {
		steps_again(r, s->child, err);
		return;
	}
	bool plain = go && strcmp(go, "send-plain") == 0;
	if (v.state.step == s->step_n && (plain || (go && strcmp(go, "send") == 0)))
		send_report(&v, !plain);
	else
		move(&v, go ? go : "next");
}
