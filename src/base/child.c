/* SPDX-License-Identifier: Apache-2.0 */
#include "base/child.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int spawn(const char *const argv[], int in, int out, pid_t *ret)
{
	char *const env[] = { (char[]){ "PATH=/usr/bin:/bin" }, (char[]){ "LC_ALL=C.UTF-8" }, NULL };
	posix_spawn_file_actions_t f;
	posix_spawnattr_t a;
	sigset_t none, usual;
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGXFSZ);
	if (posix_spawn_file_actions_init(&f))
		return -ENOMEM;
	int err = posix_spawnattr_init(&a);
	if (!err) {
		err = posix_spawn_file_actions_adddup2(&f, in, STDIN_FILENO);
		err = err ? err : posix_spawn_file_actions_adddup2(&f, out, STDOUT_FILENO);
		err = err ? err : posix_spawn_file_actions_addopen(&f, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
		err = err ? err : posix_spawn_file_actions_addclosefrom_np(&f, STDERR_FILENO + 1);
		err = err ? err : posix_spawn_file_actions_addchdir_np(&f, "/");
		err = err ? err : posix_spawnattr_setsigmask(&a, &none);
		err = err ? err : posix_spawnattr_setsigdefault(&a, &usual);
		err = err ? err : posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
		err = err ? err : posix_spawn(ret, argv[0], &f, &a, (char *const *)(uintptr_t)argv, env);
		posix_spawnattr_destroy(&a);
	}
	posix_spawn_file_actions_destroy(&f);
	return err ? ERR_CHILD : 0;
}

struct pipes {
	int in, out; /* ours; -1: closed */
	struct bytes left;
	uint8_t *to;
	size_t n, cap;
};

static int feed(struct pipes *p)
{
	ssize_t n = p->left.n ? write(p->in, p->left.p, p->left.n) : 0;
	if (n > 0)
		p->left = bytes_of(p->left.p + n, p->left.n - (size_t)n);
	if (!p->left.n || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&p->in); /* all is said, or it does not listen: its exit code tells */
	return 0;
}

static int take(struct pipes *p)
{
	uint8_t more;
	bool full = p->n == p->cap;
	ssize_t n = read(p->out, full ? &more : p->to + p->n, full ? 1 : p->cap - p->n);
	if (n > 0 && full)
		return ERR_LIMIT;
	if (n > 0)
		p->n += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		shut(&p->out);
	return 0;
}

/* Until it has closed its output. */
static int attend(struct pipes *p, int64_t end)
{
	int err = 0;
	while (!err && p->out >= 0) {
		struct pollfd f[] = { { p->in, POLLOUT, 0 }, { p->out, POLLIN, 0 } };
		int64_t left = end - clock_mono_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(f, ARRAY_LEN(f), (int)left) < 0 && errno != EINTR)
			return -errno;
		if (f[1].revents)
			err = take(p);
		if (!err && f[0].revents)
			err = feed(p);
	}
	return err;
}

/* It has closed its output: the rest is short, but is not believed. */
static int collect(pid_t pid, bool kill_it, int64_t end)
{
	int status = -1;
	pid_t got;
	if (kill_it)
		kill(pid, SIGKILL);
	while ((got = waitpid(pid, &status, kill_it ? 0 : WNOHANG)) == 0) {
		if (clock_mono_ms() < end)
			usleep(2000);
		else
			kill_it = !kill(pid, SIGKILL);
	}
	return got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : ERR_CHILD;
}

int child_run(const char *const argv[], struct bytes in, uint8_t *out, size_t cap, size_t *ret_n, unsigned seconds)
{
	int to[2], from[2];
	pid_t pid;
	int64_t end = clock_mono_ms() + (int64_t)seconds * 1000;
	if (pipe2(to, O_CLOEXEC))
		return -errno;
	if (pipe2(from, O_CLOEXEC)) {
		int err = -errno;
		close(to[0]);
		close(to[1]);
		return err;
	}
	struct pipes p = { to[1], from[0], in, out, 0, cap };
	int err = spawn(argv, to[0], from[1], &pid);
	close(to[0]);
	close(from[1]);
	if (!err) {
		(void)fcntl(p.in, F_SETFL, O_NONBLOCK);
		(void)fcntl(p.out, F_SETFL, O_NONBLOCK);
		err = attend(&p, end);
		int ended = collect(pid, err != 0, end);
		err = err ? err : ended;
	}
	shut(&p.in);
	shut(&p.out);
	if (!err)
		*ret_n = p.n;
	return err;
}
