/* SPDX-License-Identifier: Apache-2.0 */
/* What staff type, what reporters write of persons, what an assessment says: any bytes. */
#include "desk/named.h"
#include "desk/work/typed.h"
#include "desk/work/work.h"
#include "fuzz.h"

#include <string.h>

static void cursor(const char *s)
{
	struct typed_cursor c, again;
	char written[TYPED_CURSOR];
	if (typed_cursor_read(s, &c))
		return;
	typed_cursor_write(&c, written);
	check(!typed_cursor_read(written, &again));
	check(c.priority == again.priority && c.due == again.due && !memcmp(c.id, again.id, SEAL_ID));
}

static void number(const char *s)
{
	uint8_t first[SEAL_ID], last[SEAL_ID];
	if (typed_number(s, first, last))
		check(memcmp(first, last, SEAL_ID) <= 0 && first[0] == last[0] && first[2] == last[2]);
}

/* The first line a name, the rest what somebody wrote: who is found in it is found in more of it. */
static void named(const char *text)
{
	const char *end = strchr(text, '\n');
	char *name = end ? strndup(text, (size_t)(end - text)) : NULL;
	if (name && named_in(end + 1, name))
		check(named_in(text, name));
	free(name);
}

static void assessment(const uint8_t *p, size_t n)
{
	struct arena a;
	struct work_assessment as, again;
	struct bytes json;
	arena_init(&a, 1 << 20);
	if (!work_assessment_read(&a, bytes_of(p, n), &as)) {
		check(!work_assessment_write(&a, &as, &json));
		check(!work_assessment_read(&a, json, &again));
		check(as.classification == again.classification && !strcmp(as.text, again.text));
	}
	arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1);
	if (!text)
		return 0;
	memcpy(text, p, n);
	text[n] = 0;
	cursor(text);
	number(text);
	named(text);
	assessment(p, n);
	free(text);
	return 0;
}
