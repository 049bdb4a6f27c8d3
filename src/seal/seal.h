/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the desk seals reports with. Pure, on libsodium: no I/O, no clock, no state. docs/sealing.md
 * draws the keys.
 *
 *   report key K (random, one a report)
 *     +- message 0, 1, 2 ...   XChaCha20-Poly1305, AAD = report, sequence, type, schema; padded
 *     +- wrap                  sealed box of (K, report, number) to an epoch's public key
 *
 * What a reporter answers later cannot be sealed under K (nobody outside has it): such a message has
 * a key of its own, `number` > 0, wrapped the same way.
 *
 * Every function here is total on hostile input. Keys passed in belong to the caller, who wipes them.
 * Call seal_start() once a process before anything else. */

#include "base/bytes.h"
#include "base/err.h"

enum {
	SEAL_ID = 16,       /* of a report */
	SEAL_KEY = 32,      /* symmetric, and X25519 secret */
	SEAL_PUBLIC = 32,   /* X25519 public */
	SEAL_WRAP = 100,    /* 48 of the sealed box + 32 key + 16 report + 4 number */
	SEAL_PLAIN_MAX = 192 * 1024, /* bytes of one message before padding */
	SEAL_SCHEMA = 1,
};

/* One message's place. It is authenticated, not stored inside. */
struct seal_place {
	uint8_t report[SEAL_ID];
	uint32_t sequence; /* 0, 1, 2 ... within the report */
	uint8_t type;      /* enum seal_type */
	uint8_t schema;    /* SEAL_SCHEMA */
};

enum seal_type { SEAL_REPORT = 1, SEAL_QUESTION = 2, SEAL_ANSWER = 3, SEAL_NOTE = 4, SEAL_WITHDRAWAL = 5,
	SEAL_NOTICE = 6, SEAL_ASSESSMENT = 7, SEAL_REFERRAL = 8, SEAL_TASK = 9 };

must_use int seal_start(void); /* -ENOSYS where libsodium cannot start */

/* --- messages --- */
/* Bytes of the sealed form of n plain bytes: nonce 24 + padded bucket + tag 16. Buckets (of n + 1,
 * ISO/IEC 7816-4 padding): 1, 2, 4, 8, 16, 32, 64, 128, 192 KiB + 1. 0: n > SEAL_PLAIN_MAX. */
size_t seal_message_size(size_t n);
/* ret: seal_message_size(plain.n) bytes. ERR_LIMIT. */
must_use int seal_message(const uint8_t key[SEAL_KEY], const struct seal_place *at, struct bytes plain, uint8_t *ret);
/* ret: sealed.n bytes of room. ERR_MALFORMED (damaged, moved, another key; nothing tells which). */
must_use int seal_message_open(const uint8_t key[SEAL_KEY], const struct seal_place *at, struct bytes sealed,
	uint8_t *ret, size_t *ret_n);

/* --- wraps --- */
must_use int seal_wrap(const uint8_t epoch_public[SEAL_PUBLIC], const uint8_t key[SEAL_KEY], const uint8_t report[SEAL_ID],
	uint32_t number, uint8_t ret[SEAL_WRAP]);
/* ERR_MALFORMED, also when the wrap is of another report or number. */
must_use int seal_wrap_open(const uint8_t epoch_public[SEAL_PUBLIC], const uint8_t epoch_secret[SEAL_KEY],
	const uint8_t report[SEAL_ID], uint32_t number, const uint8_t wrap[SEAL_WRAP], uint8_t ret_key[SEAL_KEY]);

/* --- boxes under a symmetric key, for hidden form fields and the key store; ad may be empty --- */
enum { SEAL_BOX_MORE = 24 + 16 };
must_use int seal_box(const uint8_t key[SEAL_KEY], struct bytes ad, struct bytes plain, uint8_t *ret); /* plain.n + SEAL_BOX_MORE */
must_use int seal_box_open(const uint8_t key[SEAL_KEY], struct bytes ad, struct bytes box, uint8_t *ret, size_t *ret_n);

/* --- receipts: nine words of a list of 2,048, as numbers; the same receipt in every language --- */
enum { SEAL_WORDS = 9, SEAL_WORD_COUNT = 2048, SEAL_LOOKUP = 16 };
struct seal_receipt { /* all of it derived; wiped by whoever holds it */
	uint8_t lookup[SEAL_LOOKUP];       /* stands in the database */
	uint8_t mailbox_public[SEAL_PUBLIC];
	uint8_t mailbox_secret[SEAL_KEY];
};
/* r = HMAC-SHA-512/256(pepper, words); HKDF (RFC 5869) of r gives lookup id and mailbox seed. The
 * pepper never leaves the key process. ERR_LIMIT: a word number is 2,048 or more. */
must_use int seal_receipt(const uint8_t pepper[SEAL_KEY], const uint16_t words[SEAL_WORDS], struct seal_receipt *ret);
void seal_words_random(uint16_t ret[SEAL_WORDS]); /* 99 random bits */

/* --- mailbox: a sealed box to the reporter; the key process puts an outer box around it --- */
enum { SEAL_MAIL_MORE = 48 };
size_t seal_mail_size(size_t n); /* padded to the same buckets */
must_use int seal_mail(const uint8_t mailbox_public[SEAL_PUBLIC], struct bytes plain, uint8_t *ret);
must_use int seal_mail_open(const struct seal_receipt *receipt, struct bytes sealed, uint8_t *ret, size_t *ret_n);

/* --- blind index --- */
enum { SEAL_BLIND = 16 };
enum seal_blind_kind { SEAL_BLIND_ADDRESS = 1, SEAL_BLIND_HOST = 2, SEAL_BLIND_ACCOUNT = 3, SEAL_BLIND_EXCLUDED = 4 };
/* What is compared: the caller has made text canonical. */
void seal_blind(const uint8_t key[SEAL_KEY], enum seal_blind_kind kind, struct bytes text, uint8_t ret[SEAL_BLIND]);

/* --- members: X25519 + Ed25519 from one seed, under Argon2id(password) --- */
enum { SEAL_SALT = 16, SEAL_MEMBER_BOX = 32 + SEAL_BOX_MORE, SEAL_SIGNATURE = 64 };
struct seal_member_public {
	uint8_t box[SEAL_PUBLIC];  /* X25519 */
	uint8_t sign[32];          /* Ed25519 */
};
struct seal_member_secret { /* in sodium_malloc memory */
	uint8_t box[SEAL_KEY];
	uint8_t sign[64];
	struct seal_member_public pub;
};
struct seal_cost { uint32_t passes; uint32_t memory_kib; }; /* Argon2id; RFC 9106 */
#define SEAL_COST_DEFAULT ((struct seal_cost){ 3, 256 * 1024 })
#define SEAL_COST_TEST ((struct seal_cost){ 1, 8 * 1024 })
must_use int seal_member_new(struct seal_member_secret *ret, uint8_t ret_seed[SEAL_KEY]);
must_use int seal_member_from_seed(const uint8_t seed[SEAL_KEY], struct seal_member_secret *ret);
/* The seed under the password. -ENOMEM. Takes up to a second: never under a lock. */
must_use int seal_member_lock(const uint8_t seed[SEAL_KEY], struct bytes password, struct seal_cost cost,
	const uint8_t salt[SEAL_SALT], uint8_t ret[SEAL_MEMBER_BOX]);
must_use int seal_member_unlock(const uint8_t box[SEAL_MEMBER_BOX], struct bytes password, struct seal_cost cost,
	const uint8_t salt[SEAL_SALT], uint8_t ret_seed[SEAL_KEY]); /* ERR_MALFORMED: the password is wrong */
/* What two people read to each other: 20 digits in groups of five, of BLAKE2b(box, sign). */
enum { SEAL_FINGERPRINT = 24 };
void seal_member_fingerprint(const struct seal_member_public *m, char ret[SEAL_FINGERPRINT]);

/* --- 3-of-5 recovery: ten nested sealed boxes, one for each three of the five holders --- */
enum { SEAL_HOLDERS = 5, SEAL_TRIPLES = 10, SEAL_NEST = 32 + 3 * 48 };
/* Triple t in order of holders: 012 013 014 023 024 034 123 124 134 234. The outermost layer is the
 * first holder's. */
void seal_triple(unsigned t, unsigned ret[3]);
must_use int seal_nest(const uint8_t holders[SEAL_HOLDERS][SEAL_PUBLIC], const uint8_t secret[SEAL_KEY],
	uint8_t ret[SEAL_TRIPLES][SEAL_NEST]);
/* Peel one layer with one holder's pair: n in {176, 128, 80} bytes becomes n - 48. */
must_use int seal_peel(const uint8_t holder_public[SEAL_PUBLIC], const uint8_t holder_secret[SEAL_KEY],
	struct bytes layer, uint8_t *ret);

/* --- times: whole hours, rounded down --- */
static inline int64_t seal_round_time(int64_t unix_seconds)
{
	return unix_seconds - ((unix_seconds % 3600) + 3600) % 3600;
}
