/* SPDX-License-Identifier: Apache-2.0 */
/* The answer: what a handler says is kept here, and put together when the connection may speak again. */
#include "web/int.h"

#include "base/clock.h"

#include <sodium.h>
#include <strings.h>

static void answer(struct web_request *r, int status, const char *type, struct bytes body)
{
	/* Exactly one answer: the first holds. */
	if (r->answer.status)
		return;
	r->answer.status = status >= 200 && status <= 599 ? status : 500;
	r->answer.type = type;
	r->answer.body = body;
}

struct html_out *web_out(struct web_request *r)
{
	if (r->out_open)
		html_done(&r->out);
	html_init(&r->out, r->lang, &r->arena);
	r->out.base = arena_printf(&r->arena, "/%s", lang_info(r->lang)->code);
	r->out.failed |= !r->out.base;
	r->out_open = true;
	return &r->out;
}

void web_page(struct web_request *r, int status)
{
	if (!r->out_open || r->out.failed) {
		web_answer_plain(r, 500);
		return;
	}
	answer(r, status, "text/html; charset=utf-8", bytes_of(r->out.p, r->out.n));
}

void web_send(struct web_request *r, int status, const char *type, struct bytes body)
{
	char *copy = arena_text(&r->arena, (const char *)body.p, body.n);
	if (copy)
		answer(r, status, type, bytes_of(copy, body.n));
	else
		web_answer_plain(r, 500);
}

/* Bytes that an address may not have, or that a browser reads as something else ("\" as "/"). */
static const char *location(struct arena *a, const char *path)
{
	size_t n = strlen(path), out = 0;
	char *to = arena_alloc(a, 3 * n + 1);
	for (size_t i = 0; to && i < n; i++) {
		uint8_t c = (uint8_t)path[i];
		if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}", c))
			out += (size_t)snprintf(to + out, 4, "%%%02X", c);
		else
			to[out++] = (char)c;
	}
	return to;
}

void web_redirect(struct web_request *r, const char *path)
{
	const char *to = path[0] == '~' && path[1] == '/'
		? arena_printf(&r->arena, "/%s%s", lang_info(r->lang)->code, path + 1) : path;
	/* Only within this site: "//host" and "https:" would lead out. */
	if (!to || to[0] != '/' || to[1] == '/' || !(to = location(&r->arena, to))) {
		web_answer_plain(r, 500);
		return;
	}
	web_header_set(r, "Location", to);
	answer(r, 303, NULL, bytes_of("", 0));
}

void web_leave(struct web_request *r, const char *url)
{
	const char *to = strncmp(url, "https://", 8) == 0 ? location(&r->arena, url) : NULL;
	if (!to) {
		web_answer_plain(r, 500);
		return;
	}
	web_header_set(r, "Location", to);
	answer(r, 303, NULL, bytes_of("", 0));
}

void web_answer_plain(struct web_request *r, int status)
{
	const char *why = web_reason(status);
	r->answer.status = 0;
	if (status == 503)
		web_header_set(r, "Retry-After", "10");
	answer(r, status, "text/plain; charset=utf-8", bytes_str(why));
}

void web_answer_failure(struct web_request *r, int status)
{
	if (r->allow)
		web_header_set(r, "Allow", r->allow);
	r->negotiated = !r->has_lang;
	if (strncmp(r->path, "/api/", 5) == 0)
		web_problem(r, status, NULL, web_reason(status), NULL, NULL);
	else if (r->web->c.status_page)
		r->web->c.status_page(r, status);
	if (!r->answer.status)
		web_answer_plain(r, status);
}

void web_status(struct web_request *r, int status)
{
	web_answer_failure(r, status);
}

/* --- what never changes --- */

static void etag_make(struct bytes body, char ret[WEB_ETAG])
{
	uint8_t h[16];
	char text[sodium_base64_ENCODED_LEN(16, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
	(void)crypto_generichash(h, sizeof h, body.p, body.n, NULL, 0);
	sodium_bin2base64(text, sizeof text, h, sizeof h, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	snprintf(ret, WEB_ETAG, "\"%s\"", text);
}

static void etag_of(struct web *w, struct bytes body, char ret[WEB_ETAG])
{
	pthread_mutex_lock(&w->etag_lock);
	unsigned i = 0;
	while (i < w->etag_n && (w->etag[i].body.p != body.p || w->etag[i].body.n != body.n))
		i++;
	if (i < w->etag_n) {
		memcpy(ret, w->etag[i].text, WEB_ETAG);
	} else {
		etag_make(body, ret);
		if (i < WEB_ETAGS) {
			w->etag[i].body = body;
			memcpy(w->etag[i].text, ret, WEB_ETAG);
			w->etag_n++;
		}
	}
	pthread_mutex_unlock(&w->etag_lock);
}

void web_static(struct web_request *r, const char *type, struct bytes body)
{
	char etag[WEB_ETAG];
	etag_of(r->web, body, etag);
	const char *have = web_header(r, "If-None-Match");
	web_header_set(r, "ETag", etag);
	r->answer.immutable = true;
	if (have && strstr(have, etag))
		answer(r, 304, NULL, bytes_of("", 0));
	else
		answer(r, 200, type, body);
}

/* --- headers --- */

void web_header_set(struct web_request *r, const char *name, const char *value)
{
	struct web_answer *a = &r->answer;
	unsigned i = 0;
	while (i < a->header_n && strcasecmp(a->header[i].name, name) != 0)
		i++;
	struct web_pair p = { arena_text(&r->arena, name, strlen(name)), arena_text(&r->arena, value, strlen(value)) };
	if (i == ARRAY_LEN(a->header) || !p.name || !p.value || strpbrk(value, "\r\n"))
		return;
	a->header[i] = p;
	a->header_n += i == a->header_n;
}

void web_cookie_set(struct web_request *r, const char *name, const char *value, int age)
{
	const char *text = web_cookie_text(&r->arena, name, value, age, r->secure);
	if (text && r->answer.cookie_n < ARRAY_LEN(r->answer.cookie))
		r->answer.cookie[r->answer.cookie_n++] = (struct web_pair){ "Set-Cookie", text };
}

static bool is_set(const struct web_request *r, const char *name)
{
	for (unsigned i = 0; i < r->answer.header_n; i++)
		if (strcasecmp(r->answer.header[i].name, name) == 0)
			return true;
	return false;
}

static void add(struct MHD_Response *m, const struct web_request *r, const char *name, const char *value)
{
	if (value && !is_set(r, name))
		(void)MHD_add_response_header(m, name, value);
}

static void add_ours(struct MHD_Response *m, struct web_request *r)
{
	const struct web_config *c = &r->web->c;
	char date[32];
	web_date(clock_unix(), date);
	add(m, r, "Date", date);
	add(m, r, "Cache-Control", r->answer.immutable ? "public, max-age=31536000, immutable" : "no-store");
	for (size_t i = 0; i < web_fixed_header_n; i++)
		add(m, r, web_fixed_headers[i].name, web_fixed_headers[i].value);
	if (r->secure)
		add(m, r, "Strict-Transport-Security", "max-age=63072000; includeSubDomains");
	if (c->onion && r->raw_path[0] == '/')
		add(m, r, "Onion-Location", arena_printf(&r->arena, "%s%s", c->onion, r->raw_path));
	if (r->negotiated)
		add(m, r, "Vary", "Accept-Language");
	add(m, r, "Content-Type", r->answer.type);
}

struct MHD_Response *web_answer_build(struct web_request *r)
{
	struct web_answer *a = &r->answer;
	/* Borrowed: the request, and with it the page, outlives the response. */
	struct MHD_Response *m = MHD_create_response_from_buffer(a->body.n, (void *)(uintptr_t)a->body.p, MHD_RESPMEM_PERSISTENT);
	if (!m)
		return NULL;
	for (unsigned i = 0; i < a->header_n; i++)
		(void)MHD_add_response_header(m, a->header[i].name, a->header[i].value);
	for (unsigned i = 0; i < a->cookie_n; i++)
		(void)MHD_add_response_header(m, a->cookie[i].name, a->cookie[i].value);
	add_ours(m, r);
	return m;
}
