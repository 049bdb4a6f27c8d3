/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tcp.h"

#include "base/bytes.h"
#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { KEPT = 4096 };

/* A server and what its callback saw. Queries that start with 'n' are answered at once with
 * themselves, 'b' at once with 8 kB, others are kept for the test to answer. */
struct server {
	struct net_tcp *t;
	pthread_mutex_t lock;
	unsigned n;
	struct net_tcp_id id[KEPT];
	uint8_t first[KEPT];
	struct net_address client, local;
};

static void on_query(void *ctx, struct net_tcp_id id, const struct net_address *client,
	const struct net_address *local, const uint8_t *msg, size_t n)
{
	static const uint8_t big[8192];
	struct server *s = ctx;
	if (n && msg[0] == 'n')
		net_tcp_reply(s->t, id, msg, n);
	if (n && msg[0] == 'b')
		net_tcp_reply(s->t, id, big, sizeof big);
	pthread_mutex_lock(&s->lock);
	s->client = *client;
	s->local = *local;
	s->first[s->n] = n ? msg[0] : 0;
	s->id[s->n] = id;
	s->n += s->n < KEPT - 1;
	pthread_mutex_unlock(&s->lock);
}

static struct server *server_new(struct net_tcp_config c)
{
	struct server *s = calloc(1, sizeof *s);
	struct net_address a;
	struct err_note note = { "" };
	assert_non_null(s);
	assert_int_equal(net_address_parse("127.0.0.1@0", 0, &a), 0);
	pthread_mutex_init(&s->lock, NULL);
	c.listen = &a;
	c.nlisten = 1;
	c.query = on_query;
	c.ctx = s;
	if (net_tcp_new(&c, &s->t, &note))
		fail_msg("%s", note.text);
	assert_int_equal(net_tcp_start(s->t), 0);
	return s;
}

static void server_free(struct server *s)
{
	net_tcp_free(s->t);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static unsigned seen(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	unsigned n = s->n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* At most two seconds. */
static bool wait_seen(struct server *s, unsigned n)
{
	for (int i = 0; i < 400 && seen(s) < n; i++)
		usleep(5000);
	return seen(s) >= n;
}

static struct net_tcp_id id_of(struct server *s, unsigned i)
{
	pthread_mutex_lock(&s->lock);
	struct net_tcp_id id = s->id[i];
	pthread_mutex_unlock(&s->lock);
	return id;
}

static int dial(struct server *s)
{
	struct sockaddr_storage ss;
	socklen_t n = net_address_to_sockaddr(net_tcp_local(s->t, 0), &ss);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval limit = { 3, 0 };
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&ss, n), 0);
	return fd;
}

static void put(int fd, const char *text)
{
	uint8_t buf[1024];
	size_t n = strlen(text);
	be16_put(buf, (uint16_t)n);
	memcpy(buf + 2, text, n);
	assert_int_equal(send(fd, buf, n + 2, MSG_NOSIGNAL), n + 2);
}

/* Bytes of the next message, -1 at the end of the connection (or after three seconds). */
static int get(int fd, uint8_t *buf, size_t cap)
{
	uint8_t head[2];
	if (recv(fd, head, 2, MSG_WAITALL) != 2)
		return -1;
	size_t n = be16_get(head);
	assert_true(n <= cap);
	return recv(fd, buf, n, MSG_WAITALL) == (ssize_t)n ? (int)n : -1;
}

static void expect(int fd, const char *wanted)
{
	uint8_t buf[16384];
	int n = get(fd, buf, sizeof buf);
	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(buf, wanted, strlen(wanted));
}

/* True if the connection ended, between least and most milliseconds from now. */
static bool ends_within(int fd, int64_t least, int64_t most)
{
	uint8_t b[64];
	int64_t from = clock_mono_ms();
	ssize_t r;
	while ((r = recv(fd, b, sizeof b, 0)) > 0)
		;
	int64_t took = clock_mono_ms() - from;
	return (r == 0 || errno == ECONNRESET) && took >= least && took <= most;
}

/* At most two seconds: the server sees an end when its thread gets to run. */
static void wait_connections(struct server *s, unsigned n)
{
	struct net_tcp_stats stats;
	for (int i = 0; i < 400; i++) {
		net_tcp_stats(s->t, &stats);
		if (stats.connections == n)
			return;
		usleep(5000);
	}
	assert_int_equal(stats.connections, n);
}

static void reply(struct server *s, unsigned i, const char *text)
{
	net_tcp_reply(s->t, id_of(s, i), (const uint8_t *)text, strlen(text));
}

static void answers_pipelined_queries_at_once(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ 0 });
	int fd = dial(s);
	uint8_t all[400];
	size_t n = 0;
	for (int i = 0; i < 100; i++) {
		be16_put(all + n, 2);
		all[n + 2] = 'n';
		all[n + 3] = (uint8_t)i;
		n += 4;
	}
	assert_int_equal(send(fd, all, n, 0), n);
	for (int i = 0; i < 100; i++) {
		uint8_t b[8];
		assert_int_equal(get(fd, b, sizeof b), 2);
		assert_int_equal(b[1], i);
	}
	assert_int_equal(s->client.b[0], 127);
	assert_int_equal(s->local.port, net_tcp_local(s->t, 0)->port);
	struct net_tcp_stats stats;
	net_tcp_stats(s->t, &stats);
	assert_int_equal(stats.queries, 100);
	assert_int_equal(stats.answers, 100);
	assert_int_equal(stats.connections, 1);
	close(fd);
	server_free(s);
}

static void answers_in_any_order_from_another_thread(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ 0 });
	int fd = dial(s);
	put(fd, "a");
	put(fd, "c");
	put(fd, "d");
	assert_true(wait_seen(s, 3));
	reply(s, 2, "third");
	expect(fd, "third");
	reply(s, 0, "first");
	reply(s, 1, "second");
	expect(fd, "first");
	expect(fd, "second");
	close(fd);
	server_free(s);
}

static void takes_a_message_byte_by_byte(void **state)
{
	static const uint8_t bytes[] = { 0, 3, 'n', 'o', 'w', 0, 1, 'n', 0, 0, 0, 1, 'n' };
	struct server *s = server_new((struct net_tcp_config){ 0 });
	int fd = dial(s);
	for (size_t i = 0; i < sizeof bytes; i++) {
		assert_int_equal(send(fd, bytes + i, 1, 0), 1);
		usleep(1000);
	}
	expect(fd, "now");
	expect(fd, "n");
	expect(fd, "n");
	assert_int_equal(seen(s), 4); /* an empty message is the answerer's to refuse */
	close(fd);
	server_free(s);
}

static uint64_t dropped(struct server *s)
{
	struct net_tcp_stats stats;
	net_tcp_stats(s->t, &stats);
	return stats.dropped;
}

static void second_replies_are_ignored(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ 0 });
	int fd = dial(s);
	put(fd, "a");
	assert_true(wait_seen(s, 1));
	reply(s, 0, "once");
	reply(s, 0, "twice");
	expect(fd, "once");
	put(fd, "c"); /* in the place that has become free */
	assert_true(wait_seen(s, 2));
	reply(s, 0, "thrice");
	reply(s, 1, "mine");
	expect(fd, "mine");
	net_tcp_reply(s->t, (struct net_tcp_id){ UINT32_MAX, 0, 0 }, (const uint8_t *)"x", 1);
	put(fd, "n");
	expect(fd, "n");
	assert_int_equal(dropped(s), 3);
	close(fd);
	server_free(s);
}

static void late_replies_meet_nobody(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ 0 });
	int fd = dial(s);
	put(fd, "a");
	assert_true(wait_seen(s, 1));
	/* A reset: after an orderly end the client may still be reading. */
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger)), 0);
	close(fd);
	wait_connections(s, 0);
	int other = dial(s);
	put(other, "a");
	assert_true(wait_seen(s, 2));
	assert_int_equal(id_of(s, 0).slot, id_of(s, 1).slot); /* all but the generation is the same */
	assert_int_equal(id_of(s, 0).query, id_of(s, 1).query);
	reply(s, 0, "stray");
	reply(s, 1, "mine");
	expect(other, "mine");
	assert_int_equal(dropped(s), 1);
	close(other);
	server_free(s);
}

static void open_queries_are_bounded(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ 0 });
	int fd = dial(s);
	for (int i = 0; i < NET_TCP_OPEN_MAX + 6; i++)
		put(fd, "q");
	assert_true(wait_seen(s, NET_TCP_OPEN_MAX));
	usleep(100000);
	assert_int_equal(seen(s), NET_TCP_OPEN_MAX);
	reply(s, 40, "forty");
	expect(fd, "forty");
	assert_true(wait_seen(s, NET_TCP_OPEN_MAX + 1));
	net_tcp_reply(s->t, id_of(s, 7), NULL, 0); /* no answer, yet a free place */
	assert_true(wait_seen(s, NET_TCP_OPEN_MAX + 2));
	usleep(50000);
	assert_int_equal(seen(s), NET_TCP_OPEN_MAX + 2);
	close(fd);
	server_free(s);
}

static void reading_stops_while_answers_wait(void **state)
{
	enum { ASKED = 3000 };
	static uint8_t all[ASKED * 3], buf[8192];
	struct server *s = server_new((struct net_tcp_config){ 0 });
	int fd = dial(s);
	for (int i = 0; i < ASKED; i++)
		memcpy(all + 3 * i, "\0\1b", 3);
	assert_int_equal(send(fd, all, sizeof all, 0), sizeof all);
	unsigned before, now = 0;
	int rounds = 0;
	do { /* until the kernel's buffers and ours are full */
		before = now;
		usleep(200000);
		now = seen(s);
	} while ((now == 0 || now != before) && ++rounds < 20);
	assert_int_equal(now, before);
	assert_in_range(before, 1, ASKED - 1);
	for (int i = 0; i < ASKED; i++)
		assert_int_equal(get(fd, buf, sizeof buf), 8192);
	assert_int_equal(seen(s), ASKED);
	close(fd);
	server_free(s);
}

static void answers_past_the_limit_end_the_connection(void **state)
{
	static uint8_t big[65535];
	struct server *s = server_new((struct net_tcp_config){ 0 });
	int fd = dial(s);
	struct net_tcp_stats stats;
	for (int i = 0; i < NET_TCP_OPEN_MAX; i++)
		put(fd, "q");
	assert_true(wait_seen(s, NET_TCP_OPEN_MAX));
	for (unsigned i = 0; i < NET_TCP_OPEN_MAX; i++)
		net_tcp_reply(s->t, id_of(s, i), big, sizeof big);
	for (int i = 0; i < 400; i++) {
		net_tcp_stats(s->t, &stats);
		if (stats.overruns)
			break;
		usleep(5000);
	}
	assert_int_equal(stats.overruns, 1);
	assert_int_equal(stats.connections, 0);
	close(fd);
	server_free(s);
}

static void half_closed_client_still_gets_its_answer(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ 0 });
	int fd = dial(s);
	put(fd, "a");
	put(fd, "c");
	put(fd, "n");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	expect(fd, "n");
	assert_true(wait_seen(s, 3));
	reply(s, 1, "late");
	expect(fd, "late");
	usleep(20000);
	reply(s, 0, "later");
	expect(fd, "later");
	assert_true(ends_within(fd, 0, 1000));
	close(fd);
	server_free(s);
}

static void too_long_a_query_ends_the_connection(void **state)
{
	static uint8_t most[2 + NET_TCP_QUERY_MAX] = { NET_TCP_QUERY_MAX >> 8, NET_TCP_QUERY_MAX & 255, 'n' };
	static uint8_t back[NET_TCP_QUERY_MAX];
	struct server *s = server_new((struct net_tcp_config){ 0 });
	int fd = dial(s);
	assert_int_equal(send(fd, most, sizeof most, 0), sizeof most);
	assert_int_equal(get(fd, back, sizeof back), NET_TCP_QUERY_MAX);
	assert_int_equal(send(fd, "\x10\x01", 2, 0), 2);
	assert_true(ends_within(fd, 0, 1000));
	close(fd);
	server_free(s);
}

static void idle_connections_end(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ .idle_ms = 800 });
	int fd = dial(s), busy = dial(s);
	put(busy, "a"); /* an open query is no idleness */
	for (int i = 0; i < 3; i++) {
		usleep(150000);
		put(fd, "n");
		expect(fd, "n");
	}
	assert_true(ends_within(fd, 500, 2500));
	reply(s, 0, "still here");
	expect(busy, "still here");
	close(fd);
	close(busy);
	server_free(s);
}

static void slow_writers_are_cut_off(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ .receive_ms = 300 });
	int fd = dial(s);
	int64_t from = clock_mono_ms();
	assert_int_equal(send(fd, "\0\144", 2, 0), 2);
	int sent = 0;
	while (clock_mono_ms() - from < 2500 && send(fd, "x", 1, MSG_NOSIGNAL) == 1 && sent < 99) {
		sent++;
		usleep(50000); /* each byte is activity, yet the message takes too long */
	}
	assert_in_range(clock_mono_ms() - from, 250, 2400);
	assert_int_equal(seen(s), 0);
	close(fd);
	server_free(s);
}

static void total_limit_ends_busy_connections(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ .total_ms = 400 });
	int fd = dial(s);
	int64_t from = clock_mono_ms();
	uint8_t b[8];
	do {
		usleep(20000);
		if (send(fd, "\0\1n", 3, MSG_NOSIGNAL) != 3)
			break;
	} while (get(fd, b, sizeof b) == 1 && clock_mono_ms() - from < 3000);
	assert_in_range(clock_mono_ms() - from, 350, 2800);
	close(fd);
	server_free(s);
}

static void who_does_not_read_is_idle(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ .idle_ms = 300 });
	int fd = dial(s);
	struct net_tcp_stats stats = { 0 };
	for (int i = 0; i < 2000 && send(fd, "\0\1b", 3, MSG_NOSIGNAL | MSG_DONTWAIT) == 3; i++)
		;
	for (int i = 0; i < 400 && !stats.timeouts; i++) {
		usleep(5000);
		net_tcp_stats(s->t, &stats);
	}
	assert_int_equal(stats.timeouts, 1);
	close(fd);
	server_free(s);
}

static void a_client_has_its_share_of_connections(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ .per_client = 2 });
	int one = dial(s), two = dial(s);
	put(one, "n");
	put(two, "n");
	expect(one, "n");
	expect(two, "n");
	int three = dial(s);
	assert_true(ends_within(three, 0, 1000));
	close(one);
	wait_connections(s, 1);
	int four = dial(s);
	put(four, "n");
	expect(four, "n");
	close(two);
	close(three);
	close(four);
	server_free(s);
}

static void newcomers_take_the_place_of_the_longest_idle(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ .connections = 3 });
	int fd[3];
	assert_int_equal(net_tcp_keepalive(s->t), 100);
	for (int i = 0; i < 3; i++) {
		fd[i] = dial(s);
		put(fd[i], i == 0 ? "a" : "n"); /* the oldest is at work */
		if (i)
			expect(fd[i], "n");
		assert_true(wait_seen(s, (unsigned)i + 1));
		usleep(20000);
	}
	assert_int_equal(net_tcp_keepalive(s->t), 0);
	int more = dial(s);
	put(more, "n");
	expect(more, "n");
	assert_true(ends_within(fd[1], 0, 1000));
	put(fd[2], "n");
	expect(fd[2], "n");
	reply(s, 0, "kept");
	expect(fd[0], "kept");
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	close(more);
	server_free(s);
}

static void busy_address_is_told(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ 0 });
	struct net_tcp *other = NULL;
	struct err_note note = { "" };
	struct net_tcp_config c = { .listen = net_tcp_local(s->t, 0), .nlisten = 1, .query = on_query };
	assert_int_equal(net_tcp_new(&c, &other, &note), -EADDRINUSE);
	assert_null(other);
	assert_non_null(strstr(note.text, "TCP 127.0.0.1@"));
	server_free(s);
}

/* Many clients, several threads that reply, and a stop in the middle: for the thread sanitizer. */
struct storm {
	struct server *s;
	unsigned start;
	bool *end;
};

static void *replier(void *arg)
{
	struct storm *w = arg;
	for (unsigned i = w->start; !__atomic_load_n(w->end, __ATOMIC_ACQUIRE);) {
		if (i < seen(w->s)) {
			reply(w->s, i, "answer");
			i += 2;
		} else {
			usleep(200);
		}
	}
	return NULL;
}

static void threads_reply_while_clients_come_and_go(void **state)
{
	struct server *s = server_new((struct net_tcp_config){ .idle_ms = 2000 });
	bool end = false;
	struct storm half[2] = { { s, 0, &end }, { s, 1, &end } };
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, replier, &half[i]), 0);
	for (int round = 0; round < 20; round++) {
		int fd[8];
		for (int i = 0; i < 8; i++) {
			fd[i] = dial(s);
			for (int q = 0; q < 10; q++)
				put(fd[i], "q");
		}
		for (int i = 0; i < 8; i++) {
			for (int q = 0; q < (i % 2 ? 10 : 3); q++)
				expect(fd[i], "answer");
			close(fd[i]);
		}
	}
	net_tcp_stop(s->t);
	net_tcp_stop(s->t);
	__atomic_store_n(&end, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	struct net_tcp_stats stats;
	net_tcp_stats(s->t, &stats);
	assert_int_equal(stats.queries, s->n); /* who hangs up early may take some queries along */
	assert_in_range(s->n, 20 * (4 * 10 + 4 * 3), 20 * 80);
	assert_int_equal(stats.accepted, 160);
	server_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_pipelined_queries_at_once),
		cmocka_unit_test(answers_in_any_order_from_another_thread),
		cmocka_unit_test(takes_a_message_byte_by_byte),
		cmocka_unit_test(second_replies_are_ignored),
		cmocka_unit_test(late_replies_meet_nobody),
		cmocka_unit_test(open_queries_are_bounded),
		cmocka_unit_test(reading_stops_while_answers_wait),
		cmocka_unit_test(answers_past_the_limit_end_the_connection),
		cmocka_unit_test(half_closed_client_still_gets_its_answer),
		cmocka_unit_test(too_long_a_query_ends_the_connection),
		cmocka_unit_test(idle_connections_end),
		cmocka_unit_test(slow_writers_are_cut_off),
		cmocka_unit_test(total_limit_ends_busy_connections),
		cmocka_unit_test(who_does_not_read_is_idle),
		cmocka_unit_test(a_client_has_its_share_of_connections),
		cmocka_unit_test(newcomers_take_the_place_of_the_longest_idle),
		cmocka_unit_test(busy_address_is_told),
		cmocka_unit_test(threads_reply_while_clients_come_and_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
