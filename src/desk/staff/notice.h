/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Shared by notice.c (what is shown) and notice_act.c (what is done). */

#include "desk/staff/notices.h"

/* What happened before the page is shown: msgids, and the letter if it was opened. */
struct notice_said { const char *error, *done; const struct notice_letter *letter; };
/* The notice of the address and its case, for who may see it; false: answered. */
must_use bool notice_find(struct web_request *r, struct work_case *c, const struct work_notice **ret);
void notice_show(struct web_request *r, const struct work_case *c, const struct work_notice *n, const struct notice_said *said, int status);
