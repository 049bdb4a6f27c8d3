/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an RPZ zone, whose lines depend on those before them. */
#include "compile_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	read_lines(FORMAT_RPZ, (const char *)p, n);
	return 0;
}
