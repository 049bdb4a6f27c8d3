/* SPDX-License-Identifier: Apache-2.0 */
#include "packet.h"

static struct packet p;

static int parse(struct dns_reply *r)
{
	uint8_t *b = exact(&p);
	int err = dns_reply_parse(bytes_of(b, p.n), r);
	free(b);
	return err;
}

static void parses(struct dns_reply *r)
{
	assert_int_equal(parse(r), 0);
}

static void answer(unsigned rcode, unsigned type, unsigned an, unsigned ns, unsigned ar)
{
	put_header(&p, DNS_QR | DNS_RD | DNS_RA | rcode, 1, an, ns, ar);
	put_question(&p, "Www.Example", type);
}

static void assert_chain(const struct dns_reply *r, unsigned i, const char *want)
{
	struct dns_name n;
	assert_true(i < r->nchain);
	size_t pos = r->chain_at[i];
	assert_int_equal(dns_name_read(bytes_of(p.b, p.n), &pos, &n), 0);
	assert_name(&n, want);
}

static void addresses_ttls_and_counts_are_taken(void **s)
{
	struct dns_reply r;
	answer(0, DNS_A, 2, 1, 2);
	put_rr(&p, DNS_A, 300, "\300\0\2\1", 4);
	put_rr(&p, DNS_A, 200, "\300\0\2\2", 4);
	put_rr(&p, DNS_NS, 100, "\0", 1);
	put_rr(&p, DNS_AAAA, 400, "0123456789abcdef",
		16); /* additional: no address of the answer */
	put_opt(&p, 1232, 0, "", 0);
	parses(&r);
	assert_int_equal(r.rcode, 0);
	assert_int_equal(r.ancount, 2);
	assert_int_equal(r.nscount, 1);
	assert_int_equal(r.arcount, 1);
	assert_int_equal(r.question_end, 29);
	assert_int_equal(r.body_end, p.n);
	assert_int_equal(r.opt_end, p.n);
	assert_int_equal(r.opt_at, p.n - 11);
	assert_int_equal(r.ttl, 100);
	assert_int_equal(r.nttl, 4);
	static const uint32_t ttls[] = { 300, 200, 100, 400 };
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(be32_get(p.b + r.ttl_at[i]), ttls[i]);
	assert_int_equal(r.naddress, 2);
	assert_int_equal(r.address[1].len, 4);
	assert_memory_equal(r.address[1].b, "\300\0\2\2", 4);
	assert_int_equal(r.nchain, 0);
	assert_int_equal(r.ede, DNS_EDE_NONE);
	assert_false(r.negative);
	assert_false(r.overfull);
}

static void an_ipv6_address_is_taken(void **s)
{
	struct dns_reply r;
	answer(0, DNS_AAAA, 1, 0, 0);
	put_rr(&p, DNS_AAAA, 1, "0123456789abcdef", 16);
	parses(&r);
	assert_int_equal(r.address[0].len, 16);
	assert_memory_equal(r.address[0].b, "0123456789abcdef", 16);
}

static void an_address_of_the_wrong_length_is_malformed(void **s)
{
	struct dns_reply r;
	for (unsigned len = 0; len < 20; len++) {
		answer(0, DNS_A, 1, 0, 0);
		put_rr(&p, DNS_A, 1, "0123456789abcdef0123", len);
		assert_int_equal(parse(&r), len == 4 ? 0 : ERR_MALFORMED);
		answer(0, DNS_AAAA, 1, 0, 0);
		put_rr(&p, DNS_AAAA, 1, "0123456789abcdef0123", len);
		assert_int_equal(parse(&r), len == 16 ? 0 : ERR_MALFORMED);
	}
}

static void a_chain_of_dname_and_cnames_is_kept_in_order(void **s)
{
	struct dns_reply r;
	answer(0, DNS_A, 4, 0, 0);
	put_cname(&p, DNS_DNAME, 60, "other.test");
	put_cname(&p, DNS_CNAME, 60, "www.Other.Test");
	put_cname(&p, DNS_CNAME, 60, "cdn.test");
	put_rr(&p, DNS_A, 60, "abcd", 4);
	parses(&r);
	assert_int_equal(r.nchain, 3);
	assert_chain(&r, 0, "other.test");
	assert_chain(&r, 1, "www.other.test");
	assert_chain(&r, 2, "cdn.test");
	assert_false(r.negative);
}

static void a_compressed_target_is_read(void **s)
{
	struct dns_reply r;
	answer(0, DNS_A, 1, 0, 0);
	put_rr(&p, DNS_CNAME, 60, "\3cdn\300\20", 6);
	parses(&r);
	assert_chain(&r, 0, "cdn.example");
}

static void a_target_that_does_not_fill_its_rdata_is_malformed(void **s)
{
	struct dns_reply r;
	static const struct {
		const char *rdata;
		size_t n;
	} bad[] = {
		{ "", 0 },
		{ "\3cdn", 4 },
		{ "\3cdn\0x", 6 },
		{ "\300", 1 },
		{ "\300\377", 2 },
		{ "\300\14\0", 3 },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		answer(0, DNS_A, 2, 0, 0);
		put_rr(&p, DNS_CNAME, 60, bad[i].rdata, bad[i].n);
		put_rr(&p, DNS_A, 60, "abcd", 4);
		assert_int_equal(parse(&r), ERR_MALFORMED);
	}
}

static void records_of_other_sections_and_classes_lead_nowhere(void **s)
{
	struct dns_reply r;
	answer(0, DNS_A, 1, 1, 1);
	put16(&p, 0xc00c);
	size_t at = put_fixed(&p, DNS_CNAME, DNS_CH, 9);
	put_name(&p, "chaos.test");
	end_rdata(&p, at);
	put_cname(&p, DNS_CNAME, 9, "authority.test");
	put_rr(&p, DNS_A, 9, "abcd", 4);
	parses(&r);
	assert_int_equal(r.nchain, 0);
	assert_int_equal(r.naddress, 0);
}

static void ttls_above_31_bits_are_zero(void **s)
{
	struct dns_reply r;
	answer(0, DNS_A, 1, 0, 0);
	put_rr(&p, DNS_A, 0x80000000u, "abcd", 4);
	parses(&r);
	assert_int_equal(r.ttl, 0);
	answer(0, DNS_A, 1, 0, 0);
	put_rr(&p, DNS_A, 0x7fffffffu, "abcd", 4);
	parses(&r);
	assert_int_equal(r.ttl, 0x7fffffff);
}

static void negative_answers_live_as_long_as_their_soa_says(void **s)
{
	static const struct {
		uint32_t ttl, minimum, want;
	} cases[] = {
		{ 900, 60, 60 },
		{ 60, 900, 60 },
		{ 5, 5, 5 },
		{ 60, 0x80000001u, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (unsigned rcode = 0; rcode <= 3; rcode += 3) {
			struct dns_reply r;
			answer(rcode, DNS_A, 0, 1, 0);
			put_soa(&p, cases[i].ttl, cases[i].minimum);
			parses(&r);
			assert_true(r.negative);
			assert_int_equal(r.ttl, cases[i].want);
		}
}

static void a_negative_answer_without_soa_is_not_kept(void **s)
{
	struct dns_reply r;
	answer(DNS_NXDOMAIN, DNS_A, 0, 0, 0);
	parses(&r);
	assert_true(r.negative);
	assert_int_equal(r.ttl, 0);
	answer(0, DNS_A, 0, 1, 0); /* a referral */
	put_rr(&p, DNS_NS, 100, "\0", 1);
	parses(&r);
	assert_true(r.negative);
	assert_int_equal(r.ttl, 0);
}

static void a_chain_that_ends_in_nothing_is_negative_and_as_short_as_its_links(void **s)
{
	struct dns_reply r;
	answer(0, DNS_A, 1, 1, 0);
	put_cname(&p, DNS_CNAME, 30, "cdn.test");
	put_soa(&p, 900, 900);
	parses(&r);
	assert_true(r.negative);
	assert_int_equal(r.ttl, 30);
	answer(0, DNS_A, 1, 1, 0);
	put_cname(&p, DNS_CNAME, 3000, "cdn.test");
	put_soa(&p, 900, 600);
	parses(&r);
	assert_int_equal(r.ttl, 600);
}

static void the_type_asked_makes_an_answer_positive(void **s)
{
	struct dns_reply r;
	answer(0, DNS_CNAME, 1, 0, 0);
	put_cname(&p, DNS_CNAME, 30, "cdn.test");
	parses(&r);
	assert_false(r.negative);
	answer(0, DNS_ANY, 1, 0, 0);
	put_rr(&p, DNS_HINFO, 30, "\0\0", 2);
	parses(&r);
	assert_false(r.negative);
	answer(0, DNS_SOA, 1, 0, 0);
	put_soa(&p, 100, 5);
	parses(&r);
	assert_false(r.negative);
	assert_int_equal(r.ttl, 100);
}

static void failures_are_neither_negative_nor_kept(void **s)
{
	struct dns_reply r;
	answer(DNS_SERVFAIL, DNS_A, 0, 0, 0);
	parses(&r);
	assert_false(r.negative);
	assert_int_equal(r.rcode, DNS_SERVFAIL);
	assert_int_equal(r.ttl, 0);
}

static void a_malformed_soa_is_refused(void **s)
{
	struct dns_reply r;
	answer(DNS_NXDOMAIN, DNS_A, 0, 1, 0);
	put_rr(&p, DNS_SOA, 1,
		"\0\0"
		"01234567890123456789",
		22);
	parses(&r);
	answer(DNS_NXDOMAIN, DNS_A, 0, 1, 0);
	put_rr(&p, DNS_SOA, 1,
		"\0\0"
		"0123456789012345678",
		21);
	assert_int_equal(parse(&r), ERR_MALFORMED);
	answer(DNS_NXDOMAIN, DNS_A, 0, 1, 0);
	put_rr(&p, DNS_SOA, 1, "\77", 1);
	assert_int_equal(parse(&r), ERR_MALFORMED);
}

static void svcb(unsigned type, unsigned priority, const char *target, const void *params, size_t n)
{
	put16(&p, 0xc00c);
	size_t at = put_fixed(&p, type, DNS_IN, 60);
	put16(&p, priority);
	put_name(&p, target);
	put_bytes(&p, params, n);
	end_rdata(&p, at);
}

static void https_targets_and_hints_are_taken(void **s)
{
	struct dns_reply r;
	answer(0, DNS_HTTPS, 1, 0, 0);
	svcb(DNS_HTTPS, 1, "Svc.test",
		"\0\1\0\3\2h2\0\4\0\10abcdefgh\0\6\0\20"
		"0123456789abcdef",
		39);
	parses(&r);
	assert_int_equal(r.nchain, 1);
	assert_chain(&r, 0, "svc.test");
	assert_int_equal(r.naddress, 3);
	assert_memory_equal(r.address[1].b, "efgh", 4);
	assert_int_equal(r.address[2].len, 16);
	assert_memory_equal(r.address[2].b, "0123456789abcdef", 16);
	assert_false(r.negative);
}

static void alias_mode_leads_to_its_target_and_shows_its_hints(void **s)
{
	struct dns_reply r;
	answer(0, DNS_SVCB, 1, 0, 0);
	svcb(DNS_SVCB, 0, "alias.test", "\0\4\0\4abcd", 8);
	parses(&r);
	assert_chain(&r, 0, "alias.test");
	assert_int_equal(r.naddress, 1);
}

static void a_target_of_the_owner_itself_is_no_new_name(void **s)
{
	struct dns_reply r;
	answer(0, DNS_HTTPS, 1, 0, 0);
	svcb(DNS_HTTPS, 1, "", "", 0);
	parses(&r);
	assert_int_equal(r.nchain, 0);
}

static void malformed_service_bindings_are_refused(void **s)
{
	struct dns_reply r;
	static const struct {
		const char *p;
		size_t n;
	} bad[] = {
		{ "\0", 1 }, { "\0\4\0", 3 }, { "\0\1\0\5abcd", 8 },            /* bounds */
		{ "\0\4\0\0", 4 }, { "\0\4\0\3abc", 7 }, { "\0\6\0\4abcd", 8 }, /* hints */
		{ "\0\3\0\0\0\3\0\0", 8 }, { "\0\3\0\0\0\1\0\0", 8 },           /* order of keys */
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		answer(0, DNS_HTTPS, 1, 0, 0);
		svcb(DNS_HTTPS, 1, "svc.test", bad[i].p, bad[i].n);
		assert_int_equal(parse(&r), ERR_MALFORMED);
	}
	static const struct {
		const char *p;
		size_t n;
	} rdata[] = {
		{ "", 0 },
		{ "\0\1", 2 },
		{ "\0\1\3abc", 6 },
		{ "\0\1\300\14", 4 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rdata); i++) {
		answer(0, DNS_HTTPS, 1, 0, 0);
		put_rr(&p, DNS_HTTPS, 60, rdata[i].p, rdata[i].n);
		assert_int_equal(parse(&r), ERR_MALFORMED);
	}
}

static void more_than_is_kept_is_overfull(void **s)
{
	static struct dns_reply r;
	for (unsigned n = DNS_REPLY_ADDRESSES; n <= DNS_REPLY_ADDRESSES + 1; n++) {
		answer(0, DNS_A, n, 0, 0);
		for (unsigned i = 0; i < n; i++)
			put_rr(&p, DNS_A, 1, "abcd", 4);
		parses(&r);
		assert_int_equal(r.naddress, DNS_REPLY_ADDRESSES);
		assert_int_equal(r.overfull, n > DNS_REPLY_ADDRESSES);
	}
	for (unsigned n = DNS_REPLY_CHAIN; n <= DNS_REPLY_CHAIN + 1; n++) {
		answer(0, DNS_A, n, 0, 0);
		for (unsigned i = 0; i < n; i++)
			put_cname(&p, DNS_CNAME, 1, "x.test");
		parses(&r);
		assert_int_equal(r.nchain, DNS_REPLY_CHAIN);
		assert_int_equal(r.overfull, n > DNS_REPLY_CHAIN);
	}
	for (unsigned n = DNS_REPLY_TTLS; n <= DNS_REPLY_TTLS + 1; n++) {
		answer(0, DNS_TXT, n, 0, 0);
		for (unsigned i = 0; i < n; i++)
			put_rr(&p, DNS_TXT, n - i, "\0", 1);
		parses(&r);
		assert_int_equal(r.nttl, DNS_REPLY_TTLS);
		assert_int_equal(r.overfull, n > DNS_REPLY_TTLS);
		assert_int_equal(r.ttl, 1); /* the last one counts though it is not kept */
	}
}

static void ede(const char *options, size_t n, struct dns_reply *r)
{
	answer(DNS_SERVFAIL, DNS_A, 0, 0, 1);
	put_opt(&p, 1232, 0, options, n);
	parses(r);
}

static void the_first_extended_error_is_taken(void **s)
{
	struct dns_reply r;
	ede("\0\3\0\0\0\17\0\5\0\6bad\0\17\0\2\0\7", 19, &r);
	assert_int_equal(r.ede, DNS_EDE_DNSSEC_BOGUS);
	assert_int_equal(r.ede_text_len, 3);
	assert_memory_equal(r.ede_text, "bad", 3);
	ede("\0\17\0\1x", 5, &r); /* too short to be one */
	assert_int_equal(r.ede, DNS_EDE_NONE);
	ede("\0\17\0\5\0\0ok\0", 9, &r);
	assert_int_equal(r.ede, DNS_EDE_OTHER);
	assert_int_equal(r.ede_text_len, 2); /* without the NUL some send */
}

static void a_long_error_text_is_cut_between_characters(void **s)
{
	struct dns_reply r;
	char option[4 + 2 + 80] = { 0, 15, 0, 82, 0, 6 };
	for (unsigned i = 0; i < 40; i++)
		memcpy(option + 6 + 2 * i, "\xc3\xa9", 2);
	ede(option, sizeof option, &r);
	assert_int_equal(r.ede_text_len, 64);
	option[6] = 'x'; /* now every character starts one byte earlier */
	memmove(option + 7, option + 8, 78);
	ede(option, sizeof option, &r);
	assert_int_equal(r.ede_text_len, 63);
}

static void the_rcode_is_extended_by_the_opt(void **s)
{
	struct dns_reply r;
	answer(7, DNS_A, 0, 0, 1);
	put_opt(&p, 1232, 1u << 24, "", 0);
	parses(&r);
	assert_int_equal(r.rcode, DNS_BADCOOKIE);
}

static void an_opt_that_breaks_the_rules_is_malformed(void **s)
{
	struct dns_reply r;
	answer(0, DNS_A, 0, 0, 2);
	put_opt(&p, 1232, 0, "", 0);
	put_opt(&p, 1232, 0, "", 0);
	assert_int_equal(parse(&r), ERR_MALFORMED);
	answer(0, DNS_A, 1, 0, 0);
	put_opt(&p, 1232, 0, "", 0);
	assert_int_equal(parse(&r), ERR_MALFORMED);
	answer(0, DNS_A, 0, 1, 0);
	put_opt(&p, 1232, 0, "", 0);
	assert_int_equal(parse(&r), ERR_MALFORMED);
	answer(0, DNS_A, 0, 0, 1);
	put_rr(&p, DNS_OPT, 0, "", 0);
	assert_int_equal(parse(&r), ERR_MALFORMED);
	answer(0, DNS_A, 0, 0, 1);
	put_opt(&p, 1232, 0, "\0\17\0\2x", 5);
	assert_int_equal(parse(&r), ERR_MALFORMED);
	answer(0, DNS_A, 0, 0, 1);
	put_opt(&p, 1232, 0, "\0\17\0", 3);
	assert_int_equal(parse(&r), ERR_MALFORMED);
}

static void a_query_is_no_reply(void **s)
{
	struct dns_reply r;
	put_header(&p, DNS_RD, 1, 0, 0, 0);
	put_question(&p, "a.test", DNS_A);
	assert_int_equal(parse(&r), ERR_MALFORMED);
}

static void a_reply_cut_anywhere_is_truncated_unless_it_says_so(void **s)
{
	struct dns_reply r;
	answer(0, DNS_A, 2, 0, 0);
	put_rr(&p, DNS_A, 9, "abcd", 4);
	size_t first = p.n;
	put_rr(&p, DNS_A, 9, "abcd", 4);
	size_t whole = p.n;
	for (p.n = 0; p.n < whole; p.n++)
		assert_int_equal(parse(&r), ERR_TRUNCATED);
	p.b[2] |= DNS_TC >> 8;
	for (p.n = 29; p.n < whole; p.n++) {
		parses(&r);
		assert_int_equal(r.ancount, p.n >= first);
		assert_int_equal(r.body_end, p.n >= first ? first : 29);
		assert_true(r.flags & DNS_TC);
	}
	p.n = 28; /* the question itself must be whole */
	assert_int_equal(parse(&r), ERR_TRUNCATED);
}

static void bytes_after_the_last_record_are_malformed(void **s)
{
	struct dns_reply r;
	answer(0, DNS_A, 0, 0, 0);
	put8(&p, 0);
	assert_int_equal(parse(&r), ERR_MALFORMED);
}

static void no_question_is_read_two_are_malformed(void **s)
{
	struct dns_reply r;
	struct dns_name n = name_of(".");
	put_header(&p, DNS_QR | DNS_FORMERR, 0, 0, 0, 0);
	parses(&r);
	assert_int_equal(r.question_end, 12);
	assert_false(dns_reply_matches(bytes_of(p.b, p.n), &r, &n, 0));
	put_header(&p, DNS_QR, 2, 0, 0, 0);
	put_question(&p, "a.test", 1);
	put_question(&p, "a.test", 1);
	assert_int_equal(parse(&r), ERR_MALFORMED);
}

static void a_compressed_question_is_malformed(void **s)
{
	struct dns_reply r;
	put_header(&p, DNS_QR, 1, 0, 0, 0);
	put16(&p, 0xc00a);
	put32(&p, 0x10001);
	assert_int_equal(parse(&r), ERR_MALFORMED);
}

static void more_than_a_message_holds_is_malformed(void **s)
{
	static uint8_t big[DNS_MAX_MESSAGE + 1];
	struct dns_reply r;
	big[2] = 0x80;
	assert_int_equal(dns_reply_parse(bytes_of(big, sizeof big), &r), ERR_MALFORMED);
}

static bool matches(const struct dns_reply *r, const char *name, unsigned type)
{
	struct dns_name n = name_of(name);
	return dns_reply_matches(bytes_of(p.b, p.n), r, &n, (uint16_t)type);
}

static void a_reply_matches_its_question_only(void **s)
{
	struct dns_reply r;
	answer(0, DNS_A, 0, 0, 0);
	parses(&r);
	assert_true(matches(&r, "www.example", DNS_A));
	assert_false(matches(&r, "www.example", DNS_AAAA));
	assert_false(matches(&r, "wwx.example", DNS_A));
	assert_false(matches(&r, "example", DNS_A));
	p.b[p.n - 1] = DNS_CH;
	parses(&r);
	assert_false(matches(&r, "www.example", DNS_A));
	answer(5 << 11, DNS_A, 0, 0, 0); /* an UPDATE */
	parses(&r);
	assert_false(matches(&r, "www.example", DNS_A));
}

static void the_opt_and_what_follows_it_is_cut_out(void **s)
{
	struct dns_reply r, again;
	answer(0, DNS_A, 1, 1, 4);
	put_rr(&p, DNS_A, 10, "abcd", 4);
	put_rr(&p, DNS_NS, 20, "\0", 1);
	put_rr(&p, DNS_A, 30, "abcd", 4);
	put_rr(&p, DNS_AAAA, 40, "0123456789abcdef", 16);
	size_t want = p.n;
	put_opt(&p, 1232, 0, "\0\17\0\2\0\1", 6);
	put_rr(&p, DNS_A, 50, "abcd", 4);
	parses(&r);
	assert_int_equal(r.arcount, 3);
	assert_int_equal(r.nttl, 5);
	p.n = dns_reply_strip_opt(p.b, &r);
	assert_int_equal(p.n, want);
	assert_int_equal(r.body_end, want);
	assert_int_equal(r.arcount, 2);
	assert_int_equal(r.nttl, 4);
	assert_int_equal(r.opt_at, 0);
	assert_int_equal(r.opt_end, 0);
	assert_int_equal(be16_get(p.b + 10), 2);
	parses(&again);
	assert_int_equal(again.nttl, 4);
	assert_int_equal(dns_reply_strip_opt(p.b, &again), want); /* nothing left to cut */
	assert_int_equal(again.arcount, 2);
}

static void ttls_grow_old_between_floor_and_cap(void **s)
{
	static const struct {
		uint32_t ttl, age, floor, cap, want;
	} cases[] = {
		{ 300, 0, 0, UINT32_MAX, 300 },
		{ 300, 100, 0, UINT32_MAX, 200 },
		{ 300, 300, 0, UINT32_MAX, 0 },
		{ 300, 301, 0, UINT32_MAX, 0 },
		{ 300, 1000, 30, UINT32_MAX, 30 },
		{ 300, 10, 0, 60, 60 },
		{ 20, 10, 0, 60, 10 },
		{ 300, 1000, 30, 5, 5 },
		{ 0x80000001u, 0, 0, UINT32_MAX, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t msg[12];
		static const uint16_t at[] = { 1, 7 };
		memset(msg, 0xee, sizeof msg);
		be32_put(msg + 1, cases[i].ttl);
		be32_put(msg + 7, cases[i].ttl);
		dns_ttls_age(msg, at, 2, cases[i].age, cases[i].floor, cases[i].cap);
		assert_int_equal(be32_get(msg + 1), cases[i].want);
		assert_int_equal(be32_get(msg + 7), cases[i].want);
		assert_int_equal(msg[0], 0xee);
		assert_int_equal(msg[5], 0xee);
		assert_int_equal(msg[11], 0xee);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_ttls_and_counts_are_taken),
		cmocka_unit_test(an_ipv6_address_is_taken),
		cmocka_unit_test(an_address_of_the_wrong_length_is_malformed),
		cmocka_unit_test(a_chain_of_dname_and_cnames_is_kept_in_order),
		cmocka_unit_test(a_compressed_target_is_read),
		cmocka_unit_test(a_target_that_does_not_fill_its_rdata_is_malformed),
		cmocka_unit_test(records_of_other_sections_and_classes_lead_nowhere),
		cmocka_unit_test(ttls_above_31_bits_are_zero),
		cmocka_unit_test(negative_answers_live_as_long_as_their_soa_says),
		cmocka_unit_test(a_negative_answer_without_soa_is_not_kept),
		cmocka_unit_test(
			a_chain_that_ends_in_nothing_is_negative_and_as_short_as_its_links),
		cmocka_unit_test(the_type_asked_makes_an_answer_positive),
		cmocka_unit_test(failures_are_neither_negative_nor_kept),
		cmocka_unit_test(a_malformed_soa_is_refused),
		cmocka_unit_test(https_targets_and_hints_are_taken),
		cmocka_unit_test(alias_mode_leads_to_its_target_and_shows_its_hints),
		cmocka_unit_test(a_target_of_the_owner_itself_is_no_new_name),
		cmocka_unit_test(malformed_service_bindings_are_refused),
		cmocka_unit_test(more_than_is_kept_is_overfull),
		cmocka_unit_test(the_first_extended_error_is_taken),
		cmocka_unit_test(a_long_error_text_is_cut_between_characters),
		cmocka_unit_test(the_rcode_is_extended_by_the_opt),
		cmocka_unit_test(an_opt_that_breaks_the_rules_is_malformed),
		cmocka_unit_test(a_query_is_no_reply),
		cmocka_unit_test(a_reply_cut_anywhere_is_truncated_unless_it_says_so),
		cmocka_unit_test(bytes_after_the_last_record_are_malformed),
		cmocka_unit_test(no_question_is_read_two_are_malformed),
		cmocka_unit_test(a_compressed_question_is_malformed),
		cmocka_unit_test(more_than_a_message_holds_is_malformed),
		cmocka_unit_test(a_reply_matches_its_question_only),
		cmocka_unit_test(the_opt_and_what_follows_it_is_cut_out),
		cmocka_unit_test(ttls_grow_old_between_floor_and_cap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
