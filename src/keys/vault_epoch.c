/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs: made on first use, wrapped to everybody who may open them, destroyed. */
#include "keys/vault_private.h"

#include <errno.h>
#include <sodium.h>

/* How long the private half of an epoch is kept, in days after its week has ended.
 * Spam and unfounded: FACTS' table of retention. Triage: nothing should still be sealed to it after days;
 * half a year leaves the desk room, and what has not been triaged by then is lost, so the desk must
 * rewrap in time. Confirmed and hold: a case's life is a human decision, so a supervisor erases. */
static const int retention_days[KEYS_CLASS_COUNT] = {
	[KEYS_TRIAGE] = 180, [KEYS_SPAM] = 7, [KEYS_UNFOUNDED] = 90, [KEYS_CONFIRMED] = -1, [KEYS_HOLD] = -1,
};

int vault_retention_days(enum keys_class class)
{
	return class < KEYS_CLASS_COUNT ? retention_days[class] : -1;
}

/* 1970-01-01 was a Thursday. */
int64_t vault_week(int64_t when)
{
	int64_t since_monday = (when + 3 * 86400) % VAULT_WEEK;
	return when - (since_monday + VAULT_WEEK) % VAULT_WEEK;
}

static bool expired(const struct state_epoch *e, int64_t now)
{
	int days = retention_days[e->class];
	return days >= 0 && now >= e->from + VAULT_WEEK + (int64_t)days * 86400;
}

static void show(const struct state_epoch *e, struct keys_epoch *ret)
{
	*ret = (struct keys_epoch){ .id = e->id, .class = e->class, .from = e->from, .to = e->from + VAULT_WEEK };
	memcpy(ret->unit, e->unit, KEYS_UNIT);
	memcpy(ret->pub, e->pub, SEAL_PUBLIC);
}

int vault_epoch_wrap(struct state *s, const struct state_epoch *e, const uint8_t secret[SEAL_KEY], uint32_t member)
{
	struct state_wrap *w = state_add(&s->wraps);
	if (!w)
		return -ENOMEM;
	w->epoch = e->id;
	w->member = member;
	return crypto_box_seal(w->sealed, secret, SEAL_KEY, state_member(s, member)->pub.box) ? ERR_MALFORMED : 0;
}

int vault_epoch_unseal(const struct state_epoch *e, const uint8_t sealed[STATE_SEALED],
	const uint8_t pub[SEAL_PUBLIC], const uint8_t secret[SEAL_KEY], uint8_t ret[SEAL_KEY])
{
	uint8_t check[SEAL_PUBLIC];
	if (crypto_box_seal_open(ret, sealed, STATE_SEALED, pub, secret) == 0 &&
		crypto_scalarmult_base(check, ret) == 0 && sodium_memcmp(check, e->pub, sizeof check) == 0)
		return 0;
	sodium_memzero(ret, SEAL_KEY);
	return ERR_MALFORMED;
}

int vault_epoch_secret(const struct state *s, const struct vault_session *who, const struct state_epoch *e,
	uint8_t ret[SEAL_KEY])
{
	const struct state_wrap *w = state_wrap(s, e->id, who->member);
	if (!w || !state_member_opens(state_member(s, who->member)))
		return -EACCES;
	return vault_epoch_unseal(e, w->sealed, who->secret.pub.box, who->secret.box, ret);
}

static int wrap_to_all(struct state *s, struct state_epoch *e, const uint8_t secret[SEAL_KEY])
{
	size_t wrapped = 0;
	for (uint32_t id = 1; id <= s->members.n; id++) {
		const struct state_member *m = state_member(s, id);
		if (!state_member_opens(m) || memcmp(m->unit, e->unit, KEYS_UNIT) != 0)
			continue;
		int err = vault_epoch_wrap(s, e, secret, id);
		if (err)
			return err;
		wrapped++;
	}
	if (wrapped)
		return 0; /* ids grow, so the table is still in order */
	if (s->founded || !state_is_national(e->unit))
		return -ENOENT;
	e->founding = true;
	return crypto_box_seal(e->founding_wrap, secret, SEAL_KEY, s->founding_public) ? ERR_MALFORMED : 0;
}

static int nest(struct state *s, const struct state_epoch *e, const uint8_t secret[SEAL_KEY])
{
	if (!s->holders_set)
		return 0;
	struct state_nest *n = state_add(&s->nests);
	if (!n)
		return -ENOMEM;
	n->epoch = e->id;
	return seal_nest(s->holders, secret, n->sealed);
}

static int make(struct state *s, const char *unit, enum keys_class class, int64_t from)
{
	uint8_t secret[SEAL_KEY], blind[SEAL_KEY], ad[8];
	if (s->epochs.n >= VAULT_EPOCHS_MAX)
		return ERR_LIMIT;
	struct state_epoch *e = state_add(&s->epochs);
	if (!e)
		return -ENOMEM;
	e->id = s->next_epoch++;
	e->from = from;
	e->class = class;
	memcpy(e->unit, unit, KEYS_UNIT);
	be64_put(ad, e->id);
	randombytes_buf(blind, sizeof blind);
	crypto_box_keypair(e->pub, secret);
	int err = seal_box(s->roots->blind, bytes_of(ad, sizeof ad), bytes_of(blind, sizeof blind), e->blind);
	if (!err)
		err = wrap_to_all(s, e, secret);
	if (!err)
		err = nest(s, e, secret);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(blind, sizeof blind);
	return err;
}

static const struct state_epoch *open_epoch(const struct state *s, const char *unit, enum keys_class class, int64_t from)
{
	for (size_t i = s->epochs.n; i--;) {
		const struct state_epoch *e = state_epochs(s) + i;
		if (e->from == from && e->class == class && !e->closed && memcmp(e->unit, unit, KEYS_UNIT) == 0)
			return e;
	}
	return NULL;
}

int vault_epoch(struct vault *v, int64_t now, const char *unit, enum keys_class class, int64_t when,
	struct keys_epoch *ret)
{
	size_t n = strnlen(unit, KEYS_UNIT);
	char name[KEYS_UNIT] = { 0 };
	struct state *next;
	if (!state_unit_valid(unit, n) || (unsigned)class >= KEYS_CLASS_COUNT)
		return -EINVAL;
	memcpy(name, unit, n);
	if (!when)
		when = now;
	if (now < 0 || now > VAULT_TIME_MAX - VAULT_WEEK || when < 0 || when > VAULT_TIME_MAX)
		return ERR_TIME;
	int64_t from = vault_week(when), weeks = (from - vault_week(now)) / VAULT_WEEK;
	if (weeks < -1 || weeks > 1 || from < 0)
		return ERR_TIME;
	const struct state_epoch *e = open_epoch(v->s, name, class, from);
	if (!e) {
		int err = vault_change(v, &next);
		if (!err)
			err = vault_commit(v, next, make(next, name, class, from));
		if (err)
			return err;
		e = state_epochs(v->s) + v->s->epochs.n - 1;
	}
	show(e, ret);
	return 0;
}

int vault_epochs(struct vault *v, struct keys_epoch *ret, size_t cap, size_t *ret_n)
{
	if (v->s->epochs.n > cap)
		return ERR_LIMIT;
	for (size_t i = 0; i < v->s->epochs.n; i++)
		show(state_epochs(v->s) + i, ret + i);
	*ret_n = v->s->epochs.n;
	return 0;
}

static bool not_expired(const void *row, const void *now)
{
	return !expired(row, *(const int64_t *)now);
}

static bool not_it(const void *row, const void *id)
{
	return ((const struct state_epoch *)row)->id != *(const uint64_t *)id;
}

static bool wrap_has_epoch(const void *row, const void *s)
{
	return state_epoch(s, ((const struct state_wrap *)row)->epoch) != NULL;
}

static bool nest_has_epoch(const void *row, const void *s)
{
	return state_epoch(s, ((const struct state_nest *)row)->epoch) != NULL;
}

/* With the epoch go its wraps, its nested boxes and its blind-index key. */
static int erase(struct vault *v, bool (*keep)(const void *row, const void *arg), const void *arg)
{
	struct state *next;
	int err = vault_change(v, &next);
	if (err)
		return err;
	state_keep(&next->epochs, keep, arg);
	state_keep(&next->wraps, wrap_has_epoch, next);
	state_keep(&next->nests, nest_has_epoch, next);
	return vault_commit(v, next, 0);
}

int vault_epoch_erase(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint64_t epoch)
{
	const struct state_epoch *e = state_epoch(v->s, epoch);
	if (!e)
		return -ENOENT;
	if (!expired(e, now)) {
		struct vault_session *who;
		int err = vault_session_find(v, now, session, &who);
		if (err)
			return err;
		const struct state_member *m = state_member(v->s, who->member);
		bool there = memcmp(m->unit, e->unit, KEYS_UNIT) == 0 || state_is_national(m->unit);
		if (!there || !state_member_opens(m) || m->role != KEYS_SUPERVISOR)
			return -EPERM;
	}
	return erase(v, not_it, &epoch);
}

int vault_expire(struct vault *v, int64_t now, size_t *ret_erased)
{
	size_t n = 0;
	for (size_t i = 0; i < v->s->epochs.n; i++)
		n += expired(state_epochs(v->s) + i, now);
	int err = n ? erase(v, not_expired, &now) : 0;
	if (!err)
		*ret_erased = n;
	return err;
}
