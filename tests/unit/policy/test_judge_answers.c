/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules do together: who sees what, stage 2, ends in time. */
#include "testview.h"

static const char *const adult[] = { "adult" };
static const char *const unsafe[] = { "unsafe-search" };
static const char *const games[] = { "games" };

static bool target_is(const struct verdict *r, const char *name)
{
	struct dns_name n, want;
	return r->nrewrite == 1 && r->rewrite->type == DNS_CNAME &&
	       !dns_name_from_wire(r->rdata + r->rewrite->at, r->rewrite->n, &n) &&
	       !dns_name_from_text(name, strlen(name), &want) && dns_name_equal(&n, &want);
}

/* A video service and a search engine, as data/safe-search.tsv has them. */
static struct testview *with_engines(void)
{
	static const uint8_t address[4] = { 192, 0, 2, 53 };
	struct testview *t = tv_new();
	struct testimage *i = tv_layer(t, LAYER_IMAGE);
	ti_add(i, "www.youtube.com", TI_EXACT, "engine");
	ti_cname(i, "www.youtube.com", POLICY_ENGINE + ENGINE_VIDEO, REWRITE_STRICT,
		"restrict.youtube.com");
	ti_cname(i, "www.youtube.com", POLICY_ENGINE + ENGINE_VIDEO, REWRITE_MODERATE,
		"restrictmoderate.youtube.com");
	ti_add(i, "search.example", TI_EXACT, "engine");
	ti_rewrite(
		i, "search.example", POLICY_ENGINE + ENGINE_SEARCH, REWRITE_ANY, DNS_A, address, 4);
	ti_add(i, "bare.example", TI_BOTH, "unsafe-search");
	t->profile->safe_search = SAFE_STRICT;
	t->profile->restricted_video = SAFE_STRICT;
	return t;
}

static void allowed_video_is_still_restricted(void **state)
{
	struct testview *t = with_engines();
	tv_allow(t, "youtube.com");
	t->profile[1].restricted_video = SAFE_MODERATE;
	struct view *v = tv_view(t);
	struct verdict r = tv_judge(v, "www.youtube.com", TV_NOON);
	assert_verdict(r, ACTION_REWRITE, RULE_ALLOW);
	assert_true(target_is(&r, "restrict.youtube.com"));
	assert_int_equal(r.ede, DNS_EDE_FORGED);
	r = tv_judge_as(v, 1, "www.youtube.com", DNS_A, TV_NOON);
	assert_verdict(r, ACTION_REWRITE, RULE_OPEN);
	assert_true(target_is(&r, "restrictmoderate.youtube.com"));
	assert_verdict(
		tv_judge_as(v, 2, "www.youtube.com", DNS_A, TV_NOON), ACTION_ANSWER, RULE_OPEN);
	view_unref(v);
}

static void only_what_leads_to_an_address_is_rewritten(void **state)
{
	struct view *v = tv_view(with_engines());
	static const uint16_t leads[] = { DNS_A, DNS_AAAA, DNS_HTTPS, DNS_SVCB };
	static const uint16_t other[] = { DNS_MX, DNS_TXT, DNS_NS, DNS_SOA, DNS_CNAME, DNS_DS };
	for (size_t i = 0; i < ARRAY_LEN(leads); i++) {
		struct verdict r = tv_judge_as(v, 0, "www.youtube.com", leads[i], TV_NOON);
		assert_verdict(r, ACTION_REWRITE, RULE_OPEN);
		assert_true(target_is(&r, "restrict.youtube.com"));
		r = tv_judge_as(v, 0, "search.example", leads[i], TV_NOON);
		assert_verdict(r, ACTION_REWRITE, RULE_OPEN);
		assert_int_equal(r.nrewrite, leads[i] == DNS_A ? 1 : 0); /* else NODATA */
		assert_non_null(r.rewrite);
	}
	for (size_t i = 0; i < ARRAY_LEN(other); i++) {
		assert_verdict(tv_judge_as(v, 0, "www.youtube.com", other[i], TV_NOON),
			ACTION_ANSWER, RULE_OPEN);
		assert_verdict(tv_judge_as(v, 0, "search.example", other[i], TV_NOON),
			ACTION_ANSWER, RULE_OPEN);
	}
	view_unref(v);
}

static void engine_without_safe_mode_is_closed_where_one_is_asked_for(void **state)
{
	struct view *v = tv_view(with_engines());
	assert_verdict(tv_judge(v, "www.bare.example", TV_NOON), ACTION_BLOCK, RULE_CLOSED);
	assert_verdict(
		tv_judge_as(v, 2, "www.bare.example", DNS_A, TV_NOON), ACTION_ANSWER, RULE_OPEN);
	view_unref(v);
}

static void lifeline_is_never_transformed(void **state)
{
	struct testview *t = with_engines();
	tv_list(t, "search.example", "lifeline");
	struct view *v = tv_view(t);
	assert_verdict(tv_judge(v, "search.example", TV_NOON), ACTION_ANSWER, RULE_LIFELINE);
	view_unref(v);
}

static void lifeline_opens_at_bedtime_in_pause_and_for_small_children(void **state)
{
	struct testview *t = tv_new();
	tv_bedtime(t);
	t->profile->allow_only = true;
	t->profile[1].pause_until = INT64_MAX;
	tv_list(t, "help.example", "lifeline");
	tv_list(t, "time.example", "infrastructure");
	tv_deny(t, "help.example");
	struct view *v = tv_view(t);
	for (int hour = 0; hour < 24; hour++) {
		struct verdict r = tv_judge(v, "help.example", TV_NOON + hour * 3600);
		assert_verdict(r, ACTION_ANSWER, RULE_LIFELINE);
		assert_true(r.until == INT64_MAX);
		assert_verdict(tv_judge(v, "time.example", TV_NOON + hour * 3600), ACTION_ANSWER,
			RULE_LIFELINE);
	}
	assert_verdict(
		tv_judge_as(v, 1, "help.example", DNS_A, TV_NOON), ACTION_ANSWER, RULE_LIFELINE);
	assert_verdict(tv_judge_as(v, 1, "else.example", DNS_A, TV_NOON), ACTION_BLOCK, RULE_PAUSE);
	view_unref(v);
}

static void grant_ends_at_its_second(void **state)
{
	struct testview *t = tv_new();
	tv_close(t, games, 1);
	tv_list(t, "game.example", "games");
	tv_grant(t, "game.example", TV_NOON + 100);
	tv_grant(t, "other.example", TV_NOON + 50);
	struct view *v = tv_view(t);
	for (int64_t at = TV_NOON - 2; at < TV_NOON + 110; at++) {
		struct verdict r = tv_judge(v, "www.game.example", at);
		bool live = at < TV_NOON + 100;
		assert_verdict(
			r, live ? ACTION_ANSWER : ACTION_BLOCK, live ? RULE_GRANT : RULE_CLOSED);
		assert_true(!live || r.until == TV_NOON + 100);
	}
	/* a policy_now kept until its `until` says the same as a new one */
	struct policy_now now, later;
	view_now(v, 0, TV_NOON, &now);
	assert_true(now.until == TV_NOON + 50);
	view_now(v, 0, TV_NOON + 49, &later);
	assert_true(later.until == TV_NOON + 50);
	view_unref(v);
}

static void most_specific_name_wins(void **state)
{
	struct testview *t = tv_new();
	tv_deny(t, "example.test");
	tv_allow(t, "good.example.test");
	tv_deny(t, "bad.good.example.test");
	tv_deny(t, "=exact.test");
	tv_allow(t, "same.test");
	tv_deny(t, "same.test");
	struct view *v = tv_view(t);
	assert_verdict(tv_judge(v, "example.test", TV_NOON), ACTION_BLOCK, RULE_DENY);
	assert_verdict(tv_judge(v, "a.example.test", TV_NOON), ACTION_BLOCK, RULE_DENY);
	assert_verdict(tv_judge(v, "good.example.test", TV_NOON), ACTION_ANSWER, RULE_ALLOW);
	assert_verdict(tv_judge(v, "a.b.good.example.test", TV_NOON), ACTION_ANSWER, RULE_ALLOW);
	assert_verdict(tv_judge(v, "a.bad.good.example.test", TV_NOON), ACTION_BLOCK, RULE_DENY);
	assert_verdict(tv_judge(v, "exact.test", TV_NOON), ACTION_BLOCK, RULE_DENY);
	assert_verdict(tv_judge(v, "www.exact.test", TV_NOON), ACTION_ANSWER, RULE_OPEN);
	assert_verdict(tv_judge(v, "same.test", TV_NOON), ACTION_BLOCK, RULE_DENY);
	/* another profile's names are not ours */
	assert_verdict(tv_judge_as(v, 1, "example.test", DNS_A, TV_NOON), ACTION_ANSWER, RULE_OPEN);
	view_unref(v);
}

static void allowed_site_on_a_cdn_opens(void **state)
{
	struct testview *t = tv_new();
	t->profile->allow_only = true;
	tv_close(t, adult, 1);
	tv_allow(t, "school.example");
	tv_list(t, "cdn.test", "adult");
	tv_list(t, "bad.test", "malware");
	tv_list(t, "tunnel.test", "vpn");
	tv_statutory(t, "order.test");
	struct view *v = tv_view(t);
	assert_verdict(
		tv_chain(v, "school.example", "a.cdn.test", 0, TV_NOON), ACTION_ANSWER, RULE_ALLOW);
	assert_verdict(tv_chain(v, "school.example", "unknown.test", 0, TV_NOON), ACTION_ANSWER,
		RULE_ALLOW);
	/* but never one that the security floor or the release names */
	struct verdict r = tv_chain(v, "school.example", "a.bad.test", 0, TV_NOON);
	assert_verdict(r, ACTION_BLOCK, RULE_SECURITY);
	assert_int_equal(r.seen, SEEN_CHAIN);
	assert_verdict(tv_chain(v, "school.example", "order.test", 0, TV_NOON), ACTION_BLOCK,
		RULE_STATUTORY);
	assert_verdict(tv_chain(v, "school.example", "tunnel.test", 0, TV_NOON), ACTION_BLOCK,
		RULE_BYPASS);
	view_unref(v);
}

static void chain_and_addresses_are_seen_where_nothing_permits(void **state)
{
	struct testview *t = tv_new();
	tv_close(t, adult, 1);
	tv_list(t, "cdn.test", "adult");
	tv_list(t, "help.test", "lifeline");
	tv_list(t, "toplay.test", "games");
	ti_addr4(tv_layer(t, LAYER_IMAGE), 0xc0000200, 0xc00002ff, "malware");
	ti_addr4(tv_layer(t, LAYER_IMAGE), 0xc6336400, 0xc63364ff, "adult");
	ti_addr4(tv_layer(t, LAYER_IMAGE), 0xcb007100, 0xcb0071ff, "vpn");
	tv_allow(t, "allowed.example");
	tv_deny(t, "denied.test");
	struct view *v = tv_view(t);
	struct verdict r = tv_chain(v, "a.example", "www.cdn.test", 0, TV_NOON);
	assert_verdict(r, ACTION_BLOCK, RULE_CLOSED);
	assert_int_equal(r.seen, SEEN_CHAIN);
	r = tv_chain(v, "a.example", NULL, 0xc0000207, TV_NOON);
	assert_verdict(r, ACTION_BLOCK, RULE_SECURITY);
	assert_int_equal(r.seen, SEEN_ADDRESS);
	assert_verdict(
		tv_chain(v, "a.example", NULL, 0xc6336401, TV_NOON), ACTION_BLOCK, RULE_CLOSED);
	assert_verdict(tv_chain(v, "allowed.example", NULL, 0xc6336401, TV_NOON), ACTION_ANSWER,
		RULE_ALLOW);
	assert_verdict(tv_chain(v, "allowed.example", NULL, 0xc0000207, TV_NOON), ACTION_BLOCK,
		RULE_SECURITY);
	/* rule 4 does not see addresses, rule 5 no chain */
	assert_verdict(
		tv_chain(v, "a.example", NULL, 0xcb007101, TV_NOON), ACTION_ANSWER, RULE_OPEN);
	assert_verdict(
		tv_chain(v, "a.example", "denied.test", 0, TV_NOON), ACTION_ANSWER, RULE_OPEN);
	assert_verdict(
		tv_chain(v, "a.example", "toplay.test", 0, TV_NOON), ACTION_ANSWER, RULE_OPEN);
	view_unref(v);
}

static void chain_to_a_lifeline_confers_nothing(void **state)
{
	struct testview *t = tv_new();
	tv_close(t, adult, 1);
	tv_list(t, "help.test", "lifeline");
	tv_list(t, "help.test", "kids");
	tv_list(t, "help.test", "adult");
	struct view *v = tv_view(t);
	assert_verdict(
		tv_chain(v, "a.example", "help.test", 0, TV_NOON), ACTION_BLOCK, RULE_CLOSED);
	/* the lifeline itself, over a closed CDN, opens */
	assert_verdict(
		tv_chain(v, "help.test", "help.test", 0, TV_NOON), ACTION_ANSWER, RULE_LIFELINE);
	struct cats cats, statutory;
	struct dns_name n = tv_name("www.help.test", 0).name;
	policy_chain_cats(v, &n, &cats, &statutory);
	assert_true(cats_equal(cats, cats_one(view_cat(v, "adult"))));
	assert_false(cats_any(statutory));
	view_unref(v);
}

static void closed_name_with_an_answer_of_its_own(void **state)
{
	static const uint8_t a[4] = { 192, 0, 2, 1 };
	struct testview *t = tv_new();
	struct testimage *image = tv_layer(t, LAYER_IMAGE), *overlay = tv_layer(t, LAYER_OVERLAY);
	tv_close(t, adult, 1);
	tv_list(t, "a.example", "adult");
	tv_list(t, "b.example", "adult");
	ti_rewrite(image, "a.example", ti_cat(image, "adult"), REWRITE_ANY, DNS_A, a, 4);
	(void)ti_cat(overlay, "own");
	ti_cname(overlay, "b.example", ti_cat(overlay, "adult"), REWRITE_ANY, "stop.example");
	struct view *v = tv_view(t);
	struct verdict r = tv_judge(v, "a.example", TV_NOON);
	assert_verdict(r, ACTION_REWRITE, RULE_CLOSED);
	assert_int_equal(r.nrewrite, 1);
	assert_memory_equal(r.rdata + r.rewrite->at, a, 4);
	assert_int_equal(tv_judge_as(v, 0, "a.example", DNS_MX, TV_NOON).nrewrite, 0);
	r = tv_judge(v, "b.example", TV_NOON);
	assert_verdict(r, ACTION_REWRITE, RULE_CLOSED);
	assert_true(target_is(&r, "stop.example"));
	/* the profile that does not close it gets the real answer */
	assert_verdict(tv_judge_as(v, 1, "a.example", DNS_A, TV_NOON), ACTION_ANSWER, RULE_OPEN);
	view_unref(v);
}

static void a_closed_name_and_those_below_it_have_their_own_answers(void **state)
{
	struct testview *t = tv_new();
	struct testimage *i = tv_layer(t, LAYER_IMAGE);
	unsigned cat = ti_cat(i, "adult");
	tv_close(t, adult, 1);
	tv_list(t, "a.example", "adult");
	tv_list(t, "b.example", "adult");
	ti_cname(i, "a.example", cat, REWRITE_HERE, "here.test");
	ti_cname(i, "a.example", cat, REWRITE_BELOW, "below.test");
	ti_cname(i, "in.a.example", cat, REWRITE_BELOW, "inner.test");
	ti_cname(i, "b.example", cat, REWRITE_BELOW, "below.test");
	struct view *v = tv_view(t);
	struct verdict r = tv_judge(v, "a.example", TV_NOON);
	assert_true(target_is(&r, "here.test"));
	r = tv_judge(v, "in.a.example", TV_NOON);
	assert_true(target_is(&r, "below.test"));
	r = tv_judge(v, "x.in.a.example", TV_NOON);
	assert_true(target_is(&r, "inner.test"));
	assert_verdict(tv_judge(v, "b.example", TV_NOON), ACTION_BLOCK, RULE_CLOSED);
	r = tv_judge(v, "y.x.b.example", TV_NOON);
	assert_verdict(r, ACTION_REWRITE, RULE_CLOSED);
	assert_true(target_is(&r, "below.test"));
	view_unref(v);
}

static void operators_choice_says_blocked(void **state)
{
	struct testview *t = tv_new();
	static const char *const both[] = { "adult", "games" };
	tv_close(t, both, 2);
	t->profile->operator_closed = games;
	t->profile->noperator = 1;
	tv_list(t, "a.example", "adult");
	tv_list(t, "g.example", "games");
	struct view *v = tv_view(t);
	assert_int_equal(tv_judge(v, "a.example", TV_NOON).ede, DNS_EDE_FILTERED);
	assert_int_equal(tv_judge(v, "g.example", TV_NOON).ede, DNS_EDE_BLOCKED);
	view_unref(v);
}

static void schedules_open_and_close_categories(void **state)
{
	struct testview *t = tv_new();
	tv_close(t, adult, 1);
	tv_schedule(t, SCHEDULE_CLOSE, 20 * 60, 24 * 60, games, 1);
	tv_list(t, "g.example", "games");
	tv_list(t, "h.example", "unsafe-search");
	tv_schedule(t, SCHEDULE_OPEN, 17 * 60, 18 * 60, unsafe, 1);
	t->profile->safe_search = SAFE_STRICT;
	struct view *v = tv_view(t);
	int64_t five = TV_NOON + 5 * 3600, eight = TV_NOON + 8 * 3600;
	struct verdict r = tv_judge(v, "g.example", eight - 1);
	assert_verdict(r, ACTION_ANSWER, RULE_OPEN);
	assert_true(r.until == eight);
	assert_verdict(tv_judge(v, "g.example", eight), ACTION_BLOCK, RULE_CLOSED);
	r = tv_judge(v, "h.example", five - 1);
	assert_verdict(r, ACTION_BLOCK, RULE_CLOSED);
	assert_true(r.until == five);
	assert_verdict(tv_judge(v, "h.example", five), ACTION_ANSWER, RULE_OPEN);
	assert_verdict(tv_judge(v, "h.example", five + 3600), ACTION_BLOCK, RULE_CLOSED);
	view_unref(v);
}

static void ttl_keeps_to_the_end_and_spreads(void **state)
{
	struct verdict v = { .until = 1000 };
	unsigned seen = 0;
	for (int64_t now = 0; now < 1000; now++)
		for (uint32_t jitter = 0; jitter < 200; jitter += 7) {
			uint32_t ttl = verdict_ttl(&v, 300, now, jitter);
			assert_in_range(ttl, 1, 300);
			assert_true(now + ttl <= 1000);
			assert_true(now > 640 || ttl == 300); /* far from the edge nothing is cut */
		}
	for (uint32_t jitter = 0; jitter < 600; jitter++) {
		uint32_t end = 800 + verdict_ttl(&v, 3600, 800, jitter);
		assert_in_range(end, 941, 1000);
		seen += end == 1000;
	}
	assert_int_equal(seen, 10); /* one in sixty asks again at the edge itself */
	assert_int_equal(verdict_ttl(&v, 300, 1000, 5), 0);
	assert_int_equal(verdict_ttl(&v, 0, 10, 5), 0);
	v.until = INT64_MAX;
	assert_int_equal(verdict_ttl(&v, 86400, 1ll << 40, 99), 86400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allowed_video_is_still_restricted),
		cmocka_unit_test(only_what_leads_to_an_address_is_rewritten),
		cmocka_unit_test(engine_without_safe_mode_is_closed_where_one_is_asked_for),
		cmocka_unit_test(lifeline_is_never_transformed),
		cmocka_unit_test(lifeline_opens_at_bedtime_in_pause_and_for_small_children),
		cmocka_unit_test(grant_ends_at_its_second),
		cmocka_unit_test(most_specific_name_wins),
		cmocka_unit_test(allowed_site_on_a_cdn_opens),
		cmocka_unit_test(chain_and_addresses_are_seen_where_nothing_permits),
		cmocka_unit_test(chain_to_a_lifeline_confers_nothing),
		cmocka_unit_test(closed_name_with_an_answer_of_its_own),
		cmocka_unit_test(a_closed_name_and_those_below_it_have_their_own_answers),
		cmocka_unit_test(operators_choice_says_blocked),
		cmocka_unit_test(schedules_open_and_close_categories),
		cmocka_unit_test(ttl_keeps_to_the_end_and_spreads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
