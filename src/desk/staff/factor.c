/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/factor.h"

#include "base/clock.h"

#include <errno.h>
#include <sodium.h>

enum { FREE_TRIES = 3, FIRST_WAIT = 15, LONGEST_WAIT = 15 * 60, CONTEXT = 32 };
#define FIELD_VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

static const char *context(char buf[CONTEXT], uint32_t member)
{
	(void)snprintf(buf, CONTEXT, "totp %u", member);
	return buf;
}

int factor_new(struct desk *d, uint32_t member, struct factor_new *ret)
{
	char buf[CONTEXT];
	uint8_t box[FACTOR_BOX];
	randombytes_buf(ret->secret, sizeof ret->secret);
	int err = keys_box(d->keys, context(buf, member), bytes_of(ret->secret, TOTP_SECRET), box);
	(void)sodium_bin2base64(ret->field, sizeof ret->field, box, sizeof box, FIELD_VARIANT);
	return err;
}

static int read_field(const char *field, uint8_t box[FACTOR_BOX])
{
	size_t n;
	const char *end;
	if (!field || strlen(field) >= FACTOR_FIELD ||
		sodium_base642bin(box, FACTOR_BOX, field, strlen(field), NULL, &n, &end, FIELD_VARIANT))
		return ERR_MALFORMED;
	return n == FACTOR_BOX && !*end ? 0 : ERR_MALFORMED;
}

static int unbox(struct desk *d, uint32_t member, struct bytes box, uint8_t ret[TOTP_SECRET])
{
	char buf[CONTEXT];
	uint8_t plain[FACTOR_BOX];
	size_t n;
	if (box.n != FACTOR_BOX)
		return ERR_MALFORMED;
	int err = keys_unbox(d->keys, context(buf, member), box, plain, &n);
	if (!err)
		err = n == TOTP_SECRET ? 0 : ERR_MALFORMED;
	if (!err)
		memcpy(ret, plain, TOTP_SECRET);
	sodium_memzero(plain, sizeof plain);
	return err;
}

int factor_again(struct desk *d, uint32_t member, const char *field, struct factor_new *ret)
{
	uint8_t box[FACTOR_BOX];
	int err = read_field(field, box);
	if (!err)
		err = unbox(d, member, bytes_of(box, sizeof box), ret->secret);
	if (!err)
		(void)snprintf(ret->field, sizeof ret->field, "%s", field);
	return err;
}

static bool fits(const struct factor_new *n, const char *code, int64_t *ret_step)
{
	char typed[TOTP_TYPED + 1];
	return totp_typed(code, typed) && totp_good(n->secret, clock_unix(), typed, ret_step);
}

bool factor_fits(const struct factor_new *n, const char *code)
{
	int64_t step;
	return fits(n, code, &step);
}

/* --- storing --- */

struct storing {
	uint32_t member;
	uint8_t box[FACTOR_BOX];
	int64_t step;
	uint8_t hash[RECOVERY_CODES][RECOVERY_HASH];
};

static void make_codes(const uint8_t secret[TOTP_SECRET], struct storing *s, struct factor_codes *ret)
{
	char typed[TOTP_TYPED + 1];
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		recovery_random(ret->code[i]);
		bool good = totp_typed(ret->code[i], typed);
		(void)good;
		recovery_hash(secret, s->member, typed, s->hash[i]);
	}
	sodium_memzero(typed, sizeof typed);
}

static int store_codes(struct store_tx *t, const struct storing *s)
{
	int err = STORE_RUN(t, "DELETE FROM factor_code WHERE member = $1", S_INT(s->member));
	for (size_t i = 0; i < RECOVERY_CODES && !err; i++)
		err = STORE_RUN(t, "INSERT INTO factor_code (member, hash) VALUES ($1, $2)", S_INT(s->member),
			S_BLOB(s->hash[i], RECOVERY_HASH));
	return err;
}

static int store_all(struct store_tx *t, void *ctx)
{
	const struct storing *s = ctx;
	int err = factor_remove(t, s->member);
	if (!err)
		err = STORE_RUN(t, "INSERT INTO factor (member, secret, step, created, wrong, tried) VALUES ($1, $2, $3, $4, 0, 0)",
			S_INT(s->member), S_BLOB(s->box, FACTOR_BOX), S_INT(s->step), S_INT(clock_unix()));
	return err ? err : store_codes(t, s);
}

int factor_enrol(struct desk *d, uint32_t member, const struct factor_new *n, const char *code, struct factor_codes *ret)
{
	struct storing s = { .member = member };
	int err = read_field(n->field, s.box);
	if (!err)
		err = fits(n, code, &s.step) ? 0 : -EACCES;
	if (err)
		return err;
	make_codes(n->secret, &s, ret);
	err = store_write(d->store, store_all, &s);
	if (err)
		sodium_memzero(ret, sizeof *ret);
	return err;
}

int factor_remove(struct store_tx *t, uint32_t member)
{
	int err = STORE_RUN(t, "DELETE FROM factor_code WHERE member = $1", S_INT(member));
	return err ? err : STORE_RUN(t, "DELETE FROM factor WHERE member = $1", S_INT(member));
}

/* --- asking --- */

int factor_state(struct desk *d, uint32_t member, struct factor_state *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	*ret = (struct factor_state){ 0 };
	err = STORE_QUERY(t, &r, "SELECT f.created, (SELECT count(*) FROM factor_code c WHERE c.member = f.member) "
		"FROM factor f WHERE f.member = $1", S_INT(member));
	if (!err) {
		err = store_next(r);
		if (err == 1)
			*ret = (struct factor_state){ true, store_int(r, 0), store_int(r, 1) };
		store_end(r);
	}
	store_rollback(t);
	return err < 0 ? err : 0;
}

int factor_missing(struct desk *d, int64_t *ret)
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = store_query(t, "SELECT count(*) FROM staff s WHERE s.gone IS NULL AND NOT EXISTS "
		"(SELECT 1 FROM factor f WHERE f.member = s.member)", NULL, 0, &r);
	if (!err) {
		err = store_next(r);
		*ret = store_int(r, 0);
		store_end(r);
	}
	store_rollback(t);
	return err < 0 ? err : 0;
}

struct trying {
	uint32_t member;
	int64_t now;
	uint8_t box[FACTOR_BOX], hash[RECOVERY_HASH];
	int64_t step;
};

static int64_t wait_after(int64_t wrong)
{
	int64_t wait = FIRST_WAIT;
	if (wrong < FREE_TRIES)
		return 0;
	for (; wrong > FREE_TRIES && wait < LONGEST_WAIT; wrong--)
		wait *= 2;
	return MIN(wait, LONGEST_WAIT);
}

/* Counts the try and gives the box. -EAGAIN: not yet. */
static int begin_try(struct store_tx *t, void *ctx)
{
	struct trying *y = ctx;
	struct store_rows *r;
	int64_t wrong = 0, tried = 0;
	int err = STORE_QUERY(t, &r, "SELECT secret, wrong, tried FROM factor WHERE member = $1", S_INT(y->member));
	if (err)
		return err;
	err = store_next(r);
	if (err == 1) {
		wrong = store_int(r, 1);
		tried = store_int(r, 2);
		err = store_blob(r, 0).n == FACTOR_BOX ? 1 : ERR_MALFORMED;
		if (err == 1)
			memcpy(y->box, store_blob(r, 0).p, FACTOR_BOX);
	}
	store_end(r);
	if (err != 1)
		return err ? err : -ENOENT;
	wrong = y->now - tried > LONGEST_WAIT ? 0 : wrong;
	if (y->now - tried < wait_after(wrong))
		return -EAGAIN;
	return STORE_RUN(t, "UPDATE factor SET wrong = $1, tried = $2 WHERE member = $3", S_INT(wrong + 1), S_INT(y->now),
		S_INT(y->member));
}

static int used(struct store_tx *t, const char *sql, const struct store_value *v, size_t n)
{
	int64_t changed;
	int err = store_run(t, sql, v, n, &changed);
	return err ? err : changed == 1 ? 0 : -EACCES;
}

/* A code serves once: its step must be later than the last one used. */
static int use_code(struct store_tx *t, void *ctx)
{
	const struct trying *y = ctx;
	return used(t, "UPDATE factor SET step = $1, wrong = 0, tried = 0 WHERE member = $2 AND step < $1",
		(struct store_value[]){ S_INT(y->step), S_INT(y->member) }, 2);
}

static int use_recovery(struct store_tx *t, void *ctx)
{
	const struct trying *y = ctx;
	int err = used(t, "DELETE FROM factor_code WHERE member = $1 AND hash = $2",
		(struct store_value[]){ S_INT(y->member), S_BLOB(y->hash, RECOVERY_HASH) }, 2);
	return err ? err : STORE_RUN(t, "UPDATE factor SET wrong = 0, tried = 0 WHERE member = $1", S_INT(y->member));
}

int factor_check(struct desk *d, uint32_t member, const char *code, bool *ret_recovery)
{
	char typed[TOTP_TYPED + 1] = "";
	uint8_t secret[TOTP_SECRET];
	struct trying y = { .member = member, .now = clock_unix() };
	bool can_be = totp_typed(code, typed);
	int err = store_write(d->store, begin_try, &y);
	if (!err)
		err = unbox(d, member, bytes_of(y.box, FACTOR_BOX), secret);
	if (err)
		return err;
	recovery_hash(secret, member, typed, y.hash);
	bool good = totp_good(secret, y.now, typed, &y.step);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(typed, sizeof typed);
	if (!can_be)
		return -EACCES;
	*ret_recovery = !good;
	return store_write(d->store, good ? use_code : use_recovery, &y);
}

static int store_fresh(struct store_tx *t, void *ctx)
{
	return store_codes(t, ctx);
}

static int read_box(struct desk *d, uint32_t member, uint8_t ret[FACTOR_BOX])
{
	struct store_tx *t;
	struct store_rows *r;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &r, "SELECT secret FROM factor WHERE member = $1", S_INT(member));
	if (!err) {
		err = store_next(r);
		if (err == 1 && store_blob(r, 0).n == FACTOR_BOX)
			memcpy(ret, store_blob(r, 0).p, FACTOR_BOX);
		else if (err >= 0)
			err = -ENOENT;
		store_end(r);
	}
	store_rollback(t);
	return err < 0 ? err : 0;
}

int factor_fresh_codes(struct desk *d, uint32_t member, struct factor_codes *ret)
{
	uint8_t secret[TOTP_SECRET];
	struct storing s = { .member = member };
	int err = read_box(d, member, s.box);
	if (!err)
		err = unbox(d, member, bytes_of(s.box, FACTOR_BOX), secret);
	if (err)
		return err;
	make_codes(secret, &s, ret);
	sodium_memzero(secret, sizeof secret);
	err = store_write(d->store, store_fresh, &s);
	if (err)
		sodium_memzero(ret, sizeof *ret);
	return err;
}
