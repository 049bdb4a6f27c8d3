/* SPDX-License-Identifier: Apache-2.0 */
/* The sweeper. libmicrohttpd's own timeout counts from the last byte, so that a byte every few seconds
 * holds a connection for ever; this one counts from the first moment. */
#include "web/int.h"

#include "base/clock.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

enum { CLOSE_WAIT = 8 }; /* TCP_CLOSE_WAIT of netinet/tcp.h, which does not go with linux/tcp.h */

static bool info(int fd, struct tcp_info *ret)
{
	socklen_t n = sizeof *ret;
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, ret, &n) == 0 &&
	       n >= offsetof(struct tcp_info, tcpi_bytes_received) + 8;
}

uint64_t web_slow_acked(int fd)
{
	struct tcp_info i;
	return info(fd, &i) ? i.tcpi_bytes_acked : 0;
}

/* Whether bytes have come on a connection on which no request line was whole yet. */
static bool has_sent(const struct web_conn *c)
{
	struct tcp_info i;
	return !c->begun && info(c->fd, &i) && i.tcpi_bytes_received > 0;
}

/* A long answer may take longer than total_ms as long as it moves. */
static bool still_reads(struct web *w, struct web_conn *c, int64_t now)
{
	if (c->state != CONN_ANSWERING)
		return false;
	uint64_t acked = web_slow_acked(c->fd);
	if (acked - c->acked < (uint64_t)WEB_RATE * w->c.total_ms)
		return false;
	c->acked = acked;
	c->deadline_ms = now + w->c.total_ms;
	return true;
}

void web_conn_cut(struct web_conn *c, int status)
{
	const struct web *w = c->at->web;
	char buf[2048];
	if (c->cut)
		return;
	c->cut = true;
	/* libmicrohttpd has written nothing on this connection since the last whole answer, and the state
	 * says that it does not write now. Within TLS only it can speak. */
	if (status && !w->tls)
		(void)!send(c->fd, buf, web_canned(w, status, buf, sizeof buf),
			MSG_DONTWAIT | MSG_NOSIGNAL);
	/* Not close: that is libmicrohttpd's, which sees the end of the connection now. */
	shutdown(c->fd, SHUT_RDWR);
}

static void late(struct web *w, struct web_conn *c)
{
	int status = c->state == CONN_ARRIVING || (c->state == CONN_IDLE && has_sent(c)) ? 408 : 0;
	if (c->state != CONN_IDLE || status)
		atomic_fetch_add_explicit(&w->cut_slow, 1, memory_order_relaxed);
	web_conn_cut(c, status);
}

/* libmicrohttpd 0.9.75 does not notice an end that comes together with the last bytes (its epoll is edge
 * triggered), and would keep such a connection until its deadline. Once a second is enough. */
static bool has_left(struct web_conn *c, int64_t now)
{
	struct tcp_info i;
	if (c->state == CONN_ANSWERING || now < c->look_ms)
		return false;
	c->look_ms = now + WEB_LOOK_MS;
	return info(c->fd, &i) && i.tcpi_state == CLOSE_WAIT;
}

static void watch(struct web *w, struct web_conn *c, int64_t now)
{
	if (c->cut)
		return;
	if (now >= c->deadline_ms && !still_reads(w, c, now))
		late(w, c);
	else if (has_left(c, now))
		web_conn_cut(c, 0);
}

static void sweep(struct web *w, int64_t now)
{
	bool all = atomic_load(&w->stopping);
	pthread_mutex_lock(&w->lock);
	for (struct web_conn *c = w->conns; c; c = c->next) {
		switch (c->state) {
		case CONN_HELD:
			/* A full queue is tried again at the next tick: these have waited already. */
			if ((all || now >= c->due_ms) && web_work_queue(c->request))
				c->state = CONN_HANDLING;
			break;
		case CONN_HANDLING:
			break;
		default:
			watch(w, c, now);
		}
	}
	pthread_mutex_unlock(&w->lock);
}

struct timespec web_in(unsigned ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void *sweeper(void *arg)
{
	struct web *w = arg;
	pthread_mutex_lock(&w->sweep_lock);
	while (!w->sweep_ends) {
		struct timespec t = web_in(WEB_TICK_MS);
		pthread_cond_timedwait(&w->sweep_more, &w->sweep_lock, &t);
		sweep(w, clock_mono_ms());
	}
	pthread_mutex_unlock(&w->sweep_lock);
	return NULL;
}

int web_slow_start(struct web *w)
{
	int err = pthread_create(&w->sweeper, NULL, sweeper, w);
	w->sweeping = err == 0;
	return -err;
}

void web_slow_stop(struct web *w)
{
	if (!w->sweeping)
		return;
	pthread_mutex_lock(&w->sweep_lock);
	w->sweep_ends = true;
	pthread_cond_signal(&w->sweep_more);
	pthread_mutex_unlock(&w->sweep_lock);
	pthread_join(w->sweeper, NULL);
	w->sweeping = false;
}
