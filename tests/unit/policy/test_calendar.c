/* SPDX-License-Identifier: Apache-2.0 */
/* What holds when: cases by hand, then random schedules in random zones against the plain definition,
 * evaluated minute by minute. */
#include "policy/calendar.h"
#include "policy/view.h"

#include <limits.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static struct tz *zone(const char *name)
{
	char folder[PATH_MAX];
	struct tz *z;
	(void)snprintf(folder, sizeof folder, "%s/tests/golden/zoneinfo", getenv("HISN_SOURCE"));
	assert_int_equal(tz_open(folder, name, &z, NULL), 0);
	return z;
}

static int64_t utc(const char *text)
{
	int64_t t;
	bool local;
	assert_int_equal(clock_parse_rfc3339(text, &t, &local), 0);
	return t;
}

struct fixture {
	struct household h;
	struct household_profile p;
	struct schedule s[HOUSEHOLD_SCHEDULES_MAX];
	int64_t holidays[8];
};

static struct calendar_state at(const struct fixture *f, const struct tz *z, int64_t now)
{
	struct household_profile p = f->p;
	struct household h = f->h;
	struct calendar_state st;
	p.schedules = f->s;
	h.holidays = f->holidays;
	calendar_now(&h, &p, z, now, &st);
	return st;
}

static void state_is(const struct fixture *f, const struct tz *z, const char *now, uint64_t active, const char *edge)
{
	struct calendar_state st = at(f, z, utc(now));
	if (st.active != active || st.edge != utc(edge))
		fail_msg("at %s: active %lx until @%lld, not %lx until %s", now, (unsigned long)st.active,
			(long long)st.edge, (unsigned long)active, edge);
}

static void bedtime_past_midnight(void **state)
{
	struct tz *z = zone("Africa/Casablanca"); /* at +01:00 until 2026-09-20, then +00:00 */
	struct fixture f = { .p.nschedules = 1, .s = { { SCHEDULE_BEDTIME, 0x1f, 0, 21 * 60, 7 * 60, 0, NULL } } };
	state_is(&f, z, "2026-11-23T20:59:59Z", 0, "2026-11-23T21:00:00Z"); /* a Monday */
	state_is(&f, z, "2026-11-23T21:00:00Z", 1, "2026-11-24T07:00:00Z");
	state_is(&f, z, "2026-11-24T06:59:59Z", 1, "2026-11-24T07:00:00Z");
	state_is(&f, z, "2026-11-24T07:00:00Z", 0, "2026-11-24T21:00:00Z");
	/* Friday's ends on Saturday; Saturday and Sunday have none. */
	state_is(&f, z, "2026-11-28T06:59:59Z", 1, "2026-11-28T07:00:00Z");
	state_is(&f, z, "2026-11-28T21:30:00Z", 0, "2026-11-30T21:00:00Z");
	struct calendar_state st = at(&f, z, utc("2026-11-23T23:00:00Z"));
	assert_int_equal(st.pause, PAUSE_BEDTIME);
	assert_int_equal(st.pause_end, utc("2026-11-24T07:00:00Z"));
	tz_free(z);
}

static void all_but_a_minute(void **state)
{
	struct tz *z = zone("UTC");
	struct fixture f = { .p.nschedules = 1, .s = { { SCHEDULE_BEDTIME, 0x7f, 0, 600, 599, 0, NULL } } };
	state_is(&f, z, "2026-11-23T10:00:00Z", 1, "2026-11-24T09:59:00Z");
	state_is(&f, z, "2026-11-24T09:59:00Z", 0, "2026-11-24T10:00:00Z");
	f.s[0] = (struct schedule){ SCHEDULE_BEDTIME, 1, 0, 1439, 0, 0, NULL };
	state_is(&f, z, "2026-11-23T23:59:00Z", 1, "2026-11-24T00:00:00Z");
	tz_free(z);
}

static void ramadan_edges(void **state)
{
	/* 2026-02-15 02:00Z: 03:00 became 02:00; 2026-03-22 02:00Z: 02:00 became 03:00. */
	struct tz *z = zone("Africa/Casablanca");
	struct fixture f = { .p.nschedules = 1, .s = { { SCHEDULE_BEDTIME, 0x7f, 0, 150, 360, 0, NULL } } };
	state_is(&f, z, "2026-02-15T01:29:59Z", 0, "2026-02-15T01:30:00Z"); /* 02:30, the first of two */
	state_is(&f, z, "2026-02-15T01:30:00Z", 1, "2026-02-15T06:00:00Z");
	state_is(&f, z, "2026-02-15T02:15:00Z", 1, "2026-02-15T06:00:00Z"); /* 02:15 again: it has begun */
	state_is(&f, z, "2026-03-22T01:59:59Z", 0, "2026-03-22T02:00:00Z"); /* 02:30 does not exist */
	state_is(&f, z, "2026-03-22T02:00:00Z", 1, "2026-03-22T05:00:00Z");
	/* One that lies within the hour that is skipped does not happen that day. */
	f.s[0].to = 170;
	state_is(&f, z, "2026-03-22T01:00:00Z", 0, "2026-03-23T01:30:00Z");
	tz_free(z);
}

static void holidays_go_by_the_start_day(void **state)
{
	struct tz *z = zone("UTC");
	int64_t monday = civil_days(2026, 11, 23);
	struct fixture f = { .p.nschedules = 2, .h.nholidays = 2, .holidays = { monday + 1, monday + 2 },
		.s = { { SCHEDULE_BEDTIME, 0x7f, HOLIDAYS_SKIP, 20 * 60, 7 * 60, 0, NULL },
			{ SCHEDULE_BEDTIME, 0x7f, HOLIDAYS_ONLY, 22 * 60, 9 * 60, 0, NULL } } };
	state_is(&f, z, "2026-11-23T23:00:00Z", 1, "2026-11-24T07:00:00Z"); /* Monday's own, into the holiday */
	state_is(&f, z, "2026-11-24T07:00:00Z", 0, "2026-11-24T22:00:00Z");
	state_is(&f, z, "2026-11-24T22:00:00Z", 2, "2026-11-25T09:00:00Z");
	state_is(&f, z, "2026-11-26T08:00:00Z", 2, "2026-11-26T09:00:00Z"); /* the holiday's own, after it */
	state_is(&f, z, "2026-11-26T09:00:00Z", 0, "2026-11-26T20:00:00Z");
	tz_free(z);
}

static void whole_days_run_together(void **state)
{
	struct tz *z = zone("UTC");
	struct fixture f = { .p.nschedules = 1, .s = { { SCHEDULE_CLOSE, 0x60, 0, 0, 1440, 0, NULL } } };
	state_is(&f, z, "2026-11-28T12:00:00Z", 1, "2026-11-30T00:00:00Z");
	f.s[0].holidays = HOLIDAYS_ONLY; /* none is left: never */
	assert_true(at(&f, z, utc("2026-11-28T12:00:00Z")).edge == INT64_MAX);
	f.s[0].holidays = HOLIDAYS_SAME;
	f.s[0].days = 0x7f;
	struct calendar_state st = at(&f, z, utc("2026-11-28T12:00:00Z"));
	assert_int_equal(st.active, 1);
	assert_true(st.edge > utc("2026-12-27T00:00:00Z"));
	assert_int_equal(st.pause, PAUSE_NONE);
	assert_true(st.pause_end == INT64_MAX);
	tz_free(z);
}

static void pauses_and_their_order(void **state)
{
	struct tz *z = zone("UTC");
	struct fixture f = { .p.nschedules = 3, .s = { { SCHEDULE_SCHOOL, 0x7f, 0, 8 * 60, 16 * 60, 0, NULL },
							{ SCHEDULE_BEDTIME, 0x7f, 0, 13 * 60, 15 * 60, 0, NULL },
							{ SCHEDULE_BEDTIME, 0x7f, 0, 12 * 60, 14 * 60, 0, NULL } } };
	struct calendar_state st = at(&f, z, utc("2026-11-23T08:00:00Z"));
	assert_int_equal(st.pause, PAUSE_SCHOOL);
	assert_int_equal(st.pause_end, utc("2026-11-23T16:00:00Z"));
	st = at(&f, z, utc("2026-11-23T13:30:00Z"));
	assert_int_equal(st.active, 7);
	assert_int_equal(st.pause, PAUSE_BEDTIME);
	assert_int_equal(st.pause_end, utc("2026-11-23T15:00:00Z"));
	assert_int_equal(st.edge, utc("2026-11-23T14:00:00Z"));
	f.p.pause_until = utc("2026-11-23T13:45:00Z");
	st = at(&f, z, utc("2026-11-23T13:44:59Z"));
	assert_int_equal(st.pause, PAUSE_PAUSE);
	assert_int_equal(st.edge, f.p.pause_until);
	assert_int_equal(st.pause_end, f.p.pause_until);
	st = at(&f, z, f.p.pause_until);
	assert_int_equal(st.pause, PAUSE_BEDTIME);
	f.p.nschedules = 0;
	f.p.pause_until = INT64_MAX;
	st = at(&f, z, 0);
	assert_int_equal(st.pause, PAUSE_PAUSE);
	assert_true(st.edge == INT64_MAX);
	f.p.pause_until = 0;
	st = at(&f, z, 0);
	assert_int_equal(st.pause, PAUSE_NONE);
	assert_true(st.edge == INT64_MAX);
	tz_free(z);
}

static void any_instant_is_total(void **state)
{
	static const int64_t moments[] = { INT64_MIN, -(1ll << 60), -1, 0, 1ll << 39, (1ll << 40) + 1, 1ll << 60, INT64_MAX };
	struct tz *z = zone("Europe/Paris");
	struct fixture f = { .p.nschedules = 1, .s = { { SCHEDULE_BEDTIME, 0x7f, 0, 1200, 420, 0, NULL } } };
	for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
		struct calendar_state st = at(&f, z, moments[i]);
		assert_true(st.edge > moments[i] || st.edge == INT64_MAX);
	}
	tz_free(z);
}

/* The definition, straight: does any day's occurrence hold t? */
static bool holds(const struct fixture *f, const struct schedule *s, const struct tz *z, int64_t t)
{
	int64_t today = (t + tz_offset(z, t)) / 86400;
	for (int64_t d = today - 3; d <= today + 3; d++) {
		bool holiday = false;
		for (unsigned i = 0; i < f->h.nholidays; i++)
			holiday |= f->holidays[i] == d;
		if (!(s->days >> civil_weekday(d) & 1) || (s->holidays == HOLIDAYS_SKIP && holiday) ||
			(s->holidays == HOLIDAYS_ONLY && !holiday))
			continue;
		int64_t start = tz_to_utc(z, d * 86400 + s->from * 60);
		int64_t end = tz_to_utc(z, (d + (s->to <= s->from)) * 86400 + s->to * 60);
		if (start <= t && t < end)
			return true;
	}
	return false;
}

static uint64_t active(const struct fixture *f, const struct tz *z, int64_t t)
{
	uint64_t bits = 0;
	for (unsigned i = 0; i < f->p.nschedules; i++)
		bits |= (uint64_t)holds(f, &f->s[i], z, t) << i;
	return bits;
}

static uint64_t seed = 2463534242u;

static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16) % below;
}

static struct fixture random_fixture(int64_t around)
{
	struct fixture f = { .p.nschedules = 1 + any(4), .h.nholidays = any(5) };
	int64_t day = around / 86400 - 2;
	for (unsigned i = 0; i < f.h.nholidays; i++)
		f.holidays[i] = day += 1 + any(3);
	for (unsigned i = 0; i < f.p.nschedules; i++) {
		struct schedule *s = &f.s[i];
		s->kind = (uint8_t)any(4);
		s->days = (uint8_t)(1 + any(127));
		s->holidays = (uint8_t)any(3);
		s->from = (uint16_t)(any(4) ? any(1440) : any(24) * 60); /* often within the hours that jump */
		do {
			s->to = (uint16_t)(any(4) ? any(1441) : any(25) * 60);
		} while (s->to == s->from);
	}
	return f;
}

/* Every minute: the bits are right; the edge is where they first differ, and no earlier. Changes are at
 * whole minutes in these zones since 1970. */
static void walk(const struct fixture *f, const struct tz *z, int64_t from, int minutes)
{
	struct calendar_state st = at(f, z, from);
	for (int64_t t = from; t < from + minutes * 60; t += 60) {
		uint64_t now = active(f, z, t);
		if (t >= st.edge) {
			assert_int_equal(t, st.edge);
			assert_int_not_equal(now, st.active);
			st = at(f, z, t);
		}
		if (now != st.active)
			fail_msg("at @%lld: active %lx, not %lx (edge @%lld)", (long long)t, (unsigned long)st.active,
				(unsigned long)now, (long long)st.edge);
		if (any(64) == 0) { /* from anywhere, the same edge */
			struct calendar_state again = at(f, z, t + any(60));
			assert_int_equal(again.active, st.active);
			if (st.edge < t + 20 * 86400) /* farther away the edge is the horizon */
				assert_int_equal(again.edge, st.edge);
		}
	}
}

static void random_schedules_in_random_zones(void **state)
{
	static const char *const zones[] = { "Africa/Casablanca", "Europe/Paris", "Australia/Lord_Howe", "America/Nuuk",
		"Asia/Gaza", "Antarctica/Troll", "Pacific/Apia", "Europe/Dublin", "UTC" };
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		struct tz *z = zone(zones[i]);
		int64_t t = utc("2011-01-01T00:00:00Z");
		for (int round = 0; round < 12; round++) {
			int64_t change = tz_next_change(z, t);
			t = change == INT64_MAX ? t + 86400 * 97 : change;
			int64_t from = t / 60 * 60 - (int64_t)any(5 * 1440) * 60;
			struct fixture f = random_fixture(from);
			walk(&f, z, from, 9 * 1440);
		}
		tz_free(z);
	}
}

static void is_fast(void **state)
{
	struct tz *z = zone("Europe/Paris");
	struct fixture f = { .p.nschedules = 4, .h.nholidays = 5 };
	int64_t from = utc("2026-01-01T00:00:00Z");
	f = random_fixture(from);
	f.p.nschedules = 4;
	for (int i = 0; i < 4; i++)
		f.s[i].days |= 0x15;
	int64_t start = clock_mono_ns(), sum = 0;
	enum { N = 200000 };
	for (int i = 0; i < N; i++)
		sum += at(&f, z, from + i * 157).edge & 1;
	int64_t each = (clock_mono_ns() - start) / N;
	print_message("# %ld ns a call over a year (%ld)\n", (long)each, (long)sum % 2);
	assert_true(each < 50000); /* sanitizers and busy machines included */
	tz_free(z);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bedtime_past_midnight),
		cmocka_unit_test(all_but_a_minute),
		cmocka_unit_test(ramadan_edges),
		cmocka_unit_test(holidays_go_by_the_start_day),
		cmocka_unit_test(whole_days_run_together),
		cmocka_unit_test(pauses_and_their_order),
		cmocka_unit_test(any_instant_is_total),
		cmocka_unit_test(random_schedules_in_random_zones),
		cmocka_unit_test(is_fast),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
