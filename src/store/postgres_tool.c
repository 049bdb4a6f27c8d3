/* SPDX-License-Identifier: Apache-2.0 */
/* pg_dump and pg_restore as children. */
#include "store/postgres_int.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 128, COMPLAINTS = 8192, TICK_MS = 250 };

/* --- the environment --- */

struct words {
	char *word[WORDS_MAX];
	size_t n;
};

static int add(struct words *w, const char *name, const char *value)
{
	if (w->n + 1 >= WORDS_MAX)
		return ERR_LIMIT;
	if (asprintf(&w->word[w->n], "%s=%s", name, value) < 0)
		return -ENOMEM;
	w->n++;
	return 0;
}

static void words_done(struct words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		explicit_bzero(w->word[i], strlen(w->word[i])); /* one of them may be a password */
		free(w->word[i]);
	}
}

static bool is_set_by_us(const char *variable, const PQconninfoOption *options)
{
	size_t n = strcspn(variable, "=");
	if (n == 6 && !memcmp(variable, "LC_ALL", n))
		return true;
	for (const PQconninfoOption *o = options; o && o->keyword; o++)
		if (o->val && o->envvar && strlen(o->envvar) == n && !memcmp(o->envvar, variable, n))
			return true;
	return false;
}

static int make_environment(const PQconninfoOption *options, struct words *ret)
{
	int err = add(ret, "LC_ALL", "C"); /* messages as we know them */
	for (char **e = environ; *e && !err; e++) {
		if (is_set_by_us(*e, options) || !strchr(*e, '='))
			continue;
		if (ret->n + 1 >= WORDS_MAX)
			return ERR_LIMIT;
		if (!(ret->word[ret->n] = strdup(*e)))
			return -ENOMEM;
		ret->n++;
	}
	for (const PQconninfoOption *o = options; o && o->keyword && !err; o++)
		if (o->val && o->envvar)
			err = add(ret, o->envvar, o->val);
	return err;
}

/* --- the command line --- */

static void put_quoted(FILE *f, const char *value)
{
	fputc('\'', f);
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			fputc('\\', f);
		fputc(*value, f);
	}
	fputc('\'', f);
}

/* What has no variable of its own, but nothing secret ("*" says libpq); and the database's name,
 * without which the tools would not connect. */
static char *dbname_argument(const PQconninfoOption *options)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	if (!f)
		return NULL;
	fputs("--dbname=", f);
	bool any = false;
	for (const PQconninfoOption *o = options; o->keyword; o++) {
		if (!o->val || *o->dispchar == '*' || (o->envvar && strcmp(o->keyword, "dbname")))
			continue;
		fprintf(f, "%s%s=", any ? " " : "", o->keyword);
		put_quoted(f, o->val);
		any = true;
	}
	if (!any)
		fputs("fallback_application_name=hisn", f);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

/* The newest that is installed: an older pg_dump refuses a newer server. Then PATH. */
static void find_program(const char *name, char *ret, size_t size)
{
	glob_t g;
	char pattern[128];
	(void)snprintf(pattern, sizeof pattern, "/usr/lib/postgresql/*/bin/%s", name);
	(void)snprintf(ret, size, "%s", name);
	if (glob(pattern, GLOB_NOSORT, NULL, &g))
		return;
	unsigned long best = 0;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		unsigned long version = strtoul(g.gl_pathv[i] + strlen("/usr/lib/postgresql/"), NULL, 10);
		if (version >= best) {
			best = version;
			(void)snprintf(ret, size, "%s", g.gl_pathv[i]);
		}
	}
	globfree(&g);
}

/* --- the child --- */

static int start(const struct tool *t, char *const argv[], char *const envp[], int out, int complaints, pid_t *ret)
{
	char program[PATH_MAX];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t signals;
	find_program(t->argv[0], program, sizeof program);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, complaints, 2);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	sigemptyset(&signals);
	posix_spawnattr_setsigmask(&how, &signals);
	sigaddset(&signals, SIGPIPE);
	sigaddset(&signals, SIGXFSZ);
	posix_spawnattr_setsigdefault(&how, &signals);
	int e = posix_spawnp(ret, program, &files, &how, argv, envp);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	return e ? note_set(ERR_CHILD, "%s: %s", t->argv[0], err_text(-e)) : 0;
}

/* What comes is kept as far as there is room, the rest read and dropped. False at the end. */
static bool read_some(int fd, char *to, size_t size, size_t *used)
{
	char dropped[4096];
	bool room = to && *used + 1 < size;
	ssize_t n = read(fd, room ? to + *used : dropped, room ? size - 1 - *used : sizeof dropped);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (room) {
		*used += (size_t)n;
		to[*used] = 0;
	}
	return n > 0;
}

static void listen_to(const struct tool *t, int out, int complaints, char *text)
{
	struct pollfd p[2] = { { out, POLLIN, 0 }, { complaints, POLLIN, 0 } };
	size_t out_used = 0, text_used = 0;
	text[0] = 0;
	if (t->output)
		t->output[0] = 0;
	while (p[0].fd >= 0 || p[1].fd >= 0) { /* poll passes over -1 */
		int n = poll(p, 2, TICK_MS);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0 && p[0].revents && !read_some(out, t->output, t->output_size, &out_used))
			p[0].fd = -1;
		if (n > 0 && p[1].revents && !read_some(complaints, text, COMPLAINTS, &text_used))
			p[1].fd = -1;
		if (t->watch)
			t->watch(t->ctx);
	}
}

/* Its first error, one line of it: details that follow may quote a row. */
static int judge(const struct tool *t, int status, const char *complaints)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	const char *e = strstr(complaints, "error: ");
	e = e ? e + strlen("error: ") : complaints;
	int err = strstr(complaints, "No space left on device") ? -ENOSPC : ERR_CHILD;
	if (WIFSIGNALED(status))
		return note_set(err, "%s ended by signal %d", t->argv[0], WTERMSIG(status));
	return note_set(err, "%s: %.*s", t->argv[0], (int)MIN(strcspn(e, "\n"), (size_t)300), e);
}

static int run(const struct tool *t, char *const argv[], char *const envp[])
{
	int out[2], complaints[2], status = 0;
	char text[COMPLAINTS];
	pid_t pid = 0;
	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(complaints, O_CLOEXEC) < 0) {
		int err = -errno;
		close(out[0]);
		close(out[1]);
		return err;
	}
	int err = start(t, argv, envp, out[1], complaints[1], &pid);
	close(out[1]);
	close(complaints[1]);
	if (!err) {
		listen_to(t, out[0], complaints[0], text);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		err = judge(t, status, text);
	}
	close(out[0]);
	close(complaints[0]);
	return err;
}

int tool_run(const struct tool *t)
{
	char *argv[ARRAY_LEN(t->argv) + 2] = { 0 };
	struct words environment = { 0 };
	PQconninfoOption *options = t->where ? PQconninfoParse(t->where, NULL) : NULL;
	char *dbname = options ? dbname_argument(options) : NULL;
	size_t n = 0;
	for (; n < ARRAY_LEN(t->argv) && t->argv[n]; n++)
		argv[n] = (char *)t->argv[n];
	argv[n] = dbname;
	int err = t->where && !dbname ? -ENOMEM : make_environment(options, &environment);
	if (!err)
		err = run(t, argv, environment.word);
	words_done(&environment);
	free(dbname);
	PQconninfoFree(options);
	return err;
}
