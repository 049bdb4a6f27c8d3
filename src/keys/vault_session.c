/* SPDX-License-Identifier: Apache-2.0 */
/* Who is signed in. A session holds the member's unlocked keys; ending it wipes them. */
#include "keys/vault_private.h"

#include <errno.h>
#include <sodium.h>

enum { OF_ONE_MEMBER = 4 };

static void end(struct vault_session *s)
{
	sodium_memzero(s, sizeof *s);
}

static bool over(const struct vault_session *s, int64_t now)
{
	return now - s->used >= VAULT_SESSION_IDLE || now - s->since >= VAULT_SESSION_END;
}

void vault_sweep(struct vault *v, int64_t now)
{
	for (struct vault_session *s = v->sessions; s < v->sessions + VAULT_SESSIONS_MAX; s++)
		if (s->member && over(s, now))
			end(s);
}

void vault_session_end(struct vault *v, uint32_t member, const struct vault_session *except)
{
	for (struct vault_session *s = v->sessions; s < v->sessions + VAULT_SESSIONS_MAX; s++)
		if (s->member == member && s != except)
			end(s);
}

/* All tokens are compared, each in constant time: how long it takes tells nothing about any. */
int vault_session_find(struct vault *v, int64_t now, const uint8_t *token, struct vault_session **ret)
{
	struct vault_session *found = NULL;
	for (struct vault_session *s = v->sessions; token && s < v->sessions + VAULT_SESSIONS_MAX; s++)
		if (sodium_memcmp(s->token, token, KEYS_SESSION) == 0 && s->member)
			found = s;
	if (!found)
		return -EACCES;
	if (over(found, now)) {
		end(found);
		return -EACCES;
	}
	found->used = MAX(found->used, now);
	found->turn = ++v->turn;
	*ret = found;
	return 0;
}

int vault_session(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION], struct keys_member *ret)
{
	struct vault_session *who;
	int err = vault_session_find(v, now, session, &who);
	if (!err)
		*ret = vault_member_show(v->s, who->member);
	return err;
}

int vault_sign_out(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION])
{
	struct vault_session *who;
	int err = vault_session_find(v, now, session, &who);
	if (!err)
		end(who);
	return err;
}

/* A free place; a member with four sessions gives up the one that was used longest ago. */
static struct vault_session *place_for(struct vault *v, uint32_t member)
{
	struct vault_session *unused = NULL, *oldest = NULL;
	int n = 0;
	for (struct vault_session *s = v->sessions; s < v->sessions + VAULT_SESSIONS_MAX; s++) {
		if (!s->member)
			unused = s;
		if (s->member != member)
			continue;
		n++;
		if (!oldest || s->turn < oldest->turn)
			oldest = s;
	}
	if (n < OF_ONE_MEMBER)
		return unused;
	end(oldest);
	return oldest;
}

/* --- passwords --- */

static int attempt(struct vault *v, int64_t now, uint32_t member, struct vault_login *ret)
{
	const struct state_member *m = state_member(v->s, member);
	if (!m || m->state == KEYS_LEFT)
		return -ENOENT;
	int err = rate_password_attempt(&v->rates[member].password, now);
	if (!err)
		*ret = m->login;
	return err;
}

static bool login_equal(const struct vault_login *a, const struct vault_login *b)
{
	return a->cost.passes == b->cost.passes && a->cost.memory_kib == b->cost.memory_kib &&
		memcmp(a->salt, b->salt, SEAL_SALT) == 0 && memcmp(a->box, b->box, SEAL_MEMBER_BOX) == 0;
}

/* Whether the seed that `login` gave is the member's, and login still what stands in S. */
static int right(struct vault *v, uint32_t member, const struct vault_login *login, const uint8_t *seed,
	struct seal_member_secret *ret)
{
	const struct state_member *m = state_member(v->s, member);
	if (!seed || !m || m->state == KEYS_LEFT || !login_equal(login, &m->login))
		return -EACCES;
	int err = seal_member_from_seed(seed, ret);
	if (!err && (sodium_memcmp(ret->pub.box, m->pub.box, SEAL_PUBLIC) != 0 ||
		sodium_memcmp(ret->pub.sign, m->pub.sign, sizeof m->pub.sign) != 0))
		err = -EACCES;
	if (!err)
		rate_password_right(&v->rates[member].password);
	return err;
}

int vault_sign_in_begin(struct vault *v, int64_t now, uint32_t member, struct vault_login *ret)
{
	return attempt(v, now, member, ret);
}

int vault_sign_in_end(struct vault *v, int64_t now, uint32_t member, const struct vault_login *login,
	const uint8_t *seed, uint8_t ret_session[KEYS_SESSION])
{
	struct seal_member_secret secret;
	int err = right(v, member, login, seed, &secret);
	if (err) {
		sodium_memzero(&secret, sizeof secret);
		return err;
	}
	vault_sweep(v, now);
	struct vault_session *s = place_for(v, member);
	if (s) {
		s->member = member;
		s->since = s->used = now;
		s->turn = ++v->turn;
		s->secret = secret;
		randombytes_buf(s->token, KEYS_SESSION);
		memcpy(ret_session, s->token, KEYS_SESSION);
	}
	sodium_memzero(&secret, sizeof secret);
	return s ? 0 : ERR_LIMIT;
}

int vault_password_begin(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION],
	struct vault_login *ret)
{
	struct vault_session *who;
	int err = vault_session_find(v, now, session, &who);
	return err ? err : attempt(v, now, who->member, ret);
}

int vault_password_end(struct vault *v, int64_t now, const uint8_t session[KEYS_SESSION],
	const struct vault_login *old, const uint8_t *seed, const struct vault_login *new)
{
	struct vault_session *who;
	struct seal_member_secret secret;
	struct state *next;
	int err = vault_session_find(v, now, session, &who);
	if (err)
		return err;
	err = right(v, who->member, old, seed, &secret);
	sodium_memzero(&secret, sizeof secret);
	if (!err)
		err = vault_change(v, &next);
	if (err)
		return err;
	state_member(next, who->member)->login = *new;
	err = vault_commit(v, next, 0);
	if (!err)
		vault_session_end(v, who->member, who);
	return err;
}

static int length(struct bytes password)
{
	return password.n < VAULT_PASSWORD_MIN || password.n > VAULT_PASSWORD_MAX ? -EINVAL : 0;
}

int vault_login_make(const uint8_t seed[SEAL_KEY], struct bytes password, struct seal_cost cost,
	struct vault_login *ret)
{
	int err = length(password);
	if (err)
		return err;
	ret->cost = cost;
	randombytes_buf(ret->salt, SEAL_SALT);
	return seal_member_lock(seed, password, cost, ret->salt, ret->box);
}

int vault_fresh_make(struct bytes password, struct seal_cost cost, struct vault_fresh *ret)
{
	struct seal_member_secret secret;
	uint8_t seed[SEAL_KEY];
	int err = seal_member_new(&secret, seed);
	if (!err) {
		ret->pub = secret.pub;
		err = vault_login_make(seed, password, cost, &ret->login);
	}
	sodium_memzero(&secret, sizeof secret);
	sodium_memzero(seed, sizeof seed);
	return err;
}

int vault_login_unlock(const struct vault_login *login, struct bytes password, uint8_t ret_seed[SEAL_KEY])
{
	return seal_member_unlock(login->box, password, login->cost, login->salt, ret_seed);
}
