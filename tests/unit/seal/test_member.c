/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "seal/seal.h"

#include <errno.h>
#include <sodium.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static uint8_t seed[SEAL_KEY]; /* 0, 1, 2 ... */
static const uint8_t salt[SEAL_SALT] = "salt of tests 1";

/* Made apart, in Python: keyed BLAKE2b as crypto_kdf, sha-512, a textbook X25519. */
static void member_keys_come_of_the_seed(void **state)
{
	struct seal_member_secret m, again;
	uint8_t want[SEAL_PUBLIC], sig[SEAL_SIGNATURE];
	assert_int_equal(seal_member_from_seed(seed, &m), 0);
	assert_true(hex_read(bytes_str("8026f0d3c5d850b7c06c13a021d123ebadb70b862bd516c63abaa2f09f852f26"), want, 32));
	assert_memory_equal(m.pub.box, want, sizeof want);
	assert_int_equal(seal_member_from_seed(seed, &again), 0);
	assert_memory_equal(&m, &again, sizeof m);
	crypto_sign_detached(sig, NULL, (const uint8_t *)"approved", 8, m.sign);
	assert_int_equal(crypto_sign_verify_detached(sig, (const uint8_t *)"approved", 8, m.pub.sign), 0);
	/* The two pairs share no scalar, or this would be the other's public half. */
	uint8_t other[SEAL_PUBLIC];
	assert_int_equal(crypto_sign_ed25519_pk_to_curve25519(other, m.pub.sign), 0);
	assert_memory_not_equal(other, m.pub.box, SEAL_PUBLIC);
}

static void member_new_is_new(void **state)
{
	struct seal_member_secret a, b;
	uint8_t sa[SEAL_KEY], sb[SEAL_KEY];
	assert_int_equal(seal_member_new(&a, sa), 0);
	assert_int_equal(seal_member_new(&b, sb), 0);
	assert_memory_not_equal(sa, sb, SEAL_KEY);
	assert_memory_not_equal(a.pub.box, b.pub.box, SEAL_PUBLIC);
	assert_int_equal(seal_member_from_seed(sa, &b), 0);
	assert_memory_equal(&a, &b, sizeof a);
}

static void member_unlocks_with_the_password_only(void **state)
{
	uint8_t box[SEAL_MEMBER_BOX], got[SEAL_KEY], other[SEAL_SALT] = { 0 };
	struct seal_cost cost = SEAL_COST_TEST, dearer = { 2, 8 * 1024 };
	assert_int_equal(seal_member_lock(seed, bytes_str("correct horse"), cost, salt, box), 0);
	assert_int_equal(seal_member_unlock(box, bytes_str("correct horse"), cost, salt, got), 0);
	assert_memory_equal(got, seed, SEAL_KEY);
	assert_int_equal(seal_member_unlock(box, bytes_str("correct horsf"), cost, salt, got), ERR_MALFORMED);
	assert_int_equal(seal_member_unlock(box, bytes_str(""), cost, salt, got), ERR_MALFORMED);
	assert_int_equal(seal_member_unlock(box, bytes_str("correct horse"), cost, other, got), ERR_MALFORMED);
	assert_int_equal(seal_member_unlock(box, bytes_str("correct horse"), dearer, salt, got), ERR_MALFORMED);
}

static void member_box_with_a_bit_changed_does_not_unlock(void **state)
{
	uint8_t box[SEAL_MEMBER_BOX], got[SEAL_KEY];
	struct seal_cost cheap = { 1, 8 };
	assert_int_equal(seal_member_lock(seed, bytes_str("correct horse"), cheap, salt, box), 0);
	for (size_t bit = 0; bit < 8 * sizeof box; bit++) {
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(seal_member_unlock(box, bytes_str("correct horse"), cheap, salt, got), ERR_MALFORMED);
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void member_cost_has_bounds(void **state)
{
	static const struct seal_cost bad[] = { { 0, 8192 }, { 65, 8192 }, { 1, 7 }, { 1, 0 }, { 1, UINT32_MAX },
		{ UINT32_MAX, 8 } };
	uint8_t box[SEAL_MEMBER_BOX] = { 0 }, got[SEAL_KEY];
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(seal_member_lock(seed, bytes_str("x"), bad[i], salt, box), ERR_LIMIT);
		assert_int_equal(seal_member_unlock(box, bytes_str("x"), bad[i], salt, got), ERR_LIMIT);
	}
}

/* hashlib.blake2b of Python over 32 bytes of 1 and 32 of 2. */
static void fingerprint_is_golden(void **state)
{
	struct seal_member_public m;
	char text[SEAL_FINGERPRINT];
	memset(m.box, 1, sizeof m.box);
	memset(m.sign, 2, sizeof m.sign);
	seal_member_fingerprint(&m, text);
	assert_string_equal(text, "01075 43296 16709 11438");
	m.sign[31] ^= 128;
	seal_member_fingerprint(&m, text);
	assert_string_not_equal(text, "01075 43296 16709 11438");
}

/* --- 3 of 5 --- */

static uint8_t pub[SEAL_HOLDERS][SEAL_PUBLIC], sec[SEAL_HOLDERS][SEAL_KEY];

static void triples_are_the_ten_in_order(void **state)
{
	unsigned t = 0, got[3];
	for (unsigned a = 0; a < 5; a++)
		for (unsigned b = a + 1; b < 5; b++)
			for (unsigned c = b + 1; c < 5; c++) {
				seal_triple(t++, got);
				assert_true(got[0] == a && got[1] == b && got[2] == c);
			}
	assert_int_equal(t, SEAL_TRIPLES);
	seal_triple(SEAL_TRIPLES, got); /* total */
	assert_int_equal(got[0] + got[1] + got[2], 0);
}

static int peel(const uint8_t nest[SEAL_NEST], const unsigned who[3], unsigned holders, uint8_t ret[SEAL_NEST])
{
	uint8_t layer[SEAL_NEST];
	size_t n = SEAL_NEST;
	memcpy(layer, nest, n);
	for (unsigned i = 0; i < holders; i++) {
		int err = seal_peel(pub[who[i]], sec[who[i]], bytes_of(layer, n), ret);
		if (err)
			return err;
		n -= 48;
		memcpy(layer, ret, n);
	}
	return 0;
}

static void nest_opens_for_each_three(void **state)
{
	uint8_t nest[SEAL_TRIPLES][SEAL_NEST], got[SEAL_NEST];
	assert_int_equal(seal_nest(pub, seed, nest), 0);
	for (unsigned t = 0; t < SEAL_TRIPLES; t++) {
		unsigned who[3];
		seal_triple(t, who);
		assert_int_equal(peel(nest[t], who, 3, got), 0);
		assert_memory_equal(got, seed, SEAL_KEY);
	}
}

/* Two of the three hold a sealed box at best; whoever is not of the three, nothing. */
static void nest_fails_for_two(void **state)
{
	uint8_t nest[SEAL_TRIPLES][SEAL_NEST], got[SEAL_NEST];
	assert_int_equal(seal_nest(pub, seed, nest), 0);
	for (unsigned a = 0; a < SEAL_HOLDERS; a++)
		for (unsigned b = 0; b < SEAL_HOLDERS; b++)
			for (unsigned t = 0; t < SEAL_TRIPLES; t++)
				for (unsigned last = 0; last < 2; last++) {
					const unsigned who[3] = { a, b, last ? b : a };
					assert_int_equal(peel(nest[t], who, 3, got), ERR_MALFORMED);
				}
	unsigned order[3] = { 1, 0, 2 }; /* in another order neither */
	assert_int_equal(peel(nest[0], order, 3, got), ERR_MALFORMED);
}

static void nest_with_a_bit_changed_does_not_peel(void **state)
{
	uint8_t nest[SEAL_TRIPLES][SEAL_NEST], got[SEAL_NEST];
	assert_int_equal(seal_nest(pub, seed, nest), 0);
	for (size_t bit = 0; bit < 8 * SEAL_NEST; bit++) {
		nest[4][bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(seal_peel(pub[0], sec[0], bytes_of(nest[4], SEAL_NEST), got), ERR_MALFORMED);
		nest[4][bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < SEAL_NEST; n++)
		assert_int_equal(seal_peel(pub[0], sec[0], bytes_of(nest[4], n), got), ERR_MALFORMED);
}

static void nest_refuses_a_holder_of_low_order(void **state)
{
	uint8_t bad[SEAL_HOLDERS][SEAL_PUBLIC], nest[SEAL_TRIPLES][SEAL_NEST];
	for (unsigned h = 0; h < SEAL_HOLDERS; h++) {
		memcpy(bad, pub, sizeof bad);
		memset(bad[h], 0, SEAL_PUBLIC);
		assert_int_equal(seal_nest(bad, seed, nest), ERR_MALFORMED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(member_keys_come_of_the_seed),
		cmocka_unit_test(member_new_is_new),
		cmocka_unit_test(member_unlocks_with_the_password_only),
		cmocka_unit_test(member_box_with_a_bit_changed_does_not_unlock),
		cmocka_unit_test(member_cost_has_bounds),
		cmocka_unit_test(fingerprint_is_golden),
		cmocka_unit_test(triples_are_the_ten_in_order),
		cmocka_unit_test(nest_opens_for_each_three),
		cmocka_unit_test(nest_fails_for_two),
		cmocka_unit_test(nest_with_a_bit_changed_does_not_peel),
		cmocka_unit_test(nest_refuses_a_holder_of_low_order),
	};
	if (seal_start() != 0)
		return 1;
	for (int i = 0; i < SEAL_KEY; i++)
		seed[i] = (uint8_t)i;
	for (int h = 0; h < SEAL_HOLDERS; h++)
		crypto_box_keypair(pub[h], sec[h]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
