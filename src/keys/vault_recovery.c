/* SPDX-License-Identifier: Apache-2.0 */
/* 3 of 5 holders. What leaves is sealed to them; what comes back must be the epoch's own secret. */
#include "keys/vault_private.h"

#include <errno.h>
#include <sodium.h>

int vault_recovery_export(struct vault *v, uint64_t epoch, unsigned triple, uint8_t ret[SEAL_NEST])
{
	const struct state_nest *n = state_nest(v->s, epoch);
	if (triple >= SEAL_TRIPLES)
		return -EINVAL;
	if (!n)
		return -ENOENT;
	memcpy(ret, n->sealed[triple], SEAL_NEST);
	return 0;
}

static int import(struct state *s, const struct state_epoch *e, unsigned triple, const uint8_t secret[SEAL_KEY],
	uint32_t member, int64_t now)
{
	if (s->recoveries.n >= VAULT_RECOVERIES_MAX)
		return ERR_LIMIT;
	struct vault_recovery *r = state_add(&s->recoveries);
	if (!r)
		return -ENOMEM;
	*r = (struct vault_recovery){ .at = now, .epoch = e->id, .member = member, .triple = (uint8_t)triple };
	if (state_wrap(s, e->id, member))
		return 0;
	int err = vault_epoch_wrap(s, e, secret, member);
	state_sort_wraps(s);
	return err;
}

int vault_recovery_import(struct vault *v, int64_t now, uint64_t epoch, unsigned triple,
	const uint8_t secret[SEAL_KEY], uint32_t member)
{
	uint8_t pub[SEAL_PUBLIC];
	struct state *next;
	const struct state_epoch *e = state_epoch(v->s, epoch);
	const struct state_member *m = state_member(v->s, member);
	if (!e || !m)
		return -ENOENT;
	if (triple >= SEAL_TRIPLES || now < 0 || now > VAULT_TIME_MAX)
		return -EINVAL;
	if (crypto_scalarmult_base(pub, secret) != 0 || sodium_memcmp(pub, e->pub, sizeof pub) != 0)
		return ERR_MALFORMED;
	if (!state_member_opens(m) || (memcmp(m->unit, e->unit, KEYS_UNIT) != 0 && !state_is_national(m->unit)))
		return -EPERM;
	int err = vault_change(v, &next);
	return err ? err : vault_commit(v, next, import(next, e, triple, secret, member, now));
}

int vault_recoveries(struct vault *v, struct vault_recovery *ret, size_t cap, size_t *ret_n)
{
	if (v->s->recoveries.n > cap)
		return ERR_LIMIT;
	if (v->s->recoveries.n)
		memcpy(ret, v->s->recoveries.p, v->s->recoveries.n * sizeof *ret);
	*ret_n = v->s->recoveries.n;
	return 0;
}
