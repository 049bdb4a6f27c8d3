/* SPDX-License-Identifier: Apache-2.0 */
/* A compile configuration for whatever is in the folder, so that nobody has to write one. */
#include "cli/lists.h"

#include "base/clock.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Debian's publicsuffix package: what is used when no fresher list has been fetched. */
static const char system_psl[] = "/usr/share/publicsuffix/public_suffix_list.dat";
enum { ACCEPT_MAX = 1 << 20 };

struct config {
	const struct lists *l;
	FILE *f;
	char folder[PATH_MAX];    /* absolute */
	unsigned lists;           /* block or allow lists, UT1 categories included */
	char psl[LISTS_PATH_MAX]; /* "" if none */
	bool quiet;               /* do not name what is left out */
};

static void field(FILE *f, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(f, "    %s: ", key);
	lists_quote(f, value);
	fputc('\n', f);
}

static void date_of(int64_t t, char ret[40])
{
	struct civil c = civil_from_seconds(t);
	(void)snprintf(ret, 40, "%04d-%02d-%02d", c.year, c.month, c.day);
}

struct list_line {
	const char *category, *path, *format, *kind, *origin, *licence, *attribution;
	int64_t date;
};

static void write_list(struct config *c, const struct list_line *s)
{
	char date[40];
	date_of(s->date, date);
	fputs(c->lists++ ? "" : "lists:\n", c->f);
	fprintf(c->f, "  - category: %s\n", s->category);
	field(c->f, "path", s->path);
	fprintf(c->f, "    format: %s\n    kind: %s\n", s->format, s->kind);
	field(c->f, "origin", s->origin);
	field(c->f, "licence", s->licence);
	field(c->f, "attribution", s->attribution);
	field(c->f, "date", date);
}

static void absolute(const struct config *c, const char *path, char *ret)
{
	(void)snprintf(ret, LISTS_PATH_MAX, "%s%s", c->folder, path + strlen(c->l->folder));
}

static void fetched_lists(struct config *c)
{
	char path[LISTS_PATH_MAX], full[LISTS_PATH_MAX];
	for (unsigned i = 0; i < c->l->n; i++) {
		const struct lists_entry *e = c->l->all[i];
		struct lists_have h = lists_look(c->l, e);
		if (!h.there || (e->kind != LISTS_BLOCK && e->kind != LISTS_ALLOW) || e->format == LISTS_UT1)
			continue;
		lists_use_path(c->l, e, path);
		absolute(c, path, full);
		write_list(c, &(struct list_line){ e->category, full, lists_format_names[e->format],
			lists_kind_names[e->kind], e->urls[0], e->licence, e->attribution, h.fetched });
	}
}

/* ---- by hand: CATEGORY.FORMAT, CATEGORY.WHATEVER.FORMAT, each with .gz, .xz or .zst ---- */

/* The last ".part" of a name of n bytes, without the dot; its start, or n. */
static size_t last_part(const char *name, size_t n)
{
	size_t at = n;
	while (at && name[at - 1] != '.')
		at--;
	return at ? at : n;
}

static bool name_tells(const char *name, char ret_category[32], int *ret_format)
{
	size_t n = strlen(name), at = last_part(name, n);
	if (!strcmp(name + at, "gz") || !strcmp(name + at, "xz") || !strcmp(name + at, "zst"))
		at = last_part(name, n = at - 1);
	if (n - at == 3 && !memcmp(name + at, "txt", 3))
		at = last_part(name, n = at - 1);
	int format = at < n ? lists_format_find(name + at, n - at) : -1;
	size_t m = strcspn(name, ".");
	if (format < 0 || format >= LISTS_UT1 || m == 0 || m > 31 || m >= at)
		return false;
	memcpy(ret_category, name, m);
	ret_category[m] = 0;
	*ret_format = format;
	return true;
}

static bool skip(const char *name)
{
	return name[0] == '.' || !strcmp(name, "lists.yaml") || !strcmp(name, "accept.txt") ||
		!strcmp(name, "fetched") || !strcmp(name, "ut1") || strstr(name, "README");
}

static void left_out(const struct config *c, const char *path, const char *why)
{
	if (!c->quiet)
		fprintf(stderr, "hisn lists: %s: left out; %s\n", path, why);
}

static void hand_file(struct config *c, const char *name)
{
	char category[32], path[LISTS_PATH_MAX];
	int format;
	struct stat st;
	if (snprintf(path, sizeof path, "%s/%s", c->folder, name) >= (int)sizeof path || stat(path, &st) < 0 ||
		!S_ISREG(st.st_mode))
		return;
	if (!strncmp(name, "public_suffix_list.dat", 22)) {
		(void)snprintf(c->psl, sizeof c->psl, "%s", path);
	} else if (!name_tells(name, category, &format)) {
		left_out(c, path, "a list put here by hand is named CATEGORY.FORMAT, as in adult.domains or gambling.hosts.gz");
	} else if (!strcmp(category, "popular")) {
		return; /* special_lists */
	} else if (!lists_category_known(c->l, category)) {
		left_out(c, path, "there is no such category; your own ones start with x-");
	} else {
		const char *kind = lists_kind_names[lists_category_kind(c->l, category)];
		write_list(c, &(struct list_line){ category, path, lists_format_names[format], kind, "by hand", "", "",
			st.st_mtime });
	}
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Sorted, so that the same folder gives the same configuration. */
static int each_name(const char *folder, void (*f)(struct config *c, const char *name), struct config *c)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, by_name);
	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			f(c, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return 0;
}

static void hand_name(struct config *c, const char *name)
{
	if (!skip(name))
		hand_file(c, name);
}

/* ---- UT1 ---- */

/* UT1's folder names to our categories: the catalogue knows them. */
static const struct lists_entry *ut1_entry(const struct lists *l, const char *folder)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->all[i]->format == LISTS_UT1 && !strcmp(l->all[i]->folder, folder))
			return l->all[i];
	return NULL;
}

/* The archive's own word, "black" or "white". */
static int ut1_kind(const char *folder, int otherwise)
{
	char path[LISTS_PATH_MAX + 8];
	struct bytes text;
	(void)snprintf(path, sizeof path, "%s/usage", folder);
	if (file_read(path, 65536, &text))
		return otherwise;
	const char *s = (const char *)text.p;
	int kind = strstr(s, "black") ? LISTS_BLOCK : strstr(s, "white") ? LISTS_ALLOW : otherwise;
	free((void *)(uintptr_t)text.p);
	return kind;
}

/* Of a UT1 category only `domains` is a list of names; `urls` has paths, which DNS cannot see. */
static void ut1_folder(struct config *c, const char *name)
{
	char folder[LISTS_PATH_MAX], path[LISTS_PATH_MAX + 8];
	const struct lists_entry *e = ut1_entry(c->l, name);
	if (snprintf(folder, sizeof folder, "%s/ut1/%s", c->folder, name) >= (int)sizeof folder)
		return;
	(void)snprintf(path, sizeof path, "%s/domains", folder);
	if (access(path, R_OK) < 0)
		return;
	if (!e) {
		left_out(c, path, "the catalogue does not say which category it is");
		return;
	}
	if (ut1_kind(folder, e->kind) != e->kind) { /* what it is for has changed: neither block nor open by it */
		left_out(c, path, "its usage file says otherwise than the catalogue");
		return;
	}
	struct lists_have h = lists_look(c->l, e);
	write_list(c, &(struct list_line){ e->category, path, lists_format_names[LISTS_DOMAINS],
		lists_kind_names[e->kind], e->urls[0], e->licence, e->attribution, h.fetched });
}

/* ---- popular names, the suffix list, accepted names ---- */

static void popular_line(struct config *c, const char *path, unsigned *n)
{
	fputs((*n)++ ? "" : "popular:\n  files:\n", c->f);
	fputs("    - ", c->f);
	lists_quote(c->f, path);
	fputc('\n', c->f);
}

/* Where facebook.com is what a list is for. */
static void expected_line(const struct config *c)
{
	unsigned n = 0;
	for (unsigned i = 0; i < c->l->bands->ncategories; i++)
		if (c->l->bands->categories[i].popular)
			fprintf(c->f, "%s%s", n++ ? ", " : "  expected: [", c->l->bands->categories[i].name);
	if (n)
		fputs("]\n", c->f);
}

static void special_lists(struct config *c)
{
	char path[LISTS_PATH_MAX], full[LISTS_PATH_MAX];
	unsigned n = 0;
	for (unsigned i = 0; i < c->l->n; i++) {
		const struct lists_entry *e = c->l->all[i];
		if ((e->kind != LISTS_POPULAR && e->kind != LISTS_PSL) || !lists_look(c->l, e).there)
			continue;
		lists_use_path(c->l, e, path);
		absolute(c, path, full);
		if (e->kind == LISTS_PSL)
			(void)snprintf(c->psl, sizeof c->psl, "%s", full);
		else
			popular_line(c, full, &n);
	}
	static const char *const hand[] = { "popular.domains", "popular.domains.gz", "popular.domains.xz",
		"popular.domains.zst" };
	for (size_t i = 0; i < ARRAY_LEN(hand); i++)
		if (snprintf(full, sizeof full, "%s/%s", c->folder, hand[i]) < (int)sizeof full && !access(full, R_OK))
			popular_line(c, full, &n);
	/* Elsewhere a popular name is blocked only if two lists of a category agree that it should be. */
	if (n) {
		fputs("  confirm: 2\n", c->f);
		expected_line(c);
	}
	if (!c->psl[0] && !access(system_psl, R_OK))
		(void)snprintf(c->psl, sizeof c->psl, "%s", system_psl);
	if (c->psl[0]) {
		fputs("psl: ", c->f);
		lists_quote(c->f, c->psl);
		fputc('\n', c->f);
	}
}

static int accepted(struct config *c)
{
	char path[LISTS_PATH_MAX + 16];
	struct bytes text;
	bool any = false;
	(void)snprintf(path, sizeof path, "%s/accept.txt", c->l->folder);
	int err = file_read(path, ACCEPT_MAX, &text);
	if (err)
		return err == -ENOENT ? 0 : err;
	for (char *s = (char *)(uintptr_t)text.p; *s;) {
		size_t n = strcspn(s, "\n");
		char *next = s + n + (s[n] == '\n');
		s[n] = 0;
		s[strcspn(s, "#\r")] = 0;
		s += strspn(s, " \t");
		s[strcspn(s, " \t")] = 0;
		if (*s) {
			fputs(any ? "  - " : "accept:\n  - ", c->f);
			lists_quote(c->f, s);
			fputc('\n', c->f);
			any = true;
		}
		s = next;
	}
	free((void *)(uintptr_t)text.p);
	return 0;
}

static int write_all(struct config *c)
{
	char ut1[LISTS_PATH_MAX];
	fputs("# Written by 'hisn lists config' for what is in the folder. Do not edit: it is written anew.\n", c->f);
	fetched_lists(c);
	int err = each_name(c->folder, hand_name, c);
	(void)snprintf(ut1, sizeof ut1, "%s/ut1", c->l->folder);
	if (!err)
		err = each_name(ut1, ut1_folder, c);
	if (err)
		return err;
	special_lists(c);
	return accepted(c);
}

static int none(const struct cli_program *p, const struct lists *l, bool quiet)
{
	if (!quiet)
		(void)cli_fail(p, "no lists in %s; 'hisn lists update' fetches some", l->folder);
	return LISTS_EXIT_NONE;
}

int lists_config(const struct cli_program *p, const struct lists *l, const char *out, bool quiet)
{
	struct config c = { .l = l, .quiet = quiet };
	char *text = NULL;
	size_t size = 0;
	int err = 0;
	if (!realpath(l->folder, c.folder))
		return errno == ENOENT ? none(p, l, quiet) : cli_fail(p, "%s: %s", l->folder, err_text(-errno));
	c.f = open_memstream(&text, &size);
	if (!c.f)
		return cli_fail(p, "%s", err_text(-ENOMEM));
	err = write_all(&c);
	if (fclose(c.f) && !err)
		err = -ENOMEM;
	if (!err && c.lists && out)
		err = file_replace(out, text, size, 0644);
	else if (!err && c.lists && fwrite(text, 1, size, stdout) != size)
		err = -EIO;
	free(text);
	if (err)
		return cli_fail(p, "%s: %s", out ? out : l->folder, err_text(err));
	return c.lists ? EXIT_OK : none(p, l, quiet);
}
