/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdlib.h>
#include <errno.h>
#include <time.h>

int64_t clock_unix(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

int64_t clock_mono_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_mono_ms(void)
{
	return clock_mono_ns() / 1000000;
}

/* Howard Hinnant's days_from_civil: years start in March, eras of 400 years. */
int64_t civil_days(int32_t year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct civil civil_from_seconds(int64_t local)
{
	int64_t days = floor_div(local, 86400), rest = local - days * 86400;
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);
	return (struct civil){
		.year = (int32_t)(yoe + era * 400 + (month <= 2)),
		.month = (int8_t)month,
		.day = (int8_t)(doy - (153 * mp + 2) / 5 + 1),
		.hour = (int8_t)(rest / 3600),
		.minute = (int8_t)(rest / 60 % 60),
		.second = (int8_t)(rest % 60),
	};
}

int64_t civil_to_seconds(struct civil c)
{
	return civil_days(c.year, c.month, c.day) * 86400 + c.hour * 3600 + c.minute * 60 + c.second;
}

int civil_weekday(int64_t days)
{
	int64_t w = (days + 3) % 7; /* 1970-01-01 was a Thursday */
	return (int)(w < 0 ? w + 7 : w);
}

/* Exactly n digits at *s, moved past. */
static int digits(const char **s, int n, int *ret)
{
	int v = 0;
	for (int i = 0; i < n; i++) {
		char c = (*s)[i];
		if (c < '0' || c > '9')
			return ERR_TIME;
		v = v * 10 + (c - '0');
	}
	*s += n;
	*ret = v;
	return 0;
}

static int date(const char **s, struct civil *ret)
{
	int y, m, d;
	if (digits(s, 4, &y) || *(*s)++ != '-' || digits(s, 2, &m) || *(*s)++ != '-' ||
		digits(s, 2, &d))
		return ERR_TIME;
	static const int8_t last[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (m < 1 || m > 12 || d < 1 || d > last[m - 1] || (m == 2 && d == 29 && !leap))
		return ERR_TIME;
	*ret = (struct civil){ .year = y, .month = (int8_t)m, .day = (int8_t)d };
	return 0;
}

int civil_parse_date(const char *s, struct civil *ret)
{
	struct civil c;
	if (date(&s, &c) || *s)
		return ERR_TIME;
	*ret = c;
	return 0;
}

static int zone(const char *s, int64_t *ret_offset, bool *ret_local)
{
	*ret_offset = 0;
	*ret_local = *s == 0;
	if (*s == 0 || ((*s == 'Z' || *s == 'z') && s[1] == 0))
		return 0;
	int sign = *s == '+' ? 1 : *s == '-' ? -1 : 0, h, m;
	s++;
	if (!sign || digits(&s, 2, &h) || *s++ != ':' || digits(&s, 2, &m) || *s || h > 23 || m > 59)
		return ERR_TIME;
	*ret_offset = sign * (h * 3600 + m * 60);
	return 0;
}

int clock_parse_rfc3339(const char *s, int64_t *ret, bool *ret_local)
{
	if (*s == '@') {
		char *end;
		errno = 0;
		long long v = strtoll(s + 1, &end, 10);
		if (errno || end == s + 1 || *end || v < 0 || v > 1ll << 40)
			return ERR_TIME;
		*ret = v;
		*ret_local = false;
		return 0;
	}
	struct civil c;
	int h, m, sec = 0;
	int64_t offset;
	bool local;
	if (date(&s, &c))
		return ERR_TIME;
	if ((*s != 'T' && *s != 't' && *s != ' ') || (s++, digits(&s, 2, &h)) || *s++ != ':' ||
		digits(&s, 2, &m))
		return ERR_TIME;
	if (*s == ':' && (s++, digits(&s, 2, &sec)))
		return ERR_TIME;
	if (h > 23 || m > 59 || sec > 60 || zone(s, &offset, &local))
		return ERR_TIME;
	c.hour = (int8_t)h;
	c.minute = (int8_t)m;
	c.second = (int8_t)sec;
	*ret = civil_to_seconds(c) - offset;
	*ret_local = local;
	return 0;
}
