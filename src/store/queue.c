/* SPDX-License-Identifier: Apache-2.0 */
#include "store/queue.h"

#include <errno.h>
#include <time.h>

/* On the stack of the thread that waits. */
struct queue_waiter {
	pthread_cond_t called;
	bool has_place;
	struct queue_waiter *next;
};

void queue_init(struct queue *q, unsigned places)
{
	*q = (struct queue){ .places = places };
	pthread_mutex_init(&q->lock, NULL);
}

void queue_done(struct queue *q)
{
	assert(!q->first);
	pthread_mutex_destroy(&q->lock);
}

static struct timespec deadline_in(int ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	return t;
}

static void waiter_init(struct queue_waiter *w)
{
	pthread_condattr_t a;
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	*w = (struct queue_waiter){ 0 };
	pthread_cond_init(&w->called, &a);
	pthread_condattr_destroy(&a);
}

static void remove_waiter(struct queue *q, struct queue_waiter *w)
{
	struct queue_waiter **at = &q->first, *before = NULL;
	while (*at != w) {
		before = *at;
		at = &before->next;
	}
	*at = w->next;
	if (q->last == w)
		q->last = before;
}

int queue_enter(struct queue *q, int ms)
{
	pthread_mutex_lock(&q->lock);
	if (q->places && !q->first) {
		q->places--;
		pthread_mutex_unlock(&q->lock);
		return 0;
	}
	struct timespec deadline = deadline_in(ms);
	struct queue_waiter w;
	waiter_init(&w);
	if (q->last)
		q->last->next = &w;
	else
		q->first = &w;
	q->last = &w;
	int err = 0;
	while (!w.has_place && !err)
		err = -pthread_cond_timedwait(&w.called, &q->lock, &deadline);
	if (!w.has_place)
		remove_waiter(q, &w);
	bool entered = w.has_place;
	pthread_mutex_unlock(&q->lock);
	pthread_cond_destroy(&w.called);
	return entered ? 0 : -EAGAIN;
}

void queue_leave(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	struct queue_waiter *w = q->first;
	if (!w) {
		q->places++;
	} else { /* handed over, never free in between */
		q->first = w->next;
		if (!q->first)
			q->last = NULL;
		w->has_place = true;
		pthread_cond_signal(&w->called);
	}
	pthread_mutex_unlock(&q->lock);
}
