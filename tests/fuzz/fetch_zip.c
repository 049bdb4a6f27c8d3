/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a zipped ranking: an error, or names that are plain and as many as were counted. */
#include "fetch/unpack.h"

#include <assert.h>

static int line(void *ctx, const char *name, size_t n)
{
	assert(n > 0 && n <= 253);
	for (size_t i = 0; i < n; i++)
		assert((uint8_t)name[i] > ' ' && (uint8_t)name[i] < 0x7f && name[i] != ',' && name[i] != '/');
	++*(int64_t *)ctx;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	int64_t seen = 0, got = unpack_zip_names(bytes_of(p, n), 1 << 20, 1000, line, &seen);
	assert(seen <= 1000 && (got < 0 || got == seen));
	return 0;
}
