/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the headers: copied once, checked, and turned into a route or a failure. libmicrohttpd
 * reads the lines; what it is lenient about and a proxy may read otherwise is refused here. */
#include "web/int.h"

#include <errno.h>
#include <strings.h>

struct reading {
	struct web_request *r;
	size_t bytes;
	unsigned host, length, coding, type;
	int failure;
};

static bool is_name(const char *s)
{
	for (const char *c = s; *c; c++)
		if ((uint8_t)*c <= 0x20 || (uint8_t)*c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", *c))
			return false;
	return *s;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n,
	const char *value, size_t value_n)
{
	struct reading *g = cls;
	struct web_request *r = g->r;
	value = value ? value : "";
	g->bytes += name_n + value_n + 4;
	if (r->header_n == WEB_HEADERS || g->bytes > WEB_HEADER_BYTES) {
		g->failure = 431;
		return MHD_NO;
	}
	/* A NUL within, or a name that is no token: two readers could see two things. */
	if (strlen(name) != name_n || strlen(value) != value_n || !is_name(name)) {
		g->failure = 400;
		return MHD_NO;
	}
	g->host += strcasecmp(name, "Host") == 0;
	g->length += strcasecmp(name, "Content-Length") == 0;
	g->coding += strcasecmp(name, "Transfer-Encoding") == 0;
	g->type += strcasecmp(name, "Content-Type") == 0;
	struct web_pair p = { arena_text(&r->arena, name, name_n), arena_text(&r->arena, value, value_n) };
	if (!p.name || !p.value) {
		g->failure = 500;
		return MHD_NO;
	}
	r->header[r->header_n++] = p;
	return MHD_YES;
}

const char *web_header_any(const struct web_request *r, const char *name)
{
	for (unsigned i = 0; i < r->header_n; i++)
		if (strcasecmp(r->header[i].name, name) == 0)
			return r->header[i].value;
	return NULL;
}

/* RFC 9112 section 6.1-6.3: one way only to say how long a body is. */
static int framing(struct web_request *r, const struct reading *g, const char *version)
{
	const char *coding = web_header_any(r, "Transfer-Encoding"), *length = web_header_any(r, "Content-Length");
	if (g->host > 1 || g->length > 1 || g->coding > 1 || g->type > 1 || (coding && length))
		return 400;
	if (coding && (strcasecmp(coding, "chunked") != 0 || strcmp(version, "HTTP/1.1") != 0))
		return 400;
	if (length && (!*length || strspn(length, "0123456789") != strlen(length) || strlen(length) > 18))
		return 400;
	bool has_body = coding || (length && strtoull(length, NULL, 10) > 0);
	if (strcmp(r->method, "POST") == 0)
		return coding || length ? 0 : 411;
	return has_body ? 400 : 0;
}

static int status_of(int err)
{
	switch (err) {
	case 0: return 0;
	case -ENOMEM: return 500;
	case ERR_NAME: return 404;
	case ERR_LIMIT: return 414;
	default: return 400;
	}
}

static int find(struct web_request *r)
{
	const struct web_config *c = &r->web->c;
	const char *rest;
	int err;
	r->has_lang = web_path_lang(r->path, &r->lang, &rest);
	if (r->has_lang)
		r->path = rest;
	err = web_route_find(&r->arena, c->route_n ? c->routes : NULL, c->route_n, r->method, r->path, r->has_lang, &r->match);
	if (!err && !r->has_lang && !r->match.allow)
		/* Below a language only: the handler is left out for a redirect. */
		err = web_route_find(&r->arena, c->routes, c->route_n, r->method, r->path, true, &r->match);
	if (err)
		return 500;
	if (!r->match.route && r->match.allow) {
		r->allow = r->match.allow;
		return 405;
	}
	return r->match.route ? 0 : 404;
}

static bool is_form_type(const char *type)
{
	const char *want = "application/x-www-form-urlencoded";
	size_t n = strlen(want);
	if (!type || strncasecmp(type, want, n) != 0)
		return false;
	type += n + strspn(type + n, " \t");
	if (!*type)
		return true;
	type += *type == ';';
	type += strspn(type, " \t");
	return strcasecmp(type, "charset=utf-8") == 0 || strcasecmp(type, "charset=\"utf-8\"") == 0;
}

static int body_rules(struct web_request *r)
{
	const struct web_route *route = r->match.route;
	const char *length = web_header_any(r, "Content-Length"), *coding = web_header_any(r, "Content-Encoding");
	uint64_t n = length ? strtoull(length, NULL, 10) : 0;
	r->body_max = route->body_max ? route->body_max : WEB_BODY;
	if (n > r->body_max)
		return 413;
	if (strcmp(r->method, "POST") != 0 || (route->flags & WEB_JSON))
		return coding ? 415 : 0;
	r->is_form = true;
	if (coding || (n > 0 || !length ? !is_form_type(web_header_any(r, "Content-Type")) : false))
		return 415;
	return 0;
}

/* Who is behind a proxy of ours, and whether TLS ended there. */
static void forwarded(struct web_request *r)
{
	r->secure = r->web->tls;
	r->peer = r->conn->peer;
	if (!r->web->c.trust_forwarded || !r->conn->peer.local)
		return;
	const char *by = web_header_any(r, "X-Forwarded-For"), *proto = web_header_any(r, "X-Forwarded-Proto");
	/* The last header counts, and in it the last address: our own proxy wrote that one. */
	for (unsigned i = 0; i < r->header_n; i++)
		if (strcasecmp(r->header[i].name, "X-Forwarded-For") == 0)
			by = r->header[i].value;
	if (by && !web_limit_forwarded(r->web->limit, by, &r->peer))
		r->peer = r->conn->peer;
	r->secure |= proto && strcasecmp(proto, "https") == 0;
}

static int query(struct web_request *r)
{
	size_t n = strlen(r->raw_query);
	char *text = arena_alloc(&r->arena, n + 1);
	if (!text)
		return 500;
	int err = web_form_parse(&r->arena, bytes_of(r->raw_query, n), text, &r->query);
	return err == ERR_LIMIT ? 400 : status_of(err);
}

static int cookies(struct web_request *r)
{
	const char *all = "";
	for (unsigned i = 0; i < r->header_n && all; i++)
		if (strcasecmp(r->header[i].name, "Cookie") == 0)
			all = arena_printf(&r->arena, "%s;%s", all, r->header[i].value);
	return all && !web_cookies_parse(&r->arena, all, &r->cookies) ? 0 : 500;
}

static const char *known_method(const char *m)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE" };
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(m, known[i]) == 0)
			return known[i];
	return "OTHER";
}

static int read_all(struct web_request *r, const char *version)
{
	struct reading g = { .r = r };
	(void)MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, on_header, &g);
	forwarded(r);
	r->broken = g.failure;
	if (g.failure)
		return g.failure;
	const char *accept = web_header_any(r, "Accept-Language");
	if (accept && strlen(accept) <= 1024)
		r->lang = lang_negotiate(accept, r->web->c.fallback);
	if (strlen(r->target) > WEB_TARGET)
		return 414;
	int failure = framing(r, &g, version);
	r->broken = failure == 400;
	if (!failure)
		failure = status_of(web_target_split(&r->arena, r->target, &r->raw_path, &r->raw_query));
	const char *path;
	if (!failure)
		failure = status_of(web_path_clean(&r->arena, r->raw_path, &path));
	if (failure)
		return failure;
	r->path = path;
	failure = find(r);
	if (!failure)
		failure = query(r);
	if (!failure)
		failure = cookies(r);
	return failure ? failure : body_rules(r);
}

void web_request_read(struct web_request *r, const char *method, const char *version)
{
	r->method = known_method(method);
	r->head = strcmp(r->method, "HEAD") == 0;
	r->lang = r->web->c.fallback;
	r->path = r->raw_path = r->raw_query = "";
	r->failure = read_all(r, version);
}
