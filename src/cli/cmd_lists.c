/* SPDX-License-Identifier: Apache-2.0 */
/* hisn lists: named public lists, fetched from their authors. */
#include "cli/lists.h"

#include <stdlib.h>

static const struct cli_option options[] = {
	{ "folder", 'f', "DIR", "where lists live; else $HISN_STATE/lists, /var/lib/hisn/lists for root,\n"
				"or hisn/lists in the user's state folder" },
	{ "json", 0, NULL, "list, update: as JSON" },
	{ "all", 0, NULL, "update: every list of the catalogue" },
	{ "recommended", 0, NULL, "update: the recommended ones" },
	{ "due", 0, NULL, "update: only those not looked at within their interval" },
	{ "force", 0, NULL, "update: fetch also what has not changed" },
	{ "quiet", 'q', NULL, "update: no progress; config: no word on what is left out" },
	{ "ca-file", 0, "FILE", "update: certificates to trust instead of the system's" },
	{ "tries", 0, "N", "update: how often to try an address, 1 to 9 (3)" },
	{ "stall", 0, "SECONDS", "update: give up when nothing came for so long (30)" },
	{ "name", 0, "NAME", "add: what to call it" },
	{ "category", 'c', "CATEGORY", "add: what the list is about" },
	{ "format", 0, "FORMAT", "add: domains, hosts, adblock, dnsmasq, wildcard, rpz or addresses" },
	{ "kind", 0, "KIND", "add: block (if not said) or allow" },
	{ "licence", 0, "LICENCE", "add: under which its author publishes it" },
	{ "attribution", 0, "TEXT", "add: whom to thank" },
	{ "out", 'o', "FILE", "config: write there; else to standard output" },
	{ NULL },
};

static const struct cli_program program = {
	.name = "hisn lists",
	.usage = "list [--json]\n"
		 "add NAME\n"
		 "add URL --category CATEGORY --format FORMAT [--name NAME] [--kind KIND]\n"
		 "update [NAME...] [--all|--recommended] [--due] [--json]\n"
		 "config [--out FILE]",
	.about = "Lists of names are fetched from their authors, not shipped. 'update' without names fetches\n"
		 "what was chosen or fetched before, or else the recommended lists. Whatever goes wrong, the\n"
		 "list that was there stays. 'config' writes what 'hisn compile --config' reads, for all that\n"
		 "is in the folder, fetched or put there by hand.",
	.options = options,
};

enum { NAMES_MAX = 2100 };

struct args {
	const char *verb, *folder, *out, *tries, *stall;
	const char *names[NAMES_MAX];
	struct lists_update update;
	struct lists_new add;
};

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	struct args *a = ctx;
	const struct {
		const char *name;
		const char **text;
		bool *flag;
	} to[] = {
		{ "folder", &a->folder, NULL }, { "json", NULL, &a->update.json }, { "all", NULL, &a->update.all },
		{ "recommended", NULL, &a->update.recommended }, { "due", NULL, &a->update.due },
		{ "force", NULL, &a->update.force }, { "quiet", NULL, &a->update.quiet },
		{ "ca-file", &a->update.ca_file, NULL }, { "name", &a->add.name, NULL },
		{ "category", &a->add.category, NULL }, { "format", &a->add.format, NULL },
		{ "kind", &a->add.kind, NULL }, { "licence", &a->add.licence, NULL },
		{ "attribution", &a->add.attribution, NULL }, { "out", &a->out, NULL },
		{ "tries", &a->tries, NULL }, { "stall", &a->stall, NULL },
	};
	for (size_t i = 0; o && i < ARRAY_LEN(to); i++) {
		if (strcmp(o->name, to[i].name) != 0)
			continue;
		if (to[i].text)
			*to[i].text = value;
		else
			*to[i].flag = true;
		return 0;
	}
	if (!a->verb) {
		a->verb = value;
		return 0;
	}
	if (a->update.nnames == NAMES_MAX) {
		(void)cli_fail(&program, "too many names");
		return 1;
	}
	a->names[a->update.nnames++] = value;
	return 0;
}

static int usage(const char *why)
{
	(void)cli_fail(&program, "%s\nTry 'hisn lists --help'.", why);
	return EXIT_USAGE;
}

static int run(struct args *a, const struct lists *l)
{
	if (!strcmp(a->verb, "list"))
		return lists_show(&program, l, a->update.json);
	if (!strcmp(a->verb, "update"))
		return lists_update(&program, l, &a->update);
	if (!strcmp(a->verb, "config"))
		return lists_config(&program, l, a->out, a->update.quiet);
	a->add.what = a->names[0];
	return lists_add(&program, l, &a->add);
}

static bool number(const char *s, unsigned max, unsigned *ret)
{
	char *end;
	unsigned long v = s && *s >= '0' && *s <= '9' ? strtoul(s, &end, 10) : 0;
	if (!s)
		return true;
	*ret = (unsigned)v;
	return v >= 1 && v <= max && !*end;
}

static int check(struct args *a)
{
	static const char *const verbs[] = { "list", "add", "update", "config" };
	bool known = false;
	if (!a->verb)
		return usage("say what to do: list, add, update or config");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		known = known || !strcmp(a->verb, verbs[i]);
	if (!known)
		return usage("what to do is one of list, add, update, config");
	if (!strcmp(a->verb, "add") ? a->update.nnames != 1 : a->update.nnames && strcmp(a->verb, "update") != 0)
		return usage(!strcmp(a->verb, "add") ? "add takes one name or address" : "no names belong here");
	if (!number(a->tries, 9, &a->update.tries) || !number(a->stall, 3600, &a->update.stall_s))
		return usage("--tries is 1 to 9, --stall 1 to 3600 seconds");
	return -1;
}

int main(int argc, char **argv)
{
	static struct args a;
	struct lists l;
	struct err_note note = { "" };
	int code = cli_parse(&program, argc, argv, take, &a);
	if (code >= 0)
		return code;
	code = check(&a);
	if (code >= 0)
		return code;
	a.update.names = a.names;
	int err = lists_open(a.folder, &l, &note);
	if (err)
		return cli_fail(&program, "%s", err_say(&note, err));
	code = run(&a, &l);
	lists_done(&l);
	return code;
}
