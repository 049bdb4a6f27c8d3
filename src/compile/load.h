/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Reading lists, inside: what load.c (threads, unpacking) and block.c (lines) share. */

#include "compile/job.h"

struct block {
	unsigned list;
	uint64_t seq;
	char *text;
	size_t n;
	struct block *next;
	struct compile_result r; /* counts; examples with lines counted from 1 within the block */
	char *log;               /* refused lines, for --rejected */
	size_t log_n, log_cap;
	int err;
};

/* A list being read. */
struct feed {
	struct source *source;
	char *carry; /* the beginning of a line whose end was not yet read */
	size_t carry_n;
	bool busy, end, guessed, skipping;
	uint64_t seq, merged;
	uint64_t size, taken;
	struct block *done; /* parsed, waiting for those before them */
	struct reader reader;
};

struct pool {
	struct job *job;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct feed *feeds; /* by list number, from `first` */
	unsigned first, nfeeds, open;
	struct block *ready, **ready_end;
	unsigned nready, parsing;
	int err;
	uint64_t total;
};

struct worker {
	struct reader reader; /* first: sinks get back to the worker from it */
	struct pool *pool;
	struct block *block;
	const char *line;
	size_t line_n;
	struct cursor cursor;
	struct rewrites rewrites;
	struct ranges ranges;
	struct err_note note; /* its own: threads do not share one */
	pthread_t thread;
};

void block_free(struct block *b); /* NULL is fine */
/* A reader for the lines of a list, whose sink is the worker that it is part of. */
void block_reader(struct reader *r, const struct list *l);
/* Parses all lines. state: of a format whose lines depend on those before them; else NULL. */
void block_parse(struct worker *w, struct block *b, struct reader *state);
/* Adds a block's counts to its list's: in order of blocks, one at a time. -ENOMEM. */
must_use int block_merge(struct job *j, struct block *b);
