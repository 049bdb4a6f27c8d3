/* SPDX-License-Identifier: Apache-2.0 */
/* The server from outside: made, started, stopped, and answered by other threads. */
#include "net/tcp_int.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

struct tcp_reply {
	struct tcp_reply *next;
	struct net_tcp_id id;
	size_t n;
	uint8_t msg[];
};

/* ---- other threads ---- */

static struct tcp_reply *replies_take(struct net_tcp *t)
{
	pthread_mutex_lock(&t->lock);
	struct tcp_reply *r = t->first;
	t->first = NULL;
	t->last = &t->first;
	pthread_mutex_unlock(&t->lock);
	return r;
}

static void replies_free(struct tcp_reply *r)
{
	while (r) {
		struct tcp_reply *next = r->next;
		free(r);
		r = next;
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct net_tcp *t = arg;
	uint64_t n;
	while (read(fd, &n, sizeof n) < 0 && errno == EINTR)
		;
	if (atomic_load(&t->stopping)) {
		(void)event_base_loopbreak(t->base);
		return;
	}
	struct tcp_reply *all = replies_take(t);
	for (struct tcp_reply *r = all; r; r = r->next)
		tcp_answer(t, r->id, r->msg, r->n);
	replies_free(all);
	tcp_flush_dirty(t);
}

static void wake(struct net_tcp *t)
{
	uint64_t one = 1;
	while (write(t->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

/* The server whose thread this is. */
static _Thread_local const struct net_tcp *own;

void net_tcp_reply(struct net_tcp *t, struct net_tcp_id id, const uint8_t *msg, size_t n)
{
	if (n > UINT16_MAX)
		return;
	if (own == t) {
		tcp_answer(t, id, msg, n);
		return;
	}
	struct tcp_reply *r = malloc(sizeof *r + n);
	if (!r)
		return;
	r->next = NULL;
	r->id = id;
	r->n = n;
	if (n)
		memcpy(r->msg, msg, n);
	pthread_mutex_lock(&t->lock);
	bool stopped = t->stopped, first = !t->first;
	if (!stopped) {
		*t->last = r;
		t->last = &r->next;
	}
	pthread_mutex_unlock(&t->lock);
	if (stopped)
		free(r);
	else if (first) /* else the wake-up for the first one takes this one too */
		wake(t);
}

static void *run(void *arg)
{
	struct net_tcp *t = arg;
	own = t;
	(void)event_base_loop(t->base, 0);
	own = NULL;
	return NULL;
}

/* ---- outside ---- */

static void config_fill(struct net_tcp_config *c)
{
	c->backlog = c->backlog ? c->backlog : 256;
	c->connections = c->connections ? c->connections : 1024;
	c->per_client = c->per_client ? c->per_client : 64;
	c->idle_ms = c->idle_ms ? c->idle_ms : 10000;
	c->receive_ms = c->receive_ms ? c->receive_ms : 5000;
	c->total_ms = c->total_ms ? c->total_ms : 120000;
}

static int memory_make(struct net_tcp *t)
{
	t->base = event_base_new();
	t->listener = calloc(t->config.nlisten, sizeof *t->listener);
	t->slot = calloc(t->config.connections, sizeof *t->slot);
	if (!t->base || !t->listener || !t->slot)
		return -ENOMEM;
	for (unsigned i = 0; i < t->config.nlisten; i++)
		t->listener[i].fd = -1;
	for (uint32_t i = 0; i < t->config.connections; i++)
		t->slot[i].next_free = i + 1 < t->config.connections ? i + 1 : UINT32_MAX;
	t->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (t->wake_fd < 0 || getrandom(t->key, sizeof t->key, 0) != sizeof t->key)
		return -errno;
	t->wake_event = event_new(t->base, t->wake_fd, EV_READ | EV_PERSIST, on_wake, t);
	t->accept_timer = event_new(t->base, -1, 0, tcp_on_accept_again, t);
	if (!t->wake_event || !t->accept_timer || event_add(t->wake_event, NULL) < 0)
		return -ENOMEM;
	return 0;
}

int net_tcp_new(const struct net_tcp_config *c, struct net_tcp **ret, struct err_note *note)
{
	struct net_tcp *t = calloc(1, sizeof *t);
	if (!t)
		return -ENOMEM;
	t->config = *c;
	config_fill(&t->config);
	t->wake_fd = -1;
	t->last = &t->first;
	pthread_mutex_init(&t->lock, NULL);
	int err = c->nlisten && c->query ? memory_make(t) : -EINVAL;
	if (!err)
		err = tcp_listen_all(t, c->listen, note);
	if (err) {
		net_tcp_free(t);
		return err;
	}
	t->config.listen = NULL;
	*ret = t;
	return 0;
}

int net_tcp_start(struct net_tcp *t)
{
	int err = pthread_create(&t->thread, NULL, run, t);
	t->started = err == 0;
	return -err;
}

void net_tcp_stop(struct net_tcp *t)
{
	if (t->started) {
		atomic_store(&t->stopping, true);
		wake(t);
		pthread_join(t->thread, NULL);
		t->started = false;
	}
	pthread_mutex_lock(&t->lock);
	t->stopped = true;
	pthread_mutex_unlock(&t->lock);
	replies_free(replies_take(t));
	for (uint32_t i = 0; t->slot && i < t->config.connections; i++)
		if (t->slot[i].c)
			tcp_connection_end(t->slot[i].c);
}

void net_tcp_free(struct net_tcp *t)
{
	if (!t)
		return;
	net_tcp_stop(t);
	tcp_listen_close(t);
	if (t->wake_event)
		event_free(t->wake_event);
	if (t->accept_timer)
		event_free(t->accept_timer);
	if (t->wake_fd >= 0)
		close(t->wake_fd);
	if (t->base)
		event_base_free(t->base);
	pthread_mutex_destroy(&t->lock);
	free(t->listener);
	free(t->slot);
	free(t);
}

const struct net_address *net_tcp_local(const struct net_tcp *t, unsigned i)
{
	return &t->listener[i].local;
}

unsigned net_tcp_keepalive(const struct net_tcp *t)
{
	unsigned n = atomic_load_explicit(&t->connections, memory_order_relaxed);
	/* RFC 7828 3.4: a server that is short of resources says 0, and the client closes. */
	return n > t->config.connections / 4 * 3 ? 0 : t->config.idle_ms / 100;
}

void net_tcp_stats(const struct net_tcp *t, struct net_tcp_stats *ret)
{
#define GET(f) .f = atomic_load_explicit(&t->f, memory_order_relaxed)
	*ret = (struct net_tcp_stats){ GET(accepted), GET(refused), GET(queries), GET(answers), GET(dropped),
		GET(timeouts), GET(overruns), GET(connections) };
#undef GET
}
