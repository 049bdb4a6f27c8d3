/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/merkle.h"

#include <errno.h>
#include <sodium.h>

static_assert(crypto_hash_sha256_BYTES == MERKLE_HASH, "SHA-256");

static void hash(uint8_t prefix, struct bytes a, struct bytes b, uint8_t *ret)
{
	crypto_hash_sha256_state s;
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, &prefix, 1);
	if (a.n)
		crypto_hash_sha256_update(&s, a.p, a.n);
	if (b.n)
		crypto_hash_sha256_update(&s, b.p, b.n);
	crypto_hash_sha256_final(&s, ret);
}

void merkle_leaf(struct bytes entry, uint8_t ret[MERKLE_HASH])
{
	hash(0x00, entry, bytes_of(NULL, 0), ret);
}

void merkle_node(const uint8_t left[MERKLE_HASH], const uint8_t right[MERKLE_HASH], uint8_t ret[MERKLE_HASH])
{
	hash(0x01, bytes_of(left, MERKLE_HASH), bytes_of(right, MERKLE_HASH), ret);
}

static void empty_root(uint8_t ret[MERKLE_HASH])
{
	crypto_hash_sha256(ret, (const uint8_t *)"", 0);
}

static void copy(uint8_t *to, const uint8_t *from)
{
	memcpy(to, from, MERKLE_HASH);
}

/* --- a tree that grows --- */

unsigned merkle_edge_count(uint64_t size)
{
	return (unsigned)__builtin_popcountll(size);
}

int merkle_load(struct merkle *m, uint64_t size, struct bytes edge)
{
	if (size > MERKLE_SIZE_MAX || edge.n != (size_t)merkle_edge_count(size) * MERKLE_HASH)
		return ERR_MALFORMED;
	m->size = size;
	if (edge.n)
		memcpy(m->edge, edge.p, edge.n);
	return 0;
}

struct bytes merkle_edge(const struct merkle *m)
{
	return bytes_of(m->edge, (size_t)merkle_edge_count(m->size) * MERKLE_HASH);
}

/* As adding one in binary: each bit that is carried joins two subtrees of the same size. */
int merkle_append(struct merkle *m, const uint8_t leaf[MERKLE_HASH])
{
	uint8_t h[MERKLE_HASH];
	unsigned n = merkle_edge_count(m->size);
	if (m->size >= MERKLE_SIZE_MAX)
		return ERR_LIMIT;
	copy(h, leaf);
	for (uint64_t bits = m->size; bits & 1; bits >>= 1)
		merkle_node(m->edge[--n], h, h);
	copy(m->edge[n], h);
	m->size++;
	return 0;
}

void merkle_root(const struct merkle *m, uint8_t ret[MERKLE_HASH])
{
	unsigned n = merkle_edge_count(m->size);
	if (!n) {
		empty_root(ret);
		return;
	}
	copy(ret, m->edge[--n]);
	while (n)
		merkle_node(m->edge[--n], ret, ret);
}

/* --- proofs, made --- */

/* The largest power of two below n; n > 1. */
static uint64_t split(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

static unsigned level_of(uint64_t power)
{
	return (unsigned)__builtin_ctzll(power);
}

/* A range of any size is its perfect subtrees, smallest last, joined from the right. They stand where their
 * size divides `from` only when the range begins a perfect subtree of at least its size, as in every proof. */
int merkle_range(merkle_source *source, void *ctx, uint64_t from, uint64_t to, uint8_t ret[MERKLE_HASH])
{
	uint8_t part[MERKLE_EDGE + 1][MERKLE_HASH];
	unsigned n = 0;
	if (to < from || to > MERKLE_SIZE_MAX)
		return -EINVAL;
	for (uint64_t left = to - from; left; n++) {
		uint64_t power = split(left + 1);
		if (from % power)
			return -EINVAL;
		int err = source(ctx, from, level_of(power), part[n]);
		if (err)
			return err;
		from += power;
		left -= power;
	}
	if (!n) {
		empty_root(ret);
		return 0;
	}
	for (n--; n; n--)
		merkle_node(part[n - 1], part[n], part[n - 1]);
	copy(ret, part[0]);
	return 0;
}

/* One hash more, read from the range beside the way. */
static int beside(merkle_source *source, void *ctx, uint64_t from, uint64_t to, struct merkle_proof *p)
{
	assert(p->n < MERKLE_PROOF);
	return merkle_range(source, ctx, from, to, p->hash[p->n++]);
}

/* The way from the root down is found first; a proof goes up, so it is turned round at the end. */
static void turn_round(struct merkle_proof *p)
{
	uint8_t h[MERKLE_HASH];
	for (unsigned i = 0, j = p->n; i + 1 < j; i++) {
		j--;
		copy(h, p->hash[i]);
		copy(p->hash[i], p->hash[j]);
		copy(p->hash[j], h);
	}
}

/* RFC 9162, 2.1.3.1: PATH(m, D_n) */
int merkle_inclusion(merkle_source *source, void *ctx, uint64_t index, uint64_t size, struct merkle_proof *ret)
{
	uint64_t from = 0, to = size;
	ret->n = 0;
	if (size > MERKLE_SIZE_MAX || index >= size)
		return -EINVAL;
	while (to - from > 1) {
		uint64_t middle = from + split(to - from);
		bool left = index < middle;
		int err = left ? beside(source, ctx, middle, to, ret) : beside(source, ctx, from, middle, ret);
		if (err)
			return err;
		if (left)
			to = middle;
		else
			from = middle;
	}
	turn_round(ret);
	return 0;
}

/* RFC 9162, 2.1.4.1: SUBPROOF(m, D_n, true). It ends where the old tree is the whole of what is left; that
 * part is named too, unless it is the old tree itself, whose root the verifier has. */
int merkle_consistency(merkle_source *source, void *ctx, uint64_t old, uint64_t size, struct merkle_proof *ret)
{
	uint64_t from = 0, to = size;
	int err = 0;
	ret->n = 0;
	if (size > MERKLE_SIZE_MAX || old > size)
		return -EINVAL;
	if (!old || old == size)
		return 0;
	while (!err && old != to) {
		uint64_t middle = from + split(to - from);
		if (old <= middle) {
			err = beside(source, ctx, middle, to, ret);
			to = middle;
		} else {
			err = beside(source, ctx, from, middle, ret);
			from = middle;
		}
	}
	if (!err && from)
		err = beside(source, ctx, from, to, ret);
	turn_round(ret);
	return err;
}

/* --- proofs, judged --- */

static int same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, MERKLE_HASH) == 0 ? 0 : ERR_CHECKSUM;
}

/* RFC 9162, 2.1.3.2 */
int merkle_included(const uint8_t leaf[MERKLE_HASH], uint64_t index, uint64_t size,
	const uint8_t root[MERKLE_HASH], const struct merkle_proof *proof)
{
	uint8_t r[MERKLE_HASH];
	if (size > MERKLE_SIZE_MAX || index >= size || proof->n > MERKLE_PROOF)
		return ERR_CHECKSUM;
	uint64_t fn = index, sn = size - 1;
	copy(r, leaf);
	for (unsigned i = 0; i < proof->n; i++) {
		if (!sn)
			return ERR_CHECKSUM;
		if (fn & 1 || fn == sn) {
			merkle_node(proof->hash[i], r, r);
			for (; fn && !(fn & 1); sn >>= 1)
				fn >>= 1;
		} else {
			merkle_node(r, proof->hash[i], r);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn ? ERR_CHECKSUM : same(r, root);
}

/* RFC 9162, 2.1.4.2, from its step 4: `seed` is the first hash, both roots grow out of it. */
static int grown(uint64_t old, const uint8_t *old_root, uint64_t size, const uint8_t *root, const uint8_t *seed,
	const uint8_t (*path)[MERKLE_HASH], unsigned n)
{
	uint8_t fr[MERKLE_HASH], sr[MERKLE_HASH];
	uint64_t fn = old - 1, sn = size - 1;
	copy(fr, seed);
	copy(sr, seed);
	for (; fn & 1; sn >>= 1)
		fn >>= 1;
	for (unsigned i = 0; i < n; i++) {
		if (!sn)
			return ERR_CHECKSUM;
		if (fn & 1 || fn == sn) {
			merkle_node(path[i], fr, fr);
			merkle_node(path[i], sr, sr);
			for (; fn && !(fn & 1); sn >>= 1)
				fn >>= 1;
		} else {
			merkle_node(sr, path[i], sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn || same(fr, old_root) || same(sr, root) ? ERR_CHECKSUM : 0;
}

int merkle_consistent(uint64_t old, const uint8_t old_root[MERKLE_HASH], uint64_t size,
	const uint8_t root[MERKLE_HASH], const struct merkle_proof *proof)
{
	uint8_t empty[MERKLE_HASH];
	if (size > MERKLE_SIZE_MAX || old > size || proof->n > MERKLE_PROOF)
		return ERR_CHECKSUM;
	if (!old) {
		empty_root(empty);
		return proof->n || same(old_root, empty) || (!size && same(root, empty)) ? ERR_CHECKSUM : 0;
	}
	if (old == size)
		return proof->n ? ERR_CHECKSUM : same(old_root, root);
	/* Where the old tree is perfect its root is the first hash, and not sent (step 2). */
	if (!(old & (old - 1)))
		return grown(old, old_root, size, root, old_root, proof->hash, proof->n);
	return !proof->n ? ERR_CHECKSUM : grown(old, old_root, size, root, proof->hash[0], proof->hash + 1, proof->n - 1);
}
