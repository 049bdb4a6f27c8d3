/* SPDX-License-Identifier: Apache-2.0 */
#include "web/chart_plot.h"

/* Told apart with any kind of colour vision (Okabe and Ito, darkened to 3:1 on white and on #222). */
static const char *const colour[CHART_SERIES] = { "#2a7ab8", "#c4610f", "#1b8f6b", "#b0628f", "#7d7f86", "#9a7b13" };
static const char *const dashes[CHART_SERIES] = { NULL, "7 4", "2 4", "10 4 2 4", "14 5", "4 2" };

const char *chart_gap(const struct html_out *o, const struct chart *c)
{
	return c->gap ? c->gap : text_ctx(o->lang, "count", "fewer than 5");
}

bool chart_rtl(const struct html_out *o)
{
	return lang_info(o->lang)->dir[0] == 'r';
}

void chart_words(struct html_out *o, const char *s)
{
	html_literal(o, s, strlen(s));
}

/* No printf of floating point: coordinates are whole tenths. */
void chart_number(struct html_out *o, const char *attribute, int64_t tenths)
{
	chart_words(o, attribute);
	if (tenths < 0)
		html_literal(o, "-", 1);
	int64_t size = tenths < 0 ? -tenths : tenths;
	html_int(o, size / 10);
	if (size % 10) {
		html_literal(o, ".", 1);
		html_int(o, size % 10);
	}
}

void chart_x(struct html_out *o, const char *attribute, int64_t x, int64_t width)
{
	chart_number(o, attribute, chart_rtl(o) ? CHART_WIDTH - x - width : x);
}

void chart_fill(struct html_out *o, const struct chart *c, size_t series)
{
	chart_words(o, "\" class=\"chart-s");
	html_int(o, (int64_t)series);
	chart_words(o, "\" fill=\"");
	if (series % 2) {
		chart_words(o, "url(#");
		html_text(o, c->id);
		chart_words(o, "-h");
		html_int(o, (int64_t)series);
		chart_words(o, ")");
	} else {
		chart_words(o, colour[series]);
	}
}

void chart_stroke(struct html_out *o, size_t series)
{
	chart_words(o, "\" class=\"chart-s");
	html_int(o, (int64_t)series);
	chart_words(o, "\" fill=\"none\" stroke-width=\"2.5\" stroke-linecap=\"round\" stroke-linejoin=\"round\" stroke=\"");
	chart_words(o, colour[series]);
	if (dashes[series]) {
		chart_words(o, "\" stroke-dasharray=\"");
		chart_words(o, dashes[series]);
	}
}

static void put_hatching(struct html_out *o, const struct chart *c)
{
	for (size_t s = 1; s < c->series_n; s += 2) {
		chart_words(o, "<pattern id=\"");
		html_text(o, c->id);
		chart_words(o, "-h");
		html_int(o, (int64_t)s);
		chart_words(o, "\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
			       "<rect width=\"5\" height=\"5\" fill=\"");
		chart_words(o, colour[s]);
		chart_words(o, "\"/><rect width=\"1.6\" height=\"5\" fill=\"#fff\"/></pattern>");
	}
}

static void put_legend(struct html_out *o, const struct chart *c, int64_t y)
{
	for (size_t s = 0; s < c->series_n; s++, y += CHART_LEGEND_ROW) {
		if (c->kind == CHART_LINE) {
			chart_x(o, "<path d=\"M", 0, 0);
			chart_number(o, " ", y + 110);
			chart_words(o, chart_rtl(o) ? "h-28" : "h28");
			chart_stroke(o, s);
		} else {
			chart_x(o, "<rect x=\"", 0, 140);
			chart_number(o, "\" y=\"", y + 40);
			chart_words(o, "\" width=\"14\" height=\"14");
			chart_fill(o, c, s);
		}
		chart_x(o, "\"/><text x=\"", c->kind == CHART_LINE ? 360 : 220, 0);
		chart_number(o, "\" y=\"", y + 155);
		chart_words(o, "\">");
		html_text(o, c->series[s].name);
		chart_words(o, "</text>");
	}
}

static void put_drawing(struct html_out *o, const struct chart *c)
{
	int64_t height = chart_plot_height(c);
	chart_number(o, "<svg viewBox=\"0 0 360 ", height + (c->series_n > 1 ? (int64_t)c->series_n * CHART_LEGEND_ROW : 0));
	chart_words(o, "\" role=\"img\" font-size=\"13\" fill=\"currentColor\" direction=\"");
	chart_words(o, lang_info(o->lang)->dir);
	chart_words(o, "\" aria-labelledby=\"");
	html_text(o, c->id);
	chart_words(o, "-t");
	if (c->about) {
		chart_words(o, " ");
		html_text(o, c->id);
		chart_words(o, "-d");
	}
	chart_words(o, "\"><title id=\"");
	html_text(o, c->id);
	chart_words(o, "-t\">");
	html_text(o, c->title);
	chart_words(o, "</title>");
	if (c->about) {
		chart_words(o, "<desc id=\"");
		html_text(o, c->id);
		chart_words(o, "-d\">");
		html_text(o, c->about);
		chart_words(o, "</desc>");
	}
	if (c->kind == CHART_BARS)
		put_hatching(o, c);
	chart_plot(o, c);
	if (c->series_n > 1)
		put_legend(o, c, height);
	chart_words(o, "</svg>");
}

static void put_row(struct html_out *o, const struct chart *c, size_t i)
{
	chart_words(o, "<tr><th scope=\"row\">");
	html_text(o, c->label[i]);
	chart_words(o, "</th>");
	for (size_t s = 0; s < c->series_n; s++) {
		int64_t v = c->series[s].value[i];
		chart_words(o, "<td>");
		html_text(o, v < 0 ? chart_gap(o, c) : text_number(o->arena, o->lang, v));
		chart_words(o, "</td>");
	}
	chart_words(o, "</tr>");
}

static void put_table(struct html_out *o, const struct chart *c)
{
	chart_words(o, "<details><summary>");
	html_text(o, text(o->lang, "The figures as a table"));
	/* Reached by keyboard, since it may scroll sideways on a phone. */
	chart_words(o, "</summary><div class=\"chart-table\" role=\"region\" tabindex=\"0\" aria-labelledby=\"");
	html_text(o, c->id);
	chart_words(o, "-c\"><table><caption id=\"");
	html_text(o, c->id);
	chart_words(o, "-c\">");
	html_text(o, c->title);
	chart_words(o, "</caption><thead><tr><td></td>");
	for (size_t s = 0; s < c->series_n; s++) {
		chart_words(o, "<th scope=\"col\">");
		html_text(o, c->series[s].name);
		chart_words(o, "</th>");
	}
	chart_words(o, "</tr></thead><tbody>");
	for (size_t i = 0; i < c->label_n; i++)
		put_row(o, c, i);
	chart_words(o, "</tbody></table></div></details>");
}

void chart_put(struct html_out *o, const struct chart *given)
{
	struct chart c = *given;
	c.label_n = MIN(c.label_n, (size_t)CHART_LABELS);
	c.series_n = MIN(c.series_n, (size_t)CHART_SERIES);
	chart_words(o, "<figure class=\"chart\"><figcaption>");
	html_text(o, c.title);
	chart_words(o, "</figcaption>");
	if (c.label_n && c.series_n) {
		put_drawing(o, &c);
		if (!c.bare)
			put_table(o, &c);
	} else {
		chart_words(o, "<p>");
		html_text(o, text(o->lang, "There are no figures yet."));
		chart_words(o, "</p>");
	}
	chart_words(o, "</figure>");
}
