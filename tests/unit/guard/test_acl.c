/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/acl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct lists {
	struct net_prefix allow[64], deny[64];
	unsigned nallow, ndeny;
};

/* "+10.0.0.0/8" allows, "-10.1.0.0/16" denies; ends with NULL. */
static struct acl *make(bool private_networks, const char *const *rules)
{
	struct lists l = { .nallow = 0 };
	struct acl *a = NULL;
	for (; rules && *rules; rules++) {
		struct net_prefix *p = **rules == '+' ? &l.allow[l.nallow++] : &l.deny[l.ndeny++];
		assert_int_equal(net_prefix_parse(*rules + 1, p), 0);
	}
	struct acl_config c = { private_networks, l.allow, l.deny, l.nallow, l.ndeny };
	assert_int_equal(acl_new(&c, &a), 0);
	return a;
}

static bool may(const struct acl *a, const char *text)
{
	struct net_address n;
	assert_int_equal(net_address_parse(text, 53, &n), 0);
	return acl_allows(a, n.b, n.len);
}

static void default_is_private_networks(void **state)
{
	static const char *const in[] = { "127.0.0.1", "127.255.255.255", "10.0.0.0", "10.255.255.255",
		"172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255", "169.254.1.1", "100.64.0.0",
		"100.127.255.255", "::1", "fc00::", "fdff:ffff::1", "fe80::1", "febf::1", "::ffff:10.0.0.1" };
	static const char *const out[] = { "126.255.255.255", "128.0.0.0", "9.255.255.255", "11.0.0.0",
		"172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "100.63.255.255", "100.128.0.0",
		"0.0.0.0", "255.255.255.255", "8.8.8.8", "::", "::2", "fbff::1", "fe00::1", "fec0::", "2001:db8::1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:8.8.8.8" };
	struct acl *a = make(true, NULL);
	for (size_t i = 0; i < ARRAY_LEN(in); i++)
		if (!may(a, in[i]))
			fail_msg("denied: %s", in[i]);
	for (size_t i = 0; i < ARRAY_LEN(out); i++)
		if (may(a, out[i]))
			fail_msg("allowed: %s", out[i]);
	acl_free(a);
}

static void empty_list_denies_everybody(void **state)
{
	struct acl *a = make(false, NULL);
	assert_false(may(a, "127.0.0.1"));
	assert_false(may(a, "::1"));
	acl_free(a);
}

static void longest_prefix_wins(void **state)
{
	static const char *const rules[] = { "+0.0.0.0/0", "-10.0.0.0/8", "+10.1.0.0/16", "-10.1.2.0/24", "+10.1.2.3",
		"+::/0", "-2001:db8::/32", "+2001:db8:1::/48", NULL };
	struct acl *a = make(false, rules);
	assert_true(may(a, "0.0.0.0"));
	assert_true(may(a, "255.255.255.255"));
	assert_false(may(a, "10.0.0.0"));
	assert_true(may(a, "10.1.0.0"));
	assert_true(may(a, "10.1.1.255"));
	assert_false(may(a, "10.1.2.0"));
	assert_false(may(a, "10.1.2.2"));
	assert_true(may(a, "10.1.2.3"));
	assert_false(may(a, "10.1.2.4"));
	assert_true(may(a, "10.1.3.0"));
	assert_false(may(a, "10.2.0.0"));
	assert_true(may(a, "11.0.0.0"));
	assert_true(may(a, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
	assert_false(may(a, "2001:db8::1"));
	assert_true(may(a, "2001:db8:1::1"));
	assert_false(may(a, "2001:db8:2::1"));
	acl_free(a);
}

static void deny_wins_between_equals(void **state)
{
	static const char *const rules[] = { "+192.0.2.0/24", "-192.0.2.0/24", "-127.0.0.0/8", NULL };
	struct acl *a = make(true, rules);
	assert_false(may(a, "192.0.2.1"));
	assert_false(may(a, "127.0.0.1"));
	assert_true(may(a, "::1"));
	acl_free(a);
}

static uint32_t next(uint64_t *s)
{
	*s = *s * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*s >> 33);
}

/* Against the plain reading of the rule, over few enough addresses that prefixes nest and touch. */
static void agrees_with_a_naive_search(void **state)
{
	uint64_t seed = 7;
	for (int round = 0; round < 200; round++) {
		struct lists l = { .nallow = 20, .ndeny = 20 };
		struct acl *a;
		for (unsigned i = 0; i < 40; i++) {
			struct net_prefix *p = i < 20 ? &l.allow[i] : &l.deny[i - 20];
			unsigned bits = 20 + next(&seed) % 13;
			*p = (struct net_prefix){ .len = 4, .bits = (uint8_t)bits, .b = { 255, 255 } };
			be32_put(p->b, (0xfffff000 | next(&seed) % 4096) & ~0u << (32 - bits));
		}
		struct acl_config c = { false, l.allow, l.deny, l.nallow, l.ndeny };
		assert_int_equal(acl_new(&c, &a), 0);
		for (uint32_t v = 0xffffefff; v != 0; v += 3) {
			uint8_t b[4];
			int yes = -1, no = -1;
			be32_put(b, v);
			for (unsigned i = 0; i < 20; i++) {
				if (net_prefix_has(&l.allow[i], b, 4))
					yes = MAX(yes, l.allow[i].bits);
				if (net_prefix_has(&l.deny[i], b, 4))
					no = MAX(no, l.deny[i].bits);
			}
			assert_int_equal(acl_allows(a, b, 4), yes > no);
			if (v >= 0xfffffffd)
				break;
		}
		acl_free(a);
	}
}

static void odd_lengths_are_denied(void **state)
{
	static const char *const rules[] = { "+0.0.0.0/0", "+::/0", NULL };
	struct acl *a = make(true, rules);
	static const uint8_t b[16];
	assert_false(acl_allows(a, b, 0));
	assert_false(acl_allows(a, b, 6));
	struct acl_config c = { .nallow = ACL_PREFIXES_MAX + 1 };
	struct acl *untouched = a;
	assert_int_equal(acl_new(&c, &untouched), ERR_LIMIT);
	assert_ptr_equal(untouched, a);
	acl_free(a);
	acl_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_is_private_networks),
		cmocka_unit_test(empty_list_denies_everybody),
		cmocka_unit_test(longest_prefix_wins),
		cmocka_unit_test(deny_wins_between_equals),
		cmocka_unit_test(agrees_with_a_naive_search),
		cmocka_unit_test(odd_lengths_are_denied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
