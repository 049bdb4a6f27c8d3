/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/profiles.h"

#include "policy/calendar.h"
#include "policy/names.h"

#include <errno.h>

struct view_profile {
	struct cats closed, operator_closed; /* without schedules */
	struct cats opened;
	struct cats timed;
	struct cats *schedule; /* of each schedule of the profile */
	uint64_t names_present;
};

/* Categories by name, at most half full: a provider's file names two million of them. */
enum { INDEX_SLOTS = 2 * CATS_MAX };
struct cat_index {
	const struct view *v;
	uint8_t slot[INDEX_SLOTS]; /* category + 1; 0: empty */
};

static unsigned home(const char *name)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return (h ^ h >> 16) % INDEX_SLOTS;
}

static void index_categories(const struct view *v, struct cat_index *ret)
{
	*ret = (struct cat_index){ .v = v };
	for (unsigned i = 0; i < v->ncats; i++) {
		unsigned at = home(v->cats[i].name);
		while (ret->slot[at])
			at = (at + 1) % INDEX_SLOTS;
		ret->slot[at] = (uint8_t)(i + 1);
	}
}

static unsigned find(const struct cat_index *x, const char *name)
{
	for (unsigned at = home(name); x->slot[at]; at = (at + 1) % INDEX_SLOTS)
		if (!strcmp(x->v->cats[x->slot[at] - 1].name, name))
			return x->slot[at] - 1u;
	return CAT_NONE;
}

static struct cats mask_of(const struct cat_index *x, const char *const *names, unsigned n)
{
	struct cats c = cats_none();
	for (unsigned i = 0; i < n; i++)
		c = cats_or(c, cats_one(find(x, names[i])));
	return c;
}

static int fill(
	const struct cat_index *x, const struct household_profile *p, struct view_profile *ret)
{
	const struct view *v = x->v;
	/* Nothing closes a good place, whatever the file says. */
	ret->closed = cats_minus(mask_of(x, p->closed, p->nclosed), v->allow);
	ret->operator_closed = cats_and(mask_of(x, p->operator_closed, p->noperator), ret->closed);
	ret->opened = cats_and(mask_of(x, p->open, p->nopen), v->allow);
	/* Where safe search is asked for, an engine without it is no way around. */
	if (p->safe_search != SAFE_OFF)
		ret->closed = cats_or(ret->closed, v->unsafe_search);
	ret->schedule = calloc(p->nschedules + 1u, sizeof *ret->schedule);
	if (!ret->schedule)
		return -ENOMEM;
	for (unsigned i = 0; i < p->nschedules; i++) {
		const struct schedule *s = &p->schedules[i];
		ret->schedule[i] = cats_minus(mask_of(x, s->categories, s->ncategories), v->allow);
		if (s->kind == SCHEDULE_CLOSE || s->kind == SCHEDULE_OPEN)
			ret->timed = cats_or(ret->timed, ret->schedule[i]);
	}
	return 0;
}

int profiles_new(const struct view *v, struct view_profile **ret)
{
	unsigned n = v->household->nprofiles;
	struct view_profile *p =
		calloc(n + 1u, sizeof *p); /* the last one has no schedules: the end */
	int err = p ? 0 : -ENOMEM;
	struct cat_index x;
	index_categories(v, &x);
	for (unsigned i = 0; i < n && !err; i++) {
		err = fill(&x, &v->household->profiles[i], &p[i]);
		p[i].names_present = names_present(v->names, (uint16_t)i);
	}
	if (err) {
		profiles_free(p);
		return err;
	}
	*ret = p;
	return 0;
}

void profiles_free(struct view_profile *p)
{
	for (struct view_profile *i = p; i && i->schedule; i++)
		free(i->schedule);
	free(p);
}

/* A schedule that closes is stronger than one that opens. */
static struct cats closed_now(
	const struct view_profile *p, const struct household_profile *h, uint64_t active)
{
	struct cats open = cats_none(), close = cats_none();
	for (; active; active &= active - 1) {
		unsigned i = (unsigned)__builtin_ctzll(active);
		if (i < h->nschedules && h->schedules[i].kind == SCHEDULE_OPEN)
			open = cats_or(open, p->schedule[i]);
		else if (i < h->nschedules && h->schedules[i].kind == SCHEDULE_CLOSE)
			close = cats_or(close, p->schedule[i]);
	}
	return cats_or(cats_minus(p->closed, open), close);
}

void view_now(const struct view *v, uint16_t profile, int64_t now, struct policy_now *ret)
{
	if (profile >= v->household->nprofiles)
		profile = v->household->default_profile;
	const struct household_profile *h = &v->household->profiles[profile];
	const struct view_profile *p = &v->profiles[profile];
	struct calendar_state state;
	calendar_now(v->household, h, v->zone, now, &state);
	*ret = (struct policy_now){
		.until = MIN(state.edge, names_next_end(v->names, profile, now)),
		.edge = state.edge,
		.pause_end = state.pause_end,
		.closed = closed_now(p, h, state.active),
		.timed = p->timed,
		.opened = p->opened,
		.pause = state.pause,
		.allow_only = h->allow_only,
		.bypass_floor = h->bypass_floor,
		.security = h->security,
		.safe_search = h->safe_search,
		.restricted_video = h->restricted_video,
		.form = h->form,
		.has_names = p->names_present != 0,
		.names_present = p->names_present,
	};
	ret->by_operator = cats_and(p->operator_closed, ret->closed);
}
