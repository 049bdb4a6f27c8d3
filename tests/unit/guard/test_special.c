/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/proto.h"
#include "guard/special.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct special *make(const char *const *forward, unsigned n)
{
	struct special *s = NULL;
	struct err_note note = { "" };
	if (special_new(forward, n, &s, &note))
		fail_msg("%s", note.text);
	return s;
}

static enum special_kind ask(const struct special *s, const char *text, uint16_t type, struct special_answer *ret)
{
	struct dns_name n;
	assert_int_equal(dns_name_from_text(text, strlen(text), &n), 0);
	return special_find(s, &n, type, ret);
}

/* The kind, and the zone whose SOA stands behind it. */
static void is(const struct special *s, const char *text, uint16_t type, enum special_kind kind, const char *zone)
{
	struct special_answer a;
	struct dns_name n, z;
	char buf[DNS_NAME_TEXT_MAX];
	enum special_kind got = ask(s, text, type, &a);
	if (got != kind)
		fail_msg("%s: kind %d, wanted %d", text, got, kind);
	if (!zone)
		return;
	assert_int_equal(dns_name_from_text(text, strlen(text), &n), 0);
	dns_name_parent(&n, n.labels - a.zone_labels, &z);
	(void)dns_name_text(&z, buf);
	assert_string_equal(buf, zone);
	assert_int_equal(a.ttl, 10800);
}

#define V6_(x) (x V6_ZEROS)
#define V6_ZEROS "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"

static void ordinary_names_are_ordinary(void **state)
{
	static const char *const names[] = { ".", "com", "www.example", "localhost.example", "test.example",
		"mylocal", "notlocal", "alto", "xalt", "arpa", "in-addr.arpa", "ip6.arpa", "e164.arpa", "tests", "onions",
		"invali", "invalidx", "localhos", "localhost1", "localhostlocalhost", "test.arpa", "home.arpax",
		"myhome.arpa", "1.1.1.1.in-addr.arpa", "15.172.in-addr.arpa", "32.172.in-addr.arpa",
		"63.100.in-addr.arpa", "128.100.in-addr.arpa", "1.0.192.in-addr.arpa", "172.0.0.192.in-addr.arpa",
		"110.in-addr.arpa", "c.f.ip6.arpa", "7.e.f.ip6.arpa", "c.e.f.ip6.arpa", V6_("2."), V6_ZEROS,
		"9.b.d.0.1.0.0.2.ip6.arpa", "x.www.6.2.2.2.in-addr.arpa", "local.x", "\\004test" };
	struct special *s = make(NULL, 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		is(s, names[i], DNS_A, SPECIAL_NONE, NULL);
	special_free(s);
}

/* All of the registry "Locally-Served DNS Zones". */
static void registry_zones_are_served(void **state)
{
	static const char *const zones[] = { "10.in-addr.arpa", "168.192.in-addr.arpa", "0.in-addr.arpa",
		"127.in-addr.arpa", "254.169.in-addr.arpa", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa",
		"113.0.203.in-addr.arpa", "255.255.255.255.in-addr.arpa", V6_("0."), V6_("1."), "d.f.ip6.arpa",
		"8.e.f.ip6.arpa", "9.e.f.ip6.arpa", "a.e.f.ip6.arpa", "b.e.f.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.arpa",
		"home.arpa", "170.0.0.192.in-addr.arpa", "171.0.0.192.in-addr.arpa", "service.arpa", "test", "invalid",
		"local", "onion", "alt" };
	char text[300];
	struct special *s = make(NULL, 0);
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		is(s, zones[i], DNS_A, SPECIAL_NODATA, zones[i]);
		(void)snprintf(text, sizeof text, "x.%s", zones[i]);
		is(s, text, DNS_PTR, SPECIAL_NXDOMAIN, zones[i]);
		(void)snprintf(text, sizeof text, "a.b.c.%s", zones[i]);
		is(s, text, DNS_PTR, SPECIAL_NXDOMAIN, zones[i]);
	}
	for (int i = 16; i < 32; i++) {
		(void)snprintf(text, sizeof text, "1.2.%d.172.in-addr.arpa", i);
		is(s, text, DNS_PTR, SPECIAL_NXDOMAIN, text + 4);
	}
	for (int i = 64; i < 128; i++) {
		(void)snprintf(text, sizeof text, "1.2.%d.100.in-addr.arpa", i);
		is(s, text, DNS_PTR, SPECIAL_NXDOMAIN, text + 4);
	}
	special_free(s);
}

static void localhost_is_loopback(void **state)
{
	static const uint8_t one[16] = { [15] = 1 };
	struct special *s = make(NULL, 0);
	struct special_answer a;
	static const char *const names[] = { "localhost", "x.y.localhost" };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ask(s, names[i], DNS_A, &a), SPECIAL_ADDRESS);
		assert_int_equal(a.n, 1);
		assert_int_equal(a.size, 4);
		assert_memory_equal(a.rdata, "\177\0\0\1", 4);
		assert_int_equal(ask(s, names[i], DNS_AAAA, &a), SPECIAL_ADDRESS);
		assert_int_equal(a.n * a.size, 16);
		assert_memory_equal(a.rdata, one, 16);
		is(s, names[i], DNS_HTTPS, SPECIAL_NODATA, "localhost");
	}
	special_free(s);
}

static void loopback_addresses_have_their_name(void **state)
{
	struct special *s = make(NULL, 0);
	struct special_answer a;
	static const char *const names[] = { "1.0.0.127.in-addr.arpa", V6_("1.") };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ask(s, names[i], DNS_PTR, &a), SPECIAL_NAME);
		assert_int_equal(a.n, 1);
		assert_int_equal(a.size, 11);
		assert_memory_equal(a.rdata, "\011localhost", 11);
		is(s, names[i], DNS_A, SPECIAL_NODATA, i ? names[i] : "127.in-addr.arpa");
	}
	is(s, "0.0.127.in-addr.arpa", DNS_PTR, SPECIAL_NODATA, "127.in-addr.arpa"); /* an empty node */
	is(s, "2.0.0.127.in-addr.arpa", DNS_PTR, SPECIAL_NXDOMAIN, "127.in-addr.arpa");
	is(s, "1.1.0.0.127.in-addr.arpa", DNS_PTR, SPECIAL_NXDOMAIN, "127.in-addr.arpa");
	special_free(s);
}

static void ipv4only_has_its_two_addresses(void **state)
{
	struct special *s = make(NULL, 0);
	struct special_answer a;
	assert_int_equal(ask(s, "ipv4only.arpa", DNS_A, &a), SPECIAL_ADDRESS);
	assert_int_equal(a.n, 2);
	assert_memory_equal(a.rdata, "\300\0\0\252\300\0\0\253", 8);
	is(s, "ipv4only.arpa", DNS_AAAA, SPECIAL_NODATA, "ipv4only.arpa");
	is(s, "x.ipv4only.arpa", DNS_A, SPECIAL_NXDOMAIN, "ipv4only.arpa");
	assert_int_equal(ask(s, "171.0.0.192.in-addr.arpa", DNS_PTR, &a), SPECIAL_NAME);
	assert_int_equal(a.size, 15);
	assert_memory_equal(a.rdata, "\010ipv4only\004arpa", 15);
	special_free(s);
}

static void resolver_arpa_is_nodata_throughout(void **state)
{
	struct special *s = make(NULL, 0);
	is(s, "resolver.arpa", DNS_SVCB, SPECIAL_NODATA, "resolver.arpa");
	is(s, "_dns.resolver.arpa", DNS_SVCB, SPECIAL_NODATA, "resolver.arpa");
	special_free(s);
}

static void forwarded_names_leave(void **state)
{
	static const char *const forward[] = { "test", "10.in-addr.arpa", "7.168.192.in-addr.arpa" };
	struct special *s = make(forward, 3);
	is(s, "www.test", DNS_A, SPECIAL_NONE, NULL);
	is(s, "test", DNS_A, SPECIAL_NONE, NULL);
	is(s, "1.2.3.10.in-addr.arpa", DNS_PTR, SPECIAL_NONE, NULL);
	is(s, "1.7.168.192.in-addr.arpa", DNS_PTR, SPECIAL_NONE, NULL);
	is(s, "1.8.168.192.in-addr.arpa", DNS_PTR, SPECIAL_NXDOMAIN, NULL);
	is(s, "168.192.in-addr.arpa", DNS_PTR, SPECIAL_NODATA, NULL);
	is(s, "www.local", DNS_A, SPECIAL_NXDOMAIN, NULL);
	special_free(s);
}

static void name_above_zones_forwards_all_but_the_fixed(void **state)
{
	static const char *const forward[] = { "arpa" };
	struct special *s = make(forward, 1);
	is(s, "1.10.in-addr.arpa", DNS_PTR, SPECIAL_NONE, NULL);
	is(s, "home.arpa", DNS_A, SPECIAL_NONE, NULL);
	is(s, "_dns.resolver.arpa", DNS_SVCB, SPECIAL_NODATA, NULL);
	special_free(s);
}

static void some_names_are_never_forwarded(void **state)
{
	static const char *const wrong[] = { "onion", "x.onion", "alt", "invalid", "localhost", "resolver.arpa",
		"www.example", ".", "com" };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct special *s = NULL;
		struct err_note note = { "" };
		if (special_new(&wrong[i], 1, &s, &note) != ERR_REFUSED)
			fail_msg("taken: %s", wrong[i]);
		assert_null(s);
		assert_true(note.text[0]);
	}
	const char *bad = "a..b";
	struct special *s = NULL;
	assert_int_equal(special_new(&bad, 1, &s, NULL), ERR_NAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_names_are_ordinary),
		cmocka_unit_test(registry_zones_are_served),
		cmocka_unit_test(localhost_is_loopback),
		cmocka_unit_test(loopback_addresses_have_their_name),
		cmocka_unit_test(ipv4only_has_its_two_addresses),
		cmocka_unit_test(resolver_arpa_is_nodata_throughout),
		cmocka_unit_test(forwarded_names_leave),
		cmocka_unit_test(name_above_zones_forwards_all_but_the_fixed),
		cmocka_unit_test(some_names_are_never_forwarded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
