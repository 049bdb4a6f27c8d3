/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Figures: counted at transitions (desk_count of submit.h, figure_step here), never from reports; so they stay
 * when reports are erased, and hold no times of a case. Month and class are all that is kept.
 *
 * Two forms. Exact: for those who work on cases. Published: rounded, and with numbers hidden so that neither
 * sums nor comparing tables give them back (protect.h); of years that have ended only, as a table that grows
 * gives away what was added between two looks. */

#include "desk/case/case.h"
#include "desk/figures/protect.h"
#include "store/store.h"
#include "web/text.h"

struct desk_data;

/* A step of a case was completed `seconds` after what case_step_of says it is measured from; in the caller's
 * write transaction. STEP_COUNT counts nothing. */
must_use int figure_step(struct store_tx *t, enum case_step s, enum priority p, int64_t seconds, int64_t now);

/* --- what was counted --- */
enum { FIGURE_REGIONS = 32, FIGURE_STATES = 40, FIGURE_MONTHS = 12 };
struct figure_state { const char *name; int64_t n[FIGURE_MONTHS][REPORT_KIND_COUNT]; };
struct figures {
	int year;
	const char *region[FIGURE_REGIONS]; size_t region_n; /* codes; the last is "": not known */
	int64_t received[FIGURE_MONTHS][REPORT_KIND_COUNT][PRIORITY_COUNT][FIGURE_REGIONS];
	struct figure_state state[FIGURE_STATES]; size_t state_n; /* entered, but `received` */
	int64_t step[STEP_COUNT][PRIORITY_COUNT][CASE_BUCKETS];
};
/* One year's, in the arena. Regions that data no longer has count as not known. -ENOMEM, errors of the store. */
must_use int figure_read(struct store *s, struct arena *a, const struct desk_data *data, int year, struct figures **ret);
/* Years in which something was counted, the latest first. */
must_use int figure_years(struct store *s, struct arena *a, int **ret, size_t *ret_n);
int figure_year_of(int64_t now);

/* --- tables --- */
enum figure_form { FIGURES_EXACT, FIGURES_PUBLISHED, FIGURES_FORM_COUNT };
const char *figure_form_name(enum figure_form f); /* "exact", "published" */
must_use bool figure_form_parse(const char *name, enum figure_form *ret);

enum { FIGURE_TABLES = 8, FIGURE_MEDIAN_LEAST = 10 };
struct figure_table {
	const char *name;                          /* "received_by_region"; in files */
	const char *title, *row_head;              /* translated */
	size_t rows, columns;
	const char **row, **row_label;             /* codes for files, labels for people */
	const char **column, **column_label;
	int64_t *value;                            /* rows x columns; FIGURE_HIDDEN */
	const unsigned *median;                    /* of each row, a class (case_bucket); CASE_BUCKETS: not said; NULL: no times */
	bool total_row, total_column;              /* the last ones are sums */
};
/* ERR_REFUSED: published, and the year has not ended at `now`. */
must_use int figure_tables(struct arena *a, enum lang l, const struct desk_data *data, const struct figures *f,
	enum figure_form form, int64_t now, struct figure_table **ret, size_t *ret_n);
const char *figure_bucket_label(unsigned bucket); /* msgid */

/* As files, in the arena. CSV: RFC 4180, a line a number: table,row,column,value,hidden. */
must_use int figure_csv(struct arena *a, const struct figure_table *t, size_t n, struct bytes *ret);
must_use int figure_json(struct arena *a, int year, enum figure_form form, const struct figure_table *t, size_t n,
	struct bytes *ret);
