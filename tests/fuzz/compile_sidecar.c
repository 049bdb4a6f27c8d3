/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as IMAGE.names: once as they are, and once with size and checksum put right, so that what
 * comes after them is reached. */
#include "compile/rname.h"
#include "compile/sidecar.h"
#include "fuzz.h"

static void walk(const uint8_t *p, size_t n)
{
	struct sidecar *s;
	struct sidecar_name x;
	uint8_t last[RNAME_MAX];
	unsigned last_len = 0;
	int r;
	if (sidecar_parse(p, n, &s, NULL))
		return;
	while ((r = sidecar_next(s, &x)) > 0) {
		char text[RNAME_MAX + 1];
		struct dns_name wire;
		check(rname_text(x.name, x.len, text) == x.len);
		rname_wire(x.name, x.len, &wire);
		check(wire.labels && wire.labels <= RNAME_LABELS_MAX);
		int order = memcmp(last, x.name, last_len < x.len ? last_len : x.len);
		check(!last_len || order < 0 || (!order && last_len < x.len));
		memcpy(last, x.name, x.len);
		last_len = x.len;
		check(x.set->add_exact.w[0] || !x.set->add_exact.w[0]);
	}
	sidecar_close(s);
	check(sidecar_parse(p, n, &s, NULL) == 0);
	FILE *f = fopen("/dev/null", "w");
	check(f);
	(void)sidecar_dump(s, f);
	fclose(f);
	sidecar_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	walk(p, n);
	if (n < sizeof(struct sidecar_header))
		return 0;
	uint8_t *copy = malloc(n);
	check(copy);
	memcpy(copy, p, n);
	struct sidecar_header h;
	memcpy(&h, copy, sizeof h);
	h.size = n;
	h.checksum[0] = h.checksum[1] = 0;
	memcpy(copy, &h, sizeof h);
	policy_checksum(copy, n, h.checksum);
	memcpy(copy, &h, sizeof h);
	walk(copy, n);
	free(copy);
	return 0;
}
