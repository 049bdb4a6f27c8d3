/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Who is signed in. The cookie is 32 random bytes; the database holds its hash and the key process's
 * session sealed under it, so that neither the database nor the key process alone can act for somebody.
 *
 *   cookie C -> hash H(C) (row), box key and CSRF secret derived from C */

#include "desk/desk.h"

enum { STAFF_IDLE = 15 * 60, STAFF_LONGEST = 12 * 3600 }; /* seconds */

struct staff {
	uint32_t member;
	int role;                       /* enum keys_role */
	const char *name, *unit;
	uint8_t keys[KEYS_SESSION];     /* for calls to the key process */
	uint8_t csrf[32];
};

#define STAFF_ROLE(role) (1u << (role))
enum { STAFF_ANYBODY = ~0 };

/* web_config.before: finds the session of /staff pages; answers 403 to what another site made a browser send. */
void staff_arrive(struct web_request *r);
void staff_before(struct web_request *r); /* the session only */
const struct staff *staff_of(struct web_request *r); /* NULL: nobody */

/* For a handler's first line: `if (!staff_may(r, roles)) return;`. Answers by itself: to sign-in when
 * nobody is signed in, 403 for another role, and 403 for a POST without its CSRF token (field `csrf`,
 * form name = the path). */
must_use bool staff_may(struct web_request *r, unsigned roles);
/* The same without the token, for forms that carry a sealed state of their own. */
must_use bool staff_has(struct web_request *r, unsigned roles);
/* The field's value for the form that posts to path. In the arena; NULL: no memory. */
const char *staff_csrf(struct web_request *r, const char *path);

/* Checks the password in the key process, makes a new session (never an old id) and its cookie.
 * -EACCES: wrong name or password, and nothing tells which. */
must_use int staff_sign_in(struct web_request *r, const char *sign_in, const char *password);
void staff_sign_out(struct web_request *r);
