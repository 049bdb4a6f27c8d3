/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A request frame answered from the vault: the key process without its sockets. Any thread; one lock
 * around the vault, Argon2id outside it and at most two at once. */

#include "keys/proto.h"
#include "keys/vault.h"
#include "keys/vault_rate.h"

#include <pthread.h>

enum {
	KEYS_ARGON_AT_ONCE = 2,
	KEYS_DECOYS = 256,      /* rates of members who do not exist */
	KEYS_ARGON_WAITING = 8, /* further ones: -EAGAIN */
};

struct keys_server {
	struct vault *vault;
	struct seal_cost cost;  /* of new passwords */
	pthread_mutex_t lock;   /* of vault */
	pthread_mutex_t slots;
	pthread_cond_t slot_freed;
	unsigned running, waiting; /* in Argon2id; for it */
	struct rate_password decoy[KEYS_DECOYS]; /* under lock */
};

void keys_server_init(struct keys_server *s, struct vault *v, struct seal_cost cost);
void keys_server_done(struct keys_server *s); /* the vault stays the caller's */

/* What one connection needs to be answered; in guarded memory. Plain and sealed pass through. */
struct keys_desk {
	uint8_t in[4 + KEYS_FRAME_MAX], out[4 + KEYS_FRAME_MAX];
	union {
		uint8_t bytes[KEYS_BLOB_MAX];
		struct keys_epoch epochs[KEYS_PAGE];
		struct keys_member members[KEYS_MEMBER_MAX];
		struct keys_head head;
	} made; /* the reply's, before it is written to out */
	size_t used;
};
struct keys_desk *keys_desk_new(void); /* NULL: no memory */
void keys_desk_free(struct keys_desk *d);

/* What happened, for a journal: numbers only. */
struct keys_event {
	enum keys_op op;
	int status;
	uint32_t number;
	uint64_t epoch;
};

/* frame (in d->in, without its length) -> d->out, *ret_n bytes with the length. ERR_MALFORMED: the
 * frame cannot be read; what stands in d->out says so, and nothing more should be read. */
int keys_answer(struct keys_server *s, struct keys_desk *d, struct bytes frame, int64_t now, size_t *ret_n,
	struct keys_event *ret_event);
void keys_desk_wipe(struct keys_desk *d); /* after the reply has been sent */
