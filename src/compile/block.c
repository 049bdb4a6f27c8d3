/* SPDX-License-Identifier: Apache-2.0 */
/* One block of lines: parsed into the worker's harvest, its counts merged into the list's. */
#include "compile/load.h"

#include <errno.h>
#include <stdlib.h>

static void log_refused(struct worker *w, enum reason why, const char *s, size_t n)
{
	struct block *b = w->block;
	size_t need = n + 64;
	if (b->log_n + need > b->log_cap) {
		size_t cap = (b->log_cap + need) * 2;
		char *p = realloc(b->log, cap);
		if (!p) {
			b->err = -ENOMEM;
			return;
		}
		b->log = p;
		b->log_cap = cap;
	}
	/* The line's number is known when the block is merged: kept as 8 bytes before each entry. */
	uint64_t line = b->r.lines;
	uint32_t len = (uint32_t)n;
	memcpy(b->log + b->log_n, &line, 8);
	b->log[b->log_n + 8] = (char)why;
	memcpy(b->log + b->log_n + 9, &len, 4);
	memcpy(b->log + b->log_n + 13, s, n);
	b->log_n += 13 + n;
}

int result_refuse(struct compile_result *r, enum reason why, uint64_t line, const char *s, size_t n)
{
	uint64_t seen = r->refused[why]++;
	if (seen >= EXAMPLES)
		return 0;
	if (!r->examples) {
		r->examples = calloc(REASONS, sizeof *r->examples);
		if (!r->examples)
			return -ENOMEM;
	}
	struct compile_example *e = &r->examples[why][seen];
	e->line = line;
	n = MIN(n, (size_t)EXAMPLE_TEXT - 1);
	memcpy(e->text, s, n);
	e->text[n] = 0;
	return 0;
}

static void sink_refuse(struct reader *r, enum reason why, const char *s, size_t n)
{
	struct worker *w = (struct worker *)r;
	struct block *b = w->block;
	if (n == 0) { /* the whole line */
		s = w->line;
		n = w->line_n;
	}
	if (result_refuse(&b->r, why, b->r.lines, s, n))
		b->err = -ENOMEM;
	if (w->pool->job->rejected)
		log_refused(w, why, s, MIN(n, (size_t)LINE_MAX_BYTES));
}

static enum reason sink_name(
	struct reader *r, const struct rname *name, unsigned ops, const struct answer *a)
{
	struct worker *w = (struct worker *)r;
	struct block *b = w->block;
	int err = cursor_add(w->pool->job, &w->cursor, b->list, name, ops);
	if (!err && a) {
		err = grow((void **)&w->rewrites.p, w->rewrites.n, &w->rewrites.cap,
			sizeof *w->rewrites.p);
		if (!err)
			w->rewrites.p[w->rewrites.n++] = (struct rewrite){
				.list = (uint16_t)b->list,
				.ops = (uint8_t)ops,
				.name = *name,
				.answer = *a,
			};
	}
	if (err)
		b->err = err;
	b->r.names++;
	b->r.answers += a != NULL;
	return TAKEN;
}

static enum reason sink_range(struct reader *r, const struct range *range, unsigned ops)
{
	struct worker *w = (struct worker *)r;
	struct block *b = w->block;
	int err = grow((void **)&w->ranges.p, w->ranges.n, &w->ranges.cap, sizeof *w->ranges.p);
	if (err)
		b->err = err;
	else
		w->ranges.p[w->ranges.n++] = (struct range_rule){
			.range = *range,
			.list = (uint16_t)b->list,
			.clear = !(ops & ADD_BOTH),
		};
	b->r.ranges++;
	return TAKEN;
}

static bool sink_accepts(struct reader *r, const struct rname *name)
{
	const struct worker *w = (const struct worker *)r;
	const struct job *j = w->pool->job;
	return job_accepts(j, j->lists[w->block->list].cat, name->b, name->len);
}

static void parse_all(struct worker *w, struct block *b)
{
	const char *s = b->text, *end = b->text + b->n;
	w->block = b;
	while (s < end && !b->err) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		if (!nl)
			nl = end;
		w->line = s;
		w->line_n = (size_t)(nl - s);
		b->r.lines++;
		enum reason why = parse_line(&w->reader, s, w->line_n);
		if (why == BLANK)
			b->r.refused[BLANK]++;
		else if (why != TAKEN)
			sink_refuse(&w->reader, why, s, w->line_n);
		s = nl + 1;
	}
}

static void write_log(struct job *j, const struct block *b, uint64_t before)
{
	const struct list *l = &j->lists[b->list];
	for (size_t at = 0; at + 13 <= b->log_n;) {
		uint64_t line;
		uint32_t len;
		memcpy(&line, b->log + at, 8);
		memcpy(&len, b->log + at + 9, 4);
		fprintf(j->rejected, "%s\t%s\t%llu\t%s\t%.*s\n", l->r.category, l->r.path,
			(unsigned long long)(before + line), reason_key((uint8_t)b->log[at + 8]),
			(int)len, b->log + at + 13);
		at += 13 + len;
	}
}

void block_free(struct block *b)
{
	if (b) {
		free(b->text);
		free(b->log);
		free(b->r.examples);
		free(b);
	}
}

int block_merge(struct job *j, struct block *b)
{
	struct compile_result *to = &j->lists[b->list].r;
	uint64_t before = to->lines;
	for (unsigned why = 0; why < REASONS; why++) {
		unsigned fresh = 0;
		for (; b->r.examples && fresh < MIN(b->r.refused[why], (uint64_t)EXAMPLES);
			fresh++) {
			const struct compile_example *e = &b->r.examples[why][fresh];
			int err =
				result_refuse(to, why, before + e->line, e->text, strlen(e->text));
			if (err)
				return err;
		}
		to->refused[why] += b->r.refused[why] - fresh;
	}
	if (j->rejected)
		write_log(j, b, before);
	to->lines += b->r.lines;
	to->names += b->r.names;
	to->answers += b->r.answers;
	to->ranges += b->r.ranges;
	return b->err;
}

void block_reader(struct reader *r, const struct list *l)
{
	*r = (struct reader){
		.format = l->r.format,
		.match = l->from->match,
		.name = sink_name,
		.range = sink_range,
		.accepts = sink_accepts,
		.refuse = sink_refuse,
	};
}

void block_parse(struct worker *w, struct block *b, struct reader *state)
{
	if (state)
		w->reader = *state;
	else
		block_reader(&w->reader, &w->pool->job->lists[b->list]);
	parse_all(w, b);
	if (state)
		*state = w->reader;
}
