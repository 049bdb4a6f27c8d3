/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/fetch.h"

#include "base/clock.h"
#include "fetch/transfer.h"

#include <errno.h>
#include <stdlib.h>

enum place { WAITING, RUNNING, FINISHED };

struct run {
	const struct fetch_options *o;
	struct transfer *t;
	enum place *place;
	int64_t *ready_ms; /* when a waiting one may begin */
	size_t n, running, finished;
	CURLM *multi;
	bool stop;
};

static void finished(struct run *r, size_t i)
{
	r->place[i] = FINISHED;
	r->finished++;
	if (r->t[i].result->err == -ECANCELED)
		r->stop = true;
	if (r->o->finished)
		r->o->finished(r->o->ctx, i, r->t[i].result);
}

static void begin(struct run *r, size_t i)
{
	if (transfer_begin(&r->t[i])) {
		finished(r, i);
	} else if (curl_multi_add_handle(r->multi, r->t[i].easy)) {
		(void)transfer_fail(&r->t[i], -ENOMEM);
		finished(r, i);
	} else {
		r->place[i] = RUNNING;
		r->running++;
	}
}

/* Begins what may begin; returns how long to sleep at most. */
static int begin_ready(struct run *r)
{
	unsigned parallel = r->o->parallel ? MIN(r->o->parallel, (unsigned)FETCH_PARALLEL_MAX)
					   : (unsigned)FETCH_PARALLEL_MAX;
	int64_t now = clock_mono_ms(), soon = 200;
	for (size_t i = 0; i < r->n && r->running < parallel; i++) {
		if (r->place[i] != WAITING)
			continue;
		if (r->ready_ms[i] <= now)
			begin(r, i);
		else
			soon = MIN(soon, r->ready_ms[i] - now);
	}
	return (int)soon;
}

static void end(struct run *r, CURL *easy, CURLcode code)
{
	struct transfer *t = NULL;
	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
	size_t i = t->index;
	curl_multi_remove_handle(r->multi, easy);
	r->running--;
	enum transfer_next next = transfer_finish(t, code);
	if (next == TRANSFER_DONE) {
		finished(r, i);
	} else {
		r->place[i] = WAITING;
		r->ready_ms[i] = next == TRANSFER_REDIRECT ? 0 : clock_mono_ms() + t->wait_ms;
	}
}

static int loop(struct run *r)
{
	while (r->finished < r->n && !r->stop) {
		int sleep_ms = begin_ready(r), left, running;
		if (curl_multi_perform(r->multi, &running))
			return -ENOMEM;
		for (CURLMsg *m; (m = curl_multi_info_read(r->multi, &left));)
			if (m->msg == CURLMSG_DONE)
				end(r, m->easy_handle, m->data.result);
		/* Waiting for a pause to end, somebody may still want to stop. */
		if (!r->running && r->finished < r->n && r->o->progress && r->o->progress(r->o->ctx, 0, 0, 0))
			r->stop = true;
		if (r->finished < r->n && !r->stop && curl_multi_poll(r->multi, NULL, 0, sleep_ms, NULL))
			return -ENOMEM;
	}
	return r->stop ? -ECANCELED : 0;
}

static void abandon(struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->place[i] == RUNNING)
			curl_multi_remove_handle(r->multi, r->t[i].easy);
		if (r->place[i] != FINISHED) {
			r->t[i].note.text[0] = 0;
			(void)transfer_fail(&r->t[i], -ECANCELED);
		}
	}
}

int fetch_run(const struct fetch_options *o, const struct fetch_item *items, size_t n, struct fetch_result *ret)
{
	struct run r = { .o = o, .n = n };
	int err = -ENOMEM;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return -ENOMEM;
	r.t = calloc(n + 1, sizeof *r.t);
	r.place = calloc(n + 1, sizeof *r.place);
	r.ready_ms = calloc(n + 1, sizeof *r.ready_ms);
	r.multi = curl_multi_init();
	if (!r.t || !r.place || !r.ready_ms || !r.multi)
		goto out;
	for (size_t i = 0; i < n; i++)
		transfer_init(&r.t[i], o, &items[i], i, &ret[i]);
	err = loop(&r);
	abandon(&r);
out:
	if (r.multi)
		curl_multi_cleanup(r.multi);
	free(r.ready_ms);
	free(r.place);
	free(r.t);
	curl_global_cleanup();
	return err;
}
