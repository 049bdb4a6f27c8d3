/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Threads in line for one of a few places, first come, first served: with a plain mutex the thread
 * that just left tends to enter again, and the others wait for seconds. */

#include "base/err.h"

#include <pthread.h>

struct queue_waiter;

struct queue {
	pthread_mutex_t lock;
	unsigned places; /* free ones */
	struct queue_waiter *first, *last;
};

void queue_init(struct queue *q, unsigned places);
void queue_done(struct queue *q);
/* -EAGAIN: no place within ms milliseconds. */
must_use int queue_enter(struct queue *q, int ms);
void queue_leave(struct queue *q);
