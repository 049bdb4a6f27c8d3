/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/member.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/epoch.h"
#include "desk/staff/factor.h"
#include "desk/work/work.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

enum { RESET_DAYS = 3, HASH = 32, HEAL_AFTER = 120 };

struct about {
	char object[24];
	struct audit_entry e;
};

static struct audit_entry *entry(struct about *x, const struct staff *by, const char *action, uint32_t member)
{
	(void)snprintf(x->object, sizeof x->object, "member %u", member);
	x->e = (struct audit_entry){ .member = by ? by->member : 0, .role = by ? by->role : 0, .action = action, .object = x->object };
	return &x->e;
}

/* err as it was; an error of the trail where there was none. */
static int failed(struct desk *d, struct about *x, const char *action, int err)
{
	x->e.action = action;
	int told = err ? audit_now(d, &x->e) : 0;
	return err ? err : told;
}

/* --- leaving --- */

struct row { uint32_t member; char unit[KEYS_UNIT]; };

static int find_row(struct desk *d, uint32_t member, struct row *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT unit FROM staff WHERE member = $1 AND gone IS NULL", S_INT(member));
	if (!err) {
		err = store_next(r);
		ret->member = member;
		if (err == 1)
			(void)snprintf(ret->unit, sizeof ret->unit, "%s", store_text(r, 0));
		store_end(r);
	}
	store_rollback(t);
	return err < 0 ? err : err == 1 ? 0 : -ENOENT;
}

/* Their name stays: it stands in the audit trail. */
static int mark_gone(struct store_tx *t, void *ctx)
{
	const struct row *m = ctx;
	const int64_t now = clock_unix();
	int err = STORE_RUN(t, "UPDATE staff SET gone = $1, mail = NULL, pager = NULL WHERE member = $2 AND gone IS NULL", S_INT(now),
		S_INT(m->member));
	if (!err)
		err = staff_sessions_end(t, m->member);
	if (!err)
		err = factor_remove(t, m->member);
	if (!err)
		err = STORE_RUN(t, "DELETE FROM reset WHERE member = $1", S_INT(m->member));
	if (!err)
		err = STORE_RUN(t, "DELETE FROM shift WHERE member = $1 AND starts > $2", S_INT(m->member), S_INT(now));
	return err ? err : STORE_RUN(t, "UPDATE shift SET ends = $2 WHERE member = $1 AND ends > $2", S_INT(m->member), S_INT(now));
}

int member_leave(struct desk *d, const struct staff *by, uint32_t member, uint32_t to, size_t *ret_cases)
{
	struct row m;
	struct about x;
	int err = find_row(d, member, &m);
	if (!err)
		err = audit_now(d, entry(&x, by, "member.leave", member));
	if (err)
		return err;
	err = failed(d, &x, "member.leave.failed", keys_member_leave(d->keys, by->keys, member));
	if (err)
		return err;
	desk_keys_forget(); /* the epoch that new reports are sealed to has been replaced */
	err = store_write(d->store, mark_gone, &m);
	/* A national supervisor may see a unit's member off: what they had is of their unit. */
	const struct actor who = { .member = by->member, .role = (enum keys_role)by->role, .unit = m.unit, .session = by->keys };
	*ret_cases = 0;
	return err || !m.unit[0] ? err : work_reassign(d, &who, member, to, ret_cases);
}

/* --- a forgotten password --- */

static void token_hash(const char *token, uint8_t ret[HASH])
{
	static const uint8_t context[] = "hisn reset";
	(void)crypto_generichash(ret, HASH, (const uint8_t *)token, strlen(token), context, sizeof context - 1);
}

struct resetting { uint8_t hash[HASH]; uint32_t member; const struct audit_entry *e; };

static int insert_reset(struct store_tx *t, void *ctx)
{
	const struct resetting *x = ctx;
	int err = staff_sessions_end(t, x->member);
	if (!err)
		err = STORE_RUN(t, "DELETE FROM reset WHERE member = $1", S_INT(x->member));
	return err ? err : STORE_RUN(t, "INSERT INTO reset (hash, member, expires) VALUES ($1, $2, $3)", S_BLOB(x->hash, HASH),
		S_INT(x->member), S_INT(clock_unix() + RESET_DAYS * 86400));
}

int member_reset(struct desk *d, struct arena *a, const struct staff *by, uint32_t member, const char **ret)
{
	char token[WEB_TOKEN];
	struct about x;
	struct keys_member m;
	struct resetting r = { .member = member };
	int err = audit_now(d, entry(&x, by, "member.reset", member));
	if (err)
		return err;
	web_token_random(token);
	err = failed(d, &x, "member.reset.failed", keys_member_reset(d->keys, by->keys, member, bytes_str(token), &m));
	if (!err) {
		desk_keys_forget();
		token_hash(token, r.hash);
		err = store_write(d->store, insert_reset, &r);
	}
	*ret = err ? NULL : arena_printf(a, "/staff/reset/%s", token);
	sodium_memzero(token, sizeof token);
	return err ? err : *ret ? 0 : -ENOMEM;
}

int member_reset_find(struct desk *d, const char *token, uint32_t *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	uint8_t hash[HASH];
	token_hash(token, hash);
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT member FROM reset WHERE hash = $1 AND expires > $2", S_BLOB(hash, HASH), S_INT(clock_unix()));
	if (!err) {
		err = store_next(r);
		*ret = err == 1 ? (uint32_t)store_int(r, 0) : 0;
		store_end(r);
	}
	store_rollback(t);
	return err < 0 ? err : err == 1 ? 0 : -ENOENT;
}

static int use_reset(struct store_tx *t, void *ctx)
{
	const struct resetting *x = ctx;
	int err = STORE_RUN(t, "DELETE FROM reset WHERE hash = $1", S_BLOB(x->hash, HASH));
	return err ? err : audit_put(t, x->e);
}

int member_reset_finish(struct desk *d, const char *token, const char *password, struct keys_member *ret)
{
	uint8_t session[KEYS_SESSION];
	struct about x;
	struct resetting r = { 0 };
	int err = member_reset_find(d, token, &r.member);
	if (!err)
		err = keys_sign_in(d->keys, r.member, bytes_str(token), session);
	if (err)
		return err == -EACCES ? -ENOENT : err; /* another reset, or a password, came after this link */
	err = keys_password(d->keys, session, bytes_str(token), bytes_str(password));
	if (!err)
		err = keys_session(d->keys, session, ret);
	int out = keys_sign_out(d->keys, session);
	(void)out; /* it ends by itself */
	sodium_memzero(session, sizeof session);
	if (err)
		return err;
	token_hash(token, r.hash);
	r.e = entry(&x, NULL, "member.reset.done", r.member);
	x.e.member = r.member;
	x.e.role = ret->role;
	return store_write(d->store, use_reset, &r);
}

/* --- keys, and the second factor --- */

int member_share(struct desk *d, const struct staff *by, uint32_t member, size_t *ret_epochs)
{
	struct about x;
	int err = audit_now(d, entry(&x, by, "member.share", member));
	return err ? err : failed(d, &x, "member.share.failed", keys_member_share(d->keys, by->keys, member, ret_epochs));
}

int member_managed(struct desk *d, const struct staff *by, const char *unit, bool *ret)
{
	struct keys_member me;
	int err = keys_session(d->keys, by->keys, &me);
	if (!err)
		*ret = me.state == KEYS_ACTIVE && me.role == KEYS_SUPERVISOR && (!strcmp(me.unit, unit) || !strcmp(me.unit, KEYS_NATIONAL));
	return err;
}

static int remove_factor(struct store_tx *t, void *ctx)
{
	const struct resetting *x = ctx;
	int err = factor_remove(t, x->member);
	if (!err)
		err = staff_sessions_end(t, x->member);
	return err ? err : audit_put(t, x->e);
}

int member_factor_remove(struct desk *d, const struct staff *by, uint32_t member)
{
	struct row m;
	struct about x;
	struct factor_state s;
	bool may = false;
	int err = find_row(d, member, &m);
	if (!err)
		err = member_managed(d, by, m.unit, &may);
	if (!err)
		err = factor_state(d, member, &s);
	if (err || !may || by->member == member || !s.has)
		return err ? err : !may || by->member == member ? -EPERM : -ENOENT;
	struct resetting r = { .member = member, .e = entry(&x, by, "factor.remove", member) };
	return store_write(d->store, remove_factor, &r);
}

/* --- what a crash left --- */

static int heal(struct desk *d, uint32_t member)
{
	struct row m;
	int err = find_row(d, member, &m);
	if (err)
		return err == -ENOENT ? 0 : err; /* as it should be */
	return store_write(d->store, mark_gone, &m);
}

/* Somebody who has left and whose cases were not given on: then they are nobody's. */
static int find_left_over(struct desk *d, struct row *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT s.member, s.unit FROM staff s WHERE s.gone < $1 AND s.unit <> '' AND ("
		"EXISTS (SELECT 1 FROM report r WHERE r.assigned = s.member AND r.work = 1 AND r.unit = s.unit) OR "
		"EXISTS (SELECT 1 FROM task k WHERE k.member = s.member AND k.done IS NULL AND k.unit = s.unit)) LIMIT 1",
		S_INT(clock_unix() - HEAL_AFTER));
	if (!err) {
		err = store_next(r);
		if (err == 1) {
			ret->member = (uint32_t)store_int(r, 0);
			(void)snprintf(ret->unit, sizeof ret->unit, "%s", store_text(r, 1));
		}
		store_end(r);
	}
	store_rollback(t);
	return err;
}

static int drop_old(struct store_tx *t, void *ctx)
{
	return STORE_RUN(t, "DELETE FROM reset WHERE expires < $1", S_INT(clock_unix()));
}

int member_tend(struct desk *d)
{
	size_t n = 0;
	struct row m;
	struct keys_member *all = calloc(KEYS_MEMBER_MAX, sizeof *all);
	int err = all ? keys_members(d->keys, all, KEYS_MEMBER_MAX, &n) : -ENOMEM;
	for (size_t i = 0; i < n && !err; i++)
		if (all[i].state == KEYS_LEFT)
			err = heal(d, all[i].id);
	free(all);
	if (!err)
		err = find_left_over(d, &m);
	if (err == 1)
		err = work_reassign(d, &(struct actor){ .unit = m.unit }, m.member, 0, &n);
	return err ? err : store_write(d->store, drop_old, NULL);
}
