/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The policy image, overlay and release: read side.
 *
 * Opening copies the file into private memory (huge pages where the kernel has them: a mapped file
 * that is truncated under us would be a SIGBUS) and checks every length, offset, order and number
 * in it. After that a lookup cannot fail, allocate or read outside. Immutable: any thread.
 *
 * False positives: a name that is stored nowhere meets `load` (about 5) tags of 48 bits a suffix,
 * and only where the presence mask lets it through, so at most 5 x 32 suffixes x 2^-48 < 2^-40. */

#include "base/err.h"
#include "policy/format.h"

struct policy {
	const struct policy_header *h;
	const uint64_t *directory, *entries;
	const struct policy_set *sets;   /* a view may point this to sets renumbered for it */
	const struct policy_cat *cats;
	const struct policy_addr4 *addr4;
	const struct policy_addr6 *addr6;
	const struct policy_rewrite *rewrites;
	const uint8_t *rdata;
	uint32_t naddr4, naddr6, nrewrites;
	struct bytes meta;
	/* private */
	void *memory;
	size_t mapped;
	unsigned refs;
};

/* Errors: errno values, ERR_FORMAT, ERR_CHECKSUM, ERR_VERSION, ERR_TRUNCATED, ERR_LIMIT; the note
 * says which field. On error *ret is untouched. */
must_use int policy_open(const char *path, struct policy **ret, struct err_note *note);
/* The same from memory (copied): for tests and fuzzing. */
must_use int policy_parse(const uint8_t *p, size_t n, struct policy **ret, struct err_note *note);
struct policy *policy_ref(struct policy *p);
void policy_unref(struct policy *p); /* NULL is fine */

/* A category's number by name, CAT_NONE if the image has none of it. */
unsigned policy_cat(const struct policy *p, const char *name);

/* One lookup in three steps, so that a batch of queries overlaps its memory latencies: run step 1
 * for all queries, then step 2 for all, then step 3. h, n: name_hash_suffixes of the name, which
 * has `labels` labels; n = min(labels, max_depth of the view). */
struct policy_probe {
	uint32_t maybe; /* bit i: suffix i may be stored */
};

static inline void policy_probe_directory(const struct policy *p, const struct name_hash *h, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		__builtin_prefetch(p->directory + policy_bucket(h[i], p->h->buckets));
}

static inline struct policy_probe policy_probe_entries(const struct policy *p, const struct name_hash *h,
	unsigned n)
{
	struct policy_probe r = { 0 };
	for (unsigned i = 0; i < n; i++) {
		uint64_t d = p->directory[policy_bucket(h[i], p->h->buckets)];
		if (d & policy_presence(h[i])) {
			r.maybe |= 1u << i;
			__builtin_prefetch(p->entries + (uint32_t)d);
		}
	}
	return r;
}

/* The entry of one suffix: its set's number, or -1. */
int policy_find(const struct policy *p, struct name_hash h);

/* Apply what p says of a name on top of `cats` (an image first, then its overlay). */
struct cats policy_apply(const struct policy *p, const struct name_hash *h, unsigned n, unsigned labels,
	struct policy_probe probe, struct cats cats);

/* All three steps for one name. */
struct cats policy_lookup(const struct policy *p, const struct name_hash *h, unsigned n, unsigned labels,
	struct cats cats);

/* Categories of an address (4 or 16 bytes, network order; IPv4-mapped IPv6 counts as IPv4). */
struct cats policy_address(const struct policy *p, const uint8_t *address, size_t n);

/* The first rewrite record of a name for this owner, all types following it in place; NULL if none.
 * mode: of an engine; for a category it says nothing, as the name's own record comes before those
 * for names below a suffix. *ret_n: how many records there are. */
const struct policy_rewrite *policy_rewrite_find(const struct policy *p, const struct name_hash *h,
	unsigned n, unsigned labels, unsigned owner, unsigned mode, unsigned *ret_n);
