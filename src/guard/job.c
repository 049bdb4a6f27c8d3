/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/job.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

int job_ring_init(struct job_ring *r)
{
	memset(r, 0, sizeof *r);
	r->slot = malloc(JOB_RING * sizeof *r->slot); /* touched only as far as it fills */
	r->wake = -1;
	return r->slot ? 0 : -ENOMEM;
}

void job_ring_done(struct job_ring *r)
{
	free(r->slot);
	r->slot = NULL;
}

struct job *job_ring_next(struct job_ring *r)
{
	uint32_t tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
	return r->head - tail < JOB_RING ? &r->slot[r->head % JOB_RING] : NULL;
}

void job_ring_push(struct job_ring *r)
{
	__atomic_store_n(&r->head, r->head + 1, __ATOMIC_RELEASE);
}

void job_ring_wake(struct job_ring *r)
{
	if (r->asleep && __atomic_exchange_n(r->asleep, false, __ATOMIC_SEQ_CST)) {
		uint64_t one = 1;
		if (write(r->wake, &one, sizeof one) < 0)
			return; /* its counter is full: it is awake */
	}
}

struct job *job_ring_peek(struct job_ring *r)
{
	uint32_t head = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE);
	return head != r->tail ? &r->slot[r->tail % JOB_RING] : NULL;
}

void job_ring_pop(struct job_ring *r)
{
	__atomic_store_n(&r->tail, r->tail + 1, __ATOMIC_RELEASE);
}
