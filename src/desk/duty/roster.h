/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Who is on duty, and whom imminent danger wakes: shifts of the members of one unit. A shift is at most a day
 * long; it is kept for 90 days after its end. Changes are audited. */

#include "desk/desk.h"
#include "desk/staff/session.h"

enum duty { DUTY_DESK, DUTY_ONCALL, DUTY_COUNT };
const char *duty_name(enum duty d);  /* "desk", "oncall": in the database */
const char *duty_label(enum duty d); /* msgid */
must_use bool duty_parse(const char *name, enum duty *ret);

enum { SHIFT_LONGEST = 24 * 3600, SHIFT_AHEAD = 370 * 86400, SHIFT_WEEKS_MAX = 13, SHIFT_ID = 16, SHIFTS_MAX = 1000 };
struct shift {
	uint8_t id[SHIFT_ID];
	uint32_t member;
	enum duty duty;
	int64_t starts, ends;
	const char *name;      /* of the member; out */
	bool reachable;        /* has an address for alerts; out */
};
/* Those of the unit that touch from..to, by their start; at most SHIFTS_MAX. */
must_use int roster_list(struct desk *d, struct arena *a, const char *unit, int64_t from, int64_t to, struct shift **ret, size_t *ret_n);
/* The same shift in `weeks` weeks one after the other, by the clock on the wall. -EINVAL: its times, or weeks;
 * -ENOENT: not a member of by's unit; -EEXIST: the member has such a duty then. Nothing of it is stored then. */
must_use int roster_add(struct desk *d, const struct staff *by, const struct shift *s, unsigned weeks);
must_use int roster_remove(struct desk *d, const struct staff *by, const uint8_t id[SHIFT_ID]); /* -ENOENT: not of by's unit */
/* Whether the member is on this duty now; nobody at all being on it counts as everybody. */
must_use int roster_is_on(struct desk *d, const struct staff *who, enum duty duty, bool *ret);
must_use int roster_tend(struct desk *d);
