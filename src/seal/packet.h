/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A handover packet: a few files sealed to one recipient's X25519 key. docs/packet.md draws it.
 *
 *   "hisn-packet\n" 12 | version 1 | packet 16 | wrap 100 | box of the content
 *
 *   wrap       as a report's (seal_wrap): the key, the packet's number, 0
 *   box        XChaCha20-Poly1305; AAD: the 129 bytes before it
 *   content    count 1 | files | 0x80 | zeros to a multiple of 4,096
 *   file       length of name 1 | name | size 4, big endian | bytes
 *
 * Pure and total: opening reads bytes that may be anybody's. One list of files has one content. */

#include "seal/seal.h"

enum {
	PACKET_ID = SEAL_ID,
	PACKET_FILES_MAX = 8,
	PACKET_NAME_MAX = 32,          /* [a-z0-9][a-z0-9.-]*, no two dots together: safe as a file's name */
	PACKET_PLAIN_MAX = 16 << 20,   /* of the content, padding included */
	PACKET_HEAD = 12 + 1 + PACKET_ID + SEAL_WRAP,
	PACKET_MAX = PACKET_HEAD + PACKET_PLAIN_MAX + SEAL_BOX_MORE,
};
struct packet_file {
	char name[PACKET_NAME_MAX + 1];
	struct bytes body;
};

/* Bytes of the packet of these files; 0: too many, a name that is none or comes twice, or too large. */
size_t packet_size(const struct packet_file *file, size_t n);
/* ret: packet_size bytes. ERR_LIMIT (size 0), ERR_MALFORMED: a key with which anybody could open. */
must_use int packet_seal(const uint8_t recipient[SEAL_PUBLIC], const uint8_t id[PACKET_ID], const struct packet_file *file, size_t n,
	uint8_t *ret);

/* The packet's number, without opening it. ERR_FORMAT (not a packet), ERR_VERSION, ERR_TRUNCATED, ERR_LIMIT. */
must_use int packet_look(struct bytes packet, uint8_t ret_id[PACKET_ID]);
/* room: packet.n bytes, which the files then point into; the caller wipes it. ret: PACKET_FILES_MAX. Errors of
 * packet_look; ERR_MALFORMED: another's key, or damaged; nothing tells which. */
must_use int packet_open(const uint8_t public[SEAL_PUBLIC], const uint8_t secret[SEAL_KEY], struct bytes packet, uint8_t *room,
	struct packet_file *ret, size_t *ret_n);
/* What is in a content. ERR_MALFORMED; nothing but what packet_seal writes is taken. */
must_use int packet_content(struct bytes content, struct packet_file *ret, size_t *ret_n);

/* What recipient and desk read to each other: 20 digits in groups of five, of BLAKE2b-256("hisn packet key 1" | key). */
void packet_fingerprint(const uint8_t recipient[SEAL_PUBLIC], char ret[SEAL_FINGERPRINT]);
