/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Small policy images built in memory, for tests only and apart from compile/: two writers of one
 * format that agree say more than one. Not fast: linear everywhere. */

#include "dns/proto.h"
#include "policy/image.h"

#include <assert.h>

enum { TI_NAMES = 4096, TI_REWRITES = 64, TI_ADDRESSES = 16, TI_RDATA = 4096 };
enum ti_match { TI_EXACT = 1, TI_BELOW = 2, TI_BOTH = 3 };

struct testimage {
	enum policy_kind kind;
	struct name_key key;
	unsigned ncats, nnames, nrewrites, naddr4, nrdata, depth;
	struct policy_cat cats[CATS_MAX];
	struct name_hash hash[TI_NAMES];
	struct policy_set set[TI_NAMES];
	struct policy_rewrite rewrites[TI_REWRITES];
	struct policy_addr4 addr4[TI_ADDRESSES];
	uint8_t rdata[TI_RDATA];
	const char *meta;
};

static inline struct testimage *ti_new(enum policy_kind kind)
{
	struct testimage *t = calloc(1, sizeof *t);
	assert(t);
	t->kind = kind;
	t->key = (struct name_key){ 0x1122334455667788, 0x99aabbccddeeff00 };
	t->meta = "{}";
	return t;
}

static inline unsigned ti_cat(struct testimage *t, const char *name)
{
	for (unsigned i = 0; i < t->ncats; i++)
		if (!strcmp(t->cats[i].name, name))
			return i;
	assert(t->ncats < CATS_MAX && strlen(name) <= CAT_NAME_MAX);
	memcpy(t->cats[t->ncats].name, name, strlen(name));
	return t->ncats++;
}

static inline unsigned ti_allow_cat(struct testimage *t, const char *name)
{
	unsigned id = ti_cat(t, name);
	t->cats[id].flags = POLICY_CAT_ALLOW;
	return id;
}

static inline struct name_hash ti_hash(struct testimage *t, const char *name)
{
	struct dns_name n;
	struct name_hash h[POLICY_MAX_DEPTH];
	int err = dns_name_from_text(name, strlen(name), &n);
	assert(!err && n.labels > 0 && n.labels <= POLICY_MAX_DEPTH);
	unsigned count = name_hash_suffixes(t->key, &n, h, POLICY_MAX_DEPTH);
	t->depth = MAX(t->depth, count);
	return h[count - 1];
}

static inline struct policy_set *ti_set(struct testimage *t, const char *name)
{
	struct name_hash h = ti_hash(t, name);
	for (unsigned i = 0; i < t->nnames; i++)
		if (t->hash[i].lo == h.lo && t->hash[i].hi == h.hi)
			return &t->set[i];
	assert(t->nnames < TI_NAMES);
	t->hash[t->nnames] = h;
	return &t->set[t->nnames++];
}

static inline void ti_add(
	struct testimage *t, const char *name, enum ti_match match, const char *cat)
{
	struct policy_set *s = ti_set(t, name);
	struct cats c = cats_one(ti_cat(t, cat));
	if (match & TI_EXACT)
		s->add_exact = cats_or(s->add_exact, c);
	if (match & TI_BELOW)
		s->add_below = cats_or(s->add_below, c);
}

static inline void ti_clear(
	struct testimage *t, const char *name, enum ti_match match, const char *cat)
{
	struct policy_set *s = ti_set(t, name);
	struct cats c = cats_one(ti_cat(t, cat));
	if (match & TI_EXACT)
		s->clear_exact = cats_or(s->clear_exact, c);
	if (match & TI_BELOW)
		s->clear_below = cats_or(s->clear_below, c);
}

/* Ascending, disjoint: as the caller adds them. */
static inline void ti_addr4(struct testimage *t, uint32_t first, uint32_t last, const char *cat)
{
	assert(t->naddr4 < TI_ADDRESSES);
	t->addr4[t->naddr4++] = (struct policy_addr4){ first, last, cats_one(ti_cat(t, cat)) };
}

static inline void ti_rewrite(struct testimage *t, const char *name, unsigned owner, unsigned mode,
	uint16_t type, const void *rdata, size_t n)
{
	assert(t->nrewrites < TI_REWRITES && t->nrdata + n <= TI_RDATA);
	t->rewrites[t->nrewrites++] = (struct policy_rewrite){ .name = ti_hash(t, name),
		.owner = (uint16_t)owner,
		.mode = (uint8_t)mode,
		.type = type,
		.n = (uint16_t)n,
		.at = t->nrdata };
	if (n)
		memcpy(t->rdata + t->nrdata, rdata, n);
	t->nrdata += (unsigned)n;
}

static inline void ti_cname(
	struct testimage *t, const char *name, unsigned owner, unsigned mode, const char *target)
{
	struct dns_name n;
	int err = dns_name_from_text(target, strlen(target), &n);
	assert(!err);
	ti_rewrite(t, name, owner, mode, DNS_CNAME, n.wire, n.len);
}

static int ti_compare_rewrites(const void *a, const void *b)
{
	const struct policy_rewrite *x = a, *y = b;
	int c = policy_rewrite_order(x, y->name, y->owner, y->mode);
	return c ? c : (int)x->type - (int)y->type;
}

struct ti_entry {
	uint32_t bucket;
	uint64_t entry, presence;
};

static int ti_compare_entries(const void *a, const void *b)
{
	const struct ti_entry *x = a, *y = b;
	if (x->bucket != y->bucket)
		return x->bucket < y->bucket ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* One section after another, each at a multiple of 64. */
static inline void *ti_section(uint8_t *file, size_t *at, struct policy_header *h, unsigned section,
	const void *p, size_t n)
{
	*at = (*at + 63) / 64 * 64;
	h->section[section].at = *at;
	h->section[section].n = n;
	if (p && n)
		memcpy(file + *at, p, n);
	*at += n;
	return file + h->section[section].at;
}

static inline void ti_index(
	struct testimage *t, uint32_t buckets, uint64_t *directory, uint64_t *entries)
{
	struct ti_entry *e = calloc(t->nnames + 1u, sizeof *e);
	assert(e);
	for (unsigned i = 0; i < t->nnames; i++)
		e[i] = (struct ti_entry){ policy_bucket(t->hash[i], buckets),
			policy_tag(t->hash[i]) << 16 | i, policy_presence(t->hash[i]) };
	qsort(e, t->nnames, sizeof *e, ti_compare_entries);
	unsigned at = 0;
	for (uint32_t b = 0; b < buckets; b++) {
		directory[b] = at;
		for (; at < t->nnames && e[at].bucket == b; at++) {
			entries[at] = e[at].entry;
			directory[b] |= e[at].presence;
		}
	}
	directory[buckets] = at;
	free(e);
}

/* Builds, parses, frees t. */
static inline struct policy *ti_build(struct testimage *t)
{
	uint32_t buckets = t->nnames / POLICY_BUCKET_LOAD + 1;
	size_t cap = sizeof *t + 65536 + 16 * t->nnames, at = sizeof(struct policy_header);
	uint8_t *file = aligned_alloc(64, (cap + 63) / 64 * 64);
	assert(file);
	memset(file, 0, cap);
	struct policy_header *h = (struct policy_header *)file;
	*h = (struct policy_header){ .version = POLICY_VERSION,
		.kind = t->kind,
		.key = t->key,
		.names = t->nnames,
		.buckets = buckets,
		.sets = t->nnames,
		.cats = t->ncats,
		.max_depth = t->depth };
	memcpy(h->magic, POLICY_MAGIC, 8);
	qsort(t->rewrites, t->nrewrites, sizeof *t->rewrites, ti_compare_rewrites);
	uint64_t *directory = ti_section(file, &at, h, POLICY_DIRECTORY, NULL, 8 * (buckets + 1u));
	uint64_t *entries = ti_section(file, &at, h, POLICY_ENTRIES, NULL, 8 * t->nnames);
	ti_index(t, buckets, directory, entries);
	ti_section(file, &at, h, POLICY_SETS, t->set, t->nnames * sizeof *t->set);
	ti_section(file, &at, h, POLICY_CATS, t->cats, t->ncats * sizeof *t->cats);
	ti_section(file, &at, h, POLICY_ADDR4, t->addr4, t->naddr4 * sizeof *t->addr4);
	ti_section(file, &at, h, POLICY_ADDR6, NULL, 0);
	ti_section(file, &at, h, POLICY_REWRITES, t->rewrites, t->nrewrites * sizeof *t->rewrites);
	ti_section(file, &at, h, POLICY_RDATA, t->rdata, t->nrdata);
	ti_section(file, &at, h, POLICY_META, t->meta, strlen(t->meta));
	assert(at <= cap);
	h->size = at;
	uint64_t sum[2];
	policy_checksum(file, at, sum);
	h->checksum[0] = sum[0];
	h->checksum[1] = sum[1];
	struct policy *p = NULL;
	struct err_note note = { "" };
	int err = policy_parse(file, at, &p, &note);
	if (err)
		fprintf(stderr, "testimage: %s\n", err_say(&note, err));
	assert(!err);
	free(file);
	free(t);
	return p;
}
