/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* hisn desk: what its verbs share. */

#include "cli/cli.h"
#include "desk/app.h"

enum { DESK_HEADS_MAX = 8 };

struct desk_args {
	const char *verb, *config, *out, *from, *name, *base, *count;
	bool force, quiet, json;
	/* audit */
	const char *what;                       /* verify, export, head */
	const char *heads[DESK_HEADS_MAX];      /* --head */
	unsigned nheads;
	const char *key, *database, *report, *member, *action, *since, *until;
	bool csv, sign;
};
/* Says why not, and returns the exit code; 0: opened. */
int desk_cli_open(const struct desk_args *a, struct desk_open want, struct desk **ret);
int desk_cli_fail(const char *format, ...) printf_like(1, 2); /* EXIT_FAILED */

/* hisn desk audit ...: 0 good, 1 something was found, 2 a mistake in the command, or it could not be done. */
int desk_do_audit(const struct desk_args *a);
