/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an integrity sheet: each line that is taken is found again under its name, or stands there twice. */
#include "fuzz.h"

#include "seal/sheet.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes left = bytes_of(p, n);
	struct sheet_line line;
	uint8_t hash[SHEET_HASH];
	int more;
	if (n > 4096)
		return 0;
	for (bool first = true; (more = sheet_next(&left, first, &line)) == 1; first = false) {
		check(line.name[0] && strlen(line.name) <= SHEET_NAME);
		int err = sheet_find(bytes_of(p, n), line.name, hash);
		check(err == 0 || err == ERR_MALFORMED);
		check(err || memcmp(hash, line.hash, sizeof hash) == 0);
	}
	check(more == 0 || more == ERR_FORMAT || more == ERR_MALFORMED);
	return 0;
}
