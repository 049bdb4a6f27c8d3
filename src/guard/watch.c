/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/watch.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { FILES_MAX = 8, SETTLE_MS = 50 };

struct watch {
	int fd;
	struct event *readable, *settled;
	watch_changed *changed;
	void *ctx;
	unsigned n;
	struct {
		int folder;
		char name[NAME_MAX + 1];
	} file[FILES_MAX];
};

static bool is_ours(const struct watch *w, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW)
		return true;
	for (unsigned i = 0; i < w->n && e->len; i++)
		if (w->file[i].folder == e->wd && !strcmp(w->file[i].name, e->name))
			return true;
	return false;
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct watch *w = ctx;
	const struct timeval settle = { .tv_usec = SETTLE_MS * 1000 };
	_Alignas(struct inotify_event) char buf[8192];
	bool ours = false;
	ssize_t n;
	while ((n = read(fd, buf, sizeof buf)) > 0)
		for (char *p = buf; p < buf + n;) {
			const struct inotify_event *e = (const struct inotify_event *)p;
			ours |= is_ours(w, e);
			p += sizeof *e + e->len;
		}
	if (ours)
		event_add(w->settled, &settle);
}

static void on_settled(evutil_socket_t fd, short what, void *ctx)
{
	struct watch *w = ctx;
	w->changed(w->ctx);
}

static void add_file(struct watch *w, const char *path)
{
	char folder[PATH_MAX];
	const char *slash = path ? strrchr(path, '/') : NULL, *name = slash ? slash + 1 : path;
	if (!path || w->n == FILES_MAX || !*name || strlen(name) > NAME_MAX || strlen(path) >= sizeof folder)
		return;
	size_t n = slash ? MAX((size_t)(slash - path), (size_t)1) : 1;
	memcpy(folder, slash ? path : ".", n);
	folder[n] = 0;
	int wd = inotify_add_watch(w->fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE);
	if (wd < 0)
		return;
	w->file[w->n].folder = wd;
	memcpy(w->file[w->n].name, name, strlen(name) + 1);
	w->n++;
}

int watch_new(struct event_base *base, const char *const *paths, unsigned n, watch_changed *changed, void *ctx,
	struct watch **ret)
{
	struct watch *w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	w->changed = changed;
	w->ctx = ctx;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0) {
		int err = -errno;
		free(w);
		return err;
	}
	for (unsigned i = 0; i < n; i++)
		add_file(w, paths[i]);
	w->readable = event_new(base, w->fd, EV_READ | EV_PERSIST, on_readable, w);
	w->settled = event_new(base, -1, 0, on_settled, w);
	if (!w->readable || !w->settled || event_add(w->readable, NULL)) {
		watch_free(w);
		return -ENOMEM;
	}
	*ret = w;
	return 0;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	if (w->readable)
		event_free(w->readable);
	if (w->settled)
		event_free(w->settled);
	close(w->fd);
	free(w);
}
