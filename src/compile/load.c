/* SPDX-License-Identifier: Apache-2.0 */
/* Reading lists with several threads: who is free unpacks the next block of some list or parses a
 * block that is ready. Blocks end at line ends; their results are merged in order of the lines, so that
 * counts and examples do not depend on who was faster. Names need no order: they are sorted later. */
#include "compile/load.h"
#include "compile/source.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK_SIZE = 1 << 20, SAMPLE_SIZE = 128 << 10, READY_MAX = 3 };

/* With the lock held: keep b until all blocks before it are merged. */
static void finish_block(struct pool *p, struct block *b)
{
	struct feed *f = &p->feeds[b->list - p->first];
	struct block **at = &f->done;
	while (*at && (*at)->seq < b->seq)
		at = &(*at)->next;
	b->next = *at;
	*at = b;
	while (f->done && f->done->seq == f->merged) {
		struct block *first = f->done;
		f->done = first->next;
		f->merged++;
		int err = block_merge(p->job, first);
		if (err && !p->err)
			p->err = err;
		block_free(first);
	}
}

/* Fills b with whole lines; the beginning of the next one is carried over. */
static int read_block(struct feed *f, struct block *b, struct err_note *note)
{
	size_t n = f->carry_n;
	memcpy(b->text, f->carry, n);
	f->carry_n = 0;
	while (n < BLOCK_SIZE && !f->end) {
		int64_t r = source_read(f->source, b->text + n, BLOCK_SIZE - n, note);
		if (r < 0)
			return (int)r;
		f->end = r == 0;
		n += (size_t)r;
	}
	char *from = b->text;
	if (f->skipping) { /* the rest of a line longer than a block */
		char *nl = memchr(from, '\n', n);
		if (!nl && !f->end)
			return 0;
		size_t drop = nl ? (size_t)(nl - from) + 1 : n;
		memmove(from, from + drop, n - drop);
		n -= drop;
		f->skipping = false;
	}
	char *last = f->end ? NULL : memrchr(from, '\n', n);
	if (last) {
		size_t keep = (size_t)(last - from) + 1;
		f->carry_n = n - keep;
		memcpy(f->carry, from + keep, f->carry_n);
		n = keep;
	} else if (!f->end) {
		f->skipping = n == BLOCK_SIZE;
		if (f->skipping)
			n = MIN(n, (size_t)LINE_MAX_BYTES +
					   1); /* long enough to be counted as too long */
		else {
			memcpy(f->carry, from, n);
			f->carry_n = n;
			n = 0;
		}
	}
	b->n = n;
	return 0;
}

/* Unpacks one block of list f; without the lock. In-order formats are parsed here too. */
static int unpack(struct worker *w, struct feed *f, unsigned list, struct block **ret)
{
	struct job *j = w->pool->job;
	struct list *l = &j->lists[list];
	int err = 0;
	if (!f->source) {
		f->carry = malloc(BLOCK_SIZE);
		err = f->carry ? source_open(l->r.path, &f->source, &w->note) : -ENOMEM;
		if (err)
			return err;
	}
	struct block *b = calloc(1, sizeof *b);
	if (b)
		b->text = malloc(BLOCK_SIZE);
	if (!b || !b->text) {
		block_free(b);
		return -ENOMEM;
	}
	b->list = list;
	err = read_block(f, b, &w->note);
	if (err) {
		block_free(b);
		return err;
	}
	if (!f->guessed && (b->n || f->end)) {
		f->guessed = true;
		if (l->r.format == FORMAT_GUESS)
			l->r.format = format_guess(b->text, MIN(b->n, (size_t)SAMPLE_SIZE));
		block_reader(&f->reader, l);
	}
	b->seq = f->seq++;
	*ret = b;
	return 0;
}

/* With the lock held: the list to unpack next, the largest rest first; NULL if none is free. */
static struct feed *next_feed(struct pool *p)
{
	struct feed *best = NULL;
	for (unsigned i = 0; i < p->nfeeds; i++) {
		struct feed *f = &p->feeds[i];
		if (!f->busy && !f->end && (!best || f->size - f->taken > best->size - best->taken))
			best = f;
	}
	return best;
}

static void do_unpack(struct worker *w, struct feed *f)
{
	struct pool *p = w->pool;
	unsigned list = p->first + (unsigned)(f - p->feeds);
	struct block *b = NULL;
	f->busy = true;
	pthread_mutex_unlock(&p->lock);
	int err = unpack(w, f, list, &b);
	bool in_order = b && format_in_order(p->job->lists[list].r.format);
	if (in_order)
		block_parse(w, b, &f->reader);
	pthread_mutex_lock(&p->lock);
	f->busy = false;
	if (f->source)
		f->taken = MIN(source_taken(f->source), f->size);
	if (err && !p->err)
		p->err = err_set(p->job->note, err, "%s", err_say(&w->note, err));
	if (in_order) {
		finish_block(p, b);
	} else if (b) {
		b->next = NULL;
		*p->ready_end = b;
		p->ready_end = &b->next;
		p->nready++;
	}
	if (f->end && f->source) {
		source_hash(f->source, p->job->lists[list].r.hash);
		source_close(f->source);
		f->source = NULL;
		free(f->carry);
		f->carry = NULL;
	}
	p->open -= f->end;
}

static void do_parse(struct worker *w)
{
	struct pool *p = w->pool;
	struct block *b = p->ready;
	p->ready = b->next;
	if (!p->ready)
		p->ready_end = &p->ready;
	p->nready--;
	p->parsing++;
	pthread_mutex_unlock(&p->lock);
	block_parse(w, b, NULL);
	pthread_mutex_lock(&p->lock);
	p->parsing--;
	finish_block(p, b);
}

static void tell(struct worker *w, bool main_thread)
{
	const struct compile_options *o = w->pool->job->o;
	uint64_t taken = 0;
	if (!main_thread || !o->progress)
		return;
	for (unsigned i = 0; i < w->pool->nfeeds; i++)
		taken += w->pool->feeds[i].taken;
	o->progress(o->progress_ctx, "reading", taken, w->pool->total);
}

static void work(struct worker *w, bool main_thread)
{
	struct pool *p = w->pool;
	pthread_mutex_lock(&p->lock);
	while (!p->err) {
		struct feed *f = p->nready < READY_MAX ? next_feed(p) : NULL;
		if (f)
			do_unpack(w, f);
		else if (p->nready)
			do_parse(w);
		else if (!p->open && !p->parsing)
			break;
		else {
			pthread_cond_wait(&p->changed, &p->lock);
			continue;
		}
		tell(w, main_thread);
		pthread_cond_broadcast(&p->changed);
	}
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

static void *work_thread(void *arg)
{
	work(arg, false);
	return NULL;
}

static int append(void **to, size_t *n, size_t *cap, void *from, size_t more, size_t size)
{
	if (!more)
		return 0;
	if (*n + more > *cap) {
		void *q = reallocarray(*to, *n + more, size);
		if (!q)
			return -ENOMEM;
		*to = q;
		*cap = *n + more;
	}
	memcpy((char *)*to + *n * size, from, more * size);
	*n += more;
	return 0;
}

int records_join(struct records *to, struct records *from)
{
	int err = append((void **)&to->p, &to->n, &to->cap, from->p, from->n, sizeof *from->p);
	free(from->p);
	*from = (struct records){ 0 };
	return err;
}

/* Each worker's harvest goes to the job and is freed. */
static int gather(struct job *j, struct worker *w)
{
	int err = records_join(&j->records, &w->cursor.records);
	if (!err)
		err = append((void **)&j->rewrites.p, &j->rewrites.n, &j->rewrites.cap,
			w->rewrites.p, w->rewrites.n, sizeof *w->rewrites.p);
	if (!err)
		err = append((void **)&j->ranges.p, &j->ranges.n, &j->ranges.cap, w->ranges.p,
			w->ranges.n, sizeof *w->ranges.p);
	free(w->rewrites.p);
	free(w->ranges.p);
	return err;
}

unsigned job_threads(const struct job *j)
{
	long n = j->o->threads ? (long)j->o->threads : sysconf(_SC_NPROCESSORS_ONLN);
	return (unsigned)MAX(1, MIN(n, (long)WORKERS_MAX));
}

static int pool_run(struct pool *p, struct worker *workers, unsigned n)
{
	unsigned started = 1;
	for (; started < n; started++)
		if (pthread_create(&workers[started].thread, NULL, work_thread, &workers[started]))
			break; /* fewer threads will do */
	work(&workers[0], true);
	for (unsigned i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	return p->err;
}

static void pool_done(struct pool *p)
{
	for (unsigned i = 0; i < p->nfeeds; i++) {
		struct feed *f = &p->feeds[i];
		source_close(f->source);
		free(f->carry);
		for (struct block *b = f->done, *next; b; b = next) {
			next = b->next;
			block_free(b);
		}
	}
	for (struct block *b = p->ready, *next; b; b = next) {
		next = b->next;
		block_free(b);
	}
	free(p->feeds);
}

int load_lists(struct job *j, unsigned first, unsigned n)
{
	struct pool p = { .job = j, .first = first, .nfeeds = n, .open = n };
	struct worker *workers = calloc(WORKERS_MAX, sizeof *workers);
	unsigned threads = job_threads(j);
	int err = 0;
	p.feeds = calloc(n + 1, sizeof *p.feeds);
	if (!workers || !p.feeds) {
		free(workers);
		free(p.feeds);
		return -ENOMEM;
	}
	p.ready_end = &p.ready;
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.changed, NULL);
	for (unsigned i = 0; i < n; i++) {
		p.feeds[i].size = source_file_size(j->lists[first + i].r.path);
		p.total += p.feeds[i].size;
	}
	for (unsigned i = 0; i < threads; i++)
		workers[i].pool = &p;
	err = pool_run(&p, workers, threads);
	for (unsigned i = 0; i < threads; i++) {
		int e = gather(j, &workers[i]);
		if (!err)
			err = e;
	}
	pthread_cond_destroy(&p.changed);
	pthread_mutex_destroy(&p.lock);
	pool_done(&p);
	free(workers);
	return err;
}
