/* SPDX-License-Identifier: Apache-2.0 */
/* hisn compile: lists in, policy image or overlay out. */
#include "cli/compile_cli.h"
#include "compile/sidecar.h"

#include <limits.h>
#include <signal.h>
#include <unistd.h>

static const struct cli_option options[] = {
	{ "config", 'c', "FILE",
		"lists and settings (YAML); what the command line says comes first" },
	{ "list", 'l', "CATEGORY[:FORMAT]=PATH",
		"a list, or a UT1 folder; FORMAT is guessed if not given, or one of\n"
		"plain, hosts, adblock, dnsmasq, wildcard, rpz, unbound, squid,\nv2fly, address; "
		"further words: exact, "
		"subtree, both, allow, block" },
	{ "out", 'o', "FILE", "where the image goes; FILE.names beside it has the exact names" },
	{ "key", 0, "HEX", "key of the name hashes, 32 hexadecimal digits" },
	{ "accept", 'a', "CATEGORY:NAME",
		"take this name although it is protected, popular or a public suffix" },
	{ "accept-file", 0, "FILE", "the same, one a line" },
	{ "popular", 'p', "FILE", "names that no list may block by mistake" },
	{ "confirm", 0, "N", "take a popular name that N lists of one category have" },
	{ "protected", 0, "FILE", "protected names (default: those that ship)" },
	{ "psl", 0, "FILE", "public suffix list; 'none' for none" },
	{ "no-shipped", 0, NULL,
		"leave out lifelines, infrastructure, safe search and what else ships" },
	{ "rejected", 'r', "FILE", "write every line that is not taken, with its reason" },
	{ "no-names", 0, NULL, "do not write FILE.names" },
	{ "max-change", 0, "PERCENT",
		"refuse to replace the image if more names than this were added and removed" },
	{ "yes", 'y', NULL, "take the change, however large" },
	{ "threads", 't', "N", "threads (default: one a processor, at most 8)" },
	{ "json", 0, NULL, "the report as JSON on standard output" },
	{ "overlay", 0, NULL, "make an overlay: a small image on top of another" },
	{ "base", 'b', "IMAGE", "the image an overlay goes on" },
	{ "block", 0, "CATEGORY:NAME", "put a name and all below it into a category" },
	{ "unblock", 'u', "NAME[:CATEGORY]",
		"overlay: clear all categories, or one, at a name and below" },
	{ "dump", 0, "FILE.names", "print the names of an image" },
	{ "diff", 0, "FILE.names", "given twice: print what the second adds (+) and removes (-)" },
	{ NULL },
};

static const struct cli_program program = {
	"hisn compile",
	"--config FILE [--out IMAGE]\n--list CATEGORY=PATH ... --out IMAGE\n--overlay --base IMAGE "
	"[--list ...] [--unblock NAME] --out OVERLAY",
	"Turn block and allow lists into one policy image. Every line that is not taken is counted "
	"by\n"
	"reason. Public suffixes, protected and popular names are refused unless accepted by name. "
	"The\n"
	"old image stays until the new one has been written and checked.",
	options,
};

static int usage(const char *format, const char *value)
{
	fprintf(stderr, "hisn compile: ");
	fprintf(stderr, format, value);
	fprintf(stderr, "\n");
	return -1;
}

static int take_number(const char *value, unsigned max, unsigned *ret)
{
	char *end;
	unsigned long v = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || v > max)
		return usage("'%s' is not a number in range", value);
	*ret = (unsigned)v;
	return 0;
}

static int take_percent(struct compile_setup *s, const char *value)
{
	char *end;
	double v = strtod(value, &end);
	if (*value < '0' || *value > '9' || (*end && strcmp(end, "%")) || !(v <= 1e6))
		return usage("'%s' is no percentage", value);
	s->o.max_change = v;
	s->max_change_set = true;
	return 0;
}

static int take_show(struct compile_setup *s, bool diff, const char *value)
{
	if (s->nshow == 2 || (s->nshow && s->diff != diff))
		return usage(
			"'%s': --dump FILE.names, or --diff OLD.names --diff NEW.names", value);
	s->diff = diff;
	s->show[s->nshow++] = value;
	return 0;
}

static int take_flag(struct compile_setup *s, const char *name)
{
	if (!strcmp(name, "no-shipped"))
		s->no_shipped = true;
	else if (!strcmp(name, "json"))
		s->json = true;
	else if (!strcmp(name, "overlay"))
		s->o.overlay = true;
	else if (!strcmp(name, "no-names"))
		s->o.names = false;
	else if (!strcmp(name, "yes"))
		s->yes = true;
	return 0;
}

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	struct compile_setup *s = ctx;
	struct err_note note = { "" };
	int err = 0;
	if (!o)
		return usage("'%s': lists are given with --list CATEGORY=PATH", value);
	const char *n = o->name;
	if (!o->value)
		return take_flag(s, n);
	if (!strcmp(n, "threads"))
		return take_number(value, 64, &s->o.threads);
	if (!strcmp(n, "confirm"))
		return take_number(value, 1000, &s->o.confirm);
	if (!strcmp(n, "max-change"))
		return take_percent(s, value);
	if (!strcmp(n, "dump") || !strcmp(n, "diff"))
		return take_show(s, *n == 'd' && n[1] == 'i', value);
	if (!strcmp(n, "list"))
		err = setup_list_text(s, value, &note);
	else if (!strcmp(n, "key"))
		err = setup_key(s, value, &note);
	else if (!strcmp(n, "config"))
		s->config = value;
	else if (!strcmp(n, "out"))
		s->o.out = value;
	else if (!strcmp(n, "base"))
		s->o.base = value;
	else if (!strcmp(n, "rejected"))
		s->o.rejected = value;
	else if (!strcmp(n, "psl"))
		s->o.psl = value;
	else if (!strcmp(n, "protected"))
		s->o.protected_names = value;
	else
		err = setup_text(s,
			!strcmp(n, "accept")        ? &s->accept
			: !strcmp(n, "accept-file") ? &s->accept_files
			: !strcmp(n, "popular")     ? &s->popular
			: !strcmp(n, "block")       ? &s->block
						    : &s->unblock,
			value);
	return err ? usage("%s", err_say(&note, err)) : 0;
}

/* --dump and --diff: no compile. */
static int show(const struct compile_setup *s)
{
	struct sidecar *a = NULL, *b = NULL;
	struct err_note note = { "" };
	uint64_t added = 0, removed = 0;
	if (s->diff && s->nshow < 2)
		return usage("%s", "--diff OLD.names --diff NEW.names"), EXIT_USAGE;
	int err = sidecar_open(s->show[0], &a, &note);
	if (!err && s->diff)
		err = sidecar_open(s->show[1], &b, &note);
	if (!err)
		err = b ? sidecar_diff(a, b, stdout, &added, &removed) : sidecar_dump(a, stdout);
	if (!err && b)
		fprintf(stderr, "%llu added, %llu removed\n", (unsigned long long)added,
			(unsigned long long)removed);
	sidecar_close(a);
	sidecar_close(b);
	return err ? cli_fail(&program, "%s", err_say(&note, err)) : EXIT_OK;
}

static void show_progress(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
	progress_set(ctx, done, total, phase);
}

/* "none" turns a default off. */
static const char *or_default(const char *given, const char *fallback)
{
	return !given ? fallback : strcmp(given, "none") ? given : NULL;
}

static void finish(struct compile_setup *s, char *protected_path)
{
	struct compile_options *o = &s->o;
	o->lists = s->lists;
	o->nlists = s->nlists;
	o->accept = s->accept.p;
	o->naccept = s->accept.n;
	o->accept_files = s->accept_files.p;
	o->naccept_files = s->accept_files.n;
	o->block = s->block.p;
	o->nblock = s->block.n;
	o->unblock = s->unblock.p;
	o->nunblock = s->unblock.n;
	o->popular = s->popular.p;
	o->npopular = s->popular.n;
	o->expected = s->expected.p;
	o->nexpected = s->expected.n;
	(void)snprintf(protected_path, PATH_MAX, "%s/protected.tsv", cli_data_folder());
	o->psl = or_default(o->psl, "/usr/share/publicsuffix/public_suffix_list.dat");
	o->protected_names = or_default(o->protected_names, s->no_shipped ? NULL : protected_path);
	o->shipped = s->no_shipped ? NULL : cli_data_folder();
	if (s->yes)
		o->max_change = -1;
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	o->date = epoch ? strtoll(epoch, NULL, 10) : 0;
}

int main(int argc, char **argv)
{
	struct compile_setup s = { .o = { .max_change = -1, .names = true } };
	struct err_note note = { "" };
	struct compile_report *report = NULL;
	struct progress bar;
	char protected_path[PATH_MAX];
	arena_init(&s.arena, 0);
	(void)signal(SIGXFSZ,
		SIG_IGN); /* a limit on file sizes is an error like a full disk, not an end */
	int code = cli_parse(&program, argc, argv, take, &s);
	if (code >= 0) {
		arena_done(&s.arena);
		return code;
	}
	if (s.nshow) {
		code = show(&s);
		arena_done(&s.arena);
		return code;
	}
	int err = s.config ? compile_config(&s, s.config, &note) : 0;
	finish(&s, protected_path);
	progress_start(&bar, "hisn compile");
	s.o.progress = show_progress;
	s.o.progress_ctx = &bar;
	if (!err)
		err = compile_run(&s.o, &report, &note);
	progress_end(&bar);
	if (report)
		(s.json ? compile_print_json : compile_print)(stdout, report, &s.o);
	compile_report_free(report);
	code = err ? cli_fail(&program, "%s", err_say(&note, err)) : EXIT_OK;
	arena_done(&s.arena);
	return code;
}
