/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/packet.h"

#include "base/hex.h"

#include <sodium.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static uint8_t pub[SEAL_PUBLIC], secret[SEAL_KEY];
static const uint8_t id[PACKET_ID] = "packet of a test";
static const struct packet_file two[] = { { "packet.json", { (const uint8_t *)"{}", 2 } }, { "integrity.txt", { (const uint8_t *)"", 0 } } };

static uint8_t *sealed(size_t *ret_n)
{
	*ret_n = packet_size(two, 2);
	uint8_t *p = malloc(*ret_n);
	assert_non_null(p);
	assert_int_equal(packet_seal(pub, id, two, 2, p), 0);
	return p;
}

static int opened(const uint8_t *p, size_t n, struct packet_file *ret, size_t *ret_n)
{
	static uint8_t room[PACKET_HEAD + 8192 + SEAL_BOX_MORE];
	assert_true(n <= sizeof room);
	return packet_open(pub, secret, bytes_of(p, n), room, ret, ret_n);
}

static void packet_opens_to_what_was_sealed(void **state)
{
	struct packet_file got[PACKET_FILES_MAX];
	size_t n, files = 0;
	uint8_t *p = sealed(&n), number[PACKET_ID];
	assert_int_equal(n, PACKET_HEAD + 4096 + SEAL_BOX_MORE);
	assert_memory_equal(p, "hisn-packet\n\1packet of a test", 29);
	assert_int_equal(packet_look(bytes_of(p, n), number), 0);
	assert_memory_equal(number, id, sizeof id);
	assert_int_equal(opened(p, n, got, &files), 0);
	assert_int_equal(files, 2);
	for (size_t i = 0; i < files; i++) {
		assert_string_equal(got[i].name, two[i].name);
		assert_true(bytes_equal(got[i].body, two[i].body));
	}
	free(p);
}

static void packet_with_any_byte_changed_does_not_open(void **state)
{
	struct packet_file got[PACKET_FILES_MAX];
	size_t n, files = 77;
	uint8_t *p = sealed(&n);
	for (size_t i = 0; i < n; i += i < PACKET_HEAD + 64 ? 1 : 97) {
		p[i] ^= 1;
		assert_int_not_equal(opened(p, n, got, &files), 0);
		p[i] ^= 1;
	}
	assert_int_not_equal(opened(p, n - 1, got, &files), 0);
	assert_int_equal(files, 77);
	assert_int_equal(opened(p, n, got, &files), 0);
	free(p);
}

static void packet_opens_with_its_key_only(void **state)
{
	uint8_t other[SEAL_PUBLIC], other_secret[SEAL_KEY], room[PACKET_HEAD + 4096 + SEAL_BOX_MORE];
	struct packet_file got[PACKET_FILES_MAX];
	size_t n, files;
	uint8_t *p = sealed(&n);
	crypto_box_keypair(other, other_secret);
	assert_int_equal(packet_open(other, other_secret, bytes_of(p, n), room, got, &files), ERR_MALFORMED);
	assert_int_equal(packet_open(pub, other_secret, bytes_of(p, n), room, got, &files), ERR_MALFORMED);
	free(p);
}

static void packet_is_told_from_other_files(void **state)
{
	size_t n;
	uint8_t *p = sealed(&n), number[PACKET_ID];
	assert_int_equal(packet_look(bytes_of(p, 0), number), ERR_FORMAT);
	assert_int_equal(packet_look(bytes_of(p, PACKET_HEAD), number), ERR_TRUNCATED);
	p[12] = 2;
	assert_int_equal(packet_look(bytes_of(p, n), number), ERR_VERSION);
	p[0] = 'H';
	assert_int_equal(packet_look(bytes_of(p, n), number), ERR_FORMAT);
	free(p);
}

static void packet_names_are_safe_names_of_files(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".x", "-x", "a/b", "a..b", "A", "a b", "a\n", "caf\xc3\xa9",
		"a12345678901234567890123456789012" };
	static const char *const good[] = { "a", "0", "packet.json", "a-b.c", "a1234567890123456789012345678901" };
	struct packet_file f = { "", { NULL, 0 } };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		(void)memcpy(f.name, bad[i], MIN(strlen(bad[i]) + 1, sizeof f.name));
		if (packet_size(&f, 1))
			fail_msg("taken: %s", bad[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		(void)memcpy(f.name, good[i], strlen(good[i]) + 1);
		if (!packet_size(&f, 1))
			fail_msg("refused: %s", good[i]);
	}
}

static void packet_has_limits(void **state)
{
	struct packet_file many[PACKET_FILES_MAX + 1] = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		(void)snprintf(many[i].name, sizeof many[i].name, "f%zu", i);
	assert_int_equal(packet_size(many, 0), 0);
	assert_int_not_equal(packet_size(many, PACKET_FILES_MAX), 0);
	assert_int_equal(packet_size(many, PACKET_FILES_MAX + 1), 0);
	many[1] = many[0];
	assert_int_equal(packet_size(many, 2), 0);
	many[0].body = bytes_of(NULL, PACKET_PLAIN_MAX - 9); /* count, length, "f0", size: 8; the mark: 1 */
	assert_int_equal(packet_size(many, 1), PACKET_MAX);
	many[0].body.n++;
	assert_int_equal(packet_size(many, 1), 0);
	many[0].body.n = SIZE_MAX;
	assert_int_equal(packet_size(many, 1), 0);
}

/* With which anybody could open what is sealed to it. */
static void packet_is_not_sealed_to_a_weak_key(void **state)
{
	static const uint8_t weak[SEAL_PUBLIC] = { 1 };
	uint8_t room[PACKET_HEAD + 4096 + SEAL_BOX_MORE];
	assert_int_equal(packet_seal(weak, id, two, 2, room), ERR_MALFORMED);
}

/* Made apart: the format by hand. */
static void packet_content_is_one_text_for_one_list(void **state)
{
	static uint8_t c[8192] = "\2\1a\0\0\0\2xy\1b\0\0\0\0\x80";
	struct packet_file got[PACKET_FILES_MAX];
	size_t n = 0;
	assert_int_equal(packet_content(bytes_of(c, 4096), got, &n), 0);
	assert_int_equal(n, 2);
	assert_memory_equal(got[0].body.p, "xy", 2);
	assert_int_equal(packet_content(bytes_of(c, 8192), got, &n), ERR_MALFORMED); /* more zeros than are needed */
	assert_int_equal(packet_content(bytes_of(c, 4095), got, &n), ERR_MALFORMED);
	c[4095] = 1;
	assert_int_equal(packet_content(bytes_of(c, 4096), got, &n), ERR_MALFORMED);
	c[4095] = 0;
	c[10] = 'a'; /* the second as the first */
	assert_int_equal(packet_content(bytes_of(c, 4096), got, &n), ERR_MALFORMED);
	c[10] = 'b';
	c[0] = 0;
	assert_int_equal(packet_content(bytes_of(c, 4096), got, &n), ERR_MALFORMED);
	c[0] = 9;
	assert_int_equal(packet_content(bytes_of(c, 4096), got, &n), ERR_MALFORMED);
}

/* Made apart, in Python: hashlib.blake2b(b"hisn packet key 1" + bytes(range(32)), digest_size=32). */
static void packet_fingerprint_is_read_aloud(void **state)
{
	uint8_t key[SEAL_PUBLIC];
	char s[SEAL_FINGERPRINT];
	for (unsigned i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)i;
	packet_fingerprint(key, s);
	assert_string_equal(s, "94595 15736 36865 71882");
}

static int start(void **state)
{
	int err = seal_start();
	crypto_box_keypair(pub, secret);
	return err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packet_opens_to_what_was_sealed),
		cmocka_unit_test(packet_with_any_byte_changed_does_not_open),
		cmocka_unit_test(packet_opens_with_its_key_only),
		cmocka_unit_test(packet_is_told_from_other_files),
		cmocka_unit_test(packet_names_are_safe_names_of_files),
		cmocka_unit_test(packet_has_limits),
		cmocka_unit_test(packet_is_not_sealed_to_a_weak_key),
		cmocka_unit_test(packet_content_is_one_text_for_one_list),
		cmocka_unit_test(packet_fingerprint_is_read_aloud),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
