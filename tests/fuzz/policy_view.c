/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an image, overlay or release, with the checksum made right: refused, or opened, put into
 * a view and judged with, without a read outside. */
#include "../unit/policy/testimage.h"
#include "fuzz.h"
#include "policy/judge.h"

static const struct household_category categories[] = {
	{ "lifeline", CATEGORY_SYSTEM, "help", "aide", "" },
	{ "malware", CATEGORY_SECURITY, "malware", "", "" },
	{ "vpn", CATEGORY_BYPASS, "VPN", "", "" },
};
static const char *const closed[] = { "adult", "games", "own" };
static const char *const names[] = { "www.adult.example", "games.example", "video.example",
	"added.example", "x.order.example", "help.example", "." };
static const uint16_t types[] = { DNS_A, DNS_AAAA, DNS_HTTPS, DNS_MX };
static const struct household_profile profiles[] = {
	{ .name = "p",
		.closed = closed,
		.nclosed = 3,
		.bypass_floor = true,
		.security = true,
		.safe_search = SAFE_STRICT,
		.restricted_video = SAFE_MODERATE },
	{ .name = "q",
		.allow_only = true,
		.open = closed,
		.nopen = 3,
		.restricted_video = SAFE_STRICT },
};

static struct household *household(void)
{
	struct household *h = calloc(1, sizeof *h);
	check(h);
	arena_init(&h->arena, 0);
	h->profiles = profiles;
	h->nprofiles = ARRAY_LEN(profiles);
	h->categories = categories;
	h->ncategories = ARRAY_LEN(categories);
	h->time_zone = "UTC";
	return h;
}

static struct policy *base_for(const struct policy *p)
{
	struct testimage *t = ti_new(POLICY_IMAGE);
	t->key = p->h->key;
	ti_add(t, "adult.example", TI_BOTH, "adult");
	ti_add(t, "help.example", TI_EXACT, "lifeline");
	return ti_build(t);
}

/* What a verdict points to lies in its layer's data. Checked here, as a layer's memory ends at a page and
 * a short read past the file would go unseen. */
static void check_rewrite(const struct view *v, const struct verdict *r)
{
	for (int i = 0; r->action == ACTION_REWRITE && i < VIEW_LAYERS; i++)
		for (unsigned k = 0;
			v->layer[i] && v->layer[i]->rdata == r->rdata && k < r->nrewrite; k++)
			check(r->rewrite[k].at + (uint64_t)r->rewrite[k].n <=
				v->layer[i]->h->section[POLICY_RDATA].n);
}

static void judge(const struct view *v, uint16_t profile, const char *text, uint16_t type)
{
	struct dns_name name;
	struct policy_facts facts;
	struct policy_now now;
	struct verdict r, again;
	struct trace trace;
	struct cats cats, statutory;
	char say[256];
	check(dns_name_from_text(text, strlen(text), &name) == 0);
	policy_facts(v, &name, type, &facts);
	view_now(v, profile, 1795435200, &now);
	policy_judge(v, profile, &now, &facts, &r);
	policy_trace(v, profile, &now, &facts, &again, &trace);
	check(r.rule == again.rule && r.action == again.action && r.rewrite == again.rewrite);
	check_rewrite(v, &r);
	check(verdict_text(v, &r, say, sizeof say) <= sizeof say);
	policy_chain_cats(v, &name, &cats, &statutory);
	(void)policy_judge_chain(
		v, &now, cats, policy_address_cats(v, name.wire, 4), statutory, &r);
	check(verdict_text(v, &r, say, sizeof say) <= sizeof say);
}

static void judge_all(struct policy *p)
{
	struct policy *base = p->h->kind == POLICY_IMAGE ? p : base_for(p);
	struct policy *overlay = p->h->kind == POLICY_OVERLAY ? p : NULL;
	struct policy *release = p->h->kind == POLICY_RELEASE ? p : NULL;
	struct household *h = household();
	struct view *v;
	if (view_new(base, overlay, release, h, NULL, 1, &v, NULL)) {
		policy_unref(base);
		if (base != p)
			policy_unref(p);
		household_free(h);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (size_t k = 0; k < ARRAY_LEN(types); k++)
			for (uint16_t profile = 0; profile <= ARRAY_LEN(profiles); profile++)
				judge(v, profile % ARRAY_LEN(profiles), names[i], types[k]);
	view_unref(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct policy *p;
	uint8_t *copy = aligned_alloc(64, (n + 64) / 64 * 64);
	check(copy);
	memcpy(copy, bytes, n);
	struct policy_header *h = (struct policy_header *)copy;
	if (n >= sizeof *h) {
		uint64_t sum[2];
		h->size = n;
		h->checksum[0] = h->checksum[1] = 0;
		policy_checksum(copy, n, sum);
		h->checksum[0] = sum[0];
		h->checksum[1] = sum[1];
	}
	if (!policy_parse(copy, n, &p, NULL))
		judge_all(p);
	free(copy);
	return 0;
}
