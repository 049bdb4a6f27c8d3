/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/upstream_int.h"

#include "base/clock.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum {
	PIPELINE = 1024,           /* questions at once on one connection */
	IDLE_S = 10,
	READ_ROOM = 2 + DNS_MAX_MESSAGE, /* what a server may make us keep */
};

static void close_link(struct tcp_link *l)
{
	if (!l->bev)
		return;
	bufferevent_free(l->bev); /* closes the socket */
	l->bev = NULL;
	event_del(l->idle);
}

/* What was asked on it is lost. The connection goes first, so that retries make a new one; they do
 * so at once after one that worked, as servers close when they please (RFC 7766 section 6.2.4). */
static void broken(struct tcp_link *l)
{
	struct upstream *u = l->u;
	bool worked = l->heard_ns != 0;
	close_link(l);
	for (unsigned i = 0; i < u->used; i++) {
		struct pending *p = &u->slot[i];
		if (p->state != UPSTREAM_SENT_TCP || p->server != l->server)
			continue;
		if (worked)
			upstream_lost(u, p);
		else
			upstream_refused(u, p, false);
	}
}

void upstream_tcp_silent(struct upstream *u, struct pending *p)
{
	struct tcp_link *l = &u->tcp[p->server];
	upstream_tcp_leave(u, p);
	if (l->bev && l->heard_ns < p->sent_ns)
		broken(l);
}

static void rest(struct tcp_link *l)
{
	const struct timeval idle = { .tv_sec = IDLE_S };
	event_add(l->idle, &idle);
}

/* RFC 1035 section 4.2.2: two bytes of length, then the message; in any order (RFC 7766 6.2.1.1). */
static void readable(struct bufferevent *bev, void *ctx)
{
	struct tcp_link *l = ctx;
	struct evbuffer *in = bufferevent_get_input(bev);
	rest(l);
	l->heard_ns = clock_mono_ns();
	while (l->bev == bev) {
		uint8_t head[2];
		if (evbuffer_copyout(in, head, 2) < 2)
			return;
		size_t n = be16_get(head);
		if (evbuffer_get_length(in) < 2 + n)
			return;
		uint8_t *m = evbuffer_pullup(in, (ev_ssize_t)(2 + n));
		if (!m) {
			broken(l);
			return;
		}
		(void)upstream_take(l->u, l->server, UPSTREAM_SENT_TCP, NULL, m + 2, n);
		evbuffer_drain(in, 2 + n);
	}
}

static void changed(struct bufferevent *bev, short what, void *ctx)
{
	if (!(what & BEV_EVENT_CONNECTED))
		broken(ctx);
}

static void idle(int fd, short what, void *ctx)
{
	struct tcp_link *l = ctx;
	if (l->in_flight)
		rest(l); /* their own deadlines end them */
	else
		close_link(l);
}

static int open_link(struct tcp_link *l)
{
	struct sockaddr_storage to;
	unsigned n = upstream_sockaddr(&l->u->config.server[l->server], (struct sockaddr *)&to);
	/* Deferred: no callback comes from inside our own calls. */
	l->bev = bufferevent_socket_new(l->u->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!l->bev)
		return -ENOMEM;
	l->heard_ns = 0;
	bufferevent_setcb(l->bev, readable, NULL, changed, l);
	bufferevent_setwatermark(l->bev, EV_READ, 0, READ_ROOM);
	if (bufferevent_socket_connect(l->bev, (struct sockaddr *)&to, (int)n) < 0 ||
		bufferevent_enable(l->bev, EV_READ | EV_WRITE) < 0) {
		close_link(l);
		return -ECONNREFUSED;
	}
	int one = 1;
	(void)setsockopt(bufferevent_getfd(l->bev), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	rest(l);
	return 0;
}

void upstream_tcp_send(struct upstream *u, struct pending *p)
{
	struct tcp_link *l = &u->tcp[p->server];
	size_t len = p->edns ? p->packet_len : p->question_end;
	be16_put(p->packet + 10, p->edns);
	uint8_t head[2];
	be16_put(head, (uint16_t)len);
	if (l->in_flight >= PIPELINE)
		return; /* as if it were lost */
	if (!l->bev && open_link(l)) {
		upstream_refused(u, p, false);
		return;
	}
	struct evbuffer *out = bufferevent_get_output(l->bev);
	if (evbuffer_expand(out, 2 + len))
		return;
	(void)evbuffer_add(out, head, 2);
	(void)evbuffer_add(out, p->packet, len);
	p->state = UPSTREAM_SENT_TCP;
	l->in_flight++;
}

void upstream_tcp_leave(struct upstream *u, struct pending *p)
{
	u->tcp[p->server].in_flight--;
	p->state = UPSTREAM_QUEUED;
}

int upstream_tcp_init(struct upstream *u)
{
	for (unsigned s = 0; s < u->config.nservers; s++) {
		struct tcp_link *l = &u->tcp[s];
		l->u = u;
		l->server = (uint8_t)s;
		l->idle = event_new(u->base, -1, 0, idle, l);
		if (!l->idle)
			return -ENOMEM;
	}
	return 0;
}

void upstream_tcp_done(struct upstream *u)
{
	for (unsigned s = 0; s < u->config.nservers; s++) {
		if (!u->tcp[s].idle)
			continue;
		close_link(&u->tcp[s]);
		event_free(u->tcp[s].idle);
	}
}
