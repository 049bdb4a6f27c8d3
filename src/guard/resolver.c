/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/resolver.h"

#include "base/clock.h"
#include "guard/entry.h"
#include "guard/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { TABLE = 4096, FAILURES = 1024, ROUNDS_MAX = 3, TICK_MS = 100, RENEW_CHUNK = 1024 };

struct waiter {
	struct waiter *next;
	struct job job; /* last: only as much of the query as there is */
};

struct pending {
	struct pending *same_bucket;
	struct pending *older, *newer;
	struct resolver *r;
	struct request_ask ask;
	struct waiter *waiters;
	int64_t started;
	bool stale_tried;
};

struct resolver {
	struct guard *g;
	struct job_ring **rings;
	unsigned nrings;
	struct event_base *base;
	struct event *wake_event, *tick, *renew;
	struct upstream *upstream;
	int wake;
	bool asleep, stopping;
	struct answerer answerer;
	struct request request;
	struct pending *table[TABLE], *oldest, *newest;
	unsigned npending, nwaiters;
	struct {
		uint64_t hash;
		int64_t until;
	} failed[FAILURES];
	uint64_t renewed, cursor;
	struct upstream_stats stats;
	struct cache_copy fresh;
	struct entry_room room;
	uint8_t out[REQUEST_ANSWER_MAX + ANSWER_SLACK];
	pthread_t thread;
	bool started;
};

static void send_answer(struct resolver *r, const struct job *j, size_t n)
{
	if (j->tcp)
		net_tcp_reply(r->g->tcp, j->id, r->out, n);
	else if (n && net_udp_send(worker_udp(r->g->worker[j->worker]), &j->client, &j->local, r->out, n))
		return; /* the kernel has no room: the client asks again */
}

/* Answer one job by the view of now. False: nothing was sent, and *ask says what is missing. */
static bool answer_job(struct resolver *r, const struct job *j, const struct request_news *news,
	struct request_ask *ask)
{
	struct answerer *t = &r->answerer;
	t->tcp = j->tcp;
	request_open(t, &r->request, j->client.b, j->client.len, j->query, j->n);
	request_probe(t, &r->request);
	size_t n = request_close(t, &r->request, news, r->out,
		j->tcp ? REQUEST_ANSWER_MAX : DNS_MAX_UDP, ask);
	if (n)
		send_answer(r, j, n);
	return n > 0;
}

static struct pending **bucket(struct resolver *r, uint64_t hash)
{
	return &r->table[hash % TABLE];
}

static struct pending *find_pending(struct resolver *r, const struct request_ask *ask)
{
	struct pending *p = *bucket(r, ask->hash);
	while (p && (p->ask.hash != ask->hash || p->ask.type != ask->type || p->ask.flags != ask->flags ||
			    !dns_name_equal(&p->ask.name, &ask->name)))
		p = p->same_bucket;
	return p;
}

static void unlink_pending(struct resolver *r, struct pending *p)
{
	struct pending **at = bucket(r, p->ask.hash);
	while (*at != p)
		at = &(*at)->same_bucket;
	*at = p->same_bucket;
	*(p->older ? &p->older->newer : &r->oldest) = p->newer;
	*(p->newer ? &p->newer->older : &r->newest) = p->older;
	r->npending--;
}

static void link_pending(struct resolver *r, struct pending *p)
{
	struct pending **at = bucket(r, p->ask.hash);
	p->same_bucket = *at;
	*at = p;
	p->older = r->newest;
	*(r->newest ? &r->newest->newer : &r->oldest) = p;
	r->newest = p;
	r->npending++;
}

static void free_waiter(struct resolver *r, struct waiter *w)
{
	r->nwaiters--;
	free(w);
}

static void take_job(struct resolver *r, const struct job *j);

/* Who waited gets an answer; who now needs another question asked (the view has changed, a rewrite)
 * goes round again, a few times at most. */
static void answer_waiter(struct resolver *r, struct waiter *w, const struct request_news *news)
{
	struct request_ask ask;
	if (w->job.refresh || answer_job(r, &w->job, news, &ask))
		return;
	if (ask.needed && w->job.rounds < ROUNDS_MAX) {
		w->job.rounds++;
		w->job.ask = ask;
		take_job(r, &w->job);
	} else {
		send_answer(r, &w->job, 0);
	}
}

static void answer_waiters(struct resolver *r, struct waiter *list, const struct request_news *news)
{
	for (struct waiter *w = list, *next; w; w = next) {
		next = w->next;
		answer_waiter(r, w, news);
		free_waiter(r, w);
	}
}

static void note_failure(struct resolver *r, uint64_t hash)
{
	r->failed[hash % FAILURES].hash = hash;
	r->failed[hash % FAILURES].until = clock_mono_ms() + RESOLVER_RECHECK;
}

static bool failed_lately(const struct resolver *r, uint64_t hash)
{
	return r->failed[hash % FAILURES].hash == hash && clock_mono_ms() < r->failed[hash % FAILURES].until;
}

/* Is there an old answer that serves better than upstream's failure? One that failed validation
 * (EDE 1, 2, 5 to 12) is no failure of reach: an old answer must not hide it. */
static bool better_stale(struct resolver *r, const struct pending *p, const struct cache_copy *e)
{
	int ede = e->meta.ede;
	if (e->meta.rcode != DNS_SERVFAIL || ede == 1 || ede == 2 || (ede >= 5 && ede <= 12))
		return false;
	struct cache_copy *old = r->answerer.copy;
	return cache_get(r->g->cache, p->ask.hash, &p->ask.name, p->ask.type, p->ask.flags, old) &&
		old->meta.rcode != DNS_SERVFAIL &&
		(uint32_t)r->answerer.now - old->meta.stored <
			old->meta.ttl + r->g->config->cache.stale_seconds;
}

static void learn(struct resolver *r, const struct pending *p, struct bytes msg, struct request_news *news)
{
	struct cache_copy *e = &r->fresh;
	int err = entry_read(r->answerer.gv->view, r->g->config, msg, r->answerer.now, &r->room, e);
	if (err) {
		news->ede = DNS_EDE_OTHER;
		return;
	}
	if (better_stale(r, p, e)) {
		note_failure(r, p->ask.hash);
		news->ede = e->meta.ede;
		return;
	}
	if (e->meta.ttl)
		cache_put(r->g->cache, p->ask.hash, &p->ask.name, p->ask.type, p->ask.flags, &e->meta,
			e->ttl_at, e->ede_text, e->body);
	news->fresh = e;
}

static void upstream_answered(void *ctx, int err, struct bytes msg)
{
	struct pending *p = ctx;
	struct resolver *r = p->r;
	struct request_news news = { .hash = p->ask.hash, .ede = DNS_EDE_NO_REACHABLE_AUTHORITY };
	unlink_pending(r, p);
	if (r->stopping) {
		for (struct waiter *w = p->waiters, *next; w; w = next) {
			next = w->next;
			free_waiter(r, w);
		}
		free(p);
		return;
	}
	request_begin(&r->answerer);
	if (!err)
		learn(r, p, msg, &news);
	else
		note_failure(r, p->ask.hash);
	if (err == -ECONNREFUSED)
		news.ede = DNS_EDE_NETWORK_ERROR;
	answer_waiters(r, p->waiters, &news);
	request_end(&r->answerer);
	free(p);
}

static struct waiter *new_waiter(struct resolver *r, const struct job *j)
{
	size_t size = offsetof(struct waiter, job) + offsetof(struct job, query) + j->n;
	struct waiter *w = r->nwaiters < RESOLVER_WAITERS_MAX ? malloc(MAX(size, sizeof *w - JOB_QUERY_MAX)) : NULL;
	if (w) {
		memcpy(&w->job, j, offsetof(struct job, query) + j->n);
		r->nwaiters++;
	}
	return w;
}

static struct pending *new_pending(struct resolver *r, const struct request_ask *ask)
{
	struct pending *p = r->npending < RESOLVER_PENDING_MAX ? calloc(1, sizeof *p) : NULL;
	if (!p)
		return NULL;
	p->r = r;
	p->ask = *ask;
	p->started = clock_mono_ms();
	if (upstream_ask(r->upstream, &ask->name, ask->type, ask->flags & CACHE_DO, ask->flags & CACHE_CD,
		    upstream_answered, p)) {
		free(p);
		return NULL;
	}
	link_pending(r, p);
	return p;
}

/* One job: answer what can be answered by now, else wait with those who wait for the same. */
static void take_job(struct resolver *r, const struct job *j)
{
	struct request_ask ask = j->ask;
	struct request_news failed = { .hash = ask.hash, .ede = DNS_EDE_OTHER };
	struct pending *p = find_pending(r, &ask);
	/* Upstream is known to fail, or has had its time already: nobody waits for it a second time. */
	if (failed_lately(r, ask.hash) || (p && p->stale_tried)) {
		failed.stale_only = true;
		if (j->refresh || answer_job(r, j, &failed, &ask))
			return;
		failed.stale_only = false;
	}
	ask = j->ask;
	if (!p && !j->refresh && j->rounds == 0 && answer_job(r, j, NULL, &ask))
		return; /* somebody else's question has brought it meanwhile */
	if (!p && ask.needed)
		p = find_pending(r, &ask);
	if (!p)
		p = new_pending(r, j->refresh || !ask.needed ? &j->ask : &ask);
	if (p && j->refresh)
		return;
	struct waiter *w = p ? new_waiter(r, j) : NULL;
	if (w) {
		w->next = p->waiters;
		p->waiters = w;
	} else if (!j->refresh) {
		guard_count(r->answerer.reader, COUNT_OVERFLOW);
		if (!answer_job(r, j, &failed, &ask))
			send_answer(r, j, 0);
	}
}

static bool drain(struct resolver *r)
{
	bool any = false;
	for (unsigned i = 0; i < r->nrings; i++) {
		struct job *j;
		for (int most = 64; most && (j = job_ring_peek(r->rings[i])); most--) {
			take_job(r, j);
			job_ring_pop(r->rings[i]);
			any = true;
		}
	}
	return any;
}

static bool rings_empty(struct resolver *r)
{
	for (unsigned i = 0; i < r->nrings; i++)
		if (job_ring_peek(r->rings[i]))
			return false;
	return true;
}

static void on_wake(evutil_socket_t fd, short what, void *ctx)
{
	struct resolver *r = ctx;
	uint64_t count;
	if (read(r->wake, &count, sizeof count) < 0 && errno != EAGAIN)
		return;
	if (__atomic_load_n(&r->stopping, __ATOMIC_ACQUIRE)) {
		event_base_loopbreak(r->base);
		return;
	}
	request_begin(&r->answerer);
	bool any = drain(r);
	request_end(&r->answerer);
	/* Fall asleep only with empty rings; a front that pushes after this look finds us asleep. Where
	 * there was work, come back after upstream's sockets had their turn. */
	if (!any)
		__atomic_store_n(&r->asleep, true, __ATOMIC_SEQ_CST);
	if (any || (!rings_empty(r) && __atomic_exchange_n(&r->asleep, false, __ATOMIC_SEQ_CST)))
		event_active(r->wake_event, EV_READ, 0);
}

static void serve_stale(struct resolver *r, struct pending *p)
{
	struct request_news news = { .hash = p->ask.hash, .stale_only = true };
	struct request_ask ask;
	p->stale_tried = true;
	for (struct waiter **at = &p->waiters; *at;) {
		struct waiter *w = *at;
		if (!w->job.refresh && answer_job(r, &w->job, &news, &ask)) {
			*at = w->next;
			free_waiter(r, w);
		} else {
			at = &w->next;
		}
	}
}

static void judge_entry(void *ctx, struct bytes message, struct cache_meta *meta)
{
	entry_categories(ctx, message, meta);
}

/* After a swap: entries get categories of the new view, a few at a time, so that hits need not. */
static void on_renew(evutil_socket_t fd, short what, void *ctx)
{
	struct resolver *r = ctx;
	const struct timeval soon = { .tv_usec = 1000 };
	request_begin(&r->answerer);
	struct view *v = r->answerer.gv ? r->answerer.gv->view : NULL;
	bool more = false;
	if (v && __atomic_load_n(&r->g->settled, __ATOMIC_ACQUIRE) == v->generation) {
		more = cache_renew(r->g->cache, v->generation, &r->cursor, RENEW_CHUNK, judge_entry, v);
		if (!more)
			r->renewed = v->generation;
	}
	request_end(&r->answerer);
	if (more)
		event_add(r->renew, &soon);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct resolver *r = ctx;
	int64_t now = clock_mono_ms();
	if (r->oldest && now - r->oldest->started >= RESOLVER_STALE_AFTER) {
		request_begin(&r->answerer);
		for (struct pending *p = r->oldest; p && now - p->started >= RESOLVER_STALE_AFTER; p = p->newer)
			if (!p->stale_tried)
				serve_stale(r, p);
		request_end(&r->answerer);
	}
	upstream_stats(r->upstream, &r->stats);
	if (__atomic_load_n(&r->g->settled, __ATOMIC_ACQUIRE) != r->renewed && !event_pending(r->renew, EV_TIMEOUT, NULL)) {
		r->cursor = 0;
		event_active(r->renew, EV_TIMEOUT, 0);
	}
}

static void *run(void *ctx)
{
	struct resolver *r = ctx;
	event_base_dispatch(r->base);
	return NULL;
}

static int make_events(struct resolver *r, const struct upstream_config *upstream)
{
	const struct timeval tick = { .tv_usec = TICK_MS * 1000 };
	r->base = event_base_new();
	r->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!r->base || r->wake < 0)
		return -ENOMEM;
	r->wake_event = event_new(r->base, r->wake, EV_READ | EV_PERSIST, on_wake, r);
	r->tick = event_new(r->base, -1, EV_PERSIST, on_tick, r);
	r->renew = event_new(r->base, -1, 0, on_renew, r);
	if (!r->wake_event || !r->tick || !r->renew || event_add(r->wake_event, NULL) || event_add(r->tick, &tick))
		return -ENOMEM;
	return upstream_new(r->base, upstream, &r->upstream);
}

int resolver_new(struct guard *g, unsigned reader, struct job_ring **rings, unsigned nrings,
	const struct upstream_config *upstream, struct resolver **ret)
{
	struct resolver *r = calloc(1, sizeof *r);
	if (!r)
		return -ENOMEM;
	r->g = g;
	r->wake = -1;
	r->asleep = true;
	r->answerer = (struct answerer){ .g = g, .reader = &g->reader[reader], .random = (uint64_t)clock_mono_ns() | 1 };
	r->answerer.copy = malloc(sizeof *r->answerer.copy);
	r->rings = calloc(nrings, sizeof *r->rings);
	int err = r->rings && r->answerer.copy ? make_events(r, upstream) : -ENOMEM;
	if (err) {
		resolver_free(r);
		return err;
	}
	memcpy(r->rings, rings, nrings * sizeof *rings);
	r->nrings = nrings;
	for (unsigned i = 0; i < nrings; i++) {
		rings[i]->wake = r->wake;
		rings[i]->asleep = &r->asleep;
	}
	*ret = r;
	return 0;
}

int resolver_start(struct resolver *r)
{
	int err = pthread_create(&r->thread, NULL, run, r);
	r->started = !err;
	return -err;
}

void resolver_stop(struct resolver *r)
{
	uint64_t one = 1;
	if (!r->started)
		return;
	__atomic_store_n(&r->stopping, true, __ATOMIC_RELEASE);
	if (write(r->wake, &one, sizeof one) < 0)
		return;
	pthread_join(r->thread, NULL);
	r->started = false;
}

static void free_event(struct event *e)
{
	if (e)
		event_free(e);
}

void resolver_free(struct resolver *r)
{
	if (!r)
		return;
	resolver_stop(r);
	r->stopping = true;
	if (r->upstream)
		upstream_free(r->upstream); /* ends every pending question */
	free_event(r->wake_event);
	free_event(r->tick);
	free_event(r->renew);
	if (r->base)
		event_base_free(r->base);
	if (r->wake >= 0)
		close(r->wake);
	free(r->answerer.copy);
	free(r->rings);
	free(r);
}

void resolver_stats(const struct resolver *r, struct upstream_stats *ret, unsigned *ret_pending)
{
	*ret = r->stats;
	*ret_pending = r->npending;
}
