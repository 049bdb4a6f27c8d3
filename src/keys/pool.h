/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The client's connections: at most KEYS_POOL at once, kept open between calls. Each has one buffer
 * in guarded memory for request and reply, wiped after the call. */

#include "keys/proto.h"

enum {
	KEYS_POOL = 24,      /* of the 64 the key process serves: desk, tools and one more have room */
	KEYS_SLOW = 6,       /* of these in Argon2id; so that sign-ins never hold up a report */
	KEYS_TIMEOUT_MS = 10000,
};

/* One question, one answer. wipe what `ret` borrows from with keys_pool_put. */
struct keys_line;
must_use int keys_ask(struct keys *k, const struct keys_request *q, struct keys_reply *ret, struct keys_line **ret_line);
void keys_pool_put(struct keys *k, struct keys_line *l); /* NULL is fine */
