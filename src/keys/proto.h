/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What client and key process say to each other, as bytes. One description of each message serves
 * both ends and both directions. Little endian.
 *
 *   request: length u32 | op u8 | fields            length counts what follows it
 *   reply:   length u32 | op u8 | status i32 | fields, if status is 0
 *
 * The first request of a connection is KEYS_OP_HELLO with the version; the answer to a frame that
 * cannot be read is ERR_MALFORMED and the end of the connection; a frame that is too long ends it. Fields are fixed, but for bytes
 * (u32 length first) and lists (u32 count first). */

#include "keys/client.h"

enum {
	KEYS_VERSION = 2,
	KEYS_BLOB_MAX = 256 * 1024,             /* any one field of bytes */
	KEYS_PASSWORD_MAX = 1024,
	KEYS_FRAME_MAX = KEYS_BLOB_MAX + 4096,  /* without the length */
	KEYS_PAGE = 1024,                       /* epochs in one reply */
	KEYS_CONTEXT_MAX = 64,                  /* of a small secret */
	KEYS_PROOF_MAX = MERKLE_PROOF * MERKLE_HASH,
};

enum keys_op {
	KEYS_OP_HELLO = 1, KEYS_OP_STATUS, KEYS_OP_EPOCH, KEYS_OP_EPOCHS, KEYS_OP_ERASE, KEYS_OP_RECEIPT,
	KEYS_OP_MAIL, KEYS_OP_MAIL_OPEN, KEYS_OP_BLIND, KEYS_OP_FORM, KEYS_OP_MEMBER_NEW, KEYS_OP_CONFIRM,
	KEYS_OP_LEAVE, KEYS_OP_MEMBERS, KEYS_OP_SIGN_IN, KEYS_OP_SIGN_OUT, KEYS_OP_PASSWORD, KEYS_OP_OPEN,
	KEYS_OP_SEAL, KEYS_OP_REWRAP, KEYS_OP_SHARE, KEYS_OP_RESET, KEYS_OP_SESSION, KEYS_OP_BOX, KEYS_OP_UNBOX, KEYS_OP_HEAD, KEYS_OP_HEAD_SIGN,
	KEYS_OP_BLIND_ALL, KEYS_OP_END,
};

/* Of these an op uses some; the others stay as they are. A session of zeros: none. */
struct keys_request {
	enum keys_op op;
	uint8_t kind;          /* version, class, role, blind kind, or "returning" */
	uint32_t number;       /* a member, or a key's number within its report */
	uint64_t epoch, to_epoch; /* KEYS_OP_EPOCHS: those after `epoch`; KEYS_OP_HEAD_SIGN: the size */
	int64_t when;
	char unit[KEYS_UNIT], fingerprint[SEAL_FINGERPRINT];
	uint16_t words[SEAL_WORDS];
	uint8_t session[KEYS_SESSION], key[SEAL_PUBLIC] /* or a root */, wrap[SEAL_WRAP];
	struct seal_place at;
	struct bytes a, b;     /* decoded: borrowed from the frame */
};

struct keys_reply {
	enum keys_op op;
	int status;
	uint8_t session[KEYS_SESSION], key[2][SEAL_KEY], wrap[SEAL_WRAP], blind[SEAL_BLIND];
	struct keys_receipt receipt;
	struct keys_status process;
	struct keys_epoch *epochs;   /* the caller's, room for cap; one for KEYS_OP_EPOCH */
	struct keys_member *members; /* the same; one where the reply is a member */
	struct keys_head *head;      /* the caller's, for KEYS_OP_HEAD */
	size_t cap, n;              /* n: also the number of epochs shared */
	struct bytes a;
};

/* A frame with its length into buf (4 + KEYS_FRAME_MAX bytes). ERR_LIMIT: a field is too long. */
must_use int keys_request_write(const struct keys_request *q, uint8_t *buf, size_t *ret_n);
must_use int keys_reply_write(const struct keys_reply *r, uint8_t *buf, size_t *ret_n);

/* A frame without its length. Total on hostile bytes: ERR_MALFORMED. */
must_use int keys_request_read(struct bytes frame, struct keys_request *ret);
/* epochs, members, cap are set by the caller; ERR_LIMIT when the list is longer. */
must_use int keys_reply_read(struct bytes frame, enum keys_op op, struct keys_reply *ret);

/* May the request be sent again when the connection ended after it was sent whole and nothing came
 * back? Not those that would then do something twice, or answer as if they had failed. */
bool keys_op_repeatable(enum keys_op op);
/* Takes Argon2id, up to a second. */
bool keys_op_slow(enum keys_op op);
