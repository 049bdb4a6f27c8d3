/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules of a profile, and the household's holidays. */
#include "policy/household_raw.h"

#include <errno.h>

enum { MIDNIGHT = 1440, HOLIDAYS_MAX = 20000 };

/* "HH:MM", 24:00 included. */
static int clock_minutes(const char *s, uint16_t *ret)
{
	if (strlen(s) != 5 || s[2] != ':')
		return ERR_TIME;
	for (int i = 0; i < 5; i++)
		if (i != 2 && (s[i] < '0' || s[i] > '9'))
			return ERR_TIME;
	int h = (s[0] - '0') * 10 + s[1] - '0', m = (s[3] - '0') * 10 + s[4] - '0';
	if (h > 24 || m > 59 || (h == 24 && m))
		return ERR_TIME;
	*ret = (uint16_t)(h * 60 + m);
	return 0;
}

static int take_times(struct household_builder *b, const char *at, const struct raw_schedule *raw, struct schedule *s)
{
	struct household_path from = household_path("%s.from", at), to = household_path("%s.to", at);
	if (clock_minutes(raw->from, &s->from) || s->from == MIDNIGHT)
		return conf_refuse(b->src, b->note, from.text, "'%.40s' is not a time of day (00:00 to 23:59)", raw->from);
	if (clock_minutes(raw->to, &s->to))
		return conf_refuse(b->src, b->note, to.text, "'%.40s' is not a time of day (00:00 to 24:00)", raw->to);
	if (s->to == s->from)
		return conf_refuse(b->src, b->note, to.text, "'from' and 'to' are the same (a whole day is 00:00 to 24:00)");
	return 0;
}

static int take_schedule_categories(struct household_builder *b, const char *at, const struct raw_schedule *raw,
	struct schedule *s)
{
	bool wanted = s->kind == SCHEDULE_CLOSE || s->kind == SCHEDULE_OPEN;
	if (wanted != (raw->ncategories > 0))
		return conf_refuse(b->src, b->note, household_path("%s.categories", at).text, wanted ?
			"a schedule that closes or opens needs 'categories'" :
			"bedtime and school close everything: no 'categories' here");
	const char **names = arena_array(&b->h->arena, raw->ncategories + 1u, sizeof *names);
	if (!names)
		return -ENOMEM;
	for (unsigned i = 0; i < raw->ncategories; i++) {
		struct household_path here = household_path("%s.categories[%u]", at, i);
		if (household_category_kind(b->h, raw->categories[i]) != CATEGORY_CONTENT)
			return conf_refuse(b->src, b->note, here.text,
				"'%.40s' is not a category of content, which a schedule could close or open",
				raw->categories[i]);
		int err = household_copy_text(b->h, raw->categories[i], &names[i]);
		if (err)
			return err;
	}
	s->categories = names;
	s->ncategories = raw->ncategories;
	return 0;
}

static int take_schedule(struct household_builder *b, const char *at, const struct raw_schedule *raw, struct schedule *s)
{
	s->kind = (uint8_t)raw->kind;
	s->holidays = (uint8_t)raw->holidays;
	s->days = raw->days ? (uint8_t)*raw->days : 0x7f;
	if (!s->days)
		return conf_refuse(b->src, b->note, household_path("%s.days", at).text,
			"no day (leave 'days' out for every day)");
	if (s->holidays != HOLIDAYS_SAME && !b->h->nholidays)
		return conf_refuse(b->src, b->note, household_path("%s.holidays", at).text,
			"the household has no 'holidays' to go by");
	int err = take_times(b, at, raw, s);
	return err ? err : take_schedule_categories(b, at, raw, s);
}

int household_fill_schedules(struct household_builder *b, const char *at, const struct raw_profile *raw,
	struct household_profile *p)
{
	struct schedule *s = arena_array(&b->h->arena, raw->nschedules + 1u, sizeof *s);
	if (!s)
		return -ENOMEM;
	for (unsigned i = 0; i < raw->nschedules; i++) {
		int err = take_schedule(b, household_path("%s.schedules[%u]", at, i).text, &raw->schedules[i], &s[i]);
		if (err)
			return err;
	}
	p->schedules = s;
	p->nschedules = raw->nschedules;
	return 0;
}

/* "2026-11-06", or "2026-12-20 to 2027-01-03" with both days included. */
static int holiday_range(const char *s, int64_t *ret_first, int64_t *ret_last)
{
	char date[11] = "";
	struct civil c;
	size_t n = strlen(s);
	bool range = n == 24 && memcmp(s + 10, " to ", 4) == 0;
	if (n != 10 && !range)
		return ERR_TIME;
	memcpy(date, s, 10);
	if (civil_parse_date(date, &c))
		return ERR_TIME;
	*ret_first = *ret_last = civil_days(c.year, c.month, c.day);
	if (!range)
		return 0;
	if (civil_parse_date(s + 14, &c))
		return ERR_TIME;
	*ret_last = civil_days(c.year, c.month, c.day);
	return *ret_last < *ret_first ? ERR_TIME : 0;
}

static int by_day(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* All days in order, each once. */
static int keep_holidays(struct household *h, int64_t *days, size_t n)
{
	qsort(days, n, sizeof *days, by_day);
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!kept || days[i] != days[kept - 1])
			days[kept++] = days[i];
	int64_t *own = arena_array(&h->arena, kept + 1, sizeof *own);
	if (!own)
		return -ENOMEM;
	memcpy(own, days, kept * sizeof *own);
	h->holidays = own;
	h->nholidays = (unsigned)kept;
	return 0;
}

int household_fill_holidays(struct household_builder *b, const struct raw_household *raw)
{
	int64_t *days = calloc(HOLIDAYS_MAX, sizeof *days);
	size_t n = 0;
	int err = days ? 0 : -ENOMEM;
	for (unsigned i = 0; i < raw->nholidays && !err; i++) {
		struct household_path at = household_path("holidays[%u]", i);
		int64_t first, last;
		if (holiday_range(raw->holidays[i], &first, &last))
			err = conf_refuse(b->src, b->note, at.text,
				"'%.40s' is neither a date (2026-11-06) nor a range (2026-12-20 to 2027-01-03)",
				raw->holidays[i]);
		else if (last - first >= HOLIDAYS_MAX - (int64_t)n)
			err = conf_refuse(b->src, b->note, at.text, "more than %d days of holidays", HOLIDAYS_MAX);
		else
			while (first <= last)
				days[n++] = first++;
	}
	err = err ? err : keep_holidays(b->h, days, n);
	free(days);
	return err;
}
