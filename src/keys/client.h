/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The desk's way to its key process (hisn-keys), over a Unix socket. The only header of this room
 * that others may include (LAYERS).
 *
 * The key process holds the key store S. Opening anything needs S and a member who has signed in;
 * sealing needs neither: the desk asks for an epoch's public key and seals by itself.
 *
 * A struct keys is a pool of connections for all threads; the first call connects. A call takes well under a millisecond,
 * except keys_member_new, _sign_in and _password (Argon2id, up to a second). Errors: errno values of
 * the socket (-ECONNREFUSED: it does not run, -EPIPE after one silent reconnect, -ETIMEDOUT after 10 s,
 * -EPERM: not a user it answers to); ERR_LIMIT: longer than a message can be; -EAGAIN: the
 * rate limit, try again in a moment; -EACCES: not signed in, idle too long, or not a member of the
 * unit; -ENOENT: no such epoch (erased) or member; ERR_MALFORMED: does not open. */

#include "decision/checkpoint.h"
#include "seal/seal.h"

struct keys;

must_use int keys_open(const char *socket_path, struct keys **ret);
void keys_close(struct keys *k); /* NULL is fine */

enum { KEYS_UNIT = 16, KEYS_SESSION = 32, KEYS_MEMBER_MAX = 512 };
#define KEYS_NATIONAL "national"

/* Retention classes: what an epoch is for, besides unit and week. */
enum keys_class { KEYS_TRIAGE, KEYS_SPAM, KEYS_UNFOUNDED, KEYS_CONFIRMED, KEYS_HOLD, KEYS_CLASS_COUNT };

struct keys_epoch {
	uint64_t id;    /* never used again */
	char unit[KEYS_UNIT];
	enum keys_class class;
	int64_t from, to; /* Unix seconds: a week, Monday 00:00 UTC */
	uint8_t pub[SEAL_PUBLIC];
};

/* The epoch of unit, class and the week of `when` (0: now), made on first use. It can be made only
 * for this week and those around it. -EINVAL: not a unit's name ([a-zA-Z0-9-]{1,15}). */
must_use int keys_epoch(struct keys *k, const char *unit, enum keys_class class, int64_t when, struct keys_epoch *ret);
/* Every epoch that has not been erased; *ret_n at most cap. */
must_use int keys_epochs(struct keys *k, struct keys_epoch *ret, size_t cap, size_t *ret_n);
/* Destroy the private half. What it sealed can be opened by nobody once S's own backup has turned
 * over (at most 7 days). Needs a supervisor's session, or the epoch's own end of retention (the key
 * process keeps the table of FACTS: spam 7 days, unfounded 90, after the week's end). */
must_use int keys_epoch_erase(struct keys *k, const uint8_t session[KEYS_SESSION], uint64_t epoch);

/* --- for anybody: receipts, mailbox, blind index, keys of forms --- */
struct keys_receipt { uint8_t lookup[SEAL_LOOKUP]; uint8_t mailbox_public[SEAL_PUBLIC]; };
/* returning: somebody comes back with the words (its own, stricter rate). */
must_use int keys_receipt(struct keys *k, const uint16_t words[SEAL_WORDS], bool returning, struct keys_receipt *ret);
/* Sealed to the mailbox, outer layer under S. ret: keys_mail_size(plain.n). */
size_t keys_mail_size(size_t n);
must_use int keys_mail(struct keys *k, const uint8_t mailbox_public[SEAL_PUBLIC], struct bytes plain, uint8_t *ret);
must_use int keys_mail_open(struct keys *k, const uint16_t words[SEAL_WORDS], struct bytes sealed, uint8_t *ret, size_t *ret_n);
/* At intake for the current triage epochs only; others need a session (NULL: none). */
must_use int keys_blind(struct keys *k, const uint8_t session[KEYS_SESSION], uint64_t epoch, enum seal_blind_kind kind,
	struct bytes text, uint8_t ret[SEAL_BLIND]);
/* Under every epoch that the session's member may open, the newest KEYS_BLIND_ALL_MAX of them: one look for one
 * text, and one of the rate. A value tells its epoch by itself. ret: room for cap; ERR_LIMIT: there are more. */
enum { KEYS_BLIND_ALL_MAX = 8192 };
must_use int keys_blind_all(struct keys *k, const uint8_t session[KEYS_SESSION], enum seal_blind_kind kind, struct bytes text,
	uint8_t (*ret)[SEAL_BLIND], size_t cap, size_t *ret_n);
/* Two keys for hidden form fields: of this period of twelve hours and of the one before. */
must_use int keys_form(struct keys *k, uint8_t ret_now[SEAL_KEY], uint8_t ret_before[SEAL_KEY]);

/* --- members --- */
enum keys_role { KEYS_ANALYST = 1, KEYS_SUPERVISOR = 2, KEYS_OFFICER = 3, KEYS_AUDITOR = 4, KEYS_ADMINISTRATOR = 5 };
enum keys_state { KEYS_CANDIDATE = 1, KEYS_ACTIVE = 2, KEYS_LEFT = 3 };
struct keys_member {
	uint32_t id;
	enum keys_role role;
	enum keys_state state;
	char unit[KEYS_UNIT];      /* "" for auditors and administrators: their role holds no key */
	char fingerprint[SEAL_FINGERPRINT];
	uint8_t sign[32];          /* Ed25519, for signed approvals */
	uint32_t confirmed_by[2];  /* 0: not yet */
};
/* A candidate makes their own keys. An administrator or auditor is active at once and opens nothing. */
must_use int keys_member_new(struct keys *k, const char *unit, enum keys_role role, struct bytes password, struct keys_member *ret);
/* An active member of the unit (or of the national desk) who has compared the fingerprint. The second
 * of two confirmations makes the candidate active and wraps the unit's epochs to them. Founding: until
 * the national desk has two active members, candidates confirm each other. -EPERM: oneself, twice, or
 * not entitled; ERR_REFUSED: the fingerprint differs. */
must_use int keys_member_confirm(struct keys *k, const uint8_t session[KEYS_SESSION], uint32_t candidate, const char *fingerprint);
/* A member goes: sessions end, their wraps are destroyed, this week's epochs of the unit are replaced. */
must_use int keys_member_leave(struct keys *k, const uint8_t session[KEYS_SESSION], uint32_t member);
/* Wrap every epoch of the unit that the session's member can open to another active member of it: for
 * someone who was confirmed by the national desk. ret_epochs may be NULL. -EPERM: another unit. */
must_use int keys_member_share(struct keys *k, const uint8_t session[KEYS_SESSION], uint32_t member, size_t *ret_epochs);
/* Password forgotten: new keys under a new one, candidate again with the same id; old wraps and
 * sessions are gone. By whom, and ERR_REFUSED: as keys_member_leave, see vault.h. */
must_use int keys_member_reset(struct keys *k, const uint8_t session[KEYS_SESSION], uint32_t member,
	struct bytes password, struct keys_member *ret);
/* Whose session it is: -EACCES when it has ended. Counts as a use. */
must_use int keys_session(struct keys *k, const uint8_t session[KEYS_SESSION], struct keys_member *ret);
must_use int keys_members(struct keys *k, struct keys_member *ret, size_t cap, size_t *ret_n);
/* Wrong passwords: the fourth and each later within a quarter of an hour takes longer (-EAGAIN). */
must_use int keys_sign_in(struct keys *k, uint32_t member, struct bytes password, uint8_t ret_session[KEYS_SESSION]);
must_use int keys_sign_out(struct keys *k, const uint8_t session[KEYS_SESSION]);
must_use int keys_password(struct keys *k, const uint8_t session[KEYS_SESSION], struct bytes old, struct bytes new);

/* --- opening, with a session of a member of the epoch's unit; rate-limited a member --- */
struct keys_wrapped { uint64_t epoch; uint32_t number; const uint8_t *wrap; }; /* SEAL_WRAP bytes */
must_use int keys_message_open(struct keys *k, const uint8_t session[KEYS_SESSION], const struct keys_wrapped *w,
	const struct seal_place *at, struct bytes sealed, uint8_t *ret, size_t *ret_n); /* ret: sealed.n bytes */
/* Append a message under the report's key. ret: seal_message_size(plain.n). */
must_use int keys_message_seal(struct keys *k, const uint8_t session[KEYS_SESSION], const struct keys_wrapped *w,
	const struct seal_place *at, struct bytes plain, uint8_t *ret);
/* Triage, referral: the same key wrapped to another epoch. The caller then deletes the old wrap. */
must_use int keys_rewrap(struct keys *k, const uint8_t session[KEYS_SESSION], const struct keys_wrapped *w,
	const uint8_t report[SEAL_ID], uint64_t to_epoch, uint8_t ret[SEAL_WRAP]);

/* --- small secrets of the desk's own (a member's TOTP seed): boxed under a key of S, so that the database
 * alone tells nothing. context, at most 64 bytes, is authenticated ("totp 7"); at most KEYS_BOX_MAX bytes
 * (ERR_LIMIT). --- */
enum { KEYS_BOX_MAX = 1024 };
must_use int keys_box(struct keys *k, const char *context, struct bytes plain, uint8_t *ret); /* plain.n + SEAL_BOX_MORE */
must_use int keys_unbox(struct keys *k, const char *context, struct bytes box, uint8_t *ret, size_t *ret_n); /* box.n bytes of room; ERR_MALFORMED */

/* --- heads of the desk's audit trail --- */
/* The key process signs a head only if the trail of that size begins with the one it signed last, which it
 * remembers in a file beside S and checks by itself: a desk that was taken over gets no rewritten history
 * signed. The key is S's own; its name, made of the key, is the trail's origin. */
enum keys_head_state {
	KEYS_HEAD_NONE,    /* nothing signed yet, or the file has been taken away: whatever comes next is signed */
	KEYS_HEAD_KEPT,
	KEYS_HEAD_DAMAGED, /* the file is not what was written, or another store's: nothing is signed until it is removed */
};
struct keys_head {
	struct note_key key;
	enum keys_head_state state;
	uint64_t size;                  /* of the last one; 0 */
	char note[CHECKPOINT_NOTE_MAX]; /* the last one itself; "" */
};
must_use int keys_head(struct keys *k, struct keys_head *ret);
/* proof: from the last one's size to this one (merkle_consistency). The note is NUL-terminated. ERR_REFUSED: it does not
 * extend the last one; ERR_CHECKSUM: KEYS_HEAD_DAMAGED; errno values: it could not be remembered, and so is
 * not signed. The same size and root again: the same note. */
must_use int keys_head_sign(struct keys *k, uint64_t size, const uint8_t root[MERKLE_HASH], const struct merkle_proof *proof,
	char ret[CHECKPOINT_NOTE_MAX]);

/* --- the process itself --- */
struct keys_status {
	uint64_t epochs, sessions;
	uint32_t members_active, founders; /* of the national desk; founded: two or more */
	bool founded, recovery_set;
	int64_t backup_at;        /* S's own backup, Unix seconds; 0: none yet */
	uint64_t recoveries;      /* each use of the 3-of-5, recorded for the public */
};
must_use int keys_status(struct keys *k, struct keys_status *ret);
