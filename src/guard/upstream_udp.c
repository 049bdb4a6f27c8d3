/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/upstream_int.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* What one system call sends or receives. Packets to send stay where they are, in the table. */
struct batch {
	struct mmsghdr msg[UPSTREAM_BATCH];
	struct iovec iov[UPSTREAM_BATCH];
	uint8_t room[UPSTREAM_BATCH][UPSTREAM_UDP_ROOM];
	struct mmsghdr out_msg[UPSTREAM_BATCH];
	struct iovec out_iov[UPSTREAM_BATCH];
	struct pending *out[UPSTREAM_BATCH];
	unsigned nout;
	struct pool_socket *to;
};

/* A connected socket takes packets from the server's address only, tells us of ICMP errors, and
 * has a random port: the kernel's, bound anew (RFC 5452 section 9.2). */
static int open_socket(const struct upstream_server *s)
{
	struct sockaddr_storage to;
	unsigned n = upstream_sockaddr(s, (struct sockaddr *)&to);
	int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&to, n) < 0) {
		int err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static bool is_unreachable(int err)
{
	return err == -ECONNREFUSED || err == -ENETUNREACH || err == -EHOSTUNREACH ||
		err == -EADDRNOTAVAIL || err == -EAFNOSUPPORT;
}

static int receive(struct batch *b, int fd)
{
	for (unsigned i = 0; i < UPSTREAM_BATCH; i++) {
		b->iov[i] = (struct iovec){ b->room[i], UPSTREAM_UDP_ROOM };
		b->msg[i].msg_hdr = (struct msghdr){ .msg_iov = &b->iov[i], .msg_iovlen = 1 };
	}
	int n = recvmmsg(fd, b->msg, UPSTREAM_BATCH, MSG_DONTWAIT, NULL);
	return n < 0 ? -errno : n;
}

/* A port without a process: what was sent from this socket is lost. */
static void pool_refused(struct pool_socket *s)
{
	struct upstream *u = s->u;
	for (unsigned i = 0; i < u->used; i++) {
		struct pending *p = &u->slot[i];
		if (p->state == UPSTREAM_SENT_POOL && p->server == s->server && p->pool == s->index)
			upstream_refused(u, p, true);
	}
}

static void pool_readable(int fd, short what, void *ctx)
{
	struct pool_socket *s = ctx;
	struct batch *b = s->u->batch;
	int n = receive(b, fd);
	if (n == -ECONNREFUSED)
		pool_refused(s);
	for (int i = 0; i < n; i++)
		(void)upstream_take(s->u, s->server, UPSTREAM_SENT_POOL, NULL, b->room[i],
			b->msg[i].msg_len);
}

static void own_readable(int fd, short what, void *ctx)
{
	struct pending *p = ctx;
	struct upstream *u = p->u;
	struct batch *b = u->batch;
	int n = receive(b, fd);
	if (is_unreachable(n))
		upstream_refused(u, p, true);
	/* Once it is taken, p is another question or asks elsewhere: the rest is not for it. */
	for (int i = 0; i < n; i++)
		if (upstream_take(u, p->server, UPSTREAM_SENT_OWN, p, b->room[i], b->msg[i].msg_len))
			break;
}

static void own_send(struct upstream *u, struct pending *p, size_t len)
{
	if (p->fd < 0) {
		int fd = open_socket(&u->config.server[p->server]);
		if (is_unreachable(fd))
			upstream_refused(u, p, true);
		if (fd < 0)
			return; /* out of descriptors: as if the packet were lost */
		p->fd = fd;
		event_assign(&p->event, u->base, fd, EV_READ | EV_PERSIST, own_readable, p);
		if (event_add(&p->event, NULL)) {
			upstream_udp_close(p);
			return;
		}
	}
	p->state = UPSTREAM_SENT_OWN;
	if (send(p->fd, p->packet, len, MSG_DONTWAIT) < 0 && is_unreachable(-errno))
		upstream_refused(u, p, true);
}

void upstream_udp_close(struct pending *p)
{
	if (p->fd < 0)
		return;
	if (event_initialized(&p->event))
		event_del(&p->event);
	close(p->fd);
	p->fd = -1;
}

void upstream_udp_flush(struct upstream *u)
{
	struct batch *b = u->batch;
	unsigned n = b->nout, at = 0;
	b->nout = 0;
	/* An error left from an earlier packet is told first and stops the call: so twice. */
	for (unsigned calls = 0; at < n && calls < 2 + UPSTREAM_BATCH; calls++) {
		int sent = sendmmsg(b->to->fd, b->out_msg + at, n - at, MSG_DONTWAIT);
		if (sent < 0 && errno == ECONNREFUSED) {
			pool_refused(b->to);
			continue;
		}
		if (sent <= 0)
			break; /* no room: as if the packets were lost */
		for (int i = 0; i < sent; i++)
			b->out[at++]->state = UPSTREAM_SENT_POOL;
	}
}

static void pool_send(struct upstream *u, struct pending *p, size_t len)
{
	struct batch *b = u->batch;
	if (b->nout == UPSTREAM_BATCH || (b->nout && b->to->server != p->server))
		upstream_udp_flush(u);
	if (b->nout == 0)
		b->to = &u->pool[p->server][upstream_random(u) % UPSTREAM_POOL];
	p->pool = b->to->index;
	b->out[b->nout] = p;
	b->out_iov[b->nout] = (struct iovec){ p->packet, len };
	b->out_msg[b->nout].msg_hdr =
		(struct msghdr){ .msg_iov = &b->out_iov[b->nout], .msg_iovlen = 1 };
	b->nout++;
}

void upstream_udp_send(struct upstream *u, struct pending *p)
{
	size_t len = p->packet_len;
	if (!p->edns)
		len = p->question_end; /* the OPT stands last */
	be16_put(p->packet + 10, p->edns);
	if (u->loopback[p->server])
		pool_send(u, p, len);
	else
		own_send(u, p, len);
}

static int open_pool(struct upstream *u, unsigned server)
{
	for (unsigned i = 0; i < UPSTREAM_POOL; i++) {
		struct pool_socket *s = &u->pool[server][i];
		*s = (struct pool_socket){ .u = u, .fd = -1, .server = (uint8_t)server,
			.index = (uint8_t)i };
		s->fd = open_socket(&u->config.server[server]);
		if (s->fd < 0)
			return s->fd;
		s->event = event_new(u->base, s->fd, EV_READ | EV_PERSIST, pool_readable, s);
		if (!s->event || event_add(s->event, NULL))
			return -ENOMEM;
	}
	return 0;
}

int upstream_udp_init(struct upstream *u)
{
	u->batch = calloc(1, sizeof *u->batch);
	if (!u->batch)
		return -ENOMEM;
	for (unsigned s = 0; s < u->config.nservers; s++) {
		int err = u->loopback[s] ? open_pool(u, s) : 0;
		if (err)
			return err;
	}
	return 0;
}

void upstream_udp_done(struct upstream *u)
{
	for (unsigned s = 0; s < UPSTREAM_MAX; s++) {
		for (unsigned i = 0; i < UPSTREAM_POOL; i++) {
			struct pool_socket *p = &u->pool[s][i];
			if (p->u && p->fd >= 0) {
				if (p->event)
					event_free(p->event);
				close(p->fd);
			}
		}
	}
	free(u->batch);
}
