/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd's side of a request: its line, its headers, its body, then the answer. A request is
 * handed over whole and its connection suspended meanwhile, so that a handler that waits for the key
 * process or the database holds up nobody else on this thread. */
#include "web/int.h"

#include "base/clock.h"

#include <sodium.h>

static struct web_conn *conn_of(struct MHD_Connection *m)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(m, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return i ? i->socket_context : NULL;
}

/* The request line, before libmicrohttpd decodes anything in it. */
void *web_on_line(void *cls, const char *uri, struct MHD_Connection *m)
{
	struct web_conn *c = conn_of(m);
	struct web *w = ((struct web_listener *)cls)->web;
	struct web_request *r = c ? calloc(1, sizeof *r) : NULL;
	if (!r)
		return NULL;
	arena_init(&r->arena, WEB_ARENA);
	r->web = w;
	r->conn = c;
	r->mhd = m;
	r->target = arena_text(&r->arena, uri, MIN(strlen(uri), (size_t)WEB_TARGET + 1));
	if (!r->target || !web_conn_state(c, CONN_ARRIVING, 0)) {
		arena_done(&r->arena);
		free(r);
		return NULL;
	}
	c->request = r;
	atomic_fetch_add_explicit(&w->requests, 1, memory_order_relaxed);
	return r;
}

static void wipe(void *p, size_t n)
{
	if (p)
		sodium_memzero(p, n);
	free(p);
}

static void request_free(struct web_request *r)
{
	atomic_fetch_sub(&r->web->held, r->answer.held);
	if (r->out_open)
		html_done(&r->out);
	wipe(r->body, r->body_cap);
	wipe(r->form_text, r->body_n + 1);
	arena_wipe(&r->arena);
	wipe(r, sizeof *r);
}

void web_on_completed(
	void *cls, struct MHD_Connection *m, void **request, enum MHD_RequestTerminationCode why)
{
	struct web_request *r = *request;
	*request = NULL;
	if (!r)
		return;
	struct web_conn *c = r->conn;
	c->request = NULL;
	/* Cut or not: libmicrohttpd finds out by itself. */
	(void)!web_conn_state(c, CONN_IDLE, clock_mono_ms() + r->web->c.total_ms);
	request_free(r);
}

/* Closes with a status where libmicrohttpd would let us say nothing any more. */
static enum MHD_Result cut(struct web_request *r, int status)
{
	pthread_mutex_lock(&r->web->lock);
	web_conn_cut(r->conn, status);
	pthread_mutex_unlock(&r->web->lock);
	return MHD_NO;
}

/* Long answers to many slow readers would fill the memory: past a limit, one is refused instead. */
static void hold(struct web_request *r)
{
	size_t n = r->answer.body.n;
	if (r->answer.immutable || n <= WEB_LONG)
		return;
	if (atomic_fetch_add(&r->web->held, n) + n <= WEB_HELD) {
		r->answer.held = n;
		return;
	}
	atomic_fetch_sub(&r->web->held, n);
	web_answer_plain(r, 503);
}

static enum MHD_Result put_answer(struct web_request *r)
{
	r->phase = PHASE_ANSWERED;
	hold(r);
	struct MHD_Response *m = web_answer_build(r);
	if (!m)
		return MHD_NO;
	enum MHD_Result ok = MHD_NO;
	if (web_conn_state(r->conn, CONN_ANSWERING, clock_mono_ms() + r->web->c.total_ms))
		ok = web_queue(r->mhd, r->answer.status, m);
	MHD_destroy_response(m);
	unsigned kind = MIN((unsigned)r->answer.status / 100, 5u);
	if (ok == MHD_YES)
		atomic_fetch_add_explicit(&r->web->answered[kind], 1, memory_order_relaxed);
	return ok;
}

static enum MHD_Result hand_over(struct web_request *r)
{
	if (atomic_load(&r->web->stopping)) {
		web_answer_plain(r, 503);
		return put_answer(r);
	}
	r->phase = PHASE_HANDED;
	if (web_work_give(r))
		return MHD_YES;
	web_answer_plain(r, 503);
	return put_answer(r);
}

/* Whether a refused request's body is read to its end, so that the client reads our answer instead of
 * a reset. One that waits for "100 Continue", or is very long, is answered at once. */
static bool worth_reading(const struct web_request *r)
{
	const char *length = web_header_any(r, "Content-Length");
	if (r->broken || web_header_any(r, "Expect"))
		return false;
	return length ? strtoull(length, NULL, 10) <= WEB_DISCARD
		      : web_header_any(r, "Transfer-Encoding") != NULL;
}

static enum MHD_Result take_body(struct web_request *r, const char *data, size_t *n)
{
	size_t more = *n;
	*n = 0;
	if (!r->failure && more > r->body_max - r->body_n)
		r->failure = 413;
	if (r->failure) {
		r->discarded += more;
		return r->discarded > WEB_DISCARD ? cut(r, r->failure) : MHD_YES;
	}
	if (more > r->body_cap - r->body_n) {
		size_t cap = MIN(MAX(2 * r->body_cap, r->body_n + more), r->body_max);
		uint8_t *p = malloc(cap + 1);
		if (!p)
			return cut(r, 500);
		if (r->body)
			memcpy(p, r->body, r->body_n);
		wipe(r->body, r->body_cap);
		r->body = p;
		r->body_cap = cap;
	}
	memcpy(r->body + r->body_n, data, more);
	r->body_n += more;
	return MHD_YES;
}

enum MHD_Result web_on_request(void *cls, struct MHD_Connection *m, const char *url,
	const char *method, const char *version, const char *data, size_t *n, void **request)
{
	struct web_request *r = *request;
	if (!r)
		return MHD_NO;
	switch (r->phase) {
	case PHASE_LINE:
		web_request_read(r, method, version);
		r->phase = PHASE_BODY;
		return r->failure && !worth_reading(r) ? hand_over(r) : MHD_YES;
	case PHASE_BODY:
		return *n ? take_body(r, data, n) : hand_over(r);
	case PHASE_HANDED:
		return put_answer(r);
	default:
		return MHD_NO;
	}
}
