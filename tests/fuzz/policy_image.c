/* SPDX-License-Identifier: Apache-2.0 */
/* Images with any contents and a right checksum: refused, or harmless to look things up in. */
#include "policy/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const names[] = { "www.listed.example", "example", "a.b.c.d.e.f.g.h.example", "." };
	struct policy *p;
	uint8_t *copy = malloc(n + 1);
	if (!copy)
		return 0;
	memcpy(copy, data, n);
	if (n >= sizeof(struct policy_header)) {
		struct policy_header *h = (struct policy_header *)copy;
		uint64_t sum[2];
		h->size = n;
		h->checksum[0] = h->checksum[1] = 0;
		policy_checksum(copy, n, sum);
		memcpy(h->checksum, sum, sizeof sum);
	}
	if (policy_parse(copy, n, &p, NULL) == 0) {
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			struct dns_name name;
			struct name_hash h[POLICY_MAX_DEPTH];
			unsigned records;
			if (dns_name_from_text(names[i], strlen(names[i]), &name))
				__builtin_trap();
			unsigned count = name_hash_suffixes(p->h->key, &name, h, POLICY_MAX_DEPTH);
			(void)policy_lookup(p, h, count, name.labels, cats_none());
			const struct policy_rewrite *r = policy_rewrite_find(p, h, count, name.labels, POLICY_ENGINE, 2, &records);
			for (unsigned k = 0; r && k < records; k++)
				if (r[k].n && p->rdata[r[k].at] == 0xff && p->rdata[r[k].at + r[k].n - 1] == 0xff)
					(void)policy_address(p, p->rdata + r[k].at, 4);
		}
		(void)policy_address(p, copy, 16);
		policy_unref(p);
	}
	free(copy);
	return 0;
}
