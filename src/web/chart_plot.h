/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The drawing of chart.c, apart from its frame. Lengths are tenths of the SVG's units; x is counted from
 * the side where reading begins, so that one drawing serves both directions. */

#include "web/chart.h"

enum { CHART_WIDTH = 3600, CHART_TEXT = 130, CHART_LEGEND_ROW = 220, CHART_LABELS = 120, CHART_SERIES = 6 };

/* Height of the drawing without the legend. */
int64_t chart_plot_height(const struct chart *c);
void chart_plot(struct html_out *o, const struct chart *c);

/* --- what frame and drawing share --- */
bool chart_rtl(const struct html_out *o);
const char *chart_gap(const struct html_out *o, const struct chart *c); /* what a suppressed value is called */
void chart_number(struct html_out *o, const char *attribute, int64_t tenths);
void chart_x(struct html_out *o, const char *attribute, int64_t x, int64_t width);
/* The paint of a series: colour, and hatching or dashes for who does not tell colours apart. */
void chart_fill(struct html_out *o, const struct chart *c, size_t series);
void chart_stroke(struct html_out *o, size_t series);
void chart_words(struct html_out *o, const char *s);
