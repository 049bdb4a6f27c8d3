/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Queries on their way from a front thread to the resolver: a ring with one writer and one reader. */

#include "guard/request.h"

enum { JOB_QUERY_MAX = 1232, JOB_RING = 512 };

struct job {
	bool tcp, refresh;              /* refresh: nobody waits */
	uint8_t rounds;                 /* times it went to upstream */
	unsigned worker;                /* UDP: whose socket answers */
	struct net_tcp_id id;           /* TCP */
	struct net_address client, local;
	struct request_ask ask;
	uint16_t n;
	uint8_t query[JOB_QUERY_MAX];
};

struct job_ring {
	struct job *slot;               /* JOB_RING of them */
	int wake;                       /* the resolver's eventfd */
	bool *asleep;                   /* the resolver's: true when it must be woken */
	uint32_t head cache_aligned;    /* written by the front */
	uint32_t tail cache_aligned;    /* written by the resolver */
};

must_use int job_ring_init(struct job_ring *r);
void job_ring_done(struct job_ring *r);
/* Where the next job is written; NULL: full. */
struct job *job_ring_next(struct job_ring *r);
void job_ring_push(struct job_ring *r);
/* Wake the resolver if it sleeps; once a batch is enough. */
void job_ring_wake(struct job_ring *r);
/* The oldest job; NULL: none. It is free for others after job_ring_pop. */
struct job *job_ring_peek(struct job_ring *r);
void job_ring_pop(struct job_ring *r);
