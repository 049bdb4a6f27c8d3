/* SPDX-License-Identifier: Apache-2.0 */
/* The connections: who may have one more, and in which state each is. */
#include "web/int.h"

#include "base/clock.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* What one peer may have. A proxy of ours has no limit of its own but that of all. */
static unsigned most_of(const struct web *w, struct web_peer p)
{
	if (p.hash == 0 || (p.local && w->c.trust_forwarded))
		return w->c.connections;
	return p.shared ? MAX(w->c.per_address, 256u) : w->c.per_address;
}

enum MHD_Result web_on_accept(void *cls, const struct sockaddr *a, socklen_t n)
{
	struct web *w = ((struct web_listener *)cls)->web;
	if (atomic_load(&w->stopping) || atomic_load(&w->open) >= w->c.connections)
		return MHD_NO;
	struct web_peer p = web_limit_peer(w->limit, n ? a : NULL);
	pthread_mutex_lock(&w->lock);
	bool ok = web_limit_count(w->limit, p) < most_of(w, p);
	pthread_mutex_unlock(&w->lock);
	return ok ? MHD_YES : MHD_NO;
}

/* The kernel would take megabytes of an answer from us, and keep them for who does not read. */
static void bound_kernel(int fd, unsigned total_ms)
{
	int size = WEB_SEND;
	(void)!setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	(void)!setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &total_ms, sizeof total_ms);
}

static void opened(struct web_listener *at, struct MHD_Connection *m, void **context)
{
	struct web *w = at->web;
	const union MHD_ConnectionInfo *fd = MHD_get_connection_info(m, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *addr = MHD_get_connection_info(m, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct web_conn *c = calloc(1, sizeof *c);
	*context = c;
	if (!c || !fd) {
		if (fd)
			shutdown(fd->connect_fd, SHUT_RDWR);
		free(c);
		*context = NULL;
		return;
	}
	c->fd = fd->connect_fd;
	bound_kernel(c->fd, w->c.total_ms);
	c->at = at;
	c->peer = web_limit_peer(w->limit, addr && !at->path ? addr->client_addr : NULL);
	c->look_ms = clock_mono_ms() + WEB_LOOK_MS;
	c->deadline_ms = clock_mono_ms() + w->c.total_ms;
	pthread_mutex_lock(&w->lock);
	c->next = w->conns;
	c->link = &w->conns;
	if (c->next)
		c->next->link = &c->next;
	w->conns = c;
	web_limit_opened(w->limit, c->peer);
	atomic_fetch_add(&w->open, 1);
	pthread_mutex_unlock(&w->lock);
}

static void closed(struct web *w, void **context)
{
	struct web_conn *c = *context;
	*context = NULL;
	if (!c)
		return;
	pthread_mutex_lock(&w->lock);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	web_limit_closed(w->limit, c->peer);
	atomic_fetch_sub(&w->open, 1);
	pthread_cond_signal(&w->quiet);
	pthread_mutex_unlock(&w->lock);
	free(c);
}

/* libmicrohttpd says CLOSED before it closes the socket: a descriptor in the list is never another's. */
void web_on_connection(void *cls, struct MHD_Connection *m, void **context, enum MHD_ConnectionNotificationCode code)
{
	struct web_listener *at = cls;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		opened(at, m, context);
	else
		closed(at->web, context);
}

bool web_conn_state(struct web_conn *c, enum web_state state, int64_t deadline_ms)
{
	struct web *w = c->at->web;
	pthread_mutex_lock(&w->lock);
	bool ok = !c->cut;
	c->state = state;
	c->look_ms = clock_mono_ms() + WEB_LOOK_MS;
	if (deadline_ms)
		c->deadline_ms = deadline_ms;
	if (state == CONN_ANSWERING)
		c->acked = web_slow_acked(c->fd);
	if (state == CONN_IDLE)
		pthread_cond_signal(&w->quiet);
	else
		c->begun = true;
	pthread_mutex_unlock(&w->lock);
	return ok;
}
