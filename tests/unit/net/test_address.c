/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void parses(const char *text, const char *printed)
{
	char buf[NET_ADDRESS_TEXT];
	struct net_address a;
	assert_int_equal(net_address_parse(text, 53, &a), 0);
	assert_string_equal(net_address_text(&a, buf), printed);
}

static void address_takes_every_documented_form(void **state)
{
	parses("127.0.0.1", "127.0.0.1@53");
	parses("127.0.0.1@5300", "127.0.0.1@5300");
	parses("127.0.0.1:5300", "127.0.0.1@5300");
	parses("::1", "::1@53");
	parses("::1@5300", "::1@5300");
	parses("[::1]", "::1@53");
	parses("[::1]:5300", "::1@5300");
	parses("[::1]@5300", "::1@5300");
	parses("0.0.0.0@0", "0.0.0.0@0");
	parses("2001:DB8::A@65535", "2001:db8::a@65535");
	parses("fe80::1%1@5300", "fe80::1%1@5300");
	parses("[fe80::1%lo]:53", "fe80::1%1@53");
}

static void address_refuses_the_rest(void **state)
{
	static const char *const wrong[] = { "", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.04", "256.1.1.1",
		"1.2.3.4@", "1.2.3.4:", "1.2.3.4@65536", "1.2.3.4@-1", "1.2.3.4@+53", "1.2.3.4@ 53", "1.2.3.4@053",
		"1.2.3.4@53@53", "1.2.3.4:53@53", "[1.2.3.4]", "[::1", "::1]", "[::1]53", "[]:53", "[::1]:", "::1%",
		"::1%nosuchif0", "1.2.3.4%lo", " 1.2.3.4", "1.2.3.4 ", "@53", "::1@100000",
		"fe80::1%0000000000000000000000000000000000000000000000000000001" };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct net_address a = { .port = 7 };
		if (net_address_parse(wrong[i], 53, &a) != ERR_MALFORMED)
			fail_msg("taken: '%s'", wrong[i]);
		assert_int_equal(a.port, 7);
	}
}

static void address_survives_the_way_through_sockaddr(void **state)
{
	static const char *const texts[] = { "192.0.2.7@53", "2001:db8::7@5353", "fe80::1%1@53" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct net_address a, b;
		struct sockaddr_storage ss;
		assert_int_equal(net_address_parse(texts[i], 1, &a), 0);
		assert_int_equal(net_address_to_sockaddr(&a, &ss),
			a.len == 4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
		net_address_from_sockaddr(&ss, &b);
		assert_true(net_address_equal(&a, &b));
	}
}

static void mapped_address_becomes_ipv4(void **state)
{
	struct net_address a, b;
	struct sockaddr_storage ss;
	char buf[NET_ADDRESS_TEXT];
	assert_int_equal(net_address_parse("::ffff:192.0.2.7", 53, &a), 0);
	assert_int_equal(a.len, 16);
	(void)net_address_to_sockaddr(&a, &ss);
	net_address_from_sockaddr(&ss, &b);
	assert_string_equal(net_address_text(&b, buf), "192.0.2.7@53");
}

static void other_family_is_none(void **state)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNIX };
	struct net_address a;
	net_address_from_sockaddr(&ss, &a);
	assert_int_equal(a.len, 0);
	assert_false(net_address_is_any(&a));
}

static void any_and_loopback_are_known(void **state)
{
	struct net_address a;
	assert_int_equal(net_address_parse("::", 53, &a), 0);
	assert_true(net_address_is_any(&a));
	assert_false(net_is_loopback(a.b, a.len));
	assert_int_equal(net_address_parse("127.9.9.9", 53, &a), 0);
	assert_false(net_address_is_any(&a));
	assert_true(net_is_loopback(a.b, a.len));
	assert_int_equal(net_address_parse("::1", 53, &a), 0);
	assert_true(net_is_loopback(a.b, a.len));
	assert_int_equal(net_address_parse("7f00::1", 53, &a), 0);
	assert_false(net_is_loopback(a.b, a.len));
}

static bool has(const char *prefix, const char *address)
{
	struct net_prefix p;
	struct net_address a;
	assert_int_equal(net_prefix_parse(prefix, &p), 0);
	assert_int_equal(net_address_parse(address, 53, &a), 0);
	return net_prefix_has(&p, a.b, a.len);
}

static void prefix_has_its_addresses_and_no_others(void **state)
{
	assert_true(has("10.0.0.0/8", "10.255.255.255"));
	assert_false(has("10.0.0.0/8", "11.0.0.0"));
	assert_true(has("172.16.0.0/12", "172.31.255.255"));
	assert_false(has("172.16.0.0/12", "172.32.0.0"));
	assert_true(has("192.0.2.1", "192.0.2.1"));
	assert_false(has("192.0.2.1", "192.0.2.0"));
	assert_true(has("0.0.0.0/0", "255.1.2.3"));
	assert_false(has("0.0.0.0/0", "::"));
	assert_true(has("::/0", "ffff::1"));
	assert_true(has("fe80::/10", "febf::1"));
	assert_false(has("fe80::/10", "fec0::1"));
	assert_true(has("2001:db8::/127", "2001:db8::1"));
	assert_false(has("2001:db8::/127", "2001:db8::2"));
}

static void prefix_refuses_slips(void **state)
{
	static const char *const wrong[] = { "10.1.0.0/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10/8",
		"::1/64", "::/129", "fe80::%1/64", "", "/8", "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.0@53/8" };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct net_prefix p;
		if (net_prefix_parse(wrong[i], &p) != ERR_MALFORMED)
			fail_msg("taken: '%s'", wrong[i]);
	}
	char buf[NET_ADDRESS_TEXT];
	struct net_prefix p;
	assert_int_equal(net_prefix_parse("fd00::/8", &p), 0);
	assert_string_equal(net_prefix_text(&p, buf), "fd00::/8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_takes_every_documented_form),
		cmocka_unit_test(address_refuses_the_rest),
		cmocka_unit_test(address_survives_the_way_through_sockaddr),
		cmocka_unit_test(mapped_address_becomes_ipv4),
		cmocka_unit_test(other_family_is_none),
		cmocka_unit_test(any_and_loopback_are_known),
		cmocka_unit_test(prefix_has_its_addresses_and_no_others),
		cmocka_unit_test(prefix_refuses_slips),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
