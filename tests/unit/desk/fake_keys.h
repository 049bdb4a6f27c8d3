/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A key process inside the test: same sealing, no socket, no rates but the one asked for. */

#include "keys/client.h"

struct fake_keys {
	uint8_t pepper[SEAL_KEY], mail[SEAL_KEY], blind[SEAL_KEY], box[SEAL_KEY], form[2][SEAL_KEY];
	struct keys_epoch epoch[4];
	uint8_t secret[4][SEAL_KEY];
	size_t epoch_n;
	_Atomic size_t calls;
	int fail; /* what each call answers from the fail_after-th on */
	size_t fail_after;
};
void fake_keys_init(struct fake_keys *f);
