/* SPDX-License-Identifier: Apache-2.0 */
/* Guards: the public suffix list, protected names, popular names. */
#include "compile/job.h"
#include "compile/source.h"

#include <errno.h>
#include <stdlib.h>

enum { SMALL_FILE_MAX = 256 << 20 };

int lines_each(const char *path, line_take *take, void *ctx, struct err_note *note)
{
	struct source *s;
	char *p = NULL;
	size_t n = 0, cap = 0;
	int err = source_open(path, &s, note);
	if (err)
		return err;
	for (;;) {
		if (cap - n < 2) {
			char *q = cap < SMALL_FILE_MAX ? realloc(p, cap ? cap * 2 : 1 << 16) : NULL;
			if (!q) {
				err = cap < SMALL_FILE_MAX
					      ? -ENOMEM
					      : err_set(note, ERR_LIMIT, "%s: too large", path);
				goto out;
			}
			p = q;
			cap = cap ? cap * 2 : 1 << 16;
		}
		int64_t r = source_read(s, p + n, cap - n - 1, note);
		if (r <= 0) {
			err = (int)r;
			break;
		}
		n += (size_t)r;
	}
	unsigned line = 1;
	for (char *at = p, *end = p + n; !err && at < end; line++) {
		char *nl = memchr(at, '\n', (size_t)(end - at));
		if (!nl)
			nl = end;
		char *next = nl + 1;
		while (nl > at && blank(nl[-1]))
			nl--;
		*nl = 0;
		if (nl > at && *at != '#')
			err = take(ctx, line, at, (size_t)(nl - at));
		at = next;
	}
out:
	source_close(s);
	free(p);
	return err;
}

struct guards {
	struct job *j;
	const char *path;
	unsigned plain, wild, except;
	bool private; /* past the suffix list's line between registries and companies */
};

static int guard_list(struct job *j, const char *path, enum guard_kind kind, unsigned *ret)
{
	struct compile_list from = { .path = path };
	int err = job_list(j, &from, ret);
	if (!err) {
		j->lists[*ret].guard = kind;
		j->lists[*ret].from = NULL;
	}
	return err;
}

/* Names that do not parse cannot be blocked either: nothing to guard. */
static int guard(struct job *j, unsigned list, const char *s, size_t n)
{
	struct rname name;
	enum reason why = rname_parse(s, n, &name);
	return why == TAKEN || why == SINGLE_LABEL ? job_add(j, list, &name, 0) : 0;
}

/* publicsuffix.org/list: rules up to the first blank, "*." and "!" in front, comments with "//".
 * A company's "*.region.host.example" has one customer right below it: a name like any other, which a
 * list may mean. What must not be blocked as a whole is region.host.example. */
static int take_suffix(void *ctx, unsigned line, char *s, size_t n)
{
	struct guards *g = ctx;
	if (starts(s, n, "//")) {
		if (strstr(s, "===BEGIN "))
			g->private = strstr(s, "===BEGIN PRIVATE DOMAINS===") != NULL;
		return 0;
	}
	n = strcspn(s, " \t");
	if (starts(s, n, "*."))
		return guard(g->j, g->private ? g->plain : g->wild, s + 2, n - 2);
	if (*s == '!')
		return guard(g->j, g->except, s + 1, n - 1);
	return guard(g->j, g->plain, s, n);
}

static int load_suffixes(struct job *j, const char *path)
{
	struct guards g = { .j = j };
	int err = guard_list(j, path, GUARD_SUFFIX, &g.plain);
	if (!err)
		err = guard_list(j, path, GUARD_WILD, &g.wild);
	if (!err)
		err = guard_list(j, path, GUARD_EXCEPT, &g.except);
	return err ? err : lines_each(path, take_suffix, &g, j->note);
}

static int take_protected(void *ctx, unsigned line, char *s, size_t n)
{
	struct guards *g = ctx;
	struct row row;
	int err = row_read(g->path, line, s, &row, g->j->note);
	if (err || row.header || row.suspended)
		return err;
	return job_add(g->j, g->plain, &row.name, 0);
}

/* One name a line, or "rank,name" as popularity lists come. */
static int take_popular(void *ctx, unsigned line, char *s, size_t n)
{
	struct guards *g = ctx;
	const char *comma = memchr(s, ',', n);
	if (comma && strspn(s, "0123456789") == (size_t)(comma - s)) {
		n -= (size_t)(comma - s) + 1;
		s = (char *)comma + 1;
	}
	n = strcspn(s, " \t");
	if (starts(s, n, "*."))
		return guard(g->j, g->plain, s + 2, n - 2);
	return guard(g->j, g->plain, s, n);
}

int guards_load(struct job *j)
{
	const struct compile_options *o = j->o;
	struct guards g = { .j = j };
	int err = 0;
	if (o->psl)
		err = load_suffixes(j, o->psl);
	if (o->protected_names && !err) {
		g.path = o->protected_names;
		err = guard_list(j, g.path, GUARD_PROTECTED, &g.plain);
		if (!err)
			err = lines_each(g.path, take_protected, &g, j->note);
	}
	for (unsigned i = 0; i < o->npopular && !err; i++) {
		err = guard_list(j, o->popular[i], GUARD_POPULAR, &g.plain);
		if (!err)
			err = lines_each(o->popular[i], take_popular, &g, j->note);
	}
	return err;
}
