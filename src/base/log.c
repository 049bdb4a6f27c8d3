/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *name = "hisn";
static enum log_level shown = LOG_LEVEL_INFO;
static bool journal;

void log_open(const char *program, enum log_level least)
{
	name = program;
	shown = least;
	journal = getenv("JOURNAL_STREAM") != NULL;
}

void log_line(enum log_level level, const char *format, ...)
{
	if (level > shown)
		return;
	char line[1024];
	int at = 0;
	if (journal)
		at = snprintf(line, sizeof line, "<%d>", (int)level);
	else
		at = snprintf(line, sizeof line, "%s: %s", name,
			level == LOG_LEVEL_ERROR         ? "error: "
				: level == LOG_LEVEL_WARNING ? "warning: "
							     : "");
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(line + at, sizeof line - (size_t)at - 1, format, ap);
	va_end(ap);
	at += MIN(MAX(n, 0), (int)sizeof line - at - 2);
	line[at++] = '\n';
	/* One write a line, so that threads' lines do not mix; nobody to tell if it fails. */
	if (write(STDERR_FILENO, line, (size_t)at) < 0)
		return;
}
