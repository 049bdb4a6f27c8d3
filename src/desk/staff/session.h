/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Who is signed in. The cookie is 32 random bytes; the database holds its hash and the key process's
 * session sealed under it, so that neither the database nor the key process alone can act for somebody.
 *
 *   cookie C -> hash H(C) (row), box key and CSRF secret derived from C
 *
 * A session is half until the second factor is given: it then opens nothing but the page that asks for it (or,
 * on a live desk, where one is set up). Each step makes a new cookie; an old one is never carried over. */

#include "desk/desk.h"

enum { STAFF_IDLE = 15 * 60, STAFF_LONGEST = 12 * 3600, STAFF_HALF = 10 * 60 }; /* seconds */

struct staff {
	uint32_t member;
	int role;                       /* enum keys_role */
	const char *name, *unit;
	uint8_t keys[KEYS_SESSION];     /* for calls to the key process */
	uint8_t csrf[32];
	bool factor;                    /* has a second factor */
	bool whole;
};

#define STAFF_ROLE(role) (1u << (role))
enum { STAFF_ANYBODY = ~0 };
#define STAFF_READERS (STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR) | STAFF_ROLE(KEYS_OFFICER))

/* web_config.before: finds the session of /staff pages; answers 403 to what another site made a browser send. */
void staff_arrive(struct web_request *r);
void staff_before(struct web_request *r); /* the session only */
const struct staff *staff_of(struct web_request *r);   /* NULL: nobody, or half */
const struct staff *staff_half(struct web_request *r); /* NULL: nobody, or whole */

/* For a handler's first line: `if (!staff_may(r, roles)) return;`. Answers by itself: to sign-in when
 * nobody is signed in, 403 for another role, and 403 for a POST without its CSRF token (field `csrf`,
 * form name = the path). Whoever is refused here stands in the audit trail. */
must_use bool staff_may(struct web_request *r, unsigned roles);
/* The same without the token, for forms that carry a sealed state of their own. */
must_use bool staff_has(struct web_request *r, unsigned roles);
/* For the pages of the second factor: anybody with a session of either kind, and the token. */
must_use bool staff_any(struct web_request *r);
/* A handler's own refusal: 403, and "refused" in the audit trail. why: a word or two. */
void staff_refuse(struct web_request *r, const char *why);
/* 404, for what is not there and for what is not there for them: "refused" too, and to the byte and the clock the same. */
void staff_unseen(struct web_request *r);
/* The field's value for the form that posts to path. In the arena; NULL: no memory. */
const char *staff_csrf(struct web_request *r, const char *path);

/* Checks the password in the key process, makes a new session (never an old id) and its cookie.
 * *ret_next: where to go: "~/staff", or the second factor's page. -EACCES: wrong name or password, and nothing
 * tells which. */
must_use int staff_sign_in(struct web_request *r, const char *sign_in, const char *password, const char **ret_next);
/* The second factor was given: the session becomes whole under a new cookie; the old one is dead. */
must_use int staff_complete(struct web_request *r);
void staff_sign_out(struct web_request *r);

/* --- one's own sessions --- */
struct staff_session { char id[65]; int64_t created, seen; bool mine, whole; }; /* id: hex of the cookie's hash */
enum { STAFF_SESSIONS_MAX = 50 };
/* The latest first. */
must_use int staff_sessions(struct web_request *r, struct staff_session ret[STAFF_SESSIONS_MAX], size_t *ret_n);
/* One of the caller's; NULL: all but this one. -ENOENT. */
must_use int staff_session_end(struct web_request *r, const char *id);
/* All of a member's; in the caller's transaction. */
must_use int staff_sessions_end(struct store_tx *t, uint32_t member);

/* Requests to staff pages without a session since the last call; written to the audit trail as one entry a
 * tending, since anybody can make them. */
must_use int staff_tend(struct desk *d);
