/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "vault_tool.h"

static int try_epoch(const char *unit, enum keys_class class, int64_t when, struct keys_epoch *ret)
{
	return vault_epoch(v, now, unit, class, when, ret);
}

/* Field by field: the struct has gaps. */
static bool same(const struct keys_epoch *a, const struct keys_epoch *b)
{
	return a->id == b->id && a->class == b->class && a->from == b->from && a->to == b->to &&
		memcmp(a->unit, b->unit, KEYS_UNIT) == 0 && memcmp(a->pub, b->pub, SEAL_PUBLIC) == 0;
}

static void a_week_starts_on_monday(void **state)
{
	assert_int_equal(vault_week(MONDAY), MONDAY);
	assert_int_equal(vault_week(MONDAY + WEEK - 1), MONDAY);
	assert_int_equal(vault_week(MONDAY - 1), MONDAY - WEEK);
	assert_int_equal(vault_week(0), -3 * DAY); /* 1970-01-01 was a Thursday */
	assert_int_equal(vault_week(4 * DAY), 4 * DAY);
	assert_int_equal(vault_week(-3 * DAY - 1), -10 * DAY);
}

static void epoch_is_one_for_unit_class_and_week(void **state)
{
	struct who w[2];
	struct keys_epoch a, b;
	found(w);
	(void)colleague("rabat", KEYS_ANALYST, &w[0], &w[1]);
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, 0, &a), 0);
	assert_int_equal(a.from, MONDAY);
	assert_int_equal(a.to, MONDAY + WEEK);
	assert_string_equal(a.unit, KEYS_NATIONAL);
	assert_int_equal(a.class, KEYS_TRIAGE);
	now = MONDAY + WEEK - 1;
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, 0, &b), 0);
	assert_true(same(&a, &b));
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, MONDAY, &b), 0);
	assert_int_equal(a.id, b.id);
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_SPAM, 0, &b), 0);
	assert_int_not_equal(a.id, b.id);
	assert_memory_not_equal(a.pub, b.pub, SEAL_PUBLIC);
	assert_int_equal(try_epoch("rabat", KEYS_TRIAGE, 0, &b), 0);
	assert_int_not_equal(a.id, b.id);
	now = MONDAY + WEEK;
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, 0, &b), 0);
	assert_int_not_equal(a.id, b.id);
	struct keys_epoch all[4];
	size_t n;
	assert_int_equal(vault_epochs(v, all, 3, &n), ERR_LIMIT);
	assert_int_equal(vault_epochs(v, all, 4, &n), 0);
	assert_int_equal(n, 4);
	assert_true(same(&all[0], &a));
	assert_true(same(&all[3], &b));
}

static void epoch_is_for_this_week_and_those_beside_it(void **state)
{
	struct keys_epoch e;
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, MONDAY - WEEK, &e), 0);
	assert_int_equal(e.from, MONDAY - WEEK);
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, MONDAY + 2 * WEEK - 1, &e), 0);
	assert_int_equal(e.from, MONDAY + WEEK);
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, MONDAY - WEEK - 1, &e), ERR_TIME);
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, MONDAY + 2 * WEEK, &e), ERR_TIME);
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, INT64_MAX, &e), ERR_TIME);
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, INT64_MIN, &e), ERR_TIME);
	now = 0;
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, 0, &e), ERR_TIME); /* a clock that was never set */
}

static void epoch_refuses_what_is_no_unit(void **state)
{
	static const char *bad[] = { "", "a b", "../x", "sixteen-letters-", "na\xc3\xafve", "a_b", "a.b" };
	struct keys_epoch e;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(try_epoch(bad[i], KEYS_TRIAGE, 0, &e), -EINVAL);
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_CLASS_COUNT, 0, &e), -EINVAL);
	assert_int_equal(try_epoch(KEYS_NATIONAL, (enum keys_class)-1, 0, &e), -EINVAL);
}

/* What would be sealed to it could be opened by nobody. */
static void epoch_of_a_unit_without_members_is_refused(void **state)
{
	struct who w[2];
	struct keys_epoch e;
	assert_int_equal(try_epoch("rabat", KEYS_TRIAGE, 0, &e), -ENOENT);
	found(w);
	assert_int_equal(try_epoch("rabat", KEYS_TRIAGE, 0, &e), -ENOENT);
	(void)person("rabat", KEYS_ANALYST); /* only a candidate */
	assert_int_equal(try_epoch("rabat", KEYS_TRIAGE, 0, &e), -ENOENT);
	size_t n;
	assert_int_equal(vault_epochs(v, &e, 1, &n), 0);
	assert_int_equal(n, 0);
}

static void epoch_is_wrapped_to_the_unit_and_nobody_else(void **state)
{
	struct who w[2], a, b;
	struct sealed_report r;
	found(w);
	a = colleague("rabat", KEYS_ANALYST, &w[0], &w[1]);
	b = colleague("rabat", KEYS_OFFICER, &w[0], &a);
	struct who fes = colleague("fes", KEYS_ANALYST, &w[0], &w[1]), admin = person("", KEYS_ADMINISTRATOR);
	struct keys_epoch e = epoch("rabat", KEYS_HOLD);
	report(&e, &r);
	assert_int_equal(v->s->wraps.n, 2);
	assert_int_equal(opens(&a, &r), 0);
	assert_int_equal(opens(&b, &r), 0);
	assert_int_equal(opens(&w[0], &r), -EACCES);
	assert_int_equal(opens(&fes, &r), -EACCES);
	assert_int_equal(opens(&admin, &r), -EACCES);
}

static void epochs_have_a_limit(void **state)
{
	struct keys_epoch e;
	while (v->s->epochs.n < VAULT_EPOCHS_MAX) {
		struct state_epoch *row = state_add(&v->s->epochs);
		assert_non_null(row);
		row->id = v->s->next_epoch++;
	}
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, 0, &e), ERR_LIMIT);
	v->s->epochs.n--;
	assert_int_equal(try_epoch(KEYS_NATIONAL, KEYS_TRIAGE, 0, &e), 0);
}

/* --- erasure --- */

static void erasing_is_for_a_supervisor_of_the_unit_or_the_national_desk(void **state)
{
	struct who w[2], none = { 0 };
	found(w);
	struct who sup = colleague("rabat", KEYS_SUPERVISOR, &w[0], &w[1]), a = colleague("rabat", KEYS_ANALYST, &sup, &w[1]);
	struct who off = colleague("rabat", KEYS_OFFICER, &sup, &w[1]), fes = colleague("fes", KEYS_SUPERVISOR, &w[0], &w[1]);
	struct who admin = person("", KEYS_ADMINISTRATOR), cand = person("rabat", KEYS_SUPERVISOR);
	struct keys_epoch e = epoch("rabat", KEYS_CONFIRMED), hold = epoch("rabat", KEYS_HOLD);
	assert_int_equal(vault_epoch_erase(v, now, NULL, e.id), -EACCES);
	assert_int_equal(vault_epoch_erase(v, now, none.session, e.id), -EACCES);
	assert_int_equal(vault_epoch_erase(v, now, a.session, e.id), -EPERM);
	assert_int_equal(vault_epoch_erase(v, now, off.session, e.id), -EPERM);
	assert_int_equal(vault_epoch_erase(v, now, fes.session, e.id), -EPERM);
	assert_int_equal(vault_epoch_erase(v, now, admin.session, e.id), -EPERM);
	assert_int_equal(vault_epoch_erase(v, now, cand.session, e.id), -EPERM);
	assert_int_equal(vault_epoch_erase(v, now, sup.session, 999), -ENOENT);
	assert_int_equal(vault_epoch_erase(v, now, sup.session, e.id), 0);
	assert_int_equal(vault_epoch_erase(v, now, sup.session, e.id), -ENOENT);
	assert_int_equal(vault_epoch_erase(v, now, w[0].session, hold.id), 0);
}

static void erased_epochs_open_for_nobody_ever(void **state)
{
	struct who w[2];
	struct sealed_report r;
	uint8_t b[SEAL_BLIND], nest[SEAL_NEST];
	found(w);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	report(&e, &r);
	assert_int_equal(opens(&w[0], &r), 0);
	struct state_wrap gone = *state_wrap(v->s, e.id, w[0].id);
	struct state_epoch row = *state_epoch(v->s, e.id);
	assert_int_equal(vault_recovery_export(v, e.id, 0, nest), 0);
	assert_int_equal(vault_epoch_erase(v, now, w[0].session, e.id), 0);
	assert_int_equal(opens(&w[0], &r), -ENOENT);
	assert_int_equal(opens(&w[1], &r), -ENOENT);
	assert_int_equal(vault_blind(v, now, w[0].session, e.id, SEAL_BLIND_HOST, bytes_str("x"), b), -ENOENT);
	assert_int_equal(vault_recovery_export(v, e.id, 0, nest), -ENOENT);
	struct bytes c = content();
	assert_null(memmem(c.p, c.n, gone.sealed, sizeof gone.sealed));
	assert_null(memmem(c.p, c.n, row.blind, sizeof row.blind));
	assert_null(memmem(c.p, c.n, nest, sizeof nest));
	free((void *)c.p);
	vault_reopen();
	sign_in(&w[0], PASSWORD);
	assert_int_equal(opens(&w[0], &r), -ENOENT);
	struct keys_epoch next = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	assert_true(next.id > e.id); /* an id is never used again */
	r.w.epoch = next.id;
	assert_int_equal(opens(&w[0], &r), ERR_MALFORMED);
}

static void expiring_keeps_to_the_table(void **state)
{
	static const struct { enum keys_class class; int days; } rows[] = {
		{ KEYS_SPAM, 7 }, { KEYS_UNFOUNDED, 90 }, { KEYS_TRIAGE, 180 }, { KEYS_CONFIRMED, -1 }, { KEYS_HOLD, -1 },
	};
	struct who w[2];
	size_t n;
	found(w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		now = NOW;
		struct keys_epoch e = epoch(KEYS_NATIONAL, rows[i].class);
		assert_int_equal(vault_retention_days(rows[i].class), rows[i].days);
		now = rows[i].days < 0 ? NOW + 20000 * (int64_t)DAY : MONDAY + WEEK + rows[i].days * (int64_t)DAY - 1;
		assert_int_equal(vault_expire(v, now, &n), 0);
		assert_int_equal(n, 0);
		assert_int_equal(vault_epoch_erase(v, now, NULL, e.id), -EACCES);
		if (rows[i].days < 0)
			continue;
		assert_int_equal(vault_expire(v, now + 1, &n), 0);
		assert_int_equal(n, 1);
		assert_null(state_epoch(v->s, e.id));
		assert_null(state_wrap(v->s, e.id, w[0].id));
	}
	assert_int_equal(vault_retention_days(KEYS_CLASS_COUNT), -1);
	struct keys_epoch spam;
	now = NOW;
	spam = epoch(KEYS_NATIONAL, KEYS_SPAM);
	assert_int_equal(vault_epoch_erase(v, MONDAY + 2 * WEEK, NULL, spam.id), 0); /* its own end: by anybody */
}

static struct bytes file(const char *name)
{
	struct bytes b;
	assert_int_equal(file_read(vault_at(name), 1 << 26, &b), 0);
	return b;
}

static void expiring_nothing_writes_nothing(void **state)
{
	size_t n;
	(void)epoch(KEYS_NATIONAL, KEYS_SPAM);
	struct bytes before = file("S"), after;
	assert_int_equal(vault_expire(v, now, &n), 0);
	after = file("S");
	assert_true(bytes_equal(before, after)); /* the same nonce, too */
	free((void *)before.p);
	free((void *)after.p);
}

/* A restored database (the sealed report) and a member's old password, on today's S; an old copy of S
 * opens it until the copy is overwritten or the host's key is changed. */
static void old_database_and_old_password_open_nothing_after_the_end(void **state)
{
	struct who w[2];
	struct sealed_report r;
	size_t n;
	uint8_t other_host[SEAL_KEY] = { 5 };
	struct vault *old = NULL;
	found(w);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_SPAM);
	report(&e, &r);
	assert_int_equal(vault_backup(v, now, vault_at("copy")), 0);
	now = MONDAY + 2 * WEEK;
	assert_int_equal(vault_expire(v, now, &n), 0);
	assert_int_equal(n, 1);
	sign_in(&w[0], PASSWORD);
	assert_int_equal(opens(&w[0], &r), -ENOENT);
	/* S's own backup is why erasure is complete only when it has turned over. */
	struct vault *today = v;
	assert_int_equal(vault_open(vault_at("copy"), host_key, &v, NULL), 0);
	sign_in(&w[0], PASSWORD);
	assert_int_equal(opens(&w[0], &r), 0);
	vault_close(v);
	assert_int_equal(vault_open(vault_at("copy"), other_host, &old, NULL), ERR_KEY); /* nor elsewhere */
	v = today;
	assert_int_equal(vault_backup(v, now, vault_at("copy")), 0);
	assert_int_equal(vault_open(vault_at("copy"), host_key, &v, NULL), 0);
	sign_in(&w[0], PASSWORD);
	assert_int_equal(opens(&w[0], &r), -ENOENT);
	vault_close(v);
	v = today;
}

/* --- recovery --- */

static int recover(uint64_t e, unsigned t, unsigned holders, uint8_t ret[SEAL_KEY])
{
	uint8_t layer[SEAL_NEST], next[SEAL_NEST];
	unsigned who[3];
	size_t n = SEAL_NEST;
	seal_triple(t, who);
	int err = vault_recovery_export(v, e, t, layer);
	for (unsigned i = 0; i < holders && !err; i++, n -= 48) {
		err = seal_peel(holder_pub[who[i]], holder_sec[who[i]], bytes_of(layer, n), next);
		memcpy(layer, next, n - 48);
	}
	memcpy(ret, layer, SEAL_KEY);
	return err;
}

static void any_three_of_five_recover_an_epoch(void **state)
{
	struct who w[2];
	struct keys_status st;
	struct vault_recovery log[SEAL_TRIPLES];
	struct sealed_report r;
	size_t n;
	found(w);
	struct who a = colleague("rabat", KEYS_SUPERVISOR, &w[0], &w[1]);
	struct keys_epoch e = epoch("rabat", KEYS_CONFIRMED);
	report(&e, &r);
	assert_int_equal(vault_member_leave(v, now, a.session, a.id), 0); /* recovery is set, so they may */
	struct who b = colleague("rabat", KEYS_ANALYST, &w[0], &w[1]);
	assert_int_equal(opens(&b, &r), -EACCES);
	for (unsigned t = 0; t < SEAL_TRIPLES; t++) {
		uint8_t secret[SEAL_KEY];
		assert_int_equal(recover(e.id, t, 2, secret), 0);
		assert_int_equal(vault_recovery_import(v, now, e.id, t, secret, b.id), ERR_MALFORMED);
		assert_int_equal(recover(e.id, t, 3, secret), 0);
		assert_int_equal(vault_recovery_import(v, now + t, e.id, t, secret, b.id), 0);
		assert_int_equal(opens(&b, &r), 0);
	}
	vault_status(v, now, &st);
	assert_true(st.recovery_set);
	assert_int_equal(st.recoveries, SEAL_TRIPLES);
	assert_int_equal(vault_recoveries(v, log, SEAL_TRIPLES - 1, &n), ERR_LIMIT);
	vault_reopen();
	assert_int_equal(vault_recoveries(v, log, SEAL_TRIPLES, &n), 0);
	assert_int_equal(n, SEAL_TRIPLES);
	for (unsigned t = 0; t < SEAL_TRIPLES; t++)
		assert_true(log[t].at == now + t && log[t].epoch == e.id && log[t].triple == t && log[t].member == b.id);
}

static void recovery_refuses_what_is_wrong(void **state)
{
	struct who w[2];
	uint8_t secret[SEAL_KEY], other[SEAL_KEY] = { 7 }, nest[SEAL_NEST];
	struct keys_status st;
	found(w);
	struct who fes = colleague("fes", KEYS_ANALYST, &w[0], &w[1]), cand = person(KEYS_NATIONAL, KEYS_ANALYST);
	struct who auditor = person("", KEYS_AUDITOR);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE), f = epoch(KEYS_NATIONAL, KEYS_SPAM);
	assert_int_equal(recover(e.id, 3, 3, secret), 0);
	assert_int_equal(vault_recovery_export(v, e.id, SEAL_TRIPLES, nest), -EINVAL);
	assert_int_equal(vault_recovery_export(v, 99, 0, nest), -ENOENT);
	assert_int_equal(vault_recovery_import(v, now, e.id, 3, other, w[0].id), ERR_MALFORMED);
	assert_int_equal(vault_recovery_import(v, now, f.id, 3, secret, w[0].id), ERR_MALFORMED);
	assert_int_equal(vault_recovery_import(v, now, 99, 3, secret, w[0].id), -ENOENT);
	assert_int_equal(vault_recovery_import(v, now, e.id, 3, secret, 99), -ENOENT);
	assert_int_equal(vault_recovery_import(v, now, e.id, 10, secret, w[0].id), -EINVAL);
	assert_int_equal(vault_recovery_import(v, -5, e.id, 3, secret, w[0].id), -EINVAL);
	assert_int_equal(vault_recovery_import(v, now, e.id, 3, secret, fes.id), -EPERM);
	assert_int_equal(vault_recovery_import(v, now, e.id, 3, secret, cand.id), -EPERM);
	assert_int_equal(vault_recovery_import(v, now, e.id, 3, secret, auditor.id), -EPERM);
	vault_status(v, now, &st);
	assert_int_equal(st.recoveries, 0);
}

/* A unit that is no more: the national desk may be given its epochs, by the holders. */
static void recovery_may_go_to_the_national_desk(void **state)
{
	struct who w[2];
	struct sealed_report r;
	uint8_t secret[SEAL_KEY];
	found(w);
	struct who a = colleague("rabat", KEYS_SUPERVISOR, &w[0], &w[1]);
	struct keys_epoch e = epoch("rabat", KEYS_CONFIRMED);
	report(&e, &r);
	assert_int_equal(vault_member_leave(v, now, a.session, a.id), 0);
	assert_int_equal(opens(&w[0], &r), -EACCES);
	assert_int_equal(recover(e.id, 9, 3, secret), 0);
	assert_int_equal(vault_recovery_import(v, now, e.id, 9, secret, w[0].id), 0);
	assert_int_equal(opens(&w[0], &r), 0);
	assert_int_equal(opens(&w[1], &r), -EACCES);
}

static void holders_count_for_what_comes(void **state)
{
	struct who w[2];
	uint8_t nest[SEAL_NEST], secret[SEAL_KEY], bad[SEAL_HOLDERS][SEAL_PUBLIC];
	struct keys_status st;
	found(w);
	struct keys_epoch before = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	assert_int_equal(vault_recovery_export(v, before.id, 0, nest), -ENOENT);
	memcpy(bad, holder_pub, sizeof bad);
	memset(bad[4], 0, SEAL_PUBLIC);
	assert_int_equal(vault_holders(v, bad), ERR_MALFORMED);
	vault_status(v, now, &st);
	assert_false(st.recovery_set);
	assert_int_equal(vault_holders(v, holder_pub), 0);
	vault_status(v, now, &st);
	assert_true(st.recovery_set);
	struct keys_epoch after = epoch(KEYS_NATIONAL, KEYS_SPAM);
	assert_int_equal(recover(after.id, 0, 3, secret), 0);
	assert_int_equal(vault_recovery_import(v, now, after.id, 0, secret, w[1].id), 0);
	assert_int_equal(vault_recovery_export(v, before.id, 0, nest), -ENOENT);
}

int main(void)
{
#define WITH(f) cmocka_unit_test_setup_teardown(f, vault_setup, vault_teardown)
#define RECOVERY(f) cmocka_unit_test_setup_teardown(f, vault_setup_recovery, vault_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_week_starts_on_monday),
		WITH(epoch_is_one_for_unit_class_and_week),
		WITH(epoch_is_for_this_week_and_those_beside_it),
		WITH(epoch_refuses_what_is_no_unit),
		WITH(epoch_of_a_unit_without_members_is_refused),
		WITH(epoch_is_wrapped_to_the_unit_and_nobody_else),
		WITH(epochs_have_a_limit),
		WITH(erasing_is_for_a_supervisor_of_the_unit_or_the_national_desk),
		RECOVERY(erased_epochs_open_for_nobody_ever),
		WITH(expiring_keeps_to_the_table),
		WITH(expiring_nothing_writes_nothing),
		WITH(old_database_and_old_password_open_nothing_after_the_end),
		RECOVERY(any_three_of_five_recover_an_epoch),
		RECOVERY(recovery_refuses_what_is_wrong),
		RECOVERY(recovery_may_go_to_the_national_desk),
		WITH(holders_count_for_what_comes),
	};
	return vault_tool_main(tests, ARRAY_LEN(tests));
}
