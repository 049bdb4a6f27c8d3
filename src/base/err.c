/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int err;
	const char *text;
} texts[] = {
	{ ERR_FORMAT, "not a file of the expected kind" },
	{ ERR_CHECKSUM, "damaged: its checksum does not match" },
	{ ERR_VERSION, "made for a version this program does not know" },
	{ ERR_LIMIT, "larger than a documented limit" },
	{ ERR_NAME, "not a domain name" },
	{ ERR_MALFORMED, "malformed" },
	{ ERR_TRUNCATED, "ends before it should" },
	{ ERR_KEY, "made with another hash key" },
	{ ERR_CONFIG, "configuration refused" },
	{ ERR_TIME, "not a time, date or time zone" },
	{ ERR_REFUSED, "refused by a safety rule" },
	{ ERR_CHILD, "a supervised process could not be started, or died" },
};

const char *err_text(int err)
{
	if (err >= 0)
		return "success";
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].err == err)
			return texts[i].text;
	if (err > -1000) {
		const char *s = strerrordesc_np(-err);
		if (s)
			return s;
	}
	return "unknown error";
}

int err_set(struct err_note *note, int err, const char *format, ...)
{
	if (note && !note->text[0]) {
		va_list ap;
		va_start(ap, format);
		(void)vsnprintf(note->text, sizeof note->text, format, ap);
		va_end(ap);
	}
	return err;
}

const char *err_say(const struct err_note *note, int err)
{
	return note && note->text[0] ? note->text : err_text(err);
}
