/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as bytes: what fits, what is cut, what is aged. */
#include "guard/answer.h"

#include "dns/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct setup {
	uint8_t packet[512];
	struct dns_query q;
	struct answer a;
	uint8_t out[65535 + ANSWER_SLACK];
};

static void ask(struct setup *s, const char *name, uint16_t type, bool edns, uint16_t size)
{
	struct dns_name n;
	struct dns_writer w;
	assert_int_equal(dns_name_from_text(name, strlen(name), &n), 0);
	dns_writer_query(&w, s->packet, sizeof s->packet, 77, DNS_RD | DNS_AD, &n, type);
	if (edns)
		dns_writer_opt(&w, &(struct dns_opt){ .udp_size = size, .ede = DNS_EDE_NONE, .keepalive = -1 });
	size_t len = dns_writer_finish(&w);
	assert_int_equal(dns_query_parse(s->packet, len, &s->q), DNS_QUERY_OK);
	s->a = (struct answer){ .q = &s->q, .buf = s->out, .limit = s->q.udp_size, .keepalive = -1 };
}

static void read_back(struct setup *s, size_t n, struct dns_reply *r)
{
	assert_int_equal(dns_reply_parse(bytes_of(s->out, n), r), 0);
	assert_true(dns_reply_matches(bytes_of(s->out, n), r, &s->q.qname, s->q.qtype));
	assert_true(n <= s->a.limit);
	assert_int_equal(be16_get(s->out), 77);
}

/* n addresses of TTL 300 under the question's name. */
static void entry(struct cache_copy *e, uint8_t *body, uint16_t *ttl_at, unsigned n)
{
	static const uint8_t rr[16] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 9 };
	for (unsigned i = 0; i < n; i++) {
		memcpy(body + 16 * i, rr, sizeof rr);
		if (i < DNS_REPLY_TTLS)
			ttl_at[i] = (uint16_t)(16 * i + 6);
	}
	e->meta = (struct cache_meta){ .ttl = 300, .ancount = (uint16_t)n, .body = (uint16_t)(16 * n), .ede = -1,
		.nttl = (uint16_t)MIN(n, (unsigned)DNS_REPLY_TTLS), .authentic = true };
	e->body = body;
	e->ttl_at = ttl_at;
}

static uint8_t body[65536];
static uint16_t ttl_at[DNS_REPLY_TTLS];
static struct setup s;
static struct cache_copy e;
static struct dns_reply r;

static void cached_records_age_and_are_capped(void **state)
{
	ask(&s, "www.example", DNS_A, false, 0);
	entry(&e, body, ttl_at, 3);
	read_back(&s, answer_cached(&s.a, &e, 100, UINT32_MAX, false), &r);
	assert_int_equal(r.ttl, 200);
	assert_true(r.flags & DNS_AD);
	read_back(&s, answer_cached(&s.a, &e, 100, 7, false), &r);
	assert_int_equal(r.ttl, 7);
	read_back(&s, answer_cached(&s.a, &e, 5000, UINT32_MAX, true), &r);
	assert_int_equal(r.ttl, 30);
	assert_false(r.flags & DNS_AD);
}

static void stale_says_so_to_who_can_read_it(void **state)
{
	ask(&s, "www.example", DNS_A, true, 1232);
	entry(&e, body, ttl_at, 1);
	read_back(&s, answer_cached(&s.a, &e, 5000, UINT32_MAX, true), &r);
	assert_int_equal(r.ede, DNS_EDE_STALE_ANSWER);
	e.meta.rcode = DNS_NXDOMAIN;
	read_back(&s, answer_cached(&s.a, &e, 5000, UINT32_MAX, true), &r);
	assert_int_equal(r.ede, DNS_EDE_STALE_NXDOMAIN);
}

static void what_does_not_fit_is_cut_whole(void **state)
{
	for (unsigned n = 20; n < 100; n++) {
		ask(&s, "www.example", DNS_A, n % 2, 700);
		entry(&e, body, ttl_at, n);
		read_back(&s, answer_cached(&s.a, &e, 0, UINT32_MAX, false), &r);
		bool cut = r.flags & DNS_TC;
		size_t need = s.q.question_end - (n % 2 ? 11u : 0) + 16 * n + (n % 2 ? 11 : 0);
		assert_int_equal(cut, need > s.a.limit);
		assert_int_equal(r.ancount, cut ? 0 : n);
		assert_int_equal(r.opt_at != 0, n % 2);
	}
}

static void negative_answers_carry_their_soa(void **state)
{
	ask(&s, "no.example", DNS_A, true, 1232);
	read_back(&s, answer_negative(&s.a, DNS_NXDOMAIN, 60, DNS_EDE_FILTERED, bytes_str("why")), &r);
	assert_int_equal(r.rcode, DNS_NXDOMAIN);
	assert_int_equal(r.ttl, 60);
	assert_int_equal(r.nscount, 1);
	assert_int_equal(r.ede, DNS_EDE_FILTERED);
	assert_memory_equal(r.ede_text, "why", 3);
}

static void any_is_answered_small(void **state)
{
	ask(&s, "www.example", DNS_ANY, false, 0);
	size_t n = answer_any(&s.a);
	assert_int_equal(be16_get(s.out + 6), 1);
	assert_memory_equal(s.out + n - 9, "\7RFC8482\0", 9);
}

static void a_rewrite_follows_its_target(void **state)
{
	struct dns_name target;
	assert_int_equal(dns_name_from_text("safe.example", 12, &target), 0);
	ask(&s, "www.search.example", DNS_A, false, 0);
	entry(&e, body, ttl_at, 2);
	read_back(&s, answer_rewrite_cname(&s.a, &target, DNS_A, &e, 100, 50, DNS_EDE_NONE), &r);
	assert_int_equal(r.ancount, 3);
	assert_int_equal(r.naddress, 2);
	assert_int_equal(r.nchain, 1);
	assert_int_equal(r.ttl, 50);
	assert_false(r.flags & DNS_AD);
}

static void a_target_with_thousands_of_addresses_is_cut(void **state)
{
	struct dns_name target;
	assert_int_equal(dns_name_from_text("safe.example", 12, &target), 0);
	ask(&s, "www.search.example", DNS_A, false, 0);
	entry(&e, body, ttl_at, 4000);
	read_back(&s, answer_rewrite_cname(&s.a, &target, DNS_A, &e, 0, 50, DNS_EDE_NONE), &r);
	assert_true(r.flags & DNS_TC);
	assert_int_equal(r.ancount, 0);
}

/* An answer over TCP may be four times what the cache keeps; a safe search's target is read from it. */
static void a_rewrite_follows_a_target_too_large_to_keep(void **state)
{
	static const uint8_t txt[12] = { 0xc0, 12, 0, DNS_TXT, 0, DNS_IN, 0, 0, 1, 44 };
	struct dns_name target;
	assert_int_equal(dns_name_from_text("safe.example", 12, &target), 0);
	const size_t most = DNS_MAX_MESSAGE - DNS_HEADER - target.len - 4 - 16 - sizeof txt;
	const size_t sizes[] = { 1, CACHE_BODY_MAX, 40000, most };
	for (unsigned i = 0; i < ARRAY_LEN(sizes); i++) {
		ask(&s, "www.search.example", DNS_A, false, 0);
		entry(&e, body, ttl_at, 1);
		memcpy(body + 16, txt, sizeof txt);
		be16_put(body + 16 + 10, (uint16_t)sizes[i]);
		memset(body + 16 + sizeof txt, 'x', sizes[i]);
		e.meta.body = (uint16_t)(16 + sizeof txt + sizes[i]);
		e.meta.ancount = 2;
		read_back(&s, answer_rewrite_cname(&s.a, &target, DNS_A, &e, 0, 50, DNS_EDE_NONE), &r);
		assert_int_equal(r.naddress, 1);
	}
}

static void what_is_no_message_is_none(void **state)
{
	struct dns_name name;
	assert_int_equal(dns_name_from_text("safe.example", 12, &name), 0);
	entry(&e, body, ttl_at, 1);
	e.meta.body = DNS_MAX_MESSAGE;
	assert_int_equal(answer_cached_message(&e, &name, DNS_A).n, 0);
	e.meta.body = (uint16_t)(DNS_MAX_MESSAGE - DNS_HEADER - name.len - 4);
	assert_int_equal(answer_cached_message(&e, &name, DNS_A).n, DNS_MAX_MESSAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cached_records_age_and_are_capped),
		cmocka_unit_test(stale_says_so_to_who_can_read_it),
		cmocka_unit_test(what_does_not_fit_is_cut_whole),
		cmocka_unit_test(negative_answers_carry_their_soa),
		cmocka_unit_test(any_is_answered_small),
		cmocka_unit_test(a_rewrite_follows_its_target),
		cmocka_unit_test(a_rewrite_follows_a_target_too_large_to_keep),
		cmocka_unit_test(what_is_no_message_is_none),
		cmocka_unit_test(a_target_with_thousands_of_addresses_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
