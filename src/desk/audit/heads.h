/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Signed heads: what the trail was at a size, under the key process's key (keys/client.h). They stand in
 * audit_note, and, so that who has this machine cannot cut the tail unseen, elsewhere: in a file that may lie on
 * another machine, and in the mail of people. */

#include "decision/checkpoint.h"
#include "desk/desk.h"

/* Sign the trail as it is now, unless that has been done, and keep the note. *ret_size (may be NULL): of the
 * head that now is the last; 0: an empty trail has none. ERR_REFUSED: the key process signed something else
 * before; ERR_CHECKSUM: its file is damaged, or the trail itself is. */
must_use int audit_sign(struct desk *d, uint64_t *ret_size);
/* For desk_serve's tending: signs each hour when there is something new, writes the file, sends mail once a day. */
must_use int audit_tend(struct desk *d);
/* ... at the end: what is new is signed and written. */
must_use int audit_tend_last(struct desk *d);

/* The latest `cap` notes, the largest first; texts in the arena. */
struct audit_note { int64_t size; const char *note; };
must_use int audit_notes(struct store_tx *t, struct arena *a, int64_t before, size_t cap, struct audit_note **ret, size_t *ret_n);

/* The next head in a text that may hold other things around them (a mail, a file of many): `text` is moved past
 * it. 0: signed by k; -ENOENT: no more; ERR_CHECKSUM, ERR_KEY: one of this name that k did not sign. */
must_use int audit_head_find(struct bytes *text, const struct note_key *k, struct checkpoint *ret);
