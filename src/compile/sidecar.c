/* SPDX-License-Identifier: Apache-2.0 */
/* The sidecar, write side: names front coded in blocks, each block packed on its own by all threads. */
#include "compile/sidecar.h"

#include "base/file.h"
#include "compile/job.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

enum { LEVEL = 3 };

struct packed {
	uint8_t *p;
	uint32_t n, raw, names;
};

struct packer {
	const struct job *job;
	struct packed *blocks;
	unsigned nblocks, next; /* next: atomic */
	int err;                /* atomic */
};

/* shared prefix, rest, set (16 bits), the rest's bytes */
static size_t code_block(const struct job *j, size_t from, size_t to, uint8_t *raw)
{
	size_t n = 0;
	const uint8_t *last = NULL;
	unsigned last_len = 0;
	for (size_t i = from; i < to; i++) {
		const struct survivor *v = &j->survivors[i];
		const uint8_t *name = job_name(j, v->at);
		unsigned shared = 0;
		if (i + 8 < to)
			__builtin_prefetch(job_name(j, v[8].at));
		while (shared < last_len && shared < v->len && last[shared] == name[shared])
			shared++;
		raw[n] = (uint8_t)shared;
		raw[n + 1] = (uint8_t)(v->len - shared);
		memcpy(raw + n + 2, &v->set, 2);
		memcpy(raw + n + 4, name + shared, v->len - shared);
		n += 4 + v->len - shared;
		last = name;
		last_len = v->len;
	}
	return n;
}

static int pack_block(struct packer *p, unsigned i, uint8_t *raw, ZSTD_CCtx *ctx)
{
	size_t from = (size_t)i * SIDECAR_BLOCK_NAMES;
	size_t to = MIN(from + SIDECAR_BLOCK_NAMES, p->job->nsurvivors);
	size_t n = code_block(p->job, from, to, raw), cap = ZSTD_compressBound(n);
	struct packed *b = &p->blocks[i];
	b->p = malloc(cap);
	if (!b->p)
		return -ENOMEM;
	size_t packed = ZSTD_compressCCtx(ctx, b->p, cap, raw, n, LEVEL);
	if (ZSTD_isError(packed))
		return -ENOMEM;
	uint8_t *fit = realloc(b->p, packed);
	b->p = fit ? fit : b->p;
	b->n = (uint32_t)packed;
	b->raw = (uint32_t)n;
	b->names = (uint32_t)(to - from);
	return 0;
}

static void *pack_thread(void *arg)
{
	struct packer *p = arg;
	uint8_t *raw = malloc(SIDECAR_RAW_MAX);
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	int err = raw && ctx ? 0 : -ENOMEM;
	while (!err) {
		unsigned i = __atomic_fetch_add(&p->next, 1, __ATOMIC_RELAXED);
		if (i >= p->nblocks)
			break;
		err = pack_block(p, i, raw, ctx);
	}
	if (err)
		__atomic_store_n(&p->err, err, __ATOMIC_RELAXED);
	ZSTD_freeCCtx(ctx);
	free(raw);
	return NULL;
}

static int pack_all(struct packer *p)
{
	pthread_t thread[WORKERS_MAX];
	unsigned n = job_threads(p->job), started = 1;
	for (; started < n; started++)
		if (pthread_create(&thread[started], NULL, pack_thread, p))
			break;
	(void)pack_thread(p);
	for (unsigned i = 1; i < started; i++)
		pthread_join(thread[i], NULL);
	return p->err;
}

/* FNV-1a over categories, labels and matches of the lists. */
uint64_t lists_hash(const struct job *j)
{
	uint64_t h = 14695981039346656037ull;
	for (unsigned i = 0; i < j->nlists; i++) {
		const struct list *l = &j->lists[i];
		const char *const texts[] = { l->r.category, list_label(l) };
		if (l->guard)
			continue;
		for (unsigned t = 0; t < ARRAY_LEN(texts); t++)
			for (const char *s = texts[t];; s++) {
				h = (h ^ (uint8_t)*s) * 1099511628211ull;
				if (!*s)
					break;
			}
		h = (h ^ (l->from ? l->from->match : 0)) * 1099511628211ull;
	}
	return h;
}

/* Header, tables and blocks in one piece. */
static int join(const struct packer *p, uint8_t **ret, size_t *ret_n)
{
	const struct job *j = p->job;
	struct sidecar_header h = {
		.version = SIDECAR_VERSION,
		.kind = j->o->overlay ? POLICY_OVERLAY : POLICY_IMAGE,
		.image = { j->checksum[0], j->checksum[1] },
		.lists = lists_hash(j),
		.names = (uint32_t)j->nsurvivors,
		.blocks = p->nblocks,
		.sets = j->nsets,
		.cats = j->ncats,
	};
	memcpy(h.magic, SIDECAR_MAGIC, sizeof h.magic);
	size_t cats = j->ncats * sizeof *j->cats, sets = j->nsets * sizeof *j->sets;
	size_t at = sizeof h + cats + sets + p->nblocks * sizeof(struct sidecar_block);
	h.size = at;
	for (unsigned i = 0; i < p->nblocks; i++)
		h.size += p->blocks[i].n;
	uint8_t *out = malloc(h.size);
	if (!out)
		return -ENOMEM;
	memcpy(out, &h, sizeof h);
	memcpy(out + sizeof h, j->cats, cats);
	if (sets)
		memcpy(out + sizeof h + cats, j->sets, sets);
	for (unsigned i = 0; i < p->nblocks; i++) {
		const struct packed *b = &p->blocks[i];
		struct sidecar_block x = {
			.at = at, .packed = b->n, .raw = b->raw, .names = b->names
		};
		memcpy(out + sizeof h + cats + sets + i * sizeof x, &x, sizeof x);
		memcpy(out + at, b->p, b->n);
		at += b->n;
	}
	policy_checksum(out, h.size, h.checksum);
	memcpy(out, &h, sizeof h);
	*ret = out;
	*ret_n = h.size;
	return 0;
}

int sidecar_write(struct job *j, uint8_t **ret, size_t *ret_n)
{
	struct packer p = { .job = j };
	p.nblocks = (unsigned)((j->nsurvivors + SIDECAR_BLOCK_NAMES - 1) / SIDECAR_BLOCK_NAMES);
	p.blocks = calloc(p.nblocks + 1, sizeof *p.blocks);
	int err = p.blocks ? pack_all(&p) : -ENOMEM;
	if (!err)
		err = join(&p, ret, ret_n);
	for (unsigned i = 0; p.blocks && i < p.nblocks; i++)
		free(p.blocks[i].p);
	free(p.blocks);
	return err;
}
