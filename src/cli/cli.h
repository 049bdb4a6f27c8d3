/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What every program of hisn does the same way: options, help, exit codes, JSON, progress. */

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#include <stdio.h>

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* One option of a program. A list ends with name NULL. */
struct cli_option {
	const char *name;  /* "config": --config VALUE, or --config=VALUE */
	char letter;       /* 'c': -c VALUE; 0: none */
	const char *value; /* what the value is ("FILE"); NULL: a switch */
	const char *help;
};

struct cli_program {
	const char *name;     /* "hisn compile" */
	const char *usage;    /* "--config FILE\n--list CATEGORY=PATH ... --out IMAGE" */
	const char *about;    /* one or more paragraphs */
	const struct cli_option *options; /* --help, --version are added */
};

/* Called for each option in order, and with option NULL for each other argument. Non-zero stops. */
typedef int cli_take(void *ctx, const struct cli_option *option, const char *value);

/* Returns -1 when the program should go on, else the exit code (after --help, --version, or a
 * mistake, which it has explained). "--" ends the options. */
must_use int cli_parse(const struct cli_program *p, int argc, char **argv, cli_take *take, void *ctx);

/* "hisn compile: text\n" on stderr; returns EXIT_FAILED. */
int cli_fail(const struct cli_program *p, const char *format, ...) printf_like(2, 3);

/* Where what ships lives: $HISN_DATA; else data/ of the source tree the program was built in, if it
 * runs from a build folder; else the installed folder. Never NULL. */
const char *cli_data_folder(void);
/* The full path of another program of ours ("hisn-guard"), beside this one or in libexec. */
must_use int cli_program_path(const char *name, char *buf, size_t cap);

/* One line on a terminal's stderr, redrawn at most ten times a second; nothing elsewhere. */
struct progress {
	const char *what;
	bool shown;
	int64_t last_ms;
};
void progress_start(struct progress *p, const char *what);
void progress_set(struct progress *p, uint64_t done, uint64_t total, const char *detail); /* total 0: unknown */
void progress_end(struct progress *p);
