/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The two clocks, and civil dates. Pure but for the two readings. */

#include "base/err.h"

int64_t clock_unix(void);    /* seconds since 1970-01-01T00:00:00Z */
int64_t clock_mono_ms(void); /* milliseconds, never goes back */
int64_t clock_mono_ns(void);

/* Proleptic Gregorian calendar, no zone. month 1-12, day 1-31, hour 0-24 (24 only with 00:00),
 * weekday 0 = Monday. */
struct civil {
	int32_t year;
	int8_t month, day, hour, minute, second;
};

int64_t civil_days(int32_t year, int month, int day); /* days since 1970-01-01 */
struct civil civil_from_seconds(int64_t local);       /* seconds of a clock without zone */
int64_t civil_to_seconds(struct civil c);
int civil_weekday(int64_t days);                      /* 0 = Monday */

/* "2026-11-23", nothing after it. ERR_TIME. */
must_use int civil_parse_date(const char *s, struct civil *ret);
/* RFC 3339 with zone ("2026-11-23T18:00:00+01:00", "…Z") to Unix seconds, or "@SECONDS".
 * Without a zone, *ret_local is set and *ret is the civil time as if UTC. ERR_TIME. */
must_use int clock_parse_rfc3339(const char *s, int64_t *ret, bool *ret_local);
