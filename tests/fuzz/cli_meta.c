/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an image's metadata: texts that end, and nothing read outside. */
#include "cli/meta.h"
#include "fuzz.h"

static void take(void *ctx, const struct meta_list *l)
{
	unsigned *n = ctx;
	check(memchr(l->category, 0, sizeof l->category));
	check(memchr(l->name, 0, sizeof l->name) && memchr(l->path, 0, sizeof l->path));
	check(memchr(l->origin, 0, sizeof l->origin) && memchr(l->licence, 0, sizeof l->licence));
	check(memchr(l->attribution, 0, sizeof l->attribution) &&
		memchr(l->date, 0, sizeof l->date));
	++*n;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	unsigned seen = 0;
	check(meta_lists(bytes_of(p, n), take, &seen) == seen);
	return 0;
}
