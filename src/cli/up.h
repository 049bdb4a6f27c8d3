/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Parts of `hisn up`. */

#include "cli/cli.h"

struct up {
	const char *state_option, *listen, *desk_listen;
	bool offline, check, no_desk, sample;
	struct arena arena;
	const char *state, *lists, *image, *overlay, *household, *compile_yaml; /* guard */
	const char *desk, *desk_yaml, *store, *host_key, *store_backup, *socket; /* desk */
};

/* Run one of our programs and wait. Returns its exit code, or a negative error. */
must_use int up_run(const char *name, const char *const *arguments);
/* The same, its standard output (up to cap - 1 bytes, first line only) into buf. */
must_use int up_ask(const char *name, const char *const *arguments, char *buf, size_t cap);

/* Children that live as long as this program: started, watched, ended together. */
must_use int up_start(const char *name, const char *const *arguments);
/* Until Ctrl-C, SIGTERM, or the end of any child (said, ERR_CHILD); ends all, newest first. */
must_use int up_watch(void);
void up_end(void);

/* The desk: key store, configuration, key process, database, then the desk itself. */
must_use int up_desk_paths(struct up *u);
must_use int up_desk_start(struct up *u);
