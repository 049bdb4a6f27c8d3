/* SPDX-License-Identifier: Apache-2.0 */
/* What lists there are: the catalogue that ships and the operator's own file, one schema for both. */
#include "cli/lists.h"

#include "base/file.h"
#include "conf/conf.h"
#include "fetch/fetch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 4 << 20, LISTS_MAX = 2000 };

const char *const lists_format_names[] = { "-", "domains", "hosts", "adblock", "dnsmasq", "wildcard", "rpz",
	"addresses", "ut1", "ranking", "suffixes", NULL };
const char *const lists_kind_names[] = { "block", "allow", "popular", "suffixes" };

static const cyaml_strval_t formats[] = {
	{ "domains", LISTS_DOMAINS }, { "hosts", LISTS_HOSTS }, { "adblock", LISTS_ADBLOCK },
	{ "dnsmasq", LISTS_DNSMASQ }, { "wildcard", LISTS_WILDCARD }, { "rpz", LISTS_RPZ },
	{ "addresses", LISTS_ADDRESSES }, { "ut1", LISTS_UT1 }, { "ranking", LISTS_RANKING },
	{ "suffixes", LISTS_SUFFIXES },
};
static const cyaml_strval_t kinds[] = {
	{ "block", LISTS_BLOCK }, { "allow", LISTS_ALLOW }, { "popular", LISTS_POPULAR }, { "suffixes", LISTS_PSL },
};
static const cyaml_strval_t certainties[] = {
	{ "operator", LISTS_OPERATOR }, { "verified", LISTS_VERIFIED }, { "knowledge", LISTS_KNOWLEDGE },
};

static const cyaml_schema_value_t url_schema = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, FETCH_URL_MAX) };

#define TEXT(key, member, max) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct lists_entry, member, 0, max)
static const cyaml_schema_field_t entry_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct lists_entry, name, 1, 48),
	TEXT("title", title, 200),
	TEXT("category", category, 31),
	CYAML_FIELD_SEQUENCE_COUNT("urls", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct lists_entry, urls, nurls,
		&url_schema, 1, FETCH_URLS_MAX),
	CYAML_FIELD_ENUM("format", CYAML_FLAG_OPTIONAL, struct lists_entry, format, formats, ARRAY_LEN(formats)),
	CYAML_FIELD_ENUM("kind", CYAML_FLAG_OPTIONAL, struct lists_entry, kind, kinds, ARRAY_LEN(kinds)),
	CYAML_FIELD_ENUM("certainty", CYAML_FLAG_OPTIONAL, struct lists_entry, certainty, certainties,
		ARRAY_LEN(certainties)),
	TEXT("folder", folder, 63),
	TEXT("licence", licence, 100),
	TEXT("attribution", attribution, 300),
	TEXT("home", home, 300),
	TEXT("notes", notes, 1000),
	CYAML_FIELD_UINT("interval-hours", CYAML_FLAG_OPTIONAL, struct lists_entry, interval_hours),
	CYAML_FIELD_UINT("max-mib", CYAML_FLAG_OPTIONAL, struct lists_entry, max_mib),
	CYAML_FIELD_UINT("rows", CYAML_FLAG_OPTIONAL, struct lists_entry, rows),
	CYAML_FIELD_BOOL("recommended", CYAML_FLAG_OPTIONAL, struct lists_entry, recommended),
	CYAML_FIELD_BOOL("http", CYAML_FLAG_OPTIONAL, struct lists_entry, http),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t entry_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct lists_entry, entry_fields),
};
static const cyaml_schema_field_t file_fields[] = {
	CYAML_FIELD_SEQUENCE_COUNT("lists", CYAML_FLAG_POINTER, struct lists_file, lists, nlists, &entry_schema, 0,
		LISTS_MAX),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct lists_file, file_fields),
};

const char *lists_certainty_name(int certainty)
{
	return certainties[certainty].str;
}

static bool only(const char *s, const char *of, size_t max)
{
	size_t n = strlen(s);
	return n > 0 && n <= max && strspn(s, of) == n;
}

bool lists_name_valid(const char *s)
{
	return only(s, "abcdefghijklmnopqrstuvwxyz0123456789-", 48) && s[0] != '-';
}

bool lists_category_valid(const char *s)
{
	return only(s, "abcdefghijklmnopqrstuvwxyz0123456789-_", 31) && s[0] != '-';
}

bool lists_category_known(const struct lists *l, const char *name)
{
	if (!strncmp(name, "x-", 2))
		return lists_category_valid(name);
	for (unsigned i = 0; i < l->bands->ncategories; i++)
		if (!strcmp(l->bands->categories[i].name, name))
			return l->bands->categories[i].kind != CATEGORY_SYSTEM;
	return false;
}

int lists_category_kind(const struct lists *l, const char *name)
{
	for (unsigned i = 0; i < l->bands->ncategories; i++)
		if (!strcmp(l->bands->categories[i].name, name) && l->bands->categories[i].kind == CATEGORY_ALLOW)
			return LISTS_ALLOW;
	return LISTS_BLOCK;
}

int lists_format_find(const char *name, size_t n)
{
	for (int i = LISTS_DOMAINS; i < LISTS_FORMATS; i++)
		if (strlen(lists_format_names[i]) == n && !memcmp(lists_format_names[i], name, n))
			return i;
	return -1;
}

/* A name alone stands for the catalogue's list of that name. */
static bool name_only(const struct lists_entry *e)
{
	return e->nurls == 0;
}

static int check_urls(const struct conf_source *src, const struct lists_entry *e, unsigned i, struct err_note *note)
{
	for (unsigned k = 0; k < e->nurls; k++) {
		struct err_note why = { "" };
		char path[64];
		(void)snprintf(path, sizeof path, "lists[%u].urls[%u]", i, k);
		if (fetch_check_url(e->urls[k], e->http, &why))
			return conf_refuse(src, note, path, "%s", why.text);
	}
	return 0;
}

/* What each kind and format needs. */
static int check_shape(const struct conf_source *src, const struct lists_entry *e, const char *at,
	struct err_note *note)
{
	bool names = e->kind == LISTS_BLOCK || e->kind == LISTS_ALLOW;
	bool list = e->format < LISTS_RANKING;
	if (e->format == LISTS_NONE)
		return conf_refuse(src, note, at, "list '%s' has addresses but no format", e->name);
	if (names && (!e->category || !lists_category_valid(e->category)))
		return conf_refuse(src, note, at, "list '%s' needs a category: small letters, digits, '-'", e->name);
	bool fits = names ? list
		: e->kind == LISTS_PSL ? e->format == LISTS_SUFFIXES
				       : e->format == LISTS_RANKING || e->format == LISTS_DOMAINS;
	if (!fits)
		return conf_refuse(src, note, at, "list '%s': kind %s does not go with format %s", e->name,
			lists_kind_names[e->kind], lists_format_names[e->format]);
	if (e->format == LISTS_UT1 && (!e->folder || !e->folder[0] || strpbrk(e->folder, "/.")))
		return conf_refuse(src, note, at, "list '%s' needs the folder of its archive", e->name);
	return 0;
}

static int check_entry(const struct conf_source *src, struct lists_file *f, unsigned i, struct err_note *note)
{
	const struct lists_entry *e = &f->lists[i];
	char at[64];
	(void)snprintf(at, sizeof at, "lists[%u].name", i);
	if (!lists_name_valid(e->name))
		return conf_refuse(src, note, at, "a list's name is made of a-z, 0-9 and '-': '%s'", e->name);
	for (unsigned k = 0; k < i; k++)
		if (!strcmp(f->lists[k].name, e->name))
			return conf_refuse(src, note, at, "list '%s' stands here twice", e->name);
	if (name_only(e))
		return 0;
	int err = check_urls(src, e, i, note);
	return err ? err : check_shape(src, e, at, note);
}

int lists_parse(const char *name, const uint8_t *p, size_t n, struct lists_file **ret, struct err_note *note)
{
	struct conf_source src = { name, p, n };
	struct lists_file *f = NULL;
	int err = conf_load(&src, &file_schema, (void **)&f, note);
	if (err)
		return err;
	for (unsigned i = 0; i < f->nlists; i++) {
		err = check_entry(&src, f, i, note);
		if (err) {
			lists_file_free(f);
			return err;
		}
	}
	*ret = f;
	return 0;
}

void lists_file_free(struct lists_file *f)
{
	conf_free(&file_schema, f);
}

static int parse_path(const char *path, struct lists_file **ret, struct err_note *note)
{
	struct bytes text;
	int err = file_read(path, FILE_MAX_BYTES, &text);
	if (err)
		return err == -ENOENT ? err : err_set(note, err, "%s: %s", path, err_text(err));
	err = lists_parse(path, text.p, text.n, ret, note);
	free((void *)(uintptr_t)text.p);
	return err;
}

static int default_folder(char *ret, size_t cap, struct err_note *note)
{
	const char *state = getenv("HISN_STATE"), *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n;
	if (state && *state)
		n = snprintf(ret, cap, "%s/lists", state);
	else if (geteuid() == 0)
		n = snprintf(ret, cap, "/var/lib/hisn/lists");
	else if (xdg && *xdg == '/')
		n = snprintf(ret, cap, "%s/hisn/lists", xdg);
	else if (home && *home == '/')
		n = snprintf(ret, cap, "%s/.local/state/hisn/lists", home);
	else
		return err_set(note, -ENOENT, "no HOME: name the folder with --folder");
	return n < (int)cap ? 0 : err_set(note, -ENAMETOOLONG, "the folder's path is too long");
}

static int check_categories(const struct lists *l, const char *own_path, struct err_note *note)
{
	for (unsigned i = 0; i < l->n; i++) {
		const struct lists_entry *e = l->all[i];
		if (e->category && !lists_category_known(l, e->category))
			return err_set(note, ERR_CONFIG, "%s: list '%s': no category '%s'; hisn's own are in "
				"categories.yaml, yours start with x-", e->chosen ? own_path : "catalogue.yaml", e->name,
				e->category);
		if (e->category && strncmp(e->category, "x-", 2) != 0 && e->kind != lists_category_kind(l, e->category))
			return err_set(note, ERR_CONFIG, "%s: list '%s': lists of category '%s' are of kind %s",
				e->chosen ? own_path : "catalogue.yaml", e->name, e->category,
				lists_kind_names[lists_category_kind(l, e->category)]);
	}
	return 0;
}

/* Names of the catalogue are marked, lists of the operator's own appended. */
static int merge(struct lists *l, const char *own_path, struct err_note *note)
{
	unsigned nown = l->own ? l->own->nlists : 0;
	l->all = calloc(l->shipped->nlists + nown + 1, sizeof(*l->all));
	if (!l->all)
		return -ENOMEM;
	for (unsigned i = 0; i < l->shipped->nlists; i++)
		l->all[l->n++] = &l->shipped->lists[i];
	for (unsigned i = 0; i < nown; i++) {
		struct lists_entry *e = &l->own->lists[i], *known = lists_find(l, e->name);
		if (name_only(e) && known)
			known->chosen = true;
		else if (name_only(e))
			return err_set(note, ERR_CONFIG, "%s: the catalogue has no list '%s'; a list of your own needs "
				"urls, format and category", own_path, e->name);
		else if (known)
			return err_set(note, ERR_CONFIG, "%s: '%s' is the name of a list of the catalogue", own_path, e->name);
		else
			(l->all[l->n++] = e)->chosen = true;
	}
	return 0;
}

int lists_open(const char *folder, struct lists *ret, struct err_note *note)
{
	struct lists l = { 0 };
	char path[LISTS_PATH_MAX + 64];
	int err = 0;
	if (!folder)
		err = default_folder(l.folder, sizeof l.folder, note);
	else if (snprintf(l.folder, sizeof l.folder, "%s", folder) >= (int)sizeof l.folder)
		err = err_set(note, -ENAMETOOLONG, "the folder's path is too long");
	if (err)
		return err;
	(void)snprintf(path, sizeof path, "%s/catalogue.yaml", cli_data_folder());
	err = parse_path(path, &l.shipped, note);
	if (err)
		return err_set(note, err, "%s: %s", path, err_text(err));
	err = household_bands(cli_data_folder(), &l.bands, note);
	(void)snprintf(path, sizeof path, "%s/lists.yaml", l.folder);
	if (err)
		goto out;
	err = parse_path(path, &l.own, note);
	if (err == -ENOENT)
		err = 0;
	if (!err)
		err = merge(&l, path, note);
	if (!err)
		err = check_categories(&l, path, note);
out:
	if (err) {
		lists_done(&l);
		return err;
	}
	*ret = l;
	return 0;
}

void lists_done(struct lists *l)
{
	free(l->all);
	lists_file_free(l->shipped);
	lists_file_free(l->own);
	household_free(l->bands);
	l->bands = NULL;
	l->all = NULL;
	l->shipped = l->own = NULL;
}

struct lists_entry *lists_find(const struct lists *l, const char *name)
{
	for (unsigned i = 0; i < l->n; i++)
		if (!strcmp(l->all[i]->name, name))
			return l->all[i];
	return NULL;
}

/* ".gz" where the address ends so; the compile room looks at the bytes, people at the name. */
static const char *compression(const struct lists_entry *e)
{
	static const char *const suffixes[] = { ".gz", ".xz", ".zst" };
	const char *url = e->urls[0];
	size_t n = strcspn(url, "?");
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		size_t m = strlen(suffixes[i]);
		if (n > m && !memcmp(url + n - m, suffixes[i], m))
			return suffixes[i];
	}
	return "";
}

void lists_download_path(const struct lists *l, const struct lists_entry *e, char *ret)
{
	if (e->format == LISTS_UT1)
		(void)snprintf(ret, LISTS_PATH_MAX, "%s/fetched/%s.tar.gz", l->folder, e->name);
	else if (e->format == LISTS_RANKING)
		(void)snprintf(ret, LISTS_PATH_MAX, "%s/fetched/%s.csv.zip", l->folder, e->name);
	else
		(void)snprintf(ret, LISTS_PATH_MAX, "%s/fetched/%s.%s%s", l->folder, e->name,
			lists_format_names[e->format], compression(e));
}

void lists_use_path(const struct lists *l, const struct lists_entry *e, char *ret)
{
	if (e->format == LISTS_UT1)
		(void)snprintf(ret, LISTS_PATH_MAX, "%s/ut1/%s", l->folder, e->folder);
	else if (e->format == LISTS_RANKING)
		(void)snprintf(ret, LISTS_PATH_MAX, "%s/fetched/%s.popular", l->folder, e->name);
	else
		lists_download_path(l, e, ret);
}

struct lists_have lists_look(const struct lists *l, const struct lists_entry *e)
{
	char path[LISTS_PATH_MAX];
	struct fetch_state s;
	struct stat st, use;
	struct lists_have h = { 0 };
	lists_use_path(l, e, path);
	if (stat(path, &use) < 0)
		return h;
	lists_download_path(l, e, path);
	h.there = true;
	if (stat(path, &st) < 0) { /* a UT1 folder put there by hand */
		h.fetched = use.st_mtime;
		return h;
	}
	h.downloaded = true;
	h.size = (uint64_t)st.st_size;
	h.fetched = st.st_mtime;
	if (fetch_state_read(path, &s) == 0 && s.size == h.size) {
		h.fetched = s.fetched;
		h.checked = s.checked;
	}
	return h;
}
