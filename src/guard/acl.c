/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/acl.h"

#include <errno.h>

/* Addresses as numbers. A range reaches from its start to the next one's. */
typedef unsigned __int128 u128;

struct range {
	u128 from;
	bool allowed;
};

struct list {
	struct range *range;
	size_t n;
};

/* IPv4 is most of what is asked, and 128-bit compares are slow: start * 2 + allowed, in one word. */
struct acl {
	struct list v4, v6;
	uint64_t *word4;
};

static const struct net_prefix private_networks[] = {
	{ 4, 8, { 127 } },
	{ 4, 8, { 10 } },
	{ 4, 12, { 172, 16 } },
	{ 4, 16, { 192, 168 } },
	{ 4, 16, { 169, 254 } },
	{ 4, 10, { 100, 64 } },
	{ 16, 128, { [15] = 1 } },
	{ 16, 7, { 0xfc } },
	{ 16, 10, { 0xfe, 0x80 } },
};

static u128 number(const uint8_t *b, size_t n)
{
	u128 v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | b[i];
	return v;
}

/* The rules of one family while the ranges are made. */
struct rule {
	u128 from, to;
	uint8_t bits;
	bool allowed;
};

struct rules {
	struct rule *rule;
	size_t n;
};

static void rules_add(struct rules *r, const struct net_prefix *p, unsigned n, bool allowed, uint8_t len)
{
	for (unsigned i = 0; i < n; i++) {
		if (p[i].len != len)
			continue;
		/* ::/0 has 2^128 addresses: 0 - 1 wraps to the last one, as it should. */
		unsigned host_bits = len * 8u - p[i].bits;
		u128 from = number(p[i].b, len), size = host_bits < 128 ? (u128)1 << host_bits : 0;
		r->rule[r->n++] = (struct rule){ from, from + (size - 1), p[i].bits, allowed };
	}
}

static bool decide(const struct rules *r, u128 a)
{
	const struct rule *best = NULL;
	for (size_t i = 0; i < r->n; i++) {
		const struct rule *x = &r->rule[i];
		if (a < x->from || a > x->to)
			continue;
		if (!best || x->bits > best->bits || (x->bits == best->bits && !x->allowed))
			best = x;
	}
	return best && best->allowed;
}

static int by_from(const void *a, const void *b)
{
	u128 x = ((const struct range *)a)->from, y = ((const struct range *)b)->from;
	return x < y ? -1 : x > y;
}

/* The verdict can change only where a prefix starts or ends: look there, and join equal neighbours. */
static int list_make(const struct rules *r, struct list *ret)
{
	struct range *p = calloc(2 * r->n + 1, sizeof *p);
	if (!p)
		return -ENOMEM;
	size_t n = 1, kept = 0; /* p[0]: from 0 */
	for (size_t i = 0; i < r->n; i++) {
		p[n++].from = r->rule[i].from;
		if (r->rule[i].to + 1) /* else it reaches the last address there is */
			p[n++].from = r->rule[i].to + 1;
	}
	qsort(p, n, sizeof *p, by_from);
	for (size_t i = 0; i < n; i++) {
		bool allowed = decide(r, p[i].from);
		if (kept && p[kept - 1].allowed == allowed)
			continue;
		p[kept++] = (struct range){ p[i].from, allowed };
	}
	*ret = (struct list){ p, kept };
	return 0;
}

static int family_make(const struct acl_config *c, uint8_t len, struct list *ret)
{
	struct rules r = { calloc(ARRAY_LEN(private_networks) + c->nallow + c->ndeny, sizeof *r.rule), 0 };
	if (!r.rule)
		return -ENOMEM;
	if (c->private_networks)
		rules_add(&r, private_networks, ARRAY_LEN(private_networks), true, len);
	rules_add(&r, c->allow, c->nallow, true, len);
	rules_add(&r, c->deny, c->ndeny, false, len);
	int err = list_make(&r, ret);
	free(r.rule);
	return err;
}

static int words_make(struct acl *a)
{
	a->word4 = calloc(a->v4.n, sizeof *a->word4);
	for (size_t i = 0; a->word4 && i < a->v4.n; i++)
		a->word4[i] = (uint64_t)a->v4.range[i].from << 1 | a->v4.range[i].allowed;
	return a->word4 ? 0 : -ENOMEM;
}

int acl_new(const struct acl_config *c, struct acl **ret)
{
	if (c->nallow > ACL_PREFIXES_MAX || c->ndeny > ACL_PREFIXES_MAX)
		return ERR_LIMIT;
	struct acl *a = calloc(1, sizeof *a);
	int err = a ? family_make(c, 4, &a->v4) : -ENOMEM;
	if (!err)
		err = family_make(c, 16, &a->v6);
	if (!err)
		err = words_make(a);
	if (err) {
		acl_free(a);
		return err;
	}
	*ret = a;
	return 0;
}

void acl_free(struct acl *a)
{
	if (!a)
		return;
	free(a->v4.range);
	free(a->v6.range);
	free(a->word4);
	free(a);
}

static bool find(const struct list *l, u128 v)
{
	size_t at = 0, n = l->n; /* range[at].from <= v, always */
	while (n > 1) {
		size_t half = n / 2;
		at += l->range[at + half].from <= v ? half : 0;
		n -= half;
	}
	return l->range[at].allowed;
}

static bool find4(const struct acl *a, uint32_t v)
{
	const uint64_t *at = a->word4, wanted = (uint64_t)v << 1 | 1;
	for (size_t n = a->v4.n; n > 1;) {
		size_t half = n / 2;
		at += at[half] <= wanted ? half : 0;
		n -= half;
	}
	return *at & 1;
}

bool acl_allows(const struct acl *a, const uint8_t *address, size_t n)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (n == 16 && memcmp(address, mapped, sizeof mapped) == 0) {
		address += 12;
		n = 4;
	}
	if (n == 4)
		return find4(a, be32_get(address));
	if (n != 16)
		return false;
	return find(&a->v6, (u128)__builtin_bswap64(le64_get(address)) << 64 |
		__builtin_bswap64(le64_get(address + 8)));
}
