/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The tables that src/web/gen/po.py writes. Private to text*.c and lang.c. */

#include "web/text.h"

enum { TEXT_FORMS_MAX = 6 };

struct text_language {
	struct lang_info info;
	unsigned (*plural)(uint64_t n); /* which of its forms */
	const char *thousands;          /* between groups of three digits */
};
/* Sorted by key, byte by byte: the msgid, or context, \4, msgid. NULL: not translated. */
struct text_entry {
	const char *key;
	const char *of[LANG_COUNT];
};
/* Sorted by `one`. Forms in the order of the language's rule. */
struct text_forms {
	const char *one;
	const char *const *of[LANG_COUNT];
};
extern const struct text_language text_language[LANG_COUNT];
extern const struct text_entry text_entry[];
extern const size_t text_entry_count;
extern const struct text_forms text_forms[];
extern const size_t text_forms_count;

/* Plural rules by the names that LANGUAGES uses (Unicode CLDR 44, whole numbers). */
unsigned text_plural_none(uint64_t n);
unsigned text_plural_not_one(uint64_t n);  /* n != 1 */
unsigned text_plural_over_one(uint64_t n); /* n > 1 */
unsigned text_plural_arabic(uint64_t n);   /* zero one two few many other */

/* text_fill on a pattern already translated; isolate: as text_fill does in a right-to-left language. */
const char *text_put(struct arena *a, enum lang l, const char *pattern, const char *const *args, const char *n,
	bool isolate);
