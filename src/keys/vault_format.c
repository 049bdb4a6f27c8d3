/* SPDX-License-Identifier: Apache-2.0 */
/* The content of S as bytes. docs/sealing.md draws it. Whoever writes S must hold the host's key, but
 * the reader trusts nothing: an old version, a damaged memory or a bug may have written it. */
#include "keys/vault_private.h"

#include <errno.h>
#include <sodium.h>

enum {
	SCHEMA = 1,
	FLAG_FOUNDED = 1, FLAG_HOLDERS = 2,
	EPOCH_CLOSED = 1, EPOCH_FOUNDING = 2,
	HEAD = 4 + 4 + 8 + 8 + 5 * 4 + 4 * SEAL_KEY + SEAL_PUBLIC + SEAL_KEY + SEAL_HOLDERS * SEAL_PUBLIC,
	MEMBER = 1 + 1 + 2 + KEYS_UNIT + 64 + 8 + SEAL_SALT + SEAL_MEMBER_BOX + 8,
	EPOCH = 8 + 8 + KEYS_UNIT + 1 + 1 + 2 + SEAL_PUBLIC + STATE_BLIND + STATE_SEALED,
	WRAP = 8 + 4 + STATE_SEALED,
	NEST = 8 + SEAL_TRIPLES * SEAL_NEST,
	RECOVERY = 8 + 8 + 4 + 1 + 3,
};

/* --- writing --- */

static void put(uint8_t **at, const void *p, size_t n)
{
	memcpy(*at, p, n);
	*at += n;
}

static void put8(uint8_t **at, uint8_t v)
{
	put(at, &v, 1);
}

static void put32(uint8_t **at, uint32_t v)
{
	be32_put(*at, v);
	*at += 4;
}

static void put64(uint8_t **at, uint64_t v)
{
	be64_put(*at, v);
	*at += 8;
}

static void put_zeros(uint8_t **at, size_t n)
{
	memset(*at, 0, n);
	*at += n;
}

size_t state_size(const struct state *s)
{
	return HEAD + s->members.n * MEMBER + s->epochs.n * EPOCH + s->wraps.n * WRAP + s->nests.n * NEST +
		s->recoveries.n * RECOVERY;
}

static void write_head(const struct state *s, uint8_t **at)
{
	put32(at, SCHEMA);
	put32(at, (s->founded ? FLAG_FOUNDED : 0) | (s->holders_set ? FLAG_HOLDERS : 0));
	put64(at, s->next_epoch);
	put64(at, (uint64_t)s->backup_at);
	const struct state_table *tables[] = { &s->members, &s->epochs, &s->wraps, &s->nests, &s->recoveries };
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		put32(at, (uint32_t)tables[i]->n);
	put(at, s->roots->pepper, SEAL_KEY);
	put(at, s->roots->blind, SEAL_KEY);
	put(at, s->roots->form, SEAL_KEY);
	put(at, s->roots->mail, SEAL_KEY);
	put(at, s->founding_public, SEAL_PUBLIC);
	put(at, s->roots->founding, SEAL_KEY);
	put(at, s->holders, sizeof s->holders);
}

static void write_member(const struct state_member *m, uint8_t **at)
{
	put8(at, (uint8_t)m->role);
	put8(at, (uint8_t)m->state);
	put_zeros(at, 2);
	put(at, m->unit, KEYS_UNIT);
	put(at, m->pub.box, sizeof m->pub.box);
	put(at, m->pub.sign, sizeof m->pub.sign);
	put32(at, m->login.cost.passes);
	put32(at, m->login.cost.memory_kib);
	put(at, m->login.salt, SEAL_SALT);
	put(at, m->login.box, SEAL_MEMBER_BOX);
	put32(at, m->confirmed_by[0]);
	put32(at, m->confirmed_by[1]);
}

static void write_epoch(const struct state_epoch *e, uint8_t **at)
{
	put64(at, e->id);
	put64(at, (uint64_t)e->from);
	put(at, e->unit, KEYS_UNIT);
	put8(at, (uint8_t)e->class);
	put8(at, (uint8_t)((e->closed ? EPOCH_CLOSED : 0) | (e->founding ? EPOCH_FOUNDING : 0)));
	put_zeros(at, 2);
	put(at, e->pub, SEAL_PUBLIC);
	put(at, e->blind, STATE_BLIND);
	put(at, e->founding_wrap, STATE_SEALED);
}

void state_write(const struct state *s, uint8_t *ret)
{
	uint8_t *at = ret;
	write_head(s, &at);
	for (size_t i = 0; i < s->members.n; i++)
		write_member(state_members(s) + i, &at);
	for (size_t i = 0; i < s->epochs.n; i++)
		write_epoch(state_epochs(s) + i, &at);
	for (size_t i = 0; i < s->wraps.n; i++) {
		const struct state_wrap *w = state_wraps(s) + i;
		put64(&at, w->epoch);
		put32(&at, w->member);
		put(&at, w->sealed, sizeof w->sealed);
	}
	for (size_t i = 0; i < s->nests.n; i++) {
		const struct state_nest *n = state_nests(s) + i;
		put64(&at, n->epoch);
		put(&at, n->sealed, sizeof n->sealed);
	}
	for (size_t i = 0; i < s->recoveries.n; i++) {
		const struct vault_recovery *r = state_recoveries(s) + i;
		put64(&at, (uint64_t)r->at);
		put64(&at, r->epoch);
		put32(&at, r->member);
		put8(&at, r->triple);
		put_zeros(&at, 3);
	}
	assert((size_t)(at - ret) == state_size(s));
}

/* --- reading: the size is checked against the counts first, so that no read can run out --- */

static void take(const uint8_t **at, void *ret, size_t n)
{
	memcpy(ret, *at, n);
	*at += n;
}

static uint8_t take8(const uint8_t **at)
{
	return *(*at)++;
}

static uint32_t take32(const uint8_t **at)
{
	*at += 4;
	return be32_get(*at - 4);
}

static uint64_t take64(const uint8_t **at)
{
	*at += 8;
	return be64_get(*at - 8);
}

static bool take_zeros(const uint8_t **at, size_t n)
{
	*at += n;
	return sodium_is_zero(*at - n, n);
}

/* A name filled up with NUL. */
static bool take_unit(const uint8_t **at, bool may_be_empty, char ret[KEYS_UNIT])
{
	take(at, ret, KEYS_UNIT);
	size_t n = strnlen(ret, KEYS_UNIT);
	if (n == KEYS_UNIT || !sodium_is_zero((const uint8_t *)ret + n, KEYS_UNIT - n))
		return false;
	return n ? state_unit_valid(ret, n) : may_be_empty;
}

static bool read_member(const uint8_t **at, size_t members, struct state_member *ret)
{
	uint8_t role = take8(at), state = take8(at);
	if (role < KEYS_ANALYST || role > KEYS_ADMINISTRATOR || state < KEYS_CANDIDATE || state > KEYS_LEFT)
		return false;
	ret->role = role;
	ret->state = state;
	bool keys = state_role_holds_keys(role);
	bool good = take_zeros(at, 2) && take_unit(at, !keys, ret->unit) && (keys || !ret->unit[0]) &&
		(keys || state != KEYS_CANDIDATE);
	if (!good)
		return false;
	take(at, ret->pub.box, sizeof ret->pub.box);
	take(at, ret->pub.sign, sizeof ret->pub.sign);
	ret->login.cost.passes = take32(at);
	ret->login.cost.memory_kib = take32(at);
	take(at, ret->login.salt, SEAL_SALT);
	take(at, ret->login.box, SEAL_MEMBER_BOX);
	ret->confirmed_by[0] = take32(at);
	ret->confirmed_by[1] = take32(at);
	return ret->confirmed_by[0] <= members && ret->confirmed_by[1] <= members;
}

static bool read_epoch(const uint8_t **at, const struct state *s, uint64_t after, struct state_epoch *ret)
{
	ret->id = take64(at);
	ret->from = (int64_t)take64(at);
	if (ret->id <= after || ret->id >= s->next_epoch || ret->from < 0 || ret->from > VAULT_TIME_MAX ||
		ret->from != vault_week(ret->from) || !take_unit(at, false, ret->unit))
		return false;
	uint8_t class = take8(at), flags = take8(at);
	if (class >= KEYS_CLASS_COUNT || flags & ~(EPOCH_CLOSED | EPOCH_FOUNDING) || !take_zeros(at, 2))
		return false;
	ret->class = class;
	ret->closed = flags & EPOCH_CLOSED;
	ret->founding = flags & EPOCH_FOUNDING;
	take(at, ret->pub, SEAL_PUBLIC);
	take(at, ret->blind, STATE_BLIND);
	take(at, ret->founding_wrap, STATE_SEALED);
	return !ret->founding || !s->founded;
}

static bool read_wrap(const uint8_t **at, const struct state *s, const struct state_wrap *last, struct state_wrap *ret)
{
	ret->epoch = take64(at);
	ret->member = take32(at);
	take(at, ret->sealed, sizeof ret->sealed);
	const struct state_member *m = state_member(s, ret->member);
	bool after = !last || ret->epoch > last->epoch || (ret->epoch == last->epoch && ret->member > last->member);
	return after && m && state_member_opens(m) && state_epoch(s, ret->epoch);
}

static bool read_nest(const uint8_t **at, const struct state *s, uint64_t after, struct state_nest *ret)
{
	ret->epoch = take64(at);
	take(at, ret->sealed, sizeof ret->sealed);
	return ret->epoch > after && state_epoch(s, ret->epoch);
}

static bool read_recovery(const uint8_t **at, const struct state *s, struct vault_recovery *ret)
{
	ret->at = (int64_t)take64(at);
	ret->epoch = take64(at);
	ret->member = take32(at);
	ret->triple = take8(at);
	return take_zeros(at, 3) && ret->epoch && ret->epoch < s->next_epoch && state_member(s, ret->member) &&
		ret->triple < SEAL_TRIPLES && ret->at >= 0 && ret->at <= VAULT_TIME_MAX;
}

static int read_tables(const uint8_t *at, const uint32_t count[5], struct state *s)
{
	uint64_t last = 0;
	for (uint32_t i = 0; i < count[0]; i++) {
		struct state_member *m = state_add(&s->members);
		if (!m || !read_member(&at, count[0], m))
			return m ? ERR_CHECKSUM : -ENOMEM;
	}
	for (uint32_t i = 0; i < count[1]; i++) {
		struct state_epoch *e = state_add(&s->epochs);
		if (!e || !read_epoch(&at, s, last, e))
			return e ? ERR_CHECKSUM : -ENOMEM;
		last = e->id;
	}
	for (uint32_t i = 0; i < count[2]; i++) {
		struct state_wrap *w = state_add(&s->wraps);
		if (!w || !read_wrap(&at, s, i ? w - 1 : NULL, w))
			return w ? ERR_CHECKSUM : -ENOMEM;
	}
	last = 0;
	for (uint32_t i = 0; i < count[3]; i++) {
		struct state_nest *n = state_add(&s->nests);
		if (!n || !read_nest(&at, s, last, n))
			return n ? ERR_CHECKSUM : -ENOMEM;
		last = n->epoch;
	}
	for (uint32_t i = 0; i < count[4]; i++) {
		struct vault_recovery *r = state_add(&s->recoveries);
		if (!r || !read_recovery(&at, s, r))
			return r ? ERR_CHECKSUM : -ENOMEM;
	}
	return 0;
}

/* The five counts, each within its limit, and together of just this size. */
static bool counts_fit(const uint32_t count[5], size_t n)
{
	static const uint32_t max[5] = { KEYS_MEMBER_MAX, VAULT_EPOCHS_MAX, VAULT_CONTENT_MAX / WRAP,
		VAULT_EPOCHS_MAX, VAULT_RECOVERIES_MAX };
	static const uint32_t each[5] = { MEMBER, EPOCH, WRAP, NEST, RECOVERY };
	uint64_t all = HEAD;
	for (int i = 0; i < 5; i++) {
		if (count[i] > max[i])
			return false;
		all += (uint64_t)count[i] * each[i];
	}
	return all == n;
}

static int read_content(struct bytes content, struct state *s)
{
	const uint8_t *at = content.p;
	uint32_t count[5];
	if (content.n < HEAD || take32(&at) != SCHEMA)
		return ERR_CHECKSUM;
	uint32_t flags = take32(&at);
	s->next_epoch = take64(&at);
	s->backup_at = (int64_t)take64(&at);
	for (int i = 0; i < 5; i++)
		count[i] = take32(&at);
	if (flags & ~(uint32_t)(FLAG_FOUNDED | FLAG_HOLDERS) || !s->next_epoch || s->backup_at < 0 ||
		s->backup_at > VAULT_TIME_MAX || !counts_fit(count, content.n))
		return ERR_CHECKSUM;
	s->founded = flags & FLAG_FOUNDED;
	s->holders_set = flags & FLAG_HOLDERS;
	take(&at, s->roots->pepper, SEAL_KEY);
	take(&at, s->roots->blind, SEAL_KEY);
	take(&at, s->roots->form, SEAL_KEY);
	take(&at, s->roots->mail, SEAL_KEY);
	take(&at, s->founding_public, SEAL_PUBLIC);
	take(&at, s->roots->founding, SEAL_KEY);
	take(&at, s->holders, sizeof s->holders);
	return read_tables(at, count, s);
}

int state_read(struct bytes content, struct state **ret)
{
	struct state *s;
	int err = state_new(&s);
	if (err)
		return err;
	err = read_content(content, s);
	if (err)
		state_free(s);
	else
		*ret = s;
	return err;
}
