/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/figures/figures.h"

#include "base/clock.h"
#include "desk/data.h"

#include <errno.h>

int figure_year_of(int64_t now)
{
	return civil_from_seconds(now).year;
}

static size_t region_of(const struct figures *f, const char *code)
{
	size_t i = 0;
	while (i + 1 < f->region_n && strcmp(f->region[i], code) != 0)
		i++;
	return i;
}

static void take_regions(struct figures *f, const struct desk_data *data)
{
	for (size_t i = 0; i < data->territory_n && f->region_n + 1 < FIGURE_REGIONS; i++)
		if (data->territory[i].is_region)
			f->region[f->region_n++] = data->territory[i].code;
	f->region[f->region_n++] = "";
}

/* NULL: more states than there can be. */
static struct figure_state *state_of(struct figures *f, struct arena *a, const char *name)
{
	size_t i = 0;
	while (i < f->state_n && strcmp(f->state[i].name, name) != 0)
		i++;
	if (i == FIGURE_STATES)
		return NULL;
	if (i == f->state_n) {
		f->state[i].name = arena_text(a, name, strlen(name));
		f->state_n += f->state[i].name != NULL;
	}
	return f->state[i].name ? &f->state[i] : NULL;
}

/* A row: month, kind, priority, region, state, n. What cannot be is passed over: a figure is never worth a page. */
static int take(struct figures *f, struct arena *a, struct store_rows *rows)
{
	enum report_kind kind;
	int64_t month = store_int(rows, 0) % 100 - 1, priority = store_int(rows, 2), n = store_int(rows, 5);
	const char *state = store_text(rows, 4);
	if (month < 0 || month >= FIGURE_MONTHS || !report_kind_parse(store_text(rows, 1), &kind) || priority < 0 ||
		priority >= PRIORITY_COUNT || n < 0)
		return 0;
	if (strcmp(state, case_state_name(CASE_REPORT, CR_RECEIVED)) == 0) {
		f->received[month][kind][priority][region_of(f, store_text(rows, 3))] += n;
		return 0;
	}
	struct figure_state *s = state_of(f, a, state);
	if (!s)
		return -ENOMEM;
	s->n[month][kind] += n;
	return 0;
}

static int read_counts(struct store_tx *t, struct figures *f, struct arena *a)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, "SELECT month, kind, priority, region, state, n FROM figure "
		"WHERE month > $1 AND month <= $2 ORDER BY state, month, kind, priority, region",
		S_INT(f->year * 100), S_INT(f->year * 100 + 12));
	if (err)
		return err;
	while ((err = store_next(rows)) == 1 && (err = take(f, a, rows)) == 0)
		;
	store_end(rows);
	return err < 0 ? err : 0;
}

static int read_steps(struct store_tx *t, struct figures *f)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, "SELECT step, priority, bucket, n FROM figure_step WHERE month > $1 AND month <= $2",
		S_INT(f->year * 100), S_INT(f->year * 100 + 12));
	if (err)
		return err;
	while ((err = store_next(rows)) == 1) {
		int64_t p = store_int(rows, 1), b = store_int(rows, 2);
		for (int s = 0; s < STEP_COUNT; s++)
			if (!strcmp(case_step_name((enum case_step)s), store_text(rows, 0)) && p >= 0 && p < PRIORITY_COUNT && b >= 0 &&
				b < CASE_BUCKETS)
				f->step[s][p][b] += store_int(rows, 3);
	}
	store_end(rows);
	return err;
}

int figure_read(struct store *s, struct arena *a, const struct desk_data *data, int year, struct figures **ret)
{
	struct store_tx *t;
	struct figures *f = arena_alloc(a, sizeof *f);
	int err = f ? store_begin(s, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	f->year = year;
	take_regions(f, data);
	err = read_counts(t, f, a);
	if (!err)
		err = read_steps(t, f);
	store_rollback(t);
	if (!err)
		*ret = f;
	return err;
}

int figure_years(struct store *s, struct arena *a, int **ret, size_t *ret_n)
{
	enum { YEARS = 100 };
	struct store_tx *t;
	struct store_rows *rows;
	size_t n = 0;
	int *list = arena_array(a, YEARS, sizeof *list);
	int err = list ? store_begin(s, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = store_query(t, "SELECT DISTINCT month / 100 AS year FROM figure ORDER BY year DESC", NULL, 0, &rows);
	if (!err) {
		while (n < YEARS && (err = store_next(rows)) == 1)
			list[n++] = (int)store_int(rows, 0);
		store_end(rows);
	}
	store_rollback(t);
	*ret = list;
	*ret_n = n;
	return err < 0 ? err : 0;
}
