/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as IMAGE.names: once as they are, once with size and checksum put right, and once as the
 * unpacked block of a file that is right otherwise, so that what comes after each is reached. */
#include "compile/rname.h"
#include "compile/sidecar.h"
#include "fuzz.h"

#include <zstd.h>

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

struct whole {
	struct sidecar_header h;
	struct policy_cat cats[2];
	struct policy_set sets[3];
	struct sidecar_block block;
	uint8_t data[5000];
};

/* The first two bytes say how many names the block claims to hold. */
static void as_block(const uint8_t *p, size_t n)
{
	static struct whole w;
	if (n < 2 || n > 4096)
		return;
	memset(&w, 0, sizeof w);
	size_t packed = ZSTD_compress(w.data, sizeof w.data, p + 2, n - 2, 1);
	check(!ZSTD_isError(packed));
	uint32_t names = p[0] | (p[1] & 1) << 8;
	size_t size = offsetof(struct whole, data) + packed;
	w.h = (struct sidecar_header){ .version = SIDECAR_VERSION,
		.kind = 1,
		.size = size,
		.names = names,
		.blocks = 1,
		.sets = 3,
		.cats = 2 };
	memcpy(w.h.magic, SIDECAR_MAGIC, 8);
	w.cats[0].name[0] = 'a';
	w.cats[1].name[0] = 'b';
	w.sets[0].add_exact = w.sets[0].add_below = cats_one(0);
	w.sets[1].add_exact = cats_one(1);
	w.sets[2].clear_below = cats_one(0);
	w.block = (struct sidecar_block){ .at = offsetof(struct whole, data),
		.packed = (uint32_t)packed,
		.raw = (uint32_t)n - 2,
		.names = names };
	policy_checksum(&w, size, w.h.checksum);
	walk((const uint8_t *)&w, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	walk(p, n);
	as_block(p, n);
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
