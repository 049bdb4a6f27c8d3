/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Signed notes (C2SP signed-note) with Ed25519: text that people and programs can carry, print and check.
 *
 *   desk.example/audit                                     text: UTF-8, ends with a newline, without
 *   117                                                    control characters
 *   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 *                                                          the last empty line
 *   — desk.example/audit Az3grlgtzPICa5OS8npVmf1Myq/...    em dash, key's name, base64(id 4 | signature 64)
 *
 * A key is its name and its id, SHA-256(name | "\n" | 0x01 | public key) cut to four bytes; people copy it
 * as "name+id in hex+base64(0x01 | public key)". Pure, total on hostile bytes. */

#include "base/bytes.h"
#include "base/err.h"

enum {
	NOTE_MAX = 64 * 1024,    /* bytes of a note */
	NOTE_NAME = 128,         /* of a key's name, with its NUL */
	NOTE_PUBLIC = 32,
	NOTE_SECRET = 64,        /* as libsodium keeps it: seed | public */
	NOTE_SIGNATURE = 64,
	NOTE_ID = 4,
	NOTE_SIGNATURES = 32,    /* of one note at most */
	NOTE_KEY_TEXT = NOTE_NAME + 1 + 8 + 1 + 44 + 1,
	NOTE_MORE = 1 + 4 + NOTE_NAME + 1 + 92 + 1, /* what one signature adds to a text, at most, with a NUL */
};

struct note_key {
	char name[NOTE_NAME];
	uint8_t id[NOTE_ID];
	uint8_t pub[NOTE_PUBLIC];
};
/* ERR_MALFORMED: not a key's name (empty, too long, with a space, a plus or a control character). */
must_use int note_key_set(struct note_key *ret, const char *name, const uint8_t pub[NOTE_PUBLIC]);
void note_key_write(const struct note_key *k, char ret[NOTE_KEY_TEXT]);
/* One key as note_key_write wrote it, nothing after it. ERR_MALFORMED; ERR_KEY: the id is not the key's. */
must_use int note_key_read(struct bytes text, struct note_key *ret);

/* text and one signature; ret: text.n + NOTE_MORE bytes, NUL after it. ERR_MALFORMED: not a note's text. */
must_use int note_sign(struct bytes text, const struct note_key *k, const uint8_t secret[NOTE_SECRET], char *ret, size_t *ret_n);

struct note_signature { struct bytes name, signature; uint8_t id[NOTE_ID]; };
struct note {
	struct bytes text; /* borrowed, as the names */
	struct note_signature by[NOTE_SIGNATURES];
	uint8_t signature[NOTE_SIGNATURES][NOTE_SIGNATURE]; /* of those that are as long as ours */
	unsigned n;
};
/* ERR_MALFORMED; ERR_LIMIT: longer or with more signatures than we look at. Says nothing of who signed. */
must_use int note_read(struct bytes note, struct note *ret);
/* 0: signed by k. -ENOENT: not by k. ERR_CHECKSUM: somebody put k's name under it. */
must_use int note_verify(const struct note *n, const struct note_key *k);
