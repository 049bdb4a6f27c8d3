/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Charts as SVG on the server, each with a title, a description and its table: readable by a screen
 * reader, in print, and without colour. Right-to-left languages draw from the right. Bars whose names do
 * not fit side by side lie, each below its name. No inline style: presentation attributes, which a
 * style sheet may override by class (chart, chart-s0 ... chart-s5, chart-grid, chart-table). */

#include "web/html.h"

struct chart_series { const char *name; const int64_t *value; }; /* -1: suppressed, drawn as a gap and "fewer than 5" in the table; one value a label */
struct chart {
	const char *title, *about;                  /* already translated; about may be NULL */
	const char *const *label; size_t label_n;   /* at most 120 */
	const struct chart_series *series; size_t series_n; /* at most 6 */
	enum { CHART_BARS, CHART_LINE } kind;
	const char *id;                             /* unique in the page: [a-z0-9-] */
	bool bare;                                  /* the page shows the same figures as a table beside it */
	const char *gap;                            /* what a suppressed value is called, already translated; NULL: "fewer than 5" */
};
void chart_put(struct html_out *o, const struct chart *c);
