/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { CHILDREN = 8, ARGUMENTS = 32, END_MS = 8000 };

static struct child {
	const char *name;
	pid_t pid;
} children[CHILDREN];
static size_t child_n;

static int spawn(const char *name, const char *const *arguments, int out, pid_t *ret)
{
	char path[PATH_MAX];
	const char *argv[ARGUMENTS] = { path };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int err = cli_program_path(name, path, sizeof path);
	if (err)
		return err;
	for (size_t i = 0; arguments[i] && i + 2 < ARRAY_LEN(argv); i++)
		argv[i + 1] = arguments[i];
	if (posix_spawn_file_actions_init(&actions) || posix_spawnattr_init(&attr))
		return -ENOMEM;
	/* This program waits for its signals blocked; a child must not inherit that. */
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	if (out >= 0)
		err = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!err)
		err = posix_spawn(ret, path, &actions, &attr, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return -err;
}

static int wait_for(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : ERR_CHILD;
}

int up_run(const char *name, const char *const *arguments)
{
	pid_t pid;
	int err = spawn(name, arguments, -1, &pid);
	return err ? err : wait_for(pid);
}

int up_ask(const char *name, const char *const *arguments, char *buf, size_t cap)
{
	int fd[2];
	pid_t pid;
	size_t n = 0;
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -errno;
	int err = spawn(name, arguments, fd[1], &pid);
	close(fd[1]);
	while (!err && n + 1 < cap) {
		ssize_t got = read(fd[0], buf + n, cap - 1 - n);
		if (got <= 0 && errno != EINTR)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	close(fd[0]);
	buf[n] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return err ? err : wait_for(pid);
}

int up_start(const char *name, const char *const *arguments)
{
	if (child_n == CHILDREN)
		return -E2BIG;
	struct child *c = &children[child_n];
	int err = spawn(name, arguments, -1, &c->pid);
	if (err)
		return err;
	c->name = name;
	child_n++;
	return 0;
}

static bool gone(struct child *c)
{
	return waitpid(c->pid, NULL, WNOHANG) == c->pid;
}

void up_end(void)
{
	while (child_n) {
		struct child *c = &children[--child_n];
		int64_t give_up = clock_mono_ms() + END_MS;
		kill(c->pid, SIGTERM);
		while (!gone(c)) {
			if (clock_mono_ms() > give_up)
				kill(c->pid, SIGKILL);
			poll(NULL, 0, 20);
		}
	}
}

int up_watch(void)
{
	sigset_t set;
	siginfo_t info;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	int err = 0;
	while (!err) {
		const struct timespec second = { 1, 0 };
		if (sigtimedwait(&set, &info, &second) > 0)
			break;
		for (size_t i = 0; i < child_n && !err; i++)
			if (gone(&children[i])) {
				fprintf(stderr, "hisn up: %s has ended; stopping the others.\n", children[i].name);
				children[i] = children[--child_n];
				err = ERR_CHILD;
			}
	}
	up_end();
	return err;
}
