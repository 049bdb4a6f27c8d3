/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the files of the server share. Private to this room.
 *
 *   MHD thread: request line -> headers -> body        arrive.c    (the connection is read)
 *     hands the whole request to a worker              work.c      (the connection is suspended)
 *   worker: before, handler, page                      work.c, answer.c
 *     resumes the connection
 *   MHD thread: puts the answer out                    arrive.c
 *   sweeper: cuts what is late, releases what is held  slow.c
 *
 * A request belongs to one thread at a time; the queue hands it over. A connection's state is under
 * web->lock, since the sweeper looks at all of them. */

#include "web/cookie.h"
#include "web/form.h"
#include "web/limit.h"
#include "web/route.h"
#include "web/server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <time.h>
#include <stdatomic.h>

enum {
	WEB_LISTEN = 8,
	WEB_HEADER_BYTES = 16 * 1024,
	WEB_HEADERS = 64,
	WEB_HEADER_VALUE = 4096,  /* what web_header gives */
	WEB_TARGET = 8 * 1024,    /* of the request line */
	WEB_BODY = 64 * 1024,
	WEB_DISCARD = 1 << 20,    /* of a refused body, read so that the client sees our answer */
	WEB_ARENA = 16 << 20,
	WEB_LONG = 64 * 1024,     /* answers longer than this share WEB_HELD bytes, then are refused for a while */
	WEB_HELD = 256 << 20,
	WEB_QUEUE = 1024,         /* whole requests that wait for a worker; at most half as many as connections */
	WEB_TICK_MS = 100,        /* of the sweeper */
	WEB_LOOK_MS = 1000,
	WEB_SEND = 128 * 1024,    /* of an answer, in the kernel */
	WEB_RATE = 4,             /* bytes a millisecond: a client that reads more slowly is cut */
	WEB_ETAGS = 64,
	WEB_ETAG = 40,
};

enum web_state {
	CONN_IDLE,      /* nothing of a request is known to have come */
	CONN_ARRIVING,  /* from the request line to the last byte of the body */
	CONN_HELD,      /* whole, answered late on purpose: due_ms */
	CONN_HANDLING,  /* with a worker, or in the queue */
	CONN_ANSWERING, /* the answer is leaving */
};

struct web_listener {
	struct web *web;
	struct MHD_Daemon *mhd;
	int fd;
	unsigned port;
	char *path; /* of a Unix socket, else NULL */
};

struct web_conn {
	struct web_conn *next, **link;
	struct web_peer peer;     /* a keyed hash, no address */
	struct web_listener *at;
	struct web_request *request;
	enum web_state state;
	int fd;
	bool cut, begun; /* begun: a first request line has come */
	int64_t deadline_ms, due_ms, look_ms; /* look: when to see whether the other end has left */
	uint64_t acked;  /* bytes that the client had at the last look, while it is answered */
};

struct web_etag {
	struct bytes body;
	char text[WEB_ETAG];
};

struct web {
	struct web_config c;
	struct web_listener at[WEB_LISTEN];
	unsigned at_n;
	bool tls;

	pthread_mutex_t lock; /* connections and limits */
	pthread_cond_t quiet; /* a connection has become idle or gone */
	struct web_conn *conns;
	struct web_limit *limit;
	atomic_bool stopping;

	pthread_mutex_t queue_lock;
	pthread_cond_t queue_more;
	struct web_request *first, **last;
	unsigned queued, queue_max;
	bool queue_ends;
	pthread_t worker[64];
	unsigned worker_n;

	pthread_mutex_t sweep_lock;
	pthread_cond_t sweep_more;
	pthread_t sweeper;
	bool sweeping, sweep_ends;

	pthread_mutex_t etag_lock;
	struct web_etag etag[WEB_ETAGS];
	unsigned etag_n;

	atomic_uint_fast64_t requests, answered[6], cut_slow, delayed;
	atomic_uint open;
	atomic_size_t held;       /* bytes of long answers that are leaving */
};

enum web_phase { PHASE_LINE, PHASE_BODY, PHASE_HANDED, PHASE_ANSWERED };

struct web_answer {
	int status; /* 0: none yet */
	const char *type;
	struct bytes body;
	struct web_pair header[24];
	unsigned header_n;
	struct web_pair cookie[8];
	unsigned cookie_n;
	bool immutable;
	size_t held; /* of web->held */
};

struct web_request {
	struct web_request *next; /* in the queue */
	struct web *web;
	struct web_conn *conn;
	struct MHD_Connection *mhd;
	struct arena arena;
	enum web_phase phase;
	int failure;              /* status to answer instead of calling the handler; 0: none */
	const char *allow;        /* with 405 */
	bool broken;              /* where the next request begins cannot be known: the connection ends */
	bool head, secure, negotiated, has_lang;

	char *target;             /* as it came, path and query */
	const char *method, *path, *raw_path, *raw_query;
	enum lang lang;
	struct web_match match;
	struct web_pair header[WEB_HEADERS];
	unsigned header_n;
	struct web_pairs query, cookies, form;
	char *form_text;          /* what form points into: wiped, unlike the arena */
	struct web_peer peer;     /* for WEB_SLOW: behind a proxy, what it says */

	uint8_t *body;
	size_t body_n, body_cap, body_max, discarded;
	bool is_form;

	void *slot;
	struct html_out out;
	bool out_open;
	struct web_answer answer;
};

/* --- arrive.c: MHD's side --- */
void *web_on_line(void *cls, const char *uri, struct MHD_Connection *m);
enum MHD_Result web_on_request(void *cls, struct MHD_Connection *m, const char *url, const char *method,
	const char *version, const char *data, size_t *n, void **request);
void web_on_completed(void *cls, struct MHD_Connection *m, void **request, enum MHD_RequestTerminationCode why);

/* --- error.c --- */
enum MHD_Result web_queue(struct MHD_Connection *m, int status, struct MHD_Response *answer);

/* --- header.c: from the headers to a route, or to r->failure --- */
void web_request_read(struct web_request *r, const char *method, const char *version);
/* A header as it came, also those that handlers do not see. */
const char *web_header_any(const struct web_request *r, const char *name);

/* --- connection.c --- */
enum MHD_Result web_on_accept(void *cls, const struct sockaddr *a, socklen_t n);
void web_on_connection(void *cls, struct MHD_Connection *m, void **context, enum MHD_ConnectionNotificationCode code);
/* False: the sweeper has cut it meanwhile. */
must_use bool web_conn_state(struct web_conn *c, enum web_state state, int64_t deadline_ms);

/* --- work.c --- */
must_use int web_work_start(struct web *w);
void web_work_stop(struct web *w);
/* The connection is suspended and the request queued. False: the queue is full; nothing was done. */
must_use bool web_work_give(struct web_request *r);
/* For one that is suspended already (the sweeper, when its time has come). */
must_use bool web_work_queue(struct web_request *r);

/* --- slow.c --- */
/* Bytes that the other end has acknowledged; 0: not known (Unix socket). */
uint64_t web_slow_acked(int fd);
must_use int web_slow_start(struct web *w);
struct timespec web_in(unsigned ms); /* that long from now, by the monotonic clock */
void web_slow_stop(struct web *w);
/* Under web->lock: says so where that is possible (status 0: says nothing), and closes. */
void web_conn_cut(struct web_conn *c, int status);

/* --- answer.c --- */
/* A plain answer for `status`, without a handler. */
void web_answer_plain(struct web_request *r, int status);
/* A page of the application, problem+json below /api/, or a plain one. */
void web_answer_failure(struct web_request *r, int status);
/* The answer as MHD wants it, with all headers. NULL: out of memory. */
struct MHD_Response *web_answer_build(struct web_request *r);

/* --- head.c --- */
/* A whole small answer with all headers, for a connection that is cut. Returns its length. */
size_t web_canned(const struct web *w, int status, char *buf, size_t size);
extern const struct web_pair web_fixed_headers[];
extern const size_t web_fixed_header_n;
void web_date(int64_t now, char ret[32]); /* IMF-fixdate, of the minute */
const char *web_reason(int status);
