/* SPDX-License-Identifier: Apache-2.0 */
/* Any Accept-Language is read, within bounds and alike each time; any pattern is filled with any arguments. */
#include "fuzz.h"
#include "web/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	/* The first bytes choose, the rest are three strings: each in memory of its own, so that a step past
	 * its end is seen. */
	char *s[3];
	size_t len[3] = { n / 3, n / 3, n - n / 3 * 2 }, at = 0;
	for (int i = 0; i < 3; i++) {
		s[i] = malloc(len[i] + 1);
		check(s[i]);
		memcpy(s[i], p + at, len[i]);
		s[i][len[i]] = 0;
		at += len[i];
	}
	struct arena a;
	arena_init(&a, 1 << 20);
	char *whole = arena_text(&a, (const char *)p, n);
	for (enum lang l = 0; l < LANG_COUNT; l++) {
		enum lang chosen = lang_negotiate(s[2], l), again = lang_negotiate(whole, l);
		check(chosen < LANG_COUNT && again < LANG_COUNT);
		check(lang_negotiate(s[2], l) == chosen);
		check(text(l, s[0]) && text_ctx(l, s[1], s[0]));
		const char *args[] = { s[1], s[2], NULL };
		const char *filled = text_fill(&a, l, s[0], args);
		size_t pattern = strlen(text(l, s[0])); /* it may be one that is translated */
		check(filled && strlen(filled) <= pattern / 3 * (strlen(s[1]) + strlen(s[2]) + 6) + pattern);
		/* Nothing to replace: nothing changes. */
		if (!strchr(s[0], '{'))
			check(strcmp(filled, text(l, s[0])) == 0);
		check(text_n(&a, l, s[0], s[1], (int64_t)n));
		enum lang parsed;
		if (lang_parse(s[0], strlen(s[0]), &parsed))
			check(parsed < LANG_COUNT && strcmp(lang_info(parsed)->code, s[0]) == 0);
	}
	arena_done(&a);
	for (int i = 0; i < 3; i++)
		free(s[i]);
	return 0;
}
