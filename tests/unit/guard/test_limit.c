/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/limit.h"

#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const uint8_t key[16] = "0123456789abcdef";

static struct limit *make(struct limit_config c)
{
	struct limit *l = NULL;
	assert_int_equal(limit_new(&c, key, &l), 0);
	return l;
}

static enum limit_verdict from4(struct limit *l, uint32_t address, int64_t ms)
{
	uint8_t b[4];
	be32_put(b, address);
	return limit_check(l, b, 4, ms);
}

static unsigned passed(struct limit *l, uint32_t address, int64_t ms, unsigned asked)
{
	unsigned n = 0;
	while (asked--)
		n += from4(l, address, ms) == LIMIT_PASS;
	return n;
}

enum { ADDRESS = 0xc0000201 };

static void no_rate_is_no_limit(void **state)
{
	struct limit *l = make((struct limit_config){ .rate = 0 });
	assert_null(l);
	assert_int_equal(passed(l, ADDRESS, 0, 100000), 100000);
	limit_free(l);
}

static void burst_then_rate(void **state)
{
	struct limit *l = make((struct limit_config){ .rate = 10, .burst = 20 });
	assert_int_equal(passed(l, ADDRESS, 1000, 100), 20);
	assert_int_equal(passed(l, ADDRESS, 1099, 100), 0);
	assert_int_equal(passed(l, ADDRESS, 1100, 100), 1);
	assert_int_equal(passed(l, ADDRESS, 2100, 100), 10);
	assert_int_equal(passed(l, ADDRESS, 100000, 100), 20); /* never more than the burst */
	unsigned n = 0;
	for (int ms = 0; ms < 10000; ms++) /* one a millisecond for ten seconds */
		n += passed(l, ADDRESS, 100000 + ms, 1);
	assert_in_range(n, 99, 100);
	limit_free(l);
}

static void burst_is_twice_the_rate_by_default(void **state)
{
	struct limit *l = make((struct limit_config){ .rate = 7 });
	assert_int_equal(passed(l, ADDRESS, 0, 100), 14);
	limit_free(l);
}

static void clients_do_not_share(void **state)
{
	struct limit *l = make((struct limit_config){ .rate = 5, .burst = 5 });
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(passed(l, ADDRESS + i, 0, 10), 5);
	limit_free(l);
}

static void prefixes_share(void **state)
{
	struct limit *l = make((struct limit_config){ .rate = 5, .burst = 5, .prefix4 = 24 });
	assert_int_equal(passed(l, 0xc0000200, 0, 3), 3);
	assert_int_equal(passed(l, 0xc00002ff, 0, 10), 2);
	assert_int_equal(passed(l, 0xc0000300, 0, 10), 5);
	limit_free(l);
}

static void ipv6_prefix_is_56_bits(void **state)
{
	struct limit *l = make((struct limit_config){ .rate = 1, .burst = 1 });
	uint8_t a[16] = { 0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5 };
	assert_int_equal(limit_check(l, a, 16, 0), LIMIT_PASS);
	assert_int_equal(limit_check(l, a, 16, 0), LIMIT_DROP);
	a[7] = 99; /* the same /56 */
	a[15] = 99;
	assert_int_equal(limit_check(l, a, 16, 0), LIMIT_DROP);
	a[6] = 99;
	assert_int_equal(limit_check(l, a, 16, 0), LIMIT_PASS);
	limit_free(l);
}

static void slip_truncates_every_second(void **state)
{
	struct limit *l = make((struct limit_config){ .rate = 1, .burst = 1, .slip = 2 });
	assert_int_equal(from4(l, ADDRESS, 0), LIMIT_PASS);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(from4(l, ADDRESS, 0), LIMIT_DROP);
		assert_int_equal(from4(l, ADDRESS, 0), LIMIT_TRUNCATE);
	}
	limit_free(l);
	l = make((struct limit_config){ .rate = 1, .burst = 1, .slip = 1 });
	assert_int_equal(from4(l, ADDRESS, 0), LIMIT_PASS);
	assert_int_equal(from4(l, ADDRESS, 0), LIMIT_TRUNCATE);
	assert_int_equal(from4(l, ADDRESS, 0), LIMIT_TRUNCATE);
	limit_free(l);
}

static void loopback_is_exempt_unless_asked(void **state)
{
	static const uint8_t one[16] = { [15] = 1 };
	struct limit *l = make((struct limit_config){ .rate = 1, .burst = 1 });
	assert_int_equal(passed(l, 0x7f000001, 0, 1000), 1000);
	assert_int_equal(limit_check(l, one, 16, 0), LIMIT_PASS);
	assert_int_equal(limit_check(l, one, 16, 0), LIMIT_PASS);
	limit_free(l);
	l = make((struct limit_config){ .rate = 1, .burst = 1, .loopback = true });
	assert_int_equal(passed(l, 0x7f000001, 0, 1000), 1);
	limit_free(l);
}

/* A flood of spoofed addresses must not cost a busy client its memory of being over the limit. */
static void newcomers_take_the_longest_untouched(void **state)
{
	struct limit *l = make((struct limit_config){ .rate = 1, .burst = 1, .entries = 1024 });
	unsigned n = 0;
	for (uint32_t i = 0; i < 20000; i++) {
		n += passed(l, ADDRESS, i / 20, 1); /* one second in all */
		(void)from4(l, 0x0a000000 + i, i / 20);
	}
	assert_in_range(n, 1, 2);
	limit_free(l);
}

static void clock_wraps_without_harm(void **state)
{
	struct limit *l = make((struct limit_config){ .rate = 10, .burst = 10 });
	assert_int_equal(passed(l, ADDRESS, UINT32_MAX - 50, 100), 10);
	assert_int_equal(passed(l, ADDRESS, (int64_t)UINT32_MAX + 50, 100), 1);
	limit_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_rate_is_no_limit),
		cmocka_unit_test(burst_then_rate),
		cmocka_unit_test(burst_is_twice_the_rate_by_default),
		cmocka_unit_test(clients_do_not_share),
		cmocka_unit_test(prefixes_share),
		cmocka_unit_test(ipv6_prefix_is_56_bits),
		cmocka_unit_test(slip_truncates_every_second),
		cmocka_unit_test(loopback_is_exempt_unless_asked),
		cmocka_unit_test(newcomers_take_the_longest_untouched),
		cmocka_unit_test(clock_wraps_without_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
