/* SPDX-License-Identifier: Apache-2.0 */
/* Figures: counted, read, added up, and made fit to be published. */
#include "desk/data.h"
#include "desk/figures/tables.h"
#include "desk/schema.h"
#include "desk/submit.h"
#include "../store/testdb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>

#define YEAR_2025 1735689600 /* 2025-01-01 */
#define YEAR_2027 1798761600

static struct store *store;
static struct arena arena;
static struct desk_territory places[] = {
	{ .code = "MA-01", .region = "MA-01", .name = { "Nord", "الشمال", "North" }, .is_region = true },
	{ .code = "MA-06", .region = "MA-06", .name = { "Centre", "الوسط", "Centre" }, .is_region = true },
	{ .code = "MA-CAS", .region = "MA-06" },
};
static struct desk_data data = { .territory = places, .territory_n = ARRAY_LEN(places) };

static int fresh(void **state)
{
	struct err_note note = { "" };
	arena_init(&arena, 0);
	int err = store_open(testdb_where(), &store, &note);
	if (!err)
		err = store_migrate(store, desk_schema, desk_schema_n, &note);
	if (err)
		fail_msg("%s", note.text);
	return 0;
}

static int gone(void **state)
{
	store_close(store);
	arena_done(&arena);
	return 0;
}

static void count(int64_t at, const char *kind, int64_t priority, const char *region, const char *state, int times)
{
	struct store_tx *t;
	assert_int_equal(store_begin(store, STORE_WRITE, &t), 0);
	for (int i = 0; i < times; i++)
		assert_int_equal(desk_count(t, &(struct desk_counted){ at, kind, priority, region, state }), 0);
	assert_int_equal(store_commit(t), 0);
}

static void step(enum case_step s, enum priority p, int64_t seconds, int64_t now, int times)
{
	struct store_tx *t;
	assert_int_equal(store_begin(store, STORE_WRITE, &t), 0);
	for (int i = 0; i < times; i++)
		assert_int_equal(figure_step(t, s, p, seconds, now), 0);
	assert_int_equal(store_commit(t), 0);
}

static const struct figure_table *table(const struct figure_table *t, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(t[i].name, name))
			return &t[i];
	fail_msg("no table %s", name);
	return NULL;
}

static int64_t cell(const struct figure_table *t, const char *row, const char *column)
{
	for (size_t r = 0; r < t->rows; r++)
		for (size_t c = 0; c < t->columns; c++)
			if (!strcmp(t->row[r], row) && !strcmp(t->column[c], column))
				return t->value[r * t->columns + c];
	fail_msg("%s: no cell %s %s", t->name, row, column);
	return 0;
}

static struct figure_table *read_tables(int year, enum figure_form form, int64_t now, size_t *n)
{
	struct figures *f;
	struct figure_table *t = NULL;
	assert_int_equal(figure_read(store, &arena, &data, year, &f), 0);
	assert_int_equal(figure_tables(&arena, LANG_EN, &data, f, form, now, &t, n), 0);
	return t;
}

static void figures_are_read_as_they_were_counted(void **state)
{
	count(YEAR_2025 + 86400 * 40, "address", 2, "MA-06", "received", 7);
	count(YEAR_2025 + 86400 * 40, "address", 2, "MA-01", "received", 2);
	count(YEAR_2025 + 86400 * 70, "travel", 1, NULL, "received", 3);
	count(YEAR_2025 + 86400 * 70, "travel", 1, "MA-99", "received", 1); /* a region that data no longer has */
	count(YEAR_2025 + 86400 * 70, "travel", 1, NULL, "confirmed", 2);
	count(YEAR_2025 + 86400 * 400, "travel", 1, NULL, "received", 9); /* the year after */
	count(YEAR_2025 - 1, "travel", 1, NULL, "received", 9);           /* the year before */
	size_t n;
	struct figure_table *t = read_tables(2025, FIGURES_EXACT, YEAR_2027, &n);
	const struct figure_table *month = table(t, n, "received_by_month"), *region = table(t, n, "received_by_region"),
		*priority = table(t, n, "received_by_priority"), *became = table(t, n, "states_entered");
	assert_int_equal(cell(month, "2025-02", "address"), 9);
	assert_int_equal(cell(month, "2025-03", "travel"), 4);
	assert_int_equal(cell(month, "2025-01", "total"), 0);
	assert_int_equal(cell(month, "total", "total"), 13);
	assert_int_equal(cell(region, "MA-06", "address"), 7);
	assert_int_equal(cell(region, "MA-01", "total"), 2);
	assert_int_equal(cell(region, "unknown", "travel"), 4);
	assert_int_equal(cell(region, "total", "total"), 13);
	assert_int_equal(cell(priority, "P1", "travel"), 4);
	assert_int_equal(cell(priority, "P2", "total"), 9);
	assert_int_equal(cell(became, "confirmed", "travel"), 2);
	assert_int_equal(cell(table(t, n, "states_by_month"), "confirmed", "2025-03"), 2);
	assert_string_equal(became->row_label[0], "Confirmed");
	assert_string_equal(region->row_label[1], "Centre");
}

static void figures_know_their_years(void **state)
{
	int *years;
	size_t n;
	assert_int_equal(figure_years(store, &arena, &years, &n), 0);
	assert_int_equal(n, 0);
	count(YEAR_2025, "other", 3, NULL, "received", 1);
	count(YEAR_2027, "other", 3, NULL, "received", 1);
	count(YEAR_2027 - 1, "other", 3, NULL, "received", 1);
	assert_int_equal(figure_years(store, &arena, &years, &n), 0);
	assert_int_equal(n, 3);
	assert_true(years[0] == 2027 && years[1] == 2026 && years[2] == 2025);
}

static void figures_say_how_long_in_classes(void **state)
{
	step(STEP_FIRST_LOOK, PRIORITY_P0, 60, YEAR_2025, 3);
	step(STEP_FIRST_LOOK, PRIORITY_P0, 1000, YEAR_2025, 1);
	step(STEP_FIRST_LOOK, PRIORITY_P2, 90000, YEAR_2025, 9);
	step(STEP_COUNT, PRIORITY_P2, 90000, YEAR_2025, 1);
	size_t n;
	const struct figure_table *all = read_tables(2025, FIGURES_EXACT, YEAR_2027, &n), *t = table(all, n, "times");
	assert_int_equal(cell(t, "first_look/P0", "15m"), 3);
	assert_int_equal(cell(t, "first_look/P0", "1h"), 1);
	assert_int_equal(cell(t, "first_look", "48h"), 9);
	assert_int_equal(t->median[0], 4);
	assert_string_equal(t->row[1], "first_look/P0");
	assert_int_equal(t->median[1], 0);
	all = read_tables(2025, FIGURES_PUBLISHED, YEAR_2027, &n);
	t = table(all, n, "times");
	assert_int_equal(t->columns, 0);
	assert_int_equal(t->median[0], 4);
	assert_int_equal(t->median[1], CASE_BUCKETS); /* fewer than ten */
}

static void figure_median_is_the_class_in_the_middle(void **state)
{
	static const struct {
		int64_t n[CASE_BUCKETS], least;
		unsigned median;
	} of[] = {
		{ { 0 }, 1, CASE_BUCKETS },
		{ { 1 }, 1, 0 },
		{ { 1 }, 2, CASE_BUCKETS },
		{ { 1, 1 }, 1, 0 },
		{ { 1, 2 }, 1, 1 },
		{ { 1, 0, 0, 2 }, 1, 3 },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 4 }, 1, 8 },
		{ { 5, 5, 5, 5, 5, 5, 5, 5, 5 }, 45, 4 },
	};
	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		assert_int_equal(figure_median(of[i].n, of[i].least), of[i].median);
}

static void figures_of_a_year_that_runs_are_not_published(void **state)
{
	struct figures *f;
	struct figure_table *t;
	size_t n;
	assert_int_equal(figure_read(store, &arena, &data, 2026, &f), 0);
	assert_int_equal(figure_tables(&arena, LANG_EN, &data, f, FIGURES_PUBLISHED, YEAR_2027 - 1, &t, &n), ERR_REFUSED);
	assert_int_equal(figure_tables(&arena, LANG_EN, &data, f, FIGURES_PUBLISHED, YEAR_2027, &t, &n), 0);
	assert_int_equal(figure_tables(&arena, LANG_EN, &data, f, FIGURES_EXACT, YEAR_2027 - 1, &t, &n), 0);
}

/* --- what is published, without a database --- */

static uint64_t seed = 99;
static unsigned draw(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static void drawn(struct figures *f, unsigned reports)
{
	static const char *const region[] = { "MA-01", "MA-06", "" };
	*f = (struct figures){ .year = 2025, .region_n = 3, .state_n = 2, .state = { { .name = "confirmed" }, { .name = "closed" } } };
	memcpy(f->region, region, sizeof region);
	for (unsigned i = 0; i < reports; i++) {
		unsigned m = draw(12), k = draw(4) * draw(2), p = draw(4), r = draw(3) * draw(2);
		f->received[m][k][p][r]++;
		f->state[draw(2)].n[m][k]++;
	}
	for (int i = 0; i < 30; i++)
		f->step[draw(STEP_COUNT)][draw(4)][draw(CASE_BUCKETS)]++;
}

/* Exactly one hidden among numbers that are known to add up is no hidden one. */
static void line_keeps_its_secret(unsigned hidden)
{
	assert_int_not_equal(hidden, 1);
}

static bool is_hidden(const struct figure_table *t, size_t r, size_t c)
{
	return t->value[r * t->columns + c] == FIGURE_HIDDEN;
}

static void lines_keep_their_secrets(const struct figure_table *t)
{
	for (size_t r = 0; r < t->rows; r++) {
		unsigned hidden = 0;
		for (size_t c = 0; c < t->columns; c++)
			hidden += is_hidden(t, r, c);
		if (t->total_column)
			line_keeps_its_secret(hidden);
	}
	for (size_t c = 0; c < t->columns; c++) {
		unsigned hidden = 0;
		for (size_t r = 0; r < t->rows; r++)
			hidden += is_hidden(t, r, c);
		if (t->total_row)
			line_keeps_its_secret(hidden);
	}
}

static void numbers_are_fit(const struct figure_table *t, const struct figure_table *exact)
{
	for (size_t r = 0; r < t->rows; r++)
		for (size_t c = 0; c < t->columns; c++) {
			int64_t v = t->value[r * t->columns + c];
			int64_t was = cell(exact, t->row[r], t->column[c]);
			if (was < FIGURE_LEAST)
				assert_int_equal(v, FIGURE_HIDDEN);
			assert_true(v == FIGURE_HIDDEN || v == figure_round(was));
		}
}

static void figures_published_tell_no_small_number(void **state)
{
	static const char *const shared[] = { "received_by_month", "received_by_region", "received_by_priority", "states_entered" };
	static struct figures f;
	unsigned shown = 0;
	for (int i = 0; i < 120; i++) {
		struct figure_table *t, *exact;
		size_t n, exact_n;
		drawn(&f, 1u << (i % 13));
		assert_int_equal(figure_tables(&arena, LANG_EN, &data, &f, FIGURES_PUBLISHED, YEAR_2027, &t, &n), 0);
		assert_int_equal(figure_tables(&arena, LANG_EN, &data, &f, FIGURES_EXACT, YEAR_2027, &exact, &exact_n), 0);
		for (size_t k = 0; k < ARRAY_LEN(shared); k++) {
			numbers_are_fit(table(t, n, shared[k]), table(exact, exact_n, shared[k]));
			lines_keep_their_secrets(table(t, n, shared[k]));
		}
		/* A sum that stands in two tables is one number. */
		const struct figure_table *region = table(t, n, "received_by_region"), *priority = table(t, n, "received_by_priority");
		for (size_t c = 0; c < region->columns; c++)
			assert_int_equal(cell(region, "total", region->column[c]), cell(priority, "total", region->column[c]));
		assert_int_equal(cell(region, "total", "total"), cell(table(t, n, "received_by_month"), "total", "total"));
		shown += cell(region, "total", "total") != FIGURE_HIDDEN;
		for (size_t k = 0; k < n; k++)
			assert_int_not_equal(strcmp(t[k].name, "states_by_month"), 0);
	}
	assert_true(shown > 30); /* it does not hide everything */
}

/* --- files --- */

static void figures_as_csv_have_a_line_a_number(void **state)
{
	static struct figures f;
	struct figure_table *t;
	size_t n, lines = 0, wanted = 1;
	struct bytes csv;
	drawn(&f, 200);
	assert_int_equal(figure_tables(&arena, LANG_AR, &data, &f, FIGURES_PUBLISHED, YEAR_2027, &t, &n), 0);
	assert_int_equal(figure_csv(&arena, t, n, &csv), 0);
	for (size_t i = 0; i < csv.n; i++) {
		lines += csv.p[i] == '\n';
		assert_true(csv.p[i] < 0x80); /* codes, in every language */
	}
	for (size_t i = 0; i < n; i++)
		wanted += t[i].rows * (t[i].columns + (t[i].median != NULL));
	assert_int_equal(lines, wanted);
	const char *text = arena_text(&arena, (const char *)csv.p, csv.n);
	assert_non_null(strstr(text, "table,row,column,value,hidden\r\n"));
	assert_non_null(strstr(text, "\r\nreceived_by_region,total,total,200,0\r\n"));
	assert_non_null(strstr(text, ",,1\r\n"));
}

static void figures_as_json_hide_with_null(void **state)
{
	static struct figures f;
	struct figure_table *t;
	size_t n, nulls = 0;
	struct bytes text;
	json_error_t where;
	drawn(&f, 60);
	assert_int_equal(figure_tables(&arena, LANG_EN, &data, &f, FIGURES_PUBLISHED, YEAR_2027, &t, &n), 0);
	assert_int_equal(figure_json(&arena, 2025, FIGURES_PUBLISHED, t, n, &text), 0);
	json_t *top = json_loadb((const char *)text.p, text.n, 0, &where);
	assert_non_null(top);
	assert_int_equal(json_array_size(json_object_get(top, "tables")), n);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(top, "protection"), "least")), FIGURE_LEAST);
	const json_t *rows = json_object_get(json_array_get(json_object_get(top, "tables"), 1), "values");
	assert_int_equal(json_array_size(rows), t[1].rows);
	for (size_t r = 0; r < t[1].rows; r++)
		for (size_t c = 0; c < t[1].columns; c++) {
			const json_t *v = json_array_get(json_array_get(rows, r), c);
			assert_int_equal(json_is_null(v), is_hidden(&t[1], r, c));
			nulls += json_is_null(v);
		}
	assert_true(nulls);
	json_decref(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(figures_are_read_as_they_were_counted, fresh, gone),
		cmocka_unit_test_setup_teardown(figures_know_their_years, fresh, gone),
		cmocka_unit_test_setup_teardown(figures_say_how_long_in_classes, fresh, gone),
		cmocka_unit_test_setup_teardown(figures_of_a_year_that_runs_are_not_published, fresh, gone),
		cmocka_unit_test_setup_teardown(figures_published_tell_no_small_number, fresh, gone),
		cmocka_unit_test_setup_teardown(figures_as_csv_have_a_line_a_number, fresh, gone),
		cmocka_unit_test_setup_teardown(figures_as_json_hide_with_null, fresh, gone),
		cmocka_unit_test(figure_median_is_the_class_in_the_middle),
	};
	return cmocka_run_group_tests(tests, testdb_begin, testdb_finish);
}
