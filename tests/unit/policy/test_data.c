/* SPDX-License-Identifier: Apache-2.0 */
/* Every row that ships: its columns, names, dates; nothing twice, nothing that contradicts. */
#include "base/clock.h"
#include "base/file.h"
#include "dns/name.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ROWS = 2048, COLUMNS = 9, LINE = 512 };

struct row {
	char text[LINE];
	char *field[COLUMNS];
	struct dns_name name;
	unsigned line;
};

struct table {
	const char *file;
	unsigned n;
	struct row *rows;
};

static const char header_plain[] = "name\tmatch\tcategory\tsource\trecheck\tsuspended\tnote";
static const char header_safe[] = "name\tmatch\tengine\tmode\ttype\ttarget\tsource\trecheck\tnote";

static const char *data_path(const char *file)
{
	static char path[1024];
	const char *folder = getenv("HISN_DATA");
	(void)snprintf(path, sizeof path, "%s/%s", folder ? folder : "data", file);
	return path;
}

static void refuse(const struct table *t, const struct row *r, const char *why)
{
	fail_msg("data/%s:%u: %s: '%s'", t->file, r->line, why, r->field[0]);
}

/* Cuts the row's text at its tabs; returns how many fields. */
static unsigned split(struct row *r)
{
	unsigned n = 0;
	for (char *p = r->text; p && n < COLUMNS; n++) {
		r->field[n] = p;
		p = strchr(p, '\t');
		if (p)
			*p++ = 0;
		if (n == COLUMNS - 1 && p)
			return COLUMNS + 1;
	}
	return n;
}

static bool name_of(const char *text, struct dns_name *ret)
{
	return !dns_name_from_text(text, strlen(text), ret) && ret->labels > 1 &&
	       dns_name_is_hostlike(ret) &&
	       strcspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(text) &&
	       text[strlen(text) - 1] != '.';
}

static struct table read_table(const char *file, const char *header, unsigned columns)
{
	struct table t = { .file = file, .rows = calloc(ROWS, sizeof *t.rows) };
	char line[LINE];
	unsigned number = 0;
	FILE *f = fopen(data_path(file), "re");
	assert_non_null(f);
	assert_non_null(t.rows);
	while (fgets(line, sizeof line, f)) {
		size_t n = strcspn(line, "\n");
		struct row *r = &t.rows[t.n];
		assert_true(line[n] == '\n');
		line[n] = 0;
		if (++number == 1) {
			assert_string_equal(line, header);
			continue;
		}
		if (line[0] == '#')
			continue;
		memcpy(r->text, line, n + 1);
		r->line = number;
		if (split(r) != columns)
			refuse(&t, r, "not the columns of the header");
		if (!name_of(r->field[0], &r->name))
			refuse(&t, r, "not a lower-case host name");
		t.n++;
		assert_true(t.n < ROWS);
	}
	fclose(f);
	assert_true(t.n > 0);
	return t;
}

static bool one_of(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(s, *words))
			return true;
	return false;
}

/* Every row says where it comes from and when it must be looked at again. */
static void check_row(
	const struct table *t, const struct row *r, const char *source, const char *recheck)
{
	static const char *const match[] = { "exact", "subtree", "both", NULL };
	struct civil c;
	if (!one_of(r->field[1], match))
		refuse(t, r, "match is none of exact, subtree, both");
	if (!*source)
		refuse(t, r, "no source");
	if (strlen(recheck) != 10 || civil_parse_date(recheck, &c) || c.year < 2026 ||
		c.year > 2040)
		refuse(t, r, "recheck is no date");
}

static bool known_category(const char *yaml, const char *name)
{
	char entry[64];
	(void)snprintf(entry, sizeof entry, "{name: %s, ", name);
	return strstr(yaml, entry) != NULL;
}

/* The same name twice, or below a row that already covers it for the same category. */
static void check_twice(const struct table *t, unsigned i)
{
	for (unsigned k = 0; k < t->n; k++) {
		const struct row *r = &t->rows[i], *o = &t->rows[k];
		if (k < i && dns_name_equal(&r->name, &o->name))
			refuse(t, r, "stands there twice");
		if (k != i && strcmp(o->field[1], "exact") != 0 &&
			dns_name_under(&r->name, &o->name) && !strcmp(r->field[2], o->field[2]))
			refuse(t, r, "is covered by a row above it in the tree");
	}
}

static void check_table(const char *file, const char *const *categories)
{
	struct table t = read_table(file, header_plain, 7);
	struct bytes yaml;
	assert_int_equal(file_read(data_path("categories.yaml"), 1 << 20, &yaml), 0);
	for (unsigned i = 0; i < t.n; i++) {
		const struct row *r = &t.rows[i];
		check_row(&t, r, r->field[3], r->field[4]);
		if (!one_of(r->field[2], categories))
			refuse(&t, r, "not a category of this file");
		if (strcmp(r->field[2], "any") != 0 &&
			!known_category((const char *)yaml.p, r->field[2]))
			refuse(&t, r, "not a category of categories.yaml");
		if (!*r->field[5])
			refuse(&t, r, "suspended is empty");
		check_twice(&t, i);
	}
	free((void *)yaml.p);
	free(t.rows);
}

static void rows_of_lifelines(void **state)
{
	static const char *const c[] = { "lifeline", NULL };
	check_table("lifelines.tsv", c);
	/* a lifeline is a host, never a whole tree: its subdomains may be anybody's */
	struct table t = read_table("lifelines.tsv", header_plain, 7);
	for (unsigned i = 0; i < t.n; i++)
		if (strcmp(t.rows[i].field[1], "exact") != 0)
			refuse(&t, &t.rows[i], "a lifeline must be exact");
	free(t.rows);
}

static void rows_of_infrastructure(void **state)
{
	static const char *const c[] = { "infrastructure", NULL };
	check_table("infrastructure.tsv", c);
}

static void rows_of_canaries(void **state)
{
	static const char *const c[] = { "canary", NULL };
	check_table("canaries.tsv", c);
}

static void rows_of_bypass(void **state)
{
	static const char *const c[] = { "doh", "vpn", "proxy", NULL };
	check_table("bypass.tsv", c);
}

static void rows_of_unsafe_search(void **state)
{
	static const char *const c[] = { "unsafe-search", NULL };
	check_table("unsafe-search.tsv", c);
}

static void rows_of_services(void **state)
{
	static const char *const c[] = { "youtube", "tiktok", "snapchat", "instagram", "facebook", "whatsapp",
		"telegram", "discord", "x", "reddit", "pinterest", "twitch", "netflix", "spotify", "roblox",
		"minecraft", "fortnite", "steam", NULL };
	check_table("services.tsv", c);
}

static void rows_of_protected(void **state)
{
	static const char *const c[] = { "any", NULL };
	check_table("protected.tsv", c);
}

static void check_target(const struct table *t, const struct row *r)
{
	struct dns_name target;
	unsigned b[4];
	char rest;
	const char *type = r->field[4], *text = r->field[5];
	bool good = !strcmp(type, "CNAME")
			    ? name_of(text, &target) && !dns_name_equal(&target, &r->name)
		    : !strcmp(type, "A")
			    ? sscanf(text, "%3u.%3u.%3u.%3u%c", b, b + 1, b + 2, b + 3, &rest) == 4
		    : !strcmp(type, "AAAA") ? strchr(text, ':') != NULL
					    : !strcmp(type, "NODATA") && !*text;
	if (!good)
		refuse(t, r, "target does not fit its type");
}

static void rows_of_safe_search(void **state)
{
	static const char *const engines[] = { "search", "video", NULL };
	static const char *const modes[] = { "moderate", "strict", "any", NULL };
	struct table t = read_table("safe-search.tsv", header_safe, 9);
	unsigned google = 0, moderate = 0, strict = 0;
	for (unsigned i = 0; i < t.n; i++) {
		const struct row *r = &t.rows[i];
		check_row(&t, r, r->field[6], r->field[7]);
		if (strcmp(r->field[1], "exact") != 0)
			refuse(&t, r, "a search host must be exact");
		if (!one_of(r->field[2], engines) || !one_of(r->field[3], modes))
			refuse(&t, r, "unknown engine or mode");
		check_target(&t, r);
		for (unsigned k = 0; k < i; k++)
			if (dns_name_equal(&r->name, &t.rows[k].name) &&
				!strcmp(r->field[3], t.rows[k].field[3]) &&
				!strcmp(r->field[4], t.rows[k].field[4]))
				refuse(&t, r, "stands there twice");
		google += !strcmp(r->field[5], "forcesafesearch.google.com");
		moderate += !strcmp(r->field[3], "moderate");
		strict += !strcmp(r->field[3], "strict");
	}
	assert_in_range(google, 185, 200);
	assert_int_equal(moderate, strict); /* whoever has one mode has the other */
	free(t.rows);
}

/* What one file opens no other may close, and nobody protects a way around. */
static void files_do_not_contradict(void **state)
{
	static const char *const opens[] = { "lifelines.tsv", "infrastructure.tsv",
		"protected.tsv" };
	static const char *const closes[] = { "canaries.tsv", "bypass.tsv", "unsafe-search.tsv", "services.tsv" };
	for (size_t i = 0; i < ARRAY_LEN(opens); i++)
		for (size_t k = 0; k < ARRAY_LEN(closes); k++) {
			struct table a = read_table(opens[i], header_plain, 7);
			struct table b = read_table(closes[k], header_plain, 7);
			for (unsigned x = 0; x < a.n; x++)
				for (unsigned y = 0; y < b.n; y++)
					if (dns_name_equal(&a.rows[x].name, &b.rows[y].name) ||
						(strcmp(b.rows[y].field[1], "exact") != 0 &&
							dns_name_under(
								&a.rows[x].name, &b.rows[y].name)))
						refuse(&b, &b.rows[y],
							"closes what another file opens");
			free(a.rows);
			free(b.rows);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_lifelines),
		cmocka_unit_test(rows_of_infrastructure),
		cmocka_unit_test(rows_of_canaries),
		cmocka_unit_test(rows_of_bypass),
		cmocka_unit_test(rows_of_unsafe_search),
		cmocka_unit_test(rows_of_services),
		cmocka_unit_test(rows_of_protected),
		cmocka_unit_test(rows_of_safe_search),
		cmocka_unit_test(files_do_not_contradict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
