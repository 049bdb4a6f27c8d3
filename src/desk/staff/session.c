/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/session_inside.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "desk/audit/audit.h"

#include <errno.h>
#include <sodium.h>
#include <stdatomic.h>

enum { OBJECT_MAX = 120 };

void session_derive(const char *cookie, const char *what, uint8_t ret[SESSION_HASH])
{
	(void)crypto_generichash(ret, SESSION_HASH, (const uint8_t *)cookie, strlen(cookie), (const uint8_t *)what,
		strlen(what));
}

struct bytes session_ad(void)
{
	return bytes_str("hisn staff session");
}

static const char *keep(struct arena *a, const char *s)
{
	return arena_text(a, s, strlen(s));
}

/* One row into *ret. 0 and 1 as store_next. */
static int read_row(struct web_request *r, struct store_tx *t, const char *cookie, struct staff *ret, int64_t *ret_seen)
{
	struct store_rows *rows;
	struct arena *a = web_arena(r);
	uint8_t hash[SESSION_HASH], key[SESSION_HASH];
	int64_t now = clock_unix();
	size_t n = 0;
	session_derive(cookie, "hash", hash);
	int err = STORE_QUERY(t, &rows, "SELECT s.member, f.role, f.name, f.unit, s.keys, s.seen, s.whole, "
		"(SELECT count(*) FROM factor x WHERE x.member = s.member) FROM staff_session s "
		"JOIN staff f ON f.member = s.member AND f.gone IS NULL "
		"WHERE s.hash = $1 AND s.seen > $2 AND s.created > $3 AND (s.whole = 1 OR s.created > $4)",
		S_BLOB(hash, SESSION_HASH), S_INT(now - STAFF_IDLE), S_INT(now - STAFF_LONGEST), S_INT(now - STAFF_HALF));
	if (err)
		return err;
	err = store_next(rows);
	if (err == 1) {
		struct bytes box = store_blob(rows, 4);
		ret->member = (uint32_t)store_int(rows, 0);
		ret->role = (int)store_int(rows, 1);
		ret->name = keep(a, store_text(rows, 2));
		ret->unit = keep(a, store_text(rows, 3));
		*ret_seen = store_int(rows, 5);
		ret->whole = store_int(rows, 6) == 1;
		ret->factor = store_int(rows, 7) > 0;
		session_derive(cookie, "box", key);
		session_derive(cookie, "csrf", ret->csrf);
		if (!ret->name || !ret->unit || box.n != SESSION_BOX || seal_box_open(key, session_ad(), box, ret->keys, &n))
			err = 0;
		sodium_memzero(key, sizeof key);
	}
	store_end(rows);
	return err;
}

static int touch(struct store_tx *t, void *ctx)
{
	return STORE_RUN(t, "UPDATE staff_session SET seen = $1 WHERE hash = $2", S_INT(clock_unix()),
		S_BLOB(ctx, SESSION_HASH));
}

/* Once a minute: both sides hear that the session is in use. False: the key process has ended it. */
static bool alive(struct desk *d, const struct staff *s, const char *cookie, int64_t seen)
{
	struct keys_member m;
	uint8_t hash[SESSION_HASH];
	if (clock_unix() - seen <= 60)
		return true;
	if (keys_session(d->keys, s->keys, &m) == -EACCES)
		return false;
	session_derive(cookie, "hash", hash);
	int err = store_write(d->store, touch, hash);
	(void)err; /* the session ends a little earlier */
	return true;
}

void staff_before(struct web_request *r)
{
	struct store_tx *t;
	struct desk *d = DESK(r);
	int64_t seen = 0;
	const char *cookie = web_cookie(r, SESSION_COOKIE);
	if (!cookie || strncmp(web_path(r), "/staff", 6) != 0)
		return;
	struct staff *s = arena_alloc(web_arena(r), sizeof *s);
	if (!s || store_begin(d->store, STORE_READ, &t))
		return;
	int found = read_row(r, t, cookie, s, &seen);
	store_rollback(t);
	if (found == 1 && alive(d, s, cookie, seen))
		web_slot_set(r, s);
}

const struct staff *session_slot(struct web_request *r)
{
	return web_slot(r);
}

const struct staff *staff_of(struct web_request *r)
{
	const struct staff *s = web_slot(r);
	return s && s->whole ? s : NULL;
}

const struct staff *staff_half(struct web_request *r)
{
	const struct staff *s = web_slot(r);
	return s && !s->whole ? s : NULL;
}

/* --- refusing --- */

static atomic_uint_fast64_t strangers;

/* "POST /staff/settings", cut to what an entry holds, between two characters. */
static const char *asked(struct web_request *r)
{
	const char *s = arena_printf(web_arena(r), "%s %s", web_method(r), web_path(r));
	struct bytes rest = bytes_str(s ? s : "");
	while (rest.n && rest.p - (const uint8_t *)s < OBJECT_MAX - 4)
		(void)utf8_next(&rest);
	return s ? arena_text(web_arena(r), s, (size_t)(rest.p - (const uint8_t *)s)) : NULL;
}

static void tell(struct web_request *r, const struct staff *s, const char *why)
{
	const struct audit_entry e = { .member = s->member, .role = s->role, .action = "refused", .object = asked(r), .detail = why };
	int err = audit_now(DESK(r), &e);
	(void)err; /* nothing is shown in any case */
}

void staff_refuse(struct web_request *r, const char *why)
{
	const struct staff *s = web_slot(r);
	if (s)
		tell(r, s, why);
	web_status(r, 403);
}

void staff_unseen(struct web_request *r)
{
	const struct staff *s = web_slot(r);
	if (s)
		tell(r, s, "not there for them");
	web_status(r, 404);
}

int staff_tend(struct desk *d)
{
	char detail[40];
	uint_fast64_t n = atomic_exchange(&strangers, 0);
	if (!n)
		return 0;
	(void)snprintf(detail, sizeof detail, "%llu without a session", (unsigned long long)n);
	return audit_now(d, &(struct audit_entry){ .action = "refused", .object = "/staff", .detail = detail });
}

static bool known(struct web_request *r)
{
	if (web_slot(r))
		return true;
	atomic_fetch_add(&strangers, 1);
	web_redirect(r, "~/staff/sign-in");
	return false;
}

static bool token_good(struct web_request *r)
{
	const struct staff *s = web_slot(r);
	const char *token = web_field(r, "csrf");
	if (strcmp(web_method(r), "POST") != 0 || (token && web_csrf_good(s->csrf, web_path(r), clock_unix(), token)))
		return true;
	staff_refuse(r, "token");
	return false;
}

bool staff_has(struct web_request *r, unsigned roles)
{
	if (!known(r))
		return false;
	const struct staff *s = web_slot(r);
	if (s->whole && roles & STAFF_ROLE(s->role))
		return true;
	if (s->whole) {
		staff_refuse(r, "role");
		return false;
	}
	tell(r, s, "half");
	web_redirect(r, s->factor ? "~/staff/second" : "~/staff/factor");
	return false;
}

bool staff_may(struct web_request *r, unsigned roles)
{
	return staff_has(r, roles) && token_good(r);
}

bool staff_any(struct web_request *r)
{
	return known(r) && token_good(r);
}

const char *staff_csrf(struct web_request *r, const char *path)
{
	char token[WEB_TOKEN];
	const struct staff *s = web_slot(r);
	if (!s)
		return NULL;
	web_csrf(s->csrf, path, clock_unix(), token);
	return arena_text(web_arena(r), token, strlen(token));
}
