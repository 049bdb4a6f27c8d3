/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* For answer.c: what the reporter's own words do to a case. */

#include "desk/desk.h"

struct answered;

/* In the transaction that reads where the answer goes. ERR_REFUSED: the case takes none any more. */
must_use int answered_look(struct store_tx *t, struct desk *d, struct arena *a, const uint8_t report[SEAL_ID], struct answered **ret);
/* In the transaction that writes it. -ESTALE: the case changed since; look again. */
must_use int answered_put(struct store_tx *t, struct answered *w);
