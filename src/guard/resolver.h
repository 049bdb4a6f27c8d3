/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The resolver thread: takes what the fronts could not answer, asks upstream once for all who wait for
 * the same, keeps the answer, and answers them by the view of that moment. When upstream fails or is
 * slow, an old answer serves (RFC 8767: after 1.8 s, for at most cache.stale_seconds, with EDE 3). */

#include "guard/job.h"

enum {
	RESOLVER_PENDING_MAX = 8192,  /* questions */
	RESOLVER_WAITERS_MAX = 16384, /* clients, all questions together */
	RESOLVER_STALE_AFTER = 1800,  /* ms */
	RESOLVER_RECHECK = 30000,     /* ms without asking again after a failure, while an old answer serves */
};

/* The rings are the fronts'; their wake-up is set here. reader: its place among g->reader. */
must_use int resolver_new(struct guard *g, unsigned reader, struct job_ring **rings, unsigned nrings,
	const struct upstream_config *upstream, struct resolver **ret);
must_use int resolver_start(struct resolver *r);
void resolver_stop(struct resolver *r); /* and join */
void resolver_free(struct resolver *r);
/* Approximate while it runs. */
void resolver_stats(const struct resolver *r, struct upstream_stats *ret, unsigned *ret_pending);
