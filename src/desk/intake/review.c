/* SPDX-License-Identifier: Apache-2.0 */
/* Everything once more before it is sent, what happens then, and the sending. */
#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/intake/steps_int.h"
#include "desk/pages.h"
#include "desk/settings.h"
#include "desk/staff/session.h"
#include "desk/submit.h"

#include <errno.h>

/* --- values as a person reads them --- */

static const char *place_name(struct visit *v, struct bytes code)
{
	struct arena *a = web_arena(v->r);
	const char *c = arena_text(a, (const char *)code.p, code.n);
	const struct desk_territory *t = c ? desk_territory(DESK(v->r)->data, c) : NULL;
	return t ? t->name[web_lang(v->r)] : c;
}

static const char *entry_text(struct visit *v, const struct field *f, struct bytes one)
{
	if (f->type == FIELD_TERRITORY || f->type == FIELD_UNITS)
		return place_name(v, one);
	const char *label = report_choice_label(f, one);
	if (!label) /* a choice whose words this page does not offer */
		label = report_choice_label(report_field(f->name), one);
	return label ? text(web_lang(v->r), label) : NULL;
}

static const char *shown_value(struct visit *v, const struct field *f, const char *value)
{
	struct arena *a = web_arena(v->r);
	struct civil day;
	const char *all = NULL;
	if (f->type == FIELD_DATE && !civil_parse_date(value, &day))
		return text_date(a, web_lang(v->r), NULL, civil_to_seconds(day), TEXT_DAY);
	if (f->type == FIELD_LINE || f->type == FIELD_TEXT || f->type == FIELD_URL)
		return value;
	for (struct bytes one; report_entry(&value, &one);) {
		const char *t = entry_text(v, f, one);
		if (t)
			all = all ? arena_printf(a, "%s\n%s", all, t) : t;
	}
	return all ? all : "";
}

static size_t fill_lines(struct visit *v, const struct step *step, struct review_line *line)
{
	size_t n = 0;
	for (size_t i = 0; i < step->ask_n; i++) {
		const struct field *f = step_field(web_arena(v->r), &step->ask[i]);
		const char *value = f ? report_get(&v->state.report, f->name) : NULL;
		if (value)
			line[n++] = (struct review_line){ text(web_lang(v->r), f->label),
				shown_value(v, f, value), f->type == FIELD_URL };
	}
	return n;
}

static int fill_parts(struct visit *v, struct review_page *p)
{
	struct arena *a = web_arena(v->r);
	const struct steps *s = v->steps;
	struct review_part *part = arena_array(a, s->step_n + 1, sizeof *part);
	if (!part)
		return -ENOMEM;
	for (size_t i = 0; i < s->step_n; i++) {
		if (s->step[i].skip && s->step[i].skip(&v->state.report))
			continue;
		struct review_line *line = arena_array(a, s->step[i].ask_n + 1, sizeof *line);
		struct review_part *to = &part[p->part_n++];
		to->edit = arena_printf(a, "edit-%zu", i);
		if (!line || !to->edit)
			return -ENOMEM;
		to->title = text(web_lang(v->r), s->step[i].title);
		to->line = line;
		to->line_n = fill_lines(v, &s->step[i], line);
	}
	p->part = part;
	return 0;
}

/* --- what the desk does with it --- */

/* A professional's sector and its duty, as far as the shipped data knows. */
static void fill_sector(struct visit *v, struct review_page *p)
{
	static const struct {
		const char *reporter, *sector;
	} of[] = { { "travel", "TOURISM" }, { "digital", "ICT" }, { "teacher", "EDU" },
		{ "health", "HEALTH" } };
	const struct desk_data *d = DESK(v->r)->data;
	const char *reporter = report_get(&v->state.report, "reporter");
	for (size_t i = 0; reporter && i < ARRAY_LEN(of); i++)
		for (size_t k = 0; strcmp(of[i].reporter, reporter) == 0 && k < d->sector_n; k++)
			if (strcmp(d->sector[k].code, of[i].sector) == 0) {
				p->sector = d->sector[k].name[web_lang(v->r)];
				if (d->sector[k].duty_report)
					p->sector_law = d->sector[k].legal_basis;
			}
}

static int fill_law(struct visit *v, struct review_page *p)
{
	struct store_tx *t;
	int err = store_begin(DESK(v->r)->store, STORE_READ, &t);
	if (err)
		return err;
	err = desk_setting_get(t, web_arena(v->r), SETTING_LAW, &p->law);
	if (!err)
		err = desk_setting_get(t, web_arena(v->r), SETTING_PASSED_ON, &p->passed_on);
	store_rollback(t);
	p->live = desk_live(DESK(v->r));
	fill_sector(v, p);
	return err;
}

void review_show(struct visit *v)
{
	const struct steps *s = v->steps;
	struct arena *a = web_arena(v->r);
	enum lang l = web_lang(v->r);
	struct review_page p = { .steps = s, .report = &v->state.report, .notice = v->notice };
	p.at = p.of = steps_position(s, &v->state.report, s->step_n) + 1;
	p.urgent_still = v->was_urgent && report_priority(&v->state.report) == PRIORITY_P0;
	p.urgent = !p.urgent_still && report_priority(&v->state.report) == PRIORITY_P0;
	const char *const args[] = { text(l, s->review_title ? s->review_title
							     : N_("Read it again and send")),
		text_number(a, l, p.at), text_number(a, l, p.of), text(l, s->title), NULL };
	p.layout = step_layout(v, text_fill(a, l, N_("{0} – step {1} of {2} – {3}"), args));
	int err = fill_parts(v, &p);
	if (!err)
		err = fill_law(v, &p);
	if (!err)
		err = form_seal(DESK(v->r), a, &v->state, &p.state);
	if (err) {
		visit_failed(v, err);
		return;
	}
	page_review(web_out(v->r), &p);
	web_page(v->r, v->status);
}

/* --- sending --- */

static void show_sent(struct visit *v, bool receipt)
{
	struct arena *a = web_arena(v->r);
	enum lang l = web_lang(v->r);
	struct sent_page p = { .layout = step_layout(v, text(l, N_("Your report has arrived"))),
		.steps = v->steps,
		.report = &v->state.report,
		.receipt = receipt };
	p.urgent = report_priority(&v->state.report) == PRIORITY_P0;
	for (size_t i = 0; receipt && i < SEAL_WORDS; i++) {
		p.word[i] = desk_word(DESK(v->r)->data, l, v->state.words[i]);
		p.aloud = p.aloud ? arena_printf(a, "%s%s %s", p.aloud, l == LANG_AR ? "،" : ",",
					    p.word[i])
				  : p.word[i];
	}
	v->steps->sent(web_out(v->r), &p);
	web_page(v->r, 200);
}

void send_report(struct visit *v, bool receipt)
{
	uint8_t id[SEAL_ID];
	const struct staff *by = staff_of(v->r); /* NULL: it is the reporter */
	const struct audit_entry e = { .member = by ? by->member : 0, .role = by ? by->role : 0, .action = "report.enter" };
	const struct submission s = { .report = &v->state.report,
		.words = receipt ? v->state.words : NULL,
		.once = v->state.once,
		.language = lang_info(web_lang(v->r))->code,
		.entered = by ? &e : NULL };
	int err = desk_submit(DESK(v->r), &s, id);
	if (err >= 0) {
		show_sent(v, receipt);
		return;
	}
	v->status = 503;
	v->notice =
		err == -EAGAIN ? N_("Many people are sending at this moment. Nothing is lost: wait "
				    "a few seconds and press the button again.")
		: err == ERR_LIMIT
			? N_("All together this is too long to be kept. Please shorten your text.")
			: N_("Your report could not be stored yet. Nothing is lost: leave this "
			     "page open, wait a minute and press the button again.");
	web_header_set(v->r, "Retry-After", "10");
	review_show(v);
}
