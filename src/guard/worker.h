/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A worker: one thread, one UDP socket, one batch at a time. It answers hits and blocks; misses go to
 * the resolver through a ring of its own. */

#include "guard/job.h"
#include "guard/request.h"

/* reader: its place among g->reader. Binds; errors as net_udp_open. */
must_use int worker_new(struct guard *g, unsigned reader, const struct net_address *listen, struct worker **ret,
	struct err_note *note);
must_use int worker_start(struct worker *w);
void worker_stop(struct worker *w); /* and join */
void worker_free(struct worker *w);

struct job_ring *worker_jobs(struct worker *w);
const struct net_udp *worker_udp(const struct worker *w);

/* The same answers over TCP: for net_tcp_config.query, on its thread. */
struct tcp_front;
must_use int tcp_front_new(struct guard *g, unsigned reader, struct tcp_front **ret);
void tcp_front_free(struct tcp_front *f);
struct job_ring *tcp_front_jobs(struct tcp_front *f);
void tcp_front_query(void *front, struct net_tcp_id id, const struct net_address *client,
	const struct net_address *local, const uint8_t *msg, size_t n);
