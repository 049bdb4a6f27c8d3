/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Shared by session.c (who is it) and session_open.c (beginning and ending). */

#include "desk/staff/session.h"

enum { SESSION_HASH = 32, SESSION_BOX = KEYS_SESSION + SEAL_BOX_MORE };
#define SESSION_COOKIE "hisn"

/* One of the three values of a cookie: "hash", "box", "csrf"; none tells another. */
void session_derive(const char *cookie, const char *what, uint8_t ret[SESSION_HASH]);
struct bytes session_ad(void); /* authenticated with the box */
const struct staff *session_slot(struct web_request *r); /* half or whole */
