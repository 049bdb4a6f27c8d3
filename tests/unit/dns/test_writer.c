/* SPDX-License-Identifier: Apache-2.0 */
#include "packet.h"
#include "dns/writer.h"

static struct packet p;
static struct dns_query query;
static const struct dns_opt plain = { .udp_size = 1232, .ede = DNS_EDE_NONE, .keepalive = -1 };

/* A query for `name`, parsed. Valid until the next call. */
static const struct dns_query *ask(const char *name, unsigned flags)
{
	put_header(&p, flags, 1, 0, 0, 0);
	put_question(&p, name, DNS_A);
	assert_int_equal(dns_query_parse(p.b, p.n, &query), DNS_QUERY_OK);
	return &query;
}

static void begin(struct dns_writer *w, uint8_t *buf, size_t cap, const char *name)
{
	dns_writer_reply(w, buf, cap, ask(name, DNS_RD), DNS_NOERROR);
}

static void parses(const uint8_t *buf, size_t n, struct dns_reply *ret)
{
	assert_int_equal(dns_reply_parse(bytes_of(buf, n), ret), 0);
}

static void golden(const uint8_t *buf, size_t n, const char *want, size_t want_n)
{
	assert_int_equal(n, want_n);
	assert_memory_equal(buf, want, n);
}

static void a_reply_repeats_id_question_and_case(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	dns_writer_reply(
		&w, buf, sizeof buf, ask("wWw.ExamplE", DNS_RD | DNS_CD | DNS_AD), DNS_NXDOMAIN);
	static const char want[] = "\x12\x34\x81\x93\0\1\0\0\0\0\0\0\3wWw\7ExamplE\0\0\1\0\1";
	golden(buf, dns_writer_finish(&w), want, sizeof want - 1);
}

static void a_reply_to_another_opcode_keeps_it_and_has_no_question(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	put_header(&p, 5 << 11, 1, 0, 0, 0);
	put_question(&p, "example", DNS_SOA);
	assert_int_equal(dns_query_parse(p.b, p.n, &query), DNS_QUERY_NOTIMP);
	dns_writer_reply(&w, buf, sizeof buf, &query, DNS_NOTIMP);
	dns_writer_rr(&w, DNS_ADDITIONAL, NULL, DNS_TXT, 0, "\0", 1); /* the root owns it */
	static const char want[] = "\x12\x34\xa8\x84\0\0\0\0\0\0\0\1\0\0\20\0\1\0\0\0\0\0\1\0";
	golden(buf, dns_writer_finish(&w), want, sizeof want - 1);
}

static void a_query_is_written_with_the_flags_allowed(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	struct dns_name n = name_of("a.test");
	dns_writer_query(&w, buf, sizeof buf, 0xbeef, 0xffff, &n, DNS_HTTPS);
	static const char want[] = "\xbe\xef\x01\x30\0\1\0\0\0\0\0\0\1a\4test\0\0\101\0\1";
	golden(buf, dns_writer_finish(&w), want, sizeof want - 1);
}

static void a_record_of_the_question_is_owned_by_a_pointer(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	begin(&w, buf, sizeof buf, "Example");
	size_t at = w.n;
	dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_A, 300, "\300\0\2\1", 4);
	static const char want[] = "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\300\0\2\1";
	golden(buf + at, w.n - at, want, sizeof want - 1);
	assert_int_equal(dns_writer_finish(&w), w.n);
	assert_int_equal(be16_get(buf + 6), 1);
}

static void names_are_compressed_whatever_the_case_of_the_question(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	struct dns_name owner = name_of("wWw.example"), target = name_of("cdn.example");
	begin(&w, buf, sizeof buf, "WWW.eXAMPLE");
	size_t at = w.n;
	dns_writer_cname(&w, &owner, 1, &target);
	/* The owner is the question's; the target shares "example" at 16; then it is the owner. */
	dns_writer_rr(&w, DNS_ANSWER, &target, DNS_A, 2, "abcd", 4);
	static const char want[] = "\xc0\x0c\0\5\0\1\0\0\0\1\0\6\3cdn\xc0\x10"
				   "\xc0\x29\0\1\0\1\0\0\0\2\0\4abcd";
	golden(buf + at, w.n - at, want, sizeof want - 1);
}

static void the_longest_shared_end_is_taken(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	struct dns_name a = name_of("b.example"), b = name_of("c.b.example"),
			c = name_of("x.c.b.example");
	begin(&w, buf, sizeof buf, "a.example");
	dns_writer_rr(&w, DNS_ANSWER, &a, DNS_A, 0, "", 0);
	dns_writer_rr(&w, DNS_ANSWER, &b, DNS_A, 0, "", 0);
	size_t b_at = w.n - 10 - 4, c_at = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &c, DNS_A, 0, "", 0);
	assert_memory_equal(buf + c_at, "\1x", 2);
	assert_int_equal(be16_get(buf + c_at + 2), 0xc000 | b_at);
	/* Not the last name that shares something. */
	struct dns_name d = name_of("z.example"), e = name_of("y.c.b.example");
	dns_writer_rr(&w, DNS_ANSWER, &d, DNS_A, 0, "", 0);
	size_t e_at = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &e, DNS_A, 0, "", 0);
	assert_int_equal(be16_get(buf + e_at + 2), 0xc000 | b_at);
}

static void the_end_of_a_remembered_name_is_reached_through_its_pointer(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	struct dns_name a = name_of("x.y.example"), b = name_of("y.example");
	begin(&w, buf, sizeof buf, "example");
	size_t a_at = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &a, DNS_A, 0, "", 0);
	size_t b_at = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &b, DNS_A, 0, "", 0);
	assert_memory_equal(buf + a_at, "\1x\1y\xc0\x0c", 6);
	assert_int_equal(be16_get(buf + b_at), 0xc000 | (a_at + 2));
}

static void names_that_only_look_alike_are_not_shared(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	/* Same length and same bytes but for the place of the dots, or for one bit. */
	struct dns_name a = name_of("b\\001a"), b = name_of("ab.examplf"), c = name_of("a\\.b");
	begin(&w, buf, sizeof buf, "b.a");
	size_t at = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &a, DNS_A, 0, "", 0);
	assert_memory_equal(buf + at, "\3b\1a", 5);
	at = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &b, DNS_A, 0, "", 0);
	assert_memory_equal(buf + at, "\2ab\7examplf", 12);
	at = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &c, DNS_A, 0, "", 0);
	assert_memory_equal(buf + at, "\3a.b", 5);
}

static void an_at_sign_and_a_backtick_are_not_a_letter_in_two_cases(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	struct dns_name n = name_of("\\096.test");
	begin(&w, buf, sizeof buf, "@.test"); /* 0x40 and 0x60 */
	size_t at = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &n, DNS_A, 0, "", 0);
	assert_memory_equal(buf + at, "\1`\xc0\x0e", 4);
}

static void the_root_is_one_byte(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	struct dns_name root = name_of(".");
	begin(&w, buf, sizeof buf, "");
	size_t at = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &root, DNS_NS, 0, "", 0);
	dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_NS, 0, "", 0);
	static const char want[] = "\0\0\2\0\1\0\0\0\0\0\0\0\0\2\0\1\0\0\0\0\0\0";
	golden(buf + at, w.n - at, want, sizeof want - 1);
}

static void more_names_than_are_remembered_are_written_whole(void **s)
{
	uint8_t buf[4096];
	struct dns_writer w;
	struct dns_reply r;
	begin(&w, buf, sizeof buf, "q.test");
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 30; i++) {
			char text[20];
			assert_true(snprintf(text, sizeof text, "n%u.example%u", i, i) > 0);
			struct dns_name n = name_of(text);
			size_t before = w.n;
			dns_writer_rr(&w, DNS_ANSWER, &n, DNS_A, 0, "abcd", 4);
			bool kept = i < DNS_WRITER_NAMES - 1;
			assert_int_equal(w.n - before - 14, round && kept ? 2 : n.len);
		}
	size_t n = dns_writer_finish(&w);
	parses(buf, n, &r);
	assert_int_equal(r.ancount, 60);
}

static void pointers_stay_below_0x4000(void **s)
{
	static uint8_t buf[DNS_MAX_MESSAGE];
	static uint8_t filler[0x4000];
	struct dns_writer w;
	struct dns_name n = name_of("far.away.test");
	begin(&w, buf, sizeof buf, "q.example");
	dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_TXT, 0, filler, 0x3fff - w.n - 12);
	assert_int_equal(w.n, 0x3fff);
	dns_writer_rr(&w, DNS_ANSWER, &n, DNS_TXT, 0, "", 0);
	size_t before = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &n, DNS_TXT, 0, "", 0);
	assert_int_equal(be16_get(buf + before), 0xc000 | 0x3fff);
	/* "away.test" stands at 0x4003: no pointer reaches it. */
	dns_name_parent(&n, 1, &n);
	before = w.n;
	dns_writer_rr(&w, DNS_ANSWER, &n, DNS_TXT, 0, "", 0);
	assert_memory_equal(buf + before, "\4away\4test", 11);
	size_t size = dns_writer_finish(&w);
	struct dns_reply r;
	parses(buf, size, &r);
	assert_int_equal(r.ancount, 4);
}

static void a_negative_answer_has_its_soa(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	struct dns_name zone = name_of("example");
	struct dns_reply r;
	dns_writer_reply(&w, buf, sizeof buf, ask("www.example", DNS_RD), DNS_NXDOMAIN);
	size_t at = w.n;
	dns_writer_negative_soa(&w, &zone, 60);
	static const char want[] =
		"\xc0\x10\0\6\0\1\0\0\0\x3c\0\x2c\5guard\7invalid\0\6nobody\xc0\x2f"
		"\0\0\0\1\0\0\x0e\x10\0\0\3\x84\0\x09\x3a\x80\0\0\0\x3c";
	golden(buf + at, w.n - at, want, sizeof want - 1);
	size_t n = dns_writer_finish(&w);
	parses(buf, n, &r);
	assert_true(r.negative);
	assert_int_equal(r.ttl, 60);
	assert_int_equal(r.nscount, 1);
}

static void a_soa_beyond_the_reach_of_pointers_is_written_whole(void **s)
{
	static uint8_t buf[DNS_MAX_MESSAGE], filler[0x4000];
	struct dns_writer w;
	struct dns_reply r;
	begin(&w, buf, sizeof buf, "q.example");
	dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_TXT, 0, filler, sizeof filler);
	dns_writer_negative_soa(&w, NULL, 9);
	size_t n = dns_writer_finish(&w);
	parses(buf, n, &r);
	assert_int_equal(r.nscount, 1);
	assert_int_equal(be32_get(buf + n - 4), 9);
	struct dns_name name;
	size_t pos = r.ttl_at[1] + 6;
	assert_int_equal(dns_name_read(bytes_of(buf, n), &pos, &name), 0);
	assert_name(&name, "guard.invalid");
	assert_int_equal(dns_name_read(bytes_of(buf, n), &pos, &name), 0);
	assert_name(&name, "nobody.invalid");
	assert_int_equal(pos, n - 20);
}

static void an_opt_record_carries_its_options(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	begin(&w, buf, sizeof buf, "a.test");
	size_t at = w.n;
	struct dns_opt o = { .udp_size = 1232,
		.ext_rcode = 1,
		.dnssec_ok = true,
		.ede = DNS_EDE_FILTERED,
		.ede_text = bytes_str("no"),
		.cookie = bytes_str("abcdefgh"),
		.keepalive = 300 };
	dns_writer_opt(&w, &o);
	static const char want[] = "\0\0\x29\4\xd0\1\0\x80\0\0\x1a\0\x0a\0\x08"
				   "abcdefgh"
				   "\0\x0b\0\2\1\x2c\0\x0f\0\4\0\x11no";
	golden(buf + at, w.n - at, want, sizeof want - 1);
	assert_int_equal(dns_writer_finish(&w), w.n);
	assert_int_equal(be16_get(buf + 10), 1);
}

static void an_opt_record_without_options_is_eleven_bytes(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	begin(&w, buf, sizeof buf, "a.test");
	size_t at = w.n;
	dns_writer_opt(&w, &plain);
	golden(buf + at, w.n - at, "\0\0\x29\4\xd0\0\0\0\0\0\0", 11);
}

static void text_of_an_error_is_dropped_before_anything_else(void **s)
{
	uint8_t buf[512];
	struct dns_writer w;
	struct dns_reply r;
	struct dns_opt o = plain;
	o.ede = DNS_EDE_BLOCKED;
	o.ede_text = bytes_str("twelve bytes");
	begin(&w, buf, 24 + 16 + 17 + 11, "a.test");
	dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_A, 1, "abcd", 4);
	dns_writer_opt(&w, &o);
	size_t n = dns_writer_finish(&w);
	assert_false(w.overflow);
	parses(buf, n, &r);
	assert_int_equal(r.ancount, 1);
	assert_int_equal(r.ede, DNS_EDE_BLOCKED);
	assert_int_equal(r.ede_text_len, 0);
	assert_int_equal(r.flags & DNS_TC, 0);
}

static void what_does_not_fit_leaves_a_truncated_message_with_its_opt(void **s)
{
	uint8_t buf[512], rdata[500] = { 0 };
	struct dns_writer w;
	struct dns_reply r;
	struct dns_name n = name_of("b.test");
	begin(&w, buf, sizeof buf, "a.test");
	dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_A, 1, "abcd", 4);
	dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_TXT, 1, rdata, sizeof rdata);
	assert_true(w.overflow);
	dns_writer_cname(&w, &n, 1, &n);
	dns_writer_negative_soa(&w, &n, 1);
	struct dns_opt o = plain;
	o.cookie = bytes_str("abcdefgh");
	dns_writer_opt(&w, &o);
	size_t size = dns_writer_finish(&w);
	assert_true(w.overflow);
	assert_int_equal(size, 24 + 11 + 12);
	parses(buf, size, &r);
	assert_true(r.flags & DNS_TC);
	assert_int_equal(r.ancount + r.nscount + r.arcount, 0);
	assert_true(r.opt_at);
}

static void what_does_not_fit_is_cut_without_an_opt_too(void **s)
{
	uint8_t buf[40];
	struct dns_writer w;
	struct dns_reply r;
	begin(&w, buf, sizeof buf, "a.test");
	dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_A, 1, "abcd", 4);
	dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_A, 1, "abcd", 4);
	size_t size = dns_writer_finish(&w);
	assert_int_equal(size, 24);
	parses(buf, size, &r);
	assert_true(r.flags & DNS_TC);
	assert_int_equal(r.ancount, 0);
}

static void an_opt_that_does_not_fit_pushes_the_records_out(void **s)
{
	uint8_t buf[24 + 16 + 10];
	struct dns_writer w;
	struct dns_reply r;
	begin(&w, buf, sizeof buf, "a.test");
	dns_writer_rr(&w, DNS_ANSWER, NULL, DNS_A, 1, "abcd", 4);
	dns_writer_opt(&w, &plain);
	size_t size = dns_writer_finish(&w);
	assert_int_equal(size, 24 + 11);
	parses(buf, size, &r);
	assert_true(r.flags & DNS_TC);
	assert_int_equal(r.ancount, 0);
}

static void options_go_before_the_opt_record_itself(void **s)
{
	uint8_t buf[24 + 11];
	struct dns_writer w;
	struct dns_reply r;
	struct dns_opt o = plain;
	o.cookie = bytes_str("abcdefgh");
	begin(&w, buf, sizeof buf, "a.test");
	dns_writer_opt(&w, &o);
	size_t size = dns_writer_finish(&w);
	assert_int_equal(size, sizeof buf);
	parses(buf, size, &r);
	assert_true(r.opt_end);
	assert_true(r.flags & DNS_TC);
}

/* Every capacity, from nothing to plenty: bounded (the buffer is exact) and always a message. */
static void every_capacity_gives_a_valid_message(void **s)
{
	struct dns_name t = name_of("cdn.test"), z = name_of("test");
	struct dns_opt o = { .udp_size = 1232,
		.ede = DNS_EDE_FILTERED,
		.ede_text = bytes_str("why"),
		.cookie = bytes_str("abcdefghijklmnop"),
		.keepalive = -1 };
	const struct dns_query *q = ask("Www.Test", DNS_RD);
	size_t last = 0;
	for (size_t cap = 0; cap < 200; cap++) {
		uint8_t *buf = malloc(cap ? cap : 1);
		struct dns_writer w;
		struct dns_reply r;
		assert_non_null(buf);
		dns_writer_reply(&w, buf, cap, q, DNS_NXDOMAIN);
		dns_writer_cname(&w, NULL, 5, &t);
		dns_writer_negative_soa(&w, &z, 5);
		dns_writer_opt(&w, &o);
		size_t n = dns_writer_finish(&w);
		assert_true(n <= cap);
		assert_int_equal(n == 0, cap < DNS_HEADER);
		if (n) {
			parses(buf, n, &r);
			assert_int_equal(!!(r.flags & DNS_TC), w.overflow);
			assert_int_equal(r.question_end, cap < 26 ? 12 : 26);
			assert_int_equal(r.ancount, !w.overflow);
		}
		last = w.overflow ? 0 : n;
		free(buf);
	}
	assert_true(last > 100);
}

/* Random records through random names of a small alphabet, which share ends often. */
static void what_is_written_is_read_back(void **s)
{
	uint64_t seed = 1;
	for (unsigned round = 0; round < 3000; round++) {
		uint8_t buf[2048];
		struct dns_name names[30];
		struct dns_writer w;
		struct dns_reply r;
		unsigned count = 1 + below(&seed, 30);
		begin(&w, buf, sizeof buf, "A.b.TEST");
		for (unsigned i = 0; i < count; i++) {
			char text[64];
			size_t at = 0;
			for (unsigned k = below(&seed, 5); k > 0; k--)
				at += (size_t)snprintf(
					text + at, sizeof text - at, "%c.", 'a' + below(&seed, 3));
			names[i] = name_of(at ? text : "b.test");
			dns_writer_cname(&w, &names[i / 2], i, &names[i]);
		}
		size_t n = dns_writer_finish(&w);
		assert_false(w.overflow);
		parses(buf, n, &r);
		assert_int_equal(r.nttl, count);
		size_t pos = r.question_end;
		for (unsigned i = 0; i < count; i++) {
			struct dns_name owner, target;
			assert_int_equal(dns_name_read(bytes_of(buf, n), &pos, &owner), 0);
			assert_true(dns_name_equal(&owner, &names[i / 2]));
			assert_int_equal(be32_get(buf + pos + 4), i);
			pos += 10;
			assert_int_equal(dns_name_read(bytes_of(buf, n), &pos, &target), 0);
			assert_true(dns_name_equal(&target, &names[i]));
		}
		assert_int_equal(pos, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_repeats_id_question_and_case),
		cmocka_unit_test(a_reply_to_another_opcode_keeps_it_and_has_no_question),
		cmocka_unit_test(a_query_is_written_with_the_flags_allowed),
		cmocka_unit_test(a_record_of_the_question_is_owned_by_a_pointer),
		cmocka_unit_test(names_are_compressed_whatever_the_case_of_the_question),
		cmocka_unit_test(the_longest_shared_end_is_taken),
		cmocka_unit_test(the_end_of_a_remembered_name_is_reached_through_its_pointer),
		cmocka_unit_test(names_that_only_look_alike_are_not_shared),
		cmocka_unit_test(an_at_sign_and_a_backtick_are_not_a_letter_in_two_cases),
		cmocka_unit_test(the_root_is_one_byte),
		cmocka_unit_test(more_names_than_are_remembered_are_written_whole),
		cmocka_unit_test(pointers_stay_below_0x4000),
		cmocka_unit_test(a_negative_answer_has_its_soa),
		cmocka_unit_test(a_soa_beyond_the_reach_of_pointers_is_written_whole),
		cmocka_unit_test(an_opt_record_carries_its_options),
		cmocka_unit_test(an_opt_record_without_options_is_eleven_bytes),
		cmocka_unit_test(text_of_an_error_is_dropped_before_anything_else),
		cmocka_unit_test(what_does_not_fit_leaves_a_truncated_message_with_its_opt),
		cmocka_unit_test(what_does_not_fit_is_cut_without_an_opt_too),
		cmocka_unit_test(an_opt_that_does_not_fit_pushes_the_records_out),
		cmocka_unit_test(options_go_before_the_opt_record_itself),
		cmocka_unit_test(every_capacity_gives_a_valid_message),
		cmocka_unit_test(what_is_written_is_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
