/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Reports that somebody must not find: whom the reporter named, or who stepped aside. The trail is no way
 * round that, whatever their role. */

#include "desk/audit/trail.h"

struct audit_hidden { uint8_t (*id)[SEAL_ID]; size_t n; };
must_use int audit_hidden_read(struct store_tx *t, struct arena *a, uint32_t member, struct audit_hidden *ret);
/* The entry is about one of them, or names one in a path that was asked for. */
bool audit_hidden_has(const struct audit_hidden *h, const struct audit_row *r);
