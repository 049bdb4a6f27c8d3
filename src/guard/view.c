/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/guard.h"

#include <errno.h>
#include <time.h>

static void free_view(struct guard_view *v)
{
	if (!v)
		return;
	for (unsigned i = 0; v->now && i < v->readers; i++)
		free(v->now[i]);
	free(v->now);
	view_unref(v->view);
	free(v);
}

/* Room for each reader's calendar is made here, so that no reader ever allocates. */
static int make_view(const struct guard *g, struct view *v, struct guard_view **ret)
{
	struct guard_view *gv = calloc(1, sizeof *gv);
	if (!gv)
		return -ENOMEM;
	gv->readers = g->nreaders;
	gv->now = calloc(g->nreaders, sizeof *gv->now);
	for (unsigned i = 0; gv->now && i < g->nreaders; i++) {
		gv->now[i] = calloc(v->household->nprofiles, sizeof *gv->now[i]);
		if (!gv->now[i]) {
			free_view(gv);
			return -ENOMEM;
		}
	}
	if (!gv->now) {
		free(gv);
		return -ENOMEM;
	}
	gv->view = v;
	*ret = gv;
	return 0;
}

static void wait_unused(const struct guard *g, const struct guard_view *old)
{
	const struct timespec pause = { .tv_nsec = 50000 };
	for (unsigned i = 0; i < g->nreaders; i++)
		while (__atomic_load_n(&g->reader[i].using, __ATOMIC_SEQ_CST) == old)
			nanosleep(&pause, NULL);
}

int guard_publish(struct guard *g, struct view *v)
{
	struct guard_view *gv, *old = g->current;
	int err = make_view(g, v, &gv);
	if (err)
		return err;
	__atomic_store_n(&g->current, gv, __ATOMIC_SEQ_CST);
	if (old) {
		wait_unused(g, old);
		free_view(old);
	}
	__atomic_store_n(&g->settled, v->generation, __ATOMIC_RELEASE);
	return 0;
}

void guard_retire(struct guard *g)
{
	free_view(g->current);
	g->current = NULL;
}
