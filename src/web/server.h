/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The HTTP server (libmicrohttpd): routes, forms, languages, limits, headers. Bytes and pages, no
 * meaning. Handlers run on a pool of threads, one request at a time each, and may block shortly.
 *
 * Every answer carries: Content-Security-Policy (default-src 'none'; style-src and img-src 'self';
 * form-action 'self'; frame-ancestors 'none'; base-uri 'none'), X-Content-Type-Options,
 * Referrer-Policy: no-referrer, Cross-Origin-Opener-Policy and -Resource-Policy: same-origin,
 * Permissions-Policy (all off), Cache-Control: no-store (static files: public, immutable, by hash),
 * HSTS over TLS, Onion-Location when set, no Server, no Date finer than the minute.
 *
 * Limits: header 16 KiB, 64 headers, body 64 KiB (or the route's), 64 fields, a field 32 KiB; a
 * request must have arrived after `total_ms`, whatever it trickles; connections in all and per
 * address (an address is known to the accept policy and to `pressure` only, as a keyed hash that
 * changes at each start; it is in no structure a handler sees, and never logged).
 *
 * What a client does wrong is answered 400, 404, 405, 408, 411, 413, 414, 415, 431 with a page in its
 * language (or problem+json below /api/); what we do wrong 500 with an empty promise to look. What is
 * no HTTP, or late, is answered in plain text and the connection ends. When the queue of requests or
 * the memory for long answers is full: 503 with Retry-After. */

#include "seal/seal.h"
#include "web/html.h"

struct web;
struct web_request;
typedef void web_handler(struct web_request *r);

enum web_flags {
	WEB_LANG = 1,    /* below /fr/, /ar/, /en/; without a language: 303 to the negotiated one */
	WEB_JSON = 2,    /* body is not a form: read with web_body */
	WEB_SLOW = 4,    /* counted by address: under pressure answered late (up to 8 s), never refused */
};
struct web_route {
	const char *method;     /* "GET" (HEAD too), "POST" */
	const char *path;       /* "/report/:kind": one segment each */
	web_handler *handle;
	unsigned flags;
	size_t body_max;        /* 0: 64 KiB */
};

struct web_config {
	const char *listen[8];        /* "127.0.0.1@8080", "::1@8080", or "unix:/path" */
	const char *cert, *key;       /* PEM files: TLS here; NULL: behind nginx or HAProxy, or loopback */
	bool trust_forwarded;         /* behind a proxy on loopback: X-Forwarded-For's last, X-Forwarded-Proto */
	const char *onion;            /* "http://....onion": Onion-Location; NULL: none */
	unsigned threads;             /* 0: 2 a core, at least 4 */
	unsigned connections, per_address; /* 0: 2,000 and 64 (256 on a loopback address or an onion) */
	unsigned total_ms;            /* 0: 15,000 */
	enum lang fallback;
	const struct web_route *routes; size_t route_n;
	web_handler *before;          /* before each handler (sessions); may answer itself; NULL: none */
	/* Writes a page for a status; NULL: a plain one. */
	void (*status_page)(struct web_request *r, int status);
	void *ctx;                    /* web_ctx */
};
/* Everything that c points to (routes, texts, ctx) outlives the server. The soft limit of descriptors is
 * raised to what `connections` needs. ERR_CONFIG, errno values. */
must_use int web_start(const struct web_config *c, struct web **ret, struct err_note *note);
unsigned web_port(const struct web *w); /* of the first address, when it was @0 */
void web_stop(struct web *w); /* waits for the handlers, and 10 s for answers to leave; NULL is fine */

/* --- the request --- */
void *web_ctx(struct web_request *r);
struct arena *web_arena(struct web_request *r); /* lives until the answer has left */
enum lang web_lang(struct web_request *r);
const char *web_method(struct web_request *r);
const char *web_path(struct web_request *r);             /* without the language; "/report/address" */
const char *web_param(struct web_request *r, const char *name); /* ":kind"; never NULL for a route's own */
/* Form fields (application/x-www-form-urlencoded only; anything else is 415): valid UTF-8 without NUL
 * (else the request was answered 400), line ends as \n, outer blanks trimmed. NULL: absent. */
const char *web_field(struct web_request *r, const char *name);
/* The i-th value of a repeated field (check boxes). */
const char *web_field_at(struct web_request *r, const char *name, unsigned i);
/* The i-th field of all, in the order they came. False: there are no more. */
bool web_field_any(struct web_request *r, unsigned i, const char **ret_name, const char **ret_value);
const char *web_query(struct web_request *r, const char *name);
/* At most 4 KiB. What tells who somebody is (User-Agent, Referer, X-Forwarded-For and the like): NULL. */
const char *web_header(struct web_request *r, const char *name);
struct bytes web_body(struct web_request *r);
const char *web_cookie(struct web_request *r, const char *name);
bool web_secure(struct web_request *r);        /* over TLS, here or at the proxy */
void web_slot_set(struct web_request *r, void *p); /* for `before`: what it found, in the arena */
void *web_slot(struct web_request *r);

/* --- the answer: exactly one of these --- */
struct html_out *web_out(struct web_request *r); /* write the page, then web_page */
void web_page(struct web_request *r, int status);
void web_status(struct web_request *r, int status);     /* the status page, or a problem below /api/ */
void web_redirect(struct web_request *r, const char *path); /* 303 within this site; "~/x" in this language */
void web_leave(struct web_request *r, const char *url);     /* 303 to another: https:// only, from the configuration, never from a request */
void web_send(struct web_request *r, int status, const char *type, struct bytes body); /* copied */
void web_static(struct web_request *r, const char *type, struct bytes body); /* borrowed for ever; immutable */
/* RFC 9457. members: extra JSON ("\"field\":\"url\"") or NULL. */
void web_problem(struct web_request *r, int status, const char *type, const char *title, const char *detail, const char *members);
void web_header_set(struct web_request *r, const char *name, const char *value); /* before the answer */
/* HttpOnly; SameSite=Strict; Path=/; Secure and a __Host- name when secure. age 0: session; < 0: delete. */
void web_cookie_set(struct web_request *r, const char *name, const char *value, int age);

/* --- tokens (pure) --- */
enum { WEB_TOKEN = 44 }; /* base64url of 32 bytes, and NUL */
void web_token_random(char ret[WEB_TOKEN]);
/* CSRF: a token bound to a session's secret and a form's name, good for a day (two periods). */
void web_csrf(const uint8_t secret[32], const char *form, int64_t now, char ret[WEB_TOKEN]);
must_use bool web_csrf_good(const uint8_t secret[32], const char *form, int64_t now, const char *token);

/* Whether a POST comes from a page of this site, by what browsers write themselves and no page can forge:
 * Sec-Fetch-Site, or where that is absent Origin against Host. NULL: absent. Neither: true, since that is no
 * browser of after 2020, and only a browser can be led. "Origin: null" is refused: pages with such forms answer
 * Referrer-Policy: same-origin, for with no-referrer their own forms would say it too. */
must_use bool web_csrf_origin(const char *fetch_site, const char *origin, const char *host, bool secure);

/* What a load balancer or Prometheus may see: counters without addresses or paths. */
struct web_counters { uint64_t requests, answered_2xx, answered_3xx, answered_4xx, answered_5xx, cut_slow, delayed; unsigned open; };
void web_counters(const struct web *w, struct web_counters *ret);
