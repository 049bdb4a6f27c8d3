/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What S holds: five tables of fixed-size rows and a few roots. A change works on a copy, which is
 * written and then takes the place of the old one (vault_private.h). Private to this room.
 *
 * Everything but the roots is public keys and sealed forms, so only the roots need guarded memory. */

#include "keys/vault.h"

enum { STATE_SEALED = SEAL_KEY + 48, STATE_BLIND = SEAL_KEY + SEAL_BOX_MORE };

struct state_roots { /* in sodium_malloc memory */
	uint8_t pepper[SEAL_KEY];   /* of receipts */
	uint8_t blind[SEAL_KEY];    /* boxes the epochs' blind-index keys */
	uint8_t form[SEAL_KEY];     /* of hidden form fields */
	uint8_t mail[SEAL_KEY];     /* outer layer of mail to reporters */
	uint8_t founding[SEAL_KEY]; /* secret; zeros once founded */
};

struct state_member { /* id: row + 1; rows are never removed */
	enum keys_role role;
	enum keys_state state;
	char unit[KEYS_UNIT]; /* filled up with NUL, as every unit here */
	struct seal_member_public pub;
	struct vault_login login; /* zeros once left */
	uint32_t confirmed_by[2];
};

struct state_epoch { /* by id, ascending */
	uint64_t id;
	int64_t from; /* Monday 00:00 UTC */
	char unit[KEYS_UNIT];
	enum keys_class class;
	bool closed;   /* replaced: nothing new is sealed to it */
	bool founding; /* the founding wrap below is there */
	uint8_t pub[SEAL_PUBLIC];
	uint8_t blind[STATE_BLIND];          /* the blind-index key, boxed under the blind root */
	uint8_t founding_wrap[STATE_SEALED]; /* the private half, sealed to the founding key */
};

struct state_wrap { /* by epoch, then member, ascending */
	uint64_t epoch;
	uint32_t member;
	uint8_t sealed[STATE_SEALED]; /* the private half, sealed to the member */
};

struct state_nest { /* by epoch, ascending */
	uint64_t epoch;
	uint8_t sealed[SEAL_TRIPLES][SEAL_NEST];
};

struct state_table {
	void *p;
	size_t n, cap, each;
};

struct state {
	struct state_roots *roots;
	uint8_t founding_public[SEAL_PUBLIC];
	bool founded, holders_set;
	uint8_t holders[SEAL_HOLDERS][SEAL_PUBLIC];
	uint64_t next_epoch;
	int64_t backup_at;
	struct state_table members, epochs, wraps, nests, recoveries;
};

must_use int state_new(struct state **ret); /* empty, roots of zeros */
must_use int state_copy(const struct state *s, struct state **ret);
void state_free(struct state *s); /* wipes; NULL is fine */

/* A new last row, of zeros. NULL: no memory. */
void *state_add(struct state_table *t);
/* Keep the rows for which keep() is true, in order. */
void state_keep(struct state_table *t, bool (*keep)(const void *row, const void *arg), const void *arg);
void state_sort_wraps(struct state *s);

static inline struct state_member *state_members(const struct state *s) { return s->members.p; }
static inline struct state_epoch *state_epochs(const struct state *s) { return s->epochs.p; }
static inline struct state_wrap *state_wraps(const struct state *s) { return s->wraps.p; }
static inline struct state_nest *state_nests(const struct state *s) { return s->nests.p; }
static inline struct vault_recovery *state_recoveries(const struct state *s) { return s->recoveries.p; }

/* NULL: there is none. */
struct state_member *state_member(const struct state *s, uint32_t id);
struct state_epoch *state_epoch(const struct state *s, uint64_t id);
struct state_wrap *state_wrap(const struct state *s, uint64_t epoch, uint32_t member);
struct state_nest *state_nest(const struct state *s, uint64_t epoch);

/* Rules about members that several files need. */
bool state_unit_valid(const char *unit, size_t n); /* [a-zA-Z0-9-]{1,15} */
bool state_role_holds_keys(enum keys_role role);
bool state_member_opens(const struct state_member *m); /* active, of a role that holds keys */
bool state_is_national(const char unit[KEYS_UNIT]);
size_t state_unit_size(const struct state *s, const char unit[KEYS_UNIT]); /* of those who open */

/* --- the content of the file, and back (docs/sealing.md); state_read treats it as hostile --- */
size_t state_size(const struct state *s);
void state_write(const struct state *s, uint8_t *ret); /* state_size bytes */
must_use int state_read(struct bytes content, struct state **ret); /* ERR_CHECKSUM, -ENOMEM */
