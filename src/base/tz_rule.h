/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The POSIX TZ string at the end of a TZif file (RFC 8536 section 3.3): what holds after the last
 * transition. Private to this room. */

#include "base/clock.h"

enum tz_day_kind { TZ_DAY_JULIAN, TZ_DAY_ZERO, TZ_DAY_MONTH };

/* When in a year: Jn (1..365, 29 February never counted), n (0..365, counted), Mm.w.d. */
struct tz_day {
	uint8_t kind, month, week, weekday; /* weekday 0 = Sunday */
	uint16_t day;
	int32_t time; /* seconds of the wall clock, -167 h to 167 h */
};

struct tz_rule {
	int32_t std, dst; /* seconds east */
	bool has_dst;
	struct tz_day start, end; /* of dst */
};

/* Whole string, NUL-terminated. ERR_FORMAT. */
must_use int tz_rule_parse(const char *s, struct tz_rule *ret);
/* Local wall-clock seconds, without zone, at which the day's time is reached in that year. */
int64_t tz_day_in_year(const struct tz_day *d, int32_t year);
