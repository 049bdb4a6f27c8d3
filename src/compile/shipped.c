/* SPDX-License-Identifier: Apache-2.0 */
/* What ships with hisn: rows of data files (columns: data/README.md), in every image. */
#include "compile/job.h"

#include "dns/proto.h"

#include <limits.h>

enum { COLUMNS = 12 };

static unsigned cut(char *s, char **column)
{
	unsigned n = 0;
	while (n < COLUMNS) {
		column[n++] = s;
		s = strchr(s, '\t');
		if (!s)
			break;
		*s++ = 0;
	}
	return n;
}

static bool read_match(const char *s, unsigned *ret)
{
	*ret = !strcmp(s, "exact")     ? ADD_EXACT
	       : !strcmp(s, "subtree") ? ADD_BELOW
	       : !strcmp(s, "both")    ? ADD_BOTH
				       : 0;
	return *ret != 0;
}

static int read_name(
	const char *path, unsigned line, const char *s, struct rname *ret, struct err_note *note)
{
	enum reason why = rname_parse(s, strlen(s), ret);
	if (why == TAKEN || why == SINGLE_LABEL)
		return 0;
	return err_set(note, ERR_NAME, "%s:%u: '%.80s': %s", path, line, s, reason_text(why));
}

int row_read(const char *path, unsigned line, char *s, struct row *ret, struct err_note *note)
{
	char *c[COLUMNS];
	unsigned n = cut(s, c);
	*ret = (struct row){ .header = !strcmp(c[0], "name") };
	if (ret->header)
		return 0;
	if (n < 6)
		return err_set(note, ERR_FORMAT,
			"%s:%u: %u columns: name, match, category, source, recheck, suspended, "
			"note",
			path, line, n);
	if (!read_match(c[1], &ret->ops))
		return err_set(note, ERR_FORMAT, "%s:%u: match '%.20s': exact, subtree or both",
			path, line, c[1]);
	ret->category = c[2];
	ret->suspended = strcmp(c[5], "no") != 0;
	return read_name(path, line, c[0], &ret->name, note);
}

struct shipped {
	struct job *j;
	const char *path, *file;
	bool exact_only;
	unsigned list[CATS_MAX]; /* + 1; one list a category */
};

/* The list of this file and category. */
static int list_of(struct shipped *s, const char *category, unsigned *ret)
{
	struct compile_list from = { .path = s->file, .category = category };
	unsigned cat;
	int err = job_category(s->j, category, &cat);
	if (!err && !s->list[cat]) {
		unsigned list;
		err = job_list(s->j, &from, &list);
		if (err)
			return err;
		struct list *l = &s->j->lists[list];
		l->trusted = true;
		l->from = NULL;
		l->r.format = FORMAT_GUESS;
		s->list[cat] = list + 1;
	}
	*ret = s->list[cat] - 1;
	return err;
}

static int add(struct shipped *s, const char *category, const struct rname *name, unsigned ops,
	unsigned *ret)
{
	int err = list_of(s, category, ret);
	if (err)
		return err;
	struct list *l = &s->j->lists[*ret];
	l->r.lines++;
	l->r.names++;
	err = job_add(s->j, *ret, name, ops);
	return err ? err : job_accept(s->j, l->cat, name);
}

static int take_row(void *ctx, unsigned line, char *text, size_t n)
{
	struct shipped *s = ctx;
	struct row row;
	unsigned list;
	int err = row_read(s->path, line, text, &row, s->j->note);
	if (err || row.header || row.suspended)
		return err;
	if (s->exact_only && row.ops != ADD_EXACT)
		return err_set(s->j->note, ERR_FORMAT,
			"%s:%u: a lifeline is exact: no host of others below it", s->path, line);
	return add(s, row.category, &row.name, row.ops, &list);
}

static bool read_target(const char *type, const char *target, struct answer *ret)
{
	uint8_t ip[16];
	size_t n = strlen(target);
	if (!strcmp(type, "CNAME"))
		return answer_cname(target, n, 0, ret);
	if (!strcmp(type, "NODATA")) {
		*ret = (struct answer){ 0 };
		return true;
	}
	int want = !strcmp(type, "A") ? 4 : !strcmp(type, "AAAA") ? 6 : 0;
	if (!want || parse_ip(target, n, ip) != want)
		return false;
	*ret = answer_ip(want, ip, 0);
	return true;
}

/* name match engine mode type target source recheck note */
static int take_safe_search(void *ctx, unsigned line, char *text, size_t n)
{
	static const char *const modes[] = { "any", "moderate", "strict" };
	struct shipped *s = ctx;
	struct job *j = s->j;
	char *c[COLUMNS];
	struct rewrite w = { 0 };
	unsigned columns = cut(text, c), ops, mode = 0, list;
	if (!strcmp(c[0], "name"))
		return 0;
	if (columns < 8)
		return err_set(j->note, ERR_FORMAT,
			"%s:%u: %u columns: name, match, engine, mode, type, target, source, "
			"recheck, note",
			s->path, line, columns);
	bool video = !strcmp(c[2], "video");
	while (mode < ARRAY_LEN(modes) && strcmp(c[3], modes[mode]))
		mode++;
	if (!read_match(c[1], &ops) || (!video && strcmp(c[2], "search")) ||
		mode == ARRAY_LEN(modes) || !read_target(c[4], c[5], &w.answer))
		return err_set(j->note, ERR_FORMAT,
			"%s:%u: not a rule: %.20s %.20s %.20s %.20s %.80s", s->path, line, c[1],
			c[2], c[3], c[4], c[5]);
	int err = read_name(s->path, line, c[0], &w.name, j->note);
	if (!err)
		err = add(s, "engine", &w.name, ops, &list);
	if (!err)
		err = grow((void **)&j->rewrites.p, j->rewrites.n, &j->rewrites.cap,
			sizeof *j->rewrites.p);
	if (err)
		return err;
	w.list = (uint16_t)list;
	w.ops = (uint8_t)ops;
	w.mode = (uint8_t)mode;
	w.owner = (uint16_t)(POLICY_ENGINE + (video ? ENGINE_VIDEO : ENGINE_SEARCH));
	j->rewrites.p[j->rewrites.n++] = w;
	j->lists[list].r.answers++;
	return 0;
}

int shipped_load(struct job *j)
{
	static const struct {
		const char *name;
		line_take *take;
		bool exact_only;
	} files[] = {
		{ "lifelines.tsv", take_row, true },
		{ "infrastructure.tsv", take_row, false },
		{ "canaries.tsv", take_row, false },
		{ "bypass.tsv", take_row, false },
		{ "unsafe-search.tsv", take_row, false },
		{ "services.tsv", take_row, false },
		{ "safe-search.tsv", take_safe_search, false },
	};
	int err = 0;
	for (size_t i = 0; i < ARRAY_LEN(files) && !err; i++) {
		char path[PATH_MAX];
		if (snprintf(path, sizeof path, "%s/%s", j->o->shipped, files[i].name) >=
			(int)sizeof path)
			return err_set(j->note, ERR_LIMIT, "%s: a path too long", j->o->shipped);
		struct shipped s = { .j = j,
			.path = path,
			.file = files[i].name,
			.exact_only = files[i].exact_only };
		err = lines_each(path, files[i].take, &s, j->note);
	}
	return err;
}
