/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/calendar.h"

#include "policy/view.h"

enum { DAY = 86400 };
#define NOW_MAX (1ll << 40) /* the year 36812; beyond it nothing changes any more */

/* The days around an instant: number 0 is local yesterday, since what started then may still hold. */
struct days {
	const struct tz *zone;
	int64_t now, first; /* day 0, in days since 1970-01-01 */
	int weekday;        /* of day 0 */
	uint64_t holidays;  /* bit k: day k is one */
	bool more_holidays; /* day 0 or a later day is one */
	int64_t offset, safe_from, safe_to; /* where local time - offset is the whole truth */
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void find_holidays(const struct household *h, struct days *d)
{
	unsigned lo = 0, hi = h->nholidays;
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		if (h->holidays[mid] < d->first)
			lo = mid + 1;
		else
			hi = mid;
	}
	d->more_holidays = lo < h->nholidays;
	for (; lo < h->nholidays && h->holidays[lo] - d->first < 64; lo++)
		d->holidays |= 1ull << (h->holidays[lo] - d->first);
}

/* Most questions are far from any change of the clocks: then the zone's table is not needed again.
 * 26 hours are more than any offset, so that within them a wall-clock time cannot come twice. */
static void find_safe(struct days *d)
{
	int64_t back = d->now - 4 * DAY, next = tz_next_change(d->zone, back);
	d->safe_from = back + 26 * 3600;
	if (next <= d->now) {
		d->safe_from = d->now + 26 * 3600;
		next = tz_next_change(d->zone, d->now);
	}
	d->safe_to = next;
}

static struct days days_around(const struct household *h, const struct tz *z, int64_t now)
{
	struct days d = { .zone = z, .now = now, .offset = tz_offset(z, now) };
	d.first = floor_div(now + d.offset, DAY) - 1;
	d.weekday = civil_weekday(d.first);
	find_holidays(h, &d);
	find_safe(&d);
	return d;
}

static int64_t instant(const struct days *d, int64_t local)
{
	int64_t utc = local - d->offset;
	return utc >= d->safe_from && utc < d->safe_to ? utc : tz_to_utc(d->zone, local);
}

static bool starts_on(const struct days *d, const struct schedule *s, int k)
{
	if (!(s->days >> (d->weekday + k) % 7 & 1))
		return false;
	return s->holidays == HOLIDAYS_SAME || (d->holidays >> k & 1) == (s->holidays == HOLIDAYS_ONLY);
}

/* Whether s holds now, and the second at which that changes. Starts and ends both ascend with the days;
 * one occurrence may run into the next, as "every day, 00:00 to 24:00" does. */
static bool holds(const struct days *d, const struct schedule *s, int64_t *ret_edge)
{
	bool active = false;
	*ret_edge = INT64_MAX;
	if (s->holidays == HOLIDAYS_ONLY && !d->more_holidays)
		return false;
	*ret_edge = instant(d, (d->first + CALENDAR_HORIZON) * DAY);
	for (int k = 0; k < CALENDAR_HORIZON; k++) {
		if (!starts_on(d, s, k))
			continue;
		int64_t day = (d->first + k) * DAY;
		int64_t start = instant(d, day + s->from * 60);
		int64_t end = instant(d, day + (s->to <= s->from ? DAY : 0) + s->to * 60);
		if (end <= d->now || end <= start) /* over, or swallowed by a jump of the clocks */
			continue;
		if (start > (active ? *ret_edge : d->now)) {
			if (!active)
				*ret_edge = start;
			break;
		}
		*ret_edge = end;
		active = true;
	}
	return active;
}

static void tell_pause(const struct schedule *s, int64_t end, struct calendar_state *st)
{
	uint8_t kind = s->kind == SCHEDULE_BEDTIME ? PAUSE_BEDTIME : PAUSE_SCHOOL;
	if (s->kind != SCHEDULE_BEDTIME && s->kind != SCHEDULE_SCHOOL)
		return;
	if (st->pause == PAUSE_NONE || kind < st->pause) {
		st->pause = kind;
		st->pause_end = end;
	} else if (kind == st->pause) {
		st->pause_end = MAX(st->pause_end, end);
	}
}

static void schedules_now(const struct household *h, const struct household_profile *p, const struct tz *z, int64_t now,
	struct calendar_state *st)
{
	struct days d = days_around(h, z, now);
	for (unsigned i = 0; i < p->nschedules && i < HOUSEHOLD_SCHEDULES_MAX; i++) {
		int64_t edge;
		if (holds(&d, &p->schedules[i], &edge)) {
			st->active |= 1ull << i;
			tell_pause(&p->schedules[i], edge, st);
		}
		st->edge = MIN(st->edge, edge);
	}
}

void calendar_now(const struct household *h, const struct household_profile *p, const struct tz *z, int64_t now,
	struct calendar_state *ret)
{
	*ret = (struct calendar_state){ .edge = INT64_MAX, .pause_end = INT64_MAX };
	if (p->nschedules && now < NOW_MAX)
		schedules_now(h, p, z, MAX(now, -NOW_MAX), ret);
	if (p->pause_until <= now)
		return;
	ret->pause = PAUSE_PAUSE;
	ret->pause_end = p->pause_until;
	ret->edge = MIN(ret->edge, p->pause_until);
}
