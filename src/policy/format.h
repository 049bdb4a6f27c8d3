/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The policy image on disk: docs/format-policy.md has the picture. Little endian; sections start at
 * multiples of 64 bytes, in the order of enum policy_section, without overlap. */

#include "base/bytes.h"
#include "policy/cats.h"
#include "policy/namehash.h"

#define POLICY_MAGIC "HISNPOL1"

enum {
	POLICY_VERSION = 1,
	POLICY_MAX_DEPTH = 32,          /* labels of the deepest stored name */
	POLICY_MAX_SETS = 65535,
	POLICY_BUCKET_LOAD = 5,         /* names a bucket on average: the writer's choice, not the format's */
};
#define POLICY_MAX_NAMES (1u << 30)

enum policy_kind { POLICY_IMAGE = 1, POLICY_OVERLAY = 2, POLICY_RELEASE = 3 };

enum policy_section {
	POLICY_DIRECTORY, /* (buckets + 1) x uint64: low 32 bits the bucket's first entry, high 32 bits its
			   * presence mask; the last has offset = names and mask 0 */
	POLICY_ENTRIES,   /* names x uint64: tag << 16 | set, ascending within a bucket */
	POLICY_SETS,      /* sets x struct policy_set */
	POLICY_CATS,      /* struct policy_cat per category, its number is its place */
	POLICY_ADDR4,     /* struct policy_addr4, disjoint, ascending */
	POLICY_ADDR6,     /* struct policy_addr6, disjoint, ascending */
	POLICY_REWRITES,  /* struct policy_rewrite, ascending by (lo, hi, owner, mode, type) */
	POLICY_RDATA,     /* bytes the rewrites point into */
	POLICY_META,      /* JSON, UTF-8: lists, origins, licences, attribution, dates, counts */
	POLICY_SECTIONS,
};

struct policy_header {
	char magic[8];
	uint32_t version, kind;
	uint64_t size;              /* of the whole file */
	uint64_t checksum[2];       /* XXH3-128 (low, high) of the file with these 16 bytes zero */
	struct name_key key;
	uint32_t names, buckets, sets, cats;
	uint32_t max_depth;         /* labels of the deepest stored name, 1..POLICY_MAX_DEPTH, 0: none */
	uint32_t flags;             /* zero */
	struct {
		uint64_t at, n;     /* bytes */
	} section[POLICY_SECTIONS];
};
static_assert(sizeof(struct policy_header) == 8 + 8 + 8 + 16 + 16 + 24 + 16 * POLICY_SECTIONS, "packed");

/* What an entry does to the categories of a name, from its shortest listed suffix to its longest:
 * cats = (cats & ~clear) | add, with the _exact masks where the entry is the name itself and the
 * _below masks where the name is below it. */
struct policy_set {
	struct cats add_exact, add_below, clear_exact, clear_below;
};

enum { POLICY_CAT_ALLOW = 1 }; /* a category of places that are good for children: it opens, never closes */

struct policy_cat {
	char name[CAT_NAME_MAX + 1]; /* a-z 0-9 _ -, NUL padded */
	uint32_t flags, names;       /* names: stored under it, for reports */
};

struct policy_addr4 {
	uint32_t first, last; /* host order */
	struct cats cats;
};

struct policy_addr6 {
	uint64_t first[2], last[2]; /* [0] is the upper half, host order */
	struct cats cats;
};

/* A name answered otherwise. owner < CATS_MAX: in place of the block, where that category is closed
 * (RPZ local data, adblock dnsrewrite); the mode is then a place: the name itself, or names below it,
 * where the longest wins. owner >= POLICY_ENGINE: a search or video service, where the profile asks
 * for it in this mode; `below` says whether names below are meant as well. */
enum { POLICY_ENGINE = 256 };
enum policy_rewrite_mode { REWRITE_ANY = 0, REWRITE_MODERATE = 1, REWRITE_STRICT = 2 };
enum policy_rewrite_place { REWRITE_HERE = 0, REWRITE_BELOW = 1 };

struct policy_rewrite {
	struct name_hash name;
	uint16_t owner;         /* category, or POLICY_ENGINE + enum policy_engine_kind */
	uint8_t mode;           /* enum policy_rewrite_mode; of a category: enum policy_rewrite_place */
	uint8_t below;          /* of an engine, 1: applies to names below as well; of a category: 0 */
	uint16_t type;          /* DNS_CNAME, DNS_A, DNS_AAAA; 0 with n 0: NODATA */
	uint16_t n;             /* rdata bytes; a CNAME's is a name in uncompressed wire form */
	uint32_t at;            /* in POLICY_RDATA */
	uint32_t ttl;
};
static_assert(sizeof(struct policy_rewrite) == 32, "packed");

enum policy_engine_kind { ENGINE_SEARCH = 0, ENGINE_VIDEO = 1 };

/* XXH3-128 as (low, high): of a whole file whose checksum field is zero. */
void policy_checksum(const void *p, size_t n, uint64_t ret[2]);

static inline uint64_t policy_tag(struct name_hash h)
{
	return h.hi & 0xffffffffffffull;
}

static inline uint64_t policy_presence(struct name_hash h)
{
	return 1ull << (32 + (h.hi >> 59));
}

static inline uint32_t policy_bucket(struct name_hash h, uint32_t buckets)
{
	return (uint32_t)(((unsigned __int128)h.lo * buckets) >> 64);
}

/* <0, 0, >0: where a record stands against (name, owner, mode) in its section. */
static inline int policy_rewrite_order(const struct policy_rewrite *r, struct name_hash h, unsigned owner,
	unsigned mode)
{
	if (r->name.lo != h.lo)
		return r->name.lo < h.lo ? -1 : 1;
	if (r->name.hi != h.hi)
		return r->name.hi < h.hi ? -1 : 1;
	if (r->owner != owner)
		return r->owner < owner ? -1 : 1;
	return r->mode < mode ? -1 : r->mode > mode;
}
