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
	};
	return vault_tool_main(tests, ARRAY_LEN(tests));
}
