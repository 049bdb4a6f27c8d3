/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a holder's paper and as a recovery's: refused, or written back as the same (but for the
 * case of hexadecimal digits). */
#include "keys/paper.h"

#include "fuzz.h"

#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct keys_paper_holder h;
	struct keys_paper_recovery r;
	char text[KEYS_PAPER_MAX];
	if (keys_paper_holder_read(bytes_of(p, n), &h) == 0) {
		check(h.cost.passes <= 16 && h.cost.memory_kib <= 4 << 20);
		check(keys_paper_holder_write(&h, text) == n && !strncasecmp(text, (const char *)p, n));
	}
	if (keys_paper_packet_read(bytes_of(p, n), &h) == 0)
		check(keys_paper_packet_write(&h, text) == n && !strncasecmp(text, (const char *)p, n));
	if (keys_paper_recovery_read(bytes_of(p, n), &r) == 0) {
		check(r.triple < SEAL_TRIPLES && keys_paper_size(&r) <= SEAL_NEST);
		check(keys_paper_recovery_write(&r, text) == n && !strncasecmp(text, (const char *)p, n));
	}
	return 0;
}
