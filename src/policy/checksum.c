/* SPDX-License-Identifier: Apache-2.0 */
/* Apart from the rest because xxhash is compiled in here, whole. */
#include "policy/format.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

void policy_checksum(const void *p, size_t n, uint64_t ret[2])
{
	XXH128_hash_t h = XXH3_128bits(p, n);
	ret[0] = h.low64;
	ret[1] = h.high64;
}
