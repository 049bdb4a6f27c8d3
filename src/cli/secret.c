/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/secret.h"

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
		if (n == CLI_SECRET_MAX)
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

static int ask_twice(const struct cli_program *p, int fd, const char *prompt, uint8_t *ret, size_t *ret_n)
{
	size_t n = 0;
	uint8_t *again = sodium_malloc(CLI_SECRET_MAX);
	if (!again)
		return cli_fail(p, "%s: %s", "memory", err_text(-ENOMEM));
	int err = ask_terminal(fd, prompt, ret, ret_n);
	if (!err)
		err = ask_terminal(fd, "Once more: ", again, &n);
	bool same = !err && n == *ret_n && sodium_memcmp(ret, again, n) == 0;
	sodium_free(again);
	if (err)
		return cli_fail(p, "%s: %s", "terminal", err_text(err));
	return same ? 0 : cli_fail(p, "the two are not the same");
}

static int from_file(const struct cli_program *p, const char *file, uint8_t *ret, size_t *ret_n)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : read_line(fd, ret, ret_n);
	if (fd >= 0)
		close(fd);
	return err ? cli_fail(p, "%s: %s", file, err_text(err)) : 0;
}

int cli_secret(const struct cli_program *p, const char *file, const char *prompt, bool twice, uint8_t *ret, size_t *ret_n)
{
	int code;
	if (file) {
		code = from_file(p, file, ret, ret_n);
	} else {
		int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			return cli_fail(p, "there is no terminal to ask on; use --password-file FILE");
		if (twice) {
			code = ask_twice(p, fd, prompt, ret, ret_n);
		} else {
			int err = ask_terminal(fd, prompt, ret, ret_n);
			code = err ? cli_fail(p, "%s: %s", "terminal", err_text(err)) : 0;
		}
		close(fd);
	}
	if (!code && !*ret_n)
		return cli_fail(p, "an empty one is none");
	return code;
}
