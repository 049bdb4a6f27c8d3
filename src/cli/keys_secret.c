/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <termios.h>
#include <unistd.h>

/* A line, byte by byte: no buffer of stdio keeps a copy. -EMSGSIZE: too long. */
static int read_line(int fd, uint8_t *ret, size_t *ret_n)
{
	size_t n = 0;
	for (;;) {
		uint8_t c;
		ssize_t r = read(fd, &c, 1);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0 || c == '\n')
			break;
		if (n == KEYS_SECRET_MAX)
			return -EMSGSIZE;
		ret[n++] = c;
	}
	*ret_n = n;
	return 0;
}

static int ask_terminal(int fd, const char *prompt, uint8_t *ret, size_t *ret_n)
{
	struct termios before, quiet;
	sigset_t all, old;
	if (tcgetattr(fd, &before) < 0)
		return -errno;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	quiet.c_lflag |= ECHONL;
	/* An interrupt must not leave the terminal silent. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	int err = tcsetattr(fd, TCSAFLUSH, &quiet) < 0 ? -errno : 0;
	if (!err && write(fd, prompt, strlen(prompt)) < 0)
		err = -errno;
	if (!err)
		err = read_line(fd, ret, ret_n);
	if (tcsetattr(fd, TCSAFLUSH, &before) < 0 && !err)
		err = -errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return err;
}

static int ask_twice(const struct keys_args *a, int fd, const char *prompt, uint8_t *ret, size_t *ret_n)
{
	size_t n = 0;
	uint8_t *again = sodium_malloc(KEYS_SECRET_MAX);
	if (!again)
		return keys_failed(a, "memory", -ENOMEM, NULL);
	int err = ask_terminal(fd, prompt, ret, ret_n);
	if (!err)
		err = ask_terminal(fd, "Once more: ", again, &n);
	bool same = !err && n == *ret_n && sodium_memcmp(ret, again, n) == 0;
	sodium_free(again);
	if (err)
		return keys_failed(a, "terminal", err, NULL);
	return same ? 0 : cli_fail(a->program, "the two are not the same");
}

static int from_file(const struct keys_args *a, uint8_t *ret, size_t *ret_n)
{
	int fd = open(a->password_file, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : read_line(fd, ret, ret_n);
	if (fd >= 0)
		close(fd);
	return err ? keys_failed(a, a->password_file, err, NULL) : 0;
}

int keys_secret(const struct keys_args *a, const char *prompt, bool twice, uint8_t *ret, size_t *ret_n)
{
	int code;
	if (a->password_file) {
		code = from_file(a, ret, ret_n);
	} else {
		int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			return cli_fail(a->program, "there is no terminal to ask on; use --password-file FILE");
		if (twice) {
			code = ask_twice(a, fd, prompt, ret, ret_n);
		} else {
			int err = ask_terminal(fd, prompt, ret, ret_n);
			code = err ? keys_failed(a, "terminal", err, NULL) : 0;
		}
		close(fd);
	}
	if (!code && !*ret_n)
		return cli_fail(a->program, "an empty one is none");
	return code;
}
