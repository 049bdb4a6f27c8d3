/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "seal/hkdf.h"
#include "seal/seal.h"

#include <sodium.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static struct bytes hex(const char *text)
{
	static uint8_t room[4][128];
	static int turn;
	uint8_t *p = room[turn = (turn + 1) % 4];
	size_t n = strlen(text) / 2;
	assert_true(n <= sizeof room[0] && hex_read(bytes_str(text), p, n));
	return bytes_of(p, n);
}

static void equal_hex(const uint8_t *p, const char *want)
{
	struct bytes w = hex(want);
	assert_memory_equal(p, w.p, w.n);
}

/* RFC 5869, appendix A.1 to A.3: the ones of SHA-256. */
static void hkdf_gives_the_values_of_the_rfc(void **state)
{
	static const struct { const char *key, *salt, *info, *prk, *okm; } rows[] = {
		{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
			"077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
			"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
		{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
		  "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
			"606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
			"909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
			"b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
			"e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
			"06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
			"b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
			"da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87" },
		{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
			"19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
			"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t prk[HKDF_HASH], okm[128];
		hkdf_extract(hex(rows[i].salt), hex(rows[i].key), prk);
		equal_hex(prk, rows[i].prk);
		assert_int_equal(hkdf_expand(prk, hex(rows[i].info), okm, strlen(rows[i].okm) / 2), 0);
		equal_hex(okm, rows[i].okm);
	}
}

static void hkdf_has_a_limit(void **state)
{
	static uint8_t room[HKDF_MAX + 1];
	const uint8_t prk[HKDF_HASH] = { 1 };
	room[HKDF_MAX] = 99;
	assert_int_equal(hkdf_expand(prk, bytes_str(""), room, HKDF_MAX), 0);
	assert_int_equal(room[HKDF_MAX], 99);
	assert_int_equal(hkdf_expand(prk, bytes_str(""), room, HKDF_MAX + 1), ERR_LIMIT);
}

static const uint16_t words[SEAL_WORDS] = { 0, 1, 2, 3, 1024, 2047, 77, 500, 1999 };
static uint8_t pepper[SEAL_KEY]; /* 0, 1, 2 ... */

/* Made apart, in Python: hmac-sha512 cut to 256 bits, RFC 5869, sha-512, a textbook X25519. */
static void receipt_is_golden(void **state)
{
	struct seal_receipt r;
	assert_int_equal(seal_receipt(pepper, words, &r), 0);
	equal_hex(r.lookup, "49dbc6222ab316ed47cfe3bc8658beeb");
	equal_hex(r.mailbox_secret, "71c950a3ba3187fd5b531560805279e8fb5992484e897a1b7ef105d1a3a912b2");
	equal_hex(r.mailbox_public, "2ed3bbada72a3eacb88e772f77f136d7e06a6a210f55447d2ed5c9cf21eef474");
}

static void receipt_depends_on_every_word_its_place_and_the_pepper(void **state)
{
	struct seal_receipt r, other;
	uint16_t w[SEAL_WORDS];
	assert_int_equal(seal_receipt(pepper, words, &r), 0);
	for (int i = 0; i < SEAL_WORDS; i++)
		for (int bit = 0; bit < 11; bit++) {
			memcpy(w, words, sizeof w);
			w[i] ^= (uint16_t)(1 << bit);
			assert_int_equal(seal_receipt(pepper, w, &other), 0);
			assert_memory_not_equal(r.lookup, other.lookup, SEAL_LOOKUP);
			assert_memory_not_equal(r.mailbox_public, other.mailbox_public, SEAL_PUBLIC);
		}
	memcpy(w, words, sizeof w);
	w[0] = words[1];
	w[1] = words[0];
	assert_int_equal(seal_receipt(pepper, w, &other), 0);
	assert_memory_not_equal(r.lookup, other.lookup, SEAL_LOOKUP);
	const uint8_t another[SEAL_KEY] = { 9 };
	assert_int_equal(seal_receipt(another, words, &other), 0);
	assert_memory_not_equal(r.lookup, other.lookup, SEAL_LOOKUP);
}

static void receipt_refuses_a_word_that_is_none(void **state)
{
	struct seal_receipt r;
	for (int i = 0; i < SEAL_WORDS; i++) {
		uint16_t w[SEAL_WORDS] = { 0 };
		w[i] = SEAL_WORD_COUNT;
		assert_int_equal(seal_receipt(pepper, w, &r), ERR_LIMIT);
		w[i] = 65535;
		assert_int_equal(seal_receipt(pepper, w, &r), ERR_LIMIT);
	}
}

/* Every bit of every word turns up both ways in 200 draws, or chance is as likely as 99 / 2^199. */
static void words_use_all_eleven_bits(void **state)
{
	uint16_t or[SEAL_WORDS] = { 0 }, and[SEAL_WORDS], w[SEAL_WORDS];
	memset(and, 255, sizeof and);
	for (int n = 0; n < 200; n++) {
		seal_words_random(w);
		for (int i = 0; i < SEAL_WORDS; i++) {
			assert_true(w[i] < SEAL_WORD_COUNT);
			or[i] |= w[i];
			and[i] &= w[i];
		}
	}
	for (int i = 0; i < SEAL_WORDS; i++) {
		assert_int_equal(or[i], SEAL_WORD_COUNT - 1);
		assert_int_equal(and[i], 0);
	}
}

/* --- mail --- */

static void mail_opens_with_the_receipt_only(void **state)
{
	struct seal_receipt r, other;
	uint16_t w[SEAL_WORDS] = { 1 };
	uint8_t box[1024 + SEAL_MAIL_MORE], got[sizeof box];
	size_t n;
	assert_int_equal(seal_receipt(pepper, words, &r), 0);
	assert_int_equal(seal_receipt(pepper, w, &other), 0);
	assert_int_equal(seal_mail_size(9), sizeof box);
	assert_int_equal(seal_mail(r.mailbox_public, bytes_str("a question"), box), 0);
	assert_int_equal(seal_mail_open(&r, bytes_of(box, sizeof box), got, &n), 0);
	assert_int_equal(n, 10);
	assert_memory_equal(got, "a question", 10);
	assert_int_equal(seal_mail_open(&other, bytes_of(box, sizeof box), got, &n), ERR_MALFORMED);
	for (size_t bit = 0; bit < 8 * sizeof box; bit += bit < 8 * 64 ? 1 : 61) {
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(seal_mail_open(&r, bytes_of(box, sizeof box), got, &n), ERR_MALFORMED);
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < sizeof box; cut += 7)
		assert_int_equal(seal_mail_open(&r, bytes_of(box, cut), got, &n), ERR_MALFORMED);
}

static void mail_opens_at_every_bucket_edge(void **state)
{
	static const size_t sizes[] = { 0, 1, 1023, 1024, 2047, 2048, 131071, 131072, 196608 };
	static uint8_t plain[SEAL_PLAIN_MAX], box[SEAL_PLAIN_MAX + 49], got[SEAL_PLAIN_MAX + 49];
	struct seal_receipt r;
	assert_int_equal(seal_receipt(pepper, words, &r), 0);
	randombytes_buf(plain, sizeof plain);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t n, all = seal_mail_size(sizes[i]);
		assert_int_equal(all, seal_message_size(sizes[i]) - SEAL_BOX_MORE + SEAL_MAIL_MORE);
		assert_int_equal(seal_mail(r.mailbox_public, bytes_of(plain, sizes[i]), box), 0);
		assert_int_equal(seal_mail_open(&r, bytes_of(box, all), got, &n), 0);
		assert_int_equal(n, sizes[i]);
		assert_memory_equal(got, plain, n);
	}
	assert_int_equal(seal_mail_size(SEAL_PLAIN_MAX + 1), 0);
	assert_int_equal(seal_mail(r.mailbox_public, bytes_of(plain, SEAL_PLAIN_MAX + 1), box), ERR_LIMIT);
}

/* A box that was sealed to the right mailbox without our padding. */
static void mail_without_padding_is_refused(void **state)
{
	struct seal_receipt r;
	uint8_t plain[1024] = "no mark", box[1024 + SEAL_MAIL_MORE], got[sizeof box];
	size_t n;
	assert_int_equal(seal_receipt(pepper, words, &r), 0);
	assert_int_equal(crypto_box_seal(box, plain, sizeof plain, r.mailbox_public), 0);
	assert_int_equal(seal_mail_open(&r, bytes_of(box, sizeof box), got, &n), ERR_MALFORMED);
	assert_true(sodium_is_zero(got, sizeof plain));
}

static void mail_to_a_key_of_low_order_is_refused(void **state)
{
	uint8_t zero[SEAL_PUBLIC] = { 0 }, box[1024 + SEAL_MAIL_MORE];
	assert_int_equal(seal_mail(zero, bytes_str("a question"), box), ERR_MALFORMED);
	assert_null(memmem(box, sizeof box, "question", 8)); /* it was padded there */
}

/* --- blind index --- */

static void blind_is_golden_and_kinds_differ(void **state)
{
	uint8_t a[SEAL_BLIND], b[SEAL_BLIND];
	struct bytes text = bytes_str("http://a.example/x");
	seal_blind(pepper, SEAL_BLIND_ADDRESS, text, a); /* hashlib.blake2b of Python */
	equal_hex(a, "78398f5efb03bf96339fbce50a5045b9");
	seal_blind(pepper, SEAL_BLIND_HOST, text, b);
	assert_memory_not_equal(a, b, SEAL_BLIND);
	const uint8_t another[SEAL_KEY] = { 1 };
	seal_blind(another, SEAL_BLIND_ADDRESS, text, b);
	assert_memory_not_equal(a, b, SEAL_BLIND);
	seal_blind(pepper, SEAL_BLIND_ADDRESS, bytes_str("http://a.example/y"), b);
	assert_memory_not_equal(a, b, SEAL_BLIND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hkdf_gives_the_values_of_the_rfc),
		cmocka_unit_test(hkdf_has_a_limit),
		cmocka_unit_test(receipt_is_golden),
		cmocka_unit_test(receipt_depends_on_every_word_its_place_and_the_pepper),
		cmocka_unit_test(receipt_refuses_a_word_that_is_none),
		cmocka_unit_test(words_use_all_eleven_bits),
		cmocka_unit_test(mail_opens_with_the_receipt_only),
		cmocka_unit_test(mail_opens_at_every_bucket_edge),
		cmocka_unit_test(mail_without_padding_is_refused),
		cmocka_unit_test(mail_to_a_key_of_low_order_is_refused),
		cmocka_unit_test(blind_is_golden_and_kinds_differ),
	};
	for (int i = 0; i < SEAL_KEY; i++)
		pepper[i] = (uint8_t)i;
	return seal_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
