/* SPDX-License-Identifier: Apache-2.0 */
#include "packet.h"

static int parse(const char *s, struct dns_name *n)
{
	return dns_name_from_text(s, strlen(s), n);
}

static void refuses(const char *s)
{
	struct dns_name n;
	assert_int_equal(parse(s, &n), ERR_NAME);
}

static void text_is_lowered_and_laid_out_as_labels(void **s)
{
	struct dns_name n = name_of("www.Example");
	assert_int_equal(n.len, 13);
	assert_int_equal(n.labels, 2);
	assert_memory_equal(n.wire, "\3www\7example", 13);
	assert_int_equal(n.at[0], 0);
	assert_int_equal(n.at[1], 4);
	assert_int_equal(n.at[2], 12);
	assert_sound(&n);
}

static void a_final_dot_changes_nothing(void **s)
{
	struct dns_name a = name_of("www.example."), b = name_of("www.example");
	assert_true(dns_name_equal(&a, &b));
}

static void the_root_is_a_single_dot(void **s)
{
	struct dns_name n = name_of(".");
	assert_int_equal(n.len, 1);
	assert_int_equal(n.labels, 0);
	assert_sound(&n);
	assert_name(&n, ".");
}

static void empty_text_and_empty_labels_are_refused(void **s)
{
	refuses("");
	refuses("..");
	refuses(".example");
	refuses("a..example");
	refuses("example..");
}

static void a_label_of_63_bytes_is_taken_and_of_64_refused(void **s)
{
	char text[80];
	struct dns_name n;
	memset(text, 'a', 64);
	assert_int_equal(dns_name_from_text(text, 63, &n), 0);
	assert_int_equal(n.wire[0], 63);
	assert_sound(&n);
	assert_int_equal(dns_name_from_text(text, 64, &n), ERR_NAME);
}

/* 63.63.63.last: 3 * 64 + 1 + last + 1 bytes. */
static size_t long_text(char *to, unsigned last)
{
	memset(to, 'x', 3 * 64 + last);
	to[63] = to[127] = to[191] = '.';
	return 3 * 64 + last;
}

static void a_name_of_255_bytes_is_taken_and_of_256_refused(void **s)
{
	char text[300];
	struct dns_name n;
	assert_int_equal(dns_name_from_text(text, long_text(text, 61), &n), 0);
	assert_int_equal(n.len, 255);
	assert_sound(&n);
	assert_int_equal(dns_name_from_text(text, long_text(text, 62), &n), ERR_NAME);
}

static void a_label_that_leaves_no_room_for_the_root_is_refused(void **s)
{
	char text[600];
	struct dns_name n;
	/* 127 labels of one byte fill it; a 128th, or a longer first one, does not fit. */
	for (unsigned i = 0; i < 128; i++) {
		text[2 * i] = 'a';
		text[2 * i + 1] = '.';
	}
	assert_int_equal(dns_name_from_text(text, 254, &n), 0);
	assert_int_equal(n.labels, 127);
	assert_int_equal(n.len, 255);
	assert_sound(&n);
	assert_int_equal(dns_name_from_text(text, 255, &n), ERR_NAME);
	assert_int_equal(dns_name_from_text(text, 256, &n), ERR_NAME);
}

static void escapes_stand_for_bytes(void **s)
{
	struct dns_name n = name_of("a\\.b.example");
	assert_int_equal(n.labels, 2);
	assert_memory_equal(n.wire, "\3a.b\7example", 13);
	n = name_of("\\065.example");
	assert_memory_equal(n.wire, "\1a\7example", 11);
	n = name_of("\\000\\255\\\\.test");
	assert_memory_equal(n.wire, "\3\0\377\\\4test", 10);
	assert_sound(&n);
}

static void wrong_escapes_are_refused(void **s)
{
	refuses("a\\");
	refuses("\\25");
	refuses("\\256.example");
	refuses("\\2x5");
	refuses("\\999");
	refuses("\\\x01");
	refuses("\\\xc3");
}

static void blanks_controls_and_bytes_above_127_are_refused(void **s)
{
	refuses("a b.example");
	refuses("a\tb");
	refuses("caf\xc3\xa9.example");
	refuses("\x7f");
	struct dns_name n;
	assert_int_equal(dns_name_from_text("a\0b", 3, &n), ERR_NAME);
}

static void text_escapes_what_a_zone_file_would_misread(void **s)
{
	struct dns_name n;
	static const uint8_t wire[] = "\012.\\\"();@$ \001\4test";
	assert_int_equal(dns_name_from_wire(wire, sizeof wire, &n), 0);
	assert_name(&n, "\\.\\\\\\\"\\(\\)\\;\\@\\$\\032\\001.test");
}

static void the_longest_text_fits_its_buffer_and_comes_back(void **s)
{
	struct dns_name n, back;
	uint8_t wire[255];
	memset(wire, 0xff, sizeof wire);
	wire[0] = wire[64] = wire[128] = 63;
	wire[192] = 61;
	wire[254] = 0;
	assert_int_equal(dns_name_from_wire(wire, sizeof wire, &n), 0);
	char *buf = malloc(DNS_NAME_TEXT_MAX);
	assert_non_null(buf);
	size_t len = dns_name_text(&n, buf);
	assert_int_equal(len, 250 * 4 + 3);
	assert_true(len < DNS_NAME_TEXT_MAX);
	assert_int_equal(dns_name_from_text(buf, len, &back), 0);
	assert_true(dns_name_equal(&n, &back));
	free(buf);
}

static void every_byte_value_survives_text_and_is_lowered_only_from_a_to_z(void **s)
{
	for (unsigned c = 0; c < 256; c++)
		for (unsigned len = 1; len <= 20; len++) {
			uint8_t wire[22] = { (uint8_t)len };
			memset(wire + 1, (int)c, len);
			wire[len + 1] = 0;
			struct dns_name n, back;
			assert_int_equal(dns_name_from_wire(wire, len + 2, &n), 0);
			unsigned lower = c >= 'A' && c <= 'Z' ? c + 32 : c;
			for (unsigned i = 1; i <= len; i++)
				assert_int_equal(n.wire[i], lower);
			assert_sound(&n);
			char buf[DNS_NAME_TEXT_MAX];
			size_t size = dns_name_text(&n, buf);
			assert_int_equal(dns_name_from_text(buf, size, &back), 0);
			assert_true(dns_name_equal(&n, &back));
		}
}

static void wire_form_must_be_exactly_one_name(void **s)
{
	struct dns_name n;
	assert_int_equal(dns_name_from_wire((const uint8_t *)"\1a", 3, &n), 0);
	assert_int_equal(dns_name_from_wire((const uint8_t *)"\1a", 2, &n), ERR_MALFORMED);
	assert_int_equal(dns_name_from_wire((const uint8_t *)"\1a\0", 4, &n), ERR_MALFORMED);
	assert_int_equal(dns_name_from_wire((const uint8_t *)"\2a", 3, &n), ERR_MALFORMED);
	assert_int_equal(dns_name_from_wire((const uint8_t *)"\300\0", 2, &n), ERR_MALFORMED);
	assert_int_equal(dns_name_from_wire((const uint8_t *)"", 0, &n), ERR_MALFORMED);
}

static void a_shorter_name_leaves_nothing_of_a_longer_one_in_its_padding(void **s)
{
	char text[300];
	struct dns_name n;
	size_t size = long_text(text, 61);
	for (unsigned drop = 0; drop < 200; drop++) {
		assert_int_equal(dns_name_from_text(text, size, &n), 0);
		uint8_t wire[66] = { 0 };
		unsigned len = drop % 63 + 1;
		wire[0] = (uint8_t)len;
		memset(wire + 1, 'y', len);
		assert_int_equal(dns_name_from_wire(wire, len + 2, &n), 0);
		assert_sound(&n);
	}
}

static struct packet *message(void)
{
	static struct packet p;
	put_header(&p, 0, 0, 0, 0, 0);
	return &p;
}

/* Reads at pos from an exact copy. */
static int read_at(const struct packet *p, size_t pos, struct dns_name *n, size_t *end)
{
	uint8_t *b = exact(p);
	*end = pos;
	int err = dns_name_read(bytes_of(b, p->n), end, n);
	size_t skip = pos;
	/* What can be read can be skipped, to the same place. */
	if (err == 0) {
		assert_int_equal(dns_name_skip(bytes_of(b, p->n), &skip), 0);
		assert_int_equal(skip, *end);
		assert_sound(n);
	}
	free(b);
	return err;
}

static void a_plain_name_is_read_up_to_the_last_byte(void **s)
{
	struct dns_name n;
	size_t end;
	for (unsigned len = 1; len <= 63; len++) {
		struct packet *p = message();
		put8(p, len);
		for (unsigned i = 0; i < len; i++)
			put8(p, 'A' + i % 26);
		put8(p, 0);
		assert_int_equal(read_at(p, 12, &n, &end), 0);
		assert_int_equal(end, p->n);
		assert_int_equal(n.len, len + 2);
	}
}

static void a_compressed_name_is_put_together(void **s)
{
	struct packet *p = message();
	struct dns_name n;
	size_t end;
	put_name(p, "Host.EXAMPLE");
	size_t at = p->n;
	put_labels(p, "CDN");
	put16(p, 0xc000 + 17);
	put8(p, 0xff);
	assert_int_equal(read_at(p, at, &n, &end), 0);
	assert_name(&n, "cdn.example");
	assert_int_equal(end, at + 6);
}

static void a_pointer_to_a_pointer_is_followed(void **s)
{
	struct packet *p = message();
	struct dns_name n;
	size_t end;
	put_name(p, "example");
	put16(p, 0xc00c);
	put16(p, 0xc000 + 21);
	assert_int_equal(read_at(p, 23, &n, &end), 0);
	assert_name(&n, "example");
	assert_int_equal(end, 25);
}

static void pointers_forward_to_themselves_and_into_the_header_are_malformed(void **s)
{
	struct dns_name n;
	size_t end;
	struct packet *p = message();
	put16(p, 0xc00c);
	assert_int_equal(read_at(p, 12, &n, &end), ERR_MALFORMED);
	p = message();
	put16(p, 0xc00e);
	put_name(p, "a");
	assert_int_equal(read_at(p, 12, &n, &end), ERR_MALFORMED);
	p = message();
	put_labels(p, "a");
	put16(p, 0xc00c); /* into its own name: for ever */
	assert_int_equal(read_at(p, 12, &n, &end), ERR_MALFORMED);
	p = message();
	put16(p, 0xc00b); /* the header's last byte, a zero */
	assert_int_equal(read_at(p, 12, &n, &end), ERR_MALFORMED);
}

static void what_a_pointer_leads_to_ends_before_the_labels_that_led_there(void **s)
{
	struct dns_name n;
	size_t end;
	/* "a" then a pointer to 12, where a label of 5 hops over both into what follows. */
	struct packet *p = message();
	put_bytes(p, "\5x\1a\300\14\1b\0", 9);
	assert_int_equal(read_at(p, 14, &n, &end), ERR_MALFORMED);
	/* Ending right before is fine: the root at 13, then "a" and a pointer to 12. */
	p = message();
	put_bytes(p, "\1y\0\1a\300\14", 7);
	assert_int_equal(read_at(p, 15, &n, &end), 0);
	assert_name(&n, "a.y");
	/* A pointer that is cut by its own labels. */
	p = message();
	put_bytes(p, "\1y\300\1a\300\14", 7);
	assert_int_equal(read_at(p, 15, &n, &end), ERR_MALFORMED);
}

static void the_two_other_label_types_are_malformed(void **s)
{
	struct dns_name n;
	size_t end, skip = 12;
	for (unsigned c = 64; c < 192; c++) {
		struct packet *p = message();
		put8(p, c);
		for (unsigned i = 0; i < 200; i++)
			put8(p, 0);
		assert_int_equal(read_at(p, 12, &n, &end), ERR_MALFORMED);
		assert_int_equal(dns_name_skip(bytes_of(p->b, p->n), &skip), ERR_MALFORMED);
	}
}

static void a_name_that_ends_early_is_truncated(void **s)
{
	struct dns_name n;
	size_t end, skip;
	static const char *const cut[] = { "", "\1", "\1a", "\1a\300", "\77abc" };
	for (size_t i = 0; i < ARRAY_LEN(cut); i++) {
		struct packet *p = message();
		put_bytes(p, cut[i], strlen(cut[i]));
		assert_int_equal(read_at(p, 12, &n, &end), ERR_TRUNCATED);
		uint8_t *b = exact(p);
		skip = 12;
		assert_int_equal(dns_name_skip(bytes_of(b, p->n), &skip), ERR_TRUNCATED);
		free(b);
	}
}

/* `count` pointers, each to the one before, ending in "a". */
static int read_chain(unsigned count)
{
	struct packet *p = message();
	struct dns_name n;
	size_t end;
	put_name(p, "a");
	for (unsigned i = 0; i < count; i++)
		put16(p, 0xc000 + (i ? 15 + 2 * (i - 1) : 12));
	return read_at(p, p->n - 2, &n, &end);
}

static void at_most_127_pointers_are_followed(void **s)
{
	assert_int_equal(read_chain(1), 0);
	assert_int_equal(read_chain(127), 0);
	assert_int_equal(read_chain(128), ERR_MALFORMED);
}

static void pointers_cannot_build_a_name_of_more_than_255_bytes(void **s)
{
	struct packet *p = message();
	struct dns_name n;
	size_t end, at[10];
	put8(p, 0);
	/* Each adds a label of 63 to the one before. */
	for (unsigned i = 0; i < 5; i++) {
		at[i] = p->n;
		put8(p, 63);
		for (unsigned j = 0; j < 63; j++)
			put8(p, 'z');
		put16(p, 0xc000 + (i ? (unsigned)at[i - 1] : 12));
	}
	assert_int_equal(read_at(p, at[2], &n, &end), 0);
	assert_int_equal(n.len, 193);
	assert_int_equal(read_at(p, at[3], &n, &end), ERR_MALFORMED);
}

static void a_plain_read_refuses_pointers(void **s)
{
	struct packet *p = message();
	struct dns_name n;
	put_name(p, "example");
	size_t at = p->n, pos = 12;
	put16(p, 0xc00c);
	assert_int_equal(dns_name_read_plain(bytes_of(p->b, p->n), &pos, &n), 0);
	assert_int_equal(pos, at);
	assert_int_equal(dns_name_read_plain(bytes_of(p->b, p->n), &pos, &n), ERR_MALFORMED);
}

static void a_name_is_under_itself_its_parents_and_the_root(void **s)
{
	struct dns_name n = name_of("a.b.example"), p = name_of("b.example"), root = name_of(".");
	assert_true(dns_name_under(&n, &n));
	assert_true(dns_name_under(&n, &p));
	assert_true(dns_name_under(&n, &root));
	assert_true(dns_name_under(&root, &root));
	assert_false(dns_name_under(&p, &n));
	assert_false(dns_name_under(&root, &p));
}

static void a_name_is_not_under_one_that_only_ends_alike(void **s)
{
	struct dns_name n = name_of("ab.example"), p = name_of("b.example");
	assert_false(dns_name_under(&n, &p));
	n = name_of("x.cb.example");
	assert_false(dns_name_under(&n, &p));
	n = name_of("x\\001b.example");
	assert_false(dns_name_under(&n, &p));
}

static void parents_are_cut_from_the_left(void **s)
{
	struct dns_name n = name_of("a.bb.example"), p;
	static const char *const want[] = { "a.bb.example", "bb.example", "example", "." };
	for (unsigned i = 0; i < 4; i++) {
		dns_name_parent(&n, i, &p);
		assert_name(&p, want[i]);
		assert_sound(&p);
		assert_true(dns_name_under(&n, &p));
	}
	dns_name_parent(&n, 1, &n);
	assert_name(&n, "bb.example");
	assert_sound(&n);
}

static void hostlike_names_hold_letters_digits_hyphens_and_underscores(void **s)
{
	static const char *const yes[] = { "example", "_dmarc.a-1.example", "0.test" };
	static const char *const no[] = { ".", "a*.example", "\\*.example", "a\\.b.test",
		"a:80.test", "\\255.test", "a/b.test", "\\032.test" };
	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		struct dns_name n = name_of(yes[i]);
		assert_true(dns_name_is_hostlike(&n));
	}
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		struct dns_name n = name_of(no[i]);
		assert_false(dns_name_is_hostlike(&n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_lowered_and_laid_out_as_labels),
		cmocka_unit_test(a_final_dot_changes_nothing),
		cmocka_unit_test(the_root_is_a_single_dot),
		cmocka_unit_test(empty_text_and_empty_labels_are_refused),
		cmocka_unit_test(a_label_of_63_bytes_is_taken_and_of_64_refused),
		cmocka_unit_test(a_name_of_255_bytes_is_taken_and_of_256_refused),
		cmocka_unit_test(a_label_that_leaves_no_room_for_the_root_is_refused),
		cmocka_unit_test(escapes_stand_for_bytes),
		cmocka_unit_test(wrong_escapes_are_refused),
		cmocka_unit_test(blanks_controls_and_bytes_above_127_are_refused),
		cmocka_unit_test(text_escapes_what_a_zone_file_would_misread),
		cmocka_unit_test(the_longest_text_fits_its_buffer_and_comes_back),
		cmocka_unit_test(every_byte_value_survives_text_and_is_lowered_only_from_a_to_z),
		cmocka_unit_test(wire_form_must_be_exactly_one_name),
		cmocka_unit_test(a_shorter_name_leaves_nothing_of_a_longer_one_in_its_padding),
		cmocka_unit_test(a_plain_name_is_read_up_to_the_last_byte),
		cmocka_unit_test(a_compressed_name_is_put_together),
		cmocka_unit_test(a_pointer_to_a_pointer_is_followed),
		cmocka_unit_test(pointers_forward_to_themselves_and_into_the_header_are_malformed),
		cmocka_unit_test(what_a_pointer_leads_to_ends_before_the_labels_that_led_there),
		cmocka_unit_test(the_two_other_label_types_are_malformed),
		cmocka_unit_test(a_name_that_ends_early_is_truncated),
		cmocka_unit_test(at_most_127_pointers_are_followed),
		cmocka_unit_test(pointers_cannot_build_a_name_of_more_than_255_bytes),
		cmocka_unit_test(a_plain_read_refuses_pointers),
		cmocka_unit_test(a_name_is_under_itself_its_parents_and_the_root),
		cmocka_unit_test(a_name_is_not_under_one_that_only_ends_alike),
		cmocka_unit_test(parents_are_cut_from_the_left),
		cmocka_unit_test(hostlike_names_hold_letters_digits_hyphens_and_underscores),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
