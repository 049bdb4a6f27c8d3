/* SPDX-License-Identifier: Apache-2.0 */
/* The compile configuration: YAML. Relative paths start at the configuration's own folder. */
#include "cli/compile_cli.h"

#include "base/file.h"
#include "conf/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum { CONFIG_MAX = 16 << 20, TEXT_MAX = 4095 };

struct conf_list {
	char *category, *path, *format, *kind, *match, *origin, *licence, *attribution, *date;
};

struct conf_folder {
	char *folder, *category;
};

struct conf_ut1 {
	char *path;
	struct conf_folder *map;
	unsigned nmap;
	char *origin, *licence, *attribution, *date;
};

struct conf_popular {
	char **files, **expected;
	unsigned nfiles, nexpected, confirm;
};

struct conf {
	char *key, *out;
	struct conf_list *lists;
	unsigned nlists;
	struct conf_ut1 *ut1;
	unsigned nut1;
	struct conf_popular popular;
	char **accept;
	unsigned naccept;
	char *protected_names, *psl;
	bool *shipped, *names;
	double *max_change;
};

#define TEXT(key, type, member)                                                                    \
	CYAML_FIELD_STRING_PTR(                                                                    \
		key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, type, member, 0, TEXT_MAX)
#define NEEDED(key, type, member)                                                                  \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 1, TEXT_MAX)

static const cyaml_schema_field_t list_fields[] = {
	NEEDED("category", struct conf_list, category),
	NEEDED("path", struct conf_list, path),
	TEXT("format", struct conf_list, format),
	TEXT("kind", struct conf_list, kind),
	TEXT("match", struct conf_list, match),
	TEXT("origin", struct conf_list, origin),
	TEXT("licence", struct conf_list, licence),
	TEXT("attribution", struct conf_list, attribution),
	TEXT("date", struct conf_list, date),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t list_value = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct conf_list, list_fields) };

static const cyaml_schema_field_t folder_fields[] = {
	NEEDED("folder", struct conf_folder, folder),
	NEEDED("category", struct conf_folder, category),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t folder_value = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct conf_folder, folder_fields) };

static const cyaml_schema_field_t ut1_fields[] = {
	NEEDED("path", struct conf_ut1, path),
	CYAML_FIELD_SEQUENCE_COUNT("map", CYAML_FLAG_POINTER, struct conf_ut1, map, nmap,
		&folder_value, 1, COMPILE_ITEMS_MAX),
	TEXT("origin", struct conf_ut1, origin),
	TEXT("licence", struct conf_ut1, licence),
	TEXT("attribution", struct conf_ut1, attribution),
	TEXT("date", struct conf_ut1, date),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t ut1_value = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct conf_ut1, ut1_fields) };

static const cyaml_schema_value_t text_value = { CYAML_VALUE_STRING(
	CYAML_FLAG_POINTER, char *, 1, TEXT_MAX) };

static const cyaml_schema_field_t popular_fields[] = {
	CYAML_FIELD_SEQUENCE_COUNT("files", CYAML_FLAG_POINTER, struct conf_popular, files, nfiles,
		&text_value, 1, 64),
	CYAML_FIELD_UINT("confirm", CYAML_FLAG_OPTIONAL, struct conf_popular, confirm),
	CYAML_FIELD_SEQUENCE_COUNT("expected", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER,
		struct conf_popular, expected, nexpected, &text_value, 0, CATS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
	TEXT("key", struct conf, key),
	TEXT("out", struct conf, out),
	CYAML_FIELD_SEQUENCE_COUNT("lists", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct conf,
		lists, nlists, &list_value, 0, COMPILE_ITEMS_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("ut1", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct conf,
		ut1, nut1, &ut1_value, 0, 64),
	CYAML_FIELD_MAPPING("popular", CYAML_FLAG_OPTIONAL, struct conf, popular, popular_fields),
	CYAML_FIELD_SEQUENCE_COUNT("accept", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct conf,
		accept, naccept, &text_value, 0, 1 << 16),
	TEXT("protected", struct conf, protected_names),
	TEXT("psl", struct conf, psl),
	CYAML_FIELD_BOOL_PTR(
		"shipped", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct conf, shipped),
	CYAML_FIELD_BOOL_PTR("names", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct conf, names),
	CYAML_FIELD_FLOAT_PTR(
		"max_change", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct conf, max_change),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_POINTER, struct conf, fields) };

struct reading {
	struct compile_setup *s;
	const struct conf_source *src;
	struct err_note *note;
	const char *folder; /* of the file, with its slash; "" for here */
	bool failed;        /* out of memory */
};

static const char *copy(struct reading *r, const char *s)
{
	char *p = s && *s ? arena_text(&r->s->arena, s, strlen(s)) : NULL;
	r->failed |= s && *s && !p;
	return p;
}

static const char *path_of(struct reading *r, const char *s)
{
	char *p;
	if (!s || *s == '/' || !strcmp(s, "none"))
		return copy(r, s);
	p = arena_printf(&r->s->arena, "%s%s", r->folder, s);
	r->failed |= !p;
	return p;
}

static int take_list(struct reading *r, const struct conf_list *c, unsigned i)
{
	char at[64];
	struct compile_list l = {
		.category = copy(r, c->category),
		.path = path_of(r, c->path),
		.origin = copy(r, c->origin),
		.licence = copy(r, c->licence),
		.attribution = copy(r, c->attribution),
		.date = copy(r, c->date),
	};
	if (c->format) {
		l.format = format_find(c->format, strlen(c->format));
		(void)snprintf(at, sizeof at, "lists[%u].format", i);
		if (l.format == FORMATS)
			return conf_refuse(r->src, r->note, at,
				"unknown format '%s': plain, hosts, adblock, dnsmasq, wildcard, "
				"rpz, unbound, squid, v2fly, address or auto",
				c->format);
	}
	if (c->kind && strcmp(c->kind, "block")) {
		(void)snprintf(at, sizeof at, "lists[%u].kind", i);
		if (strcmp(c->kind, "allow"))
			return conf_refuse(
				r->src, r->note, at, "kind '%s': block or allow", c->kind);
		l.allow = true;
	}
	if (c->match && !setup_match(c->match, strlen(c->match), &l.match)) {
		(void)snprintf(at, sizeof at, "lists[%u].match", i);
		return conf_refuse(
			r->src, r->note, at, "match '%s': exact, subtree or both", c->match);
	}
	return setup_list(r->s, &l);
}

static int take_ut1(struct reading *r, const struct conf_ut1 *c, unsigned i)
{
	const char *top = path_of(r, c->path);
	for (unsigned k = 0; k < c->nmap; k++) {
		char at[64];
		(void)snprintf(at, sizeof at, "ut1[%u].map[%u].folder", i, k);
		if (strchr(c->map[k].folder, '/') || c->map[k].folder[0] == '.')
			return conf_refuse(r->src, r->note, at, "'%s' is not a folder's name",
				c->map[k].folder);
		struct compile_list l = {
			.category = copy(r, c->map[k].category),
			.path = top ? arena_printf(&r->s->arena, "%s/%s", top, c->map[k].folder)
				    : NULL,
			.origin = copy(r, c->origin),
			.licence = copy(r, c->licence),
			.attribution = copy(r, c->attribution),
			.date = copy(r, c->date),
		};
		int err = l.path ? setup_list(r->s, &l) : -ENOMEM;
		if (err)
			return err;
	}
	return 0;
}

static int take_names(struct reading *r, const struct conf *c)
{
	struct compile_setup *s = r->s;
	int err = 0;
	for (unsigned i = 0; i < c->popular.nfiles && !err; i++) {
		const char *p = path_of(r, c->popular.files[i]);
		err = p ? setup_text(s, &s->popular, p) : -ENOMEM;
	}
	for (unsigned i = 0; i < c->popular.nexpected && !err; i++)
		err = setup_text(s, &s->expected, c->popular.expected[i]);
	/* CATEGORY:NAME, or a file of them. */
	for (unsigned i = 0; i < c->naccept && !err; i++) {
		bool name = strchr(c->accept[i], ':') != NULL;
		const char *p = name ? c->accept[i] : path_of(r, c->accept[i]);
		err = p ? setup_text(s, name ? &s->accept : &s->accept_files, p) : -ENOMEM;
	}
	if (!s->o.confirm)
		s->o.confirm = c->popular.confirm;
	return err;
}

static int take_rest(struct reading *r, const struct conf *c)
{
	struct compile_options *o = &r->s->o;
	if (c->key && !o->has_key) {
		int err = setup_key(r->s, c->key, NULL);
		if (err)
			return conf_refuse(
				r->src, r->note, "key", "a key is 32 hexadecimal digits");
	}
	if (!o->out)
		o->out = path_of(r, c->out);
	if (!o->psl)
		o->psl = path_of(r, c->psl);
	if (!o->protected_names)
		o->protected_names = path_of(r, c->protected_names);
	if (c->shipped && !*c->shipped)
		r->s->no_shipped = true;
	if (c->names && !*c->names)
		o->names = false;
	if (c->max_change && !(*c->max_change >= 0))
		return conf_refuse(r->src, r->note, "max_change", "a percentage, 0 or more");
	if (!r->s->max_change_set && o->names)
		o->max_change = c->max_change ? *c->max_change : COMPILE_MAX_CHANGE;
	return 0;
}

static int take_all(struct reading *r, const struct conf *c)
{
	int err = 0;
	for (unsigned i = 0; i < c->nlists && !err; i++)
		err = take_list(r, &c->lists[i], i);
	for (unsigned i = 0; i < c->nut1 && !err; i++)
		err = take_ut1(r, &c->ut1[i], i);
	if (!err)
		err = take_names(r, c);
	if (!err)
		err = take_rest(r, c);
	return err ? err : r->failed ? -ENOMEM : 0;
}

int compile_config(struct compile_setup *s, const char *path, struct err_note *note)
{
	struct bytes text;
	void *data = NULL;
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) + 1 : 0;
	if (n >= sizeof folder)
		return -ENAMETOOLONG;
	memcpy(folder, path, n);
	folder[n] = 0;
	int err = file_read(path, CONFIG_MAX, &text);
	if (err)
		return err_set(note, err, "%s: %s", path, err_text(err));
	struct conf_source src = { path, text.p, text.n };
	struct reading r = { .s = s, .src = &src, .note = note, .folder = folder };
	err = conf_load(&src, &schema, &data, note);
	if (!err)
		err = take_all(&r, data);
	conf_free(&schema, data);
	free((void *)(uintptr_t)text.p);
	return err;
}
