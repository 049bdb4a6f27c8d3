/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of images: what is damaged, hostile or of another kind is refused with a reason. */
#include "testimage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static uint8_t *good;
static size_t good_size;

static int make_good(void **state)
{
	struct testimage *t = ti_new(POLICY_IMAGE);
	for (unsigned i = 0; i < 500; i++) {
		char name[64];
		(void)snprintf(name, sizeof name, "n%u.listed.example", i);
		ti_add(t, name, TI_BOTH, i % 2 ? "adult" : "games");
	}
	ti_addr4(t, 0xc0000200, 0xc00002ff, "malware");
	ti_addr4(t, 0xc6336400, 0xc63364ff, "malware");
	ti_cname(t, "www.search.example", POLICY_ENGINE + ENGINE_SEARCH, REWRITE_STRICT, "safe.search.example");
	struct policy *p = ti_build(t);
	good_size = p->h->size;
	good = malloc(good_size);
	memcpy(good, p->memory, good_size);
	policy_unref(p);
	return 0;
}

static int drop_good(void **state)
{
	free(good);
	return 0;
}

/* A copy to spoil; resealed when `seal` so that only the checks of contents stand in the way. */
static uint8_t *copy(void)
{
	uint8_t *p = malloc(good_size);
	memcpy(p, good, good_size);
	return p;
}

static int parse(uint8_t *p, size_t n, bool seal, struct err_note *note)
{
	struct policy *ret = NULL;
	struct policy_header *h = (struct policy_header *)p;
	if (seal) {
		uint64_t sum[2];
		h->checksum[0] = h->checksum[1] = 0;
		policy_checksum(p, n, sum);
		memcpy(h->checksum, sum, sizeof sum);
	}
	int err = policy_parse(p, n, &ret, note);
	policy_unref(ret);
	return err;
}

static void the_good_one_is_taken(void **state)
{
	uint8_t *p = copy();
	assert_int_equal(parse(p, good_size, false, NULL), 0);
	free(p);
}

static void every_truncation_is_refused(void **state)
{
	for (size_t n = 0; n < good_size; n += n < 400 ? 1 : 97) {
		struct err_note note = { "" };
		uint8_t *p = malloc(n ? n : 1);
		memcpy(p, good, n);
		int err = parse(p, n, false, &note);
		assert_true(err == ERR_TRUNCATED || err == ERR_FORMAT);
		assert_true(note.text[0]);
		free(p);
	}
}

static void every_flipped_byte_is_found(void **state)
{
	uint8_t *p = copy();
	for (size_t i = 0; i < good_size; i++) {
		p[i] ^= 0x10;
		struct err_note note = { "" };
		assert_int_not_equal(parse(p, good_size, false, &note), 0);
		assert_true(note.text[0]);
		p[i] ^= 0x10;
	}
	free(p);
}

/* With the checksum mended: refused, or harmless to look things up in (ASan watches). */
static void no_resealed_flip_reads_outside(void **state)
{
	unsigned refused = 0, taken = 0;
	srandom(7);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t *p = copy();
		size_t limit = i % 4 ? sizeof(struct policy_header) : good_size;
		for (unsigned k = 0; k <= i % 3; k++)
			p[(size_t)random() % limit] ^= (uint8_t)(1 << random() % 8);
		struct policy *ret = NULL;
		struct policy_header *h = (struct policy_header *)p;
		uint64_t sum[2];
		h->checksum[0] = h->checksum[1] = 0;
		policy_checksum(p, good_size, sum);
		memcpy(h->checksum, sum, sizeof sum);
		if (policy_parse(p, good_size, &ret, NULL)) {
			refused++;
		} else {
			struct dns_name n;
			struct name_hash hash[POLICY_MAX_DEPTH];
			char text[64];
			for (unsigned q = 0; q < 20; q++) {
				(void)snprintf(text, sizeof text, "x.n%u.listed.example", q * 31);
				assert_int_equal(dns_name_from_text(text, strlen(text), &n), 0);
				unsigned count = name_hash_suffixes(ret->h->key, &n, hash, POLICY_MAX_DEPTH), nrw;
				(void)policy_lookup(ret, hash, count, n.labels, cats_none());
				(void)policy_rewrite_find(ret, hash, count, n.labels, POLICY_ENGINE, 2, &nrw);
				(void)policy_address(ret, n.wire, 4);
			}
			taken++;
		}
		policy_unref(ret);
		free(p);
	}
	assert_true(refused > 1000 && taken > 100);
}

static void spoiled(size_t at, const void *with, size_t n, int want)
{
	struct err_note note = { "" };
	uint8_t *p = copy();
	memcpy(p + at, with, n);
	assert_int_equal(parse(p, good_size, true, &note), want);
	assert_true(note.text[0]);
	free(p);
}

static void header_fields_are_checked_one_by_one(void **state)
{
	const struct policy_header *h = (const struct policy_header *)good;
	const uint32_t huge = 0x7fffffff, version = 2, kind = 9;
	spoiled(offsetof(struct policy_header, version), &version, 4, ERR_VERSION);
	spoiled(offsetof(struct policy_header, kind), &kind, 4, ERR_FORMAT);
	spoiled(offsetof(struct policy_header, names), &huge, 4, ERR_LIMIT);
	spoiled(offsetof(struct policy_header, buckets), &huge, 4, ERR_LIMIT);
	spoiled(offsetof(struct policy_header, sets), &huge, 4, ERR_FORMAT);
	spoiled(offsetof(struct policy_header, max_depth), &huge, 4, ERR_LIMIT);
	const uint64_t outside = h->size - 8;
	for (unsigned i = 0; i < POLICY_SECTIONS; i++)
		spoiled(offsetof(struct policy_header, section) + 16u * i, &outside, 8, ERR_FORMAT);
}

static void an_entry_with_an_unknown_set_is_refused(void **state)
{
	const struct policy_header *h = (const struct policy_header *)good;
	const uint16_t set = 0xffff;
	spoiled(h->section[POLICY_ENTRIES].at, &set, 2, ERR_FORMAT);
}

static void a_set_with_an_unknown_category_is_refused(void **state)
{
	const struct policy_header *h = (const struct policy_header *)good;
	const uint64_t all = ~0ull;
	spoiled(h->section[POLICY_SETS].at, &all, 8, ERR_FORMAT);
}

static void directory_out_of_order_is_refused(void **state)
{
	const struct policy_header *h = (const struct policy_header *)good;
	const uint32_t offset = 400;
	spoiled(h->section[POLICY_DIRECTORY].at + 8 * 5, &offset, 4, ERR_FORMAT);
}

static void overlapping_addresses_are_refused(void **state)
{
	const struct policy_header *h = (const struct policy_header *)good;
	const uint32_t first = 0xc0000210;
	spoiled(h->section[POLICY_ADDR4].at + sizeof(struct policy_addr4), &first, 4, ERR_FORMAT);
}

static void a_rewrite_to_no_name_is_refused(void **state)
{
	const struct policy_header *h = (const struct policy_header *)good;
	const uint8_t label = 200;
	spoiled(h->section[POLICY_RDATA].at, &label, 1, ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_good_one_is_taken),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_flipped_byte_is_found),
		cmocka_unit_test(no_resealed_flip_reads_outside),
		cmocka_unit_test(header_fields_are_checked_one_by_one),
		cmocka_unit_test(an_entry_with_an_unknown_set_is_refused),
		cmocka_unit_test(a_set_with_an_unknown_category_is_refused),
		cmocka_unit_test(directory_out_of_order_is_refused),
		cmocka_unit_test(overlapping_addresses_are_refused),
		cmocka_unit_test(a_rewrite_to_no_name_is_refused),
	};
	return cmocka_run_group_tests(tests, make_good, drop_good);
}
