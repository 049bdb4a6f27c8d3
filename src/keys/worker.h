/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The threads of the key process that answer. */

#include "keys/answer.h"
#include "keys/serve.h"

#include <stdatomic.h>
#include <sys/types.h>

struct keys_workers {
	struct keys_server *server;
	int listener;
	uid_t peers[KEYS_PEERS_MAX + 2];
	unsigned npeers;
	_Atomic uint64_t limited, refused; /* -EAGAIN answered; connections of other users */
	_Atomic uint32_t refused_uid;      /* the last of them */
	_Atomic bool stop;
	pthread_mutex_t lock;              /* of what follows */
	pthread_cond_t opened;
	bool open;                         /* the gate: nothing is accepted before */
	int fds[KEYS_WORKERS];             /* -1: none */
	pthread_t threads[KEYS_WORKERS];
	unsigned nthreads;
};

/* All threads, waiting at the gate. Fields above `lock` are the caller's to set. */
must_use int keys_workers_start(struct keys_workers *w);
void keys_workers_open(struct keys_workers *w);
void keys_workers_stop(struct keys_workers *w); /* ends connections, waits for the threads */
