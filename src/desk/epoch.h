/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What is asked of the key process for every report, remembered for a minute: the current triage epoch
 * and the keys of forms. All threads. Process-wide, as the desk is; desk_keys_forget() at its end. */

#include "desk/desk.h"

/* The national desk's triage epoch of this week. Errors as keys_epoch. */
must_use int desk_epoch_triage(struct desk *d, struct keys_epoch *ret);
/* Those of n epochs that have not been erased, in their order; ret: n. */
must_use int desk_epochs_by_id(struct desk *d, const uint64_t *id, size_t n, struct keys_epoch *ret, size_t *ret_n);

struct desk_form_keys { uint8_t now[SEAL_KEY], before[SEAL_KEY]; };
/* fresh: ask again even within the minute (another front end may be ahead of us). The caller wipes. */
must_use int desk_form_keys(struct desk *d, bool fresh, struct desk_form_keys *ret);

void desk_keys_forget(void);
