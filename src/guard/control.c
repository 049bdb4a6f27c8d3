/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/control.h"

#include "base/file.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/bufferevent.h>
#include <event2/buffer.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 64, ANSWER_MAX = 1 << 20 };

struct control {
	struct event_base *base;
	struct evconnlistener *listener;
	control_verb *verb;
	void *ctx;
	char path[sizeof((struct sockaddr_un *)0)->sun_path];
};

static int unix_address(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof ret->sun_path)
		return -ENAMETOOLONG;
	memcpy(ret->sun_path, path, strlen(path) + 1);
	return 0;
}

static void on_end(struct bufferevent *b, short what, void *ctx)
{
	bufferevent_free(b);
}

static void on_written(struct bufferevent *b, void *ctx)
{
	bufferevent_free(b);
}

static void on_line(struct bufferevent *b, void *ctx)
{
	struct control *c = ctx;
	size_t n;
	char *line = evbuffer_readln(bufferevent_get_input(b), &n, EVBUFFER_EOL_CRLF), *answer = NULL;
	if (!line) {
		if (evbuffer_get_length(bufferevent_get_input(b)) > LINE_MAX_BYTES)
			bufferevent_free(b);
		return;
	}
	FILE *f = open_memstream(&answer, &n);
	if (f) {
		c->verb(c->ctx, n <= LINE_MAX_BYTES ? line : "", f);
		fputc('\n', f);
		fclose(f);
		bufferevent_write(b, answer, n);
		free(answer);
	}
	free(line);
	bufferevent_disable(b, EV_READ);
	bufferevent_setcb(b, NULL, on_written, on_end, c);
}

static void on_client(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int n, void *ctx)
{
	struct control *c = ctx;
	const struct timeval patience = { .tv_sec = 10 };
	struct bufferevent *b = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!b) {
		close(fd);
		return;
	}
	bufferevent_setcb(b, on_line, NULL, on_end, c);
	bufferevent_set_timeouts(b, &patience, &patience);
	bufferevent_enable(b, EV_READ | EV_WRITE);
}

/* A socket that nobody serves any more is left from a crash; one that answers is another guard. */
static int take_path(const char *path, struct err_note *note)
{
	char *answer;
	int err = control_ask(path, "ping", 1000, &answer);
	if (err == -ENOENT)
		return 0;
	if (err == -ECONNREFUSED)
		return unlink(path) < 0 ? -errno : 0;
	if (!err)
		free(answer);
	return err_set(note, -EADDRINUSE, "%s: another guard is running there; stop it first", path);
}

int control_new(struct event_base *base, const char *path, control_verb *verb, void *ctx, struct control **ret,
	struct err_note *note)
{
	struct sockaddr_un sa;
	int err = unix_address(path, &sa);
	if (!err)
		err = take_path(path, note);
	if (err)
		return err_set(note, err, "control socket %s: %s", path, err_text(err));
	struct control *c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	*c = (struct control){ .base = base, .verb = verb, .ctx = ctx };
	memcpy(c->path, path, strlen(path) + 1);
	mode_t mask = umask(0177);
	c->listener = evconnlistener_new_bind(base, on_client, c, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 8,
		(struct sockaddr *)&sa, sizeof sa);
	err = -errno;
	umask(mask);
	if (!c->listener) {
		free(c);
		return err_set(note, err, "control socket %s: %s", path, err_text(err));
	}
	*ret = c;
	return 0;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	evconnlistener_free(c->listener);
	unlink(c->path);
	free(c);
}

static int read_line(int fd, int timeout_ms, char **ret)
{
	size_t n = 0, cap = 4096;
	char *p = malloc(cap);
	int err = p ? 0 : -ENOMEM;
	while (!err) {
		struct pollfd pf = { .fd = fd, .events = POLLIN };
		int ready = poll(&pf, 1, timeout_ms);
		ssize_t r = ready > 0 ? read(fd, p + n, cap - n - 1) : 0;
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0)
			err = -ETIMEDOUT;
		else if (ready < 0 || r < 0)
			err = -errno;
		else if (r == 0)
			break;
		n += r > 0 ? (size_t)r : 0;
		if (n == cap - 1) {
			char *more = cap < ANSWER_MAX ? realloc(p, cap *= 2) : NULL;
			if (!more)
				err = ERR_MALFORMED;
			else
				p = more;
		}
	}
	if (!err && (n == 0 || p[n - 1] != '\n'))
		err = ERR_MALFORMED;
	if (err) {
		free(p);
		return err;
	}
	p[n - 1] = 0;
	*ret = p;
	return 0;
}

int control_ask(const char *path, const char *verb, int timeout_ms, char **ret)
{
	struct sockaddr_un sa;
	int err = unix_address(path, &sa);
	if (err)
		return err;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0)
		err = -errno;
	if (!err)
		err = file_write_all(fd, verb, strlen(verb));
	if (!err)
		err = file_write_all(fd, "\n", 1);
	if (!err)
		err = read_line(fd, timeout_ms, ret);
	close(fd);
	return err;
}
