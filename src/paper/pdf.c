/* SPDX-License-Identifier: Apache-2.0 */
#include "paper/pdf.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <pango/pangocairo.h>

/* Points. */
static const double WIDTH = 595.28, HEIGHT = 841.89, MARGIN = 56, HEAD = 30, FOOT = 34, LABEL = 150, GAP = 12, KEEP = 70;
#define FAMILIES "Noto Sans, Noto Sans Arabic"

struct page {
	const struct paper_document *d;
	cairo_t *cr;
	PangoContext *pango;
	double y;
	unsigned number, of; /* of 0: pages are being counted, nothing is drawn */
	int err;
};

/* --- one piece of text --- */

struct style { double size; bool bold; double r, g, b, above; };
static const struct style heading = { 13, true, 0.07, 0.27, 0.31, 16 }, body = { 10, false, 0, 0, 0, 6 },
	label = { 9, true, 0.25, 0.25, 0.25, 6 }, code = { 9, false, 0, 0, 0, 6 }, margin = { 8, false, 0.3, 0.3, 0.3, 0 },
	title = { 16, true, 0.07, 0.27, 0.31, 0 };

static bool is_rtl(PangoLayout *l)
{
	PangoDirection d = pango_layout_line_get_resolved_direction(pango_layout_get_line_readonly(l, 0));
	return d == PANGO_DIRECTION_RTL || d == PANGO_DIRECTION_WEAK_RTL;
}

static void set_font(PangoLayout *l, const struct style *s, double scale)
{
	PangoFontDescription *f = pango_font_description_from_string(FAMILIES);
	pango_font_description_set_absolute_size(f, s->size * scale * PANGO_SCALE);
	pango_font_description_set_weight(f, s->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(l, f);
	pango_font_description_free(f);
}

/* A text stands on its own direction's side. one_side: on the document's, if it is a single line (an address among
 * Arabic values). Arabic letters are smaller and their lines higher than Latin ones of the same size. */
static PangoLayout *layout_of(const struct page *p, const struct style *s, const char *text, double width, bool one_side)
{
	PangoLayout *l = pango_layout_new(p->pango);
	pango_layout_set_width(l, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_text(l, text, -1);
	bool rtl = is_rtl(l), right = p->d->rtl;
	set_font(l, s, rtl ? 1.12 : 1);
	pango_layout_set_line_spacing(l, rtl ? 0.92f : 1.12f);
	/* Pango turns the meaning round for a paragraph that differs from the context. */
	if (rtl != p->d->rtl && one_side && pango_layout_get_line_count(l) == 1)
		right = !right;
	pango_layout_set_alignment(l, right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
	return l;
}

static double height_of(PangoLayout *l)
{
	int h;
	pango_layout_get_size(l, NULL, &h);
	return (double)h / PANGO_SCALE;
}

static void ink(const struct page *p, const struct style *s)
{
	cairo_set_source_rgb(p->cr, s->r, s->g, s->b);
}

/* Whole, at a place: for what never breaks. */
static void stamp(const struct page *p, const struct style *s, const char *text, double x, double y, double width, bool right)
{
	if (!p->of)
		return;
	PangoLayout *l = layout_of(p, s, text, width, false);
	bool turned = is_rtl(l) != p->d->rtl;
	pango_layout_set_alignment(l, right != turned ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
	pango_layout_set_height(l, 0); /* one line */
	pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
	ink(p, s);
	cairo_move_to(p->cr, x, y);
	pango_cairo_show_layout(p->cr, l);
	g_object_unref(l);
}

/* --- pages --- */

/* "Page {0} of {1}" */
static void page_words(const struct page *p, char *to, size_t cap)
{
	const char *s = p->d->page;
	size_t n = 0;
	while (*s && n + 16 < cap) {
		bool place = s[0] == '{' && (s[1] == '0' || s[1] == '1') && s[2] == '}';
		if (!place) {
			to[n++] = *s++;
			continue;
		}
		n += (size_t)snprintf(to + n, cap - n, "%u", s[1] == '0' ? p->number : p->of);
		s += 3;
	}
	to[n] = 0;
}

static void line_across(const struct page *p, double y)
{
	if (!p->of)
		return;
	cairo_set_source_rgb(p->cr, 0.6, 0.6, 0.6);
	cairo_set_line_width(p->cr, 0.5);
	cairo_move_to(p->cr, MARGIN, y);
	cairo_line_to(p->cr, WIDTH - MARGIN, y);
	cairo_stroke(p->cr);
}

static void new_page(struct page *p)
{
	char words[PAPER_SHORT_MAX + 32];
	double inner = WIDTH - 2 * MARGIN, bottom = HEIGHT - MARGIN + 8;
	bool start = p->d->rtl, end = !p->d->rtl; /* on the right? */
	if (p->number++ && p->of)
		cairo_show_page(p->cr);
	if (p->number > PAPER_PAGES_MAX)
		p->err = ERR_LIMIT;
	page_words(p, words, sizeof words);
	stamp(p, &margin, p->d->title, p->d->rtl ? MARGIN + inner * 0.4 : MARGIN, MARGIN - 14, inner * 0.6, start);
	stamp(p, &margin, p->d->reference, p->d->rtl ? MARGIN : MARGIN + inner * 0.6, MARGIN - 14, inner * 0.4, end);
	line_across(p, MARGIN + 2);
	stamp(p, &margin, p->d->printed, p->d->rtl ? MARGIN + inner * 0.3 : MARGIN, bottom, inner * 0.7, start);
	stamp(p, &margin, words, p->d->rtl ? MARGIN : MARGIN + inner * 0.7, bottom, inner * 0.3, end);
	line_across(p, bottom - 5);
	p->y = MARGIN + HEAD - 14;
}

static double bottom_of(void)
{
	return HEIGHT - MARGIN - FOOT + 20;
}

/* Line by line from p->y down, over as many pages as it takes. */
static void flow(struct page *p, const struct style *s, PangoLayout *l, double x)
{
	PangoLayoutIter *i = pango_layout_get_iter(l);
	double begun = p->y, first = 0;
	bool more = true;
	for (bool fresh = true; more && !p->err; fresh = false) {
		PangoRectangle box;
		pango_layout_iter_get_line_extents(i, NULL, &box);
		double top = (double)box.y / PANGO_SCALE, high = (double)box.height / PANGO_SCALE;
		if (fresh)
			first = top;
		if (begun + top - first + high > bottom_of()) {
			new_page(p);
			begun = p->y;
			first = top;
		}
		if (p->of) {
			ink(p, s);
			cairo_move_to(p->cr, x + (double)box.x / PANGO_SCALE,
				begun - first + (double)pango_layout_iter_get_baseline(i) / PANGO_SCALE);
			pango_cairo_show_layout_line(p->cr, pango_layout_iter_get_line_readonly(i));
		}
		p->y = begun + top - first + high;
		more = pango_layout_iter_next_line(i);
	}
	pango_layout_iter_free(i);
}

static void paragraph(struct page *p, const struct style *s, const char *text, double x, double width)
{
	PangoLayout *l = layout_of(p, s, text, width, false);
	p->y += s->above;
	flow(p, s, l, x);
	g_object_unref(l);
}

/* A label beside its value; on the page's own sides. */
static void fact(struct page *p, const struct paper_block *b)
{
	double inner = WIDTH - 2 * MARGIN, wide = inner - LABEL - GAP;
	const struct style *s = b->kind == PAPER_CODE ? &code : &body;
	PangoLayout *name = layout_of(p, &label, b->label, LABEL, true);
	PangoLayout *value = layout_of(p, s, b->text, wide, true);
	double need = height_of(name);
	p->y += body.above;
	if (p->y + need > bottom_of())
		new_page(p);
	if (p->of) {
		ink(p, &label);
		cairo_move_to(p->cr, p->d->rtl ? WIDTH - MARGIN - LABEL : MARGIN, p->y);
		pango_cairo_show_layout(p->cr, name);
	}
	unsigned page = p->number;
	double end = p->y + need;
	flow(p, s, value, p->d->rtl ? MARGIN : MARGIN + LABEL + GAP);
	if (page == p->number && p->y < end)
		p->y = end;
	g_object_unref(name);
	g_object_unref(value);
}

/* With a bar at its start, on each page it runs over. */
static void notice(struct page *p, const char *text)
{
	double inner = WIDTH - 2 * MARGIN, from;
	PangoLayout *l = layout_of(p, &body, text, inner - 14, false);
	p->y += body.above;
	if (p->y + MIN(height_of(l), KEEP) > bottom_of())
		new_page(p);
	from = p->y;
	unsigned page = p->number;
	flow(p, &body, l, p->d->rtl ? MARGIN : MARGIN + 14);
	if (p->of) {
		cairo_set_source_rgb(p->cr, heading.r, heading.g, heading.b);
		cairo_rectangle(p->cr, p->d->rtl ? WIDTH - MARGIN - 3 : MARGIN, page == p->number ? from : MARGIN + HEAD - 14, 3,
			p->y - (page == p->number ? from : MARGIN + HEAD - 14));
		cairo_fill(p->cr);
	}
	g_object_unref(l);
}

static void block(struct page *p, const struct paper_block *b)
{
	double inner = WIDTH - 2 * MARGIN;
	switch (b->kind) {
	case PAPER_HEADING:
		if (p->y + heading.above + KEEP > bottom_of())
			new_page(p); /* not alone at the end of a page */
		paragraph(p, &heading, b->text, MARGIN, inner);
		break;
	case PAPER_NOTICE:
		notice(p, b->text);
		break;
	case PAPER_FACT:
	case PAPER_CODE:
		fact(p, b);
		break;
	default:
		paragraph(p, &body, b->text, MARGIN, inner);
	}
}

/* All of it, drawn (of: the pages there are) or only counted (of 0). */
static int walk(const struct paper_document *d, cairo_t *cr, unsigned of, unsigned *ret_pages)
{
	struct page p = { .d = d, .cr = cr, .of = of };
	cairo_font_options_t *o = cairo_font_options_create();
	p.pango = pango_cairo_create_context(cr);
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(p.pango, o);
	cairo_font_options_destroy(o);
	pango_context_set_base_dir(p.pango, d->rtl ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
	pango_context_set_language(p.pango, pango_language_from_string(d->lang));
	new_page(&p);
	paragraph(&p, &title, d->title, MARGIN, WIDTH - 2 * MARGIN);
	for (size_t i = 0; i < d->block_n && !p.err; i++)
		block(&p, &d->block[i]);
	if (of && !p.err)
		cairo_show_page(cr);
	g_object_unref(p.pango);
	*ret_pages = p.number;
	return p.err;
}

/* --- the file --- */

static cairo_status_t take(void *ctx, const unsigned char *data, unsigned n)
{
	struct paper_pdf *out = ctx;
	if (n > PAPER_OUTPUT_MAX - out->n)
		return CAIRO_STATUS_WRITE_ERROR;
	memcpy(out->p + out->n, data, n);
	out->n += n;
	return CAIRO_STATUS_SUCCESS;
}

static int count(const struct paper_document *d, unsigned *ret)
{
	cairo_surface_t *s = cairo_pdf_surface_create_for_stream(NULL, NULL, WIDTH, HEIGHT);
	cairo_t *cr = cairo_create(s);
	int err = walk(d, cr, 0, ret);
	cairo_destroy(cr);
	cairo_surface_destroy(s);
	return err;
}

int paper_pdf(const struct paper_document *d, struct paper_pdf *ret)
{
	unsigned pages = 0;
	struct paper_pdf out = { .p = malloc(PAPER_OUTPUT_MAX) };
	int err = out.p ? count(d, &pages) : -ENOMEM;
	if (err) {
		free(out.p);
		return err;
	}
	cairo_surface_t *s = cairo_pdf_surface_create_for_stream(take, &out, WIDTH, HEIGHT);
	/* The reference, never a title of the case: viewers keep lists of what was opened. */
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_TITLE, d->reference);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, d->made);
	cairo_t *cr = cairo_create(s);
	err = walk(d, cr, pages, &out.pages);
	cairo_surface_finish(s);
	if (!err && (cairo_status(cr) || cairo_surface_status(s)))
		err = cairo_surface_status(s) == CAIRO_STATUS_WRITE_ERROR ? ERR_LIMIT : ERR_FORMAT;
	cairo_destroy(cr);
	cairo_surface_destroy(s);
	if (err)
		free(out.p);
	else
		*ret = out;
	return err;
}

void paper_pdf_warm(void)
{
	static const struct paper_document d = { .lang = "fr", .title = "a", .reference = "a \xd8\xa7", .made = "2026-01-01T00:00:00Z",
		.printed = "a", .page = "{0}/{1}" };
	struct paper_pdf out;
	if (!paper_pdf(&d, &out))
		free(out.p);
}
