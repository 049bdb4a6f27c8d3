/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What is done to a member: leaving, a forgotten password, sharing keys, a lost second factor. The key process
 * decides who may, as far as keys go (itself, a supervisor of the unit or of the national desk); the database follows
 * it. What the key process did cannot be taken back, so it is written into the audit trail before, and once more
 * when it failed.
 *
 * -EPERM: not by this person; -ENOENT: no such member, or has left; ERR_REFUSED: something could be opened by nobody
 * any more; -EACCES: the session has ended. */

#include "desk/desk.h"
#include "desk/staff/session.h"

/* Keys first (wraps destroyed, the unit's epochs replaced, sessions dead), then the row, shifts and second factor,
 * then open cases and tasks to `to` (0: to nobody). A crash in between is made good by member_tend. */
must_use int member_leave(struct desk *d, const struct staff *by, uint32_t member, uint32_t to, size_t *ret_cases);
/* New keys under a random password, which is the token of a one-time link good for three days; the member is a
 * candidate again. *ret: "/staff/reset/TOKEN" in the arena. */
must_use int member_reset(struct desk *d, struct arena *a, const struct staff *by, uint32_t member, const char **ret);
/* Whose link it is. -ENOENT: unknown, used or too old. */
must_use int member_reset_find(struct desk *d, const char *token, uint32_t *ret);
/* The password of their choice in the place of the token. */
must_use int member_reset_finish(struct desk *d, const char *token, const char *password, struct keys_member *ret);
/* Every epoch of the unit that `by` can open, for a colleague of the same unit. */
must_use int member_share(struct desk *d, const struct staff *by, uint32_t member, size_t *ret_epochs);
/* The second factor of somebody who has lost it; their sessions end. -ENOENT: has none. */
must_use int member_factor_remove(struct desk *d, const struct staff *by, uint32_t member);
/* Whether `by` is an active supervisor over somebody of this unit. */
must_use int member_managed(struct desk *d, const struct staff *by, const char *unit, bool *ret);

/* Makes good what a crash left: who has no keys any more has left; links that are too old go. */
must_use int member_tend(struct desk *d);
