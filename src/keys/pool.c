/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/pool.h"

#include "base/clock.h"
#include "keys/wire.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct keys_line {
	struct keys_line *next; /* while idle */
	int fd;                 /* -1: not connected */
	bool slow;
	size_t used;            /* of buf: what has to be wiped */
	uint8_t buf[4 + KEYS_FRAME_MAX];
};

struct keys {
	struct sockaddr_un address;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct keys_line *idle;
	unsigned lines, out, slow; /* made; in use; of these in a slow op */
};

int keys_open(const char *socket_path, struct keys **ret)
{
	size_t n = strlen(socket_path);
	struct keys *k = calloc(1, sizeof *k);
	if (!k)
		return -ENOMEM;
	if (!n || n >= sizeof k->address.sun_path) {
		free(k);
		return n ? -ENAMETOOLONG : -EINVAL;
	}
	int err = seal_start(); /* for guarded memory */
	if (err) {
		free(k);
		return err;
	}
	k->address.sun_family = AF_UNIX;
	memcpy(k->address.sun_path, socket_path, n);
	pthread_condattr_t a;
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&k->freed, &a);
	pthread_condattr_destroy(&a);
	pthread_mutex_init(&k->lock, NULL);
	*ret = k;
	return 0;
}

static void hang_up(struct keys_line *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

void keys_close(struct keys *k)
{
	if (!k)
		return;
	while (k->idle) {
		struct keys_line *l = k->idle;
		k->idle = l->next;
		hang_up(l);
		sodium_free(l);
	}
	pthread_cond_destroy(&k->freed);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

static struct timespec moment(int64_t mono_ms)
{
	return (struct timespec){ mono_ms / 1000, mono_ms % 1000 * 1000000 };
}

static int take(struct keys *k, bool slow, int64_t until_ms, struct keys_line **ret)
{
	const struct timespec until = moment(until_ms);
	struct keys_line *l = NULL;
	int err = 0;
	pthread_mutex_lock(&k->lock);
	while (!err && (k->out == KEYS_POOL || (slow && k->slow == KEYS_SLOW)))
		err = -pthread_cond_timedwait(&k->freed, &k->lock, &until);
	if (!err) {
		k->out++;
		k->slow += slow;
		l = k->idle;
		if (l)
			k->idle = l->next;
	}
	pthread_mutex_unlock(&k->lock);
	if (err)
		return err;
	if (!l) {
		l = sodium_malloc(sizeof *l);
		if (!l) {
			pthread_mutex_lock(&k->lock);
			k->out--;
			k->slow -= slow;
			pthread_mutex_unlock(&k->lock);
			return -ENOMEM;
		}
		l->fd = -1;
	}
	l->next = NULL;
	l->slow = slow;
	l->used = 0;
	*ret = l;
	return 0;
}

void keys_pool_put(struct keys *k, struct keys_line *l)
{
	if (!l)
		return;
	sodium_memzero(l->buf, l->used);
	pthread_mutex_lock(&k->lock);
	l->next = k->idle;
	k->idle = l;
	k->out--;
	k->slow -= l->slow;
	/* All of them: one waits for any line, another for a slow one. */
	pthread_cond_broadcast(&k->freed);
	pthread_mutex_unlock(&k->lock);
}

/* What happened to a request: whether it may be tried once more depends on it. */
enum outcome { NOT_SENT, NOT_ANSWERED, ANSWERED };

static int exchange(struct keys_line *l, const struct keys_request *q, int64_t until_ms, struct keys_reply *ret,
	enum outcome *ret_outcome)
{
	size_t n, done;
	struct bytes frame;
	bool begun;
	*ret_outcome = NOT_SENT;
	int err = keys_request_write(q, l->buf, &n);
	l->used = MAX(l->used, sizeof l->buf < n ? sizeof l->buf : n);
	if (err) {
		*ret_outcome = ANSWERED;
		l->used = sizeof l->buf;
		return err;
	}
	err = wire_send(l->fd, l->buf, n, until_ms, &done);
	if (err)
		return err;
	*ret_outcome = NOT_ANSWERED;
	err = wire_frame(l->fd, l->buf, until_ms, MAX(until_ms - clock_mono_ms(), 1), &frame, &begun);
	if (begun)
		*ret_outcome = ANSWERED;
	if (err)
		return err;
	l->used = MAX(l->used, frame.n + 4);
	return keys_reply_read(frame, q->op, ret);
}

static int dial(struct keys *k, struct keys_line *l, int64_t until_ms)
{
	const struct keys_request hello = { .op = KEYS_OP_HELLO, .kind = KEYS_VERSION };
	struct keys_reply r = { .n = 0 };
	enum outcome o;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	/* A full backlog makes connect wait: bounded. */
	const struct timeval t = { .tv_sec = KEYS_TIMEOUT_MS / 1000 };
	if (setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t) < 0)
		return -errno;
	if (connect(l->fd, (const struct sockaddr *)&k->address, sizeof k->address) < 0)
		return errno == ENOENT ? -ECONNREFUSED : errno == EAGAIN ? -ETIMEDOUT : errno == EACCES ? -EPERM : -errno;
	int err = exchange(l, &hello, until_ms, &r, &o);
	return err ? err : r.status;
}

/* The other end may have closed while the line was idle: seen before anything is sent. */
static bool gone(const struct keys_line *l)
{
	uint8_t byte;
	ssize_t n = recv(l->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n >= 0 || errno != EAGAIN; /* a byte nobody asked for is no better */
}

int keys_ask(struct keys *k, const struct keys_request *q, struct keys_reply *ret, struct keys_line **ret_line)
{
	const int64_t until = clock_mono_ms() + KEYS_TIMEOUT_MS;
	struct keys_line *l;
	int err = take(k, keys_op_slow(q->op), until, &l);
	if (err)
		return err;
	if (l->fd >= 0 && gone(l))
		hang_up(l);
	bool again = l->fd >= 0; /* only a line that was kept can have gone stale */
	for (;;) {
		enum outcome o = ANSWERED;
		if (l->fd < 0)
			err = dial(k, l, until);
		if (!err)
			err = exchange(l, q, until, ret, &o);
		if (!err)
			break;
		hang_up(l); /* where the answer to this would stand is no longer known */
		bool ended = err == -EPIPE || err == -ECONNRESET;
		if (!again || !ended || o == ANSWERED || (o == NOT_ANSWERED && !keys_op_repeatable(q->op)))
			break;
		again = false;
		err = 0;
	}
	if (err == -ECONNRESET)
		err = -EPIPE;
	if (!err)
		err = ret->status;
	if (err) {
		keys_pool_put(k, l);
		return err;
	}
	*ret_line = l;
	return 0;
}
