/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Lists in, policy image or overlay out. Same inputs, same bytes, whatever the number of threads. */

#include "base/err.h"
#include "compile/parse.h"
#include "policy/cats.h"
#include "policy/namehash.h"

#include <stdio.h>

/* The key of the name hashes where the operator gives none: public, so that images of public lists
 * can be compared and shared. The words read "hisn-key" "policy-1". */
#define COMPILE_KEY ((struct name_key){ 0x6869736e2d6b6579ull, 0x706f6c6963792d31ull })

/* A list to read. Strings are borrowed for the whole compile. */
struct compile_list {
	const char *category, *path;
	enum list_format format;
	unsigned
		match; /* enum op of plain names: 0 as the format means it, ADD_EXACT, ADD_BELOW, ADD_BOTH */
	bool allow; /* a list of good places: its category opens */
	const char *origin, *licence, *attribution, *date; /* NULL: unknown */
};

struct compile_options {
	const char *out;
	bool overlay;
	const char *base; /* overlay: the image it goes on */
	bool has_key;
	struct name_key key;
	const struct compile_list *lists;
	unsigned nlists;
	const char *const *accept; /* "CATEGORY:NAME" */
	unsigned naccept;
	const char *const *accept_files;
	unsigned naccept_files;
	const char *const *block; /* "CATEGORY:NAME", at and below */
	unsigned nblock;
	const char *const *unblock; /* "NAME" or "NAME:CATEGORY", at and below */
	unsigned nunblock;
	const char *const *popular; /* files of names that are not blocked by mistake */
	unsigned npopular;
	unsigned
		confirm; /* a popular name is taken if this many lists of a category have it; 0: never */
	const char *const *expected; /* categories whose point is popular names: taken unconfirmed */
	unsigned nexpected;
	const char *psl;             /* the public suffix list; NULL: none */
	const char *protected_names; /* NULL: none */
	const char *shipped;         /* folder of what ships; NULL: none */
	const char *rejected;        /* file for every line not taken; NULL: none */
	bool names;                  /* write OUT.names */
	double max_change;           /* percent of names added and removed; negative: any */
	int64_t date;     /* Unix seconds for the metadata (SOURCE_DATE_EPOCH); 0: none */
	unsigned threads; /* 0: one a processor, at most 8 */
	/* Called now and then from the calling thread. total 0: unknown. */
	void (*progress)(void *ctx, const char *phase, uint64_t done, uint64_t total);
	void *progress_ctx;
};

enum { EXAMPLES = 3, EXAMPLE_TEXT = 120 };

struct compile_example {
	uint64_t line; /* 0: found after reading */
	char text[EXAMPLE_TEXT];
};

/* What became of a list. Sums: lines = blank + taken + refused while reading; of the names taken,
 * duplicates, pruned and those refused by guards are told apart. */
struct compile_result {
	char category[CAT_NAME_MAX + 1];
	char *path;
	enum list_format format;
	bool allow;
	uint64_t lines, names, answers, ranges, duplicates, pruned;
	uint64_t refused[REASONS];
	struct compile_example (
		*examples)[EXAMPLES]; /* [REASONS], or NULL where nothing was refused */
	uint64_t hash[2];
};

struct compile_report {
	unsigned nlists, ncats;
	struct compile_result *lists;
	struct {
		char name[CAT_NAME_MAX + 1];
		uint32_t names;
	} cats[CATS_MAX];
	uint64_t names, rewrites, addresses, image_bytes, sidecar_bytes;
	uint64_t checked;        /* popular, protected and suffix names looked up in the image */
	uint64_t added, removed; /* against the image before; valid if compared */
	bool compared;
	bool written;      /* the image was replaced */
	unsigned rekeyed;  /* how many keys were tried before one had no collision */
	double seconds[4]; /* reading, sorting and judging, writing, checking */
};

/* Errors: errno values, ERR_REFUSED (a guard or the change cap), ERR_CONFIG (options that do not fit
 * together), ERR_LIMIT and those of the readers; the note says what and where. The file at `out` is
 * replaced whole, and only on success. *ret, also set on ERR_REFUSED, is freed with
 * compile_report_free. */
must_use int compile_run(
	const struct compile_options *o, struct compile_report **ret, struct err_note *note);
void compile_report_free(struct compile_report *r); /* NULL is fine */
