/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/desk.h"
#include "desk/duty/alert.h"
#include "desk/duty/roster.h"
#include "desk/schema.h"
#include "desk/staff/exposure.h"
#include "base/clock.h"
#include "base/tz.h"
#include "../store/testdb.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

static struct desk desk;
static struct arena arena;
static struct tz *zone;
static int64_t now;

enum { AMAL = 1, BADR, CHAMA, SAMIR, SALMA, OMAR, UNITA };
static const struct staff samir = { .member = SAMIR, .role = KEYS_SUPERVISOR, .unit = KEYS_NATIONAL };

#define SQL(...) assert_int_equal(testdb_run(desk.store, arena_printf(&arena, __VA_ARGS__)), 0)

static int begin(void **state)
{
	assert_int_equal(seal_start(), 0);
	assert_int_equal(tz_open(NULL, "Africa/Casablanca", &zone, NULL), 0);
	return testdb_begin(state);
}

static int end(void **state)
{
	tz_free(zone);
	return testdb_finish(state);
}

static void person(int member, const char *name, int role, const char *unit)
{
	SQL("INSERT INTO staff (member, name, role, unit, language, sign_in, created, mail, pager, gone) "
		"VALUES (%d, '%s', %d, '%s', 'fr', '%s', 0, '%s@desk.example', NULL, NULL)", member, name, role, unit, name, name);
}

static int fresh(void **state)
{
	struct err_note note = { "" };
	arena_init(&arena, 0);
	desk.zone = zone;
	int err = store_open(testdb_where(), &desk.store, &note);
	if (!err)
		err = store_migrate(desk.store, desk_schema, desk_schema_n, &note);
	if (err)
		fail_msg("%s", note.text);
	now = clock_unix();
	person(AMAL, "amal", KEYS_ANALYST, KEYS_NATIONAL);
	person(BADR, "badr", KEYS_ANALYST, KEYS_NATIONAL);
	person(CHAMA, "chama", KEYS_ANALYST, KEYS_NATIONAL);
	person(SAMIR, "samir", KEYS_SUPERVISOR, KEYS_NATIONAL);
	person(SALMA, "salma", KEYS_SUPERVISOR, KEYS_NATIONAL);
	person(OMAR, "omar", KEYS_OFFICER, "MA-CAS");
	person(UNITA, "unita", KEYS_SUPERVISOR, "MA-CAS");
	SQL("UPDATE staff SET pager = 'wakes-amal@sms.example' WHERE member = %d", AMAL);
	return 0;
}

static int gone(void **state)
{
	store_close(desk.store);
	arena_done(&arena);
	return 0;
}


static const char *id_text(const char *hex)
{
	return arena_printf(&arena, testdb_is_postgres() ? "'\\x%s'" : "x'%s'", hex);
}

/* One report; age in seconds since it came, late seconds past its limit (negative: before it). */
static void report_in(const char *hex, int priority, int64_t age, int64_t late)
{
	SQL("INSERT INTO report (id, state, unit, priority, kind, class, due, received, status, restricted, work, since) "
		"VALUES (%s, 'received', 'national', %d, 'other', 0, %lld, %lld, 0, 0, 1, %lld)", id_text(hex), priority,
		(long long)(now - late), (long long)(now - age), (long long)(now - age));
}

static void on(int member, const char *duty, int64_t from, int64_t to)
{
	uint8_t id[16];
	char hex[33];
	randombytes_buf(id, sizeof id);
	SQL("INSERT INTO shift (id, member, duty, starts, ends) VALUES (%s, %d, '%s', %lld, %lld)",
		id_text(sodium_bin2hex(hex, sizeof hex, id, sizeof id)), member, duty, (long long)(now + from), (long long)(now + to));
}

/* Who is told, in the order of their addresses: "amal badr", and it is forgotten. */
static const char *told(const char *kind)
{
	struct store_tx *t;
	struct store_rows *r;
	const char *all = "";
	assert_int_equal(alert_tend(&desk), 0);
	assert_int_equal(store_begin(desk.store, STORE_READ, &t), 0);
	assert_int_equal(STORE_QUERY(t, &r, "SELECT address, about FROM outbox WHERE kind = $1 ORDER BY address", S_TEXT(kind)), 0);
	while (store_next(r) == 1)
		all = arena_printf(&arena, "%s%s%.*s:%s", all, *all ? " " : "", (int)strcspn(store_text(r, 0), "@"), store_text(r, 0), store_text(r, 1));
	store_end(r);
	store_rollback(t);
	SQL("DELETE FROM outbox WHERE kind = '%s'", kind);
	return all;
}

static void older(int64_t seconds)
{
	SQL("UPDATE report SET received = received - %lld", (long long)seconds);
}

#define A "a1b2c3d4000000000000000000000001"
#define B "b1b2c3d4000000000000000000000002"

static void danger_pages_who_is_on_call_then_the_next_then_supervisors(void **state)
{
	on(AMAL, "oncall", -3600, 3600);
	on(BADR, "oncall", 3600, 7200);
	on(CHAMA, "oncall", 7200, 9000);
	on(CHAMA, "desk", -3600, 3600);
	report_in(A, 0, 5, -900);
	assert_string_equal(told("p0"), "wakes-amal:a1b2c3d4");
	assert_string_equal(told("p0"), "");
	older(5 * 60);
	assert_string_equal(told("p0"), "badr:a1b2c3d4");
	assert_string_equal(told("p0"), "");
	older(5 * 60);
	assert_string_equal(told("p0"), "salma:a1b2c3d4 samir:a1b2c3d4 wakes-amal:a1b2c3d4");
	assert_string_equal(told("p0"), "");
	older(15 * 60);
	assert_string_equal(told("p0"), "salma:a1b2c3d4 samir:a1b2c3d4 wakes-amal:a1b2c3d4");
	SQL("UPDATE report SET opened = %lld", (long long)now);
	older(15 * 60);
	assert_string_equal(told("p0"), "");
}

static void danger_finds_somebody_whatever_the_roster(void **state)
{
	report_in(A, 0, 5, -900);
	assert_string_equal(told("p0"), "salma:a1b2c3d4 samir:a1b2c3d4");
	report_in(B, 0, 5, -900);
	on(CHAMA, "desk", -3600, 3600);
	assert_string_equal(told("p0"), "chama:b1b2c3d4");
	older(6 * 60); /* nobody is next: whoever is there */
	assert_string_equal(told("p0"), "chama:a1b2c3d4 chama:b1b2c3d4");
}

static void danger_waits_for_an_address(void **state)
{
	SQL("UPDATE staff SET mail = NULL, pager = NULL");
	report_in(A, 0, 5, -900);
	assert_string_equal(told("p0"), "");
	SQL("UPDATE staff SET mail = 'late@desk.example' WHERE member = %d", SAMIR);
	assert_string_equal(told("p0"), "late:a1b2c3d4");
}

static void nobody_hears_of_what_they_must_not_find(void **state)
{
	on(AMAL, "oncall", -3600, 3600);
	report_in(A, 0, 700, 4000);
	SQL("INSERT INTO excluded (report, member, why) VALUES (%s, %d, 'reporter')", id_text(A), SAMIR);
	SQL("INSERT INTO excluded (report, member, why) VALUES (%s, %d, 'reporter')", id_text(A), AMAL);
	assert_string_equal(told("p0"), "salma:a1b2c3d4");
	assert_string_equal(told("escalated"), "salma:a1b2c3d4");
	report_in(B, 0, 5, -900);
	SQL("UPDATE report SET restricted = 1 WHERE id = %s", id_text(B));
	assert_string_equal(told("p0"), "salma:b1b2c3d4 samir:b1b2c3d4"); /* who is on call is no supervisor */
}

static void late_is_told_to_who_has_it_then_to_supervisors(void **state)
{
	on(BADR, "desk", -3600, 3600);
	report_in(A, 2, 86400 + 60, 60);
	SQL("UPDATE report SET assigned = %d", AMAL);
	assert_string_equal(told("late"), "amal:a1b2c3d4"); /* her mail: nobody is woken */
	assert_string_equal(told("escalated"), "");
	assert_string_equal(told("late"), "");
	SQL("UPDATE report SET due = due - 1");
	assert_string_equal(told("late"), "amal:a1b2c3d4"); /* another limit: late again */
	SQL("UPDATE report SET since = %lld, due = %lld", (long long)(now - 200), (long long)(now - 950));
	assert_string_equal(told("escalated"), "salma:a1b2c3d4 samir:a1b2c3d4");
	assert_string_equal(told("late"), "");
	SQL("UPDATE report SET since = %lld, due = %lld", (long long)(now - 200), (long long)(now - 2750));
	assert_string_equal(told("late"), "amal:a1b2c3d4");
	assert_string_equal(told("escalated"), "salma:a1b2c3d4 samir:a1b2c3d4");
	assert_string_equal(told("escalated"), "");
	SQL("UPDATE report SET work = 0");
	SQL("DELETE FROM told");
	assert_string_equal(told("late"), "");
}

static void late_and_nobodys_goes_to_the_desk_or_to_supervisors(void **state)
{
	report_in(A, 3, 86400, 60);
	assert_string_equal(told("late"), "");
	assert_string_equal(told("escalated"), "salma:a1b2c3d4 samir:a1b2c3d4");
	on(BADR, "desk", -3600, 3600);
	report_in(B, 3, 86400, 60);
	assert_string_equal(told("late"), "badr:b1b2c3d4");
	assert_string_equal(told("escalated"), "");
}

static void one_mail_names_all_that_is_late(void **state)
{
	on(BADR, "desk", -3600, 3600);
	for (int i = 0; i < 40; i++)
		report_in(arena_printf(&arena, "%08x000000000000000000000001", 0xc0000000u + (unsigned)i), 3, 86400, 60);
	const char *s = told("late");
	assert_non_null(strstr(s, "badr:c0000000 c0000001"));
	assert_non_null(strstr(s, " +"));
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM told"), 40);
}

static void referrals_notices_tasks_and_requests_are_late_too(void **state)
{
	report_in(A, 3, 60, -86400);
	const char *x = id_text("00000000000000000000000000000011"), *y = id_text("00000000000000000000000000000012"),
		*z = id_text("00000000000000000000000000000013"), *q = id_text("d1b2c3d4000000000000000000000014");
	SQL("INSERT INTO referral (id, report, unit, state, version, epoch, text, proposed_by, created, since, due) "
		"VALUES (%s, %s, 'MA-CAS', 'referred', 0, 1, 0, %d, 0, %lld, %lld)", x, id_text(A), AMAL, (long long)(now - 7200), (long long)(now - 60));
	assert_string_equal(told("late"), "omar:a1b2c3d4 unita:a1b2c3d4");
	assert_string_equal(told("escalated"), "");
	SQL("UPDATE referral SET due = since + 1000");
	assert_string_equal(told("escalated"), "salma:a1b2c3d4 samir:a1b2c3d4 unita:a1b2c3d4");
	(void)told("late");
	SQL("UPDATE referral SET state = 'proposed', due = %lld, since = %lld", (long long)(now - 50), (long long)(now - 7200));
	assert_string_equal(told("escalated"), "salma:a1b2c3d4 samir:a1b2c3d4"); /* to be signed */
	assert_string_equal(told("late"), "");
	SQL("UPDATE referral SET state = 'done'");
	SQL("INSERT INTO notice (id, report, state, version, kind, channel, template, text, drafted_by, since, due) "
		"VALUES (%s, %s, 'sent', 0, 'hosting', 'mail', 'hosting-fr-1', 0, %d, %lld, %lld)", y, id_text(A), CHAMA, (long long)(now - 7200), (long long)(now - 60));
	assert_string_equal(told("late"), "chama:a1b2c3d4");
	SQL("INSERT INTO task (id, report, kind, member, unit, text, asked_by, due) VALUES (%s, %s, 'task', NULL, 'national', 0, %d, %lld)",
		z, id_text(A), AMAL, (long long)(now - 60));
	assert_string_equal(told("late"), "amal:a1b2c3d4");
	SQL("INSERT INTO sealed (id, kind, unit, epoch, wrap, blob, author, at) VALUES (%s, 'request', 'national', 1, %s, %s, %d, 0)", q, q, q, AMAL);
	SQL("INSERT INTO request (id, kind, state, received, due) VALUES (%s, 'access', 'open', %lld, %lld)", q, (long long)(now - 7200), (long long)(now - 60));
	assert_string_equal(told("escalated"), "salma:d1b2c3d4 samir:d1b2c3d4");
}

/* --- the roster --- */

static void roster_takes_shifts_of_the_own_unit(void **state)
{
	struct shift s = { .member = AMAL, .duty = DUTY_ONCALL, .starts = now - 60, .ends = now + 3600 }, *list;
	size_t n;
	bool is;
	assert_int_equal(roster_add(&desk, &samir, &s, 1), 0);
	assert_int_equal(roster_add(&desk, &samir, &s, 1), -EEXIST);
	s.duty = DUTY_DESK;
	assert_int_equal(roster_add(&desk, &samir, &s, 1), 0);
	s.member = OMAR;
	assert_int_equal(roster_add(&desk, &samir, &s, 1), -ENOENT);
	s.member = BADR;
	s.ends = s.starts + SHIFT_LONGEST + 1;
	assert_int_equal(roster_add(&desk, &samir, &s, 1), -EINVAL);
	s.ends = s.starts;
	assert_int_equal(roster_add(&desk, &samir, &s, 1), -EINVAL);
	s.ends = s.starts + 3600;
	assert_int_equal(roster_add(&desk, &samir, &s, 14), -EINVAL);
	assert_int_equal(roster_list(&desk, &arena, KEYS_NATIONAL, now, now + 1, &list, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].name, "amal");
	assert_true(list[0].reachable);
	assert_int_equal(roster_is_on(&desk, &samir, DUTY_DESK, &is), 0);
	assert_false(is);
	const struct staff amal = { .member = AMAL, .unit = KEYS_NATIONAL }, omar = { .member = OMAR, .unit = "MA-CAS" };
	assert_int_equal(roster_is_on(&desk, &amal, DUTY_DESK, &is), 0);
	assert_true(is);
	assert_int_equal(roster_is_on(&desk, &omar, DUTY_DESK, &is), 0); /* nobody is: everybody counts */
	assert_true(is);
	assert_int_equal(roster_remove(&desk, &omar, list[0].id), -ENOENT);
	assert_int_equal(roster_remove(&desk, &samir, list[0].id), 0);
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM audit WHERE action LIKE 'roster%'"), 3);
}

/* Ramadan moves Moroccan clocks: eight in the morning stays eight in the morning. */
static void roster_repeats_by_the_clock_on_the_wall(void **state)
{
	struct civil day = civil_from_seconds(tz_next_change(zone, now + 10 * 86400));
	int64_t eight = civil_to_seconds((struct civil){ .year = day.year, .month = day.month, .day = day.day, .hour = 8 }) - 3 * 86400;
	struct shift s = { .member = AMAL, .duty = DUTY_DESK, .starts = tz_to_utc(zone, eight), .ends = tz_to_utc(zone, eight + 8 * 3600) }, *list;
	size_t n;
	assert_int_equal(roster_add(&desk, &samir, &s, 2), 0);
	assert_int_equal(roster_list(&desk, &arena, KEYS_NATIONAL, 0, INT64_MAX, &list, &n), 0);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(civil_from_seconds(list[i].starts + tz_offset(zone, list[i].starts)).hour, 8);
	assert_int_not_equal(tz_offset(zone, list[0].starts), tz_offset(zone, list[1].starts));
}

/* --- the pause --- */

static void pause_is_offered_past_the_limit_and_again_later(void **state)
{
	bool pause;
	int64_t n;
	struct exposure_sum sum;
	SQL("INSERT INTO setting (name, value) VALUES ('exposure_limit', '5')");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(exposure_ask(&desk, AMAL, false, &pause), 0);
		assert_false(pause);
		assert_int_equal(exposure_count(&desk, AMAL), 0);
	}
	assert_int_equal(exposure_ask(&desk, AMAL, false, &pause), 0);
	assert_true(pause);
	assert_int_equal(exposure_ask(&desk, BADR, false, &pause), 0);
	assert_false(pause); /* each for themselves */
	assert_int_equal(exposure_ask(&desk, AMAL, true, &pause), 0);
	assert_false(pause);
	for (int i = 0; i < EXPOSURE_MORE; i++) {
		assert_int_equal(exposure_ask(&desk, AMAL, false, &pause), 0);
		assert_false(pause);
		assert_int_equal(exposure_count(&desk, AMAL), 0);
	}
	assert_int_equal(exposure_ask(&desk, AMAL, false, &pause), 0);
	assert_true(pause);
	assert_int_equal(exposure_pause(&desk, AMAL), 0);
	assert_int_equal(exposure_so_far(&desk, AMAL, &n), 0);
	assert_int_equal(n, 15);
	assert_int_equal(exposure_sum(&desk, KEYS_NATIONAL, &sum), 0);
	assert_true(sum.told);
	assert_int_equal(sum.offered, 2);
	assert_int_equal(sum.taken, 1);
	assert_int_equal(exposure_sum(&desk, "MA-CAS", &sum), 0);
	assert_false(sum.told); /* two people: it would be theirs */
	SQL("UPDATE exposure SET starts = starts - 13 * 3600");
	assert_int_equal(exposure_ask(&desk, AMAL, false, &pause), 0);
	assert_false(pause); /* a new shift */
}

static void pause_has_a_usual_limit(void **state)
{
	bool pause;
	SQL("INSERT INTO setting (name, value) VALUES ('exposure_limit', '4')"); /* less than can be set */
	for (int i = 0; i < EXPOSURE_LIMIT; i++) {
		assert_int_equal(exposure_ask(&desk, AMAL, false, &pause), 0);
		assert_false(pause);
		assert_int_equal(exposure_count(&desk, AMAL), 0);
	}
	assert_int_equal(exposure_ask(&desk, AMAL, false, &pause), 0);
	assert_true(pause);
}

#define ON_A_STORE(f) cmocka_unit_test_setup_teardown(f, fresh, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_STORE(danger_pages_who_is_on_call_then_the_next_then_supervisors),
		ON_A_STORE(danger_finds_somebody_whatever_the_roster),
		ON_A_STORE(danger_waits_for_an_address),
		ON_A_STORE(nobody_hears_of_what_they_must_not_find),
		ON_A_STORE(late_is_told_to_who_has_it_then_to_supervisors),
		ON_A_STORE(late_and_nobodys_goes_to_the_desk_or_to_supervisors),
		ON_A_STORE(one_mail_names_all_that_is_late),
		ON_A_STORE(referrals_notices_tasks_and_requests_are_late_too),
		ON_A_STORE(roster_takes_shifts_of_the_own_unit),
		ON_A_STORE(roster_repeats_by_the_clock_on_the_wall),
		ON_A_STORE(pause_is_offered_past_the_limit_and_again_later),
		ON_A_STORE(pause_has_a_usual_limit),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
