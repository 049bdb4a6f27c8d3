/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/app.h"
#include "desk/audit/audit.h"
#include "desk/staff/invite.h"

#include "base/clock.h"

#include <errno.h>
#include <sodium.h>

enum { INVITE_DAYS = 3 };

void invite_hash(const char *token, uint8_t ret[INVITE_HASH])
{
	static const uint8_t context[] = "hisn invite";
	(void)crypto_generichash(ret, INVITE_HASH, (const uint8_t *)token, strlen(token), context, sizeof context - 1);
}

struct inviting {
	struct invite invite;
	uint32_t by;
};

static int insert(struct store_tx *t, void *ctx)
{
	const struct inviting *v = ctx;
	const struct invite *i = &v->invite;
	char what[40];
	(void)snprintf(what, sizeof what, "role %d %.20s", i->role, i->unit);
	int err = STORE_RUN(t, "INSERT INTO invite (hash, role, unit, name, expires) VALUES ($1, $2, $3, $4, $5)",
		S_BLOB(i->hash, INVITE_HASH), S_INT(i->role), S_TEXT(i->unit), S_TEXT(i->name), S_INT(i->expires));
	return err ? err : audit_put(t, &(struct audit_entry){ .member = v->by, .role = v->by ? KEYS_ADMINISTRATOR : 0,
		.action = "member.invite", .object = what });
}

int desk_invite(struct desk *d, struct arena *a, const struct desk_invitation *i, const char **ret)
{
	char token[WEB_TOKEN];
	struct inviting v = { .by = i->by };
	v.invite = (struct invite){ .role = i->role, .unit = i->unit, .name = i->name, .expires = clock_unix() + INVITE_DAYS * 86400 };
	web_token_random(token);
	invite_hash(token, v.invite.hash);
	const char *path = arena_printf(a, "/staff/join/%s", token);
	if (!path)
		return -ENOMEM;
	int err = store_write(d->store, insert, &v);
	if (!err)
		*ret = path;
	return err;
}

int invite_find(struct store_tx *t, struct arena *a, const char *token, struct invite *ret)
{
	struct store_rows *r;
	struct invite i = { 0 };
	invite_hash(token, i.hash);
	int err = STORE_QUERY(t, &r, "SELECT role, unit, name, expires FROM invite WHERE hash = $1 AND expires > $2",
		S_BLOB(i.hash, INVITE_HASH), S_INT(clock_unix()));
	if (err)
		return err;
	err = store_next(r);
	if (err == 1) {
		i.role = (int)store_int(r, 0);
		i.unit = arena_text(a, store_text(r, 1), strlen(store_text(r, 1)));
		i.name = arena_text(a, store_text(r, 2), strlen(store_text(r, 2)));
		i.expires = store_int(r, 3);
		*ret = i;
	}
	store_end(r);
	return err < 0 ? err : err == 0 ? -ENOENT : !i.unit || !i.name ? -ENOMEM : 0;
}

int desk_has_administrator(struct desk *d, bool *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT 1 FROM staff WHERE role = $1", S_INT(KEYS_ADMINISTRATOR));
	if (!err) {
		err = store_next(r);
		*ret = err == 1;
		err = err < 0 ? err : 0;
		store_end(r);
	}
	store_rollback(t);
	return err;
}
