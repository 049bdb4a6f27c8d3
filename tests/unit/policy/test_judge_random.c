/* SPDX-License-Identifier: Apache-2.0 */
/* Random names, facts and moments: the judge against a slow reading of the rule table, and the trace
 * against the judge. */
#include "testview.h"

static uint64_t seed = 42;

static unsigned pick(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 20) % n);
}

static const char *const labels[] = { "a", "b", "www", "x" };

/* Names below a few parents, so that guardians' names often meet them. */
static const char *random_name(void)
{
	static char buf[64];
	buf[0] = 0;
	for (unsigned n = pick(4), at = 0; n; n--)
		at += (unsigned)snprintf(
			buf + at, sizeof buf - at, "%s.", labels[pick(ARRAY_LEN(labels))]);
	size_t at = strlen(buf);
	(void)snprintf(buf + at, sizeof buf - at, "%s.test", labels[pick(ARRAY_LEN(labels))]);
	return buf;
}

static struct cats random_cats(const struct view *v, unsigned one_in)
{
	struct cats c = cats_none();
	for (unsigned i = 0; i < v->ncats; i++)
		if (!pick(one_in))
			c = cats_or(c, cats_one(i));
	return c;
}

/* Depth of the deepest of these names that covers n; 0: none. */
static unsigned deepest(const struct household_name *names, unsigned count,
	const struct dns_name *n, int64_t at, int64_t *ret_until)
{
	unsigned best = 0;
	for (unsigned i = 0; i < count; i++) {
		const struct household_name *h = &names[i];
		bool covers = h->exact ? dns_name_equal(n, &h->name) : dns_name_under(n, &h->name);
		if (!covers || (at && h->until <= at) || h->name.labels < best)
			continue;
		if (h->name.labels > best || *ret_until < h->until)
			*ret_until = h->until;
		best = h->name.labels;
	}
	return best;
}

/* DESIGN's table, read aloud. */
static unsigned expected_rule(const struct view *v, const struct policy_now *now,
	const struct policy_facts *f, int64_t at, int64_t *ret_grant_until)
{
	const struct household_profile *p = v->household->profiles;
	int64_t unused = 0;
	unsigned deny = deepest(p->deny, p->ndeny, f->name, 0, &unused);
	unsigned allow = deepest(p->allow, p->nallow, f->name, 0, &unused);
	unsigned grant = deepest(p->grants, p->ngrants, f->name, at, ret_grant_until);
	if (cats_meet(f->cats, v->lifeline) || cats_meet(f->cats, v->infrastructure))
		return 1;
	if (cats_any(f->statutory))
		return 2;
	if (now->security && cats_meet(f->cats, v->security))
		return 3;
	if (now->bypass_floor && (cats_meet(f->cats, v->bypass) || cats_meet(f->cats, v->canary)))
		return 4;
	if (deny && deny >= allow && deny >= grant)
		return 5;
	if (grant && grant > deny)
		return 6;
	if (now->pause)
		return 7;
	if (allow && allow > deny)
		return 8;
	if (now->allow_only && !cats_meet(f->cats, now->opened))
		return 9;
	return cats_meet(f->cats, now->closed) ? 10 : 11;
}

static bool same(const struct verdict *a, const struct verdict *b)
{
	return a->action == b->action && a->rule == b->rule && a->seen == b->seen &&
	       a->form == b->form && a->pause == b->pause && a->category == b->category &&
	       a->ede == b->ede && a->exempt == b->exempt && a->transform == b->transform &&
	       a->guardian_depth == b->guardian_depth && a->until == b->until && a->ttl == b->ttl &&
	       a->rewrite == b->rewrite && a->nrewrite == b->nrewrite && a->rdata == b->rdata;
}

static struct view *random_view(void)
{
	struct testview *t = tv_new();
	struct testimage *i = tv_layer(t, LAYER_IMAGE);
	tv_statutory(t, "order.example");
	for (unsigned n = 0; n < 6; n++) {
		tv_deny(t, random_name());
		tv_allow(t, random_name());
		tv_grant(t, random_name(), TV_NOON + pick(100));
	}
	t->deny[1].exact = t->allow[2].exact = t->grants[0].exact = true;
	ti_cname(i, "a.test", POLICY_ENGINE + ENGINE_SEARCH, REWRITE_ANY, "safe.example");
	ti_cname(i, "www.b.test", POLICY_ENGINE + ENGINE_VIDEO, REWRITE_STRICT, "strict.example");
	ti_cname(i, "x.test", ti_cat(i, "adult"), REWRITE_ANY, "other.example");
	return tv_view(t);
}

static void judge_reads_the_table_and_the_trace_tells_it(void **state)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA, DNS_HTTPS, DNS_MX };
	unsigned rules[RULE_OPEN + 1] = { 0 }, rewritten = 0;
	for (unsigned round = 0; round < 60; round++) {
		struct view *v = random_view();
		for (unsigned i = 0; i < 3000; i++) {
			struct policy_facts f;
			struct policy_now now;
			struct dns_name name;
			struct verdict r, again;
			struct trace trace;
			const char *text = random_name();
			int64_t at = TV_NOON + pick(110), until = 0;
			assert_int_equal(dns_name_from_text(text, strlen(text), &name), 0);
			policy_facts(v, &name, types[pick(ARRAY_LEN(types))], &f);
			view_now(v, 0, at, &now);
			f.cats = random_cats(v, 12);
			f.statutory = pick(20) ? cats_none() : v->statutory;
			now.closed = random_cats(v, 4);
			now.opened = random_cats(v, 3);
			now.pause = pick(4) ? PAUSE_NONE : PAUSE_SCHOOL;
			now.allow_only = !pick(3);
			now.bypass_floor = pick(2);
			now.security = pick(4);
			now.safe_search = (uint8_t)pick(3);
			now.restricted_video = (uint8_t)pick(3);
			policy_judge(v, 0, &now, &f, &r);
			assert_int_equal(r.rule, expected_rule(v, &now, &f, at, &until));
			if (r.rule == RULE_GRANT)
				assert_true(r.until == until);
			policy_trace(v, 0, &now, &f, &again, &trace);
			assert_true(same(&r, &again));
			assert_in_range(trace.n, 1, ARRAY_LEN(trace.step));
			assert_true(trace.step[r.rule - 1].applied);
			rules[r.rule]++;
			rewritten += r.action == ACTION_REWRITE;
		}
		view_unref(v);
	}
	for (unsigned i = 1; i <= RULE_OPEN; i++)
		assert_true(rules[i] > 100); /* every rule was met often */
	assert_true(rewritten > 100);
}

/* Whatever the schedules and grants: until its `until`, a verdict is what anybody would get. */
static void verdicts_hold_until_their_end(void **state)
{
	static const char *const closed[] = { "games", "adult" };
	unsigned ended = 0;
	for (unsigned round = 0; round < 40; round++) {
		struct testview *t = tv_new();
		tv_list(t, "a.test", "games");
		tv_list(t, "b.test", "adult");
		tv_close(t, closed, pick(3));
		for (unsigned i = 0; i < 4; i++) {
			tv_schedule(t, (enum schedule_kind)pick(4), pick(1440), pick(1440),
				closed + i % 2, 1);
			t->schedules[i].days = (uint8_t)pick(128);
			tv_grant(t, random_name(), TV_NOON + pick(86400));
		}
		tv_allow(t, random_name());
		tv_deny(t, random_name());
		t->profile->pause_until = pick(3) ? 0 : TV_NOON + pick(86400);
		t->h->time_zone = "Africa/Casablanca";
		struct view *v = tv_view(t);
		for (unsigned i = 0; i < 300; i++) {
			char name[64];
			(void)snprintf(name, sizeof name, "%s", random_name());
			int64_t at = TV_NOON + pick(86400);
			struct verdict r = tv_judge(v, name, at), later;
			assert_true(r.until > at);
			int64_t span = MIN(r.until - at, (int64_t)200000);
			for (unsigned k = 0; k < 4; k++) {
				later = tv_judge(v, name, at + pick((unsigned)span));
				assert_int_equal(later.rule, r.rule);
				assert_int_equal(later.action, r.action);
			}
			later = tv_judge(v, name, at + span - 1);
			assert_int_equal(later.rule, r.rule);
			ended += r.until != INT64_MAX && tv_judge(v, name, r.until).rule != r.rule;
		}
		view_unref(v);
	}
	assert_true(ended > 1000); /* and it does end there, most times */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judge_reads_the_table_and_the_trace_tells_it),
		cmocka_unit_test(verdicts_hold_until_their_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
