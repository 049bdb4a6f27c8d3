/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/worker.h"

#include "base/log.h"
#include "guard/privileges.h"

#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

struct worker {
	struct guard *g;
	unsigned index;
	struct net_udp udp;
	struct net_batch *batch;
	struct request *request; /* NET_BATCH of them */
	struct answerer answerer;
	struct job_ring jobs;
	pthread_t thread;
	bool started;
};

static int answerer_init(struct answerer *t, struct guard *g, unsigned reader, bool tcp)
{
	uint8_t key[16];
	*t = (struct answerer){ .g = g, .reader = &g->reader[reader], .tcp = tcp };
	if (getrandom(key, sizeof key, 0) != sizeof key || getrandom(&t->random, 8, 0) != 8)
		return -EIO;
	t->random |= 1;
	t->copy = malloc(sizeof *t->copy);
	if (!t->copy)
		return -ENOMEM;
	return tcp ? 0 : limit_new(&g->config->rate_limit, key, &t->limit);
}

static void answerer_done(struct answerer *t)
{
	free(t->copy);
	limit_free(t->limit);
}

/* A copy of the query for the resolver. False: no room, the query is dropped and will be retried. */
static struct job *new_job(struct job_ring *ring, struct answerer *t, const struct request *r,
	const struct request_ask *ask)
{
	struct job *j = r->q.packet.n <= JOB_QUERY_MAX ? job_ring_next(ring) : NULL;
	if (!j) {
		guard_count(t->reader, COUNT_OVERFLOW);
		return NULL;
	}
	j->tcp = t->tcp;
	j->refresh = ask->refresh;
	j->rounds = 0;
	j->ask = *ask;
	j->n = (uint16_t)r->q.packet.n;
	memcpy(j->query, r->q.packet.p, r->q.packet.n);
	guard_count(t->reader, ask->refresh ? COUNT_PREFETCH : COUNT_MISS);
	return j;
}

static void send_job(struct worker *w, unsigned i, const struct request_ask *ask)
{
	struct job *j = new_job(&w->jobs, &w->answerer, &w->request[i], ask);
	if (!j)
		return;
	j->worker = w->index;
	net_batch_client(w->batch, i, &j->client);
	net_batch_local(w->batch, i, &j->local);
	job_ring_push(&w->jobs);
}

static void answer_batch(struct worker *w)
{
	struct net_batch *b = w->batch;
	struct answerer *t = &w->answerer;
	struct request_ask ask;
	bool jobs = false;
	for (unsigned i = 0; i < b->n; i++) {
		size_t n, client_len;
		const uint8_t *msg = net_batch_query(b, i, &n);
		const uint8_t *client = net_batch_client_bytes(b, i, &client_len);
		guard_count(t->reader, COUNT_UDP);
		request_open(t, &w->request[i], client, client_len, msg, n);
	}
	for (unsigned i = 0; i < b->n; i++)
		request_probe(t, &w->request[i]);
	for (unsigned i = 0; i < b->n; i++) {
		b->out_len[i] = (uint16_t)request_close(t, &w->request[i], NULL, net_batch_answer(b, i),
			NET_ANSWER_MAX - ANSWER_SLACK, &ask);
		if (unlikely(ask.needed || ask.refresh)) {
			send_job(w, i, &ask);
			jobs = true;
		}
	}
	if (jobs)
		job_ring_wake(&w->jobs);
}

static void *run(void *arg)
{
	struct worker *w = arg;
	if (w->g->config->sandbox && privileges_confine_worker())
		log_warning("this kernel has no seccomp: a worker runs unconfined");
	for (;;) {
		int n = net_batch_receive(w->batch, true);
		if (n == -ECANCELED)
			return NULL;
		if (n <= 0)
			continue;
		/* The view is held until the answers have left: see guard.h. */
		request_begin(&w->answerer);
		answer_batch(w);
		net_batch_send(w->batch);
		request_end(&w->answerer);
	}
}

int worker_new(struct guard *g, unsigned reader, const struct net_address *listen, struct worker **ret,
	struct err_note *note)
{
	struct worker *w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	w->g = g;
	w->index = reader;
	w->udp.fd = -1;
	int err = net_udp_open(listen, 0, &w->udp, note);
	if (!err)
		err = net_batch_new(&w->udp, &w->batch);
	if (!err)
		err = job_ring_init(&w->jobs);
	if (!err)
		err = answerer_init(&w->answerer, g, reader, false);
	if (!err && !(w->request = aligned_alloc(64, (NET_BATCH * sizeof *w->request + 63) & ~(size_t)63)))
		err = -ENOMEM;
	if (err) {
		worker_free(w);
		return err;
	}
	*ret = w;
	return 0;
}

int worker_start(struct worker *w)
{
	int err = pthread_create(&w->thread, NULL, run, w);
	w->started = !err;
	return -err;
}

void worker_stop(struct worker *w)
{
	if (!w->started)
		return;
	net_udp_stop(&w->udp);
	pthread_join(w->thread, NULL);
	w->started = false;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	worker_stop(w);
	if (w->udp.fd >= 0)
		net_udp_close(&w->udp);
	net_batch_free(w->batch);
	answerer_done(&w->answerer);
	job_ring_done(&w->jobs);
	free(w->request);
	free(w);
}

struct job_ring *worker_jobs(struct worker *w)
{
	return &w->jobs;
}

const struct net_udp *worker_udp(const struct worker *w)
{
	return &w->udp;
}

struct tcp_front {
	struct answerer answerer;
	struct job_ring jobs;
	struct request request;
	uint8_t out[REQUEST_ANSWER_MAX + ANSWER_SLACK];
};

int tcp_front_new(struct guard *g, unsigned reader, struct tcp_front **ret)
{
	struct tcp_front *f = calloc(1, sizeof *f);
	if (!f)
		return -ENOMEM;
	int err = job_ring_init(&f->jobs);
	if (!err)
		err = answerer_init(&f->answerer, g, reader, true);
	if (err) {
		tcp_front_free(f);
		return err;
	}
	*ret = f;
	return 0;
}

void tcp_front_free(struct tcp_front *f)
{
	if (!f)
		return;
	answerer_done(&f->answerer);
	job_ring_done(&f->jobs);
	free(f);
}

struct job_ring *tcp_front_jobs(struct tcp_front *f)
{
	return &f->jobs;
}

void tcp_front_query(void *front, struct net_tcp_id id, const struct net_address *client,
	const struct net_address *local, const uint8_t *msg, size_t n)
{
	struct tcp_front *f = front;
	struct answerer *t = &f->answerer;
	struct request_ask ask;
	request_begin(t);
	guard_count(t->reader, COUNT_TCP);
	request_open(t, &f->request, client->b, client->len, msg, n);
	request_probe(t, &f->request);
	size_t out = request_close(t, &f->request, NULL, f->out, REQUEST_ANSWER_MAX, &ask);
	struct job *j = ask.needed || ask.refresh ? new_job(&f->jobs, t, &f->request, &ask) : NULL;
	if (j) {
		j->id = id;
		j->client = *client;
		j->local = *local;
		job_ring_push(&f->jobs);
		job_ring_wake(&f->jobs);
	}
	if (out || !j)
		net_tcp_reply(t->g->tcp, id, f->out, out);
	request_end(t);
}
