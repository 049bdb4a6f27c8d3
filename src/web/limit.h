/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Pressure by address: how many connections, how often a WEB_SLOW route. An address becomes a keyed
 * hash at once (the key is new at each start) and is kept nowhere. IPv6 counts by /56, what a household
 * is given. Not for threads to share: the server holds its lock. */

#include "base/bytes.h"
#include "base/err.h"

#include <sys/socket.h>

enum {
	LIMIT_BURST = 10,      /* WEB_SLOW requests at once that are not late */
	LIMIT_EVERY_MS = 6000, /* then one each */
	LIMIT_DELAY_MS = 8000, /* the latest that anyone is answered */
	LIMIT_STEP_MS = 500,   /* later by this for each request above */
	LIMIT_SHARED = 16,     /* times as much for an address that many stand behind (loopback, onion) */
};

struct web_peer {
	uint64_t hash; /* 0: none (Unix socket) */
	bool shared;   /* a loopback address */
	bool local;    /* loopback or Unix socket: may be a proxy of ours */
};

struct web_limit;
must_use int web_limit_new(unsigned connections, struct web_limit **ret);
void web_limit_free(struct web_limit *l); /* NULL is fine */

struct web_peer web_limit_peer(const struct web_limit *l, const struct sockaddr *a);
/* The last address of X-Forwarded-For. False: there is none. */
must_use bool web_limit_forwarded(const struct web_limit *l, const char *header, struct web_peer *ret);

/* Connections of a peer. */
unsigned web_limit_count(const struct web_limit *l, struct web_peer p);
void web_limit_opened(struct web_limit *l, struct web_peer p);
void web_limit_closed(struct web_limit *l, struct web_peer p);

/* A WEB_SLOW request: how many milliseconds late it is to be answered; 0 to LIMIT_DELAY_MS. */
unsigned web_limit_delay(struct web_limit *l, struct web_peer p, int64_t now_ms);
