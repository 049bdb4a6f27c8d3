/* SPDX-License-Identifier: Apache-2.0 */
/* The job's tables: categories, lists, names added by hand, names accepted. */
#include "compile/job.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

int grow(void **p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return 0;
	size_t more = *cap ? *cap * 2 : 64;
	void *q = reallocarray(*p, more, size);
	if (!q)
		return -ENOMEM;
	*p = q;
	*cap = more;
	return 0;
}

int job_category(struct job *j, const char *name, unsigned *ret)
{
	size_t n = strlen(name);
	for (unsigned i = 0; i < j->ncats; i++)
		if (!strcmp(j->cats[i].name, name)) {
			*ret = i;
			return 0;
		}
	if (!n || n > CAT_NAME_MAX || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != n)
		return err_set(j->note, ERR_NAME,
			"'%.60s' is not a category: a-z 0-9 _ -, at most %d bytes", name,
			CAT_NAME_MAX);
	if (j->ncats == CATS_MAX)
		return err_set(j->note, ERR_LIMIT, "more than %d categories", CATS_MAX);
	memcpy(j->cats[j->ncats].name, name, n);
	*ret = j->ncats++;
	return 0;
}

int job_list(struct job *j, const struct compile_list *from, unsigned *ret)
{
	if (j->nlists == LISTS_MAX)
		return err_set(j->note, ERR_LIMIT, "more than %d lists", LISTS_MAX);
	struct list *l = &j->lists[j->nlists];
	l->from = from;
	l->cat = CAT_NONE;
	l->allow = from->allow;
	l->r.allow = from->allow;
	l->r.format = from->format;
	l->r.path = strdup(from->path);
	if (!l->r.path)
		return -ENOMEM;
	*ret = j->nlists++; /* from here on job_free frees it */
	if (from->category) {
		unsigned cat;
		int err = job_category(j, from->category, &cat);
		if (err)
			return err;
		l->cat = (uint8_t)cat;
		memcpy(l->r.category, j->cats[cat].name, sizeof l->r.category);
	}
	return 0;
}

void *big_alloc(size_t n)
{
	if (n < CHUNK_SIZE)
		return malloc(MAX(n, (size_t)1));
	n = (n + CHUNK_SIZE - 1) & ~(size_t)(CHUNK_SIZE - 1);
	void *p = aligned_alloc(CHUNK_SIZE, n); /* as large as a huge page */
	if (p)
		(void)madvise(p, n, MADV_HUGEPAGE);
	return p;
}

/* Chunks are handed out to several threads while loading. */
static int job_chunk(struct job *j, unsigned *ret)
{
	uint8_t *p = big_alloc(CHUNK_SIZE);
	unsigned i = __atomic_fetch_add(&j->nchunks, 1, __ATOMIC_RELAXED);
	if (i >= CHUNKS_MAX) {
		__atomic_fetch_sub(&j->nchunks, 1, __ATOMIC_RELAXED);
		free(p);
		return ERR_LIMIT;
	}
	j->chunks[i] = p;
	*ret = i;
	return p ? 0 : -ENOMEM;
}

int cursor_add(
	struct job *j, struct cursor *c, unsigned list, const struct rname *name, unsigned ops)
{
	unsigned need = name->len + 1u;
	if (!c->open || c->used + need + 8 > CHUNK_SIZE) {
		int err = job_chunk(j, &c->chunk);
		if (err)
			return err;
		c->open = true;
		c->used = 0;
	}
	if (c->records.n == c->records.cap) {
		int err = grow((void **)&c->records.p, c->records.n, &c->records.cap,
			sizeof *c->records.p);
		if (err)
			return err;
	}
	memcpy(j->chunks[c->chunk] + c->used, name->b, need);
	c->records.p[c->records.n++] = (struct record){
		.cache = __builtin_bswap64(le64_get(name->b)),
		.at = c->chunk << CHUNK_BITS | c->used,
		.info = record_info(list, name->len, ops),
	};
	/* The cache must end where the name does. */
	if (name->len < 8)
		c->records.p[c->records.n - 1].cache &= ~(~0ull >> (8 * name->len));
	c->used += need;
	return 0;
}

int job_add(struct job *j, unsigned list, const struct rname *name, unsigned ops)
{
	return cursor_add(j, &j->cursor, list, name, ops);
}

static uint32_t accept_hash(unsigned cat, const uint8_t *b, size_t n)
{
	uint32_t h = 2166136261u ^ cat;
	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 16777619u;
	return h;
}

static int accept_rehash(struct job *j)
{
	size_t size = 256;
	while (size < j->naccepted * 2 + 2)
		size *= 2;
	uint32_t *index = calloc(size, sizeof *index);
	if (!index)
		return -ENOMEM;
	for (size_t i = 0; i < j->naccepted; i++) {
		const struct accepted *a = &j->accepted[i];
		uint32_t h = accept_hash(a->cat, a->name.b, a->name.len);
		while (index[h & (size - 1)])
			h++;
		index[h & (size - 1)] = (uint32_t)i + 1;
	}
	free(j->accept_index);
	j->accept_index = index;
	j->accept_size = size;
	return 0;
}

bool job_accepts(const struct job *j, unsigned cat, const uint8_t *name, size_t n)
{
	if (!j->accept_size)
		return false;
	uint32_t h = accept_hash(cat, name, n), i;
	for (; (i = j->accept_index[h & (j->accept_size - 1)]); h++) {
		const struct accepted *a = &j->accepted[i - 1];
		if (a->cat == cat && a->name.len == n && !memcmp(a->name.b, name, n))
			return true;
	}
	return false;
}

int job_accept(struct job *j, unsigned cat, const struct rname *name)
{
	if (job_accepts(j, cat, name->b, name->len))
		return 0;
	int err = grow((void **)&j->accepted, j->naccepted, &j->accepted_cap, sizeof *j->accepted);
	if (err)
		return err;
	j->accepted[j->naccepted++] = (struct accepted){ .cat = (uint8_t)cat, .name = *name };
	if (j->naccepted * 2 + 2 > j->accept_size)
		return accept_rehash(j);
	uint32_t h = accept_hash(cat, name->b, name->len);
	while (j->accept_index[h & (j->accept_size - 1)])
		h++;
	j->accept_index[h & (j->accept_size - 1)] = (uint32_t)j->naccepted;
	return 0;
}
