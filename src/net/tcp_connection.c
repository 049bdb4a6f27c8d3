/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: what it sends, what it reads, and for how long. */
#include "net/tcp_int.h"

#include "base/clock.h"

#include <errno.h>
#include <unistd.h>

enum { OUT_KEPT = 8 << 10 }; /* output memory a connection keeps while it has none to send */

static void flush(struct tcp_connection *c);
static void parse(struct tcp_connection *c);

static void bucket_leave(struct tcp_connection *c)
{
	struct tcp_connection **p = &c->t->bucket[c->bucket];
	while (*p != c)
		p = &(*p)->same_client;
	*p = c->same_client;
}

static void dirty_leave(struct tcp_connection *c)
{
	struct tcp_connection **p = &c->t->dirty;
	while (*p && *p != c)
		p = &(*p)->next_dirty;
	if (*p)
		*p = c->next_dirty;
}

static void connection_free(struct tcp_connection *c)
{
	if (c->read_event)
		event_free(c->read_event);
	if (c->write_event)
		event_free(c->write_event);
	if (c->timer)
		event_free(c->timer);
	free(c->out);
	free(c);
}

void tcp_connection_end(struct tcp_connection *c)
{
	struct net_tcp *t = c->t;
	if (c->busy) { /* parse, further up the stack, still holds it */
		c->dead = true;
		return;
	}
	bucket_leave(c);
	if (c->dirty)
		dirty_leave(c);
	struct tcp_slot *s = &t->slot[c->slot];
	s->c = NULL;
	s->generation++;
	s->next_free = t->free_slot;
	t->free_slot = c->slot;
	t->nconnection--;
	atomic_store_explicit(&t->connections, t->nconnection, memory_order_relaxed);
	int fd = c->fd;
	connection_free(c); /* its events go before the descriptor they watch */
	close(fd);
}

static void overrun(struct tcp_connection *c)
{
	tcp_count(&c->t->overruns);
	tcp_connection_end(c);
}

/* The client keeps to its share of what waits for it. */
static bool may_ask(const struct tcp_connection *c)
{
	return c->open_mask != UINT64_MAX && c->out_n - c->out_at < NET_TCP_OUT_HIGH;
}

static void reading_set(struct tcp_connection *c)
{
	bool want = !c->eof && may_ask(c);
	if (want == c->reading)
		return;
	c->reading = want;
	if (want && c->in.n) /* part of a message waited for us, not for the client */
		c->message = clock_mono_ms();
	(void)(want ? event_add(c->read_event, NULL) : event_del(c->read_event));
}

/* ---- output ---- */

static bool out_grow(struct tcp_connection *c, size_t n)
{
	if (c->out_at) { /* what was sent makes room first */
		memmove(c->out, c->out + c->out_at, c->out_n - c->out_at);
		c->out_n -= c->out_at;
		c->out_at = 0;
	}
	if (c->out_n + n <= c->out_cap)
		return true;
	size_t cap = c->out_cap ? c->out_cap : 2048;
	while (cap < c->out_n + n)
		cap *= 2;
	uint8_t *p = cap <= 2 * NET_TCP_OUT_MAX ? realloc(c->out, cap) : NULL;
	if (!p)
		return false;
	c->out = p;
	c->out_cap = cap;
	return true;
}

/* Queue an answer; flush sends all that came together in one call. False: the connection must end. */
static bool out_put(struct tcp_connection *c, const uint8_t *msg, size_t n)
{
	if (c->out_n - c->out_at + TCP_FRAME + n > NET_TCP_OUT_MAX)
		return false;
	if (c->out_n + TCP_FRAME + n > c->out_cap && !out_grow(c, TCP_FRAME + n))
		return false;
	be16_put(c->out + c->out_n, (uint16_t)n);
	memcpy(c->out + c->out_n + TCP_FRAME, msg, n);
	c->out_n += TCP_FRAME + n;
	return true;
}

static void dirty_join(struct tcp_connection *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = c->t->dirty;
	c->t->dirty = c;
}

void tcp_flush_dirty(struct net_tcp *t)
{
	while (t->dirty) {
		struct tcp_connection *c = t->dirty;
		t->dirty = c->next_dirty;
		c->dirty = false;
		flush(c);
	}
}

static void out_emptied(struct tcp_connection *c)
{
	c->out_at = c->out_n = 0;
	if (c->out_cap > OUT_KEPT) {
		free(c->out);
		c->out = NULL;
		c->out_cap = 0;
	}
	if (c->writing) {
		c->writing = false;
		(void)event_del(c->write_event);
	}
}

/* Send what the kernel takes, then see what the connection may do next. */
static void flush(struct tcp_connection *c)
{
	while (c->out_at < c->out_n) {
		ssize_t w = send(c->fd, c->out + c->out_at, c->out_n - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0 && errno != EAGAIN) {
			tcp_connection_end(c);
			return;
		}
		if (w < 0)
			break;
		c->out_at += (size_t)w;
		c->active = clock_mono_ms();
	}
	if (c->out_at == c->out_n) {
		out_emptied(c);
		if (c->eof && c->open_mask == 0) {
			tcp_connection_end(c);
			return;
		}
	} else if (!c->writing) {
		c->writing = true;
		(void)event_add(c->write_event, NULL);
	}
	parse(c); /* messages that were held back by the limits */
}

void tcp_answer(struct net_tcp *t, struct net_tcp_id id, const uint8_t *msg, size_t n)
{
	struct tcp_slot *s = id.slot < t->config.connections ? &t->slot[id.slot] : NULL;
	unsigned place = id.query % NET_TCP_OPEN_MAX;
	struct tcp_connection *c = s && s->generation == id.generation ? s->c : NULL;
	if (!c || c->dead || !(c->open_mask >> place & 1) || c->open_id[place] != id.query) {
		tcp_count(&t->dropped);
		return;
	}
	c->open_mask &= ~(1ull << place);
	c->active = clock_mono_ms();
	if (n && !out_put(c, msg, n)) {
		overrun(c);
		return;
	}
	if (n)
		tcp_count(&t->answers);
	dirty_join(c);
}

/* ---- input ---- */

/* Give one message to the answerer under a number whose low bits are its place. */
static void query_open(struct tcp_connection *c, const uint8_t *msg, size_t n)
{
	struct net_tcp *t = c->t;
	unsigned place = (unsigned)__builtin_ctzll(~c->open_mask);
	uint32_t id = c->counter++ * NET_TCP_OPEN_MAX + place;
	c->open_mask |= 1ull << place;
	c->open_id[place] = id;
	tcp_count(&t->queries);
	t->config.query(t->config.ctx, (struct net_tcp_id){ c->slot, c->generation, id }, &c->client,
		&c->local, msg, n);
}

static void timer_set(struct tcp_connection *c);

/* Take whole messages from the input while the limits allow; the rest moves to the front. */
static void parse(struct tcp_connection *c)
{
	enum tcp_input_status status = TCP_INPUT_MESSAGE;
	c->busy = true;
	while (status == TCP_INPUT_MESSAGE && !c->dead && may_ask(c)) {
		struct bytes msg;
		status = tcp_input_next(&c->in, &msg);
		if (status == TCP_INPUT_MESSAGE) {
			query_open(c, msg.p, msg.n);
		} else if (status == TCP_INPUT_LONG) {
			tcp_count(&c->t->overruns);
			c->dead = true;
		}
	}
	c->busy = false;
	if (c->dead) {
		tcp_connection_end(c);
		return;
	}
	bool taken = c->in.at > 0;
	tcp_input_pack(&c->in);
	if (taken || c->in.n == 0)
		c->message = c->in.n ? clock_mono_ms() : 0;
	reading_set(c);
	timer_set(c);
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
	struct tcp_connection *c = arg;
	struct net_tcp *t = c->t;
	ssize_t r = recv(fd, c->in.b + c->in.n, sizeof c->in.b - c->in.n, MSG_DONTWAIT);
	if (r < 0) {
		if (errno != EAGAIN && errno != EINTR)
			tcp_connection_end(c);
		return;
	}
	if (r == 0) {
		c->eof = true; /* perhaps only its half: what it asked is still answered (RFC 7766 6.2.4) */
		c->in.n = 0;
		c->message = 0;
		if (c->open_mask == 0 && c->out_at == c->out_n)
			tcp_connection_end(c);
		else
			reading_set(c);
		return;
	}
	c->active = clock_mono_ms();
	if (c->in.n == 0)
		c->message = c->active;
	c->in.n += (size_t)r;
	parse(c);
	tcp_flush_dirty(t);
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
	struct tcp_connection *c = arg;
	struct net_tcp *t = c->t;
	flush(c);
	tcp_flush_dirty(t);
}

/* ---- time ---- */

static int64_t deadline(const struct tcp_connection *c)
{
	const struct net_tcp_config *f = &c->t->config;
	int64_t at = c->opened + f->total_ms;
	/* A partial message that we ourselves hold back is not slow. */
	if (c->message && c->reading)
		at = MIN(at, c->message + f->receive_ms);
	if (c->open_mask == 0 || c->out_at < c->out_n)
		at = MIN(at, c->active + f->idle_ms);
	return at;
}

/* The timer is moved only when its time comes too late; one that comes early looks again. */
static void timer_set(struct tcp_connection *c)
{
	int64_t at = deadline(c), now;
	if (c->timer_at && c->timer_at <= at)
		return;
	now = clock_mono_ms();
	int64_t ms = at > now ? at - now : 0;
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	c->timer_at = at;
	(void)event_add(c->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct tcp_connection *c = arg;
	c->timer_at = 0;
	if (deadline(c) > clock_mono_ms()) {
		timer_set(c);
		return;
	}
	tcp_count(&c->t->timeouts);
	tcp_connection_end(c);
}

/* ---- a new one ---- */

static bool events_make(struct tcp_connection *c)
{
	struct event_base *base = c->t->base;
	c->read_event = event_new(base, c->fd, EV_READ | EV_PERSIST, on_read, c);
	c->write_event = event_new(base, c->fd, EV_WRITE | EV_PERSIST, on_write, c);
	c->timer = event_new(base, -1, 0, on_timer, c);
	return c->read_event && c->write_event && c->timer;
}

struct tcp_connection *tcp_connection_new(struct net_tcp *t, int fd)
{
	struct tcp_connection *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->t = t;
	c->fd = fd;
	if (!events_make(c)) {
		connection_free(c);
		return NULL;
	}
	return c;
}

void tcp_connection_go(struct tcp_connection *c)
{
	c->opened = c->active = clock_mono_ms();
	reading_set(c);
	timer_set(c);
}
