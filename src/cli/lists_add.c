/* SPDX-License-Identifier: Apache-2.0 */
/* Adding a list to the operator's file: text is appended, so that comments of people stay; what
 * comes out must still parse, or nothing is written. */
#include "cli/lists.h"

#include "base/file.h"
#include "fetch/fetch.h"

#include <errno.h>
#include <stdlib.h>

void lists_quote(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((uint8_t)*s < 0x20 || *s == 0x7f)
			fprintf(f, "\\x%02x", (uint8_t)*s);
		else
			fputc(*s, f);
	}
	fputc('"', f);
}

/* "https://lists.example/a/Adult.txt" -> "lists-example-adult" */
static void name_of_url(const char *url, char *ret, size_t cap)
{
	const char *from = strstr(url, "://");
	from = from ? from + 3 : url;
	size_t host = strcspn(from, "/?");
	const char *last = strrchr(from, '/');
	size_t n = 0;
	for (const char *s = from; *s && n + 1 < cap && n < 48; s++) {
		if (s == from + host && last && last > s)
			s = last;
		if (s > from + host && (*s == '.' || *s == '?'))
			break;
		char c = *s >= 'A' && *s <= 'Z' ? (char)(*s + 32) : *s;
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (plain)
			ret[n++] = c;
		else if (n && ret[n - 1] != '-')
			ret[n++] = '-';
	}
	while (n && ret[n - 1] == '-')
		n--;
	ret[n] = 0;
}

static void write_field(FILE *f, const char *key, const char *value)
{
	if (!value)
		return;
	fprintf(f, "    %s: ", key);
	lists_quote(f, value);
	fputc('\n', f);
}

static void write_entry(FILE *f, const struct lists_new *n, const char *name, bool url)
{
	fprintf(f, "  - name: %s\n", name);
	if (!url)
		return;
	fputs("    urls:\n      - ", f);
	lists_quote(f, n->what);
	fprintf(f, "\n    format: %s\n", n->format);
	write_field(f, "category", n->category);
	if (n->kind)
		fprintf(f, "    kind: %s\n", n->kind);
	write_field(f, "licence", n->licence);
	write_field(f, "attribution", n->attribution);
}

static int check_new(const struct cli_program *p, const struct lists *l, const struct lists_new *n,
	const char *name)
{
	struct err_note note = { "" };
	if (fetch_check_url(n->what, false, &note))
		return cli_fail(p, "%s", note.text);
	if (!n->category || !lists_category_known(l, n->category))
		return cli_fail(p, "--category says what the list is about: adult, gambling, malware ... (all: "
			"categories.yaml), or one of your own: x-...");
	int format = n->format ? lists_format_find(n->format, strlen(n->format)) : -1;
	if (format < 0 || format >= LISTS_UT1)
		return cli_fail(p, "--format is one of domains, hosts, adblock, dnsmasq, wildcard, rpz, addresses");
	if (n->kind && strcmp(n->kind, "block") != 0 && strcmp(n->kind, "allow") != 0)
		return cli_fail(p, "--kind is block or allow");
	if (!lists_name_valid(name))
		return cli_fail(p, "'%s' is no name for a list: a-z, 0-9 and '-'; choose one with --name", name);
	if (lists_find(l, name))
		return cli_fail(p, "there is a list '%s' already; choose another name with --name", name);
	return EXIT_OK;
}

static int append(const char *path, const struct lists_new *n, const char *name, bool url, struct err_note *note)
{
	struct bytes old = { 0 };
	char *text = NULL;
	size_t size = 0;
	int err = file_read(path, 4 << 20, &old);
	if (err && err != -ENOENT)
		return err;
	FILE *f = open_memstream(&text, &size);
	if (!f) {
		err = -ENOMEM;
		goto out;
	}
	if (old.n)
		fwrite(old.p, 1, old.n, f);
	else
		fputs("# Lists chosen and added on this machine: hisn lists add. See hisn-lists(1).\nlists:\n", f);
	if (old.n && old.p[old.n - 1] != '\n')
		fputc('\n', f);
	write_entry(f, n, name, url);
	err = fclose(f) ? -ENOMEM : 0;
	struct lists_file *check = NULL;
	if (!err)
		err = lists_parse(path, (const uint8_t *)text, size, &check, note);
	if (!err)
		err = file_replace(path, text, size, 0644);
	lists_file_free(check);
out:
	free(text);
	free((void *)(uintptr_t)old.p);
	return err;
}

int lists_add(const struct cli_program *p, const struct lists *l, const struct lists_new *n)
{
	struct err_note note = { "" };
	char path[LISTS_PATH_MAX + 16], made[64];
	bool url = strstr(n->what, "://") != NULL;
	const char *name = n->what;
	if (url) {
		name_of_url(n->what, made, sizeof made);
		name = n->name ? n->name : made;
		if (check_new(p, l, n, name) != EXIT_OK)
			return EXIT_FAILED;
	} else {
		const struct lists_entry *e = lists_find(l, n->what);
		if (!e)
			return cli_fail(p, "no list '%s'; '%s list' shows the catalogue, and an address adds one of your own",
				n->what, p->name);
		if (e->chosen) {
			printf("%s is chosen already.\n", e->name);
			return EXIT_OK;
		}
	}
	int err = file_make_folder(l->folder);
	(void)snprintf(path, sizeof path, "%s/lists.yaml", l->folder);
	if (!err)
		err = append(path, n, name, url, &note);
	if (err)
		return cli_fail(p, "%s: %s", path, err_say(&note, err));
	printf("%s is now in %s; '%s update %s' fetches it.\n", name, path, p->name, name);
	return EXIT_OK;
}
