/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a proof. First byte 0: index or old size (8), size (8), two roots (32 each), hashes: judged
 * whatever they are. Else: a small tree, whose size is the first byte and whose leaf or beginning is the
 * second; the rest is laid over the right proof, which must then be the only one that holds, and from the right beginning alone. */
#include "decision/merkle.h"

#include "fuzz.h"

enum { MOST = 64 };

static int source(void *ctx, uint64_t first, unsigned level, uint8_t ret[MERKLE_HASH])
{
	uint8_t l[MERKLE_HASH], r[MERKLE_HASH], number = (uint8_t)first;
	if (!level) {
		merkle_leaf(bytes_of(&number, 1), ret);
		return 0;
	}
	check(source(ctx, first, level - 1, l) == 0 && source(ctx, first + ((uint64_t)1 << (level - 1)), level - 1, r) == 0);
	merkle_node(l, r, ret);
	return 0;
}

static void anything(const uint8_t *p, size_t n)
{
	static struct merkle_proof proof;
	if (n < 8 + 8 + 2 * MERKLE_HASH)
		return;
	uint64_t a = le64_get(p), b = le64_get(p + 8);
	const uint8_t *x = p + 16, *y = x + MERKLE_HASH;
	n -= 16 + 2 * MERKLE_HASH;
	proof.n = (unsigned)(n / MERKLE_HASH);
	memcpy(proof.hash, y + MERKLE_HASH, MIN(n, sizeof proof.hash));
	int err = merkle_included(x, a, b, y, &proof);
	check(err == 0 || err == ERR_CHECKSUM);
	err = merkle_consistent(a, x, b, y, &proof);
	check(err == 0 || err == ERR_CHECKSUM);
	struct merkle m = { .size = 0 };
	err = merkle_load(&m, a, bytes_of(p, n));
	check(err == 0 || err == ERR_MALFORMED);
	if (!err && a < MERKLE_SIZE_MAX) {
		check(merkle_append(&m, x) == 0 && m.size == a + 1);
		merkle_root(&m, proof.hash[0]);
	}
}

/* What is laid over: a number of hashes, and bytes to change in them. */
static bool lay_over(struct merkle_proof *q, const uint8_t *p, size_t n)
{
	bool changed = false;
	if (!n)
		return false;
	unsigned count = p[0] % (MERKLE_PROOF + 2);
	if (count && q->n != count - 1) { /* 0: as many as there should be */
		q->n = count - 1;
		changed = true;
	}
	for (size_t i = 1; i < n && i - 1 < (size_t)MIN(q->n, (unsigned)MERKLE_PROOF) * MERKLE_HASH; i++) {
		q->hash[(i - 1) / MERKLE_HASH][(i - 1) % MERKLE_HASH] ^= p[i];
		changed |= p[i] != 0;
	}
	return changed;
}

static void near_the_right_one(const uint8_t *p, size_t n)
{
	if (n < 2)
		return;
	uint64_t size = (uint64_t)p[0] % MOST + 1, at = p[1] % size;
	uint8_t root[MERKLE_HASH], old[MERKLE_HASH], leaf[MERKLE_HASH];
	struct merkle_proof q = { .n = 0 };
	check(source(NULL, at, 0, leaf) == 0 && merkle_range(source, NULL, 0, size, root) == 0);
	check(merkle_range(source, NULL, 0, at, old) == 0);
	check(merkle_inclusion(source, NULL, at, size, &q) == 0);
	bool changed = lay_over(&q, p + 2, n - 2);
	check(merkle_included(leaf, at, size, root, &q) == (changed ? ERR_CHECKSUM : 0));
	memset(&q, 0, sizeof q);
	check(merkle_consistency(source, NULL, at, size, &q) == 0);
	changed = lay_over(&q, p + 2, n - 2);
	check(merkle_consistent(at, old, size, root, &q) == (changed ? ERR_CHECKSUM : 0));
	old[p[n - 1] % MERKLE_HASH] ^= 1; /* from another beginning nothing leads here */
	check(merkle_consistent(at, old, size, root, &q) == ERR_CHECKSUM);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (!n)
		return 0;
	uint8_t *exact = malloc(n); /* so that a byte too far is seen */
	check(exact);
	memcpy(exact, p, n);
	if (p[0] == 0)
		anything(exact + 1, n - 1);
	else
		near_the_right_one(exact, n);
	free(exact);
	return 0;
}
