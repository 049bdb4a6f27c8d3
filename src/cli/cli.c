/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <unistd.h>

static void print_indented(const char *s, const char *first, const char *rest)
{
	const char *lead = first;
	while (*s) {
		size_t n = strcspn(s, "\n");
		printf("%s%.*s\n", lead, (int)n, s);
		s += n + (s[n] == '\n');
		lead = rest;
	}
}

static void print_option(const struct cli_option *o)
{
	char left[64];
	int n = o->letter ? snprintf(left, sizeof left, "  -%c, --%s", o->letter, o->name)
			  : snprintf(left, sizeof left, "      --%s", o->name);
	if (o->value && n < (int)sizeof left)
		(void)snprintf(left + n, sizeof left - (size_t)n, " %s", o->value);
	printf("%-30s %s", left, strlen(left) > 30 ? "\n                               " : "");
	print_indented(o->help, "", "                               ");
}

static void print_help(const struct cli_program *p)
{
	char first[64];
	(void)snprintf(first, sizeof first, "usage: %s ", p->name);
	char rest[64];
	(void)snprintf(rest, sizeof rest, "       %s ", p->name);
	print_indented(p->usage, first, rest);
	printf("\n%s\n\n", p->about);
	for (const struct cli_option *o = p->options; o->name; o++)
		print_option(o);
	printf("  -h, --help                   this text\n"
	       "      --version                the version\n");
}

static int usage_error(const struct cli_program *p, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	fprintf(stderr, "%s: ", p->name);
	vfprintf(stderr, format, ap);
	fprintf(stderr, "\nTry '%s --help'.\n", p->name);
	va_end(ap);
	return EXIT_USAGE;
}

static const struct cli_option *find(const struct cli_program *p, const char *name, size_t n, char letter)
{
	for (const struct cli_option *o = p->options; o->name; o++)
		if (letter ? o->letter == letter : strlen(o->name) == n && !strncmp(o->name, name, n))
			return o;
	return NULL;
}

/* One option at argv[*i]; moves *i past a separate value. */
static int take_option(const struct cli_program *p, int argc, char **argv, int *i, cli_take *take,
	void *ctx)
{
	const char *a = argv[*i], *value = NULL;
	const struct cli_option *o;
	if (a[1] == '-') {
		size_t n = strcspn(a + 2, "=");
		o = find(p, a + 2, n, 0);
		if (a[2 + n] == '=')
			value = a + 2 + n + 1;
	} else {
		o = find(p, NULL, 0, a[1]);
		if (a[2])
			value = a + 2;
	}
	if (!o)
		return usage_error(p, "unknown option '%s'", a);
	if (!o->value && value)
		return usage_error(p, "option '--%s' takes no value", o->name);
	if (o->value && !value) {
		if (*i + 1 >= argc)
			return usage_error(p, "option '--%s' needs a value: %s", o->name, o->value);
		value = argv[++*i];
	}
	return take(ctx, o, value) ? EXIT_USAGE : -1;
}

int cli_parse(const struct cli_program *p, int argc, char **argv, cli_take *take, void *ctx)
{
	bool options = true;
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];
		if (options && !strcmp(a, "--")) {
			options = false;
		} else if (options && (!strcmp(a, "--help") || !strcmp(a, "-h"))) {
			print_help(p);
			return EXIT_OK;
		} else if (options && !strcmp(a, "--version")) {
			printf("%s %s\n", p->name, HISN_VERSION);
			return EXIT_OK;
		} else if (options && a[0] == '-' && a[1]) {
			int code = take_option(p, argc, argv, &i, take, ctx);
			if (code >= 0)
				return code;
		} else if (take(ctx, NULL, a)) {
			return EXIT_USAGE;
		}
	}
	return -1;
}

int cli_fail(const struct cli_program *p, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	fprintf(stderr, "%s: ", p->name);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	return EXIT_FAILED;
}

/* The folder this program was started from, links resolved. */
static int own_folder(char *buf, size_t cap)
{
	ssize_t n = readlink("/proc/self/exe", buf, cap - 1);
	if (n < 0)
		return -errno;
	buf[n] = 0;
	char *slash = strrchr(buf, '/');
	if (!slash)
		return -ENOENT;
	*slash = 0;
	return 0;
}

const char *cli_data_folder(void)
{
	static char path[PATH_MAX + 32], resolved[PATH_MAX];
	const char *set = getenv("HISN_DATA");
	if (set && *set)
		return set;
	char own[PATH_MAX];
	if (!own_folder(own, sizeof own)) {
		/* build/hisn, build/bench/replay, build/src/cli/hisn-x stand below the source tree */
		static const char *const up[] = { "/../data", "/../../data", "/../../../data" };
		for (size_t i = 0; i < ARRAY_LEN(up); i++) {
			char probe[PATH_MAX + 64];
			(void)snprintf(path, sizeof path, "%s%s", own, up[i]);
			(void)snprintf(probe, sizeof probe, "%s/bands.yaml", path);
			if (!access(probe, R_OK))
				return realpath(path, resolved) ? resolved : path;
		}
	}
	return HISN_DATA;
}

int cli_program_path(const char *name, char *buf, size_t cap)
{
	char own[PATH_MAX];
	int err = own_folder(own, sizeof own);
	if (err)
		return err;
	const char *const folders[] = { own, HISN_LIBEXEC };
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		int n = snprintf(buf, cap, "%s/%s", folders[i], name);
		if (n > 0 && (size_t)n < cap && !access(buf, X_OK))
			return 0;
	}
	return -ENOENT;
}

void progress_start(struct progress *p, const char *what)
{
	*p = (struct progress){ .what = what, .shown = isatty(STDERR_FILENO) == 1 };
}

void progress_set(struct progress *p, uint64_t done, uint64_t total, const char *detail)
{
	int64_t now = clock_mono_ms();
	if (!p->shown || (now - p->last_ms < 100 && done < total))
		return;
	p->last_ms = now;
	if (total) {
		unsigned parts = (unsigned)(done >= total ? 30 : done * 30 / total);
		fprintf(stderr, "\r\033[K%s [%.*s%*s] %3u%% %s", p->what, (int)parts,
			"##############################", (int)(30 - parts), "",
			(unsigned)(done * 100 / total), detail ? detail : "");
	} else {
		fprintf(stderr, "\r\033[K%s %llu %s", p->what, (unsigned long long)done,
			detail ? detail : "");
	}
	fflush(stderr);
}

void progress_end(struct progress *p)
{
	if (p->shown && p->last_ms) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	p->shown = false;
}
