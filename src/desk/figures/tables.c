/* SPDX-License-Identifier: Apache-2.0 */
/* The tables with their labels, the same for the page and for files. */
#include "desk/figures/tables.h"

#include "base/clock.h"
#include "desk/data.h"

#include <errno.h>

enum { KINDS = REPORT_KIND_COUNT, LINES = STEP_COUNT * (PRIORITY_COUNT + 1) };

static const char *const form_names[FIGURES_FORM_COUNT] = { "exact", "published" };

const char *figure_form_name(enum figure_form f)
{
	return form_names[f];
}

bool figure_form_parse(const char *name, enum figure_form *ret)
{
	for (int i = 0; name && i < FIGURES_FORM_COUNT; i++)
		if (!strcmp(form_names[i], name)) {
			*ret = (enum figure_form)i;
			return true;
		}
	return false;
}

const char *figure_bucket_label(unsigned bucket)
{
	static const char *const label[CASE_BUCKETS] = { N_("up to 15 minutes"), N_("up to 1 hour"), N_("up to 4 hours"),
		N_("up to 24 hours"), N_("up to 48 hours"), N_("up to 72 hours"), N_("up to 7 days"), N_("up to 30 days"),
		N_("longer than 30 days") };
	return bucket < CASE_BUCKETS ? label[bucket] : N_("not said");
}

static const char *const bucket_code[CASE_BUCKETS] = { "15m", "1h", "4h", "24h", "48h", "72h", "7d", "30d", "longer" };

struct maker {
	struct arena *a;
	enum lang l;
	const struct desk_data *data;
	const struct figures *f;
	const struct figure_numbers *n;
	enum figure_form form;
	struct figure_table *table;
	size_t table_n;
	bool failed;
};

/* A table whose labels and numbers are put next. */
static struct figure_table *make(struct maker *k, const char *name, const char *title, const char *row_head, size_t rows, size_t columns)
{
	struct figure_table *t = &k->table[k->table_n];
	*t = (struct figure_table){ .name = name, .title = text(k->l, title), .row_head = text(k->l, row_head), .rows = rows, .columns = columns,
		.row = arena_array(k->a, rows + 1, sizeof *t->row), .row_label = arena_array(k->a, rows + 1, sizeof *t->row_label),
		.column = arena_array(k->a, columns + 1, sizeof *t->column), .column_label = arena_array(k->a, columns + 1, sizeof *t->column_label),
		.value = arena_array(k->a, rows * columns + 1, sizeof *t->value) };
	k->failed |= !t->row || !t->row_label || !t->column || !t->column_label || !t->value;
	if (k->failed)
		return NULL;
	k->table_n++;
	return t;
}

static void row(struct figure_table *t, size_t i, const char *code, const char *label)
{
	t->row[i] = code;
	t->row_label[i] = label ? label : code;
}

static void column(struct figure_table *t, size_t i, const char *code, const char *label)
{
	t->column[i] = code;
	t->column_label[i] = label;
}

/* Shorter than what the public is asked: they are heads of columns. */
static void kinds(const struct maker *k, struct figure_table *t)
{
	static const char *const label[KINDS] = { [REPORT_ADDRESS] = N_("Addresses"), [REPORT_SOLICITATION] = N_("Solicitation"),
		[REPORT_TRAVEL] = N_("Travel and tourism"), [REPORT_OTHER] = N_("Other") };
	for (size_t i = 0; i < KINDS; i++)
		column(t, i, report_kind_name((enum report_kind)i), text(k->l, label[i]));
	column(t, KINDS, "total", text(k->l, N_("Total")));
	t->total_column = true;
}

static void copy(struct figure_table *t, size_t i, const int64_t *from)
{
	memcpy(t->value + i * t->columns, from, t->columns * sizeof *from);
}

static const char *month_code(const struct maker *k, size_t m)
{
	return arena_printf(k->a, "%04d-%02d", k->f->year, (int)m + 1);
}

static const char *month_label(const struct maker *k, size_t m)
{
	static const char *const name[FIGURE_MONTHS] = { NC_("month", "January"), NC_("month", "February"), NC_("month", "March"),
		NC_("month", "April"), NC_("month", "May"), NC_("month", "June"), NC_("month", "July"), NC_("month", "August"),
		NC_("month", "September"), NC_("month", "October"), NC_("month", "November"), NC_("month", "December") };
	return text_ctx(k->l, "month", name[m]);
}

static void months(struct maker *k)
{
	bool all = k->form == FIGURES_EXACT;
	struct figure_table *t = make(k, "received_by_month", N_("Reports received, by month"), N_("Month"), FIGURE_MONTHS + 1, all ? KINDS + 1 : 1);
	if (!t)
		return;
	if (all)
		kinds(k, t);
	else
		column(t, 0, "total", text(k->l, N_("Reports")));
	for (size_t m = 0; m <= FIGURE_MONTHS; m++) {
		bool sum = m == FIGURE_MONTHS;
		row(t, m, sum ? "total" : month_code(k, m), sum ? text(k->l, N_("Total")) : month_label(k, m));
		copy(t, m, all ? k->n->month[m] : &k->n->month[m][KINDS]);
	}
	t->total_row = true;
}

static const char *region_label(const struct maker *k, const char *code)
{
	const struct desk_territory *t = desk_territory(k->data, code);
	return t ? t->name[k->l] : text(k->l, N_("Region not known"));
}

static void regions(struct maker *k)
{
	struct figure_table *t = make(k, "received_by_region", N_("Reports received, by region and type"), N_("Region"), k->n->region_n + 1, KINDS + 1);
	if (!t)
		return;
	kinds(k, t);
	for (size_t r = 0; r <= k->n->region_n; r++) {
		bool sum = r == k->n->region_n;
		const char *code = sum ? "total" : k->f->region[r];
		row(t, r, *code ? code : "unknown", sum ? text(k->l, N_("Total")) : region_label(k, code));
		copy(t, r, k->n->region[r]);
	}
	t->total_row = true;
}

static const char *const priority_code[PRIORITY_COUNT + 1] = { "P0", "P1", "P2", "P3", "total" };

static const char *priority_label(const struct maker *k, size_t p)
{
	static const char *const label[PRIORITY_COUNT + 1] = { N_("P0: imminent danger"), N_("P1: child can be found, or contact goes on"),
		N_("P2: to be assessed within a day"), N_("P3: within three days"), N_("Total") };
	return text(k->l, label[p]);
}

static void priorities(struct maker *k)
{
	struct figure_table *t = make(k, "received_by_priority", N_("Reports received, by priority and type"), N_("Priority"), PRIORITY_COUNT + 1, KINDS + 1);
	if (!t)
		return;
	kinds(k, t);
	for (size_t p = 0; p <= PRIORITY_COUNT; p++) {
		row(t, p, priority_code[p], priority_label(k, p));
		copy(t, p, k->n->priority[p]);
	}
	t->total_row = true;
}

static const char *state_label(const struct maker *k, const char *name)
{
	for (int m = 0, s; m < CASE_MACHINE_COUNT; m++)
		if (case_state_parse((enum case_machine)m, name, &s))
			return text(k->l, case_state_label((enum case_machine)m, s));
	return name;
}

static void outcomes(struct maker *k)
{
	struct figure_table *t = make(k, "states_entered", N_("What became of reports: states entered, by type"), N_("State"), k->f->state_n, KINDS + 1);
	if (!t)
		return;
	kinds(k, t);
	for (size_t s = 0; s < k->f->state_n; s++) {
		row(t, s, k->f->state[s].name, state_label(k, k->f->state[s].name));
		copy(t, s, k->n->outcome[s]);
	}
}

static void outcomes_by_month(struct maker *k)
{
	struct figure_table *t = make(k, "states_by_month", N_("States entered, by month"), N_("State"), k->f->state_n, FIGURE_MONTHS);
	if (!t)
		return;
	for (size_t m = 0; m < FIGURE_MONTHS; m++)
		column(t, m, month_code(k, m), month_label(k, m));
	for (size_t s = 0; s < k->f->state_n; s++) {
		row(t, s, k->f->state[s].name, state_label(k, k->f->state[s].name));
		for (size_t m = 0; m < FIGURE_MONTHS; m++)
			for (size_t i = 0; i < KINDS; i++)
				t->value[s * FIGURE_MONTHS + m] += k->f->state[s].n[m][i];
	}
}

/* --- times --- */

static void classes(const struct maker *k, struct figure_table *t)
{
	for (unsigned b = 0; b < CASE_BUCKETS; b++)
		column(t, b, bucket_code[b], text(k->l, figure_bucket_label(b)));
}

/* Published: the class in the middle, of all priorities together. */
static void times_published(struct maker *k)
{
	struct figure_table *t = make(k, "times", N_("How long each step took"), N_("Step"), STEP_COUNT, 0);
	unsigned *median = arena_array(k->a, STEP_COUNT, sizeof *median);
	k->failed |= !median;
	if (k->failed)
		return;
	for (size_t s = 0; s < STEP_COUNT; s++) {
		row(t, s, case_step_name((enum case_step)s), text(k->l, case_step_label((enum case_step)s)));
		median[s] = figure_median(k->n->step[s][PRIORITY_COUNT], FIGURE_MEDIAN_LEAST);
	}
	t->median = median;
}

static void times_exact(struct maker *k)
{
	struct figure_table *t = make(k, "times", N_("How long each step took"), N_("Step"), LINES, CASE_BUCKETS);
	unsigned *median = arena_array(k->a, LINES, sizeof *median);
	k->failed |= !median;
	if (k->failed)
		return;
	classes(k, t);
	t->rows = 0;
	for (size_t s = 0; s < STEP_COUNT; s++)
		for (size_t i = 0; i <= PRIORITY_COUNT; i++) {
			size_t p = i ? i - 1 : PRIORITY_COUNT; /* all of them first */
			const int64_t *n = k->n->step[s][p];
			unsigned middle = figure_median(n, 1);
			if (middle == CASE_BUCKETS && i)
				continue;
			const char *step = text(k->l, case_step_label((enum case_step)s)), *code = case_step_name((enum case_step)s);
			row(t, t->rows, i ? arena_printf(k->a, "%s/%s", code, priority_code[p]) : code,
				i ? arena_printf(k->a, "%s, %s", step, priority_code[p]) : step);
			k->failed |= !t->row[t->rows];
			copy(t, t->rows, n);
			median[t->rows++] = middle;
		}
	t->median = median;
}

int figure_tables(struct arena *a, enum lang l, const struct desk_data *data, const struct figures *f, enum figure_form form,
	int64_t now, struct figure_table **ret, size_t *ret_n)
{
	struct figure_numbers *n = arena_alloc(a, sizeof *n);
	struct maker k = { .a = a, .l = l, .data = data, .f = f, .n = n, .form = form,
		.table = arena_array(a, FIGURE_TABLES, sizeof *k.table) };
	bool published = form != FIGURES_EXACT;
	if (published && f->year >= figure_year_of(now))
		return ERR_REFUSED;
	if (!n || !k.table)
		return -ENOMEM;
	figure_add_up(f, n);
	int err = published ? figure_publish(n, f->state_n) : 0;
	if (err)
		return err;
	months(&k);
	regions(&k);
	priorities(&k);
	outcomes(&k);
	if (!published)
		outcomes_by_month(&k);
	(published ? times_published : times_exact)(&k);
	if (k.failed)
		return -ENOMEM;
	*ret = k.table;
	*ret_n = k.table_n;
	return 0;
}
