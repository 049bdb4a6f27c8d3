/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* /staff/figures, .csv and .json; the template is pages/staff-figures.html. */

#include "desk/figures/figures.h"
#include "desk/layout.h"
#include "web/chart.h"

struct figures_page {
	struct layout layout;
	int year; const int *years; size_t years_n;
	enum figure_form form;
	bool may_exact;              /* those who work on cases */
	bool too_early;              /* published: this year has not ended */
	const struct figure_table *table; size_t table_n;
	struct chart **chart;        /* one a table; NULL: none is drawn */
};
void page_staff_figures(struct html_out *o, const struct figures_page *p);

void staff_figures(struct web_request *r);
void staff_figures_csv(struct web_request *r);
void staff_figures_json(struct web_request *r);
