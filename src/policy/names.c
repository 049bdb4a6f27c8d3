/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/names.h"

#include "policy/format.h"

#include <errno.h>

/* Bits of a slot: each kind has one for "the name and all below" and one for "the name alone". */
enum { DENY = 0, ALLOW = 2, GRANT = 4 };
enum { BELOW = 1, EXACT = 2 };

struct slot {
	uint64_t tag;
	uint32_t grant; /* place in `grants` */
	uint16_t profile;
	uint16_t kinds; /* 0: empty */
};

struct grant {
	int64_t until[2]; /* of the subtree, of the name alone */
};

struct view_names {
	unsigned shift; /* 64 - log2(slots) */
	size_t mask;    /* slots - 1 */
	struct slot *slots;
	struct grant *grants;
	uint32_t ngrants;
	unsigned nprofiles;
	uint64_t *present; /* a profile */
	uint32_t *ends_at; /* a profile's first in `ends`; one more at the end */
	int64_t *ends;     /* of grants, ascending within a profile */
};

static size_t home(const struct view_names *n, uint16_t profile, struct name_hash h)
{
	return (h.lo ^ (profile + 1u) * 0x9e3779b97f4a7c15ull) >> n->shift;
}

static struct slot *find(const struct view_names *n, uint16_t profile, struct name_hash h)
{
	size_t i = home(n, profile, h);
	while (n->slots[i].kinds && (n->slots[i].tag != h.hi || n->slots[i].profile != profile))
		i = (i + 1) & n->mask;
	return &n->slots[i];
}

static void add(struct view_names *n, uint16_t profile, struct name_hash h, unsigned kind,
	const struct household_name *name)
{
	unsigned which = name->exact ? EXACT : BELOW;
	struct slot *s = find(n, profile, h);
	if (kind == GRANT) {
		if (!(s->kinds >> GRANT))
			s->grant = n->ngrants++;
		int64_t *until = &n->grants[s->grant].until[name->exact];
		*until = MAX(*until, name->until);
	}
	s->tag = h.hi;
	s->profile = profile;
	s->kinds |= (uint16_t)(which << kind);
	n->present[profile] |= names_presence(h);
}

static int add_all(struct view_names *n, struct name_key key, const struct household_profile *p,
	uint16_t profile, unsigned kind, const struct household_name *names, unsigned count,
	unsigned *depth, struct err_note *note)
{
	struct name_hash h[POLICY_MAX_DEPTH];
	for (unsigned i = 0; i < count; i++) {
		unsigned labels = names[i].name.labels;
		char text[DNS_NAME_TEXT_MAX];
		if (labels == 0 || labels > POLICY_MAX_DEPTH) {
			(void)dns_name_text(&names[i].name, text);
			return err_set(note, ERR_LIMIT,
				"profile %s: '%.200s' has %u labels; 1 to %d can be used", p->name,
				text, labels, POLICY_MAX_DEPTH);
		}
		(void)name_hash_suffixes(key, &names[i].name, h, POLICY_MAX_DEPTH);
		add(n, profile, h[labels - 1], kind, &names[i]);
		*depth = MAX(*depth, labels);
	}
	return 0;
}

static int compare_ends(const void *a, const void *b)
{
	int64_t x, y;
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

static void sort_ends(struct view_names *n, const struct household *h)
{
	uint32_t at = 0;
	for (unsigned i = 0; i < h->nprofiles; i++) {
		const struct household_profile *p = &h->profiles[i];
		n->ends_at[i] = at;
		for (unsigned k = 0; k < p->ngrants; k++)
			n->ends[at + k] = p->grants[k].until;
		if (p->ngrants)
			qsort(n->ends + at, p->ngrants, sizeof *n->ends, compare_ends);
		at += p->ngrants;
	}
	n->ends_at[h->nprofiles] = at;
}

static int allocate(struct view_names *n, const struct household *h)
{
	size_t names = 0, grants = 0;
	for (unsigned i = 0; i < h->nprofiles; i++) {
		const struct household_profile *p = &h->profiles[i];
		names += (size_t)p->ndeny + p->nallow + p->ngrants;
		grants += p->ngrants;
	}
	if (names > UINT32_MAX / 4)
		return ERR_LIMIT;
	unsigned bits = 4;
	while ((size_t)1 << bits < names * 2)
		bits++;
	n->shift = 64 - bits;
	n->mask = ((size_t)1 << bits) - 1;
	n->nprofiles = h->nprofiles;
	n->slots = calloc(n->mask + 1, sizeof *n->slots);
	n->grants = calloc(grants + 1, sizeof *n->grants);
	n->present = calloc(h->nprofiles + 1u, sizeof *n->present);
	n->ends_at = calloc(h->nprofiles + 1u, sizeof *n->ends_at);
	n->ends = calloc(grants + 1, sizeof *n->ends);
	return n->slots && n->grants && n->present && n->ends_at && n->ends ? 0 : -ENOMEM;
}

int names_new(struct name_key key, const struct household *h, struct view_names **ret,
	unsigned *ret_depth, struct err_note *note)
{
	struct view_names *n = calloc(1, sizeof *n);
	unsigned depth = 0;
	if (!n)
		return -ENOMEM;
	int err = allocate(n, h);
	for (unsigned i = 0; i < h->nprofiles && !err; i++) {
		const struct household_profile *p = &h->profiles[i];
		uint16_t id = (uint16_t)i;
		err = add_all(n, key, p, id, DENY, p->deny, p->ndeny, &depth, note);
		if (!err)
			err = add_all(n, key, p, id, ALLOW, p->allow, p->nallow, &depth, note);
		if (!err)
			err = add_all(n, key, p, id, GRANT, p->grants, p->ngrants, &depth, note);
	}
	if (err) {
		names_free(n);
		return err;
	}
	sort_ends(n, h);
	*ret = n;
	*ret_depth = depth;
	return 0;
}

void names_free(struct view_names *n)
{
	if (!n)
		return;
	free(n->slots);
	free(n->grants);
	free(n->present);
	free(n->ends_at);
	free(n->ends);
	free(n);
}

uint64_t names_present(const struct view_names *n, uint16_t profile)
{
	return n->present[profile];
}

static void take(const struct view_names *names, const struct slot *s, unsigned depth, bool whole,
	int64_t live, struct names_match *ret)
{
	unsigned which = whole ? BELOW | EXACT : BELOW;
	if (!ret->deny && s->kinds >> DENY & which)
		ret->deny = (uint8_t)depth;
	if (!ret->allow && s->kinds >> ALLOW & which)
		ret->allow = (uint8_t)depth;
	if (ret->grant || !(s->kinds >> GRANT & which))
		return;
	const struct grant *g = &names->grants[s->grant];
	int64_t until = whole ? MAX(g->until[0], g->until[1]) : g->until[0];
	if (until >= live) {
		ret->grant = (uint8_t)depth;
		ret->grant_until = until;
	}
}

void names_find(const struct view_names *names, uint16_t profile, uint64_t present,
	const struct name_hash *h, unsigned n, unsigned labels, int64_t live,
	struct names_match *ret)
{
	*ret = (struct names_match){ 0 };
	for (unsigned i = n; i-- > 0;) {
		if (!(present & names_presence(h[i])))
			continue;
		const struct slot *s = find(names, profile, h[i]);
		if (s->kinds)
			take(names, s, i + 1, i + 1 == labels, live, ret);
	}
}

int64_t names_next_end(const struct view_names *n, uint16_t profile, int64_t now)
{
	uint32_t lo = n->ends_at[profile], end = n->ends_at[profile + 1u], hi = end;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (n->ends[mid] <= now)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < end ? n->ends[lo] : INT64_MAX;
}
