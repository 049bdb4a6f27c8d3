/* SPDX-License-Identifier: Apache-2.0 */
#include "packet.h"

static struct packet p;

/* Parses an exact copy that lives until the next call. */
static enum dns_query_status parse(struct dns_query *q)
{
	static uint8_t *b;
	free(b);
	b = exact(&p);
	return dns_query_parse(b, p.n, q);
}

static void question(unsigned flags, unsigned an, unsigned ns, unsigned ar)
{
	put_header(&p, flags, 1, an, ns, ar);
	put_question(&p, "Www.eXample", DNS_AAAA);
}

/* A query with these EDNS options. */
static enum dns_query_status with_options(const char *options, size_t n, struct dns_query *q)
{
	question(DNS_RD, 0, 0, 1);
	put_opt(&p, 1232, 0, options, n);
	return parse(q);
}

static void a_plain_query_is_read(void **s)
{
	struct dns_query q;
	question(DNS_RD | DNS_CD, 0, 0, 0);
	assert_int_equal(parse(&q), DNS_QUERY_OK);
	assert_int_equal(q.id, 0x1234);
	assert_int_equal(q.flags, DNS_RD | DNS_CD);
	assert_int_equal(q.qtype, DNS_AAAA);
	assert_int_equal(q.qclass, DNS_IN);
	assert_int_equal(q.question_end, p.n);
	assert_name(&q.qname, "www.example");
	assert_sound(&q.qname);
	assert_false(q.edns);
	assert_false(q.dnssec_ok);
	assert_int_equal(q.udp_size, 512);
	assert_null(q.cookie);
	assert_memory_equal(q.packet.p + 12, "\3Www\7eXample", 13);
}

static void the_root_can_be_asked_for(void **s)
{
	struct dns_query q;
	put_header(&p, 0, 1, 0, 0, 0);
	put_question(&p, "", DNS_NS);
	assert_int_equal(parse(&q), DNS_QUERY_OK);
	assert_int_equal(q.qname.len, 1);
	assert_int_equal(q.question_end, 17);
}

static void short_packets_and_responses_are_dropped(void **s)
{
	struct dns_query q;
	question(0, 0, 0, 0);
	for (p.n = 0; p.n < 12; p.n++)
		assert_int_equal(parse(&q), DNS_QUERY_DROP);
	question(DNS_QR, 0, 0, 0);
	assert_int_equal(parse(&q), DNS_QUERY_DROP);
}

static void other_opcodes_are_not_implemented(void **s)
{
	struct dns_query q;
	for (unsigned opcode = 1; opcode < 16; opcode++) {
		question(opcode << 11 | DNS_RD, 0, 0, 0);
		assert_int_equal(parse(&q), DNS_QUERY_NOTIMP);
		assert_int_equal(q.flags, opcode << 11 | DNS_RD);
		assert_int_equal(q.question_end, 12);
	}
}

static void exactly_one_question_is_wanted(void **s)
{
	struct dns_query q;
	put_header(&p, 0, 0, 0, 0, 0);
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
	assert_int_equal(q.question_end, 12);
	put_header(&p, 0, 2, 0, 0, 0);
	put_question(&p, "a.test", 1);
	put_question(&p, "b.test", 1);
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
}

static void a_query_cut_anywhere_is_no_query(void **s)
{
	struct dns_query q;
	question(0, 0, 0, 1);
	put_opt(&p, 4096, 0, "\0\12\0\10abcdefgh", 12);
	size_t whole = p.n;
	assert_int_equal(parse(&q), DNS_QUERY_OK);
	for (p.n = 12; p.n < whole; p.n++) {
		assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
		assert_int_equal(q.question_end, p.n < 29 ? 12 : 29);
	}
}

static void bytes_after_the_last_record_are_a_format_error(void **s)
{
	struct dns_query q;
	question(0, 0, 0, 0);
	put8(&p, 0);
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
	assert_int_equal(q.question_end, 29); /* so that the answer can repeat the question */
}

static void a_compressed_question_is_a_format_error(void **s)
{
	struct dns_query q;
	put_header(&p, 0, 1, 0, 0, 0);
	put16(&p, 0xc004);
	put32(&p, 0x10001);
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
	assert_int_equal(q.question_end, 12);
}

static void an_opt_record_is_read(void **s)
{
	struct dns_query q;
	question(DNS_RD, 0, 0, 1);
	put_opt(&p, 4096, DNS_EDNS_DO, "", 0);
	assert_int_equal(parse(&q), DNS_QUERY_OK);
	assert_true(q.edns);
	assert_true(q.dnssec_ok);
	assert_int_equal(q.udp_size, 4096);
	assert_int_equal(q.edns_version, 0);
}

static void a_udp_size_below_512_means_512(void **s)
{
	struct dns_query q;
	static const unsigned sizes[][2] = { { 0, 512 }, { 511, 512 }, { 513, 513 },
		{ 65535, 65535 } };
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		question(0, 0, 0, 1);
		put_opt(&p, sizes[i][0], 0, "", 0);
		assert_int_equal(parse(&q), DNS_QUERY_OK);
		assert_int_equal(q.udp_size, sizes[i][1]);
		assert_false(q.dnssec_ok);
	}
}

static void an_edns_version_above_0_is_said_so_with_all_else_read(void **s)
{
	struct dns_query q;
	question(0, 0, 0, 1);
	put_opt(&p, 1400, 1u << 16 | DNS_EDNS_DO, "\0\12\0\10abcdefgh", 12);
	assert_int_equal(parse(&q), DNS_QUERY_BADVERS);
	assert_int_equal(q.edns_version, 1);
	assert_int_equal(q.udp_size, 1400);
	assert_int_equal(q.cookie_len, 8);
	assert_true(q.dnssec_ok);
	assert_int_equal(q.question_end, 29);
}

static void options_of_a_later_version_are_no_format_error(void **s)
{
	struct dns_query q;
	question(0, 0, 0, 1);
	put_opt(&p, 1400, 2u << 16, "\0\12\0\77abc", 7);
	assert_int_equal(parse(&q), DNS_QUERY_BADVERS);
}

static void a_second_opt_record_is_a_format_error(void **s)
{
	struct dns_query q;
	question(0, 0, 0, 2);
	put_opt(&p, 1232, 0, "", 0);
	put_opt(&p, 1232, 0, "", 0);
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
}

static void an_opt_record_elsewhere_or_of_another_owner_is_a_format_error(void **s)
{
	struct dns_query q;
	question(0, 1, 0, 0);
	put_opt(&p, 1232, 0, "", 0);
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
	question(0, 0, 1, 0);
	put_opt(&p, 1232, 0, "", 0);
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
	question(0, 0, 0, 1);
	put_rr(&p, DNS_OPT, 0, "", 0);
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
}

static void other_records_are_walked_over(void **s)
{
	struct dns_query q;
	question(0, 1, 1, 3);
	put_rr(&p, DNS_A, 5, "\1\2\3\4", 4);
	put_soa(&p, 1, 2);
	put_name(&p, "key.test");
	size_t at = put_fixed(&p, 24, 255, 0); /* SIG(0) */
	end_rdata(&p, at);
	put_opt(&p, 2000, 0, "", 0);
	put_rr(&p, DNS_TSIG, 0, "abc", 3);
	assert_int_equal(parse(&q), DNS_QUERY_OK);
	assert_int_equal(q.udp_size, 2000);
}

static void a_record_count_that_is_not_there_is_a_format_error(void **s)
{
	struct dns_query q;
	question(0, 0, 0, 65535);
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
	question(0, 65535, 65535, 65535);
	put_opt(&p, 1232, 0, "", 0);
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
}

static void a_record_longer_than_the_packet_is_a_format_error(void **s)
{
	struct dns_query q;
	question(0, 0, 0, 1);
	put_opt(&p, 1232, 0, "\0\3\0\0", 4);
	p.n--;
	assert_int_equal(parse(&q), DNS_QUERY_FORMERR);
}

static void unknown_options_are_ignored(void **s)
{
	struct dns_query q;
	assert_int_equal(
		with_options("\0\3\0\0\0\10\0\4\0\1\0\0\376\1\0\2xy", 18, &q), DNS_QUERY_OK);
	assert_null(q.cookie);
}

static void options_out_of_bounds_are_a_format_error(void **s)
{
	struct dns_query q;
	assert_int_equal(with_options("\0", 1, &q), DNS_QUERY_FORMERR);
	assert_int_equal(with_options("\0\3\0", 3, &q), DNS_QUERY_FORMERR);
	assert_int_equal(with_options("\0\3\0\1", 4, &q), DNS_QUERY_FORMERR);
	assert_int_equal(with_options("\0\3\0\2xyz", 7, &q), DNS_QUERY_FORMERR);
}

static void cookies_of_the_lengths_of_rfc_7873_are_taken(void **s)
{
	for (unsigned len = 0; len <= 48; len++) {
		struct dns_query q;
		char option[64] = { 0, 10, 0, (char)len };
		for (unsigned i = 0; i < len; i++)
			option[4 + i] = (char)i;
		bool good = len == 8 || (len >= 16 && len <= 40);
		assert_int_equal(
			with_options(option, 4 + len, &q), good ? DNS_QUERY_OK : DNS_QUERY_FORMERR);
		if (good) {
			assert_int_equal(q.cookie_len, len);
			assert_memory_equal(q.cookie, option + 4, len);
		}
	}
}

static void the_first_cookie_counts(void **s)
{
	struct dns_query q;
	assert_int_equal(with_options("\0\12\0\10abcdefgh\0\12\0\1z", 17, &q), DNS_QUERY_OK);
	assert_int_equal(q.cookie_len, 8);
	assert_memory_equal(q.cookie, "abcdefgh", 8);
}

static void nothing_of_the_query_before_stays(void **s)
{
	struct dns_query q;
	question(0, 0, 0, 1);
	put_opt(&p, 4096, DNS_EDNS_DO, "\0\12\0\10abcdefgh", 12);
	assert_int_equal(parse(&q), DNS_QUERY_OK);
	put_header(&p, 0, 1, 0, 0, 0);
	put_question(&p, "a.test", DNS_A);
	assert_int_equal(parse(&q), DNS_QUERY_OK);
	assert_false(q.edns);
	assert_false(q.dnssec_ok);
	assert_null(q.cookie);
	assert_int_equal(q.cookie_len, 0);
	assert_int_equal(q.udp_size, 512);
	assert_sound(&q.qname);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_query_is_read),
		cmocka_unit_test(the_root_can_be_asked_for),
		cmocka_unit_test(short_packets_and_responses_are_dropped),
		cmocka_unit_test(other_opcodes_are_not_implemented),
		cmocka_unit_test(exactly_one_question_is_wanted),
		cmocka_unit_test(a_query_cut_anywhere_is_no_query),
		cmocka_unit_test(bytes_after_the_last_record_are_a_format_error),
		cmocka_unit_test(a_compressed_question_is_a_format_error),
		cmocka_unit_test(an_opt_record_is_read),
		cmocka_unit_test(a_udp_size_below_512_means_512),
		cmocka_unit_test(an_edns_version_above_0_is_said_so_with_all_else_read),
		cmocka_unit_test(options_of_a_later_version_are_no_format_error),
		cmocka_unit_test(a_second_opt_record_is_a_format_error),
		cmocka_unit_test(an_opt_record_elsewhere_or_of_another_owner_is_a_format_error),
		cmocka_unit_test(other_records_are_walked_over),
		cmocka_unit_test(a_record_count_that_is_not_there_is_a_format_error),
		cmocka_unit_test(a_record_longer_than_the_packet_is_a_format_error),
		cmocka_unit_test(unknown_options_are_ignored),
		cmocka_unit_test(options_out_of_bounds_are_a_format_error),
		cmocka_unit_test(cookies_of_the_lengths_of_rfc_7873_are_taken),
		cmocka_unit_test(the_first_cookie_counts),
		cmocka_unit_test(nothing_of_the_query_before_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
