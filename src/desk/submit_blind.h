/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What of a report goes into the blind index: at intake, and again where its keys move. */

#include "desk/desk.h"
#include "desk/report.h"

enum { SUBMIT_ADDRESSES_MAX = 24, SUBMIT_BLIND_MAX = 2 * SUBMIT_ADDRESSES_MAX + 2 + 100 };
struct submit_blind { enum seal_blind_kind kind; uint8_t value[SEAL_BLIND]; };

/* Addresses and their hosts, the suspect's accounts (never the child's), units that must not see it.
 * session: NULL at intake. ret: SUBMIT_BLIND_MAX. Errors as keys_blind; -ENOMEM. */
must_use int submit_blind(struct desk *d, struct arena *a, const uint8_t *session, const struct report *r, uint64_t epoch,
	struct submit_blind *ret, size_t *ret_n);
