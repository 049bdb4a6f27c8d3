/* SPDX-License-Identifier: Apache-2.0 */
/* Each table's columns, and what a row may hold. A wrong row stops the desk at its start: a helpline
 * with a mistyped number must not reach a child. */
#include "desk/data_inside.h"

#include "base/clock.h"

#include <errno.h>

/* Reads one row's cells; the first error stays. */
struct row {
	const struct csv *csv;
	unsigned at;
	int err;
	struct err_note *note;
};

/* NULL: the cell is empty. */
static const char *optional(struct row *r, const char *column)
{
	unsigned c;
	if (!r->err)
		r->err = csv_column(r->csv, column, &c, r->note);
	if (r->err)
		return NULL;
	const char *text = csv_cell(r->csv, r->at, c);
	return *text ? text : NULL;
}

static void refuse(struct row *r, const char *column, const char *why)
{
	unsigned c;
	if (!r->err)
		r->err = csv_column(r->csv, column, &c, r->note);
	if (!r->err)
		r->err = csv_refuse(r->csv, r->at, c, why, r->note);
}

static const char *needed(struct row *r, const char *column)
{
	const char *text = optional(r, column);
	if (!text)
		refuse(r, column, "it is empty");
	return text ? text : "";
}

/* Codes stand in addresses, forms and the database. */
static const char *code(struct row *r, const char *column)
{
	const char *text = needed(r, column);
	if (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(text) || strlen(text) > 32)
		refuse(r, column, "not a code (letters, digits, - and _, at most 32)");
	return text;
}

static void each_language(struct row *r, const char *what, bool must, const char *ret[LANG_COUNT])
{
	for (unsigned l = 0; l < LANG_COUNT; l++) {
		char column[32];
		(void)snprintf(column, sizeof column, "%s_%s", what, data_lang[l]);
		ret[l] = must ? needed(r, column) : optional(r, column);
		if (!must && l && !ret[l] != !ret[0])
			refuse(r, column, "given in some languages only");
	}
}

static const char *date(struct row *r, const char *column, bool must)
{
	const char *text = must ? needed(r, column) : optional(r, column);
	struct civil day;
	if (text && !r->err && civil_parse_date(text, &day))
		refuse(r, column, "not a date (YYYY-MM-DD)");
	return text;
}

static const char *certainty(struct row *r)
{
	(void)date(r, "recheck", true);
	return needed(r, "certainty");
}

static bool yes(struct row *r, const char *column)
{
	const char *text = needed(r, column);
	if (strcmp(text, "Y") != 0 && strcmp(text, "N") != 0)
		refuse(r, column, "not Y or N");
	return *text == 'Y';
}

static unsigned number(struct row *r, const char *column, unsigned max)
{
	const char *text = needed(r, column);
	char *end;
	unsigned long v = strtoul(text, &end, 10);
	if (strspn(text, "0123456789") != strlen(text) || *end || v > max)
		refuse(r, column, "not a number, or too large");
	return (unsigned)v;
}

static void once(struct row *r, const char *column)
{
	unsigned c;
	if (r->err || (r->err = csv_column(r->csv, column, &c, r->note)))
		return;
	for (unsigned i = 0; i < r->at; i++)
		if (!strcmp(csv_cell(r->csv, i, c), csv_cell(r->csv, r->at, c)))
			refuse(r, column, "the same as in a row before");
}

/* --- territories: regions first in the file's order, each followed by its own --- */

static struct desk_territory territory(struct row *r, const char **ret_level)
{
	struct desk_territory t = { .code = code(r, "code") };
	const char *level = needed(r, "level"), *parent = code(r, "parent");
	each_language(r, "name", true, t.name);
	(void)certainty(r);
	once(r, "code");
	t.is_region = !strcmp(level, "region");
	t.region = t.is_region ? t.code : parent;
	if (!t.is_region && strcmp(level, "province") != 0 && strcmp(level, "prefecture") != 0)
		refuse(r, "level", "not region, province or prefecture");
	*ret_level = level;
	return t;
}

static int place_children(struct desk_data *d, const struct csv *c, const struct desk_territory *all)
{
	for (unsigned i = 0; i < c->rows; i++) {
		if (!all[i].is_region)
			continue;
		d->territory[d->territory_n++] = all[i];
		for (unsigned k = 0; k < c->rows; k++)
			if (!all[k].is_region && !strcmp(all[k].region, all[i].code))
				d->territory[d->territory_n++] = all[k];
	}
	return d->territory_n == c->rows ? 0 : ERR_CONFIG;
}

int data_read_territories(struct desk_data *d, const struct csv *c, struct err_note *note)
{
	struct desk_territory *all = arena_array(&d->arena, c->rows, sizeof *all);
	d->territory = arena_array(&d->arena, c->rows, sizeof *d->territory);
	if (!all || !d->territory)
		return -ENOMEM;
	for (unsigned i = 0; i < c->rows; i++) {
		const char *level;
		struct row r = { .csv = c, .at = i, .note = note };
		all[i] = territory(&r, &level);
		if (r.err)
			return r.err;
	}
	if (!place_children(d, c, all))
		return 0;
	for (unsigned i = 0; i < c->rows; i++) {
		struct row r = { .csv = c, .at = i, .note = note };
		if (!desk_territory(d, all[i].code))
			refuse(&r, "parent", "no such region");
		if (r.err)
			return r.err;
	}
	return ERR_CONFIG;
}

/* A parent is a row above, so that there is no loop. */
static const char *parent_above(struct row *r)
{
	const char *parent = optional(r, "parent");
	unsigned c;
	if (!parent || r->err || (r->err = csv_column(r->csv, "code", &c, r->note)))
		return parent;
	for (unsigned i = 0; i < r->at; i++)
		if (!strcmp(csv_cell(r->csv, i, c), parent))
			return parent;
	refuse(r, "parent", "no row above has this code");
	return parent;
}

static bool known_status(const char *s)
{
	static const char *const known[] = { "crime", "crime_pending_confirmation", "support", "filter_feedback", "redress" };
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (!strcmp(known[i], s))
			return true;
	return false;
}

/* One of two or three words. */
static unsigned word_of(struct row *r, const char *column, const char *const *known, size_t n, const char *why)
{
	const char *text = needed(r, column);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(known[i], text))
			return (unsigned)i;
	refuse(r, column, why);
	return 0;
}

static void reach(struct row *r, struct desk_offence *o)
{
	static const char *const to[] = { "both", "online", "travel" };
	static const char *const rule[] = { "text_only", "url_or_text_no_upload" };
	unsigned applies = word_of(r, "applies_to", to, ARRAY_LEN(to), "not both, online or travel");
	o->online = applies != 2;
	o->travel = applies != 1;
	o->address = word_of(r, "material_rule", rule, ARRAY_LEN(rule), "not text_only or url_or_text_no_upload");
}

int data_read_offences(struct desk_data *d, const struct csv *c, struct err_note *note)
{
	d->offence = arena_array(&d->arena, c->rows, sizeof *d->offence);
	if (!d->offence)
		return -ENOMEM;
	for (unsigned i = 0; i < c->rows; i++) {
		struct row r = { .csv = c, .at = i, .note = note };
		struct desk_offence *o = &d->offence[d->offence_n++];
		o->code = code(&r, "code");
		once(&r, "code");
		o->parent = parent_above(&r);
		each_language(&r, "name", true, o->name);
		o->lanzarote = optional(&r, "lanzarote");
		o->opsc = optional(&r, "opsc");
		o->penal_code = optional(&r, "penal_code");
		o->basis = certainty(&r);
		o->status = needed(&r, "status");
		const char *priority = needed(&r, "priority");
		if (priority[0] != 'P' || priority[1] < '0' || priority[1] > '4' || priority[2])
			refuse(&r, "priority", "not P0 to P4");
		else
			o->priority = (unsigned)(priority[1] - '0');
		reach(&r, o);
		if (!known_status(o->status))
			refuse(&r, "status", "not a known status");
		if (r.err)
			return r.err;
	}
	return 0;
}

int data_read_sectors(struct desk_data *d, const struct csv *c, struct err_note *note)
{
	d->sector = arena_array(&d->arena, c->rows, sizeof *d->sector);
	if (!d->sector)
		return -ENOMEM;
	for (unsigned i = 0; i < c->rows; i++) {
		struct row r = { .csv = c, .at = i, .note = note };
		struct desk_sector *s = &d->sector[d->sector_n++];
		s->code = code(&r, "code");
		once(&r, "code");
		s->parent = parent_above(&r);
		each_language(&r, "name", true, s->name);
		s->duty_report = yes(&r, "duty_report");
		s->legal_basis = optional(&r, "legal_basis");
		s->in_force_from = date(&r, "in_force_from", s->legal_basis != NULL);
		(void)certainty(&r);
		if (r.err)
			return r.err;
	}
	return 0;
}

enum { SNIPPET_MAX = 2000 }; /* bytes; a question has room for four of them */

int data_read_snippets(struct desk_data *d, const struct csv *c, struct err_note *note)
{
	d->snippet = arena_array(&d->arena, c->rows, sizeof *d->snippet);
	if (!d->snippet)
		return -ENOMEM;
	for (unsigned i = 0; i < c->rows; i++) {
		struct row r = { .csv = c, .at = i, .note = note };
		struct desk_snippet *s = &d->snippet[d->snippet_n++];
		s->id = code(&r, "id");
		once(&r, "id");
		each_language(&r, "title", true, s->title);
		each_language(&r, "body", true, s->body);
		for (unsigned l = 0; l < LANG_COUNT; l++)
			if (strlen(s->body[l]) > SNIPPET_MAX)
				refuse(&r, "id", "a body is longer than 2,000 bytes");
		(void)certainty(&r);
		if (r.err)
			return r.err;
	}
	return 0;
}

/* --- helplines --- */

static unsigned for_whom(struct row *r)
{
	static const struct { const char *word; unsigned bit; } known[] = {
		{ "child", HELP_CHILD }, { "adult", HELP_ADULT }, { "emergency", HELP_EMERGENCY },
		{ "police_online", HELP_POLICE_ONLINE }, { "hotline", HELP_HOTLINE },
		{ "prevention", HELP_PREVENTION }, { "data", HELP_DATA },
		{ "prosecutor", HELP_PROSECUTOR },
	};
	const char *p = needed(r, "for_whom");
	unsigned bits = 0;
	while (*p) {
		size_t n = strcspn(p, " "), i = 0;
		while (i < ARRAY_LEN(known) && (strlen(known[i].word) != n || memcmp(known[i].word, p, n) != 0))
			i++;
		if (i == ARRAY_LEN(known)) {
			refuse(r, "for_whom", "not a list of child, adult, emergency, police_online, hotline, prevention, data, prosecutor");
			return 0;
		}
		bits |= known[i].bit;
		p += n + strspn(p + n, " ");
	}
	return bits;
}

static void ways(struct row *r, struct desk_helpline *h)
{
	h->phone = optional(r, "phone");
	h->url = optional(r, "url");
	if (!h->phone && !h->url)
		refuse(r, "phone", "neither phone nor url is given");
	if (h->phone && (strspn(h->phone, "+0123456789 -") != strlen(h->phone) || strlen(h->phone) > 24))
		refuse(r, "phone", "not a telephone number (+, digits, blanks, hyphens)");
	if (h->url && (strncmp(h->url, "https://", 8) != 0 || strpbrk(h->url, " \"'<>\\\n") || strlen(h->url) > 200))
		refuse(r, "url", "not an https address");
}

static int by_order(const void *a, const void *b)
{
	const struct desk_helpline *x = a, *y = b;
	return (x->order > y->order) - (x->order < y->order);
}

int data_read_helplines(struct desk_data *d, const struct csv *c, struct err_note *note)
{
	d->helpline = arena_array(&d->arena, c->rows, sizeof *d->helpline);
	if (!d->helpline)
		return -ENOMEM;
	for (unsigned i = 0; i < c->rows; i++) {
		struct row r = { .csv = c, .at = i, .note = note };
		struct desk_helpline *h = &d->helpline[d->helpline_n++];
		(void)code(&r, "id");
		once(&r, "id");
		h->order = number(&r, "order", 100000);
		once(&r, "order");
		each_language(&r, "name", true, h->name);
		h->country = code(&r, "country");
		ways(&r, h);
		each_language(&r, "hours", false, h->hours);
		h->for_whom = for_whom(&r);
		h->certainty = certainty(&r);
		h->checked = date(&r, "checked", false);
		if (r.err)
			return r.err;
	}
	qsort(d->helpline, d->helpline_n, sizeof *d->helpline, by_order);
	return 0;
}
