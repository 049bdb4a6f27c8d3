/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Messages opened in a shift, and the pause that is offered past a limit (setting "exposure_limit", else 40). What a
 * person reads here stays with them: the pause protects, it measures nobody. A shift begins with the first
 * message and lasts 12 hours. */

#include "desk/desk.h"
#include "desk/staff/session.h"

enum { EXPOSURE_LIMIT = 40, EXPOSURE_LIMIT_LEAST = 5, EXPOSURE_LIMIT_MOST = 500, EXPOSURE_MORE = 10, EXPOSURE_SHIFT = 12 * 3600 };

/* Before a message is opened. *ret_pause: offer a pause first (counted as offered). go_on: the person has chosen to go
 * on; then it is not asked again for EXPOSURE_MORE messages. */
must_use int exposure_ask(struct desk *d, uint32_t member, bool go_on, bool *ret_pause);
/* After one was opened. */
must_use int exposure_count(struct desk *d, uint32_t member);
/* A pause is taken. */
must_use int exposure_pause(struct desk *d, uint32_t member);
/* How many this shift. */
must_use int exposure_so_far(struct desk *d, uint32_t member, int64_t *ret);

/* Of all members of a unit in the last 28 days: offered, taken. Not told (*ret_told false) of fewer than three
 * people, whose figures they would be. */
struct exposure_sum { bool told; int64_t offered, taken; };
must_use int exposure_sum(struct desk *d, const char *unit, struct exposure_sum *ret);
must_use int exposure_tend(struct desk *d);

/* In place of the opened message, for a form that posts to path (of the handler, fields `seq` and `csrf`): offers the pause.
 * The form it shows comes back with go_on=yes. Answers the request. */
void exposure_offer(struct web_request *r, const char *path, const char *seq);
