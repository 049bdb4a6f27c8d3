/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Lines on stderr for a person or the journal. Only programs and top loops log.
 * Never a query name, a client address or anything else about what somebody asked. */

#include "base/attr.h"

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* Program name for the prefix, and the least urgent level shown. With stderr connected to the
 * journal (JOURNAL_STREAM) lines carry the <N> priority prefix of sd-daemon(3). */
void log_open(const char *program, enum log_level least);
void log_line(enum log_level level, const char *format, ...) printf_like(2, 3);

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
