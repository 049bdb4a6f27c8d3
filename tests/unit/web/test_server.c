/* SPDX-License-Identifier: Apache-2.0 */
/* The server with its threads, asked over loopback from threads of our own: what TSan looks at. The flow
 * test b0210 looks at what it says. */
#include "web/server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* SLOW in all is a few more than LIMIT_BURST * LIMIT_SHARED: some are answered late. */
enum { CLIENTS = 8, ROUNDS = 40, SLOW = 21 };

static atomic_uint handled;

static void hello(struct web_request *r)
{
	atomic_fetch_add((atomic_uint *)web_ctx(r), 1);
	html_text(web_out(r), web_path(r));
	web_page(r, 200);
}

static void nap(struct web_request *r)
{
	poll(NULL, 0, 300);
	hello(r);
}

static void style(struct web_request *r)
{
	static const char css[] = "p{}";
	web_static(r, "text/css", bytes_of(css, 3));
}

static const struct web_route routes[] = {
	{ "GET", "/hello", hello },
	{ "GET", "/nap", nap },
	{ "GET", "/style", style },
	{ "POST", "/slow", hello, WEB_SLOW },
};

static struct web *start(unsigned total_ms)
{
	struct web_config c = { .listen = { "127.0.0.1@0" },
		.routes = routes,
		.route_n = ARRAY_LEN(routes),
		.ctx = &handled,
		.total_ms = total_ms,
		.threads = 4 };
	struct web *w;
	struct err_note note = { "" };
	assert_int_equal(web_start(&c, &w, &note), 0);
	assert_true(web_port(w) > 0);
	return w;
}

static int dial(const struct web *w)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)web_port(w)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct timeval t = { .tv_sec = 20 };
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

/* The status of one request on a connection of its own; 0: closed without an answer. */
static int ask(const struct web *w, const char *request)
{
	char buf[4096] = "";
	int fd = dial(w);
	assert_int_equal(
		send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
	ssize_t n = recv(fd, buf, sizeof buf - 1, 0);
	close(fd);
	return n > 12 ? (int)strtol(buf + 9, NULL, 10) : 0;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
#define POST(path, body_n, body)                                                                   \
	"POST " path " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n" \
	"Connection: close\r\nContent-Length: " body_n "\r\n\r\n" body

static void *client(void *arg)
{
	const struct web *w = arg;
	uintptr_t bad = 0;
	for (unsigned i = 0; i < ROUNDS; i++) {
		bad += ask(w, GET("/hello")) != 200;
		bad += ask(w, GET("/style")) != 200;
		bad += ask(w, GET("/nothing")) != 404;
		if (i < SLOW)
			bad += ask(w, POST("/slow", "3", "a=1")) != 200;
		bad += ask(w, "GET /hello HTTP/1.1\r\n\r\n") != 400;
		if (i % 4)
			continue;
		int fd = dial(w); /* one that leaves in the middle */
		bad += send(fd, POST("/slow", "9", "a"), 30, MSG_NOSIGNAL) != 30;
		close(fd);
	}
	return (void *)bad;
}

static void server_serves_many_threads(void **state)
{
	struct web *w = start(0);
	pthread_t t[CLIENTS];
	struct web_counters c;
	atomic_store(&handled, 0);
	for (unsigned i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, client, w), 0);
	for (unsigned i = 0; i < CLIENTS; i++) {
		void *bad;
		assert_int_equal(pthread_join(t[i], &bad), 0);
		assert_null(bad);
	}
	assert_int_equal(atomic_load(&handled), CLIENTS * (ROUNDS + SLOW));
	web_counters(w, &c);
	assert_true(c.requests >= CLIENTS * (3 * ROUNDS + SLOW));
	assert_int_equal(c.answered_2xx, CLIENTS * (2 * ROUNDS + SLOW));
	assert_true(c.delayed > 0);
	web_stop(w);
}

static void server_cuts_who_is_late(void **state)
{
	struct web *w = start(400);
	struct web_counters c;
	assert_int_equal(ask(w, "GET /hello HTTP/1.1\r\nHost: x\r\n"), 408);
	assert_int_equal(ask(w, POST("/slow", "9", "a")), 408);
	web_counters(w, &c);
	assert_int_equal(c.cut_slow, 2);
	web_stop(w);
}

static void *napper(void *arg)
{
	return (void *)(intptr_t)ask(arg, GET("/nap"));
}

/* So many requests, within a few seconds; and a moment more, in which the last is handed over. */
static bool has_come(const struct web *w, uint64_t n)
{
	struct web_counters c = { 0 };
	for (int i = 0; i < 500 && c.requests < n; i++) {
		poll(NULL, 0, 10);
		web_counters(w, &c);
	}
	poll(NULL, 0, 100);
	return c.requests >= n;
}

static void server_answers_before_it_stops(void **state)
{
	struct web *w = start(0);
	pthread_t t[CLIENTS];
	for (unsigned i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, napper, w), 0);
	assert_true(has_come(w, CLIENTS));
	web_stop(w);
	for (unsigned i = 0; i < CLIENTS; i++) {
		void *status;
		assert_int_equal(pthread_join(t[i], &status), 0);
		assert_int_equal((intptr_t)status, 200);
	}
}

struct nonsense { uint16_t port; atomic_bool over; };

/* What libmicrohttpd refuses by itself, until there is nobody to refuse it. */
static void *talks_nonsense(void *arg)
{
	struct nonsense *n = arg;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(n->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	while (!atomic_load(&n->over)) {
		static const char what[] = "GET /hello HTTP/1.1\r\n\r\n";
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fd, (struct sockaddr *)&a, sizeof a);
		for (int i = 0; i < 20; i++)
			(void)!send(fd, what, sizeof what - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
	}
	return NULL;
}

static void server_stops_while_nonsense_comes(void **state)
{
	for (int round = 0; round < 12; round++) {
		struct web *w = start(0);
		struct nonsense n = { .port = (uint16_t)web_port(w) };
		pthread_t t[CLIENTS];
		for (unsigned i = 0; i < CLIENTS; i++)
			assert_int_equal(pthread_create(&t[i], NULL, talks_nonsense, &n), 0);
		assert_true(has_come(w, 0)); /* a tenth of a second of it */
		web_stop(w);
		atomic_store(&n.over, true);
		for (unsigned i = 0; i < CLIENTS; i++)
			pthread_join(t[i], NULL);
	}
}

static void server_says_why_it_does_not_start(void **state)
{
	static const char *const bad[] = { "nowhere", "127.0.0.1@99999", "unix:relative" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct web_config c = { .listen = { bad[i] } };
		struct web *w;
		struct err_note note = { "" };
		assert_int_equal(web_start(&c, &w, &note), ERR_CONFIG);
		assert_non_null(strstr(note.text, bad[i]));
	}
	struct web_config none = { .threads = 1 };
	struct web *w;
	assert_int_equal(web_start(&none, &w, NULL), ERR_CONFIG);
	web_stop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server_serves_many_threads),
		cmocka_unit_test(server_cuts_who_is_late),
		cmocka_unit_test(server_answers_before_it_stops),
		cmocka_unit_test(server_stops_while_nonsense_comes),
		cmocka_unit_test(server_says_why_it_does_not_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
