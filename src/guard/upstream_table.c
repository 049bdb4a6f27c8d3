/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/upstream_int.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/random.h>

int upstream_table_init(struct upstream *u)
{
	u->slot = calloc(UPSTREAM_IN_FLIGHT, sizeof *u->slot);
	if (!u->slot)
		return -ENOMEM;
	u->free_head = UPSTREAM_NONE;
	memset(u->by_id, 0xff, sizeof u->by_id);
	memset(u->wheel, 0xff, sizeof u->wheel);
	u->ticked = clock_mono_ms() / UPSTREAM_TICK_MS;
	return 0;
}

static uint16_t index_of(const struct upstream *u, const struct pending *p)
{
	return (uint16_t)(p - u->slot);
}

/* Last in, first out: a quiet guard touches few pages of the table. */
struct pending *upstream_table_new(struct upstream *u)
{
	struct pending *p;
	if (u->free_head != UPSTREAM_NONE) {
		p = &u->slot[u->free_head];
		u->free_head = p->next;
	} else if (u->used < UPSTREAM_IN_FLIGHT) {
		p = &u->slot[u->used++];
	} else {
		return NULL;
	}
	bool queued = p->queued; /* its place in u->unsent may still be there */
	memset(p, 0, offsetof(struct pending, packet));
	p->queued = queued;
	p->u = u;
	p->fd = -1;
	p->spoke = UPSTREAM_NONE;
	u->in_flight++;
	return p;
}

void upstream_table_free(struct upstream *u, struct pending *p)
{
	upstream_wheel_out(u, p);
	upstream_table_unid(u, p);
	p->state = UPSTREAM_FREE;
	p->next = u->free_head;
	u->free_head = index_of(u, p);
	u->in_flight--;
}

/* Bytes of the kernel's generator, fetched in bulk: ids must not be guessable (RFC 5452 9.2). */
uint16_t upstream_random(struct upstream *u)
{
	if (u->random_left < 2) {
		if (getrandom(u->random, sizeof u->random, 0) != (ssize_t)sizeof u->random)
			abort(); /* cannot happen for 512 bytes once booted; never go on guessable */
		u->random_left = sizeof u->random;
	}
	u->random_left -= 2;
	return be16_get(u->random + u->random_left);
}

void upstream_table_id(struct upstream *u, struct pending *p)
{
	upstream_table_unid(u, p);
	uint16_t id;
	do { /* at most a quarter is taken: 1.3 draws at worst */
		id = upstream_random(u);
	} while (u->by_id[id] != UPSTREAM_NONE);
	u->by_id[id] = index_of(u, p);
	p->id = id;
	p->has_id = true;
	p->sends = 0;
	be16_put(p->packet, id);
}

void upstream_table_unid(struct upstream *u, struct pending *p)
{
	if (p->has_id)
		u->by_id[p->id] = UPSTREAM_NONE;
	p->has_id = false;
}

struct pending *upstream_table_find(struct upstream *u, uint16_t id)
{
	return u->by_id[id] == UPSTREAM_NONE ? NULL : &u->slot[u->by_id[id]];
}

void upstream_wheel_out(struct upstream *u, struct pending *p)
{
	if (p->spoke == UPSTREAM_NONE)
		return;
	if (p->prev == UPSTREAM_NONE)
		u->wheel[p->spoke] = p->next;
	else
		u->slot[p->prev].next = p->next;
	if (p->next != UPSTREAM_NONE)
		u->slot[p->next].prev = p->prev;
	p->spoke = UPSTREAM_NONE;
}

static void link_to(struct upstream *u, struct pending *p, uint16_t spoke)
{
	p->spoke = spoke;
	p->prev = UPSTREAM_NONE;
	p->next = u->wheel[spoke];
	if (p->next != UPSTREAM_NONE)
		u->slot[p->next].prev = index_of(u, p);
	u->wheel[spoke] = index_of(u, p);
}

void upstream_wheel_put(struct upstream *u, struct pending *p, unsigned ms)
{
	upstream_wheel_out(u, p);
	int64_t at = (clock_mono_ms() + MIN(ms, UPSTREAM_LONGEST_MS)) / UPSTREAM_TICK_MS + 1;
	link_to(u, p, (uint16_t)(at % UPSTREAM_WHEEL));
}

/* All of a spoke go to the extra one first: `over` may put questions back for the next turn, and
 * may end others of the same spoke. */
static void detach(struct upstream *u, uint16_t spoke)
{
	uint16_t first = u->wheel[spoke];
	u->wheel[spoke] = UPSTREAM_NONE;
	u->wheel[UPSTREAM_WHEEL] = first;
	for (uint16_t i = first; i != UPSTREAM_NONE; i = u->slot[i].next)
		u->slot[i].spoke = UPSTREAM_WHEEL;
}

void upstream_wheel_turn(struct upstream *u, void (*over)(struct upstream *, struct pending *))
{
	int64_t now = clock_mono_ms() / UPSTREAM_TICK_MS;
	int64_t from = MAX(u->ticked + 1, now - UPSTREAM_WHEEL + 1);
	u->ticked = now;
	for (int64_t t = from; t <= now; t++) {
		detach(u, (uint16_t)(t % UPSTREAM_WHEEL));
		while (u->wheel[UPSTREAM_WHEEL] != UPSTREAM_NONE) {
			struct pending *p = &u->slot[u->wheel[UPSTREAM_WHEEL]];
			upstream_wheel_out(u, p);
			over(u, p);
		}
	}
}
