/* SPDX-License-Identifier: Apache-2.0 */
/* In reading order: the thread's own state, output, input, time limits, accepting, replies of other
 * threads, and the outside. All but the last two parts run on the TCP thread alone. */
#include "net/tcp.h"

#include "base/clock.h"
#include "base/siphash.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	FRAME = 2,           /* the length before each message */
	OUT_KEPT = 8 << 10,  /* output memory a connection keeps while it has none to send */
	ACCEPTS = 64,        /* in one go, lest accepting starves the others */
	CLIENT_BUCKETS = 1024,
	PAUSE_MS = 100,      /* of accepting, when the process has no descriptors left */
};

struct connection {
	struct net_tcp *t;
	int fd;
	uint32_t slot, generation;
	bool reading, writing; /* events that are armed */
	bool eof, dirty, busy, dead;
	struct net_address client, local;
	struct connection *same_client, *next_dirty;
	uint32_t bucket;
	struct event *read_event, *write_event, *timer;
	int64_t opened, active, message; /* ms; message: when the first byte of a partial one came, 0: none */
	int64_t timer_at;
	uint64_t open_mask;               /* queries without an answer, by place */
	uint32_t open_id[NET_TCP_OPEN_MAX];
	uint32_t counter;
	uint8_t *out;
	size_t out_at, out_n, out_cap;    /* to send: out[out_at .. out_n) */
	size_t in_n;
	uint8_t in[FRAME + NET_TCP_QUERY_MAX];
};

struct reply {
	struct reply *next;
	struct net_tcp_id id;
	size_t n;
	uint8_t msg[];
};

struct listener {
	int fd;
	struct net_address local;
	struct event *event;
	struct net_tcp *t;
};

struct slot {
	uint32_t generation;
	uint32_t next_free;
	struct connection *c;
};

struct net_tcp {
	struct net_tcp_config config;
	struct event_base *base;
	struct event *wake_event, *accept_timer;
	struct listener *listener;
	struct slot *slot;
	uint32_t free_slot, nconnection;
	struct connection *bucket[CLIENT_BUCKETS];
	uint64_t key[2];
	struct connection *dirty;
	pthread_t thread;
	bool started;
	int wake_fd;

	/* What other threads touch. */
	pthread_mutex_t lock;
	struct reply *first, **last; /* under lock */
	bool stopped;                /* under lock */
	atomic_bool stopping;
	atomic_uint connections;
	atomic_uint_fast64_t accepted, refused, queries, answers, dropped, timeouts, overruns;
};

static void count(atomic_uint_fast64_t *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

static void flush(struct connection *c);
static void parse(struct connection *c);

/* ---- connections ---- */

static void bucket_leave(struct connection *c)
{
	struct connection **p = &c->t->bucket[c->bucket];
	while (*p != c)
		p = &(*p)->same_client;
	*p = c->same_client;
}

static void dirty_leave(struct connection *c)
{
	struct connection **p = &c->t->dirty;
	while (*p && *p != c)
		p = &(*p)->next_dirty;
	if (*p)
		*p = c->next_dirty;
}

static void connection_free(struct connection *c)
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

static void connection_end(struct connection *c)
{
	struct net_tcp *t = c->t;
	if (c->busy) { /* parse, further up the stack, still holds it */
		c->dead = true;
		return;
	}
	bucket_leave(c);
	if (c->dirty)
		dirty_leave(c);
	struct slot *s = &t->slot[c->slot];
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

static void overrun(struct connection *c)
{
	count(&c->t->overruns);
	connection_end(c);
}

/* Read on only while the client keeps to its share of what waits for it. */
static void reading_set(struct connection *c)
{
	bool want = !c->eof && c->open_mask != UINT64_MAX && c->out_n - c->out_at < NET_TCP_OUT_HIGH;
	if (want == c->reading)
		return;
	c->reading = want;
	if (want && c->in_n) /* part of a message waited for us, not for the client */
		c->message = clock_mono_ms();
	(void)(want ? event_add(c->read_event, NULL) : event_del(c->read_event));
}

/* ---- output ---- */

static bool out_grow(struct connection *c, size_t n)
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
static bool out_put(struct connection *c, const uint8_t *msg, size_t n)
{
	if (c->out_n - c->out_at + FRAME + n > NET_TCP_OUT_MAX)
		return false;
	if (c->out_n + FRAME + n > c->out_cap && !out_grow(c, FRAME + n))
		return false;
	be16_put(c->out + c->out_n, (uint16_t)n);
	memcpy(c->out + c->out_n + FRAME, msg, n);
	c->out_n += FRAME + n;
	return true;
}

static void dirty_join(struct connection *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = c->t->dirty;
	c->t->dirty = c;
}

static void flush_dirty(struct net_tcp *t)
{
	while (t->dirty) {
		struct connection *c = t->dirty;
		t->dirty = c->next_dirty;
		c->dirty = false;
		flush(c);
	}
}

static void out_emptied(struct connection *c)
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
static void flush(struct connection *c)
{
	while (c->out_at < c->out_n) {
		ssize_t w = send(c->fd, c->out + c->out_at, c->out_n - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0 && errno != EAGAIN) {
			connection_end(c);
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
			connection_end(c);
			return;
		}
	} else if (!c->writing) {
		c->writing = true;
		(void)event_add(c->write_event, NULL);
	}
	parse(c); /* messages that were held back by the limits */
}

static void answer(struct net_tcp *t, struct net_tcp_id id, const uint8_t *msg, size_t n)
{
	struct slot *s = id.slot < t->config.connections ? &t->slot[id.slot] : NULL;
	unsigned place = id.query % NET_TCP_OPEN_MAX;
	struct connection *c = s && s->generation == id.generation ? s->c : NULL;
	if (!c || c->dead || !(c->open_mask >> place & 1) || c->open_id[place] != id.query) {
		count(&t->dropped);
		return;
	}
	c->open_mask &= ~(1ull << place);
	c->active = clock_mono_ms();
	if (n && !out_put(c, msg, n)) {
		overrun(c);
		return;
	}
	if (n)
		count(&t->answers);
	dirty_join(c);
}

/* ---- input ---- */

/* Give one message to the answerer under a number whose low bits are its place. */
static void query_open(struct connection *c, const uint8_t *msg, size_t n)
{
	struct net_tcp *t = c->t;
	unsigned place = (unsigned)__builtin_ctzll(~c->open_mask);
	uint32_t id = c->counter++ * NET_TCP_OPEN_MAX + place;
	c->open_mask |= 1ull << place;
	c->open_id[place] = id;
	count(&t->queries);
	t->config.query(t->config.ctx, (struct net_tcp_id){ c->slot, c->generation, id }, &c->client,
		&c->local, msg, n);
}

static void timer_set(struct connection *c);

/* Take whole messages from the input while the limits allow; the rest moves to the front. */
static void parse(struct connection *c)
{
	size_t at = 0;
	c->busy = true;
	while (!c->dead && c->open_mask != UINT64_MAX && c->out_n - c->out_at < NET_TCP_OUT_HIGH &&
		c->in_n - at >= FRAME) {
		size_t n = be16_get(c->in + at);
		if (n > NET_TCP_QUERY_MAX) {
			count(&c->t->overruns);
			c->dead = true;
			break;
		}
		if (c->in_n - at - FRAME < n)
			break;
		at += FRAME + n;
		query_open(c, c->in + at - n, n);
	}
	c->busy = false;
	if (c->dead) {
		connection_end(c);
		return;
	}
	memmove(c->in, c->in + at, c->in_n - at);
	c->in_n -= at;
	if (at || c->in_n == 0)
		c->message = c->in_n ? clock_mono_ms() : 0;
	reading_set(c);
	timer_set(c);
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	struct net_tcp *t = c->t;
	ssize_t r = recv(fd, c->in + c->in_n, sizeof c->in - c->in_n, MSG_DONTWAIT);
	if (r < 0) {
		if (errno != EAGAIN && errno != EINTR)
			connection_end(c);
		return;
	}
	if (r == 0) {
		c->eof = true; /* perhaps only its half: what it asked is still answered (RFC 7766 6.2.4) */
		c->in_n = 0;
		c->message = 0;
		if (c->open_mask == 0 && c->out_at == c->out_n)
			connection_end(c);
		else
			reading_set(c);
		return;
	}
	c->active = clock_mono_ms();
	if (c->in_n == 0)
		c->message = c->active;
	c->in_n += (size_t)r;
	parse(c);
	flush_dirty(t);
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	struct net_tcp *t = c->t;
	flush(c);
	flush_dirty(t);
}

/* ---- time ---- */

static int64_t deadline(const struct connection *c)
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
static void timer_set(struct connection *c)
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
	struct connection *c = arg;
	c->timer_at = 0;
	if (deadline(c) > clock_mono_ms()) {
		timer_set(c);
		return;
	}
	count(&c->t->timeouts);
	connection_end(c);
}

/* ---- accepting ---- */

/* An IPv6 client has a whole /64. */
static size_t client_bytes(const struct net_address *a)
{
	return a->len == 16 ? 8 : a->len;
}

static uint32_t client_bucket(const struct net_tcp *t, const struct net_address *a)
{
	return siphash_24(a->b, client_bytes(a), t->key[0], t->key[1]) % CLIENT_BUCKETS;
}

static unsigned client_count(const struct net_tcp *t, uint32_t bucket, const struct net_address *a)
{
	unsigned n = 0;
	for (const struct connection *c = t->bucket[bucket]; c; c = c->same_client)
		n += c->client.len == a->len && memcmp(c->client.b, a->b, client_bytes(a)) == 0;
	return n;
}

/* Room for a newcomer: the one that has been idle longest goes. False: all are at work. */
static bool make_room(struct net_tcp *t)
{
	struct connection *oldest = NULL;
	for (uint32_t i = 0; i < t->config.connections; i++) {
		struct connection *c = t->slot[i].c;
		if (c && c->open_mask == 0 && c->out_at == c->out_n && (!oldest || c->active < oldest->active))
			oldest = c;
	}
	if (!oldest)
		return false;
	connection_end(oldest);
	return true;
}

static bool events_make(struct connection *c)
{
	struct event_base *base = c->t->base;
	c->read_event = event_new(base, c->fd, EV_READ | EV_PERSIST, on_read, c);
	c->write_event = event_new(base, c->fd, EV_WRITE | EV_PERSIST, on_write, c);
	c->timer = event_new(base, -1, 0, on_timer, c);
	return c->read_event && c->write_event && c->timer;
}

/* Takes over fd in any case. */
static void connection_start(struct net_tcp *t, int fd, const struct net_address *client)
{
	uint32_t bucket = client_bucket(t, client);
	struct connection *c = NULL;
	if (client->len && client_count(t, bucket, client) < t->config.per_client &&
		(t->free_slot != UINT32_MAX || make_room(t)))
		c = calloc(1, sizeof *c);
	if (!c)
		goto refuse;
	c->t = t;
	c->fd = fd;
	if (!events_make(c))
		goto refuse;
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;
	if (getsockname(fd, (struct sockaddr *)&ss, &n) == 0)
		net_address_from_sockaddr(&ss, &c->local);
	int one = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct slot *s = &t->slot[t->free_slot];
	c->slot = t->free_slot;
	c->generation = s->generation;
	t->free_slot = s->next_free;
	s->c = c;
	c->client = *client;
	c->bucket = bucket;
	c->same_client = t->bucket[bucket];
	t->bucket[bucket] = c;
	c->opened = c->active = clock_mono_ms();
	atomic_store_explicit(&t->connections, ++t->nconnection, memory_order_relaxed);
	count(&t->accepted);
	reading_set(c);
	timer_set(c);
	return;
refuse:
	if (c)
		connection_free(c);
	close(fd);
	count(&t->refused);
}

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
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
	struct listener *l = arg;
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

/* ---- other threads ---- */

static struct reply *replies_take(struct net_tcp *t)
{
	pthread_mutex_lock(&t->lock);
	struct reply *r = t->first;
	t->first = NULL;
	t->last = &t->first;
	pthread_mutex_unlock(&t->lock);
	return r;
}

static void replies_free(struct reply *r)
{
	while (r) {
		struct reply *next = r->next;
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
	struct reply *all = replies_take(t);
	for (struct reply *r = all; r; r = r->next)
		answer(t, r->id, r->msg, r->n);
	replies_free(all);
	flush_dirty(t);
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
		answer(t, id, msg, n);
		return;
	}
	struct reply *r = malloc(sizeof *r + n);
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

static int listen_open(struct listener *l, const struct net_address *a, unsigned backlog)
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

static int listen_all(struct net_tcp *t, const struct net_address *list, struct err_note *note)
{
	char text[NET_ADDRESS_TEXT];
	for (unsigned i = 0; i < t->config.nlisten; i++) {
		struct listener *l = &t->listener[i];
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
	t->accept_timer = event_new(t->base, -1, 0, on_accept_again, t);
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
		err = listen_all(t, c->listen, note);
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
			connection_end(t->slot[i].c);
}

void net_tcp_free(struct net_tcp *t)
{
	if (!t)
		return;
	net_tcp_stop(t);
	for (unsigned i = 0; t->listener && i < t->config.nlisten; i++) {
		if (t->listener[i].event)
			event_free(t->listener[i].event);
		if (t->listener[i].fd >= 0)
			close(t->listener[i].fd);
	}
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
