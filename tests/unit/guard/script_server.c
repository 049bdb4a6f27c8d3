/* SPDX-License-Identifier: Apache-2.0 */
#include "script_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(bool good)
{
	if (!good) {
		perror("script server");
		abort();
	}
}

static void play(struct script *s, const uint8_t *p, size_t n, const struct sockaddr_in *from,
	void *connection)
{
	struct asked a = { .script = s, .p = p, .n = n, .connection = connection,
		.number = s->got_udp + s->got_tcp };
	if (from)
		a.from = *from;
	must(n >= DNS_HEADER && n <= sizeof s->last);
	s->id = be16_get(p);
	s->from_port = ntohs(a.from.sin_port);
	s->had_opt = be16_get(p + 10) == 1;
	memcpy(s->last, p, n);
	s->last_len = n;
	s->play(&a);
}

static void on_udp(int fd, short what, void *ctx)
{
	struct script *s = ctx;
	for (int i = 0; i < 64 && s->udp_event; i++) {
		uint8_t buf[2048];
		struct sockaddr_in from;
		socklen_t len = sizeof from;
		ssize_t n = recvfrom(fd, buf, sizeof buf, MSG_DONTWAIT, (struct sockaddr *)&from, &len);
		if (n < 0)
			return;
		s->got_udp++;
		play(s, buf, (size_t)n, &from, NULL);
	}
}

static void drop_link(struct script *s, struct bufferevent *bev)
{
	for (size_t i = 0; i < ARRAY_LEN(s->links); i++)
		if (s->links[i] == bev)
			s->links[i] = NULL;
	bufferevent_free(bev);
}

static void on_tcp(struct bufferevent *bev, void *ctx)
{
	struct script *s = ctx;
	struct evbuffer *in = bufferevent_get_input(bev);
	uint8_t head[2];
	while (evbuffer_copyout(in, head, 2) == 2 && evbuffer_get_length(in) >= 2u + be16_get(head)) {
		uint8_t m[4096];
		size_t n = be16_get(head);
		must(n <= sizeof m);
		evbuffer_drain(in, 2);
		evbuffer_remove(in, m, n);
		s->got_tcp++;
		play(s, m, n, NULL, bev);
		bufferevent_data_cb still_read;
		bufferevent_getcb(bev, &still_read, NULL, NULL, NULL);
		if (!still_read) /* it hung up */
			return;
	}
}

static void on_end(struct bufferevent *bev, short what, void *ctx)
{
	drop_link(ctx, bev);
}

static void on_accept(int fd, short what, void *ctx)
{
	struct script *s = ctx;
	int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (c < 0)
		return;
	s->connections++;
	struct bufferevent *bev = bufferevent_socket_new(s->base, c, BEV_OPT_CLOSE_ON_FREE);
	must(bev);
	size_t i = 0;
	while (i < ARRAY_LEN(s->links) && s->links[i])
		i++;
	must(i < ARRAY_LEN(s->links));
	s->links[i] = bev;
	bufferevent_setcb(bev, on_tcp, NULL, on_end, s);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

void script_open(struct script *s, struct event_base *base, script_play *p)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	*s = (struct script){ .base = base, .play = p, .udp = -1, .tcp = -1 };
	for (int tries = 0; tries < 32; tries++) {
		at.sin_port = 0;
		s->udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		s->tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		must(s->udp >= 0 && s->tcp >= 0);
		must(!bind(s->udp, (struct sockaddr *)&at, sizeof at));
		must(!getsockname(s->udp, (struct sockaddr *)&at, &len));
		if (!bind(s->tcp, (struct sockaddr *)&at, sizeof at) && !listen(s->tcp, 16))
			break;
		close(s->udp);
		close(s->tcp);
	}
	s->port = ntohs(at.sin_port);
	s->udp_event = event_new(base, s->udp, EV_READ | EV_PERSIST, on_udp, s);
	s->tcp_event = event_new(base, s->tcp, EV_READ | EV_PERSIST, on_accept, s);
	must(s->udp_event && s->tcp_event);
	event_add(s->udp_event, NULL);
	event_add(s->tcp_event, NULL);
}

void script_close(struct script *s)
{
	if (!s->udp_event)
		return;
	for (size_t i = 0; i < ARRAY_LEN(s->links); i++)
		if (s->links[i])
			drop_link(s, s->links[i]);
	event_free(s->udp_event);
	event_free(s->tcp_event);
	s->udp_event = s->tcp_event = NULL;
	close(s->udp);
	close(s->tcp);
}

void script_send(struct asked *a, const void *p, size_t n)
{
	if (!a->connection) {
		(void)sendto(a->script->udp, p, n, 0, (struct sockaddr *)&a->from, sizeof a->from);
		return;
	}
	uint8_t head[2];
	be16_put(head, (uint16_t)n);
	bufferevent_write(a->connection, head, 2);
	bufferevent_write(a->connection, p, n);
}

static void on_written(struct bufferevent *bev, void *ctx)
{
	drop_link(ctx, bev);
}

void script_hang_up(struct asked *a)
{
	bufferevent_setcb(a->connection, NULL, on_written, on_end, a->script);
}

size_t script_answer(const struct asked *a, uint8_t *buf, size_t cap, unsigned flags, size_t more)
{
	size_t question = DNS_HEADER;
	while (a->p[question])
		question += 1u + a->p[question];
	question += 5;
	must(cap >= question + 16 + 12 + more);
	memcpy(buf, a->p, question);
	be16_put(buf + 2, (uint16_t)(DNS_QR | DNS_RD | DNS_RA | flags));
	be16_put(buf + 6, more ? 2 : 1);
	be16_put(buf + 8, 0);
	be16_put(buf + 10, 0);
	static const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1 };
	size_t n = question;
	memcpy(buf + n, record, sizeof record);
	n += sizeof record;
	if (more) {
		memcpy(buf + n, record, 10);
		buf[n + 3] = DNS_TXT;
		be16_put(buf + n + 10, (uint16_t)more);
		memset(buf + n + 12, 0, more);
		n += 12 + more;
	}
	return n;
}

void script_good(struct asked *a)
{
	uint8_t m[512];
	script_send(a, m, script_answer(a, m, sizeof m, DNS_AD, 0));
}
