/* SPDX-License-Identifier: Apache-2.0 */
/* The workers: a bounded queue of whole requests. */
#include "web/int.h"

#include "base/clock.h"

#include <unistd.h>

static bool push(struct web_request *r)
{
	struct web *w = r->web;
	pthread_mutex_lock(&w->queue_lock);
	bool room = w->queued < w->queue_max;
	if (room) {
		r->next = NULL;
		*w->last = r;
		w->last = &r->next;
		w->queued++;
		pthread_cond_signal(&w->queue_more);
	}
	pthread_mutex_unlock(&w->queue_lock);
	return room;
}

bool web_work_queue(struct web_request *r)
{
	return push(r);
}

/* How late a WEB_SLOW request is to be answered. */
static unsigned delay_of(struct web_request *r, int64_t now)
{
	if (r->failure || !(r->match.route->flags & WEB_SLOW))
		return 0;
	pthread_mutex_lock(&r->web->lock);
	unsigned ms = web_limit_delay(r->web->limit, r->peer, now);
	pthread_mutex_unlock(&r->web->lock);
	return ms;
}

bool web_work_give(struct web_request *r)
{
	struct web *w = r->web;
	struct web_conn *c = r->conn;
	int64_t now = clock_mono_ms();
	unsigned late = delay_of(r, now);
	pthread_mutex_lock(&w->lock);
	bool cut = c->cut;
	if (!cut) {
		c->due_ms = now + late;
		c->state = late ? CONN_HELD : CONN_HANDLING;
		/* Under the lock: neither the sweeper nor a worker may resume what is not yet suspended. */
		MHD_suspend_connection(r->mhd);
	}
	pthread_mutex_unlock(&w->lock);
	if (cut)
		return false;
	if (late) {
		atomic_fetch_add_explicit(&w->delayed, 1, memory_order_relaxed);
		return true;
	}
	if (!push(r)) {
		web_answer_plain(r, 503);
		MHD_resume_connection(r->mhd);
	}
	return true;
}

/* The form of a POST, once it is whole. 0 or a status. */
static int read_form(struct web_request *r)
{
	if (!r->is_form)
		return 0;
	char *text = malloc(r->body_n + 1);
	if (!text)
		return 500;
	int err = web_form_parse(&r->arena, bytes_of(r->body, r->body_n), text, &r->form);
	r->form_text = text;
	return err == 0 ? 0 : err == ERR_LIMIT ? 413 : err == ERR_MALFORMED ? 400 : 500;
}

static void redirect_to_language(struct web_request *r)
{
	const char *to = arena_printf(&r->arena, "/%s%s%s%s", lang_info(r->lang)->code, r->raw_path,
		*r->raw_query ? "?" : "", r->raw_query);
	r->negotiated = true;
	if (to)
		web_redirect(r, to);
}

static void handle(struct web_request *r)
{
	const struct web_config *c = &r->web->c;
	if (!r->failure && !(r->match.route->flags & WEB_LANG) == r->has_lang) {
		redirect_to_language(r);
		return;
	}
	if (!r->failure)
		r->failure = read_form(r);
	if (r->failure) {
		web_answer_failure(r, r->failure);
		return;
	}
	if (c->before)
		c->before(r);
	if (!r->answer.status)
		r->match.route->handle(r);
}

static void *worker(void *arg)
{
	struct web *w = arg;
	for (;;) {
		pthread_mutex_lock(&w->queue_lock);
		while (!w->first && !w->queue_ends)
			pthread_cond_wait(&w->queue_more, &w->queue_lock);
		struct web_request *r = w->first;
		if (r) {
			w->first = r->next;
			w->queued--;
			if (!w->first)
				w->last = &w->first;
		}
		pthread_mutex_unlock(&w->queue_lock);
		if (!r)
			return NULL;
		handle(r);
		if (!r->answer.status)
			web_answer_failure(r, 500);
		MHD_resume_connection(r->mhd);
	}
}

int web_work_start(struct web *w)
{
	w->last = &w->first;
	w->queue_max = MIN(w->c.connections / 2, (unsigned)WEB_QUEUE);
	while (w->worker_n < w->c.threads) {
		int err = pthread_create(&w->worker[w->worker_n], NULL, worker, w);
		if (err)
			return -err;
		w->worker_n++;
	}
	return 0;
}

void web_work_stop(struct web *w)
{
	pthread_mutex_lock(&w->queue_lock);
	w->queue_ends = true;
	pthread_cond_broadcast(&w->queue_more);
	pthread_mutex_unlock(&w->queue_lock);
	while (w->worker_n)
		pthread_join(w->worker[--w->worker_n], NULL);
}
