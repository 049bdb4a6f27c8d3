/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a notice: to which kind of recipient, the form, the letter as it will go out, the sealed draft. What is
 * typed stays in the pages' own fields until it is sealed; the desk opens no address. */
#include "desk/staff/field.h"
#include "desk/staff/notices.h"

#include "base/clock.h"
#include "base/hex.h"
#include "desk/settings.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>
#include <sodium.h>

enum { ASKED_SECONDS = 24 * 3600 }; /* until when a letter asks for it */

/* What one request works with. */
struct writing {
	struct web_request *r;
	struct work_case c;
	enum recipient_kind kind;
	struct notice_letter l;      /* as typed */
	uint8_t id[SEAL_ID];         /* of the notice to be */
	const char *found, *filed;   /* of the opened report: its addresses, and what it was filed under */
	bool opened;
};

static bool is_on(uint64_t may, enum case_action a)
{
	return (may >> a) & 1;
}

/* --- what was typed --- */

static int from_directory(struct writing *w, const char *hex)
{
	uint8_t id[SEAL_ID];
	struct directory_recipient e;
	if (!hex_read(bytes_str(hex), id, sizeof id))
		return -ENOENT;
	int err = directory_recipient(DESK(w->r), web_arena(w->r), id, &e);
	if (err || e.kind != w->kind || !e.active)
		return err ? err : -ENOENT;
	w->l.name = e.name;
	w->l.mail = e.mail;
	w->l.postal = e.postal;
	w->l.form = e.form;
	if (!w->l.language)
		w->l.language = e.language;
	return 0;
}

/* Those typed, and those picked from the opened report. */
static int take_addresses(struct writing *w)
{
	const char *all = web_field(w->r, "addresses"), *one;
	all = all ? all : "";
	for (unsigned i = 0; (one = web_field_at(w->r, "found", i)); i++) {
		all = arena_printf(web_arena(w->r), "%s\n%s", all, one);
		if (!all)
			return -ENOMEM;
	}
	return letter_addresses(web_arena(w->r), all, &w->l.addresses);
}

static int take(struct writing *w)
{
	struct web_request *r = w->r;
	const char *recipient = staff_given(r, "recipient"), *channel = staff_given(r, "channel");
	w->l = (struct notice_letter){ .kind = w->kind, .language = staff_given(r, "language"), .name = staff_given(r, "name"),
		.mail = staff_given(r, "mail"), .postal = staff_given(r, "postal"), .form = staff_given(r, "form"),
		.offence = staff_given(r, "offence"), .subject = staff_given(r, "subject"), .body = staff_given(r, "body") };
	if (!notice_channel_parse(channel, &w->l.channel))
		w->l.channel = CHANNEL_MAIL;
	const char *id = staff_given(r, "id");
	if (!id || !hex_read(bytes_str(id), w->id, SEAL_ID))
		randombytes_buf(w->id, SEAL_ID);
	int err = take_addresses(w);
	return err || !recipient ? err : from_directory(w, recipient);
}

/* --- the opened report --- */

static int add_found(struct writing *w, const char *raw)
{
	const char *url = raw;
	int err = report_canonical_url(web_arena(w->r), raw, &url);
	if (err == -ENOMEM)
		return err;
	w->found = arena_printf(web_arena(w->r), "%s%s%s", w->found ? w->found : "", w->found ? "\n" : "", err ? raw : url);
	return w->found ? 0 : -ENOMEM;
}

static int addresses_of(struct writing *w, struct bytes json)
{
	struct report said;
	int err = report_read(web_arena(w->r), json, &said, NULL);
	for (size_t i = 0; i < report_field_count && !err; i++) {
		const char *at = said.value[i];
		struct bytes line;
		if (!at || (report_fields[i].type != FIELD_URL && strcmp(report_fields[i].name, "more_urls") != 0))
			continue;
		while (!err && report_entry(&at, &line)) {
			const char *raw = arena_text(web_arena(w->r), (const char *)line.p, line.n);
			err = raw ? *raw ? add_found(w, raw) : 0 : -ENOMEM;
		}
	}
	return err;
}

static int open_one(struct writing *w, uint32_t seq)
{
	struct work_assessment as;
	struct reading_message m;
	const struct actor who = staff_actor(staff_of(w->r));
	int err = work_open(DESK(w->r), web_arena(w->r), &who, w->c.row.id, seq, &m);
	if (err)
		return err;
	if (m.type == SEAL_REPORT)
		err = addresses_of(w, m.plain);
	else if (!(err = work_assessment_read(web_arena(w->r), m.plain, &as)))
		w->filed = as.offence ? as.offence : w->filed;
	sodium_memzero((void *)(uintptr_t)m.plain.p, m.plain.n);
	return err;
}

/* The report's own addresses, and the last assessment's offence. */
static int open_report(struct writing *w)
{
	int err = 0;
	for (size_t i = 0; i < w->c.message_n && !err; i++)
		if (w->c.message[i].type == SEAL_REPORT || w->c.message[i].type == SEAL_ASSESSMENT)
			err = open_one(w, w->c.message[i].seq);
	w->opened = !err;
	if (w->filed && !w->l.offence)
		w->l.offence = w->filed;
	return err;
}

/* --- the form --- */

static int recipients(struct writing *w, struct notice_new_page *p)
{
	struct directory_recipient *e;
	const char *chosen = staff_given(w->r, "recipient");
	size_t n = 0;
	int err = directory_recipients(DESK(w->r), web_arena(w->r), w->kind, &e, &n);
	struct notice_choice *c = err ? NULL : arena_array(web_arena(w->r), n + 1, sizeof *c);
	if (!c)
		return err ? err : -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *id = staff_hex(web_arena(w->r), e[i].id, SEAL_ID);
		if (!e[i].active || !id)
			continue;
		c[p->recipient_n++] = (struct notice_choice){ id, e[i].name, directory_fresh(e[i].confirmed, clock_unix()) ? NULL
			: text(web_lang(w->r), "not confirmed for six months"), chosen && !strcmp(chosen, id) };
	}
	p->recipient = c;
	return 0;
}

static int offences(struct writing *w, struct notice_new_page *p)
{
	const struct desk_data *d = DESK(w->r)->data;
	struct notice_choice *c = arena_array(web_arena(w->r), d->offence_n, sizeof *c);
	for (size_t i = 0; c && i < d->offence_n; i++)
		if (offence_for_notice(&d->offence[i]))
			c[p->offence_n++] = (struct notice_choice){ d->offence[i].code, d->offence[i].name[web_lang(w->r)], NULL,
				w->l.offence && !strcmp(w->l.offence, d->offence[i].code) };
	p->offence = c;
	return c ? 0 : -ENOMEM;
}

static bool line_is(const char *lines, const char *one)
{
	size_t n = strlen(one);
	for (; lines && *lines; lines += strcspn(lines, "\n"), lines += *lines == '\n')
		if (strcspn(lines, "\n") == n && !memcmp(lines, one, n))
			return true;
	return false;
}

static int found(struct writing *w, struct notice_new_page *p)
{
	struct bytes line;
	const char *at = w->found;
	struct notice_choice *c = arena_array(web_arena(w->r), LETTER_ADDRESSES_MAX, sizeof *c);
	while (c && at && p->found_n < LETTER_ADDRESSES_MAX && report_entry(&at, &line)) {
		const char *s = arena_text(web_arena(w->r), (const char *)line.p, line.n);
		if (s && !line_is(w->l.addresses, s))
			c[p->found_n++] = (struct notice_choice){ s, s, NULL, false };
	}
	p->found = c;
	return c ? 0 : -ENOMEM;
}

static void fields(struct writing *w, struct letter_fault f, struct notice_new_page *p)
{
	enum lang l = web_lang(w->r);
	const struct notice_letter *t = &w->l;
	const bool chosen = staff_given(w->r, "recipient") != NULL;
	const struct staff_field all[5] = {
		{ "name", STAFF_FIELD_LINE, text(l, "Name"), text(l, "Only if they are not in the list above."), .value = chosen ? NULL : t->name },
		{ "mail", STAFF_FIELD_CODE, text(l, "E-mail"), .value = chosen ? NULL : t->mail },
		{ "postal", STAFF_FIELD_AREA, text(l, "Postal address"), .value = chosen ? NULL : t->postal, .rows = 3 },
		{ "form", STAFF_FIELD_CODE, text(l, "Address of their web form"), .value = chosen ? NULL : t->form },
		{ "addresses", STAFF_FIELD_AREA, text(l, "What is to be taken down"),
			text(l, "One address on each line, as it stands. Do not open it to copy it."), .value = t->addresses, .rows = 5 },
	};
	memcpy(p->field, all, sizeof all);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		p->field[i].error = f.field && !strcmp(f.field, all[i].name) ? text(l, f.why) : NULL;
	for (enum lang i = 0; i < LANG_COUNT; i++)
		p->language[i] = (struct notice_choice){ lang_info(i)->code, lang_info(i)->name, NULL, t->language && !strcmp(t->language, lang_info(i)->code) };
	for (unsigned i = 0; i < CHANNEL_COUNT; i++)
		p->channel[i] = (struct notice_choice){ notice_channel_name((enum notice_channel)i),
			text(l, notice_channel_label((enum notice_channel)i)), NULL, t->channel == (enum notice_channel)i };
}

static int own_law(struct writing *w, const char **ret)
{
	struct store_tx *t;
	int err = store_begin(DESK(w->r)->store, STORE_READ, &t);
	if (err)
		return err;
	err = desk_setting_get(t, web_arena(w->r), SETTING_LAW, ret);
	store_rollback(t);
	return err;
}

static const char *path_of(struct writing *w)
{
	return arena_printf(web_arena(w->r), "/staff/notices/new/%s", web_param(w->r, "report"));
}

static void show_form(struct writing *w, struct letter_fault f, int status)
{
	struct arena *a = web_arena(w->r);
	const char *law = NULL, *path = path_of(w);
	struct notice_new_page p = {
		.layout = staff_layout(w->r, N_("A new removal notice")),
		.action = arena_printf(a, "~%s", path ? path : ""),
		.csrf = staff_csrf(w->r, path ? path : ""),
		.report_href = arena_printf(a, "~/staff/reports/%s", web_param(w->r, "report")),
		.report = arena_printf(a, "%.8s", web_param(w->r, "report")),
		.kind = recipient_kind_name(w->kind),
		.kind_label = text(web_lang(w->r), recipient_kind_label(w->kind)),
		.error = f.why ? text(web_lang(w->r), f.why) : NULL,
		.replace = staff_given(w->r, "replace"),
		.id = staff_hex(a, w->id, SEAL_ID),
		.opened = w->opened,
		.held = w->c.row.held,
	};
	int err = path && p.id ? recipients(w, &p) : -ENOMEM;
	if (!err)
		err = offences(w, &p);
	if (!err)
		err = found(w, &p);
	if (!err)
		err = own_law(w, &law);
	if (err) {
		web_status(w->r, 500);
		return;
	}
	p.law_missing = !law || !*law;
	fields(w, f, &p);
	page_notice_new(web_out(w->r), &p);
	web_page(w->r, status);
}

static void show_kinds(struct writing *w, const char *error, int status)
{
	struct arena *a = web_arena(w->r);
	const struct notice_new_page p = {
		.layout = staff_layout(w->r, N_("A new removal notice")),
		.action = arena_printf(a, "~/staff/notices/new/%s", web_param(w->r, "report")),
		.report_href = arena_printf(a, "~/staff/reports/%s", web_param(w->r, "report")),
		.report = arena_printf(a, "%.8s", web_param(w->r, "report")),
		.error = error ? text(web_lang(w->r), error) : NULL,
	};
	page_notice_kinds(web_out(w->r), &p);
	web_page(w->r, status);
}

/* --- the letter --- */

static int compose(struct writing *w, struct notice_letter *l)
{
	const char *law = NULL;
	int64_t until = seal_round_time(clock_unix() + ASKED_SECONDS + 3599);
	int err = own_law(w, &law);
	return err ? err : letter_compose(DESK(w->r), web_arena(w->r), w->id, law, until, l);
}

static void show_letter(struct writing *w, const struct notice_letter *l, struct letter_fault f, int status)
{
	struct arena *a = web_arena(w->r);
	enum lang own = web_lang(w->r), lang = own;
	const char *path = path_of(w);
	const struct desk_offence *o = case_offence(DESK(w->r)->data, l->offence);
	(void)!lang_parse(l->language, strlen(l->language), &lang);
	struct notice_preview_page p = {
		.layout = staff_layout(w->r, N_("The letter as it will go out")),
		.action = arena_printf(a, "~%s", path ? path : ""),
		.csrf = staff_csrf(w->r, path ? path : ""),
		.letter = l,
		.kind = text(own, recipient_kind_label(l->kind)),
		.channel = text(own, notice_channel_label(l->channel)),
		.lang = lang_info(lang)->code,
		.dir = lang_info(lang)->dir,
		.offence = o ? o->name[own] : "",
		.certain = o && offence_certain(o),
		.replace = staff_given(w->r, "replace"),
		.id = staff_hex(a, w->id, SEAL_ID),
		.error = f.why ? text(own, f.why) : NULL,
		.subject = { "subject", STAFF_FIELD_LINE, text(own, "Subject"), .value = l->subject,
			.error = f.field && !strcmp(f.field, "subject") ? text(own, f.why) : NULL },
		.body = { "body", STAFF_FIELD_AREA, text(own, "Letter"),
			text(own, "Say only what is known. No description of what is shown, no name of a child or of who reported."), .value = l->body,
			.error = f.field && !strcmp(f.field, "body") ? text(own, f.why) : NULL, .rows = 24 },
	};
	page_notice_preview(web_out(w->r), &p);
	web_page(w->r, status);
}

static void do_preview(struct writing *w)
{
	struct notice_letter l = w->l;
	const struct letter_fault f = letter_check(DESK(w->r)->data, &l, false);
	if (f.why)
		show_form(w, f, 422);
	else if (compose(w, &l))
		web_status(w->r, 500);
	else
		show_letter(w, &l, (struct letter_fault){ NULL, NULL }, 200);
}

/* A draft that is changed: its own words, not the template's. */
static void do_edit(struct writing *w)
{
	struct notice_letter l = w->l;
	const char *subject = l.subject, *body = l.body;
	if (letter_check(DESK(w->r)->data, &l, true).why || compose(w, &l)) {
		show_form(w, letter_check(DESK(w->r)->data, &w->l, false), 422);
		return;
	}
	l.subject = subject;
	l.body = body;
	show_letter(w, &l, (struct letter_fault){ NULL, NULL }, 200);
}

/* The draft before this one ends. If somebody has sent it meanwhile it stays as it is, and both are listed. */
static void end_old(struct writing *w, const struct actor *who, const char *replace)
{
	uint8_t id[SEAL_ID];
	const char *const args[] = { notice_reference(web_arena(w->r), w->id), NULL };
	if (!hex_read(bytes_str(replace), id, sizeof id))
		return;
	for (size_t i = 0; i < w->c.notice_n; i++) {
		const struct work_notice *n = &w->c.notice[i];
		struct act end = { .action = CA_END_NOTICE, .version = n->version, .about = n->id,
			.text = text_fill(web_arena(w->r), web_lang(w->r), "Replaced by {0}", args) };
		if (!memcmp(n->id, id, SEAL_ID) && n->state == CN_DRAFTED && !n->handed)
			(void)!work_act(DESK(w->r), who, w->c.row.id, &end);
	}
}

static int save(struct writing *w, struct notice_letter *l, enum case_refusal *why)
{
	const char *json, *subject = l->subject, *body = l->body;
	const struct actor who = staff_actor(staff_of(w->r));
	int err = compose(w, l);
	l->subject = subject;
	l->body = body;
	if (!err)
		err = letter_write(web_arena(w->r), l, &json);
	if (err)
		return err;
	struct act a = { .action = CA_DRAFT, .version = w->c.row.version, .text = json, .kind = recipient_kind_name(l->kind),
		.channel = notice_channel_name(l->channel), .template = l->template };
	memcpy(a.made, w->id, SEAL_ID);
	err = work_act(DESK(w->r), &who, w->c.row.id, &a);
	*why = a.why;
	if (!err && staff_given(w->r, "replace"))
		end_old(w, &who, staff_given(w->r, "replace"));
	return err;
}

static void do_save(struct writing *w)
{
	struct notice_letter l = w->l;
	enum case_refusal why = CASE_MAY;
	struct letter_fault f = letter_check(DESK(w->r)->data, &l, true);
	int err = f.why ? 0 : save(w, &l, &why);
	if (!f.why && (!err || err == -EEXIST)) { /* the same form sent twice made one draft */
		web_redirect(w->r, arena_printf(web_arena(w->r), "~/staff/notices/%s", staff_hex(web_arena(w->r), w->id, SEAL_ID)));
		return;
	}
	if (!f.why)
		f = (struct letter_fault){ NULL, notice_problem(err, why) };
	int status = err == -EAGAIN ? 409 : 422;
	if (!f.why) {
		f.why = staff_not_kept;
		status = 503;
	}
	show_letter(w, &l, f, status);
}

static void do_open(struct writing *w)
{
	int err = open_report(w);
	const char *why = err ? notice_problem(err, CASE_MAY) : NULL;
	if (err && !why)
		web_status(w->r, err == -ENOENT ? 404 : 500);
	else
		show_form(w, (struct letter_fault){ NULL, why }, err ? 422 : 200);
}

static void do_form(struct writing *w)
{
	show_form(w, (struct letter_fault){ NULL, NULL }, 200);
}

/* --- the two handlers --- */

/* The case of the address, where a notice may be written; false: answered. */
static bool begin(struct web_request *r, struct writing *w)
{
	uint8_t report[SEAL_ID];
	w->r = r;
	if (!staff_may_national(r, NOTICE_STAFF))
		return false;
	if (!hex_read(bytes_str(web_param(r, "report")), report, SEAL_ID)) {
		web_status(r, 404);
		return false;
	}
	if (!notice_case(r, report, &w->c))
		return false;
	if (is_on(w->c.may, CA_DRAFT))
		return true;
	show_kinds(w, N_("A removal notice can be written once the case is confirmed."), 422);
	return false;
}

const char *notice_kind_of(struct web_request *r)
{
	enum recipient_kind kind;
	const char *name = staff_given(r, "kind") ? staff_given(r, "kind") : web_query(r, "kind");
	return recipient_kind_parse(name, &kind) && recipient_takes_notices(kind) ? recipient_kind_name(kind) : NULL;
}

void staff_notice_new(struct web_request *r)
{
	struct writing w = { .l = { .channel = CHANNEL_MAIL } };
	if (!begin(r, &w))
		return;
	if (!recipient_kind_parse(notice_kind_of(r), &w.kind)) {
		show_kinds(&w, NULL, 200);
		return;
	}
	randombytes_buf(w.id, SEAL_ID);
	show_form(&w, (struct letter_fault){ NULL, NULL }, 200);
}

void staff_notice_new_post(struct web_request *r)
{
	static const struct { const char *go; void (*run)(struct writing *w); } ways[] = { { "open", do_open }, { "form", do_form },
		{ "preview", do_preview }, { "edit", do_edit }, { "save", do_save } };
	struct writing w = { 0 };
	const char *go = staff_given(r, "go");
	if (!begin(r, &w))
		return;
	if (!recipient_kind_parse(notice_kind_of(r), &w.kind)) {
		show_kinds(&w, NULL, 422);
		return;
	}
	int err = take(&w);
	if (err == ERR_LIMIT || err == -ENOENT) {
		show_form(&w, (struct letter_fault){ "addresses", err == ERR_LIMIT ? N_("At most 50 addresses, each at most 2,000 letters, 6,000 in all.")
			: N_("This recipient is not in the directory any more.") }, 422);
		return;
	}
	for (size_t i = 0; !err && go && i < ARRAY_LEN(ways); i++) {
		if (!strcmp(ways[i].go, go)) {
			ways[i].run(&w);
			return;
		}
	}
	web_status(r, err ? 500 : 400);
}
