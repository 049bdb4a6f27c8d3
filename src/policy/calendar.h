/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which of a profile's schedules hold at an instant, and when that changes next. Pure, total, no
 * allocation; well under 2 microseconds for a family's profile. */

#include "base/tz.h"
#include "policy/household.h"

enum { CALENDAR_HORIZON = 32 }; /* days looked ahead */

struct calendar_state {
	uint64_t active;   /* bit i: schedules[i] holds now */
	int64_t edge;      /* the first second after now at which anything here changes; where that is more than
			    * CALENDAR_HORIZON days away, a second about then; INT64_MAX: never */
	int64_t pause_end; /* end of the pause that is told; the latest of several bedtimes; INT64_MAX: none known */
	uint8_t pause;     /* enum policy_pause; a pause is told before a bedtime, a bedtime before school */
};

/* Edges follow the wall clock of z: one that does not exist is at the jump, one that comes twice is the
 * first. Ends of grants are not in `edge`: a profile may have thousands, and the view keeps them in order. */
void calendar_now(const struct household *h, const struct household_profile *p, const struct tz *z, int64_t now,
	struct calendar_state *ret);
