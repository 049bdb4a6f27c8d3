/* SPDX-License-Identifier: Apache-2.0 */
/* The image: names hashed by all threads, put into their buckets, sections laid out, checksummed. */
#include "compile/job.h"

#include "policy/image.h"

#include <errno.h>
#include <stdlib.h>

struct hashed {
	uint32_t bucket, presence; /* presence: its bit, in the upper half of the directory word */
	uint64_t entry;            /* tag << 16 | set */
};

struct slice {
	const struct job *job;
	struct hashed *out;
	size_t from, to;
	uint32_t buckets;
	pthread_t thread;
};

struct name_hash hash_name(struct name_key key, const uint8_t *name, unsigned len)
{
	struct dns_name n;
	struct name_hash h[POLICY_MAX_DEPTH];
	rname_wire(name, len, &n);
	unsigned count = name_hash_suffixes(key, &n, h, POLICY_MAX_DEPTH);
	return h[count - 1];
}

static void *hash_slice(void *arg)
{
	struct slice *s = arg;
	const struct survivor *v = s->job->survivors;
	for (size_t i = s->from; i < s->to; i++) {
		if (i + 8 < s->to)
			__builtin_prefetch(job_name(s->job, v[i + 8].at));
		struct name_hash h = hash_name(s->job->key, job_name(s->job, v[i].at), v[i].len);
		s->out[i] = (struct hashed){
			.bucket = policy_bucket(h, s->buckets),
			.presence = (uint32_t)(policy_presence(h) >> 32),
			.entry = policy_tag(h) << 16 | v[i].set,
		};
	}
	return NULL;
}

static void hash_all(const struct job *j, struct hashed *out, uint32_t buckets)
{
	struct slice s[WORKERS_MAX];
	unsigned n = job_threads(j), started = 1;
	for (unsigned i = 0; i < n; i++)
		s[i] = (struct slice){ j, out, j->nsurvivors * i / n, j->nsurvivors * (i + 1) / n,
			buckets, 0 };
	for (; started < n; started++)
		if (pthread_create(&s[started].thread, NULL, hash_slice, &s[started]))
			break;
	(void)hash_slice(&s[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(s[i].thread, NULL);
	for (unsigned i = started; i < n; i++) /* threads that could not be had */
		(void)hash_slice(&s[i]);
}

static void sort_bucket(uint64_t *e, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint64_t v = e[i];
		size_t k = i;
		for (; k > 0 && e[k - 1] > v; k--)
			e[k] = e[k - 1];
		e[k] = v;
	}
}

/* Directory and entries; ERR_KEY if two names share bucket and tag, or a bucket is overfull. */
static int fill_buckets(
	const struct hashed *h, size_t n, uint32_t buckets, uint64_t *directory, uint64_t *entries)
{
	uint32_t *next = big_alloc(((size_t)buckets + 1) * sizeof *next);
	if (!next)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (i + 16 < n)
			__builtin_prefetch(&directory[h[i + 16].bucket], 1);
		directory[h[i].bucket] += 1;
		directory[h[i].bucket] |= (uint64_t)h[i].presence << 32;
	}
	uint32_t at = 0;
	for (uint32_t b = 0; b < buckets; b++) {
		uint32_t count = (uint32_t)directory[b];
		directory[b] = (directory[b] & 0xffffffff00000000ull) | at;
		next[b] = at;
		at += count;
	}
	directory[buckets] = at;
	for (size_t i = 0; i < n; i++) {
		if (i + 16 < n)
			__builtin_prefetch(&next[h[i + 16].bucket], 1);
		entries[next[h[i].bucket]++] = h[i].entry;
	}
	free(next);
	for (uint32_t b = 0; b < buckets; b++) {
		uint32_t from = (uint32_t)directory[b], count = (uint32_t)directory[b + 1] - from;
		sort_bucket(entries + from, count);
		for (uint32_t i = 1; i < count; i++)
			if (entries[from + i] >> 16 == entries[from + i - 1] >> 16)
				return ERR_KEY;
		if (count > POLICY_BUCKET_MAX)
			return ERR_KEY;
	}
	return 0;
}

/* Lays out one section after the other. */
struct layout {
	struct policy_header h;
	uint64_t end;
};

static void place(struct layout *l, enum policy_section s, uint64_t n)
{
	l->end = (l->end + 63) & ~63ull;
	l->h.section[s].at = l->end;
	l->h.section[s].n = n;
	l->end += n;
}

static struct layout lay_out(
	const struct job *j, const struct extras *x, struct bytes meta, uint32_t buckets)
{
	struct layout l = { .end = sizeof(struct policy_header) };
	memcpy(l.h.magic, POLICY_MAGIC, sizeof l.h.magic);
	l.h.version = POLICY_VERSION;
	l.h.kind = j->o->overlay ? POLICY_OVERLAY : POLICY_IMAGE;
	l.h.key = j->key;
	l.h.names = (uint32_t)j->nsurvivors;
	l.h.buckets = buckets;
	l.h.sets = j->nsets;
	l.h.cats = j->ncats;
	l.h.max_depth = j->max_depth;
	place(&l, POLICY_DIRECTORY, ((uint64_t)buckets + 1) * 8);
	place(&l, POLICY_ENTRIES, (uint64_t)j->nsurvivors * 8);
	place(&l, POLICY_SETS, j->nsets * sizeof(struct policy_set));
	place(&l, POLICY_CATS, j->ncats * sizeof(struct policy_cat));
	place(&l, POLICY_ADDR4, x->naddr4 * sizeof *x->addr4);
	place(&l, POLICY_ADDR6, x->naddr6 * sizeof *x->addr6);
	place(&l, POLICY_REWRITES, x->nrewrites * sizeof *x->rewrites);
	place(&l, POLICY_RDATA, x->nrdata);
	place(&l, POLICY_META, meta.n);
	l.h.size = l.end;
	return l;
}

static void copy_section(
	uint8_t *image, const struct layout *l, enum policy_section s, const void *p)
{
	if (l->h.section[s].n)
		memcpy(image + l->h.section[s].at, p, l->h.section[s].n);
}

static int try_key(
	struct job *j, struct hashed *h, uint32_t buckets, uint8_t *image, const struct layout *l)
{
	uint64_t *directory = (uint64_t *)(image + l->h.section[POLICY_DIRECTORY].at);
	uint64_t *entries = (uint64_t *)(image + l->h.section[POLICY_ENTRIES].at);
	memset(directory, 0, l->h.section[POLICY_DIRECTORY].n);
	hash_all(j, h, buckets);
	return fill_buckets(h, j->nsurvivors, buckets, directory, entries);
}

/* The first key under which no two names look alike. */
static int find_key(
	struct job *j, struct hashed *h, uint32_t buckets, uint8_t *image, const struct layout *l)
{
	int err = ERR_KEY;
	for (unsigned tries = 0; tries < 64 && err == ERR_KEY; tries++) {
		if (tries && j->o->overlay) /* its key is the base's */
			return err_set(j->note, ERR_KEY,
				"two names have one tag under the base's key: leave one out, or "
				"compile the base with another --key");
		j->key.k0 += tries > 0;
		j->report->rekeyed = tries;
		err = try_key(j, h, buckets, image, l);
	}
	return err;
}

static void put_sections(const struct job *j, const struct extras *x, struct bytes meta,
	struct layout *l, uint8_t *image)
{
	uint64_t directory_end =
		l->h.section[POLICY_DIRECTORY].at + l->h.section[POLICY_DIRECTORY].n;
	uint64_t names_end = l->h.section[POLICY_ENTRIES].at + l->h.section[POLICY_ENTRIES].n;
	memset(image, 0, l->h.section[POLICY_DIRECTORY].at);
	memset(image + directory_end, 0, l->h.section[POLICY_ENTRIES].at - directory_end);
	memset(image + names_end, 0, l->end - names_end);
	copy_section(image, l, POLICY_SETS, j->sets);
	copy_section(image, l, POLICY_CATS, j->cats);
	copy_section(image, l, POLICY_ADDR4, x->addr4);
	copy_section(image, l, POLICY_ADDR6, x->addr6);
	copy_section(image, l, POLICY_REWRITES, x->rewrites);
	copy_section(image, l, POLICY_RDATA, x->rdata);
	copy_section(image, l, POLICY_META, meta.p);
	memcpy(image, &l->h, sizeof l->h);
	policy_checksum(image, l->end, l->h.checksum);
	memcpy(image, &l->h, sizeof l->h);
}

int build_image(struct job *j, struct bytes meta, uint8_t **ret, size_t *ret_n)
{
	uint32_t buckets = (uint32_t)(j->nsurvivors / POLICY_BUCKET_LOAD + 1);
	struct extras x = { 0 };
	if (j->nsurvivors > POLICY_MAX_NAMES)
		return err_set(j->note, ERR_LIMIT, "more than %u names", POLICY_MAX_NAMES);
	/* Names first, with extras unknown: their hashes need the final key. */
	struct layout l = lay_out(j, &x, meta, buckets);
	struct hashed *h = big_alloc(j->nsurvivors * sizeof *h);
	uint8_t *image = big_alloc(l.end), *whole;
	int err = h && image ? find_key(j, h, buckets, image, &l) : -ENOMEM;
	free(h);
	if (!err)
		err = extras_make(j, &x);
	if (err)
		goto out;
	l = lay_out(j, &x, meta, buckets);
	whole = realloc(image, l.end);
	if (!whole) {
		err = -ENOMEM;
		goto out;
	}
	image = whole;
	put_sections(j, &x, meta, &l, image);
	j->report->rewrites = x.nrewrites;
	j->report->addresses = x.naddr4 + x.naddr6;
	*ret = image;
	*ret_n = l.end;
	image = NULL;
out:
	extras_done(&x);
	free(image);
	return err;
}
