/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a TZif file: refused, or a zone whose three functions are total and agree. */
#include "base/tz.h"

#include <assert.h>

static const int64_t moments[] = { INT64_MIN, -(1ll << 61), -5000000000, 0, 1700000000, 4102444800, 1ll << 41,
	1ll << 61, INT64_MAX };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tz *z;
	if (tz_parse(p, n, &z))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
		int64_t t = moments[i], next = tz_next_change(z, t);
		int32_t o = tz_offset(z, t);
		assert(o > -26 * 3600 && o < 26 * 3600);
		assert(next > t || next == INT64_MAX);
		if (next != INT64_MAX) {
			assert(tz_offset(z, next) != tz_offset(z, next - 1));
			assert(t < -(1ll << 61) || tz_offset(z, next - 1) == o);
		}
		int64_t utc = tz_to_utc(z, t);
		if (t > -(1ll << 60) && t < 1ll << 60)
			assert(utc + tz_offset(z, utc) >= t && utc - 1 + tz_offset(z, utc - 1) < t);
	}
	tz_free(z);
	return 0;
}
