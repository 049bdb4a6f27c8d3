/* SPDX-License-Identifier: Apache-2.0 */
/* Lookups in an opened image: no check here, as opening checked everything. */
#include "policy/image.h"

int policy_find(const struct policy *p, struct name_hash h)
{
	uint32_t b = policy_bucket(h, p->h->buckets);
	uint64_t tag = policy_tag(h);
	const uint64_t *e = p->entries + (uint32_t)p->directory[b];
	const uint64_t *end = p->entries + (uint32_t)p->directory[b + 1];
	for (; e < end; e++)
		if (*e >> 16 == tag)
			return (int)(*e & 0xffff);
	return -1;
}

struct cats policy_apply(const struct policy *p, const struct name_hash *h, unsigned n, unsigned labels,
	struct policy_probe probe, struct cats cats)
{
	for (uint32_t maybe = probe.maybe; maybe; maybe &= maybe - 1) {
		unsigned i = (unsigned)__builtin_ctz(maybe);
		int found = policy_find(p, h[i]);
		if (found < 0)
			continue;
		const struct policy_set *s = &p->sets[found];
		if (i + 1 == labels)
			cats = cats_or(cats_minus(cats, s->clear_exact), s->add_exact);
		else
			cats = cats_or(cats_minus(cats, s->clear_below), s->add_below);
	}
	return cats;
}

struct cats policy_lookup(const struct policy *p, const struct name_hash *h, unsigned n, unsigned labels,
	struct cats cats)
{
	return policy_apply(p, h, n, labels, policy_probe_entries(p, h, n), cats);
}

unsigned policy_cat(const struct policy *p, const char *name)
{
	for (unsigned i = 0; i < p->h->cats; i++)
		if (!strcmp(p->cats[i].name, name))
			return i;
	return CAT_NONE;
}

static struct cats address4(const struct policy *p, uint32_t a)
{
	uint32_t lo = 0, hi = p->naddr4;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (p->addr4[mid].last < a)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->naddr4 && p->addr4[lo].first <= a ? p->addr4[lo].cats : cats_none();
}

static bool less6(const uint64_t a[2], const uint64_t b[2])
{
	return a[0] != b[0] ? a[0] < b[0] : a[1] < b[1];
}

static struct cats address6(const struct policy *p, const uint64_t a[2])
{
	uint32_t lo = 0, hi = p->naddr6;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (less6(p->addr6[mid].last, a))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->naddr6 && !less6(a, p->addr6[lo].first) ? p->addr6[lo].cats : cats_none();
}

struct cats policy_address(const struct policy *p, const uint8_t *b, size_t n)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (n == 16 && !memcmp(b, mapped, 12)) {
		b += 12;
		n = 4;
	}
	if (n == 4)
		return address4(p, be32_get(b));
	if (n != 16)
		return cats_none();
	uint64_t a[2] = { __builtin_bswap64(le64_get(b)), __builtin_bswap64(le64_get(b + 8)) };
	return address6(p, a);
}

static const struct policy_rewrite *first_of(const struct policy *p, struct name_hash h, unsigned owner,
	unsigned mode, unsigned *ret_n)
{
	uint32_t lo = 0, hi = p->nrewrites;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (policy_rewrite_order(&p->rewrites[mid], h, owner, mode) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	uint32_t end = lo;
	while (end < p->nrewrites && !policy_rewrite_order(&p->rewrites[end], h, owner, mode))
		end++;
	*ret_n = end - lo;
	return end > lo ? &p->rewrites[lo] : NULL;
}

const struct policy_rewrite *policy_rewrite_find(const struct policy *p, const struct name_hash *h,
	unsigned n, unsigned labels, unsigned owner, unsigned mode, unsigned *ret_n)
{
	bool engine = owner >= POLICY_ENGINE;
	*ret_n = 0;
	for (unsigned i = n; i-- > 0 && p->nrewrites;) {
		bool here = i + 1 == labels;
		unsigned place = here ? REWRITE_HERE : REWRITE_BELOW;
		const struct policy_rewrite *r = first_of(p, h[i], owner, engine ? mode : place, ret_n);
		if (r && (here || !engine || r->below))
			return r;
	}
	*ret_n = 0;
	return NULL;
}
