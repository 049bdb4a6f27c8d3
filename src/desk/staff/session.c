/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/session.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>

enum { HASH = 32, KEYS_BOX = KEYS_SESSION + SEAL_BOX_MORE };
#define COOKIE "hisn"

/* Three values of one cookie; none tells another. */
static void derive(const char *cookie, const char *what, uint8_t ret[HASH])
{
	(void)crypto_generichash(ret, HASH, (const uint8_t *)cookie, strlen(cookie), (const uint8_t *)what,
		strlen(what));
}

static struct bytes ad(void)
{
	return bytes_str("hisn staff session");
}

/* One row into *ret. 0 and 1 as store_next. */
static int read_row(struct web_request *r, struct store_tx *t, const char *cookie, struct staff *ret, int64_t *ret_seen)
{
	struct store_rows *rows;
	struct arena *a = web_arena(r);
	uint8_t hash[HASH], key[HASH];
	int64_t now = clock_unix();
	size_t n = 0;
	derive(cookie, "hash", hash);
	int err = STORE_QUERY(t, &rows, "SELECT s.member, f.role, f.name, f.unit, s.keys, s.seen FROM staff_session s "
		"JOIN staff f ON f.member = s.member WHERE s.hash = $1 AND s.seen > $2 AND s.created > $3",
		S_BLOB(hash, HASH), S_INT(now - STAFF_IDLE), S_INT(now - STAFF_LONGEST));
	if (err)
		return err;
	err = store_next(rows);
	if (err == 1) {
		struct bytes box = store_blob(rows, 4);
		ret->member = (uint32_t)store_int(rows, 0);
		ret->role = (int)store_int(rows, 1);
		ret->name = arena_text(a, store_text(rows, 2), strlen(store_text(rows, 2)));
		ret->unit = arena_text(a, store_text(rows, 3), strlen(store_text(rows, 3)));
		*ret_seen = store_int(rows, 5);
		derive(cookie, "box", key);
		derive(cookie, "csrf", ret->csrf);
		if (!ret->name || !ret->unit || box.n != KEYS_BOX || seal_box_open(key, ad(), box, ret->keys, &n))
			err = 0;
		sodium_memzero(key, sizeof key);
	}
	store_end(rows);
	return err;
}

struct touch { uint8_t hash[HASH]; };

static int touch(struct store_tx *t, void *ctx)
{
	struct touch *c = ctx;
	return STORE_RUN(t, "UPDATE staff_session SET seen = $1 WHERE hash = $2", S_INT(clock_unix()),
		S_BLOB(c->hash, HASH));
}

void staff_before(struct web_request *r)
{
	struct store_tx *t;
	struct desk *d = DESK(r);
	int64_t seen = 0;
	const char *cookie = web_cookie(r, COOKIE);
	if (!cookie || strncmp(web_path(r), "/staff", 6) != 0)
		return;
	struct staff *s = arena_alloc(web_arena(r), sizeof *s);
	if (!s || store_begin(d->store, STORE_READ, &t))
		return;
	int found = read_row(r, t, cookie, s, &seen);
	store_rollback(t);
	if (found != 1)
		return;
	web_slot_set(r, s);
	if (clock_unix() - seen > 60) {
		struct touch c;
		derive(cookie, "hash", c.hash);
		int err = store_write(d->store, touch, &c);
		(void)err; /* the session ends a little earlier */
	}
}

const struct staff *staff_of(struct web_request *r)
{
	return web_slot(r);
}

bool staff_has(struct web_request *r, unsigned roles)
{
	const struct staff *s = staff_of(r);
	if (!s)
		web_redirect(r, "~/staff/sign-in");
	else if (!(roles & STAFF_ROLE(s->role)))
		web_status(r, 403);
	else
		return true;
	return false;
}

bool staff_may(struct web_request *r, unsigned roles)
{
	if (!staff_has(r, roles))
		return false;
	const char *token = web_field(r, "csrf");
	if (strcmp(web_method(r), "POST") != 0 ||
		(token && web_csrf_good(staff_of(r)->csrf, web_path(r), clock_unix(), token)))
		return true;
	web_status(r, 403);
	return false;
}

const char *staff_csrf(struct web_request *r, const char *path)
{
	char token[WEB_TOKEN];
	const struct staff *s = staff_of(r);
	if (!s)
		return NULL;
	web_csrf(s->csrf, path, clock_unix(), token);
	return arena_text(web_arena(r), token, strlen(token));
}

struct opening {
	uint8_t hash[HASH], box[KEYS_BOX];
	uint32_t member;
};

static int insert(struct store_tx *t, void *ctx)
{
	const struct opening *o = ctx;
	int64_t now = clock_unix();
	return STORE_RUN(t, "INSERT INTO staff_session (hash, member, keys, created, seen) VALUES ($1, $2, $3, $4, $4)",
		S_BLOB(o->hash, HASH), S_INT(o->member), S_BLOB(o->box, KEYS_BOX), S_INT(now));
}

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

/* The member's number, or one that nobody has. */
static int find_member(struct desk *d, const char *sign_in, uint32_t *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	*ret = nobody(sign_in);
	err = STORE_QUERY(t, &r, "SELECT member FROM staff WHERE sign_in = $1", S_TEXT(sign_in));
	if (!err) {
		err = store_next(r);
		if (err == 1)
			*ret = (uint32_t)store_int(r, 0);
		err = err < 0 ? err : 0;
		store_end(r);
	}
	store_rollback(t);
	return err;
}

int staff_sign_in(struct web_request *r, const char *sign_in, const char *password)
{
	struct desk *d = DESK(r);
	struct opening o;
	char cookie[WEB_TOKEN];
	uint8_t session[KEYS_SESSION], key[HASH];
	int err = find_member(d, sign_in, &o.member);
	if (err)
		return err;
	/* The key process takes as long to refuse a number that nobody has as a wrong password. */
	err = keys_sign_in(d->keys, o.member, bytes_str(password), session);
	if (err)
		return err == -ENOENT || err == ERR_MALFORMED ? -EACCES : err;
	web_token_random(cookie);
	derive(cookie, "hash", o.hash);
	derive(cookie, "box", key);
	err = seal_box(key, ad(), bytes_of(session, sizeof session), o.box);
	if (!err)
		err = store_write(d->store, insert, &o);
	if (!err)
		web_cookie_set(r, COOKIE, cookie, 0);
	sodium_memzero(key, sizeof key);
	sodium_memzero(session, sizeof session);
	sodium_memzero(cookie, sizeof cookie);
	return err;
}

static int forget(struct store_tx *t, void *ctx)
{
	struct touch *c = ctx;
	return STORE_RUN(t, "DELETE FROM staff_session WHERE hash = $1", S_BLOB(c->hash, HASH));
}

void staff_sign_out(struct web_request *r)
{
	struct desk *d = DESK(r);
	const struct staff *s = staff_of(r);
	const char *cookie = web_cookie(r, COOKIE);
	if (!s || !cookie)
		return;
	struct touch c;
	derive(cookie, "hash", c.hash);
	int err = keys_sign_out(d->keys, s->keys);
	if (!err || err == -EACCES)
		err = store_write(d->store, forget, &c);
	web_cookie_set(r, COOKIE, "", -1);
	(void)err; /* what stays is dead in the key process or ends by itself */
}
