/* SPDX-License-Identifier: Apache-2.0 */
/* Newcomers: who gets a place, and the sockets they come from. */
#include "net/tcp_int.h"

#include "base/siphash.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <unistd.h>

enum {
	ACCEPTS = 64,   /* in one go, lest accepting starves the others */
	PAUSE_MS = 100, /* of accepting, when the process has no descriptors left */
};

/* An IPv6 client has a whole /64. */
static size_t client_bytes(const struct net_address *a)
{
	return a->len == 16 ? 8 : a->len;
}

static uint32_t client_bucket(const struct net_tcp *t, const struct net_address *a)
{
	return siphash_24(a->b, client_bytes(a), t->key[0], t->key[1]) % TCP_CLIENT_BUCKETS;
}

static unsigned client_count(const struct net_tcp *t, uint32_t bucket, const struct net_address *a)
{
	unsigned n = 0;
	for (const struct tcp_connection *c = t->bucket[bucket]; c; c = c->same_client)
		n += c->client.len == a->len && memcmp(c->client.b, a->b, client_bytes(a)) == 0;
	return n;
}

/* Room for a newcomer: the one that has been idle longest goes. False: all are at work. */
static bool make_room(struct net_tcp *t)
{
	struct tcp_connection *oldest = NULL;
	for (uint32_t i = 0; i < t->config.connections; i++) {
		struct tcp_connection *c = t->slot[i].c;
		if (c && c->open_mask == 0 && c->out_at == c->out_n && (!oldest || c->active < oldest->active))
			oldest = c;
	}
	if (!oldest)
		return false;
	tcp_connection_end(oldest);
	return true;
}

/* Takes over fd in any case. */
static void connection_start(struct net_tcp *t, int fd, const struct net_address *client)
{
	uint32_t bucket = client_bucket(t, client);
	struct tcp_connection *c = NULL;
	if (client->len && client_count(t, bucket, client) < t->config.per_client &&
		(t->free_slot != UINT32_MAX || make_room(t)))
		c = tcp_connection_new(t, fd);
	if (!c) {
		close(fd);
		tcp_count(&t->refused);
		return;
	}
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;
	if (getsockname(fd, (struct sockaddr *)&ss, &n) == 0)
		net_address_from_sockaddr(&ss, &c->local);
	int one = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct tcp_slot *s = &t->slot[t->free_slot];
	c->slot = t->free_slot;
	c->generation = s->generation;
	t->free_slot = s->next_free;
	s->c = c;
	c->client = *client;
	c->bucket = bucket;
	c->same_client = t->bucket[bucket];
	t->bucket[bucket] = c;
	atomic_store_explicit(&t->connections, ++t->nconnection, memory_order_relaxed);
	tcp_count(&t->accepted);
	tcp_connection_go(c);
}

void tcp_on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct net_tcp *t = arg;
	for (unsigned i = 0; i < t->config.nlisten; i++)
		(void)event_add(t->listener[i].event, NULL);
}

static void accept_pause(struct net_tcp *t)
{
	struct timeval tv = { 0, PAUSE_MS * 1000 };
	for (unsigned i = 0; i < t->config.nlisten; i++)
		(void)event_del(t->listener[i].event);
	(void)event_add(t->accept_timer, &tv);
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct tcp_listener *l = arg;
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage ss;
		socklen_t n = sizeof ss;
		int new_fd = accept4(fd, (struct sockaddr *)&ss, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (new_fd < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
				accept_pause(l->t);
			return;
		}
		struct net_address client;
		net_address_from_sockaddr(&ss, &client);
		connection_start(l->t, new_fd, &client);
	}
}

/* ---- listening ---- */

static int listen_open(struct tcp_listener *l, const struct net_address *a, unsigned backlog)
{
	struct sockaddr_storage ss;
	int one = 1;
	socklen_t n = net_address_to_sockaddr(a, &ss);
	l->fd = socket(a->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0)
		return -errno;
	if (a->len == 16 && setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) < 0)
		return -errno;
	if (bind(l->fd, (struct sockaddr *)&ss, n) < 0 || listen(l->fd, (int)backlog) < 0)
		return -errno;
	n = sizeof ss;
	if (getsockname(l->fd, (struct sockaddr *)&ss, &n) < 0)
		return -errno;
	net_address_from_sockaddr(&ss, &l->local);
	return 0;
}

int tcp_listen_all(struct net_tcp *t, const struct net_address *list, struct err_note *note)
{
	char text[NET_ADDRESS_TEXT];
	for (unsigned i = 0; i < t->config.nlisten; i++) {
		struct tcp_listener *l = &t->listener[i];
		l->t = t;
		int err = listen_open(l, &list[i], t->config.backlog);
		if (err)
			return err_set(note, err, "TCP %s: %s", net_address_text(&list[i], text), err_text(err));
		l->event = event_new(t->base, l->fd, EV_READ | EV_PERSIST, on_accept, l);
		if (!l->event || event_add(l->event, NULL) < 0)
			return -ENOMEM;
	}
	return 0;
}

void tcp_listen_close(struct net_tcp *t)
{
	for (unsigned i = 0; t->listener && i < t->config.nlisten; i++) {
		if (t->listener[i].event)
			event_free(t->listener[i].event);
		if (t->listener[i].fd >= 0)
			close(t->listener[i].fd);
	}
}
