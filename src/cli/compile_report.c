/* SPDX-License-Identifier: Apache-2.0 */
/* What a compile did, for people and as JSON. */
#include "cli/compile_cli.h"

static uint64_t sum_refused(const struct compile_result *r)
{
	uint64_t n = 0;
	for (unsigned i = BLANK + 1; i < REASONS; i++)
		n += r->refused[i];
	return n;
}

static const char *short_path(const char *path)
{
	size_t n = strlen(path);
	return n > 36 ? path + n - 36 : path;
}

/* Bytes of lists may be anything: what a terminal would act on becomes '?'. */
static void print_safe(FILE *f, const char *s)
{
	for (; *s; s++)
		fputc((uint8_t)*s < 0x20 || *s == 0x7f ? '?' : *s, f);
}

static void print_refused(FILE *f, const struct compile_result *r)
{
	for (unsigned why = BLANK + 1; why < REASONS; why++) {
		if (!r->refused[why])
			continue;
		fprintf(f, "      %9llu  %s: ", (unsigned long long)r->refused[why],
			reason_text(why));
		for (unsigned i = 0; r->examples && i < EXAMPLES && i < r->refused[why]; i++) {
			const struct compile_example *e = &r->examples[why][i];
			fputs(i ? "  |  " : "", f);
			print_safe(f, e->text);
			if (e->line)
				fprintf(f, " (line %llu)", (unsigned long long)e->line);
		}
		fputc('\n', f);
	}
}

void compile_print(FILE *f, const struct compile_report *r, const struct compile_options *o)
{
	fprintf(f, "%-14s %-36s %-9s %9s %9s %9s %9s %9s\n", "category", "list", "format", "lines",
		"names", "duplicate", "pruned", "not taken");
	for (unsigned i = 0; i < r->nlists; i++) {
		const struct compile_result *l = &r->lists[i];
		fprintf(f, "%-14s %-36s %-9s %9llu %9llu %9llu %9llu %9llu\n", l->category,
			short_path(l->path),
			l->format == FORMAT_GUESS ? "shipped" : format_name(l->format),
			(unsigned long long)l->lines, (unsigned long long)(l->names + l->ranges),
			(unsigned long long)l->duplicates, (unsigned long long)l->pruned,
			(unsigned long long)sum_refused(l));
		print_refused(f, l);
	}
	if (!r->written) {
		fprintf(f, "%s: not written\n", o->out);
		return;
	}
	fprintf(f, "%s: %llu names", o->out, (unsigned long long)r->names);
	if (r->names)
		fprintf(f, ", %.2f bytes a name", (double)r->image_bytes / (double)r->names);
	fprintf(f, "; %llu answers, %llu address ranges; %llu guarded names looked up\n",
		(unsigned long long)r->rewrites, (unsigned long long)r->addresses,
		(unsigned long long)r->checked);
	if (r->compared)
		fprintf(f, "since the image before: %llu names added, %llu removed\n",
			(unsigned long long)r->added, (unsigned long long)r->removed);
	fprintf(f, "read %.2f s, judged %.2f s, wrote %.2f s, checked %.2f s\n", r->seconds[0],
		r->seconds[1], r->seconds[2], r->seconds[3]);
}

static void json_list(struct json *j, const struct compile_result *l)
{
	json_begin_object(j, NULL);
	json_text(j, "category", l->category);
	json_text(j, "path", l->path);
	json_text(j, "format", l->format == FORMAT_GUESS ? "shipped" : format_name(l->format));
	json_text(j, "kind", l->allow ? "allow" : "block");
	json_int(j, "lines", (int64_t)l->lines);
	json_int(j, "comments", (int64_t)l->refused[BLANK]);
	json_int(j, "names", (int64_t)l->names);
	json_int(j, "answers", (int64_t)l->answers);
	json_int(j, "ranges", (int64_t)l->ranges);
	json_int(j, "duplicates", (int64_t)l->duplicates);
	json_int(j, "pruned", (int64_t)l->pruned);
	json_begin_object(j, "refused");
	for (unsigned why = BLANK + 1; why < REASONS; why++) {
		if (!l->refused[why])
			continue;
		json_begin_object(j, reason_key(why));
		json_int(j, "count", (int64_t)l->refused[why]);
		json_text(j, "why", reason_text(why));
		json_begin_array(j, "examples");
		for (unsigned i = 0; l->examples && i < EXAMPLES && i < l->refused[why]; i++) {
			json_begin_object(j, NULL);
			json_int(j, "line", (int64_t)l->examples[why][i].line);
			json_text(j, "text", l->examples[why][i].text);
			json_end(j);
		}
		json_end(j);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

void compile_print_json(FILE *f, const struct compile_report *r, const struct compile_options *o)
{
	struct json j;
	json_open(&j, f, true);
	json_begin_object(&j, NULL);
	json_text(&j, "image", o->out);
	json_bool(&j, "written", r->written);
	json_int(&j, "names", (int64_t)r->names);
	json_int(&j, "bytes", (int64_t)r->image_bytes);
	json_int(&j, "sidecar_bytes", (int64_t)r->sidecar_bytes);
	json_int(&j, "answers", (int64_t)r->rewrites);
	json_int(&j, "address_ranges", (int64_t)r->addresses);
	json_int(&j, "checked", (int64_t)r->checked);
	if (r->compared) {
		json_int(&j, "added", (int64_t)r->added);
		json_int(&j, "removed", (int64_t)r->removed);
	}
	json_begin_object(&j, "seconds");
	json_number(&j, "reading", r->seconds[0]);
	json_number(&j, "judging", r->seconds[1]);
	json_number(&j, "writing", r->seconds[2]);
	json_number(&j, "checking", r->seconds[3]);
	json_end(&j);
	json_begin_object(&j, "categories");
	for (unsigned i = 0; i < r->ncats; i++)
		json_int(&j, r->cats[i].name, r->cats[i].names);
	json_end(&j);
	json_begin_array(&j, "lists");
	for (unsigned i = 0; i < r->nlists; i++)
		json_list(&j, &r->lists[i]);
	json_end(&j);
	json_end(&j);
	json_close(&j);
}
