/* SPDX-License-Identifier: Apache-2.0 */
/* Multikey quicksort over names (Bentley and Sedgewick 1997), eight bytes at a time: each record caches
 * the next eight bytes of its name as a big-endian number, so that most comparisons touch no name. Equal
 * names stay in any order; nothing later depends on it. */
#include "compile/job.h"

#include "base/clock.h"

enum { SMALL = 20, AHEAD = 8 };

struct sorter {
	const struct job *job;
	uint64_t seed; /* pivots are drawn: no list can be made to sort slowly */
};

struct part {
	struct sorter sorter;
	struct record *p;
	size_t n;
	unsigned depth;
	pthread_t thread;
};

static size_t draw(struct sorter *s, size_t n)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return (size_t)(((unsigned __int128)s->seed * n) >> 64);
}

static uint64_t median(uint64_t a, uint64_t b, uint64_t c)
{
	if (a < b)
		return b < c ? b : MAX(a, c);
	return a < c ? a : MAX(b, c);
}

static uint64_t pick(struct sorter *s, const struct record *p, size_t n)
{
	uint64_t m[3];
	for (int i = 0; i < 3; i++)
		m[i] = median(p[draw(s, n)].cache, p[draw(s, n)].cache, p[draw(s, n)].cache);
	return median(m[0], m[1], m[2]);
}

/* Eight bytes of a name from `depth`, zeros after its end. */
static uint64_t load(const uint8_t *b, unsigned len, unsigned depth)
{
	if (depth >= len)
		return 0;
	uint64_t v = __builtin_bswap64(le64_get(b + depth));
	unsigned rest = len - depth;
	return rest < 8 ? v & ~(~0ull >> (8 * rest)) : v;
}

static void refill(const struct job *j, struct record *p, size_t n, unsigned depth)
{
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(job_name(j, p[i + AHEAD].at) + depth);
		p[i].cache = load(job_name(j, p[i].at), record_len(&p[i]), depth);
	}
}

static bool less(
	const struct job *j, const struct record *a, const struct record *b, unsigned depth)
{
	if (a->cache != b->cache)
		return a->cache < b->cache;
	if ((a->cache & 0xff) == 0)
		return false;
	unsigned an = record_len(a), bn = record_len(b), n = MIN(an, bn);
	if (n <= depth + 8)
		return an < bn;
	int c = memcmp(
		job_name(j, a->at) + depth + 8, job_name(j, b->at) + depth + 8, n - depth - 8);
	return c ? c < 0 : an < bn;
}

static void insertion(const struct job *j, struct record *p, size_t n, unsigned depth)
{
	for (size_t i = 1; i < n; i++) {
		struct record r = p[i];
		size_t k = i;
		for (; k > 0 && less(j, &r, &p[k - 1], depth); k--)
			p[k] = p[k - 1];
		p[k] = r;
	}
}

/* Splits p into less than, equal to and greater than v. */
static void split(struct record *p, size_t n, uint64_t v, size_t *ret_less, size_t *ret_greater)
{
	size_t lt = 0, i = 0, gt = n;
	while (i < gt) {
		struct record r = p[i];
		if (r.cache < v) {
			p[i++] = p[lt];
			p[lt++] = r;
		} else if (r.cache > v) {
			p[i] = p[--gt];
			p[gt] = r;
		} else {
			i++;
		}
	}
	*ret_less = lt;
	*ret_greater = gt;
}

static void sort(struct sorter *s, struct record *p, size_t n, unsigned depth)
{
	while (n > SMALL) {
		uint64_t v = pick(s, p, n);
		size_t lt, gt;
		split(p, n, v, &lt, &gt);
		size_t equal = gt - lt, above = n - gt;
		bool ended = (v & 0xff) == 0;
		if (!ended)
			refill(s->job, p + lt, equal, depth + 8);
		/* Recurse into all but the largest part: the stack stays logarithmic. */
		if (lt >= equal && lt >= above) {
			if (!ended)
				sort(s, p + lt, equal, depth + 8);
			sort(s, p + gt, above, depth);
			n = lt;
		} else if (above >= equal) {
			if (!ended)
				sort(s, p + lt, equal, depth + 8);
			sort(s, p, lt, depth);
			p += gt;
			n = above;
		} else {
			sort(s, p, lt, depth);
			sort(s, p + gt, above, depth);
			if (ended)
				return;
			p += lt;
			n = equal;
			depth += 8;
		}
	}
	insertion(s->job, p, n, depth);
}

static void *sort_thread(void *arg)
{
	struct part *t = arg;
	sort(&t->sorter, t->p, t->n, t->depth);
	return NULL;
}

/* Splits the largest part until there are enough for all threads. */
static unsigned divide(struct sorter *s, struct part *parts, unsigned n, unsigned want)
{
	while (n + 2 <= want) {
		unsigned big = 0;
		for (unsigned i = 1; i < n; i++)
			if (parts[i].n > parts[big].n)
				big = i;
		struct part *b = &parts[big];
		if (b->n < 10000)
			break;
		size_t lt, gt;
		uint64_t v = pick(s, b->p, b->n);
		split(b->p, b->n, v, &lt, &gt);
		parts[n++] = (struct part){ .p = b->p + gt, .n = b->n - gt, .depth = b->depth };
		parts[n++] = (struct part){ .p = b->p, .n = lt, .depth = b->depth };
		b->p += lt;
		b->n = (v & 0xff) ? gt - lt : 0; /* those that ended are all equal: sorted */
		refill(s->job, b->p, b->n, b->depth + 8);
		b->depth += 8;
	}
	return n;
}

struct queue {
	struct part *parts;
	unsigned n, next; /* next: atomic */
};

static void *drain(void *arg)
{
	struct queue *q = arg;
	for (;;) {
		unsigned i = __atomic_fetch_add(&q->next, 1, __ATOMIC_RELAXED);
		if (i >= q->n)
			return NULL;
		(void)sort_thread(&q->parts[i]);
	}
}

void sort_records(struct job *j)
{
	struct part parts[WORKERS_MAX * 8];
	struct sorter s = { .job = j, .seed = (uint64_t)clock_mono_ns() | 1 };
	unsigned threads = job_threads(j);
	parts[0] = (struct part){ .p = j->records.p, .n = j->records.n };
	struct queue q = { .parts = parts,
		.n = divide(&s, parts, 1, threads > 1 ? threads * 8 : 1) };
	for (unsigned i = 0; i < q.n; i++)
		parts[i].sorter =
			(struct sorter){ .job = j, .seed = s.seed + i * 0x9e3779b97f4a7c15ull + 1 };
	pthread_t thread[WORKERS_MAX];
	unsigned started = 1;
	for (; started < threads && q.n > 1; started++)
		if (pthread_create(&thread[started], NULL, drain, &q))
			break;
	(void)drain(&q);
	for (unsigned i = 1; i < started; i++)
		pthread_join(thread[i], NULL);
}
