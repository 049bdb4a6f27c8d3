/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The vault in memory, and what its files share. Private to this room. */

#include "keys/vault_rate.h"
#include "keys/vault_state.h"

#define VAULT_TIME_MAX 253402300799 /* 9999-12-31T23:59:59Z */
enum { VAULT_WEEK = 7 * 86400 };

struct vault_session { /* in sodium_malloc memory; member 0: free */
	uint8_t token[KEYS_SESSION];
	uint32_t member;
	int64_t since, used;
	uint64_t turn; /* of the vault, when it was used last */
	struct seal_member_secret secret;
};

struct vault_rates { /* of one member */
	struct rate open, rewrap, blind;
	struct rate_password password;
};

struct vault_head { /* the last one signed; its root at size 0: the empty trail's */
	enum keys_head_state state;
	uint64_t size;
	uint8_t root[MERKLE_HASH];
	char note[CHECKPOINT_NOTE_MAX];
};

struct vault {
	char *path;
	int lock; /* held as long as the vault is open */
	uint8_t *host_key; /* sodium_malloc, as the sessions */
	struct vault_session *sessions;
	uint64_t turn; /* counts on with each use of a session: seconds are too coarse to tell which was first */
	struct state *s;
	struct vault_rates rates[KEYS_MEMBER_MAX + 1]; /* by id */
	struct vault_head head;
	struct rate receipt_new, receipt_returning, blind_intake;
};

/* A change: copy, alter the copy, then commit, which writes it and lets it take the old one's place, or
 * frees it and leaves all as it was. err: what altering it gave; not 0: only frees. */
must_use int vault_change(const struct vault *v, struct state **ret);
must_use int vault_commit(struct vault *v, struct state *next, int err);

/* Sessions. -EACCES: none, ended, or its member has left. */
must_use int vault_session_find(struct vault *v, int64_t now, const uint8_t *token, struct vault_session **ret);
void vault_session_end(struct vault *v, uint32_t member, const struct vault_session *except);

/* Epochs. */
int64_t vault_week(int64_t when); /* Monday 00:00 UTC of its week */
/* The private half, for the session's member. -ENOENT, -EACCES (no wrap), ERR_MALFORMED. */
must_use int vault_epoch_secret(const struct state *s, const struct vault_session *who, const struct state_epoch *e,
	uint8_t ret[SEAL_KEY]);
/* Another wrap of e's private half; state_sort_wraps after the last one. -ENOMEM, ERR_MALFORMED. */
must_use int vault_epoch_wrap(struct state *s, const struct state_epoch *e, const uint8_t secret[SEAL_KEY],
	uint32_t member);
/* The opposite of a sealed box made for pub, and whether it is e's private half. */
must_use int vault_epoch_unseal(const struct state_epoch *e, const uint8_t sealed[STATE_SEALED],
	const uint8_t pub[SEAL_PUBLIC], const uint8_t secret[SEAL_KEY], uint8_t ret[SEAL_KEY]);

/* The last head out of its file; once, when the store is opened. */
void vault_head_load(struct vault *v);

/* A key of a purpose of its own, out of S's form root: HMAC-SHA-512/256(form root, label). Labels: "hisn
 * form 1" with a period's number behind it (vault_public.c), else whole ones of which none begins another. */
void vault_derive(const struct vault *v, struct bytes label, uint8_t ret[SEAL_KEY]);

struct keys_member vault_member_show(const struct state *s, uint32_t id);
