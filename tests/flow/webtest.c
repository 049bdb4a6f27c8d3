/* SPDX-License-Identifier: Apache-2.0 */
/* A small site for the flow tests of the web room. Prints "port N" and serves until SIGTERM.
 *
 *   webtest [listen=ADDRESS]... [cert=F key=F] [total=MS] [connections=N] [each=N] [proxy] [onion=URL] [threads=N] */
#include "web/server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static struct web *web;

static void page(struct web_request *r, const char *text, int status)
{
	struct html_out *o = web_out(r);
	html_literal(o, "<!doctype html><p>", 18);
	html_text(o, text);
	html_literal(o, "</p>", 4);
	web_page(r, status);
}

static void hello(struct web_request *r)
{
	page(r, arena_printf(web_arena(r), "hello %s %s", lang_info(web_lang(r))->code, web_path(r)), 200);
}

static void kind(struct web_request *r)
{
	const char *q = web_query(r, "q");
	page(r, arena_printf(web_arena(r), "kind %s query %s", web_param(r, "kind"), q ? q : "-"), 200);
}

static void form(struct web_request *r)
{
	const char *a = web_field(r, "a"), *b = web_field_at(r, "box", 1);
	page(r, arena_printf(web_arena(r), "a=[%s] box1=[%s] slot=%s", a ? a : "-", b ? b : "-", (const char *)web_slot(r)), 200);
}

static void nap(struct web_request *r)
{
	poll(NULL, 0, 1500);
	page(r, "rested", 200);
}

static void quiet(struct web_request *r)
{
	/* A handler that says nothing. */
}

static void big(struct web_request *r)
{
	static char page_of_x[1 << 20];
	web_send(r, 200, "text/plain", bytes_of(page_of_x, sizeof page_of_x));
}

static void style(struct web_request *r)
{
	static const char css[] = "p { color: #123 }\n";
	web_static(r, "text/css; charset=utf-8", bytes_of(css, sizeof css - 1));
}

static void go(struct web_request *r)
{
	const char *to = web_query(r, "to");
	web_redirect(r, to ? to : "~/hello");
}

static void call(struct web_request *r)
{
	struct bytes b = web_body(r);
	if (b.n == 0)
		web_problem(r, 400, "urn:hisn:empty", "Nothing was sent", "Send \"something\".", "\"field\":\"url\"");
	else
		web_send(r, 201, "application/json", b);
}

static void cookie(struct web_request *r)
{
	const char *have = web_cookie(r, "c");
	web_cookie_set(r, "c", "value", 0);
	web_cookie_set(r, "old", "", -1);
	page(r, have ? have : "none", 200);
}

static void who(struct web_request *r)
{
	const char *agent = web_header(r, "User-Agent"), *by = web_header(r, "X-Forwarded-For"), *ok = web_header(r, "X-Ok");
	page(r, arena_printf(web_arena(r), "agent=%s by=%s ok=%s secure=%d", agent ? agent : "-", by ? by : "-",
		ok ? ok : "-", web_secure(r)), 200);
}

static void counters(struct web_request *r)
{
	struct web_counters c;
	web_counters(web, &c);
	char *s = arena_printf(web_arena(r), "{\"requests\":%lu,\"2\":%lu,\"3\":%lu,\"4\":%lu,\"5\":%lu,\"cut\":%lu,\"delayed\":%lu,\"open\":%u}",
		c.requests, c.answered_2xx, c.answered_3xx, c.answered_4xx, c.answered_5xx, c.cut_slow, c.delayed, c.open);
	web_send(r, 200, "application/json", bytes_str(s ? s : ""));
}

static void status_page(struct web_request *r, int status)
{
	page(r, arena_printf(web_arena(r), "status %d in %s", status, lang_info(web_lang(r))->code), status);
}

static void before(struct web_request *r)
{
	web_slot_set(r, (void *)(uintptr_t)"found");
	if (web_query(r, "stop"))
		page(r, "before answered", 403);
}

static const struct web_route routes[] = {
	{ "GET", "/", hello, WEB_LANG },
	{ "GET", "/hello", hello, WEB_LANG },
	{ "GET", "/kind/:kind", kind, WEB_LANG },
	{ "GET", "/kind/fixed", hello, WEB_LANG },
	{ "GET", "/form", hello, WEB_LANG },
	{ "POST", "/form", form, WEB_LANG },
	{ "POST", "/slow", form, WEB_LANG | WEB_SLOW },
	{ "GET", "/tiny", hello },
	{ "GET", "/nap", nap },
	{ "GET", "/quiet", quiet },
	{ "GET", "/big", big },
	{ "GET", "/style.css", style },
	{ "GET", "/go", go, WEB_LANG },
	{ "GET", "/cookie", cookie },
	{ "GET", "/who", who },
	{ "GET", "/counters", counters },
	{ "POST", "/api/call", call, WEB_JSON, 1000 },
};

int main(int argc, char **argv)
{
	struct web_config c = { .fallback = LANG_FR, .routes = routes, .route_n = ARRAY_LEN(routes), .before = before,
		.status_page = status_page };
	unsigned n = 0;
	for (int i = 1; i < argc; i++) {
		char *eq = strchr(argv[i], '='), *v = eq ? eq + 1 : argv[i];
		size_t k = eq ? (size_t)(eq - argv[i]) : strlen(argv[i]);
#define IS(name) (k == strlen(name) && memcmp(argv[i], name, k) == 0)
		if (IS("listen") && n < ARRAY_LEN(c.listen))
			c.listen[n++] = v;
		else if (IS("cert"))
			c.cert = v;
		else if (IS("key"))
			c.key = v;
		else if (IS("onion"))
			c.onion = v;
		else if (IS("proxy"))
			c.trust_forwarded = true;
		else
			*(IS("total") ? &c.total_ms : IS("connections") ? &c.connections : IS("each") ? &c.per_address : &c.threads) =
				(unsigned)strtoul(v, NULL, 10);
	}
	if (n == 0)
		c.listen[0] = "127.0.0.1@0";
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	struct err_note note = { "" };
	int err = web_start(&c, &web, &note), got;
	if (err) {
		fprintf(stderr, "webtest: %s\n", err_say(&note, err));
		return 1;
	}
	printf("port %u\n", web_port(web));
	fflush(stdout);
	sigwait(&set, &got);
	web_stop(web);
	return 0;
}
