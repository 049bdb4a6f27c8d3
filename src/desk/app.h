/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Putting a desk together and running it. For hisn-desk. */

#include "desk/config.h"
#include "desk/desk.h"

struct desk_open {
	bool keys;    /* connect to the key process */
	bool migrate; /* bring the database's tables up to date */
};
/* The shipped data folder is used where desk.yaml names none. The note says what failed, and what to do. */
must_use int desk_open(const char *config, const char *data, struct desk_open want, struct desk **ret,
	struct err_note *note);
void desk_close(struct desk *d); /* NULL is fine */

/* All of the desk's routes; the caller frees. NULL: no memory. */
struct web_route *desk_routes(size_t *ret_n);

/* Serve until *stop; ready is called once it listens, with the first address's port. */
must_use int desk_serve(struct desk *d, const volatile int *stop, void (*ready)(void *ctx, unsigned port), void *ctx,
	struct err_note *note);

/* A one-time link to become the first administrator (or another): the path, "/staff/join/TOKEN", in
 * the arena. Good for three days, once. */
/* Whether anybody is administrator yet. */
must_use int desk_has_administrator(struct desk *d, bool *ret);
struct desk_invitation { int role; const char *unit, *name; uint32_t by; /* the administrator; 0: the host's keeper */ };
must_use int desk_invite(struct desk *d, struct arena *a, const struct desk_invitation *i, const char **ret);
