/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Languages. The po files of locale/LANG become C tables at build time (src/web/gen/po.py); the msgid is the
 * English sentence. No setlocale: each request has its language. Adding one: a folder and a line in
 * locale/LANGUAGES (code, direction, plural rule, thousands, name of itself). Everything here is
 * immutable or in the caller's arena: all threads. */

#include "base/arena.h"
#include "base/clock.h"
#include "base/tz.h"

#include "web/lang_list.h" /* enum lang { LANG_FR, LANG_AR, LANG_EN, ..., LANG_COUNT }, from locale/LANGUAGES */

/* Marks a text of a table for translation: { .label = N_("Where") }, put out later by text(l, x->label).
 * NC_ the same with a context, for text_ctx(l, context, x->label). */
#define N_(msgid) msgid
#define NC_(context, msgid) msgid

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
/* {0} {1} ... {9} are replaced by the arguments, a NULL-terminated list; a number without argument stays as
 * it is, as does all of it when the arena is full. Never NULL. The result is text (escaped when put
 * out). In a right-to-left language an argument with Latin letters, or of several groups of digits, is
 * put between U+2068 and U+2069, so that it keeps its own order (Unicode UAX #9, isolates). */
const char *text_fill(struct arena *a, enum lang l, const char *msgid, const char *const *args);
/* One such argument: s itself, or between isolates in the arena. */
const char *text_isolate(struct arena *a, enum lang l, const char *s);
/* Plural of n (CLDR; six forms in Arabic). `{n}` becomes the number as the language writes it. */
const char *text_n(struct arena *a, enum lang l, const char *one, const char *many, int64_t n);
/* The same with arguments. */
const char *text_n_fill(struct arena *a, enum lang l, const char *one, const char *many, int64_t n,
	const char *const *args);

/* Numbers and dates as people read them: Western digits in all of them (Moroccan usage), thousands set
 * apart by U+202F (English: a comma), month names of the language (Arabic: the Moroccan ones: يناير،
 * غشت، شتنبر ...). "lundi 23 novembre 2026 à 18:05". */
const char *text_number(struct arena *a, enum lang l, int64_t v);
enum text_date { TEXT_DAY, TEXT_DAY_TIME, TEXT_TIME };
const char *text_date(struct arena *a, enum lang l, const struct tz *zone, int64_t unix_seconds, enum text_date what); /* zone NULL: UTC */
