/* SPDX-License-Identifier: Apache-2.0 */
/* Members: candidates, the confirmations that make them active, leaving. No administrator has a part in it. */
#include "keys/vault_private.h"

#include <errno.h>
#include <sodium.h>

struct keys_member vault_member_show(const struct state *s, uint32_t id)
{
	const struct state_member *m = state_member(s, id);
	struct keys_member k = { .id = id, .role = m->role, .state = m->state,
		.confirmed_by = { m->confirmed_by[0], m->confirmed_by[1] } };
	memcpy(k.unit, m->unit, KEYS_UNIT);
	memcpy(k.sign, m->pub.sign, sizeof k.sign);
	seal_member_fingerprint(&m->pub, k.fingerprint);
	return k;
}

int vault_members(struct vault *v, struct keys_member *ret, size_t cap, size_t *ret_n)
{
	if (v->s->members.n > cap)
		return ERR_LIMIT;
	for (uint32_t i = 0; i < v->s->members.n; i++)
		ret[i] = vault_member_show(v->s, i + 1);
	*ret_n = v->s->members.n;
	return 0;
}

static bool same_unit(const struct state_member *a, const struct state_member *b)
{
	return memcmp(a->unit, b->unit, KEYS_UNIT) == 0;
}

/* A public key nothing can be sealed to would stop every epoch of the unit. */
static int takes_boxes(const struct seal_member_public *pub)
{
	uint8_t box[STATE_SEALED], zeros[SEAL_KEY] = { 0 };
	return crypto_box_seal(box, zeros, SEAL_KEY, pub->box) ? ERR_MALFORMED : 0;
}

int vault_member_new(struct vault *v, int64_t now, const char *unit, enum keys_role role,
	const struct vault_fresh *fresh, struct keys_member *ret)
{
	size_t n = strnlen(unit, KEYS_UNIT);
	struct state *next;
	if (role < KEYS_ANALYST || role > KEYS_ADMINISTRATOR)
		return -EINVAL;
	if (state_role_holds_keys(role) ? !state_unit_valid(unit, n) : n != 0)
		return -EINVAL;
	if (v->s->members.n >= KEYS_MEMBER_MAX)
		return ERR_LIMIT;
	int err = takes_boxes(&fresh->pub);
	if (!err)
		err = vault_change(v, &next);
	if (err)
		return err;
	struct state_member *m = state_add(&next->members);
	if (m) {
		m->role = role;
		m->state = state_role_holds_keys(role) ? KEYS_CANDIDATE : KEYS_ACTIVE;
		memcpy(m->unit, unit, n);
		m->pub = fresh->pub;
		m->login = fresh->login;
	}
	err = vault_commit(v, next, m ? 0 : -ENOMEM);
	if (!err)
		*ret = vault_member_show(v->s, (uint32_t)v->s->members.n);
	return err;
}

/* --- confirming --- */

/* Before the founding, national candidates may; afterwards only who is active, of the unit or national. */
static bool may_confirm(const struct state *s, const struct state_member *m, const struct state_member *c)
{
	if (!s->founded)
		return m->state == KEYS_CANDIDATE && state_is_national(m->unit) && state_is_national(c->unit);
	return state_member_opens(m) && (same_unit(m, c) || state_is_national(m->unit));
}

static bool confirmed_by(const struct state_member *c, uint32_t id)
{
	return c->confirmed_by[0] == id || c->confirmed_by[1] == id;
}

/* Into a free place, or instead of the older word that does not count (yet, or any more). -EPERM: twice. */
static int record(const struct state *s, struct state_member *c, uint32_t by)
{
	if (confirmed_by(c, by))
		return -EPERM;
	for (int i = 0; i < 2; i++)
		if (!c->confirmed_by[i]) {
			c->confirmed_by[i] = by;
			return 0;
		}
	for (int i = 0; i < 2; i++)
		if (!state_member_opens(state_member(s, c->confirmed_by[i]))) {
			c->confirmed_by[i] = c->confirmed_by[1];
			c->confirmed_by[1] = by;
			return 0;
		}
	return -EPERM;
}

/* Two words, or one where only one person's can count. */
static bool enough(const struct state *s, const struct state_member *c)
{
	size_t could = 0, have = 0;
	for (uint32_t id = 1; id <= s->members.n; id++) {
		const struct state_member *m = state_member(s, id);
		if (m == c || !may_confirm(s, m, c))
			continue;
		could++;
		have += confirmed_by(c, id);
	}
	return have && have >= MIN(could, 2);
}

/* The founding wraps go to every founder, then the founding key is no more. */
static int hand_over(struct state *s)
{
	uint8_t secret[SEAL_KEY];
	int err = 0;
	for (size_t i = 0; i < s->epochs.n && !err; i++) {
		struct state_epoch *e = state_epochs(s) + i;
		if (!e->founding)
			continue;
		err = vault_epoch_unseal(e, e->founding_wrap, s->founding_public, s->roots->founding, secret);
		for (uint32_t id = 1; id <= s->members.n && !err; id++)
			if (state_member_opens(state_member(s, id)) && state_is_national(state_member(s, id)->unit))
				err = vault_epoch_wrap(s, e, secret, id);
		sodium_memzero(e->founding_wrap, sizeof e->founding_wrap);
		e->founding = false;
	}
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(s->roots->founding, SEAL_KEY);
	sodium_memzero(s->founding_public, SEAL_PUBLIC);
	return err;
}

/* a and b have confirmed each other: they found the desk. Then whom both have confirmed is in as well. */
static int found(struct state *s, struct state_member *a, struct state_member *b)
{
	s->founded = true;
	a->state = b->state = KEYS_ACTIVE;
	for (uint32_t id = 1; id <= s->members.n; id++) {
		struct state_member *m = state_member(s, id);
		if (m->state == KEYS_CANDIDATE && enough(s, m))
			m->state = KEYS_ACTIVE;
	}
	return hand_over(s);
}

static int compare(const struct state_member *m, const char *said)
{
	char is[SEAL_FINGERPRINT];
	seal_member_fingerprint(&m->pub, is);
	return strnlen(said, SEAL_FINGERPRINT) == SEAL_FINGERPRINT - 1 && sodium_memcmp(is, said, SEAL_FINGERPRINT - 1) == 0
		? 0
		: ERR_REFUSED;
}

/* Every epoch that `who` can open and of which `to` (of the same unit) has no wrap. */
static int share(struct state *s, const struct vault_session *who, uint32_t to, size_t *ret_n)
{
	uint8_t secret[SEAL_KEY];
	const struct state_member *m = state_member(s, to);
	size_t n = 0, before = s->wraps.n;
	int err = 0;
	for (size_t i = 0; i < before && !err; i++) {
		const struct state_wrap w = state_wraps(s)[i];
		const struct state_epoch *e = state_epoch(s, w.epoch);
		if (w.member != who->member || memcmp(e->unit, m->unit, KEYS_UNIT) != 0)
			continue;
		/* The rows before `before` are still in order, but bsearch sees the new ones as well. */
		struct state old = *s;
		old.wraps.n = before;
		if (state_wrap(&old, e->id, to))
			continue;
		err = vault_epoch_unseal(e, w.sealed, who->secret.pub.box, who->secret.box, secret);
		if (!err)
			err = vault_epoch_wrap(s, e, secret, to);
		n++;
	}
	sodium_memzero(secret, sizeof secret);
	state_sort_wraps(s);
	*ret_n = n;
	return err;
}

static int confirm(struct state *s, const struct vault_session *who, uint32_t candidate)
{
	struct state_member *c = state_member(s, candidate), *m = state_member(s, who->member);
	size_t n;
	int err = record(s, c, who->member);
	if (err)
		return err;
	if (!s->founded)
		return confirmed_by(m, candidate) ? found(s, m, c) : 0;
	if (!enough(s, c))
		return 0;
	c->state = KEYS_ACTIVE;
	return same_unit(m, c) ? share(s, who, candidate, &n) : 0;
}

int vault_member_confirm(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint32_t candidate,
	const char *fingerprint)
{
	struct vault_session *who;
	struct state *next;
	int err = vault_session_find(v, now, session, &who);
	if (err)
		return err;
	const struct state_member *c = state_member(v->s, candidate);
	if (!c || c->state != KEYS_CANDIDATE)
		return -ENOENT;
	if (who->member == candidate || !may_confirm(v->s, state_member(v->s, who->member), c))
		return -EPERM;
	err = compare(c, fingerprint);
	if (!err)
		err = vault_change(v, &next);
	return err ? err : vault_commit(v, next, confirm(next, who, candidate));
}

int vault_member_share(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint32_t member,
	size_t *ret_epochs)
{
	struct vault_session *who;
	struct state *next;
	size_t n;
	int err = vault_session_find(v, now, session, &who);
	if (err)
		return err;
	const struct state_member *from = state_member(v->s, who->member), *to = state_member(v->s, member);
	if (!to)
		return -ENOENT;
	if (!state_member_opens(from) || !state_member_opens(to) || from == to || !same_unit(from, to))
		return -EPERM;
	err = vault_change(v, &next);
	if (err)
		return err;
	err = share(next, who, member, &n);
	if (!err && !n) /* nothing to write */
		state_free(next);
	else
		err = vault_commit(v, next, err);
	if (!err)
		*ret_epochs = n;
	return err;
}

/* --- leaving --- */

static bool may_manage(const struct state *s, uint32_t by, uint32_t member)
{
	const struct state_member *m = state_member(s, by), *of = state_member(s, member);
	return by == member || (state_member_opens(m) && m->role == KEYS_SUPERVISOR &&
		(same_unit(m, of) || state_is_national(m->unit)));
}

/* Would something be left that nobody can open, or nobody to open what comes? */
static bool needed(const struct state *s, uint32_t member)
{
	const struct state_member *m = state_member(s, member);
	if (!state_member_opens(m))
		return false;
	if (state_is_national(m->unit) && state_unit_size(s, m->unit) == 1)
		return true;
	const struct state_wrap *w = state_wraps(s);
	for (size_t i = 0; i < s->wraps.n; i++) {
		bool alone = w[i].member == member && (i == 0 || w[i - 1].epoch != w[i].epoch) &&
			(i + 1 == s->wraps.n || w[i + 1].epoch != w[i].epoch);
		if (alone && !state_nest(s, w[i].epoch))
			return true;
	}
	return false;
}

static bool of_others(const void *row, const void *member)
{
	return ((const struct state_wrap *)row)->member != *(const uint32_t *)member;
}

/* Nothing new is sealed to what the member could open; what they said of others no longer counts. */
static void take_away(struct state *s, uint32_t member)
{
	const struct state_member *m = state_member(s, member);
	for (size_t i = 0; i < s->epochs.n; i++) {
		struct state_epoch *e = state_epochs(s) + i;
		if (state_wrap(s, e->id, member) || (state_member_opens(m) && memcmp(e->unit, m->unit, KEYS_UNIT) == 0))
			e->closed = true;
	}
	state_keep(&s->wraps, of_others, &member);
	for (uint32_t id = 1; id <= s->members.n; id++) {
		struct state_member *other = state_member(s, id);
		for (int i = 0; i < 2 && other->state == KEYS_CANDIDATE; i++)
			if (other->confirmed_by[i] == member)
				other->confirmed_by[i] = 0;
	}
}

static int may_go(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint32_t member)
{
	struct vault_session *who;
	int err = vault_session_find(v, now, session, &who);
	if (err)
		return err;
	const struct state_member *m = state_member(v->s, member);
	if (!m || m->state == KEYS_LEFT)
		return -ENOENT;
	if (!may_manage(v->s, who->member, member))
		return -EPERM;
	return needed(v->s, member) ? ERR_REFUSED : 0;
}

int vault_member_leave(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint32_t member)
{
	struct state *next;
	int err = may_go(v, now, session, member);
	if (!err)
		err = vault_change(v, &next);
	if (err)
		return err;
	take_away(next, member);
	struct state_member *m = state_member(next, member);
	m->state = KEYS_LEFT;
	sodium_memzero(&m->login, sizeof m->login);
	err = vault_commit(v, next, 0);
	if (!err)
		vault_session_end(v, member, NULL);
	return err;
}

int vault_member_reset(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint32_t member,
	const struct vault_fresh *fresh, struct keys_member *ret)
{
	struct state *next;
	int err = may_go(v, now, session, member);
	if (!err)
		err = takes_boxes(&fresh->pub);
	if (!err)
		err = vault_change(v, &next);
	if (err)
		return err;
	take_away(next, member);
	struct state_member *m = state_member(next, member);
	m->state = state_role_holds_keys(m->role) ? KEYS_CANDIDATE : KEYS_ACTIVE;
	m->pub = fresh->pub;
	m->login = fresh->login;
	m->confirmed_by[0] = m->confirmed_by[1] = 0;
	err = vault_commit(v, next, 0);
	if (err)
		return err;
	vault_session_end(v, member, NULL);
	rate_password_right(&v->rates[member].password);
	*ret = vault_member_show(v->s, member);
	return 0;
}
