/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The key process: `hisn keys serve`. Returns after SIGTERM or SIGINT, with everything wiped.
 *
 *   main thread      signals; each second: counters to the journal; each minute: idle sessions end;
 *                    each hour: vault_expire, and the backup once a day
 *   64 workers       each takes a connection, answers its requests in turn, takes the next
 *
 * All threads are started before the seccomp filter, which has no clone. */

#include "base/err.h"
#include "seal/seal.h"

enum { KEYS_PEERS_MAX = 8, KEYS_WORKERS = 64 };

struct keys_serve_config {
	const char *store, *host_key, *socket;
	const char *backup;     /* NULL: none is made */
	const char *user;       /* as root: become this user; NULL: stay */
	const char *peers[KEYS_PEERS_MAX]; /* user names allowed besides our own and root */
	unsigned npeers;
	struct seal_cost cost;  /* of new passwords */
};

must_use int keys_serve(const struct keys_serve_config *c, struct err_note *note);
