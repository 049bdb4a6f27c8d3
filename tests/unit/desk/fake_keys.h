/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A key process inside the test: same sealing, no socket, no rates but the one asked for. A session is the
 * name of a unit: it opens what is wrapped to epochs of that unit. */

#include "keys/client.h"

enum { FAKE_EPOCHS = 64 };
struct fake_keys {
	uint8_t pepper[SEAL_KEY], mail[SEAL_KEY], blind[SEAL_KEY], box[SEAL_KEY], form[2][SEAL_KEY];
	struct keys_epoch epoch[FAKE_EPOCHS];
	uint8_t secret[FAKE_EPOCHS][SEAL_KEY];
	size_t epoch_n;
	const char *staffed[4]; /* units, besides the national desk, that somebody works in */
	_Atomic size_t calls;
	struct keys_head head;  /* as the key process keeps it */
	uint8_t head_root[MERKLE_HASH], head_secret[NOTE_SECRET];
	int fail; /* what each call answers from the fail_after-th on */
	size_t fail_after;
};
void fake_keys_init(struct fake_keys *f);
/* KEYS_SESSION bytes; eight at a time. */
const uint8_t *fake_session(const char *unit);
/* The next keys_epoch of this unit and class is another one, as in another week. */
void fake_keys_next_week(struct fake_keys *f);
void fake_keys_erase(struct fake_keys *f, uint64_t epoch);
