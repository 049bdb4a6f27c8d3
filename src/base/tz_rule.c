/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tz_rule.h"

#include <ctype.h>
#include <string.h>

/* At most 3 digits, within bounds. */
static int number(const char **s, int min, int max, int *ret)
{
	int v = 0, n = 0;
	for (; isdigit((unsigned char)**s); (*s)++) {
		v = v * 10 + (**s - '0');
		if (++n > 3)
			return ERR_FORMAT;
	}
	if (!n || v < min || v > max)
		return ERR_FORMAT;
	*ret = v;
	return 0;
}

/* Three or more letters, or <letters, digits, + and ->. */
static int skip_name(const char **s)
{
	const char *p = *s;
	bool quoted = *p == '<';
	p += quoted;
	size_t n = 0;
	while (isalpha((unsigned char)p[n]) ||
		(quoted && (isdigit((unsigned char)p[n]) || p[n] == '+' || p[n] == '-')))
		n++;
	if (n < 3 || (quoted && p[n] != '>'))
		return ERR_FORMAT;
	*s = p + n + quoted;
	return 0;
}

/* [+-]hh[:mm[:ss]] */
static int clock_time(const char **s, int max_hours, int32_t *ret)
{
	int sign = **s == '-' ? -1 : 1, h, m = 0, sec = 0;
	*s += **s == '-' || **s == '+';
	if (number(s, 0, max_hours, &h))
		return ERR_FORMAT;
	if (**s == ':' && ((*s)++, number(s, 0, 59, &m)))
		return ERR_FORMAT;
	if (**s == ':' && ((*s)++, number(s, 0, 59, &sec)))
		return ERR_FORMAT;
	*ret = sign * (h * 3600 + m * 60 + sec);
	return 0;
}

static int day_of_month(const char **s, struct tz_day *ret)
{
	int month, week, weekday;
	if (number(s, 1, 12, &month) || *(*s)++ != '.' || number(s, 1, 5, &week) || *(*s)++ != '.' ||
		number(s, 0, 6, &weekday))
		return ERR_FORMAT;
	*ret = (struct tz_day){ .kind = TZ_DAY_MONTH,
		.month = (uint8_t)month,
		.week = (uint8_t)week,
		.weekday = (uint8_t)weekday };
	return 0;
}

static int day(const char **s, struct tz_day *ret)
{
	int n, err;
	if (**s == 'M') {
		(*s)++;
		err = day_of_month(s, ret);
	} else {
		bool julian = **s == 'J';
		*s += julian;
		err = number(s, julian, 365, &n);
		if (!err)
			*ret = (struct tz_day){ .kind = julian ? TZ_DAY_JULIAN : TZ_DAY_ZERO,
				.day = (uint16_t)n };
	}
	if (err)
		return err;
	ret->time = 2 * 3600;
	if (**s != '/')
		return 0;
	(*s)++;
	return clock_time(s, 167, &ret->time); /* version 3 (section 3.3.1): beyond 0..24 */
}

int tz_rule_parse(const char *s, struct tz_rule *ret)
{
	struct tz_rule r = { 0 };
	int32_t west;
	if (skip_name(&s) || clock_time(&s, 24, &west))
		return ERR_FORMAT;
	r.std = r.dst = -west; /* POSIX counts westwards */
	if (*s) {
		r.has_dst = true;
		r.dst = r.std + 3600;
		if (skip_name(&s))
			return ERR_FORMAT;
		if (*s != ',') {
			if (clock_time(&s, 24, &west))
				return ERR_FORMAT;
			r.dst = -west;
		}
		/* Without dates POSIX leaves them to the system; a zone file must say them. */
		if (*s++ != ',' || day(&s, &r.start) || *s++ != ',' || day(&s, &r.end))
			return ERR_FORMAT;
	}
	if (*s)
		return ERR_FORMAT;
	*ret = r;
	return 0;
}

static int64_t month_day(const struct tz_day *d, int32_t year)
{
	int64_t first = civil_days(year, d->month, 1);
	int64_t next = d->month == 12 ? civil_days(year + 1, 1, 1) : civil_days(year, d->month + 1, 1);
	int monday_first = civil_weekday(first), want = (d->weekday + 6) % 7;
	int64_t day = first + (want - monday_first + 7) % 7 + (d->week - 1) * 7;
	return day >= next ? day - 7 : day; /* week 5 is the last, which may be the fourth */
}

int64_t tz_day_in_year(const struct tz_day *d, int32_t year)
{
	int64_t day;
	switch (d->kind) {
	case TZ_DAY_MONTH:
		day = month_day(d, year);
		break;
	case TZ_DAY_JULIAN: /* 60 is 1 March in every year */
		day = d->day < 60 ? civil_days(year, 1, 1) + d->day - 1 : civil_days(year, 3, 1) + d->day - 60;
		break;
	default:
		day = civil_days(year, 1, 1) + d->day;
	}
	return day * 86400 + d->time;
}
