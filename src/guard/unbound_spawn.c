/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/unbound_int.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_program(const char *path)
{
	return access(path, X_OK) == 0;
}

int unbound_find_program(const char *name, char *buf, size_t cap)
{
	int n = snprintf(buf, cap, "%s", name);
	if (strchr(name, '/'))
		return n > 0 && (size_t)n < cap && is_program(buf) ? 0 : -ENOENT;
	const char *path = getenv("PATH");
	char all[4096];
	(void)snprintf(all, sizeof all, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin");
	for (const char *p = all; *p;) {
		size_t len = strcspn(p, ":");
		n = snprintf(buf, cap, "%.*s/%s", (int)len, p, name);
		if (len && n > 0 && (size_t)n < cap && is_program(buf))
			return 0;
		p += len + (p[len] == ':');
	}
	return -ENOENT;
}

/* Between vfork and exec: the parent's memory is ours too, so system calls only. */
static void become(char *const argv[], const int fds[3], pid_t parent)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	for (int s = 1; s < NSIG; s++)
		(void)sigaction(s, &plain, NULL); /* also those we ignore, as exec would keep them */
	sigset_t none;
	sigemptyset(&none);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) /* died before the line above */
		_exit(126);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(126);
	if (syscall(SYS_close_range, 3u, ~0u, 0u) < 0)
		for (int i = 3; i < 65536; i++)
			(void)close(i);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	execv(argv[0], argv);
}

/* vfork: the guard may hold hundreds of megabytes, whose copy-on-write after a fork would slow all
 * threads down while they answer. Signals wait, lest a handler runs in the shared memory. */
static int start(char *const argv[], const int fds[3], pid_t *ret)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid_t self = getpid();
	volatile int failed = 0;
	pid_t pid = vfork();
	if (pid == 0) {
		become(argv, fds, self);
		failed = errno;
		_exit(127);
	}
	int err = pid < 0 ? -errno : 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!err && failed) {
		err = -failed;
		(void)waitpid(pid, NULL, 0);
	}
	if (!err)
		*ret = pid;
	return err;
}

/* Out of the way of 0, 1 and 2, which dup2 is about to replace. */
static int high(int fd)
{
	if (fd < 0 || fd > 2)
		return fd;
	int up = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	close(fd);
	return up;
}

int unbound_spawn(char *const argv[], pid_t *ret_pid, int *ret_log)
{
	int log[2];
	if (pipe2(log, O_CLOEXEC) < 0)
		return -errno;
	log[0] = high(log[0]);
	log[1] = high(log[1]);
	int null = high(open("/dev/null", O_RDWR | O_CLOEXEC));
	int err = log[0] < 0 || log[1] < 0 || null < 0 ? -errno : 0;
	const int fds[3] = { null, null, log[1] };
	if (!err)
		err = start(argv, fds, ret_pid);
	if (null >= 0)
		close(null);
	if (log[1] >= 0)
		close(log[1]);
	if (err) {
		if (log[0] >= 0)
			close(log[0]);
		return err;
	}
	(void)fcntl(log[0], F_SETFL, O_NONBLOCK);
	*ret_log = log[0];
	return 0;
}

bool unbound_wait(pid_t pid, unsigned ms, int *ret_status)
{
	int64_t end = clock_mono_ms() + ms;
	for (;;) {
		pid_t r = waitpid(pid, ret_status, WNOHANG);
		if (r == pid || (r < 0 && errno == ECHILD))
			return true;
		if (clock_mono_ms() >= end)
			return false;
		(void)poll(NULL, 0, 2);
	}
}

int unbound_run(char *const argv[], unsigned ms, char *said, size_t cap)
{
	pid_t pid;
	int log, status = 0;
	int err = unbound_spawn(argv, &pid, &log);
	if (err)
		return err;
	int64_t end = clock_mono_ms() + ms;
	size_t n = 0;
	for (;;) {
		char more[512];
		struct pollfd p = { .fd = log, .events = POLLIN };
		int64_t left = end - clock_mono_ms();
		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			break;
		ssize_t r = read(log, more, sizeof more);
		if (r <= 0)
			break;
		size_t keep = MIN((size_t)r, cap - 1 - n);
		memcpy(said + n, more, keep);
		n += keep;
	}
	said[n] = 0;
	close(log);
	int64_t left = end - clock_mono_ms();
	if (unbound_wait(pid, left > 0 ? (unsigned)left : 0, &status))
		return status;
	kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return -ETIMEDOUT;
}
