/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Within figures/: the tables' numbers, before labels. */

#include "desk/figures/figures.h"

/* Room for the parts and their sum in each direction. */
struct figure_numbers {
	size_t region_n;
	int64_t region[FIGURE_REGIONS + 1][REPORT_KIND_COUNT + 1];
	int64_t priority[PRIORITY_COUNT + 1][REPORT_KIND_COUNT + 1];
	int64_t month[FIGURE_MONTHS + 1][REPORT_KIND_COUNT + 1]; /* published: the last column only */
	int64_t outcome[FIGURE_STATES][REPORT_KIND_COUNT + 1];
	int64_t step[STEP_COUNT][PRIORITY_COUNT + 1][CASE_BUCKETS];
};
void figure_add_up(const struct figures *f, struct figure_numbers *ret);
/* All in place: rounded, and hidden. Months by kind are not part of what is published. */
must_use int figure_publish(struct figure_numbers *n, size_t state_n);
/* The class in the middle of a row of classes; CASE_BUCKETS: fewer than least. */
unsigned figure_median(const int64_t n[CASE_BUCKETS], int64_t least);
