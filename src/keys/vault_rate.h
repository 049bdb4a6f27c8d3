/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* How often. All the figures in one place; none is ever written to a file. Private to this room. */

#include "base/err.h"

/* A token bucket that zeros make full. */
struct rate {
	int64_t at;   /* last use */
	int64_t owed; /* in 1/3600 of a token */
};
struct rate_limit { int32_t an_hour, burst; };

/* A report is a handful of messages: this is a person reading, not a program copying. */
#define RATE_OPEN ((struct rate_limit){ 240, 120 })
/* Triage moves each key of a report once or twice. */
#define RATE_REWRAP ((struct rate_limit){ 600, 300 })
/* Texts that are looked for, in one epoch or in all. */
#define RATE_BLIND ((struct rate_limit){ 3600, 1000 })
/* All of intake together: ten lookups for each of ten reports a second. Slows who tries a dictionary. */
#define RATE_BLIND_INTAKE ((struct rate_limit){ 100 * 3600, 1000 })
/* All together. 99 bits cannot be guessed at any rate; this bounds what a flood costs. */
#define RATE_RECEIPT_NEW ((struct rate_limit){ 100 * 3600, 1000 })
#define RATE_RECEIPT_RETURNING ((struct rate_limit){ 5 * 3600, 100 })

must_use int rate_take(struct rate *r, struct rate_limit limit, int64_t now); /* -EAGAIN */

/* Wrong passwords of one member: three are free, then 15 s, 30 s, 60 s ... to a quarter of an hour. */
struct rate_password {
	uint32_t attempts;
	int64_t last, until;
};
enum { RATE_PASSWORD_FREE = 3, RATE_PASSWORD_FIRST = 15, RATE_PASSWORD_LONGEST = 900 };
must_use int rate_password_attempt(struct rate_password *r, int64_t now); /* -EAGAIN; else counts it */
void rate_password_right(struct rate_password *r);
