/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The control socket: a Unix stream socket (mode 0600). A client sends one line, a verb, and gets one
 * line of JSON; then the connection ends. Verbs and answers: docs/guard.md. Main thread only. */

#include "base/err.h"

#include <stdio.h>

struct event_base;
struct control;

/* Write one JSON object for the verb to f ("{...}", no line end). */
typedef void control_verb(void *ctx, const char *verb, FILE *f);

must_use int control_new(struct event_base *base, const char *path, control_verb *verb, void *ctx,
	struct control **ret, struct err_note *note);
void control_free(struct control *c); /* removes the socket; NULL is fine */

/* The client's side: send a verb, wait at most timeout_ms, get the line in *ret (free it).
 * -ECONNREFUSED, -ENOENT: nobody serves there; -ETIMEDOUT; ERR_MALFORMED. */
must_use int control_ask(const char *path, const char *verb, int timeout_ms, char **ret);
