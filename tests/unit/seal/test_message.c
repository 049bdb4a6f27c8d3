/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/pad.h"
#include "seal/seal.h"

#include <errno.h>
#include <sodium.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static const uint8_t key[SEAL_KEY] = "a key for tests, not for reports";
static const struct seal_place here = { .report = "report no. 0001", .sequence = 3, .type = SEAL_ANSWER,
	.schema = SEAL_SCHEMA };

static struct bytes text(size_t n)
{
	static uint8_t p[SEAL_PLAIN_MAX + 1];
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + n);
	return bytes_of(p, n);
}

/* The sealed form of n bytes; the test frees it. */
static struct bytes sealed(size_t n)
{
	uint8_t *p = malloc(seal_message_size(n));
	assert_non_null(p);
	assert_int_equal(seal_message(key, &here, text(n), p), 0);
	return bytes_of(p, seal_message_size(n));
}

static int opens(const uint8_t *k, const struct seal_place *at, struct bytes s)
{
	uint8_t *room = malloc(s.n + 1);
	size_t n = 12345;
	assert_non_null(room);
	int err = seal_message_open(k, at, s, room, &n);
	if (err)
		assert_int_equal(n, 12345); /* untouched */
	free(room);
	return err;
}

static void message_size_is_a_bucket(void **state)
{
	static const struct { size_t n, bucket; } rows[] = {
		{ 0, 1024 }, { 1, 1024 }, { 1023, 1024 }, { 1024, 2048 }, { 2047, 2048 }, { 2048, 4096 },
		{ 4095, 4096 }, { 4096, 8192 }, { 8191, 8192 }, { 8192, 16384 }, { 16383, 16384 },
		{ 16384, 32768 }, { 32767, 32768 }, { 32768, 65536 }, { 65535, 65536 }, { 65536, 131072 },
		{ 131071, 131072 }, { 131072, 196609 }, { 196608, 196609 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(seal_message_size(rows[i].n), rows[i].bucket + 40);
	assert_int_equal(seal_message_size(SEAL_PLAIN_MAX + 1), 0);
	assert_int_equal(seal_message_size(SIZE_MAX), 0);
}

static void message_opens_at_every_bucket_edge(void **state)
{
	static const size_t sizes[] = { 0, 1, 1022, 1023, 1024, 1025, 2047, 2048, 4095, 4096, 8191, 8192, 16383, 16384,
		32767, 32768, 65535, 65536, 131071, 131072, 196607, 196608 };
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct bytes s = sealed(sizes[i]);
		uint8_t *room = malloc(s.n);
		size_t n;
		assert_int_equal(seal_message_open(key, &here, s, room, &n), 0);
		assert_int_equal(n, sizes[i]);
		assert_memory_equal(room, text(n).p, n);
		free(room);
		free((void *)s.p);
	}
}

/* What looks like padding inside the text is text. */
static void message_ends_where_the_text_ends(void **state)
{
	static const char *tails[] = { "a\x80", "a\x80\0\0", "\0\0\0", "\x80\x80" };
	static const size_t n[] = { 2, 4, 3, 2 };
	for (size_t i = 0; i < ARRAY_LEN(n); i++) {
		uint8_t s[1064], room[1064];
		size_t got;
		assert_int_equal(seal_message(key, &here, bytes_of(tails[i], n[i]), s), 0);
		assert_int_equal(seal_message_open(key, &here, bytes_of(s, sizeof s), room, &got), 0);
		assert_int_equal(got, n[i]);
		assert_memory_equal(room, tails[i], got);
	}
}

static void message_too_large_is_refused(void **state)
{
	uint8_t nothing[1];
	assert_int_equal(seal_message(key, &here, text(SEAL_PLAIN_MAX + 1), nothing), ERR_LIMIT);
}

static void message_moved_opens_nowhere(void **state)
{
	struct bytes s = sealed(100);
	assert_int_equal(opens(key, &here, s), 0);
	for (unsigned bit = 0; bit < 8 * SEAL_ID; bit++) {
		struct seal_place there = here;
		there.report[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(opens(key, &there, s), ERR_MALFORMED);
	}
	for (unsigned bit = 0; bit < 32; bit++) {
		struct seal_place there = here;
		there.sequence ^= 1u << bit;
		assert_int_equal(opens(key, &there, s), ERR_MALFORMED);
	}
	for (unsigned v = 0; v < 256; v++) {
		struct seal_place type = here, schema = here;
		type.type = schema.schema = (uint8_t)v;
		assert_int_equal(opens(key, &type, s), v == here.type ? 0 : ERR_MALFORMED);
		assert_int_equal(opens(key, &schema, s), v == here.schema ? 0 : ERR_MALFORMED);
	}
	free((void *)s.p);
}

static void message_of_another_key_does_not_open(void **state)
{
	struct bytes s = sealed(100);
	for (unsigned bit = 0; bit < 8 * SEAL_KEY; bit++) {
		uint8_t other[SEAL_KEY];
		memcpy(other, key, sizeof other);
		other[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(opens(other, &here, s), ERR_MALFORMED);
	}
	free((void *)s.p);
}

static void message_with_any_bit_changed_does_not_open(void **state)
{
	struct bytes s = sealed(100);
	uint8_t *p = (uint8_t *)s.p;
	for (size_t bit = 0; bit < 8 * s.n; bit++) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(opens(key, &here, s), ERR_MALFORMED);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(opens(key, &here, s), 0);
	free(p);
}

static void message_cut_or_longer_does_not_open(void **state)
{
	uint8_t longer[1064 + 8];
	struct bytes s = sealed(100);
	memcpy(longer, s.p, s.n);
	free((void *)s.p);
	for (size_t n = 0; n <= sizeof longer; n++)
		assert_int_equal(opens(key, &here, bytes_of(longer, n)), n == s.n ? 0 : ERR_MALFORMED);
	static uint8_t huge[SEAL_PLAIN_MAX + 42];
	assert_int_equal(opens(key, &here, bytes_of(huge, sizeof huge)), ERR_MALFORMED);
}

/* Whoever has the key could seal with other padding: refused, so that each text has one form. */
static void message_with_foreign_padding_is_refused(void **state)
{
	uint8_t ad[SEAL_ID + 6], plain[2048] = { 0 }, box[2048 + SEAL_BOX_MORE];
	memcpy(ad, here.report, SEAL_ID);
	be32_put(ad + SEAL_ID, here.sequence);
	ad[SEAL_ID + 4] = here.type;
	ad[SEAL_ID + 5] = here.schema;
	static const struct { size_t n, mark; uint8_t byte; int want; } rows[] = {
		{ 1024, 5, 0x80, 0 },               /* ours: the AAD above is right */
		{ 1024, 5, 0x81, ERR_MALFORMED },   /* no mark */
		{ 1024, 5, 0, ERR_MALFORMED },      /* nothing but zeros */
		{ 2048, 5, 0x80, ERR_MALFORMED },   /* a bucket too large */
		{ 1000, 5, 0x80, ERR_MALFORMED },   /* no bucket */
		{ 0, 0, 0, ERR_MALFORMED },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		plain[rows[i].mark] = rows[i].byte;
		assert_int_equal(seal_box(key, bytes_of(ad, sizeof ad), bytes_of(plain, rows[i].n), box), 0);
		assert_int_equal(opens(key, &here, bytes_of(box, rows[i].n + SEAL_BOX_MORE)), rows[i].want);
	}
}

static void message_sealed_twice_differs(void **state)
{
	struct bytes a = sealed(10), b = sealed(10);
	assert_memory_not_equal(a.p, b.p, 24);
	assert_memory_not_equal(a.p + 24, b.p + 24, 1024);
	free((void *)a.p);
	free((void *)b.p);
}

/* --- wraps --- */

static uint8_t pub[SEAL_PUBLIC], sec[SEAL_KEY];

static void wrap_opens_for_its_report_and_number_only(void **state)
{
	uint8_t w[SEAL_WRAP], got[SEAL_KEY];
	assert_int_equal(seal_wrap(pub, key, here.report, 7, w), 0);
	assert_int_equal(seal_wrap_open(pub, sec, here.report, 7, w, got), 0);
	assert_memory_equal(got, key, SEAL_KEY);
	for (unsigned bit = 0; bit < 32; bit++)
		assert_int_equal(seal_wrap_open(pub, sec, here.report, 7 ^ (1u << bit), w, got), ERR_MALFORMED);
	for (unsigned bit = 0; bit < 8 * SEAL_ID; bit++) {
		uint8_t other[SEAL_ID];
		memcpy(other, here.report, sizeof other);
		other[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(seal_wrap_open(pub, sec, other, 7, w, got), ERR_MALFORMED);
	}
}

static void wrap_with_any_bit_changed_does_not_open(void **state)
{
	uint8_t w[SEAL_WRAP], got[SEAL_KEY];
	assert_int_equal(seal_wrap(pub, key, here.report, 0, w), 0);
	for (unsigned bit = 0; bit < 8 * SEAL_WRAP; bit++) {
		/* X25519 takes no notice of the top bit of a public key, but the nonce is a hash of it. */
		w[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(seal_wrap_open(pub, sec, here.report, 0, w, got), ERR_MALFORMED);
		w[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void wrap_of_another_epoch_does_not_open(void **state)
{
	uint8_t w[SEAL_WRAP], got[SEAL_KEY], pub2[SEAL_PUBLIC], sec2[SEAL_KEY];
	crypto_box_keypair(pub2, sec2);
	assert_int_equal(seal_wrap(pub, key, here.report, 0, w), 0);
	assert_int_equal(seal_wrap_open(pub2, sec2, here.report, 0, w, got), ERR_MALFORMED);
	assert_int_equal(seal_wrap_open(pub, sec2, here.report, 0, w, got), ERR_MALFORMED);
}

static void wrap_to_a_key_of_low_order_is_refused(void **state)
{
	uint8_t w[SEAL_WRAP], zero[SEAL_PUBLIC] = { 0 };
	assert_int_equal(seal_wrap(zero, key, here.report, 0, w), ERR_MALFORMED);
}

/* --- boxes --- */

static void box_opens_with_its_key_and_data_only(void **state)
{
	uint8_t box[5 + SEAL_BOX_MORE], got[5], other[SEAL_KEY] = { 1 };
	size_t n;
	struct bytes ad = bytes_str("step 2"), none = { 0 };
	assert_int_equal(seal_box(key, ad, bytes_str("hello"), box), 0);
	assert_int_equal(seal_box_open(key, ad, bytes_of(box, sizeof box), got, &n), 0);
	assert_int_equal(n, 5);
	assert_memory_equal(got, "hello", 5);
	assert_int_equal(seal_box_open(other, ad, bytes_of(box, sizeof box), got, &n), ERR_MALFORMED);
	assert_int_equal(seal_box_open(key, bytes_str("step 3"), bytes_of(box, sizeof box), got, &n), ERR_MALFORMED);
	assert_int_equal(seal_box_open(key, none, bytes_of(box, sizeof box), got, &n), ERR_MALFORMED);
	for (size_t i = 0; i < sizeof box; i++)
		assert_int_equal(seal_box_open(key, ad, bytes_of(box, i), got, &n), ERR_MALFORMED);
	for (size_t bit = 0; bit < 8 * sizeof box; bit++) {
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(seal_box_open(key, ad, bytes_of(box, sizeof box), got, &n), ERR_MALFORMED);
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void box_of_nothing_opens(void **state)
{
	uint8_t box[SEAL_BOX_MORE], got[1];
	size_t n = 9;
	struct bytes none = { 0 };
	assert_int_equal(seal_box(key, none, none, box), 0);
	assert_int_equal(seal_box_open(key, none, bytes_of(box, sizeof box), got, &n), 0);
	assert_int_equal(n, 0);
}

/* --- times --- */

static void time_is_rounded_down_to_the_hour(void **state)
{
	assert_int_equal(seal_round_time(0), 0);
	assert_int_equal(seal_round_time(3599), 0);
	assert_int_equal(seal_round_time(3600), 3600);
	assert_int_equal(seal_round_time(1795478399), 1795474800); /* 2026-11-23 23:59:59 */
	assert_int_equal(seal_round_time(-1), -3600);
	assert_int_equal(seal_round_time(-3600), -3600);
	assert_int_equal(seal_round_time(-3601), -7200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_size_is_a_bucket),
		cmocka_unit_test(message_opens_at_every_bucket_edge),
		cmocka_unit_test(message_ends_where_the_text_ends),
		cmocka_unit_test(message_too_large_is_refused),
		cmocka_unit_test(message_moved_opens_nowhere),
		cmocka_unit_test(message_of_another_key_does_not_open),
		cmocka_unit_test(message_with_any_bit_changed_does_not_open),
		cmocka_unit_test(message_cut_or_longer_does_not_open),
		cmocka_unit_test(message_with_foreign_padding_is_refused),
		cmocka_unit_test(message_sealed_twice_differs),
		cmocka_unit_test(wrap_opens_for_its_report_and_number_only),
		cmocka_unit_test(wrap_with_any_bit_changed_does_not_open),
		cmocka_unit_test(wrap_of_another_epoch_does_not_open),
		cmocka_unit_test(wrap_to_a_key_of_low_order_is_refused),
		cmocka_unit_test(box_opens_with_its_key_and_data_only),
		cmocka_unit_test(box_of_nothing_opens),
		cmocka_unit_test(time_is_rounded_down_to_the_hour),
	};
	if (seal_start() != 0)
		return 1;
	crypto_box_keypair(pub, sec);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
