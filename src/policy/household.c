/* SPDX-License-Identifier: Apache-2.0 */
/* A household from its file: categories and bands first, then the zone, then the profiles, which
 * need all three, then the clients, which name profiles. */
#include "policy/household_raw.h"

#include "base/file.h"
#include "policy/cats.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>

enum { DATA_FILE_MAX = 1 << 20 };

struct household_path household_path(const char *format, ...)
{
	struct household_path p;
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(p.text, sizeof p.text, format, ap);
	va_end(ap);
	return p;
}

int household_copy_text(struct household *h, const char *s, const char **ret)
{
	*ret = s ? arena_text(&h->arena, s, strlen(s)) : NULL;
	return s && !*ret ? -ENOMEM : 0;
}

static bool category_name_ok(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	return n && n <= CAT_NAME_MAX && !s[n];
}

int household_category_kind(const struct household *h, const char *name)
{
	for (unsigned i = 0; i < h->ncategories; i++)
		if (strcmp(h->categories[i].name, name) == 0)
			return h->categories[i].kind;
	return strncmp(name, "x-", 2) == 0 && name[2] && category_name_ok(name) ? CATEGORY_CONTENT : -1;
}

int household_address(const char *s, uint8_t ret[16], bool *ret_4)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };
	if (inet_pton(AF_INET, s, ret + 12) == 1) {
		memcpy(ret, mapped, sizeof mapped);
		*ret_4 = true;
		return 0;
	}
	*ret_4 = false;
	return inet_pton(AF_INET6, s, ret) == 1 ? 0 : ERR_CONFIG;
}

int household_time(struct household_builder *b, const char *path, const char *text, int64_t *ret)
{
	bool local;
	if (clock_parse_rfc3339(text, ret, &local))
		return conf_refuse(b->src, b->note, path,
			"'%.40s' is not a time (as 2026-11-23T18:00, or with a zone: 2026-11-23T18:00:00+01:00)", text);
	if (local)
		*ret = tz_to_utc(b->zone, *ret);
	return 0;
}

static int take_category(const struct conf_source *src, struct household *h, const struct raw_category *raw,
	unsigned i, struct household_category *ret, struct err_note *note)
{
	struct household_path at = household_path("categories[%u].name", i);
	if (!category_name_ok(raw->name) || strncmp(raw->name, "x-", 2) == 0)
		return conf_refuse(src, note, at.text, "'%.40s' is not a category's name: up to %d of a-z 0-9 _ -, "
			"not starting with x-", raw->name, CAT_NAME_MAX);
	if (household_category_kind(h, raw->name) >= 0)
		return conf_refuse(src, note, at.text, "category '%s' stands here twice", raw->name);
	ret->kind = (uint8_t)raw->kind;
	ret->popular = raw->popular;
	int err = household_copy_text(h, raw->name, &ret->name);
	err = err ? err : household_copy_text(h, raw->en, &ret->label_en);
	err = err ? err : household_copy_text(h, raw->fr, &ret->label_fr);
	return err ? err : household_copy_text(h, raw->ar, &ret->label_ar);
}

static int take_categories(const struct conf_source *src, struct household *h, const struct raw_categories *raw,
	struct err_note *note)
{
	struct household_category *c = arena_array(&h->arena, raw->ncategories, sizeof *c);
	if (!c)
		return -ENOMEM;
	h->categories = c;
	for (unsigned i = 0; i < raw->ncategories; i++) {
		int err = take_category(src, h, &raw->categories[i], i, &c[i], note);
		if (err)
			return err;
		h->ncategories++;
	}
	return 0;
}

/* Read folder/name against a schema; *ret_file is for free(), and lives as long as *ret_src. */
static int load_data(const char *folder, const char *name, const cyaml_schema_value_t *schema, char path[PATH_MAX],
	struct bytes *ret_file, struct conf_source *ret_src, void **ret, struct err_note *note)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", folder, name);
	if (n < 0 || n >= PATH_MAX)
		return -ENAMETOOLONG;
	int err = file_read(path, DATA_FILE_MAX, ret_file);
	if (err)
		return err_set(note, err, "%s: %s", path, err_text(err));
	*ret_src = (struct conf_source){ path, ret_file->p, ret_file->n };
	err = conf_load(ret_src, schema, ret, note);
	if (err)
		free((void *)ret_file->p);
	return err;
}

static int load_categories(const char *folder, struct household *h, struct err_note *note)
{
	char path[PATH_MAX];
	struct bytes file;
	struct conf_source src;
	void *raw;
	int err = load_data(folder, "categories.yaml", &household_categories_schema, path, &file, &src, &raw, note);
	if (err)
		return err;
	err = take_categories(&src, h, raw, note);
	conf_free(&household_categories_schema, raw);
	free((void *)file.p);
	return err;
}

static int load_bands(const char *folder, struct household *h, const struct household_profile **ret, unsigned *ret_n,
	struct err_note *note)
{
	char path[PATH_MAX];
	struct bytes file;
	struct conf_source src;
	void *data;
	int err = load_data(folder, "bands.yaml", &household_bands_schema, path, &file, &src, &data, note);
	if (err)
		return err;
	struct raw_bands *raw = data;
	struct household_builder b = { .src = &src, .h = h, .note = note };
	err = household_fill_profiles(&b, "bands", raw->bands, raw->nbands, ret);
	*ret_n = raw->nbands;
	free(b.by_name);
	conf_free(&household_bands_schema, raw);
	free((void *)file.p);
	return err;
}

static int new_household(const char *data_folder, struct household **ret, struct err_note *note)
{
	struct household *h = calloc(1, sizeof *h);
	if (!h)
		return -ENOMEM;
	arena_init(&h->arena, 0);
	h->time_zone = "UTC";
	h->language = household_languages[0];
	int err = load_categories(data_folder, h, note);
	if (err) {
		household_free(h);
		return err;
	}
	*ret = h;
	return 0;
}

int household_bands(const char *data_folder, struct household **ret, struct err_note *note)
{
	struct household *h;
	int err = new_household(data_folder, &h, note);
	if (err)
		return err;
	err = load_bands(data_folder, h, &h->profiles, &h->nprofiles, note);
	int adult = err ? 0 : household_profile_find(h, "adult");
	if (adult < 0)
		err = err_set(note, ERR_CONFIG, "%s/bands.yaml: there is no band 'adult'", data_folder);
	if (err) {
		household_free(h);
		return err;
	}
	h->default_profile = (uint16_t)adult;
	*ret = h;
	return 0;
}

static int take_help(struct household_builder *b, const struct raw_help *raw)
{
	struct household *h = b->h;
	uint8_t a[16];
	bool is4;
	if (!raw)
		return 0;
	if (raw->address4) {
		if (household_address(raw->address4, a, &is4) || !is4)
			return conf_refuse(b->src, b->note, "help.address4", "'%.50s' is not an IPv4 address",
				raw->address4);
		memcpy(h->help4, a + 12, 4);
		h->has_help4 = true;
	}
	if (raw->address6) {
		if (household_address(raw->address6, a, &is4) || is4)
			return conf_refuse(b->src, b->note, "help.address6", "'%.50s' is not an IPv6 address",
				raw->address6);
		memcpy(h->help6, a, 16);
		h->has_help6 = true;
	}
	return household_copy_text(h, raw->text, &h->help_text);
}

/* A block that shows the help page needs to know where it is. */
static int check_help(struct household_builder *b)
{
	for (unsigned i = 0; i < b->h->nprofiles; i++)
		if (b->h->profiles[i].form == FORM_HELP && !b->h->has_help4 && !b->h->has_help6)
			return conf_refuse(b->src, b->note, household_path("profiles[%u].block", i).text,
				"block: help needs help: with address4 or address6");
	return 0;
}

static int take_zone(struct household_builder *b, const struct raw_household *raw, struct tz **ret)
{
	struct err_note why = { "" };
	int err = household_copy_text(b->h, raw->time_zone ? raw->time_zone : "UTC", &b->h->time_zone);
	if (err)
		return err;
	err = tz_open(NULL, b->h->time_zone, ret, &why);
	if (err)
		return conf_refuse(b->src, b->note, "time_zone", "%s", err_say(&why, err));
	b->zone = *ret;
	return 0;
}

static int take_default(struct household_builder *b, const struct raw_household *raw)
{
	int i = household_profile_search(b, raw->default_profile, strlen(raw->default_profile));
	if (i < 0)
		return conf_refuse(b->src, b->note, "default", "there is no profile '%.64s'", raw->default_profile);
	b->h->default_profile = (uint16_t)i;
	return 0;
}

static int take_household(struct household_builder *b, const struct raw_household *raw)
{
	b->h->language = household_languages[raw->language];
	int err = take_help(b, raw->help);
	err = err ? err : household_fill_holidays(b, raw);
	err = err ? err : household_fill_profiles(b, "profiles", raw->profiles, raw->nprofiles, &b->h->profiles);
	if (err)
		return err;
	b->h->nprofiles = raw->nprofiles;
	err = check_help(b);
	err = err ? err : take_default(b, raw);
	return err ? err : household_fill_clients(b, raw);
}

static int fill(struct household_builder *b, const char *data_folder)
{
	void *raw;
	struct tz *zone = NULL;
	int err = load_bands(data_folder, b->h, &b->bands, &b->nbands, b->note);
	err = err ? err : conf_load(b->src, &household_schema, &raw, b->note);
	if (err)
		return err;
	err = take_zone(b, raw, &zone);
	err = err ? err : take_household(b, raw);
	free(b->by_name);
	tz_free(zone);
	conf_free(&household_schema, raw);
	return err;
}

static int parse(const struct conf_source *src, const char *folder, const char *data_folder, struct household **ret,
	struct err_note *note)
{
	struct household *h;
	int err = new_household(data_folder, &h, note);
	if (err)
		return err;
	struct household_builder b = { .src = src, .folder = folder, .h = h, .note = note };
	err = fill(&b, data_folder);
	if (err) {
		household_free(h);
		return err;
	}
	*ret = h;
	return 0;
}

int household_parse(const char *name, const uint8_t *p, size_t n, const char *data_folder, struct household **ret,
	struct err_note *note)
{
	struct conf_source src = { name, p, n };
	return parse(&src, NULL, data_folder, ret, note);
}

int household_load(const char *path, const char *data_folder, struct household **ret, struct err_note *note)
{
	char folder[PATH_MAX];
	struct bytes file;
	const char *slash = strrchr(path, '/');
	int n = snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 2, slash ? path : "./");
	if (n < 0 || n >= (int)sizeof folder)
		return -ENAMETOOLONG;
	int err = file_read(path, HOUSEHOLD_FILE_MAX, &file);
	if (err)
		return err_set(note, err, "%s: %s", path, err_text(err));
	struct conf_source src = { path, file.p, file.n };
	err = parse(&src, folder, data_folder, ret, note);
	free((void *)file.p);
	return err;
}

void household_free(struct household *h)
{
	if (!h)
		return;
	arena_done(&h->arena);
	free(h);
}

int household_profile_find(const struct household *h, const char *name)
{
	for (unsigned i = 0; i < h->nprofiles; i++)
		if (strcmp(h->profiles[i].name, name) == 0)
			return (int)i;
	return -1;
}
