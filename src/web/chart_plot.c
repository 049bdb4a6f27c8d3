/* SPDX-License-Identifier: Apache-2.0 */
#include "web/chart_plot.h"

enum {
	TOP = 120,      /* above the highest line, for half of its number */
	DEEP = 2000,    /* of the plot */
	UNDER = 260,    /* labels below it */
	ROW_LABEL = 190, ROW_BAR = 150, ROW_GAP = 90, /* of lying bars */
	LETTER = 72, LETTER_ARABIC = 58, /* width of a letter, about */
	MANY = 24,      /* more labels than this are points in time: some of them are named */
};
#define VALUE_MAX 1000000000000000ll

static int64_t value(const struct chart *c, size_t series, size_t i)
{
	return MIN(c->series[series].value[i], VALUE_MAX);
}

static int64_t width_of(const char *s)
{
	int64_t n = 0;
	for (const uint8_t *p = (const uint8_t *)s; s && *p; p++)
		if ((*p & 0xc0) != 0x80)
			n += *p >= 0xd8 && *p <= 0xdb ? LETTER_ARABIC : LETTER; /* U+0600 to U+06FF */
	return n;
}

static int64_t widest_label(const struct chart *c)
{
	int64_t widest = 0;
	for (size_t i = 0; i < c->label_n; i++)
		widest = MAX(widest, width_of(c->label[i]));
	return widest;
}

static int64_t highest(const struct chart *c)
{
	int64_t high = 1;
	for (size_t s = 0; s < c->series_n; s++)
		for (size_t i = 0; i < c->label_n; i++)
			high = MAX(high, value(c, s, i));
	return high;
}

/* Names that do not fit side by side are written above bars that lie. */
static bool lies(const struct chart *c)
{
	int64_t room = (CHART_WIDTH - 500) / (int64_t)c->label_n;
	return c->kind == CHART_BARS && c->label_n <= MANY && widest_label(c) + LETTER > room;
}

static int64_t row_height(const struct chart *c)
{
	return ROW_LABEL + (int64_t)c->series_n * ROW_BAR + ROW_GAP;
}

int64_t chart_plot_height(const struct chart *c)
{
	return lies(c) ? (int64_t)c->label_n * row_height(c) : TOP + DEEP + UNDER;
}

static void put_text(struct html_out *o, int64_t x, int64_t y, const char *anchor, const char *s)
{
	chart_x(o, "<text x=\"", x, 0);
	chart_number(o, "\" y=\"", y);
	if (anchor) {
		chart_words(o, "\" text-anchor=\"");
		chart_words(o, anchor);
	}
	chart_words(o, "\">");
	html_text(o, s);
	chart_words(o, "</text>");
}

static void put_bar(struct html_out *o, const struct chart *c, size_t series, int64_t x, int64_t y, int64_t w, int64_t h)
{
	chart_x(o, "<rect x=\"", x, w);
	chart_number(o, "\" y=\"", y);
	chart_number(o, "\" width=\"", w);
	chart_number(o, "\" height=\"", h);
	chart_fill(o, c, series);
	chart_words(o, "\"/>");
}

static void put_lying(struct html_out *o, const struct chart *c)
{
	int64_t high = highest(c), number = width_of(text_number(o->arena, o->lang, high)) + 60;
	int64_t few = width_of(chart_gap(o, c));
	int64_t room = CHART_WIDTH - MAX(number, few / 2);
	for (size_t i = 0; i < c->label_n; i++) {
		int64_t y = (int64_t)i * row_height(c);
		put_text(o, 0, y + CHART_TEXT, NULL, c->label[i]);
		y += ROW_LABEL;
		for (size_t s = 0; s < c->series_n; s++, y += ROW_BAR) {
			int64_t v = value(c, s, i), w = v < 0 ? 0 : MAX(room * v / high, (int64_t)10);
			if (v >= 0)
				put_bar(o, c, s, 0, y, w, ROW_BAR - 20);
			put_text(o, w + (w ? 50 : 0), y + 110, NULL,
				v < 0 ? chart_gap(o, c) : text_number(o->arena, o->lang, v));
		}
	}
}

/* 1, 2 or 5 times a power of ten, so that at most five lines reach the highest value. */
static int64_t tick_step(int64_t high)
{
	int64_t step = 1;
	for (unsigned i = 0; (high + step - 1) / step > 5; i++)
		step = i % 3 == 1 ? step / 2 * 5 : step * 2;
	return step;
}

struct plot {
	int64_t left, top_value; /* where the plot begins; the highest line's value */
	int64_t slot;            /* width of one label's place */
};

static struct plot put_axis(struct html_out *o, const struct chart *c)
{
	int64_t high = highest(c), step = tick_step(high);
	struct plot p = { .top_value = (high + step - 1) / step * step };
	p.left = width_of(text_number(o->arena, o->lang, p.top_value)) + 80;
	p.slot = (CHART_WIDTH - p.left) / (int64_t)c->label_n;
	chart_words(o, "<path class=\"chart-grid\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\".25\" d=\"");
	for (int64_t v = 0; v <= p.top_value; v += step) {
		chart_x(o, "M", p.left, CHART_WIDTH - p.left);
		chart_number(o, " ", TOP + DEEP - DEEP * v / p.top_value);
		chart_number(o, "h", CHART_WIDTH - p.left);
	}
	chart_words(o, "\"/>");
	for (int64_t v = 0; v <= p.top_value; v += step)
		put_text(o, p.left - 60, TOP + DEEP - DEEP * v / p.top_value + 45, "end", text_number(o->arena, o->lang, v));
	return p;
}

static void put_labels(struct html_out *o, const struct chart *c, struct plot p)
{
	int64_t need = widest_label(c) + LETTER;
	size_t every = (size_t)MAX((need + p.slot - 1) / MAX(p.slot, (int64_t)1), (int64_t)1);
	if (c->kind == CHART_BARS && c->label_n <= MANY)
		every = 1; /* else they would lie */
	for (size_t i = 0; i < c->label_n; i += every) {
		int64_t half = width_of(c->label[i]) / 2, x = p.left + (int64_t)i * p.slot + p.slot / 2;
		/* The outer ones stay within the drawing. */
		x = MAX(MIN(x, CHART_WIDTH - half), half);
		put_text(o, x, TOP + DEEP + 190, "middle", c->label[i]);
	}
}

static void put_standing(struct html_out *o, const struct chart *c, struct plot p)
{
	int64_t gap = p.slot / 5, w = MAX((p.slot - gap) / (int64_t)c->series_n, (int64_t)10);
	for (size_t i = 0; i < c->label_n; i++) {
		for (size_t s = 0; s < c->series_n; s++) {
			int64_t v = value(c, s, i), h = v < 0 ? 0 : MAX(DEEP * v / p.top_value, (int64_t)10);
			if (v >= 0)
				put_bar(o, c, s, p.left + (int64_t)i * p.slot + gap / 2 + (int64_t)s * w, TOP + DEEP - h, w, h);
		}
	}
}

/* One path a series; a suppressed value interrupts it, a value between two of these is a dot. */
static void put_line(struct html_out *o, const struct chart *c, struct plot p, size_t s)
{
	chart_words(o, "<path d=\"");
	bool drawing = false, any = false;
	for (size_t i = 0; i < c->label_n; i++) {
		int64_t v = value(c, s, i);
		if (v < 0) {
			drawing = false;
			continue;
		}
		bool alone = !drawing && (i + 1 == c->label_n || value(c, s, i + 1) < 0);
		chart_x(o, drawing ? "L" : "M", p.left + (int64_t)i * p.slot + p.slot / 2, 0);
		chart_number(o, " ", TOP + DEEP - DEEP * v / p.top_value);
		if (alone)
			chart_words(o, "m-2 0h4");
		drawing = any = true;
	}
	if (!any)
		chart_words(o, "M0 0");
	chart_stroke(o, s);
	chart_words(o, "\"/>");
}

void chart_plot(struct html_out *o, const struct chart *c)
{
	if (lies(c))
		return put_lying(o, c);
	struct plot p = put_axis(o, c);
	put_labels(o, c, p);
	if (c->kind == CHART_BARS)
		return put_standing(o, c, p);
	for (size_t s = 0; s < c->series_n; s++)
		put_line(o, c, p, s);
}
