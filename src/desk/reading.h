/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One message of a report, opened (work_open). */

#include "base/bytes.h"

#include <sodium.h>

struct reading_message {
	uint32_t seq;
	uint8_t type;           /* enum seal_type */
	int64_t at;
	struct bytes plain;     /* in the arena of who asked */
};
/* Wiped before it is given back; nothing was opened: fine. */
static inline void reading_done(struct reading_message *m)
{
	if (m->plain.p)
		sodium_memzero((void *)(uintptr_t)m->plain.p, m->plain.n);
	m->plain = bytes_of(NULL, 0);
}
