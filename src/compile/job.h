/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One compile, inside: what flows from the readers to the writers. Only files of this room include it.
 *
 *   lists --load--> records --sort, judge--> survivors --build--> image
 *                                                   \--sidecar--> names
 *
 * Everything is arrays: name bytes in chunks of 2 MiB, records of 16 bytes, survivors of 8. */

#include "compile/compile.h"
#include "compile/parse.h"
#include "policy/format.h"

#include <pthread.h>

enum {
	LISTS_MAX = 4096,
	CHUNK_BITS = 21,
	CHUNK_SIZE = 1 << CHUNK_BITS,
	CHUNKS_MAX = 2048,
	WORKERS_MAX = 8
};

/* A name of a list. `cache` holds the next 8 bytes to compare while sorting; info packs what follows. */
struct record {
	uint64_t cache;
	uint32_t at;   /* chunk << CHUNK_BITS | offset */
	uint32_t info; /* list 12 bits, length 8, ops 5, fate 3 */
};

enum fate {
	LIVE,
	FATE_SUFFIX,
	FATE_PROTECTED,
	FATE_POPULAR,
	FATE_EXCEPTED,
	FATE_DUPLICATE,
	FATE_PRUNED
};
enum { POLICY_BUCKET_MAX = 64 }; /* of the reader */

static inline uint32_t record_info(unsigned list, unsigned len, unsigned ops)
{
	return list | len << 12 | ops << 20;
}
static inline unsigned record_list(const struct record *r)
{
	return r->info & 0xfff;
}
static inline unsigned record_len(const struct record *r)
{
	return r->info >> 12 & 0xff;
}
static inline unsigned record_ops(const struct record *r)
{
	return r->info >> 20 & 0x1f;
}
static inline unsigned record_fate(const struct record *r)
{
	return r->info >> 25 & 7;
}
static inline void record_set_fate(struct record *r, unsigned fate)
{
	r->info = (r->info & ~(7u << 25)) | fate << 25;
}

/* A name of the image, in order of reversed labels. */
struct survivor {
	uint32_t at;
	uint16_t set;
	uint8_t len, unused;
};

/* An answer of a list, until names are judged. */
struct rewrite {
	uint16_t list;
	uint8_t ops, mode; /* mode: enum policy_rewrite_mode, of a category policy_rewrite_place */
	uint16_t owner;    /* engine kinds; else set from the list's category */
	struct rname name;
	struct answer answer;
};

struct range_rule {
	struct range range;
	uint16_t list;
	uint8_t clear;
};

/* Growing arrays. */
struct records {
	struct record *p;
	size_t n, cap;
};
struct rewrites {
	struct rewrite *p;
	size_t n, cap;
};
struct ranges {
	struct range_rule *p;
	size_t n, cap;
};
/* Room for one more element of size `size` in *p; -ENOMEM. */
must_use int grow(void **p, size_t n, size_t *cap, size_t size);

/* Memory that is read at random: on huge pages where the kernel has them, as misses of the page tables
 * would cost more than those of the cache. free() it. NULL when there is none. */
must_use void *big_alloc(size_t n);

enum guard_kind {
	GUARD_NONE,
	GUARD_SUFFIX,
	GUARD_WILD,
	GUARD_EXCEPT,
	GUARD_PROTECTED,
	GUARD_POPULAR
};

/* A list of the job; in records, lists are numbers. */
struct list {
	struct compile_result r; /* what the report shows */
	const struct compile_list *from;
	uint8_t cat;   /* CAT_NONE for guards */
	uint8_t guard; /* enum guard_kind */
	bool trusted;  /* ships with hisn: not checked against guards */
	bool allow;
};

/* A name that an operator accepts, or that guards let pass: category and name. */
struct accepted {
	uint8_t cat;
	struct rname name;
};

/* Where one thread puts names. */
struct cursor {
	unsigned chunk, used;
	bool open;
	struct records records;
};

struct job {
	const struct compile_options *o;
	struct err_note *note;
	struct name_key key;
	struct list lists[LISTS_MAX];
	unsigned nlists;
	struct policy_cat cats[CATS_MAX];
	unsigned ncats;
	unsigned base_cats;    /* overlay: those of the base come first */
	struct cats unblocked; /* overlay: what --unblock NAME clears */
	struct cats expected;  /* categories that popular names do not have to be kept out of */

	uint8_t *chunks[CHUNKS_MAX];
	unsigned nchunks; /* atomic while loading */

	struct cursor cursor;   /* of names added outside loading */
	struct records records; /* all of them, once loaded */
	struct rewrites rewrites;
	struct ranges ranges;
	struct accepted *accepted;
	size_t naccepted, accepted_cap, accept_size;
	uint32_t *accept_index;

	struct survivor *survivors;
	size_t nsurvivors;
	struct policy_set *sets;
	unsigned nsets;
	unsigned max_depth;

	uint64_t checksum[2]; /* of the image */
	FILE *rejected;
	struct compile_report *report;
};

static inline const uint8_t *job_name(const struct job *j, uint32_t at)
{
	return j->chunks[at >> CHUNK_BITS] + (at & (CHUNK_SIZE - 1));
}

/* The category's number, made if new. ERR_LIMIT past CATS_MAX, ERR_NAME for a bad name. */
must_use int job_category(struct job *j, const char *name, unsigned *ret);
must_use int cursor_add(
	struct job *j, struct cursor *c, unsigned list, const struct rname *name, unsigned ops);
/* A new list; its number, or ERR_LIMIT. */
must_use int job_list(struct job *j, const struct compile_list *from, unsigned *ret);
/* Stores a name's bytes and its record, outside loading (guards, shipped rows, --block). */
must_use int job_add(struct job *j, unsigned list, const struct rname *name, unsigned ops);
must_use int job_accept(struct job *j, unsigned cat, const struct rname *name);
bool job_accepts(const struct job *j, unsigned cat, const uint8_t *name, size_t n);

/* Counts a refusal and keeps the first examples. -ENOMEM. */
must_use int result_refuse(
	struct compile_result *r, enum reason why, uint64_t line, const char *s, size_t n);
/* Moves all of `from` behind *to and frees it. */
must_use int records_join(struct records *to, struct records *from);
unsigned job_threads(const struct job *j);
must_use int load_lists(struct job *j, unsigned first, unsigned n); /* load.c */
void sort_records(struct job *j);                                   /* sort.c */
/* One past the last record with the name of record i (records are sorted). */
size_t group_end(const struct job *j, size_t i);
must_use int judge_guards(struct job *j);  /* guards.c: fates of refused names */
must_use int judge_sets(struct job *j);    /* table.c: survivors and their sets */
must_use int count_fates(struct job *j);   /* table.c: into the lists' results */
must_use int guards_load(struct job *j);   /* suffix.c */
must_use int shipped_load(struct job *j);  /* shipped.c */
must_use int overlay_base(struct job *j);  /* overlay.c: key and categories of the base */
must_use int overlay_edits(struct job *j); /* overlay.c: --block and --unblock */
must_use int verify_image(struct job *j, const char *path); /* verify.c */
const char *list_label(
	const struct list *l); /* meta.c: a name for the list that no machine changes */
must_use int meta_write(const struct job *j, char **ret, size_t *ret_n); /* meta.c */

/* sidecar.c: OUT.names in memory, free() it. change.c: against the one before; ERR_REFUSED. */
must_use int sidecar_write(struct job *j, uint8_t **ret, size_t *ret_n);
uint64_t lists_hash(const struct job *j);
must_use int change_check(struct job *j, const uint8_t *names, size_t n);

struct name_hash hash_name(struct name_key key, const uint8_t *name, unsigned len);
must_use int build_image(
	struct job *j, struct bytes meta, uint8_t **ret, size_t *ret_n); /* build.c */

/* Sections besides names. */
struct extras {
	struct policy_addr4 *addr4;
	struct policy_addr6 *addr6;
	struct policy_rewrite *rewrites;
	uint8_t *rdata;
	size_t naddr4, naddr6, nrewrites, nrdata;
};
must_use int rewrites_settle(struct job *j);                    /* rewrite.c: which answers stay */
must_use int extras_make(struct job *j, struct extras *ret);    /* rewrite.c; with the final key */
must_use int addresses_make(struct job *j, struct extras *ret); /* addresses.c */
void extras_done(struct extras *x);

/* A file's lines, comments and blank ones left out; stops at the first error. */
typedef int line_take(void *ctx, unsigned line, char *s, size_t n);
must_use int lines_each(const char *path, line_take *take, void *ctx, struct err_note *note);

/* A row of a data file (columns: data/README.md). */
struct row {
	bool header, suspended;
	unsigned ops;
	const char *category; /* points into the line */
	struct rname name;
};
/* Cuts the line in place. ERR_FORMAT, ERR_NAME. */
must_use int row_read(
	const char *path, unsigned line, char *s, struct row *ret, struct err_note *note);
