/* SPDX-License-Identifier: Apache-2.0 */
/* The tables as CSV and JSON: codes, not labels, so that a file reads the same in every language. */
#include "desk/figures/figures.h"

#include <errno.h>
#include <jansson.h>

/* A line: two names of at most 60, a number. */
enum { LINE_MAX_BYTES = 256 };

struct lines {
	char *p;
	size_t n, room;
};

static void line(struct lines *out, const struct figure_table *t, const char *row, const char *column, const char *value, bool hidden)
{
	int n = snprintf(out->p + out->n, out->room - out->n, "%s,%s,%s,%s,%d\r\n", t->name, row, column, value, hidden);
	if (n > 0 && (size_t)n < out->room - out->n)
		out->n += (size_t)n;
}

static const char *median_code(unsigned bucket)
{
	static const char *const code[] = { "15m", "1h", "4h", "24h", "48h", "72h", "7d", "30d", "longer" };
	static_assert(ARRAY_LEN(code) == CASE_BUCKETS, "a code for each class");
	return bucket < CASE_BUCKETS ? code[bucket] : "";
}

static void table_lines(struct lines *out, const struct figure_table *t)
{
	for (size_t r = 0; r < t->rows; r++) {
		for (size_t c = 0; c < t->columns; c++) {
			int64_t v = t->value[r * t->columns + c];
			char number[24] = "";
			if (v != FIGURE_HIDDEN)
				(void)snprintf(number, sizeof number, "%lld", (long long)v);
			line(out, t, t->row[r], t->column[c], number, v == FIGURE_HIDDEN);
		}
		if (t->median)
			line(out, t, t->row[r], "median", median_code(t->median[r]), t->median[r] >= CASE_BUCKETS);
	}
}

int figure_csv(struct arena *a, const struct figure_table *t, size_t n, struct bytes *ret)
{
	static const char head[] = "table,row,column,value,hidden\r\n";
	size_t count = 1;
	for (size_t i = 0; i < n; i++)
		count += t[i].rows * (t[i].columns + 1);
	struct lines out = { .p = arena_alloc(a, count * LINE_MAX_BYTES), .room = count * LINE_MAX_BYTES };
	if (!out.p)
		return -ENOMEM;
	memcpy(out.p, head, sizeof head - 1);
	out.n = sizeof head - 1;
	for (size_t i = 0; i < n; i++)
		table_lines(&out, &t[i]);
	*ret = bytes_of(out.p, out.n);
	return 0;
}

/* --- JSON: hidden numbers are null --- */

static json_t *names(const char *const *name, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(name[i]));
	return list;
}

static json_t *numbers(const struct figure_table *t)
{
	json_t *all = json_array();
	for (size_t r = 0; r < t->rows; r++) {
		json_t *one = json_array();
		for (size_t c = 0; c < t->columns; c++) {
			int64_t v = t->value[r * t->columns + c];
			json_array_append_new(one, v == FIGURE_HIDDEN ? json_null() : json_integer((json_int_t)v));
		}
		json_array_append_new(all, one);
	}
	return all;
}

static json_t *medians(const struct figure_table *t)
{
	json_t *list = json_array();
	for (size_t r = 0; r < t->rows; r++)
		json_array_append_new(list, t->median[r] < CASE_BUCKETS ? json_string(median_code(t->median[r])) : json_null());
	return list;
}

static json_t *table_json(const struct figure_table *t)
{
	json_t *o = json_pack("{s:s, s:o, s:o, s:o}", "name", t->name, "rows", names(t->row, t->rows), "columns", names(t->column, t->columns),
		"values", numbers(t));
	if (o && t->median)
		json_object_set_new(o, "median", medians(t));
	return o;
}

int figure_json(struct arena *a, int year, enum figure_form form, const struct figure_table *t, size_t n, struct bytes *ret)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, table_json(&t[i]));
	json_t *o = json_pack("{s:i, s:s, s:o}", "year", year, "form", figure_form_name(form), "tables", list);
	if (o && form == FIGURES_PUBLISHED)
		json_object_set_new(o, "protection", json_pack("{s:i, s:i, s:i, s:i}", "least", FIGURE_LEAST, "rounded_to", FIGURE_ROUND,
			"uncertain_within", FIGURE_WIDTH, "median_least", FIGURE_MEDIAN_LEAST));
	size_t size = o ? json_dumpb(o, NULL, 0, JSON_COMPACT) : 0;
	char *out = size ? arena_alloc(a, size + 1) : NULL;
	if (out)
		*ret = bytes_of(out, json_dumpb(o, out, size, JSON_COMPACT));
	json_decref(o);
	return out ? 0 : -ENOMEM;
}
