/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors are those of RFC 9018 appendix A. */
#include "guard/cookie.h"

#include <arpa/inet.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct hex {
	uint8_t b[64];
	size_t n;
};

static struct hex unhex(const char *s)
{
	struct hex h = { .n = strlen(s) / 2 };
	for (size_t i = 0; i < h.n; i++) {
		char two[3] = { s[2 * i], s[2 * i + 1], 0 };
		h.b[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return h;
}

static struct cookie_keys keys(const char *current, const char *previous)
{
	struct cookie_keys k;
	cookie_keys_init(&k, unhex(previous ? previous : current).b);
	if (previous)
		cookie_keys_rotate(&k, unhex(current).b, &k);
	return k;
}

static const char secret[] = "e5e973e5a6b2a43f48e7dc849e37bfcf";

/* Ask with a cookie from an address at a time; the answer must be exactly `wanted`. */
static enum cookie_status asks(const struct cookie_keys *k, const char *cookie, const char *address,
	int64_t now, const char *wanted)
{
	uint8_t a[16], answer[COOKIE_FULL];
	size_t n = inet_pton(AF_INET, address, a) == 1 ? 4 : 16;
	if (n == 16)
		assert_int_equal(inet_pton(AF_INET6, address, a), 1);
	struct hex c = unhex(cookie), w = unhex(wanted);
	enum cookie_status s = cookie_check(k, c.b, c.n, a, n, now, answer);
	assert_int_equal(w.n, COOKIE_FULL);
	assert_memory_equal(answer, w.b, COOKIE_FULL);
	return s;
}

static void rfc9018_a1_new_client(void **state)
{
	struct cookie_keys k = keys(secret, NULL);
	assert_int_equal(asks(&k, "2464c4abcf10c957", "198.51.100.100", 1559731985,
		"2464c4abcf10c957010000005cf79f111f8130c3eee29480"), COOKIE_NEW);
}

static void rfc9018_a2_renews_after_40_minutes(void **state)
{
	struct cookie_keys k = keys(secret, NULL);
	assert_int_equal(asks(&k, "2464c4abcf10c957010000005cf79f111f8130c3eee29480", "198.51.100.100",
		1559734385, "2464c4abcf10c957010000005cf7a871d4a564a1442aca77"), COOKIE_GOOD);
}

static void rfc9018_a3_reserved_bits_are_hashed(void **state)
{
	struct cookie_keys k = keys(secret, NULL);
	/* The example's cookie is nearly two hours old, past the hour of section 4.3: a new one comes. */
	assert_int_equal(asks(&k, "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", "203.0.113.203",
		1559734700, "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"), COOKIE_BAD);
	assert_int_equal(asks(&k, "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", "203.0.113.203",
		0x5cf78f71 + 60, "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5"), COOKIE_GOOD);
}

static void rfc9018_a4_ipv6_and_a_rolled_secret(void **state)
{
	struct cookie_keys k = keys("445536bcd2513298075a5d379663c962", "dd3bdf9344b678b185a6f5cb60fca715");
	assert_int_equal(asks(&k, "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
		"2001:db8:220:1:59de:d0f4:8769:82b8", 1559741961,
		"22681ab97d52c298010000005cf7c609a6bb79d16625507a"), COOKIE_GOOD);
}

/* Make a cookie at `made`, show it at `shown`. */
static enum cookie_status shown_at(int64_t made, int64_t shown, bool *ret_same)
{
	static const uint8_t address[4] = { 192, 0, 2, 1 };
	struct cookie_keys k = keys(secret, NULL);
	uint8_t first[COOKIE_FULL], second[COOKIE_FULL];
	assert_int_equal(cookie_check(&k, (const uint8_t *)"12345678", 8, address, 4, made, first), COOKIE_NEW);
	enum cookie_status s = cookie_check(&k, first, sizeof first, address, 4, shown, second);
	*ret_same = memcmp(first, second, sizeof first) == 0;
	return s;
}

static void windows_are_exact(void **state)
{
	const int64_t t = 1800000000;
	bool same;
	assert_int_equal(shown_at(t, t, &same), COOKIE_GOOD);
	assert_true(same);
	assert_int_equal(shown_at(t, t + 1800, &same), COOKIE_GOOD);
	assert_true(same);
	assert_int_equal(shown_at(t, t + 1801, &same), COOKIE_GOOD);
	assert_false(same);
	assert_int_equal(shown_at(t, t + 3600, &same), COOKIE_GOOD);
	assert_int_equal(shown_at(t, t + 3601, &same), COOKIE_BAD);
	assert_int_equal(shown_at(t, t - 300, &same), COOKIE_GOOD);
	assert_true(same);
	assert_int_equal(shown_at(t, t - 301, &same), COOKIE_BAD);
	/* Over the wrap of 32 bits in 2106. */
	assert_int_equal(shown_at(UINT32_MAX - 10, (int64_t)UINT32_MAX + 100, &same), COOKIE_GOOD);
	assert_true(same);
}

static void secrets_are_read_strictly(void **state)
{
	static const char *const wrong[] = { "", "\n", "e5e973e5a6b2a43f48e7dc849e37bfc", "e5e973e5a6b2a43f48e7dc849e37bfcf0",
		"e5e973e5a6b2a43f48e7dc849e37bfcf\n\n", "e5e973e5a6b2a43f48e7dc849e37bfcf ",
		" 5e973e5a6b2a43f48e7dc849e37bfcf", "-1e973e5a6b2a43f48e7dc849e37bfcf",
		"0xe973e5a6b2a43f48e7dc849e37bfcf", "e5e973e5a6b2a43f48e7dc849e37bfcg" };
	uint8_t got[COOKIE_SECRET];
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		if (cookie_secret_read(bytes_str(wrong[i]), got))
			fail_msg("'%s' was taken", wrong[i]);
	assert_true(cookie_secret_read(bytes_str(secret), got));
	assert_memory_equal(got, unhex(secret).b, sizeof got);
	memset(got, 0, sizeof got);
	assert_true(cookie_secret_read(bytes_str("E5E973E5A6B2A43F48E7DC849E37BFCF\n"), got));
	assert_memory_equal(got, unhex(secret).b, sizeof got);
}

static void any_changed_bit_is_bad(void **state)
{
	struct cookie_keys k = keys(secret, NULL);
	struct hex c = unhex("2464c4abcf10c957010000005cf79f111f8130c3eee29480");
	uint8_t address[4] = { 198, 51, 100, 100 }, answer[COOKIE_FULL];
	for (size_t bit = 0; bit < 8 * COOKIE_FULL; bit++) {
		c.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(cookie_check(&k, c.b, c.n, address, 4, 1559731985, answer), COOKIE_BAD);
		assert_memory_equal(answer, c.b, COOKIE_CLIENT);
		c.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(cookie_check(&k, c.b, c.n, address, 4, 1559731985, answer), COOKIE_GOOD);
	address[3]++;
	assert_int_equal(cookie_check(&k, c.b, c.n, address, 4, 1559731985, answer), COOKIE_BAD);
}

static void other_lengths_are_not_ours(void **state)
{
	struct cookie_keys k = keys(secret, NULL);
	struct hex c = unhex("2464c4abcf10c957010000005cf79f111f8130c3eee2948000000000000000000000000000000000");
	uint8_t address[4] = { 198, 51, 100, 100 }, answer[COOKIE_FULL];
	assert_int_equal(cookie_check(&k, NULL, 0, address, 4, 1559731985, answer), COOKIE_NONE);
	for (size_t n = 16; n <= 40; n++)
		assert_int_equal(cookie_check(&k, c.b, n, address, 4, 1559731985, answer),
			n == COOKIE_FULL ? COOKIE_GOOD : COOKIE_BAD);
}

static void second_rotation_forgets_the_first_secret(void **state)
{
	struct cookie_keys k = keys("445536bcd2513298075a5d379663c962", "dd3bdf9344b678b185a6f5cb60fca715");
	struct hex c = unhex("22681ab97d52c298010000005cf7c57926556bd0934c72f8");
	uint8_t a[16], answer[COOKIE_FULL];
	assert_int_equal(inet_pton(AF_INET6, "2001:db8:220:1:59de:d0f4:8769:82b8", a), 1);
	assert_int_equal(cookie_check(&k, c.b, c.n, a, 16, 1559741961, answer), COOKIE_GOOD);
	cookie_keys_rotate(&k, unhex(secret).b, &k);
	assert_int_equal(cookie_check(&k, c.b, c.n, a, 16, 1559741961, answer), COOKIE_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc9018_a1_new_client),
		cmocka_unit_test(rfc9018_a2_renews_after_40_minutes),
		cmocka_unit_test(rfc9018_a3_reserved_bits_are_hashed),
		cmocka_unit_test(rfc9018_a4_ipv6_and_a_rolled_secret),
		cmocka_unit_test(windows_are_exact),
		cmocka_unit_test(secrets_are_read_strictly),
		cmocka_unit_test(any_changed_bit_is_bad),
		cmocka_unit_test(other_lengths_are_not_ours),
		cmocka_unit_test(second_rotation_forgets_the_first_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
