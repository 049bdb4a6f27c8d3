/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What one shift tells the next, in words: sealed to the unit's triage epoch of this week, opened one by one with a
 * member's keys, each opening audited. Erased after 14 days. */

#include "desk/desk.h"
#include "desk/staff/session.h"

enum { HANDOVER_MAX = 16 * 1024, HANDOVERS_SHOWN = 20 };
struct handover { uint8_t id[SEAL_ID]; uint32_t author; const char *name; int64_t at; };

/* text: UTF-8. -EINVAL: empty or longer than HANDOVER_MAX bytes; errors of keys_epoch and the store. */
must_use int handover_write(struct desk *d, const struct staff *by, const char *text);
/* Those of the reader's unit, the latest first; at most HANDOVERS_SHOWN. */
must_use int handover_list(struct desk *d, struct arena *a, const struct staff *who, struct handover **ret, size_t *ret_n);
/* The text in the arena, for the caller to wipe; the audit entry is on disk before. -ENOENT: none of their unit;
 * -EACCES: not with their keys, or erased; -EAGAIN: the key process's rate. */
must_use int handover_open(struct desk *d, struct arena *a, const struct staff *who, const uint8_t id[SEAL_ID], struct handover *ret,
	struct bytes *ret_text);
must_use int handover_tend(struct desk *d);
