/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/figures/pages.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/staff/pages.h"

#include <errno.h>

enum { WORKS = STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR),
	LOOKS = WORKS | STAFF_ROLE(KEYS_AUDITOR) | STAFF_ROLE(KEYS_ADMINISTRATOR) };

struct wanted {
	int year;
	enum figure_form form;
	bool may_exact;
};

/* The figures are the national desk's: a unit's member is not among its readers. */
static bool may(struct web_request *r, bool *ret_exact)
{
	if (!staff_may(r, LOOKS))
		return false;
	const struct staff *s = staff_of(r);
	bool works = WORKS & STAFF_ROLE(s->role);
	*ret_exact = works;
	if (!works || !strcmp(s->unit, KEYS_NATIONAL))
		return true;
	staff_refuse(r, "not of the national desk");
	return false;
}

static int year_asked(const char *s, int otherwise)
{
	if (!s || strlen(s) != 4 || strspn(s, "0123456789") != 4)
		return otherwise;
	return (int)strtol(s, NULL, 10);
}

/* Answers by itself when this person may not have what they ask for. */
static bool asked(struct web_request *r, struct wanted *ret)
{
	const char *form = web_query(r, "form");
	if (!may(r, &ret->may_exact))
		return false;
	int now = figure_year_of(clock_unix());
	ret->form = ret->may_exact ? FIGURES_EXACT : FIGURES_PUBLISHED;
	if (form && !figure_form_parse(form, &ret->form)) {
		web_status(r, 404);
		return false;
	}
	if (ret->form == FIGURES_EXACT && !ret->may_exact) {
		staff_refuse(r, "exact figures");
		return false;
	}
	ret->year = year_asked(web_query(r, "year"), ret->form == FIGURES_EXACT ? now : now - 1);
	return true;
}

/* Which figures, in which form, and as what: reading them is in the trail like any other reading. */
static int audit(struct web_request *r, const struct wanted *w, const char *as)
{
	const struct staff *s = staff_of(r);
	char object[32];
	(void)snprintf(object, sizeof object, "%d %s", w->year, figure_form_name(w->form));
	return audit_now(DESK(r), &(struct audit_entry){ .member = s->member, .role = s->role, .action = "figures.view", .object = object, .detail = as });
}

static int tables(struct web_request *r, const struct wanted *w, struct figure_table **ret, size_t *ret_n)
{
	struct figures *f;
	int err = figure_read(DESK(r)->store, web_arena(r), DESK(r)->data, w->year, &f);
	return err ? err : figure_tables(web_arena(r), web_lang(r), DESK(r)->data, f, w->form, clock_unix(), ret, ret_n);
}

/* --- files --- */

static void file(struct web_request *r, bool json)
{
	struct wanted w;
	struct figure_table *t;
	size_t n;
	struct bytes out;
	if (!asked(r, &w))
		return;
	int err = tables(r, &w, &t, &n);
	if (!err)
		err = json ? figure_json(web_arena(r), w.year, w.form, t, n, &out) : figure_csv(web_arena(r), t, n, &out);
	if (!err)
		err = audit(r, &w, json ? "json" : "csv");
	const char *name = arena_printf(web_arena(r), "attachment; filename=\"figures-%d-%s.%s\"", w.year, figure_form_name(w.form), json ? "json" : "csv");
	if (err == ERR_REFUSED) {
		web_status(r, 404); /* of a year that has not ended nothing is published */
	} else if (err || !name) {
		web_status(r, 500);
	} else {
		web_header_set(r, "Content-Disposition", name);
		web_send(r, 200, json ? "application/json" : "text/csv; charset=utf-8", out);
	}
}

void staff_figures_csv(struct web_request *r)
{
	file(r, false);
}

void staff_figures_json(struct web_request *r)
{
	file(r, true);
}

/* --- the page --- */

/* The table without its sums; a column is a series. */
static void draw(struct web_request *r, const struct figure_table *t, const char *id, int kind, struct chart **ret)
{
	size_t rows = t->rows - t->total_row, columns = t->columns - t->total_column;
	struct chart_series *s = arena_array(web_arena(r), columns + 1, sizeof *s);
	if (!s || !rows)
		return;
	for (size_t c = 0; c < columns; c++) {
		int64_t *v = arena_array(web_arena(r), rows, sizeof *v);
		if (!v)
			return;
		for (size_t i = 0; i < rows; i++)
			v[i] = t->value[i * t->columns + c];
		s[c] = (struct chart_series){ t->column_label[c], v };
	}
	struct chart *chart = arena_alloc(web_arena(r), sizeof *chart);
	if (!chart)
		return;
	*chart = (struct chart){ .title = t->title, .label = t->row_label, .label_n = rows, .series = s, .series_n = columns, .id = id,
		.bare = true, .gap = text(web_lang(r), N_("hidden")) };
	chart->kind = kind;
	*ret = chart;
}

static const struct {
	const char *table, *id;
	int kind;
} drawn[] = {
	{ "received_by_month", "months", CHART_LINE },
	{ "received_by_priority", "priorities", CHART_BARS },
	{ "states_entered", "states", CHART_BARS },
};

static int fill(struct web_request *r, const struct wanted *w, struct figures_page *p)
{
	int *years;
	struct figure_table *t = NULL;
	int err = figure_years(DESK(r)->store, web_arena(r), &years, &p->years_n);
	if (err)
		return err;
	p->years = years;
	err = tables(r, w, &t, &p->table_n);
	p->too_early = err == ERR_REFUSED;
	if (err)
		return p->too_early ? 0 : err;
	p->table = t;
	p->chart = arena_array(web_arena(r), p->table_n + 1, sizeof(struct chart *));
	for (size_t i = 0; p->chart && i < p->table_n; i++)
		for (size_t k = 0; k < ARRAY_LEN(drawn); k++)
			if (!strcmp(drawn[k].table, t[i].name))
				draw(r, &t[i], drawn[k].id, drawn[k].kind, &p->chart[i]);
	return p->chart ? 0 : -ENOMEM;
}

void staff_figures(struct web_request *r)
{
	struct wanted w;
	if (!asked(r, &w))
		return;
	struct figures_page p = { .layout = staff_layout(r, N_("Figures")), .year = w.year, .form = w.form, .may_exact = w.may_exact };
	int err = fill(r, &w, &p);
	if (!err)
		err = audit(r, &w, "page");
	if (err) {
		web_status(r, 500);
		return;
	}
	page_staff_figures(web_out(r), &p);
	web_page(r, 200);
}
