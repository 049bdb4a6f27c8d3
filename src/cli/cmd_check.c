/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/csv.h"
#include "base/file.h"
#include "guard/config.h"
#include "policy/view.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>

static const struct cli_option options[] = {
	{ "image", 'i', "FILE", "a policy image" },
	{ "overlay", 'o', "FILE", "an overlay; with --image also whether the two fit together" },
	{ "household", 'H', "FILE", "a household" },
	{ "config", 'c', "FILE", "a guard's settings" },
	{ "data", 'd', NULL, "rows of what ships that are due to be looked at again" },
	{ "json", 'j', NULL, "as JSON" },
	{ NULL, 0, NULL, NULL },
};

static const struct cli_program program = {
	.name = "hisn check",
	.usage = "[--image FILE] [--overlay FILE] [--household FILE] [--config FILE] [--data]",
	.about = "Says whether files are right, before a guard is given them; where one is wrong, which line and\n"
		 "why. Returns 1 if any is wrong or overdue.",
	.options = options,
};

struct check {
	const char *image, *overlay, *household, *config;
	bool data, as_json, bad;
	struct json json;
	struct policy *image_policy, *overlay_policy;
	struct household *house;
};

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	struct check *c = ctx;
	if (!o)
		return fprintf(stderr, "hisn check: which kind of file is '%s'? Try 'hisn check --help'.\n", value);
	switch (o->letter) {
	case 'i':
		c->image = value;
		break;
	case 'o':
		c->overlay = value;
		break;
	case 'H':
		c->household = value;
		break;
	case 'c':
		c->config = value;
		break;
	case 'd':
		c->data = true;
		break;
	default:
		c->as_json = true;
	}
	return 0;
}

static void tell(struct check *c, const char *path, bool good, const char *text)
{
	c->bad |= !good;
	if (c->as_json) {
		json_begin_object(&c->json, NULL);
		json_text(&c->json, "file", path);
		json_bool(&c->json, "ok", good);
		json_text(&c->json, good ? "about" : "error", text);
		json_end(&c->json);
	} else if (good) {
		printf("%s: right: %s\n", path, text);
	} else {
		fprintf(stderr, "hisn check: %s\n", text);
	}
}

static void check_policy(struct check *c, const char *path, enum policy_kind kind, struct policy **ret)
{
	static const char *const kinds[] = { "?", "image", "overlay", "release" };
	struct err_note note = { "" };
	char text[256];
	int err = policy_open(path, ret, &note);
	if (!err && (*ret)->h->kind != kind) {
		(void)snprintf(text, sizeof text, "%s: this is an %s, not an %s", path, kinds[(*ret)->h->kind], kinds[kind]);
		tell(c, path, false, text);
		return;
	}
	if (!err)
		(void)snprintf(text, sizeof text, "%s of %u names in %u categories, %u answers, %u address ranges",
			kinds[kind], (*ret)->h->names, (*ret)->h->cats, (*ret)->nrewrites,
			(*ret)->naddr4 + (*ret)->naddr6);
	tell(c, path, !err, err ? err_say(&note, err) : text);
}

static void check_household(struct check *c)
{
	struct err_note note = { "" };
	char text[256];
	int err = household_load(c->household, cli_data_folder(), &c->house, &note);
	if (!err)
		(void)snprintf(text, sizeof text, "%u profiles, %u clients, default '%s', %s", c->house->nprofiles,
			c->house->nclients, c->house->profiles[c->house->default_profile].name, c->house->time_zone);
	tell(c, c->household, !err, err ? err_say(&note, err) : text);
}

/* What only shows when all are taken together: keys, categories, the time zone. */
static void check_together(struct check *c)
{
	struct err_note note = { "" };
	struct view *v;
	struct household *h = c->house;
	c->house = NULL;
	int err = h ? 0 : household_bands(cli_data_folder(), &h, &note);
	if (!err)
		err = view_new(policy_ref(c->image_policy), policy_ref(c->overlay_policy), NULL, h, NULL, 1, &v, &note);
	if (err) {
		tell(c, "together", false, err_say(&note, err));
		policy_unref(c->image_policy);
		policy_unref(c->overlay_policy);
		household_free(h);
		return;
	}
	tell(c, "together", true, "they fit together");
	view_unref(v);
}

static void check_config(struct check *c)
{
	struct err_note note = { "" };
	struct guard_config g;
	guard_config_init(&g);
	int err = guard_config_load(&g, c->config, &note);
	if (!err)
		err = guard_config_check(&g, &note);
	tell(c, c->config, !err, err ? err_say(&note, err) : "settings of a guard");
	guard_config_done(&g);
}

/* The date in a row's recheck column: the one that looks like a date, from the fifth column on. */
static bool overdue(const char *line, const char *today)
{
	unsigned column = 0;
	for (const char *p = line; *p && *p != '\n'; column++) {
		size_t n = strcspn(p, "\t\n");
		struct civil date;
		char text[16] = "";
		if (n == 10 && column >= 4) {
			memcpy(text, p, n);
			if (!civil_parse_date(text, &date))
				return strcmp(text, today) < 0;
		}
		p += n + (p[n] == '\t');
	}
	return false;
}

static void check_rows(struct check *c, const char *name, const char *today)
{
	char path[PATH_MAX], text[PATH_MAX + 256];
	struct bytes file;
	unsigned rows = 0, late = 0;
	(void)snprintf(path, sizeof path, "%s/%s", cli_data_folder(), name);
	int err = file_read(path, 16 << 20, &file);
	if (err) {
		(void)snprintf(text, sizeof text, "%s: %s", path, err_text(err));
		tell(c, path, false, text);
		return;
	}
	for (const char *p = (const char *)file.p; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (*p == '#' || *p == '\n' || rows++ == 0)
			continue;
		if (!overdue(p, today))
			continue;
		late++;
		(void)snprintf(text, sizeof text, "%s: due to be looked at again: %.*s", name, (int)strcspn(p, "\t\n"), p);
		tell(c, path, false, text);
	}
	free((void *)file.p);
	(void)snprintf(text, sizeof text, "%u rows, %u overdue", rows ? rows - 1 : 0, late);
	tell(c, path, true, text);
}

/* The desk's tables name their recheck column. */
static int count_overdue(struct check *c, const struct csv *t, const char *today, unsigned *ret_late, struct err_note *note)
{
	unsigned column;
	char text[PATH_MAX + 256];
	int err = csv_column(t, "recheck", &column, note);
	for (unsigned i = 0; i < t->rows && !err; i++) {
		struct civil day;
		if (civil_parse_date(csv_cell(t, i, column), &day))
			return csv_refuse(t, i, column, "not a date (YYYY-MM-DD)", note);
		if (strcmp(csv_cell(t, i, column), today) >= 0)
			continue;
		++*ret_late;
		(void)snprintf(text, sizeof text, "%s: due to be looked at again: %s", t->file, csv_cell(t, i, 0));
		tell(c, t->file, false, text);
	}
	return err;
}

static void check_desk_rows(struct check *c, const char *name, const char *today)
{
	struct err_note note = { "" };
	struct arena a;
	struct csv t;
	char text[128];
	unsigned late = 0;
	arena_init(&a, 0);
	int err = csv_open(&a, cli_data_folder(), name, &t, &note);
	if (!err)
		err = count_overdue(c, &t, today, &late, &note);
	if (!err)
		(void)snprintf(text, sizeof text, "%u rows, %u overdue", t.rows, late);
	tell(c, name, !err, err ? err_say(&note, err) : text);
	arena_done(&a);
}

/* The letters of removal notices: "recheck: 2027-05-31" in their head. */
static void check_letters(struct check *c, const char *today)
{
	char pattern[PATH_MAX], text[128];
	glob_t g;
	unsigned late = 0;
	(void)snprintf(pattern, sizeof pattern, "%s/desk/notices/*.txt", cli_data_folder());
	if (glob(pattern, 0, NULL, &g) != 0) {
		tell(c, pattern, false, "there is no letter");
		return;
	}
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct bytes file;
		if (file_read(g.gl_pathv[i], 64 << 10, &file))
			continue;
		const char *at = strstr((const char *)file.p, "\nrecheck: ");
		if (!at || strncmp(at + strlen("\nrecheck: "), today, 10) < 0) {
			late++;
			tell(c, g.gl_pathv[i], false, "due to be looked at again");
		}
		free((void *)file.p);
	}
	(void)snprintf(text, sizeof text, "%zu letters, %u overdue", g.gl_pathc, late);
	tell(c, "desk/notices", true, text);
	globfree(&g);
}

static void check_data(struct check *c)
{
	static const char *const desk[] = { "desk/territories.csv", "desk/offences.csv", "desk/helplines.csv",
		"desk/sectors.csv", "desk/measures.csv", "desk/code_criteria.csv" };
	static const char *const files[] = { "lifelines.tsv", "infrastructure.tsv", "canaries.tsv", "bypass.tsv",
		"unsafe-search.tsv", "services.tsv", "protected.tsv", "safe-search.tsv" };
	struct civil now = civil_from_seconds(clock_unix());
	char today[32];
	(void)snprintf(today, sizeof today, "%04d-%02d-%02d", now.year, now.month, now.day);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		check_rows(c, files[i], today);
	for (size_t i = 0; i < ARRAY_LEN(desk); i++)
		check_desk_rows(c, desk[i], today);
	check_letters(c, today);
}

int main(int argc, char **argv)
{
	struct check c = { NULL };
	int code = cli_parse(&program, argc, argv, take, &c);
	if (code >= 0)
		return code;
	if (!c.image && !c.overlay && !c.household && !c.config && !c.data)
		return cli_fail(&program, "name a file to check; see 'hisn check --help'"), EXIT_USAGE;
	if (c.as_json) {
		json_open(&c.json, stdout, true);
		json_begin_array(&c.json, NULL);
	}
	if (c.image)
		check_policy(&c, c.image, POLICY_IMAGE, &c.image_policy);
	if (c.overlay)
		check_policy(&c, c.overlay, POLICY_OVERLAY, &c.overlay_policy);
	if (c.household)
		check_household(&c);
	if (c.image_policy && !c.bad)
		check_together(&c);
	if (c.config)
		check_config(&c);
	if (c.data)
		check_data(&c);
	if (c.as_json) {
		json_end(&c.json);
		json_close(&c.json);
	}
	policy_unref(c.image_policy);
	policy_unref(c.overlay_policy);
	household_free(c.house);
	return c.bad ? EXIT_FAILED : EXIT_OK;
}
