/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The text of a signed head (C2SP tlog-checkpoint): what a log was at a size.
 *
 *   desk.example/audit                              origin: which log; also the name of the key that signs
 *   117                                             size, decimal
 *   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=    root, base64
 *
 * Lines after these are allowed and not looked at. Pure, total on hostile bytes. */

#include "decision/merkle.h"
#include "decision/note.h"

enum { CHECKPOINT_MAX = NOTE_NAME + 1 + 20 + 1 + 44 + 1, CHECKPOINT_NOTE_MAX = CHECKPOINT_MAX + NOTE_MORE };

struct checkpoint {
	char origin[NOTE_NAME];
	uint64_t size;
	uint8_t root[MERKLE_HASH];
};
/* The text; ret has CHECKPOINT_MAX bytes. The origin has been a key's name. */
void checkpoint_write(const struct checkpoint *c, char ret[CHECKPOINT_MAX], size_t *ret_n);
must_use int checkpoint_read(struct bytes text, struct checkpoint *ret); /* ERR_MALFORMED */

/* Text and signature in one. The origin is the key's name. ret: CHECKPOINT_NOTE_MAX bytes, NUL after it. */
must_use int checkpoint_sign(uint64_t size, const uint8_t root[MERKLE_HASH], const struct note_key *k,
	const uint8_t secret[NOTE_SECRET], char ret[CHECKPOINT_NOTE_MAX], size_t *ret_n);
/* A head that k signed, of the log that is named as k. Errors of note_read, note_verify; ERR_MALFORMED: a
 * note, but no head; ERR_KEY: of another log. */
must_use int checkpoint_open(struct bytes note, const struct note_key *k, struct checkpoint *ret);
