/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Shared by the pages of one case: case.c, open.c, act.c, refer.c, like.c. */

#include "desk/staff/case_pages.h"

/* The case of the path's :id, for this person. False: answered (404, 500). Each look is audited. */
must_use bool case_load(struct web_request *r, struct work_case *ret);
/* "~/staff/reports/0123…", and what comes after it ("/open"; ""). In the arena; never NULL. */
const char *case_path(struct web_request *r, const struct work_case *c, const char *more);
bool case_may(const struct work_case *c, enum case_action a);

/* "What was reported"; for a list of messages. */
const char *case_message_title(enum lang l, uint8_t type);
must_use int case_messages(struct web_request *r, const struct work_case *c, const struct staff_people *p,
	struct case_message **ret);
/* A number as text, in the arena; "" without memory. */
const char *case_number(struct arena *a, uint64_t v);
