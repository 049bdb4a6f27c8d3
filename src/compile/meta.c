/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata section: where the lists come from, under what licence, and what was taken of them. No
 * path and no time of this machine: same inputs, same bytes. */
#include "compile/job.h"

#include <errno.h>
#include <stdlib.h>

static void put_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		uint8_t c = (uint8_t)*s;
		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(f, "\\u%04x", c);
		else
			fputc(c, f);
	}
	fputc('"', f);
}

static void put_text(FILE *f, const char *key, const char *value)
{
	if (!value)
		return;
	fprintf(f, ",\"%s\":", key);
	put_string(f, value);
}

static void put_count(FILE *f, const char *key, uint64_t n)
{
	fprintf(f, ",\"%s\":%llu", key, (unsigned long long)n);
}

/* The path's last part; of a UT1 category ("…/drogue/domains") the last two. */
const char *list_label(const struct list *l)
{
	const char *path = l->r.path, *last = strrchr(path, '/');
	if (!last || strcmp(last, "/domains"))
		return last ? last + 1 : path;
	while (last > path && last[-1] != '/')
		last--;
	return last;
}

static void put_list(FILE *f, const struct list *l)
{
	fputs("{\"category\":", f);
	put_string(f, l->r.category[0] ? l->r.category : "*");
	put_text(f, "name", list_label(l));
	put_text(f, "format", l->trusted ? "shipped" : format_name(l->r.format));
	if (!l->trusted)
		put_text(f, "kind", l->r.allow ? "allow" : "block");
	if (l->from) {
		put_text(f, "origin", l->from->origin);
		put_text(f, "licence", l->from->licence);
		put_text(f, "attribution", l->from->attribution);
		put_text(f, "date", l->from->date);
		fprintf(f, ",\"xxh3\":\"%016llx%016llx\"", (unsigned long long)l->r.hash[1],
			(unsigned long long)l->r.hash[0]);
	}
	put_count(f, "lines", l->r.lines);
	put_count(f, "names", l->r.names);
	put_count(f, "answers", l->r.answers);
	put_count(f, "ranges", l->r.ranges);
	put_count(f, "duplicates", l->r.duplicates);
	put_count(f, "pruned", l->r.pruned);
	fputs(",\"refused\":{", f);
	const char *comma = "";
	for (unsigned r = BLANK + 1; r < REASONS; r++)
		if (l->r.refused[r]) {
			fprintf(f, "%s\"%s\":%llu", comma, reason_key(r),
				(unsigned long long)l->r.refused[r]);
			comma = ",";
		}
	fputs("}}", f);
}

int meta_write(const struct job *j, char **ret, size_t *ret_n)
{
	FILE *f = open_memstream(ret, ret_n);
	if (!f)
		return -ENOMEM;
	fprintf(f, "{\"hisn\":1,\"names\":%zu", j->nsurvivors);
	if (j->o->date)
		fprintf(f, ",\"compiled\":%lld", (long long)j->o->date);
	fputs(",\"lists\":[", f);
	const char *comma = "";
	for (unsigned i = 0; i < j->nlists; i++)
		if (!j->lists[i].guard) {
			fputs(comma, f);
			put_list(f, &j->lists[i]);
			comma = ",\n";
		}
	fputs("]}\n", f);
	if (fclose(f)) {
		free(*ret);
		return -ENOMEM;
	}
	return 0;
}
