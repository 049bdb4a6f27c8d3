/* SPDX-License-Identifier: Apache-2.0 */
/* Names beside libknot: the same are accepted, and read and written alike. Where the two differ by
 * intent:
 *
 *   only libknot   a pointer into the header           see dns/name.h
 *   only libknot   a pointer to what does not end before the labels it stands with
 *                                                      RFC 1035 section 4.1.4: a prior occurrence
 *   only libknot   more than 127 pointers              bounded work for any name
 *   only libknot   text with blanks, controls or bytes above 127 that are not escaped
 */
#include "packet.h"

#include <libknot/libknot.h>

enum { ROUNDS = 60000 };

/* Bytes that are often labels and pointers of a message of n bytes. */
static void random_message(struct packet *p, unsigned n, uint64_t *seed)
{
	p->n = 0;
	while (p->n < n) {
		unsigned what = below(seed, 10);
		if (what < 2) {
			put16(p, 0xc000 | below(seed, n));
		} else if (what < 8) {
			unsigned len = below(seed, 40) ? 1 + below(seed, 6) : below(seed, 70);
			put8(p, len);
			for (; len > 0; len--)
				put8(p, below(seed, 3) ? "aAbB-_.\\z@"[below(seed, 10)]
						       : below(seed, 256));
		} else {
			put8(p, what == 8 ? 0 : below(seed, 256));
		}
	}
}

/* The first three, found by walking as libknot does. */
static bool differs_by_intent(struct bytes msg, size_t pos)
{
	unsigned pointers = 0;
	size_t start = pos, limit = msg.n;
	while (msg.p[pos]) {
		if (pos >= limit)
			return true;
		if (msg.p[pos] < 0xc0) {
			pos += msg.p[pos] + 1u;
			continue;
		}
		if (pos + 1 >= limit)
			return true;
		limit = start;
		pos = be16_get(msg.p + pos) & 0x3fff;
		if (pos < 12 || pos >= start || ++pointers > DNS_LABELS_MAX)
			return true;
		start = pos;
	}
	return pos >= limit;
}

static void names_of_messages_are_read_alike(void **state)
{
	static struct packet p;
	uint64_t seed = 42;
	unsigned good = 0, bad = 0, intended = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct dns_name n;
		uint8_t wire[KNOT_DNAME_MAXLEN];
		random_message(&p, 20 + below(&seed, 80), &seed);
		struct bytes msg = bytes_of(p.b, p.n);
		size_t pos = 12 + below(&seed, (unsigned)p.n - 12), end = pos;
		int size = knot_dname_wire_check(p.b + pos, p.b + p.n, p.b);
		bool ours = dns_name_read(msg, &end, &n) == 0;
		if (size <= 0) {
			assert_false(ours);
			bad++;
		} else if (differs_by_intent(msg, pos)) {
			assert_false(ours);
			intended++;
		} else {
			assert_true(ours);
			assert_int_equal(end - pos, size);
			assert_sound(&n);
			assert_int_equal(
				knot_dname_unpack(wire, p.b + pos, sizeof wire, p.b), n.len);
			knot_dname_to_lower(wire);
			assert_memory_equal(wire, n.wire, n.len);
			good++;
		}
	}
	print_message(
		"# %u accepted by both, %u by neither, %u by libknot only\n", good, bad, intended);
	assert_true(good > ROUNDS / 20);
	assert_true(bad > ROUNDS / 20);
	assert_true(intended > 0);
}

static void text_is_read_alike(void **state)
{
	static const char alphabet[] = "abcZY019-_.....\\\\*/";
	uint64_t seed = 43;
	unsigned good = 0, bad = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		char text[400];
		knot_dname_storage_t wire;
		struct dns_name n;
		size_t len = below(&seed, 50) ? below(&seed, 20) : below(&seed, 399);
		for (size_t i = 0; i < len; i++)
			text[i] = below(&seed, len > 100 ? 40 : 8)
					  ? alphabet[below(&seed, 12)]
					  : alphabet[below(&seed, sizeof alphabet - 1)];
		text[len] = 0;
		bool theirs = knot_dname_from_str(wire, text, sizeof wire) != NULL;
		bool ours = dns_name_from_text(text, len, &n) == 0;
		if (ours != theirs)
			print_message("# %s: ours %d, theirs %d\n", text, ours, theirs);
		assert_int_equal(ours, theirs);
		if (!ours) {
			bad++;
			continue;
		}
		knot_dname_to_lower(wire);
		assert_int_equal(n.len, knot_dname_size(wire));
		assert_memory_equal(n.wire, wire, n.len);
		good++;
	}
	assert_true(good > ROUNDS / 10);
	assert_true(bad > ROUNDS / 10);
}

static void our_text_means_the_same_to_libknot_and_its_to_us(void **state)
{
	uint64_t seed = 44;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint8_t wire[255];
		unsigned len = 0;
		for (unsigned labels = below(&seed, 6); labels > 0; labels--) {
			unsigned c = 1 + below(&seed, below(&seed, 10) ? 8 : 63);
			if (len + c + 2 > sizeof wire)
				break;
			wire[len++] = (uint8_t)c;
			for (; c > 0; c--)
				wire[len++] = (uint8_t)next_random(&seed);
		}
		wire[len++] = 0;
		struct dns_name n, back;
		char text[DNS_NAME_TEXT_MAX];
		knot_dname_txt_storage_t theirs;
		knot_dname_storage_t read;
		assert_int_equal(dns_name_from_wire(wire, len, &n), 0);
		dns_name_text(&n, text);
		assert_non_null(knot_dname_from_str(read, text, sizeof read));
		assert_true(knot_dname_is_equal(read, n.wire));
		assert_non_null(knot_dname_to_str(theirs, wire, sizeof theirs));
		assert_int_equal(dns_name_from_text(theirs, strlen(theirs), &back), 0);
		assert_true(dns_name_equal(&n, &back));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_messages_are_read_alike),
		cmocka_unit_test(text_is_read_alike),
		cmocka_unit_test(our_text_means_the_same_to_libknot_and_its_to_us),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
