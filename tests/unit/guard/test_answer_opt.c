/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/answer.h"

#include "dns/reply.h"
#include "dns/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { LIMIT = 512 };

static uint8_t query[600], out[LIMIT + ANSWER_SLACK];
static struct dns_query q;
static struct answer answer;
static struct dns_reply reply;

static void ask(const char *name, uint16_t qtype, bool edns, unsigned cookie)
{
	struct dns_name n;
	struct dns_writer w;
	static const uint8_t bytes[24] = { 1, 2, 3 };
	const struct dns_opt opt = { .udp_size = LIMIT, .ede = DNS_EDE_NONE, .keepalive = -1 };
	assert_int_equal(dns_name_from_text(name, strlen(name), &n), 0);
	dns_writer_query(&w, query, sizeof query, 7, DNS_RD, &n, qtype);
	if (edns)
		dns_writer_opt(&w, &opt);
	size_t size = dns_writer_finish(&w);
	assert_int_equal(dns_query_parse(query, size, &q), DNS_QUERY_OK);
	memset(out, 0xee, sizeof out);
	answer = (struct answer){ .q = &q, .buf = out, .limit = LIMIT, .cookie = bytes_of(bytes, cookie), .keepalive = -1 };
}

/* A whole message under the question that was asked. */
static void is_well_formed(size_t n)
{
	assert_in_range(n, DNS_HEADER, LIMIT);
	assert_int_equal(dns_reply_parse(bytes_of(out, n), &reply), 0);
	assert_true(dns_reply_matches(bytes_of(out, n), &reply, &q.qname, q.qtype));
	assert_int_equal(reply.opt_at != 0, q.edns);
	assert_int_equal(reply.body_end, n);
	assert_int_equal(out[LIMIT + ANSWER_SLACK - 1], 0xee);
}

static void any_size_is_whole_or_truncated(void **s)
{
	static const uint8_t rdata[600];
	for (unsigned edns = 0; edns < 2; edns++)
		for (unsigned cookie = 0; cookie <= 24 * edns; cookie += 24) {
			unsigned cut = 0;
			for (size_t n = 400; n < 520; n++) {
				ask("www.site.example", 16, edns, cookie);
				is_well_formed(answer_record(&answer, 16, rdata, n, 60));
				assert_int_equal(reply.ancount == 0, (reply.flags & DNS_TC) != 0);
				cut += reply.ancount == 0;
			}
			assert_in_range(cut, 40, 110);
		}
}

static void an_error_keeps_its_reason_before_its_text(void **s)
{
	static char text[600];
	memset(text, 't', sizeof text);
	for (size_t n = 0; n < sizeof text; n += 7) {
		ask("www.site.example", DNS_A, true, 24);
		is_well_formed(answer_negative(&answer, DNS_NXDOMAIN, 60, DNS_EDE_FILTERED, bytes_of(text, n)));
		assert_int_equal(reply.ede, DNS_EDE_FILTERED);
		assert_int_equal(reply.nscount, 1);
	}
}

static void several_addresses(void **s)
{
	static const uint8_t two[] = { 192, 0, 0, 170, 192, 0, 0, 171 };
	ask("ipv4only.arpa", DNS_A, true, 0);
	is_well_formed(answer_records(&answer, DNS_A, two, 4, 2, 3600));
	assert_int_equal(reply.naddress, 2);
	assert_memory_equal(reply.address[1].b, two + 4, 4);
	assert_int_equal(reply.ttl, 3600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_size_is_whole_or_truncated),
		cmocka_unit_test(an_error_keeps_its_reason_before_its_text),
		cmocka_unit_test(several_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
