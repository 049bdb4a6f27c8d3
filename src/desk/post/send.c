/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/post/send.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_MAX = 300 };

struct child {
	pid_t pid;
	int pidfd, in, out;        /* -1: closed */
	char said[SAID_MAX + 1];
	size_t said_n;
};

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int actions_for(posix_spawn_file_actions_t *f, int in, int out)
{
	int err = posix_spawn_file_actions_adddup2(f, in, STDIN_FILENO);
	if (!err)
		err = posix_spawn_file_actions_adddup2(f, out, STDOUT_FILENO);
	if (!err)
		err = posix_spawn_file_actions_adddup2(f, out, STDERR_FILENO);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(f, STDERR_FILENO + 1);
	return err ? err : posix_spawn_file_actions_addchdir_np(f, "/");
}

/* Signals as a program expects them, and a group of its own, so that all of it can be ended. */
static int attributes_for(posix_spawnattr_t *a)
{
	sigset_t none, usual;
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGXFSZ);
	int err = posix_spawnattr_setsigmask(a, &none);
	if (!err)
		err = posix_spawnattr_setsigdefault(a, &usual);
	if (!err)
		err = posix_spawnattr_setpgroup(a, 0);
	return err ? err : posix_spawnattr_setflags(a, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static int spawn(const struct post_program *p, const char *to, int in, int out, pid_t *ret)
{
	char *const argv[] = { (char *)(uintptr_t)p->path, (char[]){ "-i" }, (char[]){ "-f" }, (char *)(uintptr_t)p->from,
		(char[]){ "--" }, (char *)(uintptr_t)to, NULL };
	char *const env[] = { (char[]){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin" }, (char[]){ "LC_ALL=C" }, NULL };
	posix_spawn_file_actions_t f;
	posix_spawnattr_t a;
	if (posix_spawn_file_actions_init(&f))
		return -ENOMEM;
	int err = posix_spawnattr_init(&a);
	if (!err) {
		err = actions_for(&f, in, out);
		if (!err)
			err = attributes_for(&a);
		if (!err)
			err = posix_spawn(ret, p->path, &f, &a, argv, env);
		posix_spawnattr_destroy(&a);
	}
	posix_spawn_file_actions_destroy(&f);
	return -err;
}

static int start(const struct post_program *p, const char *to, struct child *c)
{
	int in[2], out[2];
	*c = (struct child){ .pidfd = -1, .in = -1, .out = -1 };
	if (pipe2(in, O_CLOEXEC))
		return -errno;
	int err = pipe2(out, O_CLOEXEC) ? -errno : 0;
	if (!err) {
		err = spawn(p, to, in[0], out[1], &c->pid);
		c->out = out[0];
		close(out[1]);
	}
	c->in = in[1];
	close(in[0]);
	if (!err && (fcntl(c->in, F_SETFL, O_NONBLOCK) || fcntl(c->out, F_SETFL, O_NONBLOCK)))
		err = -errno;
	if (c->pid > 0)
		c->pidfd = pidfd_open(c->pid, 0);
	return err ? err : c->pidfd < 0 ? -errno : 0;
}

/* What the child takes now of what is left; the end of input when nothing is. */
static void feed(struct child *c, struct bytes *left)
{
	ssize_t n = left->n ? write(c->in, left->p, left->n) : 0;
	if (n > 0) {
		left->p += n;
		left->n -= (size_t)n;
	}
	if (!left->n || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&c->in);
}

/* Its first words are kept, the rest is read and dropped. */
static void listen_to(struct child *c)
{
	char buf[512];
	ssize_t n = read(c->out, buf, sizeof buf);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&c->out);
	size_t keep = n > 0 ? MIN((size_t)n, SAID_MAX - c->said_n) : 0;
	memcpy(c->said + c->said_n, buf, keep);
	c->said_n += keep;
}

/* Until it has ended, or the time is over. A grandchild that keeps our pipe open does not matter. */
static int attend(struct child *c, struct bytes message, int64_t end)
{
	for (;;) {
		struct pollfd f[] = { { c->pidfd, POLLIN, 0 }, { c->in, POLLOUT, 0 }, { c->out, POLLIN, 0 } };
		int64_t left = end - clock_mono_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(f, ARRAY_LEN(f), (int)left) < 0 && errno != EINTR)
			return -errno;
		if (f[2].revents)
			listen_to(c);
		if (f[0].revents)
			return 0;
		if (f[1].revents)
			feed(c, &message);
	}
}

/* Its own exit code says that it refused; one that was killed may have taken the message before. */
static int collect(struct child *c)
{
	int status;
	pid_t got;
	do
		got = waitpid(c->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got != c->pid || !WIFEXITED(status))
		return -EIO;
	return WEXITSTATUS(status) == 0 ? 0 : ERR_CHILD;
}

/* For a log, in one line: only what can be read. */
static const char *said(struct child *c)
{
	for (size_t i = 0; i < c->said_n; i++)
		if (c->said[i] < 0x20 || c->said[i] > 0x7e)
			c->said[i] = ' ';
	return c->said_n ? c->said : "it said nothing";
}

int post_hand_over(const struct post_program *p, const char *to, struct bytes message, struct err_note *note)
{
	struct child c;
	int err = start(p, to, &c);
	int late = err;
	if (!err)
		late = attend(&c, message, clock_mono_ms() + (int64_t)p->seconds * 1000);
	if (c.pid > 0) {
		if (late)
			kill(-c.pid, SIGKILL);
		err = collect(&c);
	}
	shut(&c.in);
	shut(&c.out);
	shut(&c.pidfd);
	if (late == -ETIMEDOUT)
		return err_set(note, -EIO, "%s: no end after %u s, killed", p->path, p->seconds);
	if (late)
		return err_set(note, c.pid > 0 ? -EIO : ERR_CHILD, "%s: %s", p->path, err_text(late));
	return err ? err_set(note, err, "%s: %s", p->path, said(&c)) : 0;
}
