/* SPDX-License-Identifier: Apache-2.0 */
#include "vault_tool.h"

/* --- founding --- */

static void two_founders_confirm_each_other(void **state)
{
	struct keys_status st;
	struct who a = person(KEYS_NATIONAL, KEYS_SUPERVISOR), b = person(KEYS_NATIONAL, KEYS_ANALYST);
	assert_int_equal(confirm(&a, &b), 0);
	vault_status(v, now, &st);
	assert_false(st.founded);
	assert_int_equal(member(a.id).state, KEYS_CANDIDATE);
	assert_int_equal(member(b.id).state, KEYS_CANDIDATE); /* one word is not enough */
	assert_int_equal(confirm(&a, &b), -EPERM);           /* nor is the same one twice */
	assert_int_equal(confirm(&b, &a), 0);
	vault_status(v, now, &st);
	assert_true(st.founded);
	assert_int_equal(st.founders, 2);
	assert_int_equal(member(a.id).state, KEYS_ACTIVE);
	assert_int_equal(member(b.id).state, KEYS_ACTIVE);
	assert_int_equal(member(a.id).confirmed_by[0], b.id);
}

static void founding_hands_its_epochs_over_and_destroys_its_key(void **state)
{
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	struct sealed_report r;
	report(&e, &r);
	assert_true(state_epoch(v->s, e.id)->founding);
	assert_false(sodium_is_zero(v->s->roots->founding, SEAL_KEY));
	struct who w[2];
	found(w);
	assert_true(sodium_is_zero(v->s->roots->founding, SEAL_KEY));
	assert_false(state_epoch(v->s, e.id)->founding);
	assert_true(sodium_is_zero(state_epoch(v->s, e.id)->founding_wrap, STATE_SEALED));
	assert_int_equal(opens(&w[0], &r), 0);
	assert_int_equal(opens(&w[1], &r), 0);
	assert_int_equal(epoch(KEYS_NATIONAL, KEYS_TRIAGE).id, e.id); /* it goes on */
	vault_reopen();
	assert_true(sodium_is_zero(v->s->roots->founding, SEAL_KEY));
	sign_in(&w[1], PASSWORD);
	assert_int_equal(opens(&w[1], &r), 0);
}

static void founding_is_for_the_national_desk(void **state)
{
	struct who a = person("rabat", KEYS_SUPERVISOR), b = person("rabat", KEYS_SUPERVISOR);
	struct who n = person(KEYS_NATIONAL, KEYS_SUPERVISOR), auditor = person("", KEYS_AUDITOR);
	assert_int_equal(confirm(&a, &b), -EPERM);
	assert_int_equal(confirm(&a, &n), -EPERM);
	assert_int_equal(confirm(&n, &a), -EPERM);
	assert_int_equal(confirm(&auditor, &n), -EPERM);
	assert_int_equal(confirm(&n, &n), -EPERM);
}

/* Three candidates: the third is in with the founding if both founders have said so. */
static void founding_counts_what_was_said_before(void **state)
{
	struct who a = person(KEYS_NATIONAL, KEYS_SUPERVISOR), b = person(KEYS_NATIONAL, KEYS_SUPERVISOR);
	struct who c = person(KEYS_NATIONAL, KEYS_ANALYST), d = person(KEYS_NATIONAL, KEYS_ANALYST);
	assert_int_equal(confirm(&a, &c), 0);
	assert_int_equal(confirm(&d, &c), 0);
	assert_int_equal(confirm(&b, &c), 0); /* over one of the two who are only candidates */
	assert_int_equal(confirm(&a, &c), 0); /* ... and again */
	assert_int_equal(confirm(&a, &b), 0);
	assert_int_equal(confirm(&b, &a), 0);
	assert_int_equal(member(c.id).state, KEYS_ACTIVE);
	assert_int_equal(member(d.id).state, KEYS_CANDIDATE);
	assert_int_equal(confirm(&d, &a), -ENOENT); /* nobody confirms who is in */
}

static void founding_happens_once(void **state)
{
	struct who w[2];
	found(w);
	struct who c = person(KEYS_NATIONAL, KEYS_SUPERVISOR), d = person(KEYS_NATIONAL, KEYS_SUPERVISOR);
	assert_int_equal(confirm(&c, &d), -EPERM);
	assert_int_equal(confirm(&d, &c), -EPERM);
}

/* --- confirming --- */

static void fingerprint_must_be_the_one(void **state)
{
	struct who w[2];
	found(w);
	struct who c = person(KEYS_NATIONAL, KEYS_ANALYST);
	char fp[SEAL_FINGERPRINT];
	memcpy(fp, member(c.id).fingerprint, sizeof fp);
	for (int i = 0; i < SEAL_FINGERPRINT - 1; i++) {
		char was = fp[i];
		fp[i] = was == '1' ? '2' : '1';
		assert_int_equal(vault_member_confirm(v, now, w[0].session, c.id, fp), ERR_REFUSED);
		fp[i] = was;
	}
	assert_int_equal(vault_member_confirm(v, now, w[0].session, c.id, ""), ERR_REFUSED);
	assert_int_equal(vault_member_confirm(v, now, w[0].session, c.id, member(w[0].id).fingerprint), ERR_REFUSED);
	assert_int_equal(member(c.id).confirmed_by[0], 0);
	assert_int_equal(vault_member_confirm(v, now, w[0].session, c.id, fp), 0);
}

static void confirming_takes_two_who_may(void **state)
{
	struct who w[2], none = { 0 };
	found(w);
	struct who c = person("rabat", KEYS_ANALYST), auditor = person("", KEYS_AUDITOR), admin = person("", KEYS_ADMINISTRATOR);
	struct who other = colleague("fes", KEYS_SUPERVISOR, &w[0], &w[1]);
	assert_int_equal(confirm(&none, &c), -EACCES);
	assert_int_equal(confirm(&auditor, &c), -EPERM);
	assert_int_equal(confirm(&admin, &c), -EPERM);
	assert_int_equal(confirm(&other, &c), -EPERM);
	assert_int_equal(confirm(&c, &c), -EPERM);
	assert_int_equal(confirm(&w[0], &c), 0);
	assert_int_equal(confirm(&w[0], &c), -EPERM);
	assert_int_equal(member(c.id).state, KEYS_CANDIDATE);
	assert_int_equal(confirm(&w[1], &c), 0);
	assert_int_equal(member(c.id).state, KEYS_ACTIVE);
	assert_int_equal(confirm(&w[1], &c), -ENOENT);
	assert_int_equal(vault_member_confirm(v, now, w[0].session, 99, "00000 00000 00000 00000"), -ENOENT);
	assert_int_equal(vault_member_confirm(v, now, w[0].session, 0, "00000 00000 00000 00000"), -ENOENT);
}

static void candidates_open_nothing(void **state)
{
	struct who w[2];
	found(w);
	struct who c = person(KEYS_NATIONAL, KEYS_ANALYST);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	struct sealed_report r;
	report(&e, &r);
	assert_int_equal(opens(&c, &r), -EACCES);
	assert_int_equal(confirm(&w[0], &c), 0);
	assert_int_equal(opens(&c, &r), -EACCES);
	assert_int_equal(confirm(&w[1], &c), 0);
	assert_int_equal(opens(&c, &r), 0); /* a member of the unit completed it: wrapped at once */
}

/* National members admit the first of a unit, but open nothing of it and can share nothing. */
static void a_unit_is_closed_to_the_national_desk(void **state)
{
	struct who w[2];
	size_t n;
	found(w);
	struct who a = colleague("rabat", KEYS_SUPERVISOR, &w[0], &w[1]);
	struct keys_epoch e = epoch("rabat", KEYS_CONFIRMED);
	struct sealed_report r;
	report(&e, &r);
	assert_int_equal(opens(&a, &r), 0);
	assert_int_equal(opens(&w[0], &r), -EACCES);
	struct who b = colleague("rabat", KEYS_ANALYST, &w[0], &w[1]); /* without a: the past stays closed */
	assert_int_equal(opens(&b, &r), -EACCES);
	assert_int_equal(vault_member_share(v, now, w[0].session, b.id, &n), -EPERM);
	assert_int_equal(vault_member_share(v, now, b.session, a.id, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(vault_member_share(v, now, a.session, b.id, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(opens(&b, &r), 0);
	assert_int_equal(vault_member_share(v, now, a.session, b.id, &n), 0);
	assert_int_equal(n, 0); /* nothing twice */
	now += WEEK;
	struct keys_epoch later = { 0 };
	assert_int_equal(vault_epoch(v, now, "rabat", KEYS_CONFIRMED, 0, &later), 0);
	report(&later, &r);
	sign_in(&b, PASSWORD);
	assert_int_equal(opens(&b, &r), 0); /* what comes is wrapped to all */
}

static void sharing_is_within_a_unit_and_among_the_active(void **state)
{
	struct who w[2], none = { 0 };
	size_t n;
	found(w);
	struct who a = colleague("rabat", KEYS_SUPERVISOR, &w[0], &w[1]), c = person("rabat", KEYS_ANALYST);
	struct who auditor = person("", KEYS_AUDITOR);
	assert_int_equal(vault_member_share(v, now, none.session, a.id, &n), -EACCES);
	assert_int_equal(vault_member_share(v, now, a.session, a.id, &n), -EPERM);
	assert_int_equal(vault_member_share(v, now, a.session, c.id, &n), -EPERM);
	assert_int_equal(vault_member_share(v, now, c.session, a.id, &n), -EPERM);
	assert_int_equal(vault_member_share(v, now, a.session, w[0].id, &n), -EPERM);
	assert_int_equal(vault_member_share(v, now, auditor.session, a.id, &n), -EPERM);
	assert_int_equal(vault_member_share(v, now, a.session, 99, &n), -ENOENT);
}

/* With one national member left, one word must do: there is nobody else. */
static void one_is_enough_where_there_is_only_one(void **state)
{
	struct who w[2];
	found(w);
	assert_int_equal(vault_member_leave(v, now, w[1].session, w[1].id), 0);
	struct who c = person(KEYS_NATIONAL, KEYS_ANALYST), d = person(KEYS_NATIONAL, KEYS_ANALYST);
	assert_int_equal(confirm(&d, &c), -EPERM);
	assert_int_equal(confirm(&w[0], &c), 0);
	assert_int_equal(member(c.id).state, KEYS_ACTIVE);
	assert_int_equal(confirm(&w[0], &d), 0); /* and now two again */
	assert_int_equal(member(d.id).state, KEYS_CANDIDATE);
}

static void new_members_are_checked(void **state)
{
	struct vault_fresh f = fresh(PASSWORD), low = f;
	struct keys_member m;
	static const char *bad[] = { "", "a_b", "rabat/fes", "r\xc3\xa9gion", "sixteen-letters-", "a b" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(vault_member_new(v, now, bad[i], KEYS_ANALYST, &f, &m), -EINVAL);
	assert_int_equal(vault_member_new(v, now, "rabat", KEYS_AUDITOR, &f, &m), -EINVAL);
	assert_int_equal(vault_member_new(v, now, "rabat", KEYS_ADMINISTRATOR, &f, &m), -EINVAL);
	assert_int_equal(vault_member_new(v, now, "rabat", (enum keys_role)0, &f, &m), -EINVAL);
	assert_int_equal(vault_member_new(v, now, "rabat", (enum keys_role)6, &f, &m), -EINVAL);
	memset(low.pub.box, 0, SEAL_PUBLIC);
	assert_int_equal(vault_member_new(v, now, "rabat", KEYS_ANALYST, &low, &m), ERR_MALFORMED);
	assert_int_equal(vault_member_new(v, now, "fifteen-letters", KEYS_ANALYST, &f, &m), 0);
	assert_string_equal(m.unit, "fifteen-letters");
	assert_int_equal(m.id, 1);
	assert_int_equal(m.state, KEYS_CANDIDATE);
	assert_int_equal(vault_member_new(v, now, "", KEYS_AUDITOR, &f, &m), 0);
	assert_int_equal(m.state, KEYS_ACTIVE);
	while (m.id < KEYS_MEMBER_MAX)
		assert_int_equal(vault_member_new(v, now, "", KEYS_AUDITOR, &f, &m), 0);
	assert_int_equal(vault_member_new(v, now, "", KEYS_AUDITOR, &f, &m), ERR_LIMIT);
	size_t n;
	assert_int_equal(vault_members(v, &m, 1, &n), ERR_LIMIT);
}

/* --- leaving --- */

static void who_left_opens_nothing(void **state)
{
	struct who w[2];
	uint8_t session[KEYS_SESSION];
	found(w);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	struct sealed_report r;
	report(&e, &r);
	assert_int_equal(opens(&w[1], &r), 0);
	assert_int_equal(vault_member_leave(v, now, w[0].session, w[1].id), 0);
	assert_int_equal(member(w[1].id).state, KEYS_LEFT);
	assert_int_equal(opens(&w[1], &r), -EACCES);
	struct keys_member m;
	assert_int_equal(vault_session(v, now, w[1].session, &m), -EACCES);
	assert_int_equal(try_sign_in(w[1].id, PASSWORD, session), -ENOENT);
	assert_null(state_wrap(v->s, e.id, w[1].id));
	assert_true(sodium_is_zero((const uint8_t *)&state_member(v->s, w[1].id)->login, sizeof(struct vault_login)));
	assert_int_equal(opens(&w[0], &r), 0); /* the others go on */
	assert_int_equal(vault_member_leave(v, now, w[0].session, w[1].id), -ENOENT);
	vault_reopen();
	assert_int_equal(try_sign_in(w[1].id, PASSWORD, session), -ENOENT);
}

static void leaving_replaces_the_epochs_of_the_unit(void **state)
{
	struct who w[2];
	uint8_t wrap[SEAL_WRAP];
	found(w);
	(void)colleague("rabat", KEYS_ANALYST, &w[0], &w[1]);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE), local = epoch("rabat", KEYS_TRIAGE);
	struct sealed_report r;
	report(&e, &r);
	assert_int_equal(vault_member_leave(v, now, w[1].session, w[1].id), 0);
	struct keys_epoch next = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	assert_true(next.id > e.id);
	assert_int_equal(next.from, e.from);
	assert_int_equal(epoch(KEYS_NATIONAL, KEYS_TRIAGE).id, next.id);
	assert_int_equal(epoch("rabat", KEYS_TRIAGE).id, local.id); /* another unit's stay */
	assert_int_equal(vault_rewrap(v, now, w[0].session, &r.w, r.at.report, e.id, wrap), ERR_REFUSED);
	assert_int_equal(vault_rewrap(v, now, w[0].session, &r.w, r.at.report, next.id, wrap), 0);
	struct sealed_report later;
	report(&next, &later);
	assert_int_equal(opens(&w[0], &later), 0);
}

static void leaving_is_for_oneself_or_a_supervisor(void **state)
{
	struct who w[2], none = { 0 };
	found(w);
	struct who sup = colleague("rabat", KEYS_SUPERVISOR, &w[0], &w[1]);
	struct who a = colleague("rabat", KEYS_ANALYST, &sup, &w[1]), b = colleague("rabat", KEYS_OFFICER, &sup, &a);
	struct who fes = colleague("fes", KEYS_SUPERVISOR, &w[0], &w[1]), admin = person("", KEYS_ADMINISTRATOR);
	struct who cand = person("rabat", KEYS_SUPERVISOR);
	assert_int_equal(vault_member_leave(v, now, none.session, a.id), -EACCES);
	assert_int_equal(vault_member_leave(v, now, b.session, a.id), -EPERM);
	assert_int_equal(vault_member_leave(v, now, fes.session, a.id), -EPERM);
	assert_int_equal(vault_member_leave(v, now, admin.session, a.id), -EPERM);
	assert_int_equal(vault_member_leave(v, now, cand.session, a.id), -EPERM);
	assert_int_equal(vault_member_leave(v, now, sup.session, w[0].id), -EPERM);
	assert_int_equal(vault_member_leave(v, now, sup.session, 99), -ENOENT);
	assert_int_equal(vault_member_leave(v, now, a.session, a.id), 0);    /* oneself */
	assert_int_equal(vault_member_leave(v, now, sup.session, b.id), 0);  /* the unit's */
	assert_int_equal(vault_member_leave(v, now, w[0].session, fes.id), 0); /* the national desk's */
	assert_int_equal(vault_member_leave(v, now, w[0].session, admin.id), 0);
	assert_int_equal(vault_member_leave(v, now, w[0].session, cand.id), 0); /* a candidate refused */
}

static void nobody_leaves_what_nobody_could_open(void **state)
{
	struct who w[2];
	found(w);
	struct who a = colleague("rabat", KEYS_SUPERVISOR, &w[0], &w[1]);
	struct keys_epoch e = epoch("rabat", KEYS_CONFIRMED);
	struct vault_fresh f = fresh(PASSWORD);
	struct keys_member m;
	size_t n;
	assert_int_equal(vault_member_leave(v, now, a.session, a.id), ERR_REFUSED);
	assert_int_equal(vault_member_reset(v, now, w[0].session, a.id, &f, &m), ERR_REFUSED);
	struct who b = colleague("rabat", KEYS_ANALYST, &w[0], &w[1]);
	assert_int_equal(vault_member_leave(v, now, a.session, a.id), ERR_REFUSED); /* b has no wrap yet */
	assert_int_equal(vault_member_share(v, now, a.session, b.id, &n), 0);
	assert_int_equal(vault_member_leave(v, now, a.session, a.id), 0);
	assert_int_equal(vault_epoch_erase(v, now, w[0].session, e.id), 0);
	assert_int_equal(vault_member_leave(v, now, b.session, b.id), 0); /* erased: nothing is lost */
	assert_int_equal(vault_member_leave(v, now, w[0].session, w[0].id), 0);
	assert_int_equal(vault_member_leave(v, now, w[1].session, w[1].id), ERR_REFUSED); /* the last of the desk */
}

static void the_words_of_who_left_do_not_count(void **state)
{
	struct who w[2];
	found(w);
	struct who x = colleague(KEYS_NATIONAL, KEYS_ANALYST, &w[0], &w[1]);
	struct who c = person(KEYS_NATIONAL, KEYS_ANALYST);
	assert_int_equal(confirm(&x, &c), 0);
	assert_int_equal(vault_member_leave(v, now, x.session, x.id), 0);
	assert_int_equal(member(c.id).confirmed_by[0], 0);
	assert_int_equal(confirm(&w[0], &c), 0);
	assert_int_equal(member(c.id).state, KEYS_CANDIDATE);
	assert_int_equal(confirm(&w[1], &c), 0);
	assert_int_equal(member(c.id).state, KEYS_ACTIVE);
}

static void reset_makes_a_candidate_with_new_keys(void **state)
{
	struct who w[2], x;
	struct keys_member m;
	uint8_t session[KEYS_SESSION];
	found(w);
	x = colleague(KEYS_NATIONAL, KEYS_ANALYST, &w[0], &w[1]);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	struct sealed_report r;
	report(&e, &r);
	assert_int_equal(opens(&x, &r), 0);
	struct vault_fresh f = fresh("another long password");
	struct keys_member before = member(x.id);
	assert_int_equal(vault_member_reset(v, now, w[0].session, x.id, &f, &m), 0);
	assert_int_equal(m.id, x.id);
	assert_int_equal(m.state, KEYS_CANDIDATE);
	assert_string_not_equal(m.fingerprint, before.fingerprint);
	assert_int_equal(m.confirmed_by[0] + m.confirmed_by[1], 0);
	assert_int_equal(opens(&x, &r), -EACCES);
	assert_int_equal(vault_session(v, now, x.session, &m), -EACCES); /* it held the old keys */
	assert_int_equal(try_sign_in(x.id, PASSWORD, session), -EACCES);
	sign_in(&x, "another long password");
	assert_int_equal(opens(&x, &r), -EACCES);
	assert_int_equal(confirm(&w[0], &x), 0);
	assert_int_equal(confirm(&w[1], &x), 0);
	assert_int_equal(opens(&x, &r), 0);
	struct who admin = person("", KEYS_ADMINISTRATOR);
	assert_int_equal(vault_member_reset(v, now, admin.session, x.id, &f, &m), -EPERM);
}

/* --- passwords and sessions --- */

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
		WITH(two_founders_confirm_each_other),
		WITH(founding_hands_its_epochs_over_and_destroys_its_key),
		WITH(founding_is_for_the_national_desk),
		WITH(founding_counts_what_was_said_before),
		WITH(founding_happens_once),
		WITH(fingerprint_must_be_the_one),
		WITH(confirming_takes_two_who_may),
		WITH(candidates_open_nothing),
		WITH(a_unit_is_closed_to_the_national_desk),
		WITH(sharing_is_within_a_unit_and_among_the_active),
		WITH(one_is_enough_where_there_is_only_one),
		WITH(new_members_are_checked),
		WITH(who_left_opens_nothing),
		WITH(leaving_replaces_the_epochs_of_the_unit),
		WITH(leaving_is_for_oneself_or_a_supervisor),
		WITH(nobody_leaves_what_nobody_could_open),
		WITH(the_words_of_who_left_do_not_count),
		WITH(reset_makes_a_candidate_with_new_keys),
		WITH(wrong_passwords_take_longer),
		WITH(wrong_passwords_are_forgotten_after_a_while),
		WITH(many_attempts_at_once_gain_nothing),
		WITH(sign_in_end_believes_nobody),
		WITH(sessions_end_when_idle),
		WITH(sessions_end_after_twelve_hours),
		WITH(sweep_and_sign_out_wipe),
		WITH(tokens_are_random_and_none_is_zero),
		WITH(the_fifth_session_ends_the_oldest),
		WITH(sessions_have_a_limit),
		WITH(password_changes_and_the_old_one_is_gone),
		WITH(sign_in_begun_before_a_change_ends_in_nothing),
		WITH(changing_a_password_is_no_way_to_guess_it),
		WITH(short_passwords_are_refused),
	};
	return vault_tool_main(tests, ARRAY_LEN(tests));
}
