/* SPDX-License-Identifier: Apache-2.0 */
#include "web/limit.h"
#include "web/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct web_limit *l;

static int set_up(void **state)
{
	return web_limit_new(200, &l);
}

static int tear_down(void **state)
{
	web_limit_free(l);
	return 0;
}

static struct web_peer peer(const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return web_limit_peer(l, (const struct sockaddr *)&in);
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return web_limit_peer(l, (const struct sockaddr *)&in6);
}

static void peers_are_hashes(void **state)
{
	assert_int_equal(peer("192.0.2.1").hash, peer("192.0.2.1").hash);
	assert_int_equal(peer("192.0.2.1").hash, peer("::ffff:192.0.2.1").hash);
	assert_int_not_equal(peer("192.0.2.1").hash, peer("192.0.2.2").hash);
	assert_int_equal(
		peer("2001:db8:0:11::1").hash, peer("2001:db8:0:22::2").hash); /* one /56 */
	assert_int_not_equal(peer("2001:db8:0:1100::1").hash, peer("2001:db8:0:2200::2").hash);
	assert_true(peer("127.9.9.9").local && peer("::1").local && peer("127.0.0.1").shared);
	assert_false(peer("192.0.2.1").local || peer("2001:db8::1").shared);
	struct web_limit *other;
	uint64_t hash = peer("192.0.2.1").hash;
	assert_int_equal(web_limit_new(200, &other), 0);
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
	assert_int_not_equal(web_limit_peer(other, (const struct sockaddr *)&in).hash, hash);
	web_limit_free(other);
	assert_true(web_limit_peer(l, NULL).local);
}

static void forwarded_takes_the_last(void **state)
{
	struct web_peer p;
	assert_true(web_limit_forwarded(l, "198.51.100.1, 192.0.2.1", &p));
	assert_int_equal(p.hash, peer("192.0.2.1").hash);
	assert_true(web_limit_forwarded(l, " [2001:db8::1] ", &p));
	assert_int_equal(p.hash, peer("2001:db8::1").hash);
	static const char *const bad[] = { "", ",", "192.0.2.1,", "unknown", "192.0.2.1:80",
		"_hidden",
		"1234567890123456789012345678901234567890123456789012345678901234567890" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(web_limit_forwarded(l, bad[i], &p));
}

static void connections_are_counted(void **state)
{
	/* Against a plain count, with as many peers and comings and goings as fill the table. */
	enum { PEERS = 200 };
	unsigned count[PEERS] = { 0 }, total = 0;
	struct web_peer p[PEERS];
	uint32_t x = 1;
	for (unsigned i = 0; i < PEERS; i++) {
		char text[32];
		snprintf(text, sizeof text, "192.0.2.%u", i);
		p[i] = peer(text);
	}
	for (unsigned step = 0; step < 50000; step++) {
		x = x * 1664525 + 1013904223;
		unsigned i = (x >> 8) % PEERS;
		if ((x >> 24 & 1) && total < 200) {
			web_limit_opened(l, p[i]);
			count[i]++;
			total++;
		} else if (count[i]) {
			web_limit_closed(l, p[i]);
			count[i]--;
			total--;
		}
		unsigned k = (x >> 16) % PEERS;
		assert_int_equal(web_limit_count(l, p[k]), count[k]);
	}
	for (unsigned i = 0; i < PEERS; i++)
		assert_int_equal(web_limit_count(l, p[i]), count[i]);
}

static void delay_grows_to_eight_seconds_and_no_more(void **state)
{
	struct web_peer p = peer("192.0.2.1");
	int64_t now = 1000000;
	for (unsigned i = 0; i < LIMIT_BURST; i++)
		assert_int_equal(web_limit_delay(l, p, now), 0);
	for (unsigned i = 1; i <= 100; i++)
		assert_int_equal(web_limit_delay(l, p, now),
			MIN(i * LIMIT_STEP_MS, (unsigned)LIMIT_DELAY_MS));
	assert_int_equal(web_limit_delay(l, peer("192.0.2.2"), now), 0);
}

static void delay_goes_with_time(void **state)
{
	struct web_peer p = peer("192.0.2.1");
	int64_t now = 1000000;
	for (unsigned i = 0; i < 100; i++)
		(void)web_limit_delay(l, p, now);
	/* However long the flood was, it is forgotten after what its last part costs. */
	now += (LIMIT_DELAY_MS / LIMIT_STEP_MS + 1) * LIMIT_EVERY_MS;
	assert_int_equal(web_limit_delay(l, p, now), 0);
	assert_true(
		web_limit_delay(l, p, now - 5000) <= LIMIT_DELAY_MS); /* a clock that goes back */
}

static void delay_is_slower_to_come_for_those_who_share(void **state)
{
	struct web_peer p = peer("127.0.0.1");
	for (unsigned i = 0; i < LIMIT_BURST * LIMIT_SHARED; i++)
		assert_int_equal(web_limit_delay(l, p, 5), 0);
	assert_int_equal(web_limit_delay(l, p, 5), LIMIT_STEP_MS);
}

static void delay_survives_more_peers_than_its_table(void **state)
{
	for (unsigned i = 0; i < 100000; i++) {
		struct web_peer p = { .hash = (uint64_t)i * 0x9e3779b97f4a7c15u | 1 };
		assert_int_equal(web_limit_delay(l, p, i), 0);
	}
}

static void token_is_random_text(void **state)
{
	char one[WEB_TOKEN], two[WEB_TOKEN];
	web_token_random(one);
	web_token_random(two);
	assert_int_equal(strlen(one), WEB_TOKEN - 1);
	assert_int_equal(
		strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
		WEB_TOKEN - 1);
	assert_string_not_equal(one, two);
}

static void csrf_is_bound_to_secret_form_and_day(void **state)
{
	const uint8_t secret[32] = { 1 }, other[32] = { 2 };
	const int64_t now = 1800000000, day = 86400;
	char t[WEB_TOKEN], again[WEB_TOKEN];
	web_csrf(secret, "login", now, t);
	web_csrf(secret, "login", now, again);
	assert_string_equal(t, again);
	assert_true(web_csrf_good(secret, "login", now, t));
	assert_true(web_csrf_good(secret, "login", now + day, t));
	assert_false(web_csrf_good(secret, "login", now + 2 * day, t));
	assert_false(web_csrf_good(secret, "login", now - day, t));
	assert_false(web_csrf_good(secret, "logout", now, t));
	assert_false(web_csrf_good(other, "login", now, t));
	assert_false(web_csrf_good(secret, "login", now, NULL));
	assert_false(web_csrf_good(secret, "login", now, ""));
	for (unsigned i = 0; i < WEB_TOKEN - 1; i++) {
		t[i] ^= 1;
		assert_false(web_csrf_good(secret, "login", now, t));
		t[i] ^= 1;
	}
}

static void origin_says_whose_form_it_is(void **state)
{
	static const struct {
		const char *site, *origin, *host;
		bool secure, good;
	} row[] = {
		{ "same-origin", NULL, "desk.test", true, true },
		{ "same-origin", "null", "desk.test", true, true },
		{ "same-origin", "https://desk.test", "backend:8080", true, true }, /* a proxy changed Host */
		{ "none", NULL, "desk.test", true, true },
		{ "cross-site", NULL, "desk.test", true, false },
		{ "cross-site", "https://desk.test", "desk.test", true, false },
		{ "same-site", "https://desk.test", "desk.test", true, false },
		{ "", NULL, "desk.test", true, false },
		{ "Same-Origin", NULL, "desk.test", true, false },
		{ NULL, NULL, "desk.test", true, true },
		{ NULL, NULL, NULL, true, true },
		{ NULL, "https://desk.test", "desk.test", true, true },
		{ NULL, "https://DESK.test", "desk.TEST", true, true },
		{ NULL, "https://desk.test:8443", "desk.test:8443", true, true },
		{ NULL, "http://desk.test", "desk.test", false, true },
		{ NULL, "https://desk.test", "desk.test", false, true }, /* TLS ended at a proxy that does not say so */
		{ NULL, "http://desk.test", "desk.test", true, false },
		{ NULL, "https://desk.test:8443", "desk.test", true, false },
		{ NULL, "https://desk.test.evil.test", "desk.test", true, false },
		{ NULL, "https://evil.test/desk.test", "desk.test", true, false },
		{ NULL, "https://desk.test@evil.test", "desk.test", true, false },
		{ NULL, "ftp://desk.test", "desk.test", false, false },
		{ NULL, "desk.test", "desk.test", false, false },
		{ NULL, "https://", "", true, false },
		{ NULL, "https://", NULL, true, false },
		{ NULL, "null", "desk.test", true, false },
		{ NULL, "null", "null", true, false },
		{ NULL, "", "desk.test", true, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (web_csrf_origin(row[i].site, row[i].origin, row[i].host, row[i].secure) != row[i].good)
			fail_msg("row %zu: Sec-Fetch-Site %s, Origin %s, Host %s", i, row[i].site ? row[i].site : "-",
				row[i].origin ? row[i].origin : "-", row[i].host ? row[i].host : "-");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(peers_are_hashes),
		TEST(forwarded_takes_the_last),
		TEST(connections_are_counted),
		TEST(delay_grows_to_eight_seconds_and_no_more),
		TEST(delay_goes_with_time),
		TEST(delay_is_slower_to_come_for_those_who_share),
		TEST(delay_survives_more_peers_than_its_table),
		TEST(token_is_random_text),
		TEST(csrf_is_bound_to_secret_form_and_day),
		TEST(origin_says_whose_form_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
