/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords and sessions. */
#include "vault_tool.h"

static void wrong_passwords_take_longer(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_ANALYST);
	uint8_t s[KEYS_SESSION];
	int64_t wait = 15;
	for (int i = 0; i < 3; i++)
		assert_int_equal(try_sign_in(a.id, "wrong password no", s), -EACCES);
	for (int i = 3; i < 12; i++) {
		assert_int_equal(try_sign_in(a.id, PASSWORD, s), -EAGAIN);
		now += wait - 1;
		assert_int_equal(try_sign_in(a.id, PASSWORD, s), -EAGAIN);
		now += 1;
		assert_int_equal(try_sign_in(a.id, "wrong password no", s), -EACCES);
		wait = MIN(wait * 2, 900);
	}
	now += 900;
	assert_int_equal(try_sign_in(a.id, PASSWORD, s), 0); /* and the right one clears it */
	for (int i = 0; i < 3; i++)
		assert_int_equal(try_sign_in(a.id, "wrong password no", s), -EACCES);
	assert_int_equal(try_sign_in(a.id, PASSWORD, s), -EAGAIN);
	struct who b = person(KEYS_NATIONAL, KEYS_ANALYST); /* of one member only */
	assert_int_equal(try_sign_in(b.id, PASSWORD, s), 0);
}

static void wrong_passwords_are_forgotten_after_a_while(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_ANALYST);
	uint8_t s[KEYS_SESSION];
	for (int i = 0; i < 3; i++)
		assert_int_equal(try_sign_in(a.id, "wrong password no", s), -EACCES);
	now += 15 + 900;
	for (int i = 0; i < 3; i++)
		assert_int_equal(try_sign_in(a.id, "wrong password no", s), -EACCES);
	assert_int_equal(try_sign_in(a.id, "wrong password no", s), -EAGAIN);
	now -= 100000; /* a clock that goes back locks nobody out for longer */
	assert_int_equal(try_sign_in(a.id, PASSWORD, s), -EAGAIN);
	now += 900;
	assert_int_equal(try_sign_in(a.id, PASSWORD, s), 0);
}

/* Begun at once, none ended: the fourth must wait all the same. */
static void many_attempts_at_once_gain_nothing(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_ANALYST);
	struct vault_login login;
	for (int i = 0; i < 3; i++)
		assert_int_equal(vault_sign_in_begin(v, now, a.id, &login), 0);
	assert_int_equal(vault_sign_in_begin(v, now, a.id, &login), -EAGAIN);
}

static void sign_in_end_believes_nobody(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_ANALYST), b = person(KEYS_NATIONAL, KEYS_ANALYST);
	struct vault_login la, lb;
	uint8_t sa[SEAL_KEY], s[KEYS_SESSION], other[SEAL_KEY] = { 1 };
	assert_int_equal(vault_sign_in_begin(v, now, a.id, &la), 0);
	assert_int_equal(vault_sign_in_begin(v, now, b.id, &lb), 0);
	assert_int_equal(vault_login_unlock(&la, bytes_str(PASSWORD), sa), 0);
	assert_int_equal(vault_sign_in_end(v, now, b.id, &lb, sa, s), -EACCES); /* another's seed */
	assert_int_equal(vault_sign_in_end(v, now, b.id, &la, sa, s), -EACCES); /* another's login */
	assert_int_equal(vault_sign_in_end(v, now, a.id, &la, other, s), -EACCES);
	assert_int_equal(vault_sign_in_end(v, now, a.id, &la, NULL, s), -EACCES);
	assert_int_equal(vault_sign_in_end(v, now, 99, &la, sa, s), -EACCES);
	assert_int_equal(vault_sign_in_end(v, now, a.id, &la, sa, s), 0);
	assert_int_equal(vault_sign_in_begin(v, now, 99, &la), -ENOENT);
	assert_int_equal(vault_sign_in_begin(v, now, 0, &la), -ENOENT);
}

static void sessions_end_when_idle(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_ANALYST);
	struct keys_member m;
	for (int i = 0; i < 5; i++) {
		now += VAULT_SESSION_IDLE - 1;
		assert_int_equal(vault_session(v, now, a.session, &m), 0);
		assert_int_equal(m.id, a.id);
	}
	now += VAULT_SESSION_IDLE;
	assert_int_equal(vault_session(v, now, a.session, &m), -EACCES);
	now -= VAULT_SESSION_IDLE;
	assert_int_equal(vault_session(v, now, a.session, &m), -EACCES); /* gone, not asleep */
}

static void sessions_end_after_twelve_hours(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_ANALYST);
	struct keys_member m;
	int64_t start = now;
	for (; now < start + VAULT_SESSION_END; now += 600)
		assert_int_equal(vault_session(v, now, a.session, &m), 0);
	assert_int_equal(vault_session(v, start + VAULT_SESSION_END, a.session, &m), -EACCES);
}

static bool wiped(uint32_t id)
{
	for (int i = 0; i < VAULT_SESSIONS_MAX; i++)
		if (v->sessions[i].member == id)
			return false;
	return true;
}

static void sweep_and_sign_out_wipe(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_ANALYST), b = person(KEYS_NATIONAL, KEYS_ANALYST);
	struct keys_status st;
	vault_status(v, now, &st);
	assert_int_equal(st.sessions, 2);
	assert_int_equal(vault_sign_out(v, now, a.session), 0);
	assert_int_equal(vault_sign_out(v, now, a.session), -EACCES);
	assert_true(wiped(a.id));
	assert_false(wiped(b.id));
	vault_sweep(v, now + VAULT_SESSION_IDLE - 1);
	assert_false(wiped(b.id));
	vault_sweep(v, now + VAULT_SESSION_IDLE);
	assert_true(wiped(b.id));
	for (size_t i = 0; i < VAULT_SESSIONS_MAX; i++)
		assert_true(sodium_is_zero((const uint8_t *)&v->sessions[i], sizeof v->sessions[i]));
}

static void tokens_are_random_and_none_is_zero(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_ANALYST), b = a, none = { 0 };
	struct keys_member m;
	sign_in(&b, PASSWORD);
	assert_memory_not_equal(a.session, b.session, KEYS_SESSION);
	assert_int_equal(vault_session(v, now, none.session, &m), -EACCES); /* free places are zeros */
	assert_int_equal(vault_session(v, now, NULL, &m), -EACCES);
	for (int bit = 0; bit < 8 * KEYS_SESSION; bit++) {
		uint8_t t[KEYS_SESSION];
		memcpy(t, a.session, sizeof t);
		t[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(vault_session(v, now, t, &m), -EACCES);
	}
}

static void the_fifth_session_ends_the_oldest(void **state)
{
	struct who s[5];
	struct keys_member m;
	s[0] = person(KEYS_NATIONAL, KEYS_ANALYST);
	for (int i = 1; i < 5; i++) {
		now++;
		s[i] = s[0];
		sign_in(&s[i], PASSWORD);
	}
	assert_int_equal(vault_session(v, now, s[0].session, &m), -EACCES);
	for (int i = 1; i < 5; i++)
		assert_int_equal(vault_session(v, now, s[i].session, &m), 0);
}

/* All in one second: what was used last stays, wherever it lies. */
static void the_fifth_session_of_a_second_ends_the_oldest(void **state)
{
	struct who s[5];
	struct keys_member m;
	s[0] = person(KEYS_NATIONAL, KEYS_ANALYST);
	for (int i = 1; i < 4; i++) {
		s[i] = s[0];
		sign_in(&s[i], PASSWORD);
	}
	assert_int_equal(vault_session(v, now, s[3].session, &m), 0);
	assert_int_equal(vault_session(v, now, s[0].session, &m), 0);
	assert_int_equal(vault_session(v, now, s[2].session, &m), 0);
	s[4] = s[0];
	sign_in(&s[4], PASSWORD);
	for (int i = 0; i < 5; i++)
		assert_int_equal(vault_session(v, now, s[i].session, &m), i == 1 ? -EACCES : 0);
}

static void sessions_have_a_limit(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_ANALYST), b = a;
	struct keys_member m;
	for (int i = 0; i < VAULT_SESSIONS_MAX; i++)
		if (!v->sessions[i].member) {
			v->sessions[i].member = 400;
			v->sessions[i].since = v->sessions[i].used = now;
		}
	assert_int_equal(try_sign_in(b.id, PASSWORD, b.session), ERR_LIMIT);
	assert_int_equal(vault_session(v, now, a.session, &m), 0); /* who is in stays in */
	now += VAULT_SESSION_IDLE;
	assert_int_equal(try_sign_in(b.id, PASSWORD, b.session), 0); /* the idle have made room */
}

static int change_password(const struct who *who, const char *old, const char *new)
{
	struct vault_login login, next = { 0 };
	uint8_t seed[SEAL_KEY];
	int err = vault_password_begin(v, now, who->session, &login);
	if (err)
		return err;
	bool right = vault_login_unlock(&login, bytes_str(old), seed) == 0;
	if (right)
		assert_int_equal(vault_login_make(seed, bytes_str(new), SEAL_COST_TEST, &next), 0);
	return vault_password_end(v, now, who->session, &login, right ? seed : NULL, &next);
}

static void password_changes_and_the_old_one_is_gone(void **state)
{
	struct who w[2];
	uint8_t s[KEYS_SESSION];
	struct keys_member m;
	found(w);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	struct sealed_report r;
	report(&e, &r);
	struct who again = w[0];
	sign_in(&again, PASSWORD);
	struct vault_login old = state_member(v->s, w[0].id)->login;
	assert_int_equal(change_password(&w[0], "not the old password", "a new long password"), -EACCES);
	assert_memory_equal(&old, &state_member(v->s, w[0].id)->login, sizeof old);
	assert_int_equal(change_password(&w[0], PASSWORD, "a new long password"), 0);
	assert_memory_not_equal(old.salt, state_member(v->s, w[0].id)->login.salt, SEAL_SALT);
	assert_int_equal(vault_session(v, now, w[0].session, &m), 0);
	assert_int_equal(vault_session(v, now, again.session, &m), -EACCES); /* the others have ended */
	assert_int_equal(try_sign_in(w[0].id, PASSWORD, s), -EACCES);
	sign_in(&w[0], "a new long password");
	assert_int_equal(opens(&w[0], &r), 0); /* the same keys */
	struct bytes b = content();
	assert_null(memmem(b.p, b.n, old.box, sizeof old.box));
	free((void *)b.p);
}

/* While Argon2id ran, the password was changed, or the member was sent away. */
static void sign_in_begun_before_a_change_ends_in_nothing(void **state)
{
	struct who w[2];
	struct vault_login login;
	uint8_t seed[SEAL_KEY], s[KEYS_SESSION];
	found(w);
	assert_int_equal(vault_sign_in_begin(v, now, w[0].id, &login), 0);
	assert_int_equal(vault_login_unlock(&login, bytes_str(PASSWORD), seed), 0);
	assert_int_equal(change_password(&w[0], PASSWORD, "a new long password"), 0);
	assert_int_equal(vault_sign_in_end(v, now, w[0].id, &login, seed, s), -EACCES);
	assert_int_equal(vault_sign_in_begin(v, now, w[0].id, &login), 0);
	assert_int_equal(vault_member_leave(v, now, w[1].session, w[0].id), 0);
	assert_int_equal(vault_sign_in_end(v, now, w[0].id, &login, seed, s), -EACCES);
}

static void changing_a_password_is_no_way_to_guess_it(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_ANALYST);
	for (int i = 0; i < 3; i++)
		assert_int_equal(change_password(&a, "not the old password", "a new long password"), -EACCES);
	assert_int_equal(change_password(&a, PASSWORD, "a new long password"), -EAGAIN);
	struct who none = { 0 };
	assert_int_equal(change_password(&none, PASSWORD, "a new long password"), -EACCES);
}

static void short_passwords_are_refused(void **state)
{
	struct vault_fresh f;
	static char longest[VAULT_PASSWORD_MAX + 1];
	memset(longest, 'x', sizeof longest);
	assert_int_equal(vault_fresh_make(bytes_str("eleven lett"), SEAL_COST_TEST, &f), -EINVAL);
	assert_int_equal(vault_fresh_make(bytes_str("twelve lette"), SEAL_COST_TEST, &f), 0);
	assert_int_equal(vault_fresh_make(bytes_of(longest, VAULT_PASSWORD_MAX), SEAL_COST_TEST, &f), 0);
	assert_int_equal(vault_fresh_make(bytes_of(longest, VAULT_PASSWORD_MAX + 1), SEAL_COST_TEST, &f), -EINVAL);
}

int main(void)
{
#define WITH(f) cmocka_unit_test_setup_teardown(f, vault_setup, vault_teardown)
	const struct CMUnitTest tests[] = {
		WITH(wrong_passwords_take_longer),
		WITH(wrong_passwords_are_forgotten_after_a_while),
		WITH(many_attempts_at_once_gain_nothing),
		WITH(sign_in_end_believes_nobody),
		WITH(sessions_end_when_idle),
		WITH(sessions_end_after_twelve_hours),
		WITH(sweep_and_sign_out_wipe),
		WITH(tokens_are_random_and_none_is_zero),
		WITH(the_fifth_session_ends_the_oldest),
		WITH(the_fifth_session_of_a_second_ends_the_oldest),
		WITH(sessions_have_a_limit),
		WITH(password_changes_and_the_old_one_is_gone),
		WITH(sign_in_begun_before_a_change_ends_in_nothing),
		WITH(changing_a_password_is_no_way_to_guess_it),
		WITH(short_passwords_are_refused),
	};
	return vault_tool_main(tests, ARRAY_LEN(tests));
}
