/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "keys/wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	STACK = 1 << 20,
	IDLE_MS = 300 * 1000, /* the client opens another */
	REST_MS = 10 * 1000,  /* of a frame that has begun; a reply's sending */
	REFUSAL_MS = 500,
};

struct worker {
	struct keys_workers *w;
	unsigned index;
};

static bool allowed(struct keys_workers *w, int fd)
{
	struct ucred c = { .uid = (uid_t)-1 };
	socklen_t n = sizeof c;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) < 0)
		return false;
	for (unsigned i = 0; i < w->npeers; i++)
		if (w->peers[i] == c.uid)
			return true;
	w->refused_uid = c.uid;
	w->refused++;
	return false;
}

/* Let the hello come, so that the other end reads an answer and not a broken pipe. */
static void refuse(int fd)
{
	const int32_t status = -EPERM;
	uint8_t in[6], out[9] = { 5, 0, 0, 0, KEYS_OP_HELLO };
	size_t done;
	static_assert(sizeof in == 4 + 1 + 1 && sizeof out == 4 + 1 + 4, "a hello and its answer");
	memcpy(out + 5, &status, sizeof status);
	if (wire_receive(fd, in, sizeof in, clock_mono_ms() + REFUSAL_MS, &done))
		return;
	if (wire_send(fd, out, sizeof out, clock_mono_ms() + REFUSAL_MS, &done))
		return; /* who is not allowed need not learn it */
}

static void tell(struct keys_workers *w, const struct keys_event *e)
{
	if (e->status == -EAGAIN)
		w->limited++;
	else if (e->op == KEYS_OP_SIGN_IN && (e->status == -EACCES || e->status == -ENOENT))
		log_warning("sign-in refused: member %u", e->number);
	else if (e->op == KEYS_OP_HEAD_SIGN && e->status == ERR_REFUSED)
		log_warning("a head of the audit trail, size %llu, was not signed: it does not extend the last one",
			(unsigned long long)e->epoch);
	else if (e->op == KEYS_OP_ERASE && !e->status)
		log_info("epoch %llu erased", (unsigned long long)e->epoch);
	else if (e->status == -ENOSPC || e->status == -EDQUOT || e->status == -EFBIG || e->status == -EIO ||
		e->status == -EROFS || e->status == -ENOMEM)
		log_error("a change could not be kept: %s", err_text(e->status));
}

static void converse(struct keys_workers *w, int fd, struct keys_desk *d)
{
	bool greeted = false, begun;
	while (!w->stop) {
		struct bytes frame;
		struct keys_event event;
		size_t n, done;
		if (wire_frame(fd, d->in, clock_mono_ms() + IDLE_MS, REST_MS, &frame, &begun))
			return;
		if (!greeted && frame.p[0] != KEYS_OP_HELLO)
			return;
		int err = keys_answer(w->server, d, frame, clock_unix(), &n, &event);
		int sent = wire_send(fd, d->out, n, clock_mono_ms() + REST_MS, &done);
		keys_desk_wipe(d);
		tell(w, &event);
		if (err || sent || (!greeted && event.status))
			return;
		greeted = true;
	}
}

static void set_fd(struct keys_workers *w, unsigned index, int fd)
{
	pthread_mutex_lock(&w->lock);
	w->fds[index] = fd;
	pthread_mutex_unlock(&w->lock);
}

static void connection(struct keys_workers *w, unsigned index, int fd)
{
	set_fd(w, index, fd);
	struct keys_desk *d = NULL;
	if (!allowed(w, fd))
		refuse(fd);
	else if (!w->stop && (d = keys_desk_new()))
		converse(w, fd, d);
	keys_desk_free(d);
	set_fd(w, index, -1); /* before close: keys_workers_stop must not meet another's number */
	close(fd);
}

static void *run(void *arg)
{
	struct worker me = *(struct worker *)arg;
	struct keys_workers *w = me.w;
	free(arg);
	pthread_mutex_lock(&w->lock);
	while (!w->open)
		pthread_cond_wait(&w->opened, &w->lock);
	pthread_mutex_unlock(&w->lock);
	while (!w->stop) {
		int fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			connection(w, me.index, fd);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			const struct timespec pause = { .tv_nsec = 100000000 };
			nanosleep(&pause, NULL);
		} else if (errno == EINVAL || errno == EBADF) {
			break; /* shut down */
		}
	}
	return NULL;
}

static int start_one(struct keys_workers *w, const pthread_attr_t *attr)
{
	struct worker *me = malloc(sizeof *me);
	if (!me)
		return -ENOMEM;
	*me = (struct worker){ w, w->nthreads };
	int err = -pthread_create(&w->threads[w->nthreads], attr, run, me);
	if (err)
		free(me);
	else
		w->nthreads++;
	return err;
}

int keys_workers_start(struct keys_workers *w)
{
	pthread_attr_t attr;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->opened, NULL);
	w->nthreads = 0;
	w->open = false;
	for (unsigned i = 0; i < KEYS_WORKERS; i++)
		w->fds[i] = -1;
	pthread_attr_init(&attr);
	int err = -pthread_attr_setstacksize(&attr, STACK);
	while (!err && w->nthreads < KEYS_WORKERS)
		err = start_one(w, &attr);
	pthread_attr_destroy(&attr);
	if (err)
		keys_workers_stop(w);
	return err;
}

void keys_workers_open(struct keys_workers *w)
{
	pthread_mutex_lock(&w->lock);
	w->open = true;
	pthread_cond_broadcast(&w->opened);
	pthread_mutex_unlock(&w->lock);
}

void keys_workers_stop(struct keys_workers *w)
{
	w->stop = true;
	shutdown(w->listener, SHUT_RDWR); /* wakes those in accept */
	keys_workers_open(w);
	pthread_mutex_lock(&w->lock);
	for (unsigned i = 0; i < KEYS_WORKERS; i++)
		if (w->fds[i] >= 0)
			shutdown(w->fds[i], SHUT_RDWR);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->nthreads; i++)
		pthread_join(w->threads[i], NULL);
	pthread_cond_destroy(&w->opened);
	pthread_mutex_destroy(&w->lock);
}
