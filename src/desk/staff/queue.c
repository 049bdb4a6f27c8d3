/* SPDX-License-Identifier: Apache-2.0 */
/* The queue: what waits, most urgent first. A unit sees what was put before it. */
#include "desk/staff/queue.h"

#include "desk/pages.h"
#include "desk/staff/case_pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>

#define NOWHERE "none" /* region: not known */

const char *const queue_field[QUEUE_FIELDS] = { "which", "state", "priority", "kind", "region" };

static const struct { const char *code, *label; } whiches[] = {
	[WORK_OPEN] = { "open", N_("What waits for somebody here") },
	[WORK_ALL] = { "all", N_("Everything") },
	[WORK_MINE] = { "mine", N_("Mine") },
	[WORK_UNASSIGNED] = { "nobody", N_("With nobody") },
	[WORK_LATE] = { "late", N_("Late") },
	[WORK_WAITING] = { "waiting", N_("A referral waits for an answer") },
};

/* --- what is asked, from an address and back --- */

static unsigned which_of(const char *code)
{
	for (unsigned i = 0; code && i < ARRAY_LEN(whiches); i++)
		if (!strcmp(whiches[i].code, code))
			return i;
	return WORK_OPEN;
}

static const char *region_of(const struct desk_data *d, const char *code)
{
	if (code && !strcmp(code, NOWHERE))
		return "";
	const struct desk_territory *t = code ? desk_territory(d, code) : NULL;
	return t && t->is_region ? t->code : NULL;
}

void queue_read(struct web_request *r, queue_get *get, struct work_filter *ret)
{
	enum report_kind kind;
	const char *priority = get(r, "priority"), *name = get(r, "kind");
	*ret = (struct work_filter){ .state = -1, .priority = -1, .kind = -1, .which = which_of(get(r, "which")),
		.region = region_of(DESK(r)->data, get(r, "region")), .after = get(r, "after") };
	if (!case_state_parse(CASE_REPORT, get(r, "state"), &ret->state))
		ret->state = -1;
	if (priority && priority[0] >= '0' && priority[0] < '0' + PRIORITY_COUNT && !priority[1])
		ret->priority = priority[0] - '0';
	if (name && report_kind_parse(name, &kind))
		ret->kind = (int)kind;
}

static const char *value_of(struct arena *a, const struct work_filter *f, const char *field)
{
	if (!strcmp(field, "which"))
		return f->which == WORK_OPEN ? NULL : whiches[f->which].code;
	if (!strcmp(field, "state"))
		return f->state < 0 ? NULL : case_state_name(CASE_REPORT, f->state);
	if (!strcmp(field, "priority"))
		return f->priority < 0 ? NULL : arena_printf(a, "%d", f->priority);
	if (!strcmp(field, "kind"))
		return f->kind < 0 ? NULL : report_kind_name((enum report_kind)f->kind);
	return !f->region ? NULL : *f->region ? f->region : NOWHERE;
}

const char *queue_write(struct arena *a, const struct work_filter *f)
{
	const char *out = "";
	for (size_t i = 0; i < QUEUE_FIELDS && out; i++) {
		const char *value = value_of(a, f, queue_field[i]);
		if (value)
			out = arena_printf(a, "%s%s%s=%s", out, *out ? "&" : "", queue_field[i], value);
	}
	return out;
}

static const char *address(struct arena *a, const char *query, const char *after)
{
	return arena_printf(a, "~/staff/reports%s%s%s%s", *query || after ? "?" : "", query,
		after ? *query ? "&after=" : "after=" : "", after ? after : "");
}

/* --- choices of the filter --- */

struct choosing {
	struct web_request *r;
	struct case_select *into;
	struct case_choice *of;
	size_t n;
	const char *now;     /* the value chosen; NULL: none */
	const char *words;   /* of all that is chosen, so far */
};

static void choice(struct choosing *c, const char *value, const char *label)
{
	bool chosen = c->now && !strcmp(c->now, value);
	c->of[c->n++] = (struct case_choice){ value, label, chosen };
	if (!chosen || !*value)
		return;
	/* Stands apart in a sentence, and may begin with "P2": a mark says which way it reads all the same. */
	const bool rtl = !strcmp(lang_info(web_lang(c->r))->dir, "rtl");
	c->words = c->words ? arena_printf(web_arena(c->r), "%s · %s", c->words, label)
		: arena_printf(web_arena(c->r), "%s%s", rtl ? "\xe2\x80\x8f" : "", label);
}

static void select_which(struct choosing *c)
{
	const bool national = staff_is_national(staff_of(c->r));
	for (size_t i = 0; i < ARRAY_LEN(whiches); i++)
		if (national || (i != WORK_MINE && i != WORK_UNASSIGNED))
			choice(c, i == WORK_OPEN ? "" : whiches[i].code, text(web_lang(c->r), whiches[i].label));
}

static void select_state(struct choosing *c)
{
	choice(c, "", text(web_lang(c->r), "Any state"));
	for (int i = 0; i < CR_COUNT; i++)
		choice(c, case_state_name(CASE_REPORT, i), text(web_lang(c->r), case_state_label(CASE_REPORT, i)));
}

static void select_priority(struct choosing *c)
{
	static const char *const number[] = { "0", "1", "2", "3" };
	choice(c, "", text(web_lang(c->r), "Any priority"));
	for (unsigned i = 0; i < PRIORITY_COUNT; i++)
		choice(c, number[i], staff_priority(web_lang(c->r), (enum priority)i));
}

static void select_kind(struct choosing *c)
{
	choice(c, "", text(web_lang(c->r), "Any kind"));
	for (int i = 0; i < REPORT_KIND_COUNT; i++)
		choice(c, report_kind_name((enum report_kind)i), text(web_lang(c->r), report_kind_label((enum report_kind)i)));
}

static void select_region(struct choosing *c)
{
	const struct desk_data *d = DESK(c->r)->data;
	choice(c, "", text(web_lang(c->r), "Any region"));
	choice(c, NOWHERE, text(web_lang(c->r), "Region not known"));
	for (size_t i = 0; i < d->territory_n; i++)
		if (d->territory[i].is_region)
			choice(c, d->territory[i].code, d->territory[i].name[web_lang(c->r)]);
}

static const struct { const char *label; void (*fill)(struct choosing *c); bool national; } selects[QUEUE_FIELDS] = {
	{ N_("Which"), select_which, false }, { N_("State"), select_state, true }, { N_("Priority"), select_priority, false },
	{ N_("About"), select_kind, false }, { N_("Region"), select_region, false },
};

static int filter(struct web_request *r, const struct work_filter *f, struct queue_page *p)
{
	struct arena *a = web_arena(r);
	struct case_select *select = arena_array(a, QUEUE_FIELDS, sizeof *select);
	if (!select)
		return -ENOMEM;
	for (size_t i = 0; i < QUEUE_FIELDS; i++) {
		if (selects[i].national && !staff_is_national(staff_of(r)))
			continue;
		const char *now = value_of(a, f, queue_field[i]);
		struct choosing c = { .r = r, .of = arena_array(a, DESK(r)->data->territory_n + 16, sizeof *c.of), .now = now ? now : "",
			.words = p->filtered };
		if (!c.of)
			return -ENOMEM;
		selects[i].fill(&c);
		p->filtered = c.words;
		select[p->filter_n++] = (struct case_select){ queue_field[i], text(web_lang(r), selects[i].label), c.of, c.n };
	}
	p->filter = select;
	return 0;
}

/* --- saved views --- */

static int views(struct web_request *r, struct queue_page *p)
{
	struct store_tx *t;
	struct store_rows *rows;
	struct arena *a = web_arena(r);
	struct queue_view *view = arena_array(a, VIEWS_MAX, sizeof *view);
	int err = view ? store_begin(DESK(r)->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT name, query FROM saved_view WHERE member = $1 ORDER BY name LIMIT $2",
		S_INT(staff_of(r)->member), S_INT(VIEWS_MAX));
	if (!err) {
		while (p->view_n < VIEWS_MAX && (err = store_next(rows)) == 1) {
			const char *name = store_text(rows, 0);
			view[p->view_n].href = address(a, store_text(rows, 1), NULL);
			view[p->view_n++].name = arena_text(a, name, strlen(name));
		}
		store_end(rows);
	}
	store_rollback(t);
	p->view = view;
	return MIN(err, 0);
}

/* --- the page --- */

static int fill(struct web_request *r, const struct work_filter *f, struct queue_page *p)
{
	struct work_row *row = NULL;
	const char *after = NULL;
	const struct actor who = staff_actor(staff_of(r));
	struct case_line *line = NULL;
	int err = work_list(DESK(r), web_arena(r), &who, f, &row, &p->row_n, &after);
	if (!err)
		err = staff_lines(r, row, p->row_n, &line);
	if (!err)
		err = filter(r, f, p);
	if (!err)
		err = views(r, p);
	p->row = line;
	p->query = queue_write(web_arena(r), f);
	if (err || !p->query)
		return err ? err : -ENOMEM;
	p->next = after ? address(web_arena(r), p->query, after) : NULL;
	p->first = f->after ? address(web_arena(r), p->query, NULL) : NULL;
	return 0;
}

static void show(struct web_request *r, const struct work_filter *f, const char *error, int status)
{
	const char *title = staff_is_national(staff_of(r)) ? N_("Queue") : N_("Referrals");
	struct queue_page p = {
		.layout = staff_layout(r, title),
		.title = text(web_lang(r), title),
		.csrf_save = staff_csrf(r, "/staff/views"),
		.csrf_remove = staff_csrf(r, "/staff/views/remove"),
		.error = error ? text(web_lang(r), error) : NULL,
	};
	int err = fill(r, f, &p);
	if (err) {
		web_status(r, err == ERR_MALFORMED ? 404 : 500);
		return;
	}
	p.layout.path = "/staff/reports";
	page_staff_queue(web_out(r), &p);
	web_page(r, status);
}

void staff_reports(struct web_request *r)
{
	struct work_filter f;
	if (!staff_may(r, STAFF_READERS))
		return;
	queue_read(r, web_query, &f);
	show(r, &f, NULL, 200);
}

/* --- saving one, taking one away --- */

struct saving { uint32_t member; const char *name, *query; };

static int save(struct store_tx *t, void *ctx)
{
	const struct saving *s = ctx;
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, "SELECT count(*) FROM saved_view WHERE member = $1 AND name <> $2", S_INT(s->member),
		S_TEXT(s->name));
	if (err)
		return err;
	err = store_next(rows);
	bool full = err == 1 && store_int(rows, 0) >= VIEWS_MAX;
	store_end(rows);
	if (err < 0 || full)
		return err < 0 ? err : ERR_LIMIT;
	return STORE_RUN(t, "INSERT INTO saved_view (member, name, query) VALUES ($1, $2, $3)"
		" ON CONFLICT (member, name) DO UPDATE SET query = excluded.query", S_INT(s->member), S_TEXT(s->name),
		S_TEXT(s->query));
}

void staff_view_save(struct web_request *r)
{
	struct work_filter f;
	if (!staff_may(r, STAFF_READERS))
		return;
	queue_read(r, web_field, &f);
	f.after = NULL;
	struct saving s = { staff_of(r)->member, web_field(r, "name"), queue_write(web_arena(r), &f) };
	if (!s.name || !*s.name || strlen(s.name) > VIEW_NAME || !s.query) {
		show(r, &f, N_("Give the view a name, of a few words."), 422);
		return;
	}
	int err = store_write(DESK(r)->store, save, &s);
	if (err == ERR_LIMIT)
		show(r, &f, N_("You have twenty views already: take one away first."), 422);
	else if (err)
		web_status(r, 500);
	else
		web_redirect(r, address(web_arena(r), s.query, NULL));
}

static int take_away(struct store_tx *t, void *ctx)
{
	const struct saving *s = ctx;
	return STORE_RUN(t, "DELETE FROM saved_view WHERE member = $1 AND name = $2", S_INT(s->member), S_TEXT(s->name));
}

void staff_view_remove(struct web_request *r)
{
	if (!staff_may(r, STAFF_READERS))
		return;
	struct saving s = { staff_of(r)->member, web_field(r, "name"), NULL };
	if (store_write(DESK(r)->store, take_away, &s))
		web_status(r, 500);
	else
		web_redirect(r, "~/staff/reports");
}
