/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* IANA time zones read from the system's TZif files (RFC 8536), without glibc's process-wide TZ.
 * Opened once per view; afterwards pure, total and free of allocation. */

#include "base/clock.h"

struct tz;

/* folder NULL: /usr/share/zoneinfo. The name is checked: letters, digits, "+-_/", no "..".
 * Errors: ERR_TIME (no such zone; the note says so), ERR_FORMAT, ERR_TRUNCATED, ERR_LIMIT,
 * errno values. On error *ret is untouched. */
must_use int tz_open(const char *folder, const char *name, struct tz **ret, struct err_note *note);
/* The same from memory; for tests and fuzzing. Nothing is borrowed. */
must_use int tz_parse(const uint8_t *p, size_t n, struct tz **ret);
void tz_free(struct tz *z); /* NULL is fine */

/* Seconds east of Greenwich at an instant; the POSIX footer's rule after the last transition. */
int32_t tz_offset(const struct tz *z, int64_t utc);
/* The first instant after utc at which the offset changes; INT64_MAX if it never does. */
int64_t tz_next_change(const struct tz *z, int64_t utc);
/* Local civil seconds -> instant. A time that does not exist (clocks go forward) is the instant
 * of the jump; a time that happens twice is the first of the two. */
int64_t tz_to_utc(const struct tz *z, int64_t local);
