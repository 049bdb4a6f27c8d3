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

static struct cats mask_of(const struct view *v, const char *const *names, unsigned n)
{
	struct cats c = cats_none();
	for (unsigned i = 0; i < n; i++)
		c = cats_or(c, cats_one(view_cat(v, names[i])));
	return c;
}

static int fill(const struct view *v, const struct household_profile *p, struct view_profile *ret)
{
	/* Nothing closes a good place, whatever the file says. */
	ret->closed = cats_minus(mask_of(v, p->closed, p->nclosed), v->allow);
	ret->operator_closed = cats_and(mask_of(v, p->operator_closed, p->noperator), ret->closed);
	ret->opened = cats_and(mask_of(v, p->open, p->nopen), v->allow);
	/* Where safe search is asked for, an engine without it is no way around. */
	if (p->safe_search != SAFE_OFF)
		ret->closed = cats_or(ret->closed, v->unsafe_search);
	ret->schedule = calloc(p->nschedules + 1u, sizeof *ret->schedule);
	if (!ret->schedule)
		return -ENOMEM;
	for (unsigned i = 0; i < p->nschedules; i++) {
		const struct schedule *s = &p->schedules[i];
		ret->schedule[i] = cats_minus(mask_of(v, s->categories, s->ncategories), v->allow);
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
	for (unsigned i = 0; i < n && !err; i++) {
		err = fill(v, &v->household->profiles[i], &p[i]);
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
