/* SPDX-License-Identifier: Apache-2.0 */
/* A binary field of any type from a database server, and a script of migrations:
 *   | type: 2, big endian | the field, or the script | */
#include "fuzz.h"

#include "store/postgres_int.h"

#include <string.h>

/* In memory of exactly its size, so that a byte too many is seen. */
static void field(unsigned type, const uint8_t *p, size_t n)
{
	struct store_value v = S_NULL;
	uint8_t *copy = malloc(n ? n : 1);
	if (!copy)
		return;
	memcpy(copy, p, n);
	enum store_kind kind = postgres_value(type, copy, n, &v);
	check(kind == STORE_INT || kind == STORE_TEXT || kind == STORE_BLOB);
	check(kind == STORE_INT || (v.b.p == copy && v.b.n == n));
	free(copy);
}

static void script(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1);
	if (!text)
		return;
	memcpy(text, p, n);
	text[n] = 0;
	const char *at = text, *end = text;
	struct bytes s;
	while (split_next(&at, &s)) {
		const char *start = (const char *)s.p;
		check(start >= end && start + s.n <= at && at <= text + strlen(text));
		end = start + s.n;
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n < 2)
		return 0;
	field(be16_get(p), p + 2, n - 2);
	script(p + 2, n - 2);
	return 0;
}
