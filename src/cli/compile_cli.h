/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* `hisn compile`, inside: options from the command line and the configuration file, and the report. */

#include "base/arena.h"
#include "compile/compile.h"
#include "cli/cli.h"

enum {
	COMPILE_ITEMS_MAX = 4000,
	COMPILE_MAX_CHANGE = 20, /* percent, where a configuration does not say */
};

/* A growing array of strings that live as long as the arena. */
struct texts {
	const char **p;
	unsigned n, cap;
};

/* compile_options being put together. */
struct compile_setup {
	struct arena arena;
	struct compile_options o;
	struct compile_list *lists;
	unsigned nlists, lists_cap;
	struct texts accept, accept_files, block, unblock, popular, expected;
	const char *config;
	const char *show[2]; /* --dump, --diff */
	unsigned nshow;
	bool diff;
	bool no_shipped, json, yes;
	bool max_change_set;
};

/* Each appends a copy. -ENOMEM, ERR_LIMIT. */
must_use int setup_text(struct compile_setup *s, struct texts *to, const char *text);
must_use int setup_list(struct compile_setup *s, const struct compile_list *l);
/* "CATEGORY[:WORD...]=PATH": words are formats, exact, subtree, both, allow, block. ERR_CONFIG. */
must_use int setup_list_text(struct compile_setup *s, const char *text, struct err_note *note);
/* "exact" and the like to ops; false if it is no match word. */
bool setup_match(const char *s, size_t n, unsigned *ret);
/* 32 hexadecimal digits. ERR_CONFIG. */
must_use int setup_key(struct compile_setup *s, const char *hex, struct err_note *note);

/* The configuration file; what the command line has set already stays. ERR_CONFIG with a note. */
must_use int compile_config(struct compile_setup *s, const char *path, struct err_note *note);

void compile_print(FILE *f, const struct compile_report *r, const struct compile_options *o);
void compile_print_json(FILE *f, const struct compile_report *r, const struct compile_options *o);
