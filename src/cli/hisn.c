/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher: `hisn VERB ...` becomes the program hisn-VERB, as git does. */
#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

static const struct {
	const char *verb, *does;
} verbs[] = {
	{ "up", "try everything on this machine: lists, guard, resolver" },
	{ "guard", "the filtering DNS resolver" },
	{ "reload", "make a running guard take new image, overlay and household" },
	{ "compile", "turn block and allow lists into a policy image or overlay" },
	{ "lists", "named public lists: list, add, update" },
	{ "explain", "why a name is answered or not, for a profile, at a time" },
	{ "desk", "the hotline: takes reports, sealed, and what staff need" },
	{ "keys", "the key process: what seals and opens reports" },
	{ "packet", "open and verify a case that a desk has handed over" },
	{ "check", "check an image, a household or a configuration" },
};

static void print_help(FILE *f)
{
	fprintf(f, "usage: hisn VERB [OPTION...]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		fprintf(f, "  %-10s %s\n", verbs[i].verb, verbs[i].does);
	fprintf(f, "\n'hisn VERB --help' tells more; manual pages: hisn-VERB(1).\n");
}

static bool plain(const char *verb)
{
	return *verb && strspn(verb, "abcdefghijklmnopqrstuvwxyz-") == strlen(verb) && strlen(verb) < 32;
}

int main(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help(argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("hisn %s\n", HISN_VERSION);
		return EXIT_OK;
	}
	char name[64], path[PATH_MAX];
	(void)snprintf(name, sizeof name, "hisn-%s", argv[1]);
	if (!plain(argv[1]) || cli_program_path(name, path, sizeof path)) {
		fprintf(stderr, "hisn: '%s' is not a hisn verb; 'hisn --help' lists them\n", argv[1]);
		return EXIT_USAGE;
	}
	argv[1] = path;
	execv(path, argv + 1);
	fprintf(stderr, "hisn: cannot run %s: %s\n", path, strerror(errno));
	return EXIT_FAILED;
}
