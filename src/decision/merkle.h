/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The Merkle tree of RFC 9162 (as RFC 6962) with SHA-256: one implementation, for the desk's audit trail and
 * for the public log. Pure.
 *
 *   leaf  SHA-256(0x00 | entry)      node  SHA-256(0x01 | left | right)      no leaf at all  SHA-256("")
 *
 *              *                 7 leaves: the tree's edge is the roots of its perfect subtrees, largest
 *         /         \            first: a (4 leaves), b (2), c (1). With it alone the tree grows and has its
 *       a             *          root; what lies below a and b is needed for proofs only.
 *     /   \          / \
 *    .     .        b   c        size in binary, 111: one root for each bit that is set
 *   / \   / \      / \
 *
 * Every function is total: a proof may come from an enemy. Sizes are below MERKLE_SIZE_MAX. */

#include "base/bytes.h"
#include "base/err.h"

enum {
	MERKLE_HASH = 32,
	MERKLE_EDGE = 63,  /* hashes of an edge at most */
	MERKLE_PROOF = 64, /* hashes of a proof at most */
};
#define MERKLE_SIZE_MAX ((uint64_t)INT64_MAX) /* as a database counts */

void merkle_leaf(struct bytes entry, uint8_t ret[MERKLE_HASH]);
void merkle_node(const uint8_t left[MERKLE_HASH], const uint8_t right[MERKLE_HASH], uint8_t ret[MERKLE_HASH]);

/* --- a tree that grows --- */
struct merkle {
	uint64_t size;
	uint8_t edge[MERKLE_EDGE][MERKLE_HASH]; /* merkle_edge_count(size) of them */
};
unsigned merkle_edge_count(uint64_t size);
/* From what was kept: size, and the edge's hashes one after the other. ERR_MALFORMED: not so many. */
must_use int merkle_load(struct merkle *m, uint64_t size, struct bytes edge);
struct bytes merkle_edge(const struct merkle *m); /* of m */
must_use int merkle_append(struct merkle *m, const uint8_t leaf[MERKLE_HASH]); /* ERR_LIMIT */
void merkle_root(const struct merkle *m, uint8_t ret[MERKLE_HASH]);

/* --- proofs --- */
/* Where hashes come from: the root of the perfect subtree of 1 << level leaves from leaf `first` (a
 * multiple of that); level 0: the leaf's own hash. Its errors are returned. */
typedef int merkle_source(void *ctx, uint64_t first, unsigned level, uint8_t ret[MERKLE_HASH]);
struct merkle_proof {
	unsigned n;
	uint8_t hash[MERKLE_PROOF][MERKLE_HASH];
};
/* Root of the leaves [from, to) as a tree of their own. -EINVAL: to < from. */
must_use int merkle_range(merkle_source *source, void *ctx, uint64_t from, uint64_t to, uint8_t ret[MERKLE_HASH]);
/* That leaf `index` is in the tree of `size` leaves. -EINVAL: it cannot be. */
must_use int merkle_inclusion(merkle_source *source, void *ctx, uint64_t index, uint64_t size, struct merkle_proof *ret);
/* That the tree of `size` leaves begins with the tree of `old`. -EINVAL: old > size. */
must_use int merkle_consistency(merkle_source *source, void *ctx, uint64_t old, uint64_t size, struct merkle_proof *ret);

/* 0, or ERR_CHECKSUM: the proof does not show it. */
must_use int merkle_included(const uint8_t leaf[MERKLE_HASH], uint64_t index, uint64_t size,
	const uint8_t root[MERKLE_HASH], const struct merkle_proof *proof);
/* Every tree begins with the one of size 0, and with itself: both with an empty proof. */
must_use int merkle_consistent(uint64_t old, const uint8_t old_root[MERKLE_HASH], uint64_t size,
	const uint8_t root[MERKLE_HASH], const struct merkle_proof *proof);
