/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/checkpoint.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define DASH "\xe2\x80\x94 "

/* The key, text and signature of the examples of golang.org/x/mod/sumdb/note. */
static const char peter[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char said[] = "If you think cryptography is the answer to your problem,\n"
	"then you don't know what your problem is.\n";
static const char line[] = DASH "PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

static struct note_key key, other;
static uint8_t secret[NOTE_SECRET], other_secret[NOTE_SECRET];

static int prepare(void **state)
{
	uint8_t pub[NOTE_PUBLIC], seed[32] = { 7 };
	if (sodium_init() < 0 || crypto_sign_seed_keypair(pub, secret, seed) || note_key_set(&key, "desk.example/audit", pub))
		return 1;
	seed[0] = 8;
	return crypto_sign_seed_keypair(pub, other_secret, seed) || note_key_set(&other, "desk.example/other", pub);
}

static struct bytes text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
static struct bytes text_of(const char *format, ...)
{
	static char buf[4][NOTE_MAX + 8];
	static unsigned i;
	char *s = buf[i++ % 4];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(s, sizeof buf[0], format, ap);
	va_end(ap);
	return bytes_of(s, (size_t)n);
}

/* --- keys --- */

static void key_of_another_program_is_read_and_written(void **state)
{
	struct note_key k;
	char text[NOTE_KEY_TEXT];
	assert_int_equal(note_key_read(bytes_str(peter), &k), 0);
	assert_string_equal(k.name, "PeterNeumann");
	note_key_write(&k, text);
	assert_string_equal(text, peter);
}

static void key_with_a_letter_changed_is_refused(void **state)
{
	char text[sizeof peter];
	struct note_key k;
	for (size_t i = 0; i < sizeof peter - 1; i++) {
		memcpy(text, peter, sizeof peter);
		text[i] = text[i] == 'A' ? 'B' : 'A';
		if (strncasecmp(text, peter, sizeof peter) == 0)
			continue; /* hexadecimal in the other case */
		int err = note_key_read(bytes_str(text), &k);
		assert_true(err == ERR_KEY || err == ERR_MALFORMED);
	}
	for (size_t n = 0; n < sizeof peter - 1; n++)
		assert_int_not_equal(note_key_read(bytes_of(peter, n), &k), 0);
	assert_int_equal(note_key_read(text_of("%sx", peter), &k), ERR_MALFORMED);
}

static void key_of_another_kind_is_refused(void **state)
{
	uint8_t bytes[33] = { 2 };
	char base[45];
	struct note_key k;
	sodium_bin2base64(base, sizeof base, bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
	assert_int_equal(note_key_read(text_of("a+00000000+%s", base), &k), ERR_MALFORMED);
}

static void names_are_without_spaces_and_plus(void **state)
{
	static const char *const bad[] = { "", " ", "a b", "a+b", "a\tb", "a\nb", "a\x7f\x01", "a\302\240b", "a\xe3\x80\x80", "\xff",
		"a\xe2\x80\xa8", "\xc2\x85" };
	static const char *const good[] = { "a", "desk.example/audit", "\xd9\x85\xd9\x83\xd8\xaa\xd8\xa8", "\xe2\x80\x94" };
	struct note_key k;
	char longest[NOTE_NAME + 1];
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(note_key_set(&k, bad[i], key.pub), ERR_MALFORMED);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(note_key_set(&k, good[i], key.pub), 0);
	memset(longest, 'n', sizeof longest);
	longest[NOTE_NAME] = 0;
	assert_int_equal(note_key_set(&k, longest, key.pub), ERR_MALFORMED);
	longest[NOTE_NAME - 1] = 0;
	assert_int_equal(note_key_set(&k, longest, key.pub), 0);
	char text[NOTE_KEY_TEXT];
	struct note_key again;
	note_key_write(&k, text);
	assert_int_equal(note_key_read(bytes_str(text), &again), 0);
	assert_string_equal(again.name, longest);
}

/* --- notes --- */

static void note_of_another_program_is_verified(void **state)
{
	struct note_key k;
	struct note n;
	assert_int_equal(note_key_read(bytes_str(peter), &k), 0);
	assert_int_equal(note_read(text_of("%s\n%s", said, line), &n), 0);
	assert_true(bytes_equal(n.text, bytes_str(said)));
	assert_int_equal(note_verify(&n, &k), 0);
	assert_int_equal(note_verify(&n, &key), -ENOENT);
	/* The text may hold empty lines, and what looks like a signature. */
	assert_int_equal(note_read(text_of("\n%s\n%s\n%s", said, line, line), &n), 0);
	assert_int_equal(n.n, 1);
	assert_int_equal(note_verify(&n, &k), ERR_CHECKSUM);
}

static struct bytes signed_by_both(const char *text)
{
	char a[NOTE_MAX], b[NOTE_MAX];
	size_t n, m;
	assert_int_equal(note_sign(bytes_str(text), &key, secret, a, &n), 0);
	assert_int_equal(note_sign(bytes_str(text), &other, other_secret, b, &m), 0);
	assert_int_equal(a[n], 0);
	return text_of("%s%s", a, b + strlen(text) + 1);
}

static void note_is_signed_by_each_of_two(void **state)
{
	struct note n;
	assert_int_equal(note_read(signed_by_both("one\n\ntwo\n"), &n), 0);
	assert_int_equal(n.n, 2);
	assert_int_equal(note_verify(&n, &key), 0);
	assert_int_equal(note_verify(&n, &other), 0);
	struct note_key renamed;
	assert_int_equal(note_key_set(&renamed, "desk.example/others", other.pub), 0);
	assert_int_equal(note_verify(&n, &renamed), -ENOENT);
}

static void note_changed_anywhere_is_not_signed(void **state)
{
	struct bytes whole = signed_by_both("one\n");
	char s[1024];
	memcpy(s, whole.p, whole.n);
	for (size_t i = 0; i < whole.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct note n;
			s[i] ^= (char)(1 << bit);
			assert_true(note_read(bytes_of(s, whole.n), &n) || note_verify(&n, &key) || note_verify(&n, &other));
			s[i] ^= (char)(1 << bit);
		}
}

static void signatures_of_others_and_of_other_kinds_are_passed_over(void **state)
{
	struct note_key k;
	struct note n;
	assert_int_equal(note_key_read(bytes_str(peter), &k), 0);
	assert_int_equal(note_read(text_of("%s\n" DASH "somebody AAAAAAE=\n%s", said, line), &n), 0);
	assert_int_equal(n.n, 2);
	assert_int_equal(note_verify(&n, &k), 0);
	/* Our name and id with a signature of another length: not ours, whatever else stands there. */
	assert_int_equal(note_read(text_of("%s\n" DASH "PeterNeumann x08gowA=\n%s", said, line), &n), 0);
	assert_int_equal(note_verify(&n, &k), ERR_CHECKSUM);
}

static void what_is_no_note_is_refused(void **state)
{
	struct note n;
	const struct bytes bad[] = { bytes_of("", 0), bytes_str(said), text_of("%s\n", said), bytes_str("\n\n"),
		text_of("%s\n%s\n", said, line), text_of("%s\n%.*s", said, (int)sizeof line - 2, line) /* no end of line */ };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(note_read(bad[i], &n), ERR_MALFORMED);
	static const char *const lines[] = { "- a AAAAAAE=\n", DASH "a\n", DASH " AAAAAAE=\n", DASH "a+b AAAAAAE=\n", DASH "a AAAAAA==\n",
		DASH "a AAAAAAE\n", DASH "a AAAAAAE= \n", DASH "a AAAAAAF=\n", DASH "a  AAAAAAE=\n", DASH "a \n", "\xe2\x80\x94" "a AAAAAAE=\n",
		DASH "a AAAAAAE=", DASH "a AAA\x01" "AAE=\n", DASH "\xff AAAAAAE=\n" };
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_int_equal(note_read(text_of("text\n\n%s", lines[i]), &n), ERR_MALFORMED);
	static const char *const texts[] = { "te\txt\n", "te\rxt\n", "te\x01xt\n", "te\xffxt\n" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(note_read(text_of("%s\n%s", texts[i], line), &n), ERR_MALFORMED);
}

static void limits_are_kept(void **state)
{
	struct note n;
	static char s[NOTE_MAX + 16], out[NOTE_MAX + NOTE_MORE];
	size_t at = (size_t)snprintf(s, sizeof s, "t\n\n"), m;
	for (unsigned i = 0; i < NOTE_SIGNATURES; i++)
		at += (size_t)snprintf(s + at, sizeof s - at, DASH "a AAAAAAE=\n");
	assert_int_equal(note_read(bytes_of(s, at), &n), 0);
	at += (size_t)snprintf(s + at, sizeof s - at, DASH "a AAAAAAE=\n");
	assert_int_equal(note_read(bytes_of(s, at), &n), ERR_LIMIT);
	memset(s, 't', sizeof s);
	assert_int_equal(note_read(bytes_of(s, NOTE_MAX + 1), &n), ERR_LIMIT);
	s[NOTE_MAX - NOTE_MORE - 1] = '\n';
	assert_int_equal(note_sign(bytes_of(s, NOTE_MAX - NOTE_MORE), &key, secret, out, &m), 0);
	assert_int_equal(note_read(bytes_of(out, m), &n), 0);
	assert_int_equal(note_verify(&n, &key), 0);
	s[NOTE_MAX - NOTE_MORE] = '\n';
	assert_int_equal(note_sign(bytes_of(s, NOTE_MAX - NOTE_MORE + 1), &key, secret, out, &m), ERR_MALFORMED);
	static const char *const bad[] = { "", "no end", "a\tb\n", "\xff\n" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(note_sign(bytes_str(bad[i]), &key, secret, out, &m), ERR_MALFORMED);
}

/* --- heads --- */

static void head_goes_there_and_back(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 117, MERKLE_SIZE_MAX };
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char note[CHECKPOINT_NOTE_MAX];
		uint8_t root[MERKLE_HASH];
		struct checkpoint c;
		size_t n;
		memset(root, (int)i, sizeof root);
		assert_int_equal(checkpoint_sign(sizes[i], root, &key, secret, note, &n), 0);
		assert_int_equal(strlen(note), n);
		assert_int_equal(checkpoint_open(bytes_of(note, n), &key, &c), 0);
		assert_int_equal(c.size, sizes[i]);
		assert_memory_equal(c.root, root, sizeof root);
		assert_string_equal(c.origin, key.name);
		assert_int_equal(checkpoint_open(bytes_of(note, n), &other, &c), -ENOENT);
	}
}

/* The longest name there can be fits what the sizes promise. */
static void longest_head_has_room(void **state)
{
	struct note_key k;
	char name[NOTE_NAME], note[CHECKPOINT_NOTE_MAX];
	size_t n;
	uint8_t root[MERKLE_HASH] = { 0 };
	memset(name, 'n', sizeof name);
	name[NOTE_NAME - 1] = 0;
	assert_int_equal(note_key_set(&k, name, key.pub), 0);
	assert_int_equal(checkpoint_sign(MERKLE_SIZE_MAX, root, &k, secret, note, &n), 0);
	assert_true(n < sizeof note && strlen(note) == n);
}

static void head_of_another_log_is_told(void **state)
{
	char note[NOTE_MAX];
	struct checkpoint c;
	size_t n;
	static const char text[] = "another.example/log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
	assert_int_equal(note_sign(bytes_str(text), &key, secret, note, &n), 0);
	assert_int_equal(checkpoint_open(bytes_of(note, n), &key, &c), ERR_KEY);
	assert_int_equal(note_sign(bytes_str("no head\n"), &key, secret, note, &n), 0);
	assert_int_equal(checkpoint_open(bytes_of(note, n), &key, &c), ERR_MALFORMED);
}

static void what_is_no_head_is_refused(void **state)
{
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
	static const char *const bad[] = { "", "\n", "a\n", "a\n1\n", "a\n1\n" ROOT, "\n1\n" ROOT "\n", "a\n\n" ROOT "\n", "a\n01\n" ROOT "\n",
		"a\n-1\n" ROOT "\n", "a\n+1\n" ROOT "\n", "a\n1 \n" ROOT "\n", "a\n9223372036854775808\n" ROOT "\n", "a\n99999999999999999999\n" ROOT "\n",
		"a\n1\n" ROOT "=\n", "a\n1\nCsUYapGGPo4dkMgIAUqom\321\247\236\237j7h2fB2MPA3j2jxq2I=\n", "a\n1\nCsUY\n", "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", "a\n1\n" ROOT "\n\n", "a\n1\n" ROOT "\nmore" };
	struct checkpoint c;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(checkpoint_read(bytes_str(bad[i]), &c), ERR_MALFORMED);
	assert_int_equal(checkpoint_read(bytes_str("a\n0\n" ROOT "\n"), &c), 0);
	assert_int_equal(checkpoint_read(bytes_str("a b\n9223372036854775807\n" ROOT "\nmore\nand more\n"), &c), 0);
	assert_string_equal(c.origin, "a b");
	assert_int_equal(checkpoint_read(text_of("%0*d\n1\n" ROOT "\n", NOTE_NAME - 1, 0), &c), 0);
	assert_int_equal(checkpoint_read(text_of("%0*d\n1\n" ROOT "\n", NOTE_NAME, 0), &c), ERR_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_of_another_program_is_read_and_written),
		cmocka_unit_test(key_with_a_letter_changed_is_refused),
		cmocka_unit_test(key_of_another_kind_is_refused),
		cmocka_unit_test(names_are_without_spaces_and_plus),
		cmocka_unit_test(note_of_another_program_is_verified),
		cmocka_unit_test(note_is_signed_by_each_of_two),
		cmocka_unit_test(note_changed_anywhere_is_not_signed),
		cmocka_unit_test(signatures_of_others_and_of_other_kinds_are_passed_over),
		cmocka_unit_test(what_is_no_note_is_refused),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(head_goes_there_and_back),
		cmocka_unit_test(longest_head_has_room),
		cmocka_unit_test(head_of_another_log_is_told),
		cmocka_unit_test(what_is_no_head_is_refused),
	};
	return cmocka_run_group_tests(tests, prepare, NULL);
}
