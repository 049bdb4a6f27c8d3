/* SPDX-License-Identifier: Apache-2.0 */
#include "net/udp.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct pair {
	struct net_udp u;
	struct net_batch *b;
	int client; /* connected: takes answers only from the address it asked */
};

/* listen: where the server is bound; ask: the address the client uses. */
static struct pair open_pair(const char *listen_text, const char *ask)
{
	struct pair p;
	struct net_address a;
	struct err_note note = { "" };
	struct sockaddr_storage ss;
	assert_int_equal(net_address_parse(listen_text, 0, &a), 0);
	if (net_udp_open(&a, 0, &p.u, &note))
		fail_msg("%s", note.text);
	assert_int_not_equal(p.u.local.port, 0);
	assert_int_equal(net_batch_new(&p.u, &p.b), 0);
	assert_int_equal(net_address_parse(ask, p.u.local.port, &a), 0);
	socklen_t n = net_address_to_sockaddr(&a, &ss);
	p.client = socket(a.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct timeval limit = { 2, 0 };
	assert_int_equal(setsockopt(p.client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
	assert_int_equal(connect(p.client, (struct sockaddr *)&ss, n), 0);
	return p;
}

static void close_pair(struct pair *p)
{
	net_batch_free(p->b);
	net_udp_close(&p->u);
	close(p->client);
}

static void ask(struct pair *p, const void *msg, size_t n)
{
	assert_int_equal(send(p->client, msg, n, 0), n);
}

static void expect(struct pair *p, const char *wanted)
{
	char buf[2048];
	ssize_t n = recv(p->client, buf, sizeof buf, 0);
	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(buf, wanted, strlen(wanted));
}

static void answer_slot(struct net_batch *b, unsigned i, const char *text)
{
	memcpy(net_batch_answer(b, i), text, strlen(text));
	b->out_len[i] = (uint16_t)strlen(text);
}

static void check_query(const struct net_batch *b, unsigned i, const char *wanted)
{
	size_t n;
	const uint8_t *q = net_batch_query(b, i, &n);
	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(q, wanted, n);
}

static void batch_takes_and_answers_several(void **state)
{
	struct pair p = open_pair("127.0.0.1", "127.0.0.1");
	for (int round = 0; round < 3; round++) { /* later rounds use what the kernel wrote in earlier ones */
		ask(&p, "one", 3);
		ask(&p, "three", 5);
		ask(&p, "", 0);
		ask(&p, "4444", 4);
		assert_int_equal(net_batch_receive(p.b, true), 4);
		check_query(p.b, 0, "one");
		check_query(p.b, 1, "three");
		check_query(p.b, 2, "");
		check_query(p.b, 3, "4444");
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(p.b->out_len[i], 0);
		answer_slot(p.b, 0, "first");
		answer_slot(p.b, 3, "last");
		net_batch_send(p.b);
		expect(&p, "first");
		expect(&p, "last");
	}
	assert_int_equal(p.b->sent, 6);
	assert_int_equal(p.b->drops, 0);
	close_pair(&p);
}

static void client_and_local_are_told(void **state)
{
	struct pair p = open_pair("127.0.0.1", "127.0.0.1");
	struct net_address client, local;
	size_t n;
	ask(&p, "x", 1);
	assert_int_equal(net_batch_receive(p.b, true), 1);
	net_batch_client(p.b, 0, &client);
	net_batch_local(p.b, 0, &local);
	assert_int_equal(client.len, 4);
	assert_int_equal(client.b[0], 127);
	assert_int_equal(local.len, 0); /* no wildcard: the socket says it */
	assert_memory_equal(net_batch_client_bytes(p.b, 0, &n), client.b, 4);
	assert_int_equal(n, 4);
	assert_int_equal(net_udp_send(&p.u, &client, &local, (const uint8_t *)"late", 4), 0);
	expect(&p, "late");
	close_pair(&p);
}

/* From a wildcard socket the kernel would answer 127.0.0.9 from 127.0.0.1, and the client refuse it. */
static void wildcard_answers_from_the_address_asked(void **state)
{
	struct pair p = open_pair("0.0.0.0", "127.0.0.9");
	struct net_address client, local;
	for (int round = 0; round < 3; round++) {
		ask(&p, "a", 1);
		ask(&p, "b", 1);
		assert_int_equal(net_batch_receive(p.b, true), 2);
		net_batch_client(p.b, 1, &client);
		net_batch_local(p.b, 1, &local);
		assert_int_equal(local.len, 4);
		assert_int_equal(local.b[3], 9);
		answer_slot(p.b, 0, "now");
		net_batch_send(p.b);
		expect(&p, "now");
		assert_int_equal(net_udp_send(&p.u, &client, &local, (const uint8_t *)"late", 4), 0);
		expect(&p, "late");
		/* As after datagrams without control data: the next ones need their room again. */
		p.b->rx[0].msg_hdr.msg_controllen = p.b->rx[1].msg_hdr.msg_controllen = 0;
	}
	close_pair(&p);
}

static void ipv6_wildcard_answers_too(void **state)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in6 one = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	bool has = fd >= 0 && bind(fd, (struct sockaddr *)&one, sizeof one) == 0;
	if (fd >= 0)
		close(fd);
	if (!has)
		skip();
	struct pair p = open_pair("::", "::1");
	struct net_address client, local;
	for (int round = 0; round < 2; round++) {
		ask(&p, "six", 3);
		assert_int_equal(net_batch_receive(p.b, true), 1);
		net_batch_client(p.b, 0, &client);
		net_batch_local(p.b, 0, &local);
		assert_int_equal(client.len, 16);
		assert_true(net_is_loopback(local.b, local.len));
		answer_slot(p.b, 0, "sixth");
		net_batch_send(p.b);
		expect(&p, "sixth");
		assert_int_equal(net_udp_send(&p.u, &client, &local, (const uint8_t *)"late", 4), 0);
		expect(&p, "late");
	}
	close_pair(&p);
}

static void oversized_datagrams_are_left_out(void **state)
{
	static char big[3000];
	for (int wild = 0; wild < 2; wild++) {
		struct pair p = open_pair(wild ? "0.0.0.0" : "127.0.0.1", "127.0.0.1");
		ask(&p, big, sizeof big);
		ask(&p, "good", 4);
		ask(&p, big, NET_QUERY_MAX + 1);
		ask(&p, "fine", 4);
		ask(&p, big, sizeof big);
		assert_int_equal(net_batch_receive(p.b, true), 2);
		check_query(p.b, 0, "fine");
		check_query(p.b, 1, "good");
		answer_slot(p.b, 0, "F");
		answer_slot(p.b, 1, "G");
		net_batch_send(p.b);
		expect(&p, "F");
		expect(&p, "G");
		ask(&p, big, NET_QUERY_MAX);
		assert_int_equal(net_batch_receive(p.b, true), 1);
		close_pair(&p);
	}
}

static void full_batch_leaves_the_rest_for_the_next(void **state)
{
	struct pair p = open_pair("127.0.0.1", "127.0.0.1");
	for (unsigned i = 0; i < NET_BATCH + 5; i++)
		ask(&p, &i, sizeof i);
	assert_int_equal(net_batch_receive(p.b, true), NET_BATCH);
	for (unsigned i = 0; i < NET_BATCH; i++)
		answer_slot(p.b, i, "x");
	net_batch_send(p.b);
	for (unsigned i = 0; i < NET_BATCH; i++)
		expect(&p, "x");
	assert_int_equal(net_batch_receive(p.b, false), 5);
	assert_int_equal(net_batch_receive(p.b, false), -EAGAIN);
	net_batch_send(p.b); /* nothing received, nothing sent */
	assert_int_equal(p.b->sent, NET_BATCH);
	close_pair(&p);
}

static void refused_answers_are_counted_and_do_not_stop_others(void **state)
{
	struct pair p = open_pair("127.0.0.1", "127.0.0.1");
	ask(&p, "a", 1);
	ask(&p, "b", 1);
	assert_int_equal(net_batch_receive(p.b, true), 2);
	answer_slot(p.b, 0, "A");
	answer_slot(p.b, 1, "B");
	p.b->from.v4[0].sin_port = 0; /* EINVAL */
	net_batch_send(p.b);
	expect(&p, "B");
	assert_int_equal(p.b->drops, 1);
	assert_int_equal(p.b->sent, 1);
	close_pair(&p);
}

static void *wait_for_query(void *arg)
{
	struct net_batch *b = arg;
	return (void *)(intptr_t)net_batch_receive(b, true);
}

static void stop_wakes_the_worker(void **state)
{
	for (int wild = 0; wild < 2; wild++) {
		struct pair p = open_pair(wild ? "0.0.0.0" : "127.0.0.1", "127.0.0.1");
		pthread_t thread;
		void *result;
		assert_int_equal(pthread_create(&thread, NULL, wait_for_query, p.b), 0);
		usleep(20000);
		net_udp_stop(&p.u);
		pthread_join(thread, &result);
		assert_int_equal((intptr_t)result, -ECANCELED);
		assert_int_equal(net_batch_receive(p.b, true), -ECANCELED);
		close_pair(&p);
	}
}

static void two_sockets_share_an_address(void **state)
{
	struct net_address a;
	struct net_udp one, two;
	struct err_note note = { "" };
	assert_int_equal(net_address_parse("127.0.0.1@0", 0, &a), 0);
	assert_int_equal(net_udp_open(&a, 0, &one, NULL), 0);
	assert_int_equal(net_udp_open(&one.local, 65536, &two, NULL), 0);
	assert_true(net_address_equal(&one.local, &two.local));
	assert_int_equal(net_address_parse("192.0.2.1@53", 0, &a), 0);
	struct net_udp untouched = { .fd = -7 };
	assert_int_equal(net_udp_open(&a, 0, &untouched, &note), -EADDRNOTAVAIL);
	assert_int_equal(untouched.fd, -7);
	assert_non_null(strstr(note.text, "192.0.2.1@53"));
	net_udp_close(&one);
	net_udp_close(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batch_takes_and_answers_several),
		cmocka_unit_test(client_and_local_are_told),
		cmocka_unit_test(wildcard_answers_from_the_address_asked),
		cmocka_unit_test(ipv6_wildcard_answers_too),
		cmocka_unit_test(oversized_datagrams_are_left_out),
		cmocka_unit_test(full_batch_leaves_the_rest_for_the_next),
		cmocka_unit_test(refused_answers_are_counted_and_do_not_stop_others),
		cmocka_unit_test(stop_wakes_the_worker),
		cmocka_unit_test(two_sockets_share_an_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
