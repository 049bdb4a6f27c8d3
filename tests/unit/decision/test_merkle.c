/* SPDX-License-Identifier: Apache-2.0 */
/* Against the definitions of RFC 9162 section 2.1 written down again, recursively, and the tree that
 * Certificate Transparency's own tests use. */
#include "decision/merkle.h"

#include "base/hex.h"

#include <errno.h>
#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { MOST = 64 };
static uint8_t leaves[MOST][MERKLE_HASH];

/* --- the definitions --- */

static uint64_t power_below(uint64_t n)
{
	uint64_t k = 1;
	while (k * 2 < n)
		k *= 2;
	return k;
}

static void mth(uint64_t from, uint64_t to, uint8_t *ret)
{
	uint8_t l[MERKLE_HASH], r[MERKLE_HASH];
	if (to == from) {
		crypto_hash_sha256(ret, NULL, 0);
	} else if (to - from == 1) {
		memcpy(ret, leaves[from], MERKLE_HASH);
	} else {
		uint64_t k = power_below(to - from);
		mth(from, from + k, l);
		mth(from + k, to, r);
		merkle_node(l, r, ret);
	}
}

static void add(struct merkle_proof *p, uint64_t from, uint64_t to)
{
	mth(from, to, p->hash[p->n++]);
}

static void path(uint64_t m, uint64_t from, uint64_t to, struct merkle_proof *p)
{
	if (to - from == 1)
		return;
	uint64_t k = power_below(to - from);
	path(m < k ? m : m - k, m < k ? from : from + k, m < k ? from + k : to, p);
	add(p, m < k ? from + k : from, m < k ? to : from + k);
}

static void subproof(uint64_t m, uint64_t from, uint64_t to, bool whole, struct merkle_proof *p)
{
	if (m == to - from) {
		if (!whole)
			add(p, from, to);
		return;
	}
	uint64_t k = power_below(to - from);
	if (m <= k) {
		subproof(m, from, from + k, whole, p);
		add(p, from + k, to);
	} else {
		subproof(m - k, from + k, to, false, p);
		add(p, from, from + k);
	}
}

/* --- --- */

static int source(void *ctx, uint64_t first, unsigned level, uint8_t ret[MERKLE_HASH])
{
	uint64_t n = (uint64_t)1 << level, size = *(uint64_t *)ctx;
	assert_true(first % n == 0 && first + n <= size);
	mth(first, first + n, ret);
	return 0;
}

static int prepare(void **state)
{
	for (uint8_t i = 0; i < MOST; i++)
		merkle_leaf(bytes_of(&i, 1), leaves[i]);
	return sodium_init() < 0;
}

static void tree_of_certificate_transparency_has_its_roots(void **state)
{
	static const char *const entry[] = { "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
		"606162636465666768696a6b6c6d6e6f" };
	static const char *const root[] = { "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" };
	struct merkle m = { .size = 0 };
	for (size_t i = 0; i < ARRAY_LEN(root); i++) {
		uint8_t got[MERKLE_HASH], want[MERKLE_HASH], leaf[MERKLE_HASH], bytes[16];
		merkle_root(&m, got);
		assert_true(hex_read(bytes_str(root[i]), want, sizeof want));
		assert_memory_equal(got, want, sizeof want);
		if (i == ARRAY_LEN(entry))
			break;
		size_t n = strlen(entry[i]) / 2;
		assert_true(hex_read(bytes_str(entry[i]), bytes, n));
		merkle_leaf(bytes_of(bytes, n), leaf);
		assert_int_equal(merkle_append(&m, leaf), 0);
	}
}

static void tree_that_grows_has_the_root_of_its_definition(void **state)
{
	struct merkle m = { .size = 0 };
	for (uint64_t n = 0;; n++) {
		uint8_t got[MERKLE_HASH], want[MERKLE_HASH];
		merkle_root(&m, got);
		mth(0, n, want);
		assert_memory_equal(got, want, MERKLE_HASH);
		struct merkle again = { .size = 99 };
		assert_int_equal(merkle_load(&again, n, merkle_edge(&m)), 0); /* as kept and read again */
		merkle_root(&again, got);
		assert_memory_equal(got, want, MERKLE_HASH);
		if (n == MOST)
			break;
		assert_int_equal(merkle_append(&m, leaves[n]), 0);
	}
}

static void edge_of_another_size_is_refused(void **state)
{
	static const uint8_t bytes[MERKLE_HASH * 3];
	struct merkle m = { .size = 7 };
	assert_int_equal(merkle_load(&m, 3, bytes_of(bytes, MERKLE_HASH)), ERR_MALFORMED);
	assert_int_equal(merkle_load(&m, 3, bytes_of(bytes, MERKLE_HASH * 3)), ERR_MALFORMED);
	assert_int_equal(merkle_load(&m, 3, bytes_of(bytes, MERKLE_HASH * 2 + 1)), ERR_MALFORMED);
	assert_int_equal(merkle_load(&m, UINT64_MAX, bytes_of(bytes, MERKLE_HASH)), ERR_MALFORMED);
	assert_int_equal(m.size, 7);
	assert_int_equal(merkle_load(&m, 3, bytes_of(bytes, MERKLE_HASH * 2)), 0);
}

static void tree_ends_at_its_largest_size(void **state)
{
	static struct merkle m = { .size = MERKLE_SIZE_MAX };
	assert_int_equal(merkle_append(&m, leaves[0]), ERR_LIMIT);
	m.size--;
	assert_int_equal(merkle_append(&m, leaves[0]), 0);
}

static void ranges_that_a_proof_needs_have_the_root_of_their_definition(void **state)
{
	uint64_t size = MOST;
	uint8_t got[MERKLE_HASH], want[MERKLE_HASH];
	for (uint64_t from = 0; from <= size; from++)
		for (uint64_t to = from; to <= size; to++) {
			int err = merkle_range(source, &size, from, to, got);
			if (err) { /* its first subtree would not stand at a place of its size */
				assert_int_equal(err, -EINVAL);
				assert_true(from % power_below(to - from + 1) != 0);
				continue;
			}
			mth(from, to, want);
			assert_memory_equal(got, want, MERKLE_HASH);
		}
	assert_int_equal(merkle_range(source, &size, 2, 1, got), -EINVAL);
}

/* --- proofs --- */

typedef int judge(const struct merkle_proof *p, uint64_t a, uint64_t b);

static int included(const struct merkle_proof *p, uint64_t index, uint64_t size)
{
	uint8_t root[MERKLE_HASH];
	mth(0, size, root);
	return merkle_included(leaves[index], index, size, root, p);
}

static int consistent(const struct merkle_proof *p, uint64_t old, uint64_t size)
{
	uint8_t root[MERKLE_HASH], old_root[MERKLE_HASH];
	mth(0, size, root);
	mth(0, old, old_root);
	return merkle_consistent(old, old_root, size, root, p);
}

static void is_refused_when_anything_is_changed(judge *j, const struct merkle_proof *p, uint64_t a, uint64_t b)
{
	struct merkle_proof q = *p;
	for (unsigned i = 0; i < p->n; i++)
		for (unsigned byte = 0; byte < MERKLE_HASH; byte += 31) {
			q.hash[i][byte] ^= 1;
			assert_int_equal(j(&q, a, b), ERR_CHECKSUM);
			q.hash[i][byte] ^= 1;
		}
	for (unsigned i = 0; i + 1 < p->n; i++) {
		memcpy(q.hash[i], p->hash[i + 1], MERKLE_HASH);
		memcpy(q.hash[i + 1], p->hash[i], MERKLE_HASH);
		assert_int_equal(j(&q, a, b), ERR_CHECKSUM);
		q = *p;
	}
	if (p->n) {
		q.n--;
		assert_int_equal(j(&q, a, b), ERR_CHECKSUM);
	}
	q = *p;
	memset(q.hash[q.n++], 0, MERKLE_HASH);
	assert_int_equal(j(&q, a, b), ERR_CHECKSUM);
	q.n = MERKLE_PROOF + 1;
	assert_int_equal(j(&q, a, b), ERR_CHECKSUM);
}

static void assert_proof_equal(const struct merkle_proof *a, const struct merkle_proof *b)
{
	assert_int_equal(a->n, b->n);
	for (unsigned i = 0; i < a->n; i++)
		assert_memory_equal(a->hash[i], b->hash[i], MERKLE_HASH);
}

static void every_leaf_of_every_tree_is_shown_to_be_in_it(void **state)
{
	for (uint64_t size = 1; size <= MOST; size++)
		for (uint64_t i = 0; i < size; i++) {
			struct merkle_proof p, want = { .n = 0 };
			assert_int_equal(merkle_inclusion(source, &size, i, size, &p), 0);
			path(i, 0, size, &want);
			assert_proof_equal(&p, &want);
			assert_int_equal(included(&p, i, size), 0);
			is_refused_when_anything_is_changed(included, &p, i, size);
		}
}

static void leaf_is_not_shown_at_another_place(void **state)
{
	uint64_t size = MOST - 3;
	uint8_t root[MERKLE_HASH];
	mth(0, size, root);
	for (uint64_t i = 0; i < size; i++) {
		struct merkle_proof p;
		assert_int_equal(merkle_inclusion(source, &size, i, size, &p), 0);
		for (uint64_t k = 0; k < size + 2; k++)
			assert_int_equal(merkle_included(leaves[i], k, size, root, &p), k == i ? 0 : ERR_CHECKSUM);
	}
	struct merkle_proof p;
	assert_int_equal(merkle_inclusion(source, &size, size, size, &p), -EINVAL);
	assert_int_equal(merkle_inclusion(source, &size, 0, 0, &p), -EINVAL);
	assert_int_equal(merkle_inclusion(source, &size, 0, UINT64_MAX, &p), -EINVAL);
}

static void every_tree_is_shown_to_begin_with_every_smaller_one(void **state)
{
	for (uint64_t size = 0; size <= MOST; size++)
		for (uint64_t old = 0; old <= size; old++) {
			struct merkle_proof p, want = { .n = 0 };
			assert_int_equal(merkle_consistency(source, &size, old, size, &p), 0);
			if (old)
				subproof(old, 0, size, true, &want);
			assert_proof_equal(&p, &want);
			assert_int_equal(consistent(&p, old, size), 0);
			is_refused_when_anything_is_changed(consistent, &p, old, size);
		}
}

/* One leaf of the old tree is another: no proof that could be made shows the roots to be of one tree. */
static void rewritten_tree_is_not_consistent(void **state)
{
	for (uint64_t size = 2; size <= MOST; size += 5)
		for (uint64_t old = 1; old < size; old++) {
			struct merkle_proof p;
			uint8_t old_root[MERKLE_HASH], root[MERKLE_HASH];
			mth(0, old, old_root);
			leaves[old / 2][5] ^= 4;
			mth(0, size, root);
			assert_int_equal(merkle_consistency(source, &size, old, size, &p), 0);
			assert_int_equal(merkle_consistent(old, old_root, size, root, &p), ERR_CHECKSUM);
			leaves[old / 2][5] ^= 4;
		}
}

static void sizes_that_cannot_be_are_refused(void **state)
{
	static const uint8_t root[MERKLE_HASH];
	const struct merkle_proof none = { .n = 0 };
	struct merkle_proof p;
	uint64_t size = 4;
	assert_int_equal(merkle_consistency(source, &size, 5, 4, &p), -EINVAL);
	assert_int_equal(merkle_consistency(source, &size, 1, UINT64_MAX, &p), -EINVAL);
	assert_int_equal(merkle_consistent(5, root, 4, root, &none), ERR_CHECKSUM);
	assert_int_equal(merkle_consistent(1, root, UINT64_MAX, root, &none), ERR_CHECKSUM);
	assert_int_equal(merkle_included(root, 0, 0, root, &none), ERR_CHECKSUM);
	assert_int_equal(merkle_included(root, 0, UINT64_MAX, root, &none), ERR_CHECKSUM);
	assert_int_equal(merkle_consistent(0, root, 0, root, &none), ERR_CHECKSUM); /* not the empty tree's */
}

static int fails(void *ctx, uint64_t first, unsigned level, uint8_t ret[MERKLE_HASH])
{
	unsigned *left = ctx;
	if (!*left)
		return -EIO;
	--*left;
	memset(ret, 0, MERKLE_HASH);
	return 0;
}

static void errors_of_the_source_are_returned(void **state)
{
	struct merkle_proof p;
	for (unsigned n = 0; n < 5; n++) {
		unsigned left = n;
		assert_int_equal(merkle_inclusion(fails, &left, 13, 27, &p), -EIO);
		left = n;
		assert_int_equal(merkle_consistency(fails, &left, 13, 27, &p), -EIO);
	}
}

/* The largest there can be: as deep as a proof gets. */
static void largest_tree_has_room_in_a_proof(void **state)
{
	struct merkle_proof p;
	unsigned left = UINT32_MAX;
	const uint64_t big = MERKLE_SIZE_MAX;
	assert_int_equal(merkle_inclusion(fails, &left, big - 1, big, &p), 0);
	assert_int_equal(p.n, 62);
	assert_int_equal(merkle_inclusion(fails, &left, 0, big, &p), 0);
	assert_int_equal(p.n, 63);
	assert_int_equal(merkle_consistency(fails, &left, 1, big, &p), 0);
	assert_int_equal(p.n, 63);
	assert_int_equal(merkle_consistency(fails, &left, big - 1, big, &p), 0);
	assert_true(p.n <= MERKLE_PROOF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_of_certificate_transparency_has_its_roots),
		cmocka_unit_test(tree_that_grows_has_the_root_of_its_definition),
		cmocka_unit_test(edge_of_another_size_is_refused),
		cmocka_unit_test(tree_ends_at_its_largest_size),
		cmocka_unit_test(ranges_that_a_proof_needs_have_the_root_of_their_definition),
		cmocka_unit_test(every_leaf_of_every_tree_is_shown_to_be_in_it),
		cmocka_unit_test(leaf_is_not_shown_at_another_place),
		cmocka_unit_test(every_tree_is_shown_to_begin_with_every_smaller_one),
		cmocka_unit_test(rewritten_tree_is_not_consistent),
		cmocka_unit_test(sizes_that_cannot_be_are_refused),
		cmocka_unit_test(errors_of_the_source_are_returned),
		cmocka_unit_test(largest_tree_has_room_in_a_proof),
	};
	return cmocka_run_group_tests(tests, prepare, NULL);
}
