/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Languages. The po files of locale/LANG become C tables at build time (src/web/gen/po.py); the msgid is the
 * English sentence. No setlocale: each request has its language. Adding one: a folder, a line in
 * locale/LANGUAGES (code, name of itself, direction, plural rule, first day of the week, digits). */

#include "base/arena.h"
#include "base/clock.h"
#include "base/tz.h"

enum lang { LANG_FR, LANG_AR, LANG_EN, LANG_COUNT };

struct lang_info {
	const char *code;  /* "fr", in addresses and <html lang> */
	const char *name;  /* "Français" */
	const char *dir;   /* "ltr", "rtl" */
};
const struct lang_info *lang_info(enum lang l);
/* "fr" -> LANG_FR. False: unknown. */
must_use bool lang_parse(const char *code, size_t n, enum lang *ret);
/* By Accept-Language (RFC 9110 section 12.5.4; at most 1 KiB is read); fallback when nothing fits. */
enum lang lang_negotiate(const char *accept, enum lang fallback);

/* The text of a msgid. An unknown msgid comes back as it is (tests/web finds those). Never NULL. */
const char *text(enum lang l, const char *msgid);
/* With a context (msgctxt), where one English word has two meanings. */
const char *text_ctx(enum lang l, const char *context, const char *msgid);
/* {name} and {0} {1} ... are replaced by the arguments, in order of `{0}`; NULL-terminated list of
 * strings. The result is text (escaped when put out). */
const char *text_fill(struct arena *a, enum lang l, const char *msgid, const char *const *args);
/* Plural of n (CLDR; six forms in Arabic). `{n}` becomes the number as the language writes it. */
const char *text_n(struct arena *a, enum lang l, const char *one, const char *many, int64_t n);

/* Numbers and dates as people read them: Western digits in all three (Moroccan usage), month names of
 * the language (Arabic: the Moroccan names: يناير، فبراير ...). */
const char *text_number(struct arena *a, enum lang l, int64_t v);
enum text_date { TEXT_DAY, TEXT_DAY_TIME, TEXT_TIME };
const char *text_date(struct arena *a, enum lang l, const struct tz *zone, int64_t unix_seconds, enum text_date what);
