/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/layout_inside.h"

#include "base/clock.h"
#include "desk/pages.h"
#include "desk/settings.h"

enum { STRIP_MAX = 5, NOON = 43200 };

const char *layout_name(const struct html_out *o, const struct layout *l)
{
	const char *name = l->desk->config->name;
	return name && *name ? name : text(o->lang, "Reporting desk");
}

bool layout_demonstration(const struct layout *l)
{
	return !l->staff && l->desk->store && !desk_live(l->desk);
}

const char *layout_in(struct html_out *o, const struct layout *l, enum lang to)
{
	const char *path = l->path && l->path[0] == '/' ? l->path : "/";
	const char *url = arena_printf(o->arena, "/%s%s", lang_info(to)->code, path);
	return url ? url : "/";
}

/* --- helplines --- */

/* "e-Blagh (DGSN)" -> "e-Blagh": what fits on a strip. Comma and Arabic comma end it, too. */
static const char *short_name(struct arena *a, const char *name)
{
	size_t n = strcspn(name, "(,");
	const char *comma = strstr(name, "،");
	if (comma && (size_t)(comma - name) < n)
		n = (size_t)(comma - name);
	while (n && name[n - 1] == ' ')
		n--;
	const char *cut = n ? arena_text(a, name, n) : NULL;
	return cut ? cut : name;
}

/* "https://www.e-blagh.ma/x" -> "e-blagh.ma" */
static const char *host_of(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	if (!strncmp(host, "www.", 4))
		host += 4;
	const char *cut = arena_text(a, host, strcspn(host, "/?#"));
	return cut ? cut : host;
}

static bool is_everywhere(const struct desk_helpline *h)
{
	return !strcmp(h->country, "INT");
}

static bool shown(const struct desk_helpline *h, const struct layout *l, unsigned for_whom, bool compact)
{
	const char *country = l->desk->config->country;
	bool here = is_everywhere(h) || (country && !strcmp(h->country, country));
	/* The strip holds who can be called now, and the police's own page. */
	bool fits = !compact || h->phone || (h->for_whom & HELP_POLICE_ONLINE);
	/* Portals and learning are for who asks for them: no place among people to talk to. */
	unsigned apart = h->for_whom & (HELP_HOTLINE | HELP_PREVENTION | HELP_DATA);
	return here && fits && (h->for_whom & for_whom) && (!apart || (apart & for_whom));
}

/* "2026-11-23" as a day of the language. */
static const char *day(struct html_out *o, const struct layout *l, const char *checked)
{
	struct civil c;
	if (!checked || civil_parse_date(checked, &c))
		return NULL;
	return text_date(o->arena, o->lang, l->desk->zone, civil_to_seconds(c) + NOON, TEXT_DAY);
}

static struct layout_line line_of(struct html_out *o, const struct layout *l, const struct desk_helpline *h, bool first_child)
{
	struct layout_line r = { .name = h->name[o->lang], .hours = h->hours[o->lang], .phone = h->phone, .url = h->url,
		.checked = day(o, l, h->checked) };
	r.label = first_child ? text(o->lang, "Children’s line") : short_name(o->arena, r.name);
	r.host = h->url ? host_of(o->arena, h->url) : NULL;
	return r;
}

/* Those of the country (everywhere: of none) after the n that are there. */
static size_t add_lines(struct html_out *o, const struct layout *l, unsigned for_whom, bool compact, bool everywhere,
	struct layout_line *lines, size_t n, size_t max)
{
	const struct desk_data *d = l->desk->data;
	bool child = false;
	for (size_t i = 0; i < d->helpline_n && n < max; i++) {
		const struct desk_helpline *h = &d->helpline[i];
		if (is_everywhere(h) != everywhere || !shown(h, l, for_whom, compact))
			continue;
		bool childs = (h->for_whom & HELP_CHILD) && h->phone && !(h->for_whom & HELP_EMERGENCY);
		if (compact && child && childs)
			continue; /* on the strip one line for children: a child in need should not have to choose */
		lines[n++] = line_of(o, l, h, childs && compact);
		child |= childs;
	}
	return n;
}

size_t layout_lines(struct html_out *o, const struct layout *l, unsigned for_whom, bool compact,
	const struct layout_line **ret)
{
	size_t max = compact ? STRIP_MAX : l->desk->data->helpline_n;
	struct layout_line *lines = max ? arena_array(o->arena, max, sizeof *lines) : NULL;
	*ret = lines;
	if (!lines)
		return 0;
	size_t n = add_lines(o, l, for_whom, compact, false, lines, 0, max);
	return compact ? n : add_lines(o, l, for_whom, compact, true, lines, n, max);
}

void layout_help(struct html_out *o, const struct layout *l, unsigned for_whom, bool compact)
{
	const struct layout_line *line;
	size_t n = layout_lines(o, l, for_whom, compact, &line);
	if (compact)
		layout_strip(o, line, n);
	else if (n)
		layout_list(o, line, n);
}

void layout_staffed(struct html_out *o, const struct layout *l)
{
	struct desk_staffed s = desk_staffed(l->desk->config, l->desk->zone, clock_unix());
	const char *from = s.from ? text_date(o->arena, o->lang, l->desk->zone, s.from, TEXT_DAY_TIME) : NULL;
	layout_staffed_line(o, s.now, from);
}

/* --- fields --- */

bool layout_chosen(const char *value, const char *code)
{
	size_t n = strlen(code);
	while (value && *value) {
		size_t line = strcspn(value, "\n");
		if (line == n && !memcmp(value, code, n))
			return true;
		value += line + (value[line] == '\n');
	}
	return false;
}

const char *layout_described(struct html_out *o, const struct field *f, const char *error)
{
	if (!f->hint && !error)
		return NULL;
	return arena_printf(o->arena, "%s%s%s%s%s%s%s", f->hint ? "f-" : "", f->hint ? f->name : "",
		f->hint ? "-hint" : "", f->hint && error ? " " : "", error ? "f-" : "", error ? f->name : "",
		error ? "-error" : "");
}

void layout_field(struct html_out *o, const struct layout *l, const struct field *f, const char *value, const char *error)
{
	switch (f->type) {
	case FIELD_LINE:
	case FIELD_URL:
	case FIELD_DATE:
		layout_field_line(o, f, l->question, value, error);
		return;
	case FIELD_TEXT:
		layout_field_text(o, f, l->question, value, error);
		return;
	case FIELD_CHOICE:
	case FIELD_CHOICES:
		layout_field_choice(o, f, l->question, value, error);
		return;
	case FIELD_TERRITORY:
		layout_field_territory(o, l, f, value, error);
		return;
	case FIELD_UNITS:
		layout_field_units(o, l, f, value, error);
		return;
	}
}
