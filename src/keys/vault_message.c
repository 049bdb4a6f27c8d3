/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, answering, moving: what needs a member. A key is unwrapped for one call and wiped. */
#include "keys/vault_private.h"

#include <errno.h>
#include <sodium.h>

/* The report's key, or one answer's, out of its wrap. */
static int unwrap(struct vault *v, const struct vault_session *who, const struct keys_wrapped *w,
	const uint8_t report[SEAL_ID], uint8_t ret[SEAL_KEY])
{
	uint8_t secret[SEAL_KEY];
	const struct state_epoch *e = state_epoch(v->s, w->epoch);
	if (!e)
		return -ENOENT;
	int err = vault_epoch_secret(v->s, who, e, secret);
	if (!err)
		err = seal_wrap_open(e->pub, secret, report, w->number, w->wrap, ret);
	sodium_memzero(secret, sizeof secret);
	return err;
}

/* Session and right first, so that a refusal costs nothing of the rate. */
static int may_open(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint64_t epoch,
	struct vault_session **ret)
{
	int err = vault_session_find(v, now, session, ret);
	if (err)
		return err;
	if (!state_epoch(v->s, epoch))
		return -ENOENT;
	return state_wrap(v->s, epoch, (*ret)->member) ? 0 : -EACCES;
}

int vault_message_open(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION],
	const struct keys_wrapped *w, const struct seal_place *at, struct bytes sealed,
	uint8_t *ret, size_t *ret_n)
{
	uint8_t key[SEAL_KEY];
	struct vault_session *who;
	int err = may_open(v, now, session, w->epoch, &who);
	if (!err)
		err = rate_take(&v->rates[who->member].open, RATE_OPEN, now);
	if (!err)
		err = unwrap(v, who, w, at->report, key);
	if (!err)
		err = seal_message_open(key, at, sealed, ret, ret_n);
	sodium_memzero(key, sizeof key);
	return err;
}

int vault_message_seal(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION],
	const struct keys_wrapped *w, const struct seal_place *at, struct bytes plain, uint8_t *ret)
{
	uint8_t key[SEAL_KEY];
	struct vault_session *who;
	int err = may_open(v, now, session, w->epoch, &who);
	if (!err)
		err = unwrap(v, who, w, at->report, key);
	if (!err)
		err = seal_message(key, at, plain, ret);
	sodium_memzero(key, sizeof key);
	return err;
}

int vault_rewrap(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION],
	const struct keys_wrapped *w, const uint8_t report[SEAL_ID], uint64_t to_epoch, uint8_t ret[SEAL_WRAP])
{
	uint8_t key[SEAL_KEY];
	struct vault_session *who;
	const struct state_epoch *to = state_epoch(v->s, to_epoch);
	int err = may_open(v, now, session, w->epoch, &who);
	if (!err && !to)
		err = -ENOENT;
	if (!err && to->closed)
		err = ERR_REFUSED;
	if (!err)
		err = rate_take(&v->rates[who->member].rewrap, RATE_REWRAP, now);
	if (!err)
		err = unwrap(v, who, w, report, key);
	if (!err)
		err = seal_wrap(to->pub, key, report, w->number, ret);
	sodium_memzero(key, sizeof key);
	return err;
}

static int may_look_up(struct vault *v, int64_t now, const uint8_t *session, const struct state_epoch *e)
{
	struct vault_session *who;
	if (!session)
		return e->class == KEYS_TRIAGE && state_is_national(e->unit)
			? rate_take(&v->blind_intake, RATE_BLIND_INTAKE, now)
			: -EACCES;
	int err = may_open(v, now, session, e->id, &who);
	return err ? err : rate_take(&v->rates[who->member].blind, RATE_BLIND, now);
}

static int blind_under(const struct vault *v, const struct state_epoch *e, enum seal_blind_kind kind, struct bytes text,
	uint8_t ret[SEAL_BLIND])
{
	uint8_t key[SEAL_KEY], ad[8];
	size_t n;
	be64_put(ad, e->id);
	struct bytes box = bytes_of(e->blind, STATE_BLIND);
	int err = seal_box_open(v->s->roots->blind, bytes_of(ad, sizeof ad), box, key, &n);
	if (!err)
		seal_blind(key, kind, text, ret);
	sodium_memzero(key, sizeof key);
	return err;
}

int vault_blind(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], uint64_t epoch,
	enum seal_blind_kind kind, struct bytes text, uint8_t ret[SEAL_BLIND])
{
	const struct state_epoch *e = state_epoch(v->s, epoch);
	if (!e)
		return -ENOENT;
	int err = may_look_up(v, now, session, e);
	return err ? err : blind_under(v, e, kind, text, ret);
}

/* What the rate counts is guesses at a text: one, however many epochs there are. Epochs are in order of time. */
int vault_blind_all(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], enum seal_blind_kind kind,
	struct bytes text, uint8_t (*ret)[SEAL_BLIND], size_t cap, size_t *ret_n)
{
	struct vault_session *who;
	int err = vault_session_find(v, now, session, &who);
	if (!err)
		err = rate_take(&v->rates[who->member].blind, RATE_BLIND, now);
	size_t n = 0;
	for (size_t i = v->s->epochs.n; !err && i-- && n < cap;) {
		const struct state_epoch *e = state_epochs(v->s) + i;
		if (state_wrap(v->s, e->id, who->member))
			err = blind_under(v, e, kind, text, ret[n++]);
	}
	if (!err)
		*ret_n = n;
	return err;
}
