/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions begin, become whole, and end. */
#include "desk/staff/session_inside.h"

#include "base/clock.h"
#include "base/hex.h"
#include "desk/audit/audit.h"
#include "desk/settings.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>

struct opening {
	uint8_t hash[SESSION_HASH], box[SESSION_BOX], before[SESSION_HASH];
	uint32_t member;
	int64_t created;
	bool whole, replaces;
	const struct audit_entry *entry;
};

static int insert(struct store_tx *t, void *ctx)
{
	const struct opening *o = ctx;
	int err = 0;
	if (o->replaces)
		err = STORE_RUN(t, "DELETE FROM staff_session WHERE hash = $1", S_BLOB(o->before, SESSION_HASH));
	if (!err)
		err = STORE_RUN(t, "INSERT INTO staff_session (hash, member, keys, created, seen, whole) VALUES ($1, $2, $3, $4, $5, $6)",
			S_BLOB(o->hash, SESSION_HASH), S_INT(o->member), S_BLOB(o->box, SESSION_BOX), S_INT(o->created),
			S_INT(clock_unix()), S_INT(o->whole));
	return err ? err : audit_put(t, o->entry);
}

/* What the browser had before is over on the other side too; the same session under a new cookie goes on. */
static void let_go(struct web_request *r, const uint8_t session[KEYS_SESSION])
{
	const struct staff *before = session_slot(r);
	if (!before || sodium_memcmp(before->keys, session, KEYS_SESSION) == 0)
		return;
	int err = keys_sign_out(DESK(r)->keys, before->keys);
	(void)err; /* it ends by itself in a quarter of an hour */
}

/* A new cookie over this session of the key process, instead of the one the browser sent. */
static int open_session(struct web_request *r, struct opening *o, const uint8_t session[KEYS_SESSION])
{
	char cookie[WEB_TOKEN];
	uint8_t key[SESSION_HASH];
	const char *old = session_slot(r) ? web_cookie(r, SESSION_COOKIE) : NULL;
	o->replaces = old != NULL;
	if (old)
		session_derive(old, "hash", o->before);
	web_token_random(cookie);
	session_derive(cookie, "hash", o->hash);
	session_derive(cookie, "box", key);
	int err = seal_box(key, session_ad(), bytes_of(session, KEYS_SESSION), o->box);
	if (!err)
		err = store_write(DESK(r)->store, insert, o);
	if (!err) {
		let_go(r, session);
		web_cookie_set(r, SESSION_COOKIE, cookie, 0);
	}
	sodium_memzero(key, sizeof key);
	sodium_memzero(cookie, sizeof cookie);
	return err;
}

/* --- the password --- */

/* A number that no member has, the same for a name until the desk starts again: the key process then
 * slows down who tries names that nobody has as it does for those of members. */
static uint8_t nobody_key[crypto_shorthash_KEYBYTES];
static pthread_once_t nobody_once = PTHREAD_ONCE_INIT;

static void nobody_start(void)
{
	randombytes_buf(nobody_key, sizeof nobody_key);
}

static uint32_t nobody(const char *sign_in)
{
	uint8_t h[crypto_shorthash_BYTES];
	(void)pthread_once(&nobody_once, nobody_start);
	(void)crypto_shorthash(h, (const uint8_t *)sign_in, strlen(sign_in), nobody_key);
	return le32_get(h) | 1u << 31;
}

struct who { uint32_t member; int role; bool factor; };

/* The member, or one that nobody has. Who has left is nobody. */
static int find_member(struct desk *d, const char *sign_in, struct who *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	*ret = (struct who){ .member = nobody(sign_in) };
	err = STORE_QUERY(t, &r, "SELECT s.member, s.role, (SELECT count(*) FROM factor f WHERE f.member = s.member) "
		"FROM staff s WHERE s.sign_in = $1 AND s.gone IS NULL", S_TEXT(sign_in));
	if (!err) {
		err = store_next(r);
		if (err == 1)
			*ret = (struct who){ (uint32_t)store_int(r, 0), (int)store_int(r, 1), store_int(r, 2) > 0 };
		err = err < 0 ? err : 0;
		store_end(r);
	}
	store_rollback(t);
	return err;
}

/* Leaves nothing, and waits for the disk as an entry does: a name that nobody has must not be told by what it lacks. */
static int as_long(struct store_tx *t, void *ctx)
{
	uint8_t thing[16];
	randombytes_buf(thing, sizeof thing);
	int err = STORE_RUN(t, "INSERT INTO told (thing, kind, step, at) VALUES ($1, 'nobody', 0, 0)", S_BLOB(thing, sizeof thing));
	return err ? err : STORE_RUN(t, "DELETE FROM told WHERE thing = $1", S_BLOB(thing, sizeof thing));
}

/* A wrong password of somebody who is there. Names that nobody has, and tries past the key process's limit, are
 * not put down: who makes them could fill the trail. */
static void tell_wrong(struct desk *d, const struct who *w)
{
	const struct audit_entry e = { .member = w->member, .role = w->role, .action = "refused", .object = "sign-in", .detail = "password" };
	int err = w->role ? audit_now(d, &e) : store_write(d->store, as_long, NULL);
	(void)err; /* it is refused in any case */
}

int staff_sign_in(struct web_request *r, const char *sign_in, const char *password, const char **ret_next)
{
	struct desk *d = DESK(r);
	struct who w;
	uint8_t session[KEYS_SESSION];
	int err = find_member(d, sign_in, &w);
	if (err)
		return err;
	/* The key process takes as long to refuse a number that nobody has as a wrong password. */
	err = keys_sign_in(d->keys, w.member, bytes_str(password), session);
	if (err == -EACCES || err == -ENOENT)
		tell_wrong(d, &w);
	if (err)
		return err == -ENOENT || err == ERR_MALFORMED ? -EACCES : err;
	struct opening o = { .member = w.member, .created = clock_unix(), .whole = !w.factor && !desk_live(d) };
	const struct audit_entry e = { .member = w.member, .role = w.role, .action = "sign-in", .detail = o.whole ? "whole" : "half" };
	o.entry = &e;
	err = open_session(r, &o, session);
	sodium_memzero(session, sizeof session);
	*ret_next = o.whole ? "~/staff" : w.factor ? "~/staff/second" : "~/staff/factor";
	return err;
}

int staff_complete(struct web_request *r)
{
	const struct staff *s = session_slot(r);
	const struct audit_entry e = { .member = s->member, .role = s->role, .action = "sign-in", .detail = "whole" };
	struct opening o = { .member = s->member, .created = clock_unix(), .whole = true, .entry = &e };
	return open_session(r, &o, s->keys);
}

/* --- ending --- */

struct ending {
	uint8_t hash[SESSION_HASH];
	uint32_t member;
	bool others;           /* all but hash */
	struct audit_entry entry;
	int64_t ended;
};

static int end_rows(struct store_tx *t, void *ctx)
{
	struct ending *e = ctx;
	const struct store_value v[] = { S_INT(e->member), S_BLOB(e->hash, SESSION_HASH) };
	int err = store_run(t, e->others ? "DELETE FROM staff_session WHERE member = $1 AND hash <> $2"
		: "DELETE FROM staff_session WHERE member = $1 AND hash = $2", v, 2, &e->ended);
	if (err || !e->ended)
		return err;
	return audit_put(t, &e->entry);
}

static struct ending ending_of(const struct staff *s, const char *action)
{
	return (struct ending){ .member = s->member, .entry = { .member = s->member, .role = s->role, .action = action } };
}

void staff_sign_out(struct web_request *r)
{
	struct desk *d = DESK(r);
	const struct staff *s = session_slot(r);
	const char *cookie = web_cookie(r, SESSION_COOKIE);
	if (!s || !cookie)
		return;
	struct ending e = ending_of(s, "sign-out");
	session_derive(cookie, "hash", e.hash);
	int err = keys_sign_out(d->keys, s->keys);
	if (!err || err == -EACCES)
		err = store_write(d->store, end_rows, &e);
	web_cookie_set(r, SESSION_COOKIE, "", -1);
	(void)err; /* what stays is dead in the key process or ends by itself */
}

int staff_session_end(struct web_request *r, const char *id)
{
	struct ending e = ending_of(session_slot(r), id ? "session.end" : "session.end-others");
	e.others = !id;
	if (id && !hex_read(bytes_str(id), e.hash, SESSION_HASH))
		return -ENOENT;
	if (!id)
		session_derive(web_cookie(r, SESSION_COOKIE), "hash", e.hash);
	int err = store_write(DESK(r)->store, end_rows, &e);
	return err ? err : e.ended || !id ? 0 : -ENOENT;
}

int staff_sessions_end(struct store_tx *t, uint32_t member)
{
	return STORE_RUN(t, "DELETE FROM staff_session WHERE member = $1", S_INT(member));
}

/* --- the list --- */

static void read_session(struct store_rows *rows, const uint8_t mine[SESSION_HASH], struct staff_session *ret)
{
	struct bytes hash = store_blob(rows, 0);
	for (size_t i = 0; i < MIN(hash.n, (size_t)SESSION_HASH); i++)
		(void)snprintf(ret->id + 2 * i, 3, "%02x", hash.p[i]);
	ret->created = store_int(rows, 1);
	ret->seen = store_int(rows, 2);
	ret->whole = store_int(rows, 3) == 1;
	ret->mine = bytes_equal(hash, bytes_of(mine, SESSION_HASH));
}

int staff_sessions(struct web_request *r, struct staff_session ret[STAFF_SESSIONS_MAX], size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *rows;
	uint8_t mine[SESSION_HASH];
	size_t n = 0;
	int64_t now = clock_unix();
	session_derive(web_cookie(r, SESSION_COOKIE), "hash", mine);
	int err = store_begin(DESK(r)->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT hash, created, seen, whole FROM staff_session WHERE member = $1 AND seen > $2 AND created > $3 "
		"ORDER BY seen DESC LIMIT 50", S_INT(session_slot(r)->member), S_INT(now - STAFF_IDLE), S_INT(now - STAFF_LONGEST));
	if (!err) {
		while (n < STAFF_SESSIONS_MAX && (err = store_next(rows)) == 1)
			read_session(rows, mine, &ret[n++]);
		err = err < 0 ? err : 0;
		store_end(rows);
	}
	store_rollback(t);
	*ret_n = n;
	return err;
}
