/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a notice's template: refused with a note, or a letter that takes each value once, whatever
 * the values hold. */
#include "desk/notices/template.h"
#include "fuzz.h"

#include <string.h>

static size_t count(const char *s, const char *what)
{
	size_t n = 0;
	for (; (s = strstr(s, what)); s += strlen(what))
		n++;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const value[PLACE_COUNT] = { "\1{desk}\1", "{law}", "", "{address}{", NULL, "}" };
	struct arena a;
	struct notice_template t = { .version = 7 };
	struct err_note note = { "" };
	const char *letter;
	arena_init(&a, 0);
	int err = notice_template_parse(&a, "t", bytes_of(p, n), &t, &note);
	check(!err == !note.text[0]);
	if (err) {
		check(t.version == 7);
	} else {
		check(t.version > 0 && t.version <= NOTICE_VERSION_MAX && !strchr(t.subject, '\n'));
		check(notice_template_fill(&a, t.body, value, &letter) == 0);
		check(count(letter, "\1{desk}\1") == count(t.body, "{address}") && !strchr(t.body, 1));
		check(notice_template_fill(&a, t.subject, value, &letter) == 0 && !strchr(letter, '\n'));
	}
	arena_done(&a);
	return 0;
}
