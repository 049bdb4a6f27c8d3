/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A view of one small family, for tests: change what you need between tv_new and tv_view. */

#include "policy/judge.h"
#include "testimage.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { TV_NAMES = 16, TV_SCHEDULES = 8, TV_PROFILES = 4 };

/* Monday 2026-11-23, 12:00 UTC. */
#define TV_NOON ((int64_t)1795435200)

struct testview {
	struct testimage *layer[VIEW_LAYERS];
	struct household *h;
	struct household_profile
		*profile; /* TV_PROFILES of them; the first is meant everywhere below */
	struct household_name *deny, *allow, *grants;
	struct schedule *schedules;
};

static const struct household_category tv_categories[] = {
	{ "lifeline", CATEGORY_SYSTEM, "help", "aide", "مساعدة" },
	{ "infrastructure", CATEGORY_SYSTEM, "infrastructure", "infrastructure", "بنية تحتية" },
	{ "canary", CATEGORY_SYSTEM, "signals to browsers", "signaux", "إشارات" },
	{ "engine", CATEGORY_SYSTEM, "search", "recherche", "بحث" },
	{ "unsafe-search", CATEGORY_SYSTEM, "search without a safe mode", "recherche", "بحث" },
	{ "malware", CATEGORY_SECURITY, "malware", "logiciels malveillants", "برمجيات خبيثة" },
	{ "vpn", CATEGORY_BYPASS, "VPN", "VPN", "VPN" },
	{ "adult", CATEGORY_CONTENT, "adult sites", "sites pour adultes", "مواقع للكبار" },
	{ "games", CATEGORY_CONTENT, "games", "jeux", "ألعاب" },
	{ "kids", CATEGORY_ALLOW, "for children", "pour enfants", "للأطفال" },
};

static inline struct testview *tv_new(void)
{
	struct testview *t = calloc(1, sizeof *t);
	assert(t);
	t->h = calloc(1, sizeof *t->h);
	assert(t->h);
	struct household *h = t->h;
	arena_init(&h->arena, 0);
	t->profile = arena_array(&h->arena, TV_PROFILES, sizeof *t->profile);
	t->deny = arena_array(&h->arena, TV_NAMES, sizeof *t->deny);
	t->allow = arena_array(&h->arena, TV_NAMES, sizeof *t->allow);
	t->grants = arena_array(&h->arena, TV_NAMES, sizeof *t->grants);
	t->schedules = arena_array(&h->arena, TV_SCHEDULES, sizeof *t->schedules);
	assert(t->profile && t->deny && t->allow && t->grants && t->schedules);
	static const char *const names[TV_PROFILES] = { "amina", "youssef", "adult", "guest" };
	for (int i = 0; i < TV_PROFILES; i++)
		t->profile[i] = (struct household_profile){ .name = names[i], .security = true };
	t->profile->bypass_floor = true;
	t->profile->deny = t->deny;
	t->profile->allow = t->allow;
	t->profile->grants = t->grants;
	t->profile->schedules = t->schedules;
	h->profiles = t->profile;
	h->nprofiles = TV_PROFILES;
	h->categories = tv_categories;
	h->ncategories = ARRAY_LEN(tv_categories);
	h->time_zone = "UTC";
	h->language = "en";
	h->help_text = "http://hisn.home/";
	struct testimage *image = t->layer[LAYER_IMAGE] = ti_new(POLICY_IMAGE);
	for (size_t i = 0; i < ARRAY_LEN(tv_categories); i++)
		(void)ti_cat(image, tv_categories[i].name);
	(void)ti_allow_cat(image, "kids");
	image->cats[ti_cat(image, "kids")].flags = POLICY_CAT_ALLOW;
	return t;
}

/* A layer, made when first asked for. */
static inline struct testimage *tv_layer(struct testview *t, enum view_layer i)
{
	static const enum policy_kind kinds[] = { POLICY_IMAGE, POLICY_OVERLAY, POLICY_RELEASE };
	if (!t->layer[i])
		t->layer[i] = ti_new(kinds[i]);
	return t->layer[i];
}

static inline void tv_list(struct testview *t, const char *name, const char *cat)
{
	ti_add(tv_layer(t, LAYER_IMAGE), name, TI_BOTH, cat);
}

static inline void tv_statutory(struct testview *t, const char *name)
{
	ti_add(tv_layer(t, LAYER_RELEASE), name, TI_BOTH, "statutory");
}

static inline struct household_name tv_name(const char *text, int64_t until)
{
	struct household_name n = { .exact = *text == '=', .until = until };
	text += n.exact;
	int err = dns_name_from_text(text, strlen(text), &n.name);
	assert(!err);
	return n;
}

static inline void tv_deny(struct testview *t, const char *name)
{
	t->deny[t->profile->ndeny++] = tv_name(name, 0);
}

static inline void tv_allow(struct testview *t, const char *name)
{
	t->allow[t->profile->nallow++] = tv_name(name, 0);
}

static inline void tv_grant(struct testview *t, const char *name, int64_t until)
{
	t->grants[t->profile->ngrants++] = tv_name(name, until);
}

static inline void tv_close(struct testview *t, const char *const *cats, unsigned n)
{
	t->profile->closed = cats;
	t->profile->nclosed = n;
}

static inline void tv_schedule(struct testview *t, enum schedule_kind kind, unsigned from,
	unsigned to, const char *const *cats, unsigned n)
{
	t->schedules[t->profile->nschedules++] = (struct schedule){ .kind = (uint8_t)kind,
		.days = 0x7f,
		.from = (uint16_t)from,
		.to = (uint16_t)to,
		.categories = cats,
		.ncategories = n };
}

/* Bedtime from 21:00 to 07:00, every day. */
static inline void tv_bedtime(struct testview *t)
{
	tv_schedule(t, SCHEDULE_BEDTIME, 21 * 60, 7 * 60, NULL, 0);
}

static inline struct view *tv_view(struct testview *t)
{
	struct policy *layer[VIEW_LAYERS] = { NULL, NULL, NULL };
	struct view *v = NULL;
	struct err_note note = { "" };
	for (int i = 0; i < VIEW_LAYERS; i++)
		if (t->layer[i])
			layer[i] = ti_build(t->layer[i]);
	int err = view_new(layer[0], layer[1], layer[2], t->h, NULL, 1, &v, &note);
	if (err)
		fprintf(stderr, "testview: %s\n", err_say(&note, err));
	assert(!err);
	free(t);
	return v;
}

static inline struct verdict tv_judge_as(
	const struct view *v, uint16_t profile, const char *name, uint16_t qtype, int64_t at)
{
	struct dns_name n;
	struct policy_facts facts;
	struct policy_now now;
	struct verdict r;
	int err = dns_name_from_text(name, strlen(name), &n);
	assert(!err);
	policy_facts(v, &n, qtype, &facts);
	view_now(v, profile, at, &now);
	policy_judge(v, profile, &now, &facts, &r);
	return r;
}

static inline struct verdict tv_judge(const struct view *v, const char *name, int64_t at)
{
	return tv_judge_as(v, 0, name, DNS_A, at);
}

/* The verdict after an answer whose chain leads over `target` (NULL: nowhere) to `address` (0: none). */
static inline struct verdict tv_chain(
	const struct view *v, const char *name, const char *target, uint32_t address, int64_t at)
{
	struct verdict r = tv_judge(v, name, at);
	struct cats chain = cats_none(), statutory = cats_none(), addresses = cats_none();
	struct policy_now now;
	struct dns_name n;
	if (target) {
		int err = dns_name_from_text(target, strlen(target), &n);
		assert(!err);
		policy_chain_cats(v, &n, &chain, &statutory);
	}
	if (address) {
		uint8_t b[4];
		be32_put(b, address);
		addresses = policy_address_cats(v, b, 4);
	}
	view_now(v, 0, at, &now);
	(void)policy_judge_chain(v, &now, chain, addresses, statutory, &r);
	return r;
}

#define assert_verdict(r, a, n)                                                                    \
	do {                                                                                       \
		struct verdict verdict_ = (r);                                                     \
		assert_int_equal(verdict_.rule, (n));                                              \
		assert_int_equal(verdict_.action, (a));                                            \
	} while (0)
