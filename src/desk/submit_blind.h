/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What of a report goes into the blind index: at intake, and again where its keys move. */

#include "desk/desk.h"
#include "desk/report.h"

enum { SUBMIT_ADDRESSES_MAX = 24, SUBMIT_BLIND_MAX = 2 * SUBMIT_ADDRESSES_MAX + 2 + 100 };
struct submit_text { enum seal_blind_kind kind; struct bytes text; };
struct submit_blind { enum seal_blind_kind kind; uint8_t value[SEAL_BLIND]; };

/* Addresses and their hosts, the suspect's accounts (never the child's), units that must not see it: in
 * canonical form, in the arena. ret: SUBMIT_BLIND_MAX. -ENOMEM. */
must_use int submit_texts(struct arena *a, const struct report *r, struct submit_text *ret, size_t *ret_n);
/* The same as values under one epoch. session: NULL at intake. Errors as keys_blind. */
must_use int submit_blind(struct desk *d, struct arena *a, const uint8_t *session, const struct report *r, uint64_t epoch,
	struct submit_blind *ret, size_t *ret_n);
