/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/unbound_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SETTLED_MS = 10000,    /* one that lived this long did not "keep dying" */
	PAUSE_FIRST_MS = 50,
	PAUSE_LAST_MS = 1000,
	CHECK_MS = 5000,
	END_MS = 2000,
};

struct unbound {
	struct event_base *base;
	char program[PATH_MAX];
	struct unbound_paths paths;
	struct unbound_log log;
	uint16_t port;
	pid_t pid;             /* 0: not running */
	int log_fd;
	struct event *said, *again;
	int64_t started_ms;
	unsigned restarts, deaths; /* deaths soon after a start, in a row */
};

/* Both protocols at one port; 0: one that is free. A listening guard's port is not looked for:
 * unbound would say the same, later and in the log only. */
static int hold_port(uint16_t want, struct unbound_hold *ret)
{
	static const int kinds[] = { SOCK_DGRAM, SOCK_STREAM };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(want),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int err = 0;
	*ret = (struct unbound_hold){ 0, { -1, -1 } };
	for (int i = 0; i < 2 && !err; i++) {
		socklen_t n = sizeof at;
		int one = 1, fd = ret->fds[i] = socket(AF_INET, kinds[i] | SOCK_CLOEXEC, 0);
		/* For TCP this only forgives closed connections of the past. */
		if (fd < 0 || (i == 1 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0) ||
			bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || (i == 1 && listen(fd, 1) < 0) ||
			getsockname(fd, (struct sockaddr *)&at, &n) < 0)
			err = -errno;
	}
	ret->port = ntohs(at.sin_port);
	if (err)
		unbound_release_port(ret);
	return err;
}

void unbound_release_port(struct unbound_hold *h)
{
	for (int i = 0; i < 2; i++) {
		if (h->fds[i] >= 0)
			close(h->fds[i]);
		h->fds[i] = -1;
	}
}

int unbound_hold_port(struct unbound_hold *ret)
{
	int err = -EADDRINUSE;
	/* A port that is free for UDP may be taken for TCP: then another one. */
	for (int i = 0; i < 16 && err == -EADDRINUSE; i++)
		err = hold_port(0, ret);
	return err;
}

static int choose_port(struct unbound *u, uint16_t want, struct err_note *note)
{
	struct unbound_hold h;
	int err = want ? hold_port(want, &h) : unbound_hold_port(&h);
	if (err == -EADDRINUSE)
		return err_set(note, ERR_CHILD, "port %u of 127.0.0.1 is taken by another program", want);
	if (err)
		return err_set(note, err, "port %u of 127.0.0.1: %s", want, err_text(err));
	u->port = h.port;
	unbound_release_port(&h);
	return 0;
}

/* "[1700000000] unbound-checkconf[12:0] fatal error: text" -> "text"; else the first line, which
 * has the form "file:3: error: text". */
static char *checker_text(char *said)
{
	static const char mark[] = "fatal error: ";
	char *fatal = strstr(said, mark), *text = fatal ? fatal + strlen(mark) : said;
	text[strcspn(text, "\n")] = 0;
	return text;
}

static int check_configuration(struct unbound *u, struct err_note *note)
{
	char checker[PATH_MAX], said[2048];
	if (unbound_find_program("unbound-checkconf", checker, sizeof checker))
		return 0;
	char *argv[] = { checker, u->paths.conf, NULL };
	int status = unbound_run(argv, CHECK_MS, said, sizeof said);
	if (status < 0)
		return err_set(note, status, "unbound-checkconf: %s", err_text(status));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return err_set(note, ERR_CHILD, "unbound's configuration is wrong: %s", checker_text(said));
}

static void hear(int fd, short what, void *ctx)
{
	struct unbound *u = ctx;
	if (unbound_log_read(&u->log, fd))
		return;
	event_free(u->said);
	u->said = NULL;
	close(u->log_fd);
	u->log_fd = -1;
}

static void close_log(struct unbound *u)
{
	if (u->said)
		hear(u->log_fd, 0, u); /* its last words */
	if (u->said)
		event_free(u->said);
	u->said = NULL;
	if (u->log_fd >= 0)
		close(u->log_fd);
	u->log_fd = -1;
}

static int start(struct unbound *u)
{
	/* -dd: in the foreground, log on stderr. */
	char foreground[] = "-dd", conf[] = "-c";
	char *argv[] = { u->program, foreground, conf, u->paths.conf, NULL };
	close_log(u);
	int err = unbound_spawn(argv, &u->pid, &u->log_fd);
	if (err)
		return err;
	u->started_ms = clock_mono_ms();
	u->said = event_new(u->base, u->log_fd, EV_READ | EV_PERSIST, hear, u);
	if (!u->said || event_add(u->said, NULL))
		return -ENOMEM;
	return 0;
}

static void start_again(int fd, short what, void *ctx);

static void plan_start(struct unbound *u)
{
	unsigned ms = u->deaths < 2 ? 0 : PAUSE_FIRST_MS;
	for (unsigned i = 2; i < u->deaths && ms < PAUSE_LAST_MS; i++)
		ms *= 2;
	ms = MIN(ms, (unsigned)PAUSE_LAST_MS);
	if (ms == 0) {
		start_again(-1, 0, u);
		return;
	}
	const struct timeval pause = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	event_add(u->again, &pause);
}

static void start_again(int fd, short what, void *ctx)
{
	struct unbound *u = ctx;
	u->restarts++;
	int err = start(u);
	if (!err || u->pid)
		return;
	log_error("unbound cannot be started: %s", err_text(err));
	u->deaths = MAX(u->deaths + 1, 2u);
	plan_start(u);
}

bool unbound_reap(struct unbound *u, int pid, int status)
{
	if (!u || !u->pid || pid != u->pid)
		return false;
	u->pid = 0;
	close_log(u);
	if (WIFSIGNALED(status))
		log_warning("unbound was ended by signal %d; starting it again", WTERMSIG(status));
	else
		log_warning("unbound ended with code %d; starting it again", WEXITSTATUS(status));
	u->deaths = clock_mono_ms() - u->started_ms < SETTLED_MS ? u->deaths + 1 : 1;
	plan_start(u);
	return true;
}

int unbound_new(struct event_base *base, const struct unbound_config *c, struct unbound **ret,
	struct err_note *note)
{
	struct unbound *u = calloc(1, sizeof *u);
	if (!u)
		return -ENOMEM;
	u->base = base;
	u->log_fd = -1;
	const char *program = c->program ? c->program : "unbound";
	int err = unbound_find_program(program, u->program, sizeof u->program);
	if (err)
		err = err_set(note, ERR_CHILD, "%s is not here: install the Debian package unbound",
			program);
	if (!err)
		err = unbound_paths_init(&u->paths, c->folder, note);
	if (!err)
		err = choose_port(u, c->port, note);
	if (!err)
		err = unbound_conf_prepare(c, &u->paths, u->port, note);
	if (!err)
		err = check_configuration(u, note);
	if (!err && !(u->again = event_new(base, -1, 0, start_again, u)))
		err = -ENOMEM;
	if (!err) {
		err = start(u);
		if (err)
			(void)err_set(note, err, "%s: %s", u->program, err_text(err));
	}
	if (err) {
		unbound_free(u);
		return err;
	}
	*ret = u;
	return 0;
}

void unbound_free(struct unbound *u)
{
	if (!u)
		return;
	if (u->again)
		event_free(u->again);
	if (u->pid) {
		int status;
		kill(u->pid, SIGTERM);
		if (!unbound_wait(u->pid, END_MS, &status)) {
			kill(u->pid, SIGKILL);
			(void)waitpid(u->pid, NULL, 0);
		}
	}
	close_log(u);
	free(u);
}

uint16_t unbound_port(const struct unbound *u)
{
	return u->port;
}

int unbound_pid(const struct unbound *u)
{
	return u->pid;
}

unsigned unbound_restarts(const struct unbound *u)
{
	return u->restarts;
}
