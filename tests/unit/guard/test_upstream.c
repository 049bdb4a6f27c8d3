/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "guard/upstream_int.h"
#include "script_server.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUICK_MS = 40, SERVERS = 3 };

/* The stage of each test: a loop, servers, a forwarder, and what it told. */
struct stage {
	struct event_base *base;
	struct script server[SERVERS];
	struct upstream *up;
	bool inside_ask;
	unsigned told, good;
	int err;
	uint8_t answer[70000];
	size_t answer_len;
};

static struct stage st;
static unsigned counter; /* for scripts */

static void told(void *ctx, int err, struct bytes msg)
{
	assert_false(st.inside_ask);
	st.told++;
	st.err = err;
	st.good += err == 0;
	assert_true(err == 0 ? msg.n >= DNS_HEADER : msg.n == 0);
	memcpy(st.answer, msg.p ? msg.p : st.answer, msg.n);
	st.answer_len = msg.n;
}

static void open_stage(unsigned n, script_play *play, bool pooled)
{
	memset(&st, 0, sizeof st);
	counter = 0;
	st.base = event_base_new();
	assert_non_null(st.base);
	struct upstream_config c = { .nservers = n, .first_timeout_ms = QUICK_MS };
	for (unsigned i = 0; i < n; i++) {
		script_open(&st.server[i], st.base, play);
		c.server[i] = (struct upstream_server){ .address = { 127, 0, 0, 1 }, .len = 4,
			.port = st.server[i].port };
	}
	assert_int_equal(upstream_new(st.base, &c, &st.up), 0);
	for (unsigned i = 0; i < n; i++)
		st.up->loopback[i] = pooled;
}

static void close_stage(void)
{
	upstream_free(st.up);
	for (unsigned i = 0; i < SERVERS; i++)
		script_close(&st.server[i]);
	event_base_free(st.base);
}

static int ask(const char *name)
{
	struct dns_name n;
	assert_int_equal(dns_name_from_text(name, strlen(name), &n), 0);
	st.inside_ask = true;
	int err = upstream_ask(st.up, &n, DNS_A, true, false, told, NULL);
	st.inside_ask = false;
	return err;
}

/* Until so many were told, at most ms. */
static void run(unsigned want, unsigned ms)
{
	int64_t end = clock_mono_ms() + ms;
	while (st.told < want && clock_mono_ms() < end) {
		const struct timeval step = { .tv_usec = 2000 };
		event_base_loopexit(st.base, &step);
		event_base_loop(st.base, EVLOOP_ONCE);
	}
}

/* Let what is on its way arrive. */
static void run_ms(unsigned ms)
{
	run(UINT32_MAX, ms);
}

static struct upstream_stats stats(void)
{
	struct upstream_stats s;
	upstream_stats(st.up, &s);
	return s;
}

static void answer_is_given(bool pooled)
{
	open_stage(1, script_good, pooled);
	assert_int_equal(ask("www.example"), 0);
	assert_int_equal(st.told, 0);
	run(1, 1000);
	assert_int_equal(st.told, 1);
	assert_int_equal(st.err, 0);
	assert_int_equal(be16_get(st.answer + 2) & DNS_AD, 0);
	assert_int_equal(be16_get(st.answer + 6), 1);
	struct upstream_stats s = stats();
	assert_int_equal(s.asked, 1);
	assert_int_equal(s.answered, 1);
	assert_int_equal(s.retries + s.timeouts + s.mismatched + s.tcp, 0);
	assert_true(s.server[0].srtt_ms > 0);
	close_stage();
}

static void answer_from_pool(void **state)
{
	answer_is_given(true);
}

static void answer_from_own_socket(void **state)
{
	answer_is_given(false);
}

static void question_is_formed(void **state)
{
	open_stage(1, script_good, true);
	assert_int_equal(ask("www.example"), 0);
	run(1, 1000);
	const uint8_t *q = st.server[0].last;
	assert_int_equal(be16_get(q + 2), DNS_RD | DNS_AD);
	assert_int_equal(be16_get(q + 4), 1);
	static const uint8_t rest[] = { 3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1,
		0, 1, /* OPT: root, 41, 1232, no flags but DO */ 0, 0, 41, 1232 >> 8, 1232 & 255, 0, 0,
		0x80, 0, 0, 0 };
	assert_int_equal(st.server[0].last_len, DNS_HEADER + sizeof rest);
	assert_memory_equal(q + DNS_HEADER, rest, sizeof rest);
	close_stage();
}

static void cd_is_passed(void **state)
{
	struct dns_name root;
	open_stage(1, script_good, true);
	assert_int_equal(dns_name_from_text(".", 1, &root), 0);
	assert_int_equal(upstream_ask(st.up, &root, DNS_NS, false, true, told, NULL), 0);
	run(1, 1000);
	assert_int_equal(st.good, 1);
	assert_int_equal(be16_get(st.server[0].last + 2), DNS_RD | DNS_AD | DNS_CD);
	assert_int_equal(st.server[0].last[st.server[0].last_len - 4], 0); /* no DO */
	close_stage();
}

static void longest_name_fits(void **state)
{
	char name[256] = { 0 };
	for (int i = 0; i < 253; i++)
		name[i] = i % 4 == 3 ? '.' : 'x';
	open_stage(1, script_good, true);
	assert_int_equal(ask(name), 0);
	run(1, 1000);
	assert_int_equal(st.good, 1);
	close_stage();
}

static void ad_of_trusted_server_stays(void **state)
{
	open_stage(1, script_good, true);
	st.up->config.server[0].trusted = true;
	assert_int_equal(ask("www.example"), 0);
	run(1, 1000);
	assert_int_equal(be16_get(st.answer + 2) & DNS_AD, DNS_AD);
	close_stage();
}

/* Everything that must not be taken for the answer, then the answer. */
static void play_forgeries(struct asked *a)
{
	uint8_t m[600];
	size_t n = script_answer(a, m, sizeof m, 0, 0);
	m[1] ^= 1; /* the id */
	script_send(a, m, n);
	m[1] ^= 1;
	m[DNS_HEADER + 1] ^= 1; /* the name */
	script_send(a, m, n);
	m[DNS_HEADER + 1] ^= 1 ^ 0x20; /* its case */
	script_send(a, m, n);
	m[DNS_HEADER + 1] ^= 0x20;
	m[DNS_HEADER + 14] ^= 1; /* type */
	script_send(a, m, n);
	m[DNS_HEADER + 14] ^= 1;
	m[5] = 0; /* no question */
	script_send(a, m, n);
	m[5] = 1;
	m[2] ^= 0x80; /* a query */
	script_send(a, m, n);
	m[2] ^= 0x80;
	m[2] ^= 0x28; /* an update */
	script_send(a, m, n);
	m[2] ^= 0x28;
	script_send(a, m, DNS_HEADER + 8); /* cut in the question */
	script_send(a, m, DNS_HEADER);     /* and before it */
	script_send(a, m, 11);
	script_send(a, m, 0);
	static const uint8_t garbage[4] = { 0xff, 0, 0xff, 0 };
	script_send(a, garbage, sizeof garbage);
	script_send(a, m, n);
}

static void forgeries_are_ignored(bool pooled)
{
	open_stage(1, play_forgeries, pooled);
	assert_int_equal(ask("www.example"), 0);
	run(1, 1000);
	assert_int_equal(st.good, 1);
	assert_int_equal(be16_get(st.answer), st.server[0].id);
	assert_memory_equal(st.answer + DNS_HEADER, st.server[0].last + DNS_HEADER, 13 + 4);
	assert_int_equal(stats().mismatched, 12);
	assert_int_equal(stats().timeouts, 0);
	close_stage();
}

static void forgeries_on_pool(void **state)
{
	forgeries_are_ignored(true);
}

static void forgeries_on_own_socket(void **state)
{
	forgeries_are_ignored(false);
}

static void play_flood(struct asked *a)
{
	uint8_t m[512];
	size_t n = script_answer(a, m, sizeof m, 0, 0);
	for (unsigned i = 1; i <= 120; i++) { /* what a socket's buffer surely holds */
		be16_put(m, (uint16_t)(be16_get(a->p) + i));
		script_send(a, m, n);
	}
	be16_put(m, be16_get(a->p));
	script_send(a, m, n);
}

static void flood_is_survived(bool pooled)
{
	open_stage(1, play_flood, pooled);
	for (unsigned i = 1; i <= 20; i++) {
		assert_int_equal(ask("www.example"), 0);
		run(i, 1000);
		assert_int_equal(st.good, i);
	}
	assert_int_equal(stats().mismatched, 20 * 120);
	close_stage();
}

static void flood_on_pool(void **state)
{
	flood_is_survived(true);
}

static void flood_on_own_socket(void **state)
{
	flood_is_survived(false);
}

static void own_sockets_differ(void **state)
{
	open_stage(1, script_good, false);
	unsigned same_port = 0, near_id = 0;
	uint16_t port = 0, id = 0;
	for (unsigned i = 1; i <= 64; i++) {
		assert_int_equal(ask("www.example"), 0);
		run(i, 1000);
		same_port += st.server[0].from_port == port;
		near_id += (uint16_t)(st.server[0].id - id + 64) < 128;
		port = st.server[0].from_port;
		id = st.server[0].id;
	}
	assert_int_equal(st.good, 64);
	assert_true(same_port <= 2 && near_id <= 4); /* 64 random ids: 0.1 expected, >4 never */
	close_stage();
}

/* The answer to the second question, sent to the first one's socket. */
static void play_to_the_wrong_socket(struct asked *a)
{
	static struct asked first;
	static uint8_t copy[512];
	uint8_t m[512];
	if (a->number == 1) {
		memcpy(copy, a->p, a->n);
		first = *a;
		first.p = copy;
		return;
	}
	struct asked crossed = first;
	crossed.p = a->p;
	script_send(&crossed, m, script_answer(a, m, sizeof m, 0, 0));
	script_good(&first);
}

static void own_socket_hears_its_own_only(void **state)
{
	open_stage(1, play_to_the_wrong_socket, false);
	st.up->config.tries = 1;
	assert_int_equal(ask("a.example"), 0);
	assert_int_equal(ask("b.example"), 0);
	run(2, 1000);
	assert_int_equal(st.good, 1);
	assert_int_equal(st.err, -ETIMEDOUT);
	assert_int_equal(stats().mismatched, 1);
	close_stage();
}

static void play_from_elsewhere(struct asked *a)
{
	uint8_t m[512];
	size_t n = script_answer(a, m, sizeof m, 0, 0);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(fd >= 0);
	(void)sendto(fd, m, n, 0, (struct sockaddr *)&a->from, sizeof a->from);
	close(fd);
}

static void other_senders_are_not_heard(void **state)
{
	for (int pooled = 0; pooled < 2; pooled++) {
		open_stage(1, play_from_elsewhere, pooled);
		st.up->config.tries = 1;
		assert_int_equal(ask("www.example"), 0);
		run(1, 1000);
		assert_int_equal(st.err, -ETIMEDOUT);
		close_stage();
	}
}

static void play_second_only(struct asked *a)
{
	if (a->number > 1)
		script_good(a);
}

static void lost_packet_is_sent_again(void **state)
{
	for (int pooled = 0; pooled < 2; pooled++) {
		open_stage(1, play_second_only, pooled);
		assert_int_equal(ask("www.example"), 0);
		int64_t start = clock_mono_ms();
		run(1, 1000);
		assert_int_equal(st.good, 1);
		assert_true(clock_mono_ms() - start >= QUICK_MS - 2);
		assert_int_equal(stats().timeouts, 1);
		assert_int_equal(stats().retries, 1);
		close_stage();
	}
}

/* The answer to the first packet comes after the second was sent; then that one's, too. */
static void play_late(struct asked *a)
{
	static uint16_t first;
	if (a->number == 1) {
		first = be16_get(a->p);
		return;
	}
	assert_int_equal(first, be16_get(a->p));
	script_good(a);
	script_good(a);
}

static void late_answer_counts(void **state)
{
	open_stage(1, play_late, true);
	assert_int_equal(ask("www.example"), 0);
	run(1, 1000);
	assert_int_equal(st.good, 1);
	run_ms(30);
	assert_int_equal(st.told, 1);
	assert_int_equal(stats().mismatched, 1);
	close_stage();
}

static void play_nothing(struct asked *a)
{
}

static void silence_ends(void **state)
{
	open_stage(1, play_nothing, true);
	int64_t start = clock_mono_ms();
	assert_int_equal(ask("www.example"), 0);
	run(1, 3000);
	assert_int_equal(st.err, -ETIMEDOUT);
	int64_t took = clock_mono_ms() - start; /* 40 + 80 + 160 + 320 */
	assert_in_range(took, 15 * QUICK_MS - 8, 15 * QUICK_MS + 400);
	assert_int_equal(st.server[0].got_udp, 4);
	assert_int_equal(stats().timeouts, 4);
	close_stage();
}

static void retry_goes_to_the_other(void **state)
{
	open_stage(2, script_good, true);
	st.server[0].play = play_nothing;
	assert_int_equal(ask("www.example"), 0);
	run(1, 1000);
	assert_int_equal(st.good, 1);
	assert_int_equal(st.server[0].got_udp, 1);
	assert_int_equal(st.server[1].got_udp, 1);
	close_stage();
}

/* A server that answers nothing gets little of 200 questions: five to find out, then a probe now
 * and then. */
static void silent_server_is_left_alone(void **state)
{
	open_stage(2, script_good, true);
	st.server[0].play = play_nothing;
	for (unsigned i = 1; i <= 200; i++) {
		assert_int_equal(ask("www.example"), 0);
		run(i, 1000);
	}
	assert_int_equal(st.good, 200);
	assert_true(st.server[0].got_udp <= 6);
	close_stage();
}

static void down_server_gets_one_probe(void **state)
{
	open_stage(2, script_good, true);
	st.server[0].play = play_nothing;
	st.up->health[0] = (struct health){ .srtt_us = 100, .failures = 5, .down = true,
		.down_until_ms = clock_mono_ms() };
	assert_true(stats().server[0].down);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(ask("www.example"), 0);
	run(50, 2000);
	assert_int_equal(st.good, 50);
	assert_int_equal(st.server[0].got_udp, 1);
	assert_true(stats().server[0].down);
	/* It is back: the next probe shows it. */
	st.server[0].play = script_good;
	st.up->health[0].down_until_ms = clock_mono_ms();
	assert_int_equal(ask("www.example"), 0);
	run(51, 1000);
	assert_false(stats().server[0].down);
	close_stage();
}

static void refused_goes_on_at_once(bool pooled)
{
	open_stage(2, script_good, pooled);
	script_close(&st.server[0]);
	st.up->config.first_timeout_ms = 1000;
	int64_t start = clock_mono_ms();
	assert_int_equal(ask("www.example"), 0);
	run(1, 3000);
	assert_int_equal(st.good, 1);
	assert_true(clock_mono_ms() - start < 200);
	assert_true(stats().server[0].down);
	assert_int_equal(stats().timeouts, 0);
	close_stage();
}

static void refused_on_pool(void **state)
{
	refused_goes_on_at_once(true);
}

static void refused_on_own_socket(void **state)
{
	refused_goes_on_at_once(false);
}

static void refused_by_all_ends(void **state)
{
	for (int pooled = 0; pooled < 2; pooled++) {
		open_stage(2, script_good, pooled);
		script_close(&st.server[0]);
		script_close(&st.server[1]);
		for (unsigned i = 0; i < 10; i++)
			assert_int_equal(ask("www.example"), 0);
		run(10, 3000);
		assert_int_equal(st.told, 10);
		assert_int_equal(st.good, 0);
		assert_int_equal(st.err, -ECONNREFUSED);
		close_stage();
	}
}

static void play_truncated(struct asked *a)
{
	static uint8_t m[60000];
	if (a->connection)
		script_send(a, m, script_answer(a, m, sizeof m, 0, 40000));
	else
		script_send(a, m, script_answer(a, m, sizeof m, DNS_TC, 0));
}

static void truncated_is_asked_over_tcp(void **state)
{
	for (int pooled = 0; pooled < 2; pooled++) {
		open_stage(1, play_truncated, pooled);
		for (unsigned i = 0; i < 20; i++)
			assert_int_equal(ask("www.example"), 0);
		run(20, 2000);
		assert_int_equal(st.good, 20);
		assert_true(st.answer_len > 40000);
		assert_int_equal(be16_get(st.answer + 2) & DNS_TC, 0);
		assert_int_equal(stats().tcp, 20);
		assert_int_equal(st.server[0].connections, 1);
		assert_int_equal(stats().retries, 0);
		close_stage();
	}
}

/* Both questions first, then the answers in the other order. */
static void play_crossed(struct asked *a)
{
	static struct asked kept;
	static uint8_t copy[512];
	if (!a->connection) {
		play_truncated(a);
		return;
	}
	if (++counter == 1) {
		memcpy(copy, a->p, a->n);
		kept = *a;
		kept.p = copy;
		return;
	}
	script_good(a);
	script_good(&kept);
}

static void tcp_answers_may_cross(void **state)
{
	open_stage(1, play_crossed, true);
	assert_int_equal(ask("a.example"), 0);
	assert_int_equal(ask("b.example"), 0);
	run(2, 1000);
	assert_int_equal(st.good, 2);
	assert_int_equal(stats().mismatched, 0);
	assert_int_equal(stats().timeouts, 0);
	close_stage();
}

static void play_hang_up(struct asked *a)
{
	play_truncated(a);
	if (a->connection)
		script_hang_up(a);
}

/* A server may close after one answer, with other questions under way. */
static void tcp_may_be_closed(void **state)
{
	open_stage(1, play_hang_up, true);
	for (unsigned i = 1; i <= 5; i++) {
		assert_int_equal(ask("www.example"), 0);
		run(i, 2000);
		assert_int_equal(st.good, i);
	}
	assert_int_equal(st.server[0].connections, 5);
	assert_int_equal(ask("a.example"), 0);
	assert_int_equal(ask("b.example"), 0);
	run(7, 2000);
	assert_int_equal(st.good, 7);
	assert_int_equal(stats().timeouts, 0);
	close_stage();
}

static void play_odd_tcp(struct asked *a)
{
	uint8_t m[600];
	if (!a->connection) {
		play_truncated(a);
		return;
	}
	script_send(a, "", 0); /* a frame of nothing, a short one, one that answers nobody */
	script_send(a, "\1\2\3", 3);
	size_t n = script_answer(a, m, sizeof m, 0, 0);
	m[0] ^= 0x55;
	script_send(a, m, n);
	m[0] ^= 0x55;
	be16_put(m + 2, be16_get(m + 2) | DNS_TC); /* truncated over TCP */
	script_send(a, m, n);
	script_good(a);
}

static void odd_tcp_frames_are_ignored(void **state)
{
	open_stage(1, play_odd_tcp, true);
	assert_int_equal(ask("www.example"), 0);
	run(1, 1000);
	assert_int_equal(st.good, 1);
	assert_int_equal(stats().mismatched, 4);
	close_stage();
}

static void play_deaf_tcp(struct asked *a)
{
	if (!a->connection)
		play_truncated(a);
	else if (++counter > 1)
		script_good(a);
}

/* A connection on which nothing comes is given up and made anew. */
static void silent_tcp_is_left(void **state)
{
	open_stage(1, play_deaf_tcp, true);
	assert_int_equal(ask("www.example"), 0);
	run(1, 3000);
	assert_int_equal(st.good, 1);
	assert_int_equal(st.server[0].connections, 2);
	close_stage();
}

static void tcp_refused_ends(void **state)
{
	open_stage(1, play_truncated, true);
	event_del(st.server[0].tcp_event);
	shutdown(st.server[0].tcp, SHUT_RDWR); /* no longer listening */
	assert_int_equal(ask("www.example"), 0);
	run(1, 5000);
	assert_int_equal(st.told, 1);
	assert_int_equal(st.err, -ECONNREFUSED);
	close_stage();
}

static void play_no_edns(struct asked *a)
{
	uint8_t m[512];
	if (be16_get(a->p + 10) == 0) {
		script_good(a);
		return;
	}
	size_t n = script_answer(a, m, sizeof m, DNS_FORMERR, 0);
	be16_put(m + 6, 0);
	if (counter) { /* header alone */
		be16_put(m + 4, 0);
		n = DNS_HEADER;
	} else {
		n -= 16;
	}
	script_send(a, m, n);
}

static void formerr_drops_edns(void **state)
{
	for (unsigned bare = 0; bare < 2; bare++) {
		open_stage(1, play_no_edns, bare);
		counter = bare;
		assert_int_equal(ask("www.example"), 0);
		run(1, 1000);
		assert_int_equal(st.good, 1);
		assert_int_equal(st.server[0].got_udp, 2);
		assert_false(st.server[0].had_opt);
		assert_int_equal(st.server[0].last_len, DNS_HEADER + 13 + 4);
		assert_int_equal(stats().timeouts, 0);
		close_stage();
	}
}

static void play_formerr(struct asked *a)
{
	uint8_t m[512];
	size_t n = script_answer(a, m, sizeof m, DNS_FORMERR, 0);
	script_send(a, m, n);
}

static void second_formerr_is_the_answer(void **state)
{
	open_stage(1, play_formerr, true);
	assert_int_equal(ask("www.example"), 0);
	run(1, 1000);
	assert_int_equal(st.good, 1);
	assert_int_equal(be16_get(st.answer + 2) & DNS_RCODE_MASK, DNS_FORMERR);
	assert_int_equal(st.server[0].got_udp, 2);
	close_stage();
}

static void play_refuse(struct asked *a)
{
	uint8_t m[512];
	size_t n = script_answer(a, m, sizeof m, DNS_REFUSED, 0) - 16;
	be16_put(m + 6, 0);
	script_send(a, m, n);
}

static void refusing_server_is_passed_by(void **state)
{
	open_stage(2, script_good, true);
	st.server[0].play = play_refuse;
	assert_int_equal(ask("www.example"), 0);
	run(1, 1000);
	assert_int_equal(st.good, 1);
	assert_int_equal(be16_get(st.answer + 2) & DNS_RCODE_MASK, DNS_NOERROR);
	assert_int_equal(stats().timeouts, 0);
	st.server[1].play = play_refuse;
	assert_int_equal(ask("www.example"), 0);
	run(2, 1000);
	assert_int_equal(st.good, 2);
	assert_int_equal(be16_get(st.answer + 2) & DNS_RCODE_MASK, DNS_REFUSED);
	close_stage();
}

static void table_is_bounded(void **state)
{
	open_stage(1, play_nothing, true);
	st.up->config.first_timeout_ms = 5000;
	for (unsigned i = 0; i < UPSTREAM_IN_FLIGHT; i++)
		assert_int_equal(ask("www.example"), 0);
	assert_int_equal(ask("www.example"), -EBUSY);
	assert_int_equal(st.told, 0);
	run_ms(20);
	upstream_free(st.up);
	st.up = NULL;
	assert_int_equal(st.told, UPSTREAM_IN_FLIGHT);
	assert_int_equal(st.err, -ECANCELED);
	close_stage();
}

static void many_at_once_are_answered(bool pooled)
{
	open_stage(1, script_good, pooled);
	for (unsigned round = 1; round <= 20; round++) {
		for (unsigned i = 0; i < 100; i++)
			assert_int_equal(ask("www.example"), 0);
		run(round * 100, 3000);
		assert_int_equal(st.good, round * 100);
	}
	assert_int_equal(st.up->in_flight, 0);
	close_stage();
}

static void many_at_once_pool(void **state)
{
	many_at_once_are_answered(true);
}

static void many_at_once_own(void **state)
{
	many_at_once_are_answered(false);
}

static void ask_again(void *ctx, int err, struct bytes msg)
{
	told(ctx, err, msg);
	if (st.told < 50)
		assert_int_equal(ask("next.example"), 0);
}

static void asking_from_done_is_fine(void **state)
{
	struct dns_name n;
	open_stage(1, script_good, true);
	assert_int_equal(dns_name_from_text("first.example", 13, &n), 0);
	assert_int_equal(upstream_ask(st.up, &n, DNS_A, false, false, ask_again, NULL), 0);
	run(2, 1000);
	assert_int_equal(st.good, 2);
	close_stage();
}

static void bad_configurations_are_refused(void **state)
{
	struct event_base *base = event_base_new();
	struct upstream *u = NULL;
	struct upstream_config c = { .nservers = 0 };
	assert_int_equal(upstream_new(base, &c, &u), -EINVAL);
	c.nservers = UPSTREAM_MAX + 1;
	assert_int_equal(upstream_new(base, &c, &u), -EINVAL);
	assert_null(u);
	upstream_free(NULL);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_from_pool),
		cmocka_unit_test(answer_from_own_socket),
		cmocka_unit_test(question_is_formed),
		cmocka_unit_test(cd_is_passed),
		cmocka_unit_test(longest_name_fits),
		cmocka_unit_test(ad_of_trusted_server_stays),
		cmocka_unit_test(forgeries_on_pool),
		cmocka_unit_test(forgeries_on_own_socket),
		cmocka_unit_test(flood_on_pool),
		cmocka_unit_test(flood_on_own_socket),
		cmocka_unit_test(own_sockets_differ),
		cmocka_unit_test(own_socket_hears_its_own_only),
		cmocka_unit_test(other_senders_are_not_heard),
		cmocka_unit_test(lost_packet_is_sent_again),
		cmocka_unit_test(late_answer_counts),
		cmocka_unit_test(silence_ends),
		cmocka_unit_test(retry_goes_to_the_other),
		cmocka_unit_test(silent_server_is_left_alone),
		cmocka_unit_test(down_server_gets_one_probe),
		cmocka_unit_test(refused_on_pool),
		cmocka_unit_test(refused_on_own_socket),
		cmocka_unit_test(refused_by_all_ends),
		cmocka_unit_test(truncated_is_asked_over_tcp),
		cmocka_unit_test(tcp_answers_may_cross),
		cmocka_unit_test(tcp_may_be_closed),
		cmocka_unit_test(odd_tcp_frames_are_ignored),
		cmocka_unit_test(silent_tcp_is_left),
		cmocka_unit_test(tcp_refused_ends),
		cmocka_unit_test(formerr_drops_edns),
		cmocka_unit_test(second_formerr_is_the_answer),
		cmocka_unit_test(refusing_server_is_passed_by),
		cmocka_unit_test(table_is_bounded),
		cmocka_unit_test(many_at_once_pool),
		cmocka_unit_test(many_at_once_own),
		cmocka_unit_test(asking_from_done_is_fine),
		cmocka_unit_test(bad_configurations_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
