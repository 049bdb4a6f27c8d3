/* SPDX-License-Identifier: Apache-2.0 */
/* Each pair of neighbouring rules where both would apply: the earlier one wins, and the later one
 * does where the earlier does not apply. */
#include "testview.h"

static const char *const adult[] = { "adult" };
static const char *const kids[] = { "kids" };

static void lifeline_before_statutory(void **state)
{
	struct testview *t = tv_new();
	tv_list(t, "help.example", "lifeline");
	tv_statutory(t, "help.example");
	tv_statutory(t, "other.example");
	struct view *v = tv_view(t);
	assert_verdict(tv_judge(v, "help.example", TV_NOON), ACTION_ANSWER, RULE_LIFELINE);
	assert_verdict(tv_judge(v, "other.example", TV_NOON), ACTION_BLOCK, RULE_STATUTORY);
	view_unref(v);
}

static void statutory_before_security(void **state)
{
	struct testview *t = tv_new();
	tv_list(t, "a.example", "malware");
	tv_list(t, "b.example", "malware");
	tv_statutory(t, "a.example");
	struct view *v = tv_view(t);
	struct verdict r = tv_judge(v, "www.a.example", TV_NOON);
	assert_verdict(r, ACTION_BLOCK, RULE_STATUTORY);
	assert_int_equal(r.ede, DNS_EDE_CENSORED);
	r = tv_judge(v, "b.example", TV_NOON);
	assert_verdict(r, ACTION_BLOCK, RULE_SECURITY);
	assert_int_equal(r.ede, DNS_EDE_BLOCKED);
	assert_int_equal(r.ttl, 60);
	assert_true(r.until == INT64_MAX);
	view_unref(v);
}

static void security_before_bypass(void **state)
{
	struct testview *t = tv_new();
	tv_list(t, "a.example", "malware");
	tv_list(t, "a.example", "vpn");
	tv_list(t, "b.example", "vpn");
	struct view *v = tv_view(t);
	assert_verdict(tv_judge(v, "a.example", TV_NOON), ACTION_BLOCK, RULE_SECURITY);
	assert_verdict(tv_judge(v, "b.example", TV_NOON), ACTION_BLOCK, RULE_BYPASS);
	/* profile 2 does not ask for the bypass floor */
	assert_verdict(tv_judge_as(v, 2, "b.example", DNS_A, TV_NOON), ACTION_ANSWER, RULE_OPEN);
	view_unref(v);
}

static void bypass_before_deny(void **state)
{
	struct testview *t = tv_new();
	t->profile->form = FORM_HELP;
	tv_list(t, "use-dns.example", "canary");
	tv_deny(t, "use-dns.example");
	tv_deny(t, "b.example");
	struct view *v = tv_view(t);
	struct verdict r = tv_judge(v, "use-dns.example", TV_NOON);
	assert_verdict(r, ACTION_BLOCK, RULE_BYPASS);
	assert_int_equal(r.form, FORM_NXDOMAIN);
	r = tv_judge(v, "b.example", TV_NOON);
	assert_verdict(r, ACTION_BLOCK, RULE_DENY);
	assert_int_equal(r.form, FORM_HELP);
	assert_int_equal(r.ttl, 10);
	assert_int_equal(r.ede, DNS_EDE_FILTERED);
	view_unref(v);
}

static void deny_before_grant(void **state)
{
	struct testview *t = tv_new();
	tv_deny(t, "game.example");
	tv_grant(t, "game.example", TV_NOON + 60);
	tv_grant(t, "play.game.example", TV_NOON + 60);
	struct view *v = tv_view(t);
	assert_verdict(tv_judge(v, "game.example", TV_NOON), ACTION_BLOCK, RULE_DENY);
	assert_verdict(tv_judge(v, "play.game.example", TV_NOON), ACTION_ANSWER, RULE_GRANT);
	assert_verdict(tv_judge(v, "play.game.example", TV_NOON + 60), ACTION_BLOCK, RULE_DENY);
	view_unref(v);
}

static void grant_before_pause(void **state)
{
	struct testview *t = tv_new();
	int64_t night = TV_NOON + 11 * 3600;
	tv_bedtime(t);
	tv_grant(t, "film.example", night + 1800);
	struct view *v = tv_view(t);
	struct verdict r = tv_judge(v, "www.film.example", night);
	assert_verdict(r, ACTION_ANSWER, RULE_GRANT);
	assert_true(r.until == night + 1800);
	r = tv_judge(v, "else.example", night);
	assert_verdict(r, ACTION_BLOCK, RULE_PAUSE);
	assert_int_equal(r.pause, PAUSE_BEDTIME);
	assert_true(r.until == TV_NOON + 19 * 3600);
	view_unref(v);
}

static void pause_before_allow(void **state)
{
	struct testview *t = tv_new();
	t->profile->pause_until = TV_NOON + 600;
	tv_allow(t, "school.example");
	struct view *v = tv_view(t);
	struct verdict r = tv_judge(v, "school.example", TV_NOON);
	assert_verdict(r, ACTION_BLOCK, RULE_PAUSE);
	assert_int_equal(r.pause, PAUSE_PAUSE);
	assert_true(r.until == TV_NOON + 600);
	assert_verdict(tv_judge(v, "school.example", TV_NOON + 600), ACTION_ANSWER, RULE_ALLOW);
	view_unref(v);
}

static void allow_before_allow_only(void **state)
{
	struct testview *t = tv_new();
	t->profile->allow_only = true;
	tv_allow(t, "school.example");
	struct view *v = tv_view(t);
	assert_verdict(tv_judge(v, "www.school.example", TV_NOON), ACTION_ANSWER, RULE_ALLOW);
	assert_verdict(tv_judge(v, "else.example", TV_NOON), ACTION_BLOCK, RULE_ALLOW_ONLY);
	view_unref(v);
}

static void allow_only_before_closed(void **state)
{
	struct testview *t = tv_new();
	t->profile->allow_only = true;
	t->profile->open = kids;
	t->profile->nopen = 1;
	tv_close(t, adult, 1);
	tv_list(t, "a.example", "adult");
	tv_list(t, "stories.example", "kids");
	tv_list(t, "both.example", "kids");
	tv_list(t, "both.example", "adult");
	struct view *v = tv_view(t);
	assert_verdict(tv_judge(v, "a.example", TV_NOON), ACTION_BLOCK, RULE_ALLOW_ONLY);
	assert_verdict(tv_judge(v, "stories.example", TV_NOON), ACTION_ANSWER, RULE_OPEN);
	assert_verdict(tv_judge(v, "both.example", TV_NOON), ACTION_BLOCK, RULE_CLOSED);
	view_unref(v);
}

static void closed_before_open(void **state)
{
	struct testview *t = tv_new();
	tv_close(t, adult, 1);
	tv_list(t, "a.example", "adult");
	tv_list(t, "b.example", "games");
	struct view *v = tv_view(t);
	struct verdict r = tv_judge(v, "www.a.example", TV_NOON);
	assert_verdict(r, ACTION_BLOCK, RULE_CLOSED);
	assert_int_equal(r.ede, DNS_EDE_FILTERED);
	assert_int_equal(r.ttl, 60);
	assert_string_equal(v->cats[r.category].name, "adult");
	assert_verdict(tv_judge(v, "b.example", TV_NOON), ACTION_ANSWER, RULE_OPEN);
	view_unref(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lifeline_before_statutory),
		cmocka_unit_test(statutory_before_security),
		cmocka_unit_test(security_before_bypass),
		cmocka_unit_test(bypass_before_deny),
		cmocka_unit_test(deny_before_grant),
		cmocka_unit_test(grant_before_pause),
		cmocka_unit_test(pause_before_allow),
		cmocka_unit_test(allow_before_allow_only),
		cmocka_unit_test(allow_only_before_closed),
		cmocka_unit_test(closed_before_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
