/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lists.h"

#include "base/clock.h"

const char *lists_age(int64_t s, char buf[16])
{
	if (s < 0)
		s = 0;
	if (s < 90)
		(void)snprintf(buf, 16, "%d s", (int)s);
	else if (s < 90 * 60)
		(void)snprintf(buf, 16, "%d min", (int)(s / 60));
	else if (s < 48 * 3600)
		(void)snprintf(buf, 16, "%d h", (int)(s / 3600));
	else
		(void)snprintf(buf, 16, "%lld d", (long long)MIN(s / 86400, 99999));
	return buf;
}

const char *lists_size(uint64_t n, char buf[16])
{
	if (n < 1000)
		(void)snprintf(buf, 16, "%u B", (unsigned)n);
	else if (n < 1000000)
		(void)snprintf(buf, 16, "%.1f kB", (double)n / 1e3);
	else
		(void)snprintf(buf, 16, "%.1f MB", (double)MIN(n, 1000000000000ull) / 1e6);
	return buf;
}

static const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}

static void show_json(const struct lists *l)
{
	struct json j;
	int64_t now = clock_unix();
	json_open(&j, stdout, true);
	json_begin_object(&j, NULL);
	json_text(&j, "folder", l->folder);
	json_begin_array(&j, "lists");
	for (unsigned i = 0; i < l->n; i++) {
		const struct lists_entry *e = l->all[i];
		struct lists_have h = lists_look(l, e);
		char path[LISTS_PATH_MAX];
		lists_use_path(l, e, path);
		json_begin_object(&j, NULL);
		json_text(&j, "name", e->name);
		json_text(&j, "title", e->title);
		json_text(&j, "category", e->category);
		json_text(&j, "kind", lists_kind_names[e->kind]);
		json_text(&j, "format", lists_format_names[e->format]);
		json_begin_array(&j, "urls");
		for (unsigned k = 0; k < e->nurls; k++)
			json_text(&j, NULL, e->urls[k]);
		json_end(&j);
		json_text(&j, "licence", e->licence);
		json_text(&j, "attribution", e->attribution);
		json_text(&j, "home", e->home);
		json_text(&j, "notes", e->notes);
		json_text(&j, "certainty", lists_certainty_name(e->certainty));
		json_bool(&j, "recommended", e->recommended);
		json_bool(&j, "chosen", e->chosen);
		json_bool(&j, "fetched", h.there);
		if (h.there) {
			json_text(&j, "path", path);
			json_int(&j, "size", (int64_t)h.size);
			json_int(&j, "age", MAX(now - h.fetched, 0));
		}
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	json_close(&j);
}

int lists_show(const struct cli_program *p, const struct lists *l, bool json)
{
	int64_t now = clock_unix();
	unsigned there = 0;
	if (json) {
		show_json(l);
		return EXIT_OK;
	}
	printf("  %-28s %-14s %-9s %10s %8s  %s\n", "LIST", "CATEGORY", "FORMAT", "SIZE", "AGE", "LICENCE");
	for (unsigned i = 0; i < l->n; i++) {
		const struct lists_entry *e = l->all[i];
		struct lists_have h = lists_look(l, e);
		char size[16], age[16];
		there += h.there;
		printf("%c %-28s %-14s %-9s %10s %8s  %s\n", e->chosen ? '+' : e->recommended ? '*' : ' ', e->name,
			e->category ? e->category : lists_kind_names[e->kind], lists_format_names[e->format],
			h.there && h.size ? lists_size(h.size, size) : "-",
			h.there ? lists_age(now - h.fetched, age) : "-", or_dash(e->licence));
	}
	printf("\n%u of %u lists in %s. * recommended, + chosen with '%s add'.\n", there, l->n, l->folder, p->name);
	return EXIT_OK;
}
