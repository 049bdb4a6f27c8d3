/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Members of staff whom a reporter named (field `excluded_persons`) do not find the report, whatever their
 * role: rows of `excluded`. */

#include "desk/desk.h"

/* In the caller's write transaction. words: the field; NULL: nobody. *ret_self: `member` is one of them. */
must_use int desk_exclude(struct store_tx *t, const uint8_t report[SEAL_ID], const char *words, uint32_t member, bool *ret_self);
