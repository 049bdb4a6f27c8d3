/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The key store S, in memory and as one file under the host's key. What the key process answers from;
 * no sockets and no clock here: `now` is always Unix seconds. Not for threads: the process takes one
 * lock around it, and does Argon2id outside (vault_login_make, seal_member_unlock).
 *
 *   file: "hisn-S\n\1" nonce box(host key; the whole content), replaced atomically at each change.
 *   Its own backup: one generation, overwritten by vault_backup at least every 7 days.
 *
 * Until the national desk has two active members (founding), private halves of epochs are wrapped to
 * a founding key inside S itself: what is taken in meanwhile (demonstration only) is sealed under S
 * alone. The second founder's confirmation rewraps and destroys it.
 *
 * A change is in the file before the call returns; on a full disk the call fails (errno values) and
 * memory is as it was before. Counters of rates are never written: a restart forgets them. Limits:
 * VAULT_EPOCHS_MAX, KEYS_MEMBER_MAX ...; ERR_LIMIT. Each vault_X is the keys_X of client.h, where the
 * contract stands; here only what is more. docs/sealing.md has the format. */

#include "keys/client.h"

#include <limits.h>

enum {
	VAULT_EPOCHS_MAX = 65536,
	VAULT_CONTENT_MAX = 256 << 20,
	VAULT_SESSIONS_MAX = 256,      /* ERR_LIMIT; of one member: the fifth ends the first */
	VAULT_RECOVERIES_MAX = 65536,
	VAULT_SESSION_IDLE = 15 * 60,  /* seconds */
	VAULT_SESSION_END = 12 * 3600,
	VAULT_PASSWORD_MIN = 12,       /* bytes of a password: vault_login_make refuses others */
	VAULT_PASSWORD_MAX = 1024,
};

struct vault;

/* --- the file --- */
/* Create path with a new pepper, blind root, form root, mail root and founding key. Five recovery
 * holders, or NULL to set them later (until then no recovery). -EEXIST; -EBUSY as below. */
must_use int vault_create(const char *path, const uint8_t host_key[SEAL_KEY],
	const uint8_t (*holders)[SEAL_PUBLIC]);
/* ERR_FORMAT, ERR_KEY (another host's, or damaged: one AEAD, nothing tells which), ERR_CHECKSUM (opens, but
 * its content breaks the format), -EBUSY (another process has it: flock on path.lock), -ENOMEM. */
must_use int vault_open(const char *path, const uint8_t host_key[SEAL_KEY], struct vault **ret, struct err_note *note);
void vault_close(struct vault *v); /* wipes; NULL is fine */
/* One generation, same format and key, path overwritten. Its time is kept (keys_status.backup_at). */
must_use int vault_backup(struct vault *v, int64_t now, const char *path);
/* The holders of epochs made from now on; earlier ones keep theirs, or none. Who sets holders can
 * open what comes: for the host's own command, NEVER to be offered on the socket. */
must_use int vault_holders(struct vault *v, const uint8_t holders[SEAL_HOLDERS][SEAL_PUBLIC]);
/* Under another host key from now on. Whoever then destroys the old one has made older copies of the
 * file useless at once. Also never on the socket. */
must_use int vault_rekey(struct vault *v, const uint8_t host_key[SEAL_KEY]);

/* --- epochs --- */
/* ERR_TIME: `when` is not in this week or one beside it. -ENOENT: the unit has no active member, so
 * nobody could open what would be sealed (the national desk before its founding: allowed). */
must_use int vault_epoch(struct vault *v, int64_t now, const char *unit, enum keys_class class, int64_t when,
	struct keys_epoch *ret);
must_use int vault_epochs(struct vault *v, struct keys_epoch *ret, size_t cap, size_t *ret_n); /* ERR_LIMIT: cap */
/* session: a supervisor's of that unit or of the national desk; NULL or any other only after the end
 * of retention. -EACCES, -EPERM, -ENOENT. */
must_use int vault_epoch_erase(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint64_t epoch);
/* Erase every epoch past its retention. To be called at least hourly; writes only if there is one. */
must_use int vault_expire(struct vault *v, int64_t now, size_t *ret_erased);
/* Days after the end of its week that an epoch of this class is kept; -1: until a supervisor erases it. */
int vault_retention_days(enum keys_class class);

/* --- for anybody --- */
must_use int vault_receipt(struct vault *v, int64_t now, const uint16_t words[SEAL_WORDS], bool returning,
	struct keys_receipt *ret);
size_t vault_mail_size(size_t n); /* 0: too large */
must_use int vault_mail(struct vault *v, const uint8_t mailbox_public[SEAL_PUBLIC], struct bytes plain, uint8_t *ret);
/* Counts as one return of the receipt. ret: sealed.n bytes of room. */
must_use int vault_mail_open(struct vault *v, int64_t now, const uint16_t words[SEAL_WORDS], struct bytes sealed,
	uint8_t *ret, size_t *ret_n);
/* Without a session (NULL): epochs of national triage only. With one: epochs wrapped to the member. */
must_use int vault_blind(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint64_t epoch,
	enum seal_blind_kind kind, struct bytes text, uint8_t ret[SEAL_BLIND]);
/* Small secrets of the desk's own; context as additional data. ret: plain.n + SEAL_BOX_MORE; box.n. */
must_use int vault_box(struct vault *v, struct bytes context, struct bytes plain, uint8_t *ret);
must_use int vault_unbox(struct vault *v, struct bytes context, struct bytes box, uint8_t *ret, size_t *ret_n);
/* keys_blind_all; ret: room for cap. */
must_use int vault_blind_all(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], enum seal_blind_kind kind,
	struct bytes text, uint8_t (*ret)[SEAL_BLIND], size_t cap, size_t *ret_n);
void vault_form(struct vault *v, int64_t now, uint8_t ret_now[SEAL_KEY], uint8_t ret_before[SEAL_KEY]);

/* --- passwords, in three steps: a short one under the lock, Argon2id outside, a short one again --- */
struct vault_login { /* what stands in S of a member's password */
	struct seal_cost cost;
	uint8_t salt[SEAL_SALT];
	uint8_t box[SEAL_MEMBER_BOX]; /* the seed under the password */
};
struct vault_fresh { /* new keys under a new password */
	struct vault_login login;
	struct seal_member_public pub;
};
/* Pure, slow, no vault: a seed under a password with a new salt. -EINVAL: the password's length. */
must_use int vault_login_make(const uint8_t seed[SEAL_KEY], struct bytes password, struct seal_cost cost,
	struct vault_login *ret);
/* Pure, slow, no vault: new keys. */
must_use int vault_fresh_make(struct bytes password, struct seal_cost cost, struct vault_fresh *ret);
/* As seal_member_unlock. Pure, slow, no vault. */
must_use int vault_login_unlock(const struct vault_login *login, struct bytes password, uint8_t ret_seed[SEAL_KEY]);

/* keys_sign_in: vault_sign_in_begin, vault_login_unlock, vault_sign_in_end (in any case). An attempt counts as
 * wrong from its beginning, so that many at once gain nothing. -ENOENT (also: has left), -EAGAIN. */
must_use int vault_sign_in_begin(struct vault *v, int64_t now, uint32_t member, struct vault_login *ret);
/* seed: NULL when the password was wrong: -EACCES. Also -EACCES: the login is no longer the member's. */
must_use int vault_sign_in_end(struct vault *v, int64_t now, uint32_t member, const struct vault_login *login,
	const uint8_t *seed, uint8_t ret_session[KEYS_SESSION]);
must_use int vault_sign_out(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION]);
/* keys_password: begin, vault_login_unlock with the old, vault_login_make with the new, end (in any
 * case). Attempts count as those of signing in. The member's other sessions end. */
must_use int vault_password_begin(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION],
	struct vault_login *ret);
must_use int vault_password_end(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION],
	const struct vault_login *old, const uint8_t *seed, const struct vault_login *new);

/* --- sessions --- */
/* Who that is; -EACCES. A use of the session as any other call with it. */
must_use int vault_session(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], struct keys_member *ret);
/* End and wipe those that have been idle or open too long. To be called every minute or so. */
void vault_sweep(struct vault *v, int64_t now);

/* --- members --- */
/* keys_member_new: vault_fresh_make, then this. The unit must be "" for auditors and administrators and
 * a unit's name for the others: -EINVAL. */
must_use int vault_member_new(struct vault *v, int64_t now, const char *unit, enum keys_role role,
	const struct vault_fresh *fresh, struct keys_member *ret);
/* Two confirmations by active members of the unit or of the national desk; one where only one such
 * member exists. If the one who completes it is of the unit, the epochs they can open are wrapped to
 * the new member; else those stay closed to them until vault_member_share. Founding: two national
 * candidates who have confirmed each other become active together. -EACCES, -ENOENT (no such
 * candidate), -EPERM, ERR_REFUSED (fingerprint). */
must_use int vault_member_confirm(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint32_t candidate,
	const char *fingerprint);
/* Wrap every epoch the session's member can open, of the unit they share, to another active member.
 * -EPERM: not the same unit, not active. */
must_use int vault_member_share(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint32_t member,
	size_t *ret_epochs);
/* By oneself, or by an active supervisor of the unit or of the national desk: -EPERM. ERR_REFUSED: it
 * would leave an epoch that nobody can open (no other wrap, no recovery), or the founded national desk without a
 * member; share or erase first. */
must_use int vault_member_leave(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint32_t member);
/* Password forgotten: new keys, candidate again with the same id, old wraps and sessions gone. By and
 * refused as vault_member_leave. */
must_use int vault_member_reset(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint32_t member,
	const struct vault_fresh *fresh, struct keys_member *ret);
must_use int vault_members(struct vault *v, struct keys_member *ret, size_t cap, size_t *ret_n); /* ERR_LIMIT: cap */

/* --- opening: the session's member must hold a wrap of the epoch: -EACCES --- */
must_use int vault_message_open(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION],
	const struct keys_wrapped *w, const struct seal_place *at, struct bytes sealed, uint8_t *ret, size_t *ret_n);
must_use int vault_message_seal(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION],
	const struct keys_wrapped *w, const struct seal_place *at, struct bytes plain, uint8_t *ret);
/* ERR_REFUSED: to_epoch has been replaced because somebody left; ask vault_epoch for its successor. */
must_use int vault_rewrap(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION],
	const struct keys_wrapped *w, const uint8_t report[SEAL_ID], uint64_t to_epoch, uint8_t ret[SEAL_WRAP]);

/* --- heads of the audit trail: STORE.head beside the store has the last one --- */
void vault_head(struct vault *v, struct keys_head *ret);
/* ret: NUL-terminated. proof: its hashes, one after the other. */
must_use int vault_head_sign(struct vault *v, uint64_t size, const uint8_t root[MERKLE_HASH], struct bytes proof,
	char ret[CHECKPOINT_NOTE_MAX], size_t *ret_n);
must_use int vault_head_path(const char *store, char ret[PATH_MAX]); /* -ENAMETOOLONG */
/* The name that goes with a public key. Pure. */
void vault_head_key(const uint8_t pub[NOTE_PUBLIC], struct note_key *ret);

/* --- 3-of-5 recovery --- */
struct vault_recovery { /* one use; append-only, for the public */
	int64_t at;
	uint64_t epoch;
	uint32_t member;  /* to whom */
	uint8_t triple;   /* seal_triple: which three holders */
};
/* What the three holders peel, one after the other. -ENOENT (also: made without holders), -EINVAL. */
must_use int vault_recovery_export(struct vault *v, uint64_t epoch, unsigned triple, uint8_t ret[SEAL_NEST]);
/* secret: what was inside. Wrapped to an active member of the epoch's unit or of the national desk
 * (-EPERM), and recorded. ERR_MALFORMED: not that epoch's secret. */
must_use int vault_recovery_import(struct vault *v, int64_t now, uint64_t epoch, unsigned triple,
	const uint8_t secret[SEAL_KEY], uint32_t member);
must_use int vault_recoveries(struct vault *v, struct vault_recovery *ret, size_t cap, size_t *ret_n); /* ERR_LIMIT: cap */

void vault_status(struct vault *v, int64_t now, struct keys_status *ret);
