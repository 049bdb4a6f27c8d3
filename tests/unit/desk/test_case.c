/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a case, walked whole: from the table, from outside of it, and over every way a case can take. */
#include "desk/case/case.h"
#include "desk/coarse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

enum { OFFICE = BY_ANALYST | BY_SUPERVISOR, UNIT = BY_UNIT_OFFICER | BY_UNIT_SUPERVISOR, PEOPLE = OFFICE | UNIT, ALL = 63 };
static const int count[CASE_MACHINE_COUNT] = { CR_COUNT, CF_COUNT, CN_COUNT, CB_COUNT };

/* An ask that meets every need which does not contradict another. */
static struct case_ask good(enum case_action action, unsigned who)
{
	return (struct case_ask){ .action = action, .who = who, .member = 7, .priority = PRIORITY_P2, .reason = true,
		.names_seen = true, .proposed_by = 8, .removal_tried = true, .blockable = true, .withdrawal_asked = true,
		.classification = action == CA_UNCONFIRM ? CASE_NOT_ILLEGAL : CASE_NATIONAL, .new_priority = PRIORITY_P1 };
}

/* As `good`, in a state where the rule's own needs are met. */
static struct case_ask meets(const struct case_rule *r, int from, unsigned who)
{
	struct case_ask a = good(r->action, who);
	if (r->needs & (NEEDS_REFERABLE | NEEDS_PROPOSABLE | NEEDS_CONFIRMED))
		a.state[CASE_REPORT] = CR_CONFIRMED;
	if (r->needs & NEEDS_WITH_UNIT)
		a.state[CASE_REFERRAL] = CF_REFERRED;
	if (r->needs & NEEDS_ACCEPTED)
		a.state[CASE_REFERRAL] = CF_ACCEPTED;
	a.held = r->needs & NEEDS_HELD;
	a.state[r->machine] = from;
	return a;
}

static bool from_fits(const struct case_rule *r, int s)
{
	if (r->from == CASE_FROM_OPEN)
		return !case_ended(r->machine, s);
	return r->from == CASE_FROM_ANY || r->from == s;
}

/* The first that fits is the one; only `any state` lines may have a closer one before them. */
static const struct case_rule *rule_of(enum case_action action, int s, unsigned who)
{
	for (size_t i = 0; i < case_rule_count; i++)
		if (case_rules[i].action == action && from_fits(&case_rules[i], s) && (case_rules[i].who & who))
			return &case_rules[i];
	return NULL;
}

static enum case_machine machine_of(enum case_action action)
{
	for (size_t i = 0; i < case_rule_count; i++)
		if (case_rules[i].action == action)
			return case_rules[i].machine;
	fail_msg("no rule for action %d", (int)action);
	return 0;
}

/* Every action, state and person: allowed exactly where the table has a line. */
static void case_next_allows_what_the_table_has_and_nothing_else(void **state)
{
	for (int action = 0; action < CA_COUNT; action++) {
		enum case_machine m = machine_of((enum case_action)action);
		for (int s = 0; s < count[m]; s++)
			for (unsigned who = 1; who <= BY_DESK; who *= 2) {
				const struct case_rule *r = rule_of((enum case_action)action, s, who);
				struct case_ask a = r ? meets(r, s, who) : good((enum case_action)action, who);
				struct case_result got = { .state = -9 };
				a.state[m] = s;
				enum case_refusal no = case_next(&a, &got);
				if (!r) {
					assert_true(no == CASE_NOT_YOU || no == CASE_NOT_NOW);
					assert_int_equal(got.state, -9);
					continue;
				}
				assert_int_equal(no, CASE_MAY);
				assert_int_equal(got.machine, m);
				assert_int_equal(got.state, r->to == CASE_STAYS ? s : r->to);
			}
	}
}

/* Undo one need, so that it is not met. False: it cannot be, for this person. */
static bool break_need(struct case_ask *a, unsigned need)
{
	switch (need) {
	case NEEDS_REFERABLE:
		a->state[CASE_REPORT] = CR_UNCONFIRMED;
		return true;
	case NEEDS_PROPOSABLE:
		a->state[CASE_REPORT] = CR_ASSESSING; /* but P2 */
		return true;
	case NEEDS_CONFIRMED:
		a->state[CASE_REPORT] = CR_UNCONFIRMED;
		return true;
	case NEEDS_WITH_UNIT:
		a->state[CASE_REFERRAL] = CF_REJECTED;
		return a->who & UNIT;
	case NEEDS_ACCEPTED:
		a->state[CASE_REFERRAL] = CF_REFERRED;
		return a->who & UNIT;
	case NEEDS_HELD:
		a->held = false;
		return true;
	case NEEDS_WITHDRAWAL:
		a->withdrawal_asked = false;
		return true;
	case NEEDS_OTHER_PRIORITY:
		a->new_priority = a->priority;
		return true;
	case NEEDS_SENIOR_IF_URGENT:
		a->priority = PRIORITY_P1;
		return a->who != BY_SUPERVISOR;
	case NEEDS_SENIOR_TO_LOWER:
		a->new_priority = PRIORITY_P3;
		if (a->who == BY_SUPERVISOR)
			a->reason = false;
		return true;
	case NEEDS_OTHER_PERSON:
		a->proposed_by = a->member;
		return true;
	case NEEDS_NOT_HELD:
		a->held = true;
		return true;
	case NEEDS_NOTHING_OPEN:
		a->open_notice = true;
		return true;
	case NEEDS_UNIT_OK:
		a->unit_excluded = true;
		return true;
	case NEEDS_NO_SIGN_OFF:
		a->among_minors = true;
		return true;
	case NEEDS_REMOVAL_TRIED:
		a->removal_tried = false;
		return true;
	case NEEDS_BLOCKABLE:
		a->blockable = false;
		return true;
	case NEEDS_NAMES_SEEN:
		a->names_seen = false;
		return true;
	case NEEDS_ILLEGAL:
		a->classification = CASE_DOUBTFUL;
		return true;
	case NEEDS_NOT_ILLEGAL:
		a->classification = CASE_BASELINE;
		return true;
	case NEEDS_WORDS:
		a->reason = false;
		return true;
	default:
		fail_msg("need %u", need);
		return false;
	}
}

static bool refusal_of(unsigned need, enum case_refusal no)
{
	static const struct {
		unsigned needs;
		enum case_refusal refusal;
	} of[] = {
		{ NEEDS_REFERABLE | NEEDS_PROPOSABLE | NEEDS_CONFIRMED | NEEDS_HELD | NEEDS_WITHDRAWAL | NEEDS_OTHER_PRIORITY | NEEDS_ACCEPTED, CASE_NOT_NOW },
		{ NEEDS_WITH_UNIT | NEEDS_SENIOR_IF_URGENT | NEEDS_SENIOR_TO_LOWER, CASE_NOT_YOU },
		{ NEEDS_OTHER_PERSON, CASE_SAME_PERSON },
		{ NEEDS_NOT_HELD, CASE_HELD },
		{ NEEDS_NOTHING_OPEN, CASE_STILL_OPEN },
		{ NEEDS_UNIT_OK, CASE_UNIT_EXCLUDED },
		{ NEEDS_NO_SIGN_OFF, CASE_NEEDS_SIGN_OFF },
		{ NEEDS_REMOVAL_TRIED, CASE_REMOVAL_FIRST },
		{ NEEDS_BLOCKABLE, CASE_NO_BLOCK },
		{ NEEDS_NAMES_SEEN, CASE_NEEDS_NAMES_SEEN },
		{ NEEDS_ILLEGAL | NEEDS_NOT_ILLEGAL, CASE_NEEDS_CLASSIFICATION },
		{ NEEDS_WORDS | NEEDS_SENIOR_TO_LOWER, CASE_NEEDS_REASON },
	};
	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if ((of[i].needs & need) && of[i].refusal == no)
			return true;
	return false;
}

/* Every subset of a line's needs left unmet: refused, for one of them. */
static void walk_needs(const struct case_rule *r, int from, unsigned who)
{
	unsigned need[21], n = 0;
	for (unsigned bit = 1; bit <= NEEDS_WORDS; bit <<= 1)
		if (r->needs & bit)
			need[n++] = bit;
	for (unsigned set = 1; set < 1u << n; set++) {
		struct case_ask a = meets(r, from, who);
		unsigned broken = 0;
		for (unsigned i = 0; i < n; i++)
			if ((set >> i & 1) && break_need(&a, need[i]))
				broken |= need[i];
		a.state[r->machine] = r->needs & (NEEDS_REFERABLE | NEEDS_PROPOSABLE | NEEDS_CONFIRMED) &&
						      r->machine == CASE_REPORT
					      ? a.state[r->machine]
					      : from;
		struct case_result got = { .state = -9 };
		enum case_refusal no = case_next(&a, &got);
		if (!broken) {
			assert_int_equal(no, CASE_MAY);
			continue;
		}
		assert_int_not_equal(no, CASE_MAY);
		assert_true(refusal_of(broken, no));
		assert_int_equal(got.state, -9);
	}
}

static void case_next_refuses_for_every_set_of_unmet_needs(void **state)
{
	for (size_t i = 0; i < case_rule_count; i++)
		for (int s = 0; s < count[case_rules[i].machine]; s++)
			for (unsigned who = 1; who <= BY_DESK; who *= 2)
				if (rule_of(case_rules[i].action, s, who) == &case_rules[i])
					walk_needs(&case_rules[i], s, who);
}

static void case_rules_have_no_line_that_never_applies(void **state)
{
	for (size_t i = 0; i < case_rule_count; i++) {
		bool used = false;
		for (int s = 0; s < count[case_rules[i].machine]; s++)
			for (unsigned who = 1; who <= BY_DESK; who *= 2)
				used |= rule_of(case_rules[i].action, s, who) == &case_rules[i];
		assert_true(used);
	}
}

/* --- what must hold of anything that is allowed, whatever the table says --- */

static bool is_new(const struct case_ask *a)
{
	return a->action == CA_PROPOSE || a->action == CA_REFER || a->action == CA_SIGN || a->action == CA_GRANT;
}

static void invariants(const struct case_ask *a, const struct case_result *r)
{
	const int *s = a->state;
	bool person = a->who & PEOPLE, changes = r->state != s[r->machine];
	bool open_here = a->open_referral || a->open_notice || (s[CASE_REFERRAL] && !case_ended(CASE_REFERRAL, s[CASE_REFERRAL])) ||
			 (s[CASE_NOTICE] && !case_ended(CASE_NOTICE, s[CASE_NOTICE]));
	assert_true(r->state >= 0 && r->state < count[r->machine]);
	assert_true(r->class < KEYS_CLASS_COUNT);
	assert_true(r->status >= -1 && r->status < COARSE_COUNT);
	assert_true(r->due_seconds >= -1 && r->report_due_seconds >= -1);
	if (person)
		assert_true(a->member);
	/* The program and the reporter open no way: not out of received, not to a unit, a host, a list, an end. */
	if (!person && changes)
		assert_true((a->action == CA_ANSWERED && r->state == CR_TRIAGE) || (a->action == CA_BLOCK_EXPIRE && r->state == CB_EXPIRED));
	if (s[CASE_REPORT] == CR_RECEIVED && r->machine == CASE_REPORT && changes)
		assert_int_equal(a->action, CA_TAKE);
	/* Nothing begins before a person took it, nor is a block approved or listed without a confirmed report. */
	if (r->machine != CASE_REPORT && s[r->machine] == 0)
		assert_true(s[CASE_REPORT] == CR_CONFIRMED || s[CASE_REPORT] == CR_UNCONFIRMED ||
			    (s[CASE_REPORT] == CR_ASSESSING && a->priority <= PRIORITY_P1));
	if (r->machine == CASE_BLOCK && (r->state == CB_APPROVED || r->state == CB_LISTED))
		assert_true(s[CASE_REPORT] == CR_CONFIRMED && a->removal_tried && a->blockable && !a->held);
	/* Units act on what is before them, and on nothing of the national desk's. */
	if (a->who & UNIT) {
		assert_true(s[CASE_REFERRAL] == CF_REFERRED || s[CASE_REFERRAL] == CF_ACCEPTED || s[CASE_REFERRAL] == CF_DONE);
		assert_true(r->machine == CASE_REFERRAL || (r->machine == CASE_REPORT && !changes));
	}
	/* What a unit decides, only a unit decides. */
	if (a->action == CA_ACCEPT || a->action == CA_REJECT || a->action == CA_TRANSFER || a->action == CA_DONE)
		assert_true(a->who & UNIT);
	/* A child who can be recognised, minors among themselves: two people before any unit sees it. */
	if (r->machine == CASE_REFERRAL && r->state == CF_REFERRED && changes) {
		assert_false(a->unit_excluded);
		assert_true(a->names_seen);
		if (a->identifies_child || a->among_minors || s[CASE_REPORT] == CR_UNCONFIRMED)
			assert_true(a->action == CA_SIGN && a->who == BY_SUPERVISOR && a->proposed_by && a->proposed_by != a->member);
	}
	if (is_new(a))
		assert_false(a->unit_excluded);
	if (a->action == CA_SIGN || a->action == CA_BLOCK_APPROVE)
		assert_true(a->proposed_by && a->proposed_by != a->member);
	/* Ends. */
	if (r->machine == CASE_REPORT && changes && case_ended(CASE_REPORT, r->state))
		assert_false(open_here);
	if (a->held && r->held) {
		assert_int_equal(r->class, KEYS_HOLD);
		assert_false(r->machine == CASE_NOTICE && r->state == CN_SENT && changes);
		assert_false(changes && r->machine == CASE_REPORT &&
			     (r->state == CR_SPAM || r->state == CR_OUT_OF_REMIT || (r->state == CR_CLOSED && s[CASE_REPORT] != CR_CONFIRMED)));
	}
	if (!r->held)
		assert_int_not_equal(r->class, KEYS_HOLD);
	if (a->priority <= PRIORITY_P1 && r->machine == CASE_REPORT && changes && (r->state == CR_SPAM || r->state == CR_OUT_OF_REMIT))
		assert_int_equal(a->who, BY_SUPERVISOR);
	if (a->action == CA_CONFIRM)
		assert_true(a->classification == CASE_BASELINE || a->classification == CASE_NATIONAL);
	if (a->action == CA_REOPEN)
		assert_true(a->who == BY_SUPERVISOR && a->reason);
	/* Erased by itself is only what has ended; and a unit or the reporter never take work off the national desk. */
	int report = r->machine == CASE_REPORT ? r->state : s[CASE_REPORT];
	if (case_keep_days(report, r->class) > 0)
		assert_true(case_ended(CASE_REPORT, report) && !r->held);
	if (!(a->who & OFFICE) && a->work)
		assert_true(r->work);
	if (report == CR_RECEIVED && a->work)
		assert_true(r->work);
}

static uint64_t seed = 20261125;
static unsigned draw(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static struct case_ask drawn(void)
{
	struct case_ask a = { .action = draw(CA_COUNT), .who = 1u << draw(6), .member = draw(4), .priority = draw(PRIORITY_COUNT),
		.classification = draw(5), .reason = draw(4), .names_seen = draw(4), .identifies_child = draw(2), .among_minors = draw(2),
		.unit_excluded = !draw(4), .held = !draw(3), .class = draw(KEYS_CLASS_COUNT), .work = draw(2), .withdrawal_asked = draw(2),
		.open_referral = !draw(3), .open_notice = !draw(3), .more_work = draw(2), .proposed_by = draw(4),
		.removal_tried = draw(4), .blockable = draw(4), .new_priority = draw(PRIORITY_COUNT) };
	for (int m = 0; m < CASE_MACHINE_COUNT; m++)
		a.state[m] = (int)draw((unsigned)count[m]);
	/* What the database can hold: the class follows the state. */
	if (a.held)
		a.class = KEYS_HOLD;
	else if (a.class == KEYS_HOLD)
		a.class = KEYS_CONFIRMED;
	if (a.held && (a.state[CASE_REPORT] == CR_SPAM || a.state[CASE_REPORT] == CR_OUT_OF_REMIT))
		a.held = false, a.class = KEYS_UNFOUNDED;
	return a;
}

static void case_next_keeps_the_invariants(void **state)
{
	unsigned allowed[CA_COUNT] = { 0 };
	for (int i = 0; i < 1200000; i++) {
		struct case_ask a = drawn();
		struct case_result r;
		if (case_next(&a, &r) == CASE_MAY) {
			invariants(&a, &r);
			allowed[a.action]++;
		}
	}
	for (int i = 0; i < CA_COUNT; i++)
		assert_true(allowed[i] > 0 || (fprintf(stderr, "%s: never allowed\n", case_action_name((enum case_action)i)), false));
}

/* --- every way a case can take --- */

#define PLACES (CR_COUNT * CF_COUNT * CN_COUNT * CB_COUNT)
static int place_of(const int s[])
{
	return ((s[0] * CF_COUNT + s[1]) * CN_COUNT + s[2]) * CB_COUNT + s[3];
}
static void place_states(int at, int s[])
{
	s[3] = at % CB_COUNT, at /= CB_COUNT;
	s[2] = at % CN_COUNT, at /= CN_COUNT;
	s[1] = at % CF_COUNT, s[0] = at / CF_COUNT;
}

/* All that can be reached from `received` by whoever is in `who`. */
static void reach(unsigned who, enum priority p, bool seen[PLACES])
{
	static int queue[PLACES];
	int n = 0;
	memset(seen, 0, PLACES * sizeof *seen);
	seen[0] = true;
	queue[n++] = 0;
	for (int at = 0; at < n; at++)
		for (int action = 0; action < CA_COUNT; action++)
			for (unsigned one = 1; one <= BY_DESK; one *= 2) {
				struct case_ask a = good((enum case_action)action, one & who);
				struct case_result r;
				a.priority = p;
				place_states(queue[at], a.state);
				if (case_next(&a, &r) != CASE_MAY)
					continue;
				a.state[r.machine] = r.state;
				int to = place_of(a.state);
				if (!seen[to])
					seen[to] = true, queue[n++] = to;
			}
}

static bool seen[PLACES];

static void case_reaches_every_state(void **state)
{
	bool there[CASE_MACHINE_COUNT][16] = { 0 };
	reach(ALL, PRIORITY_P2, seen);
	for (int at = 0; at < PLACES; at++) {
		int s[CASE_MACHINE_COUNT];
		place_states(at, s);
		for (int m = 0; seen[at] && m < CASE_MACHINE_COUNT; m++)
			there[m][s[m]] = true;
	}
	for (int m = 0; m < CASE_MACHINE_COUNT; m++)
		for (int s = 0; s < count[m]; s++)
			assert_true(there[m][s]);
}

static void case_goes_nowhere_without_a_person(void **state)
{
	for (int p = 0; p < PRIORITY_COUNT; p++) {
		reach(BY_DESK | BY_REPORTER, (enum priority)p, seen);
		for (int at = 1; at < PLACES; at++)
			assert_false(seen[at]);
		/* Nor with the unit's help. */
		reach(BY_DESK | BY_REPORTER | UNIT, (enum priority)p, seen);
		for (int at = 1; at < PLACES; at++)
			assert_false(seen[at]);
	}
}

/* Without the action there is no way there. */
static void no_way_without(enum case_action action, enum priority p, enum case_machine m, int goal)
{
	for (int at = 0; at < PLACES; at++)
		seen[at] = false;
	static int queue[PLACES];
	int n = 0;
	seen[0] = true, queue[n++] = 0;
	for (int at = 0; at < n; at++)
		for (int i = 0; i < CA_COUNT; i++)
			for (unsigned one = 1; one <= BY_DESK; one *= 2) {
				struct case_ask a = good((enum case_action)i, one);
				struct case_result r;
				a.priority = p;
				place_states(queue[at], a.state);
				if (i == (int)action || case_next(&a, &r) != CASE_MAY)
					continue;
				a.state[r.machine] = r.state;
				assert_false(a.state[m] == goal);
				int to = place_of(a.state);
				if (!seen[to])
					seen[to] = true, queue[n++] = to;
			}
}

static void case_leads_to_units_hosts_and_lists_only_through_its_steps(void **state)
{
	for (int p = 0; p < PRIORITY_COUNT; p++) {
		no_way_without(CA_TAKE, (enum priority)p, CASE_REPORT, CR_CLOSED);
		no_way_without(CA_TAKE, (enum priority)p, CASE_REFERRAL, CF_REFERRED);
		no_way_without(CA_TAKE, (enum priority)p, CASE_NOTICE, CN_DRAFTED);
		no_way_without(CA_TAKE, (enum priority)p, CASE_BLOCK, CB_PROPOSED);
		no_way_without(CA_ASSESS, (enum priority)p, CASE_REFERRAL, CF_REFERRED);
		no_way_without(CA_CONFIRM, (enum priority)p, CASE_NOTICE, CN_SENT);
		no_way_without(CA_CONFIRM, (enum priority)p, CASE_BLOCK, CB_PROPOSED);
		no_way_without(CA_SEND, (enum priority)p, CASE_NOTICE, CN_SENT);
		no_way_without(CA_ACCEPT, (enum priority)p, CASE_REFERRAL, CF_DONE);
		no_way_without(CA_BLOCK_APPROVE, (enum priority)p, CASE_BLOCK, CB_LISTED);
	}
}

static void case_has_a_way_out_of_every_state_that_is_not_an_end(void **state)
{
	for (int m = 0; m < CASE_MACHINE_COUNT; m++)
		for (int s = 0; s < count[m]; s++) {
			bool out = false;
			for (size_t i = 0; i < case_rule_count; i++)
				out |= case_rules[i].machine == m && case_rules[i].from == s && case_rules[i].to != s && (case_rules[i].who & PEOPLE);
			bool comes_back = m == CASE_REPORT || (m == CASE_REFERRAL && s == CF_DONE);
			assert_int_equal(out, !case_ended((enum case_machine)m, s) || comes_back);
		}
}

static void case_of_a_child_in_danger_is_referred_while_assessed(void **state)
{
	struct case_result r;
	for (int p = 0; p < PRIORITY_COUNT; p++)
		for (int s = 0; s < CR_COUNT; s++) {
			struct case_ask a = good(CA_REFER, BY_ANALYST);
			a.state[CASE_REPORT] = s;
			a.priority = (enum priority)p;
			bool may = s == CR_CONFIRMED || (s == CR_ASSESSING && p <= PRIORITY_P1);
			assert_int_equal(case_next(&a, &r), may ? CASE_MAY : CASE_NOT_NOW);
			if (may)
				assert_int_equal(r.work, s == CR_ASSESSING); /* it is still to be assessed */
		}
}

/* --- results --- */

static void case_next_says_where_the_keys_belong(void **state)
{
	static const struct {
		enum case_action action;
		int from;
		enum keys_class now, then;
		bool held;
	} of[] = {
		{ CA_TAKE, CR_RECEIVED, KEYS_TRIAGE, KEYS_TRIAGE, false },
		{ CA_SPAM, CR_TRIAGE, KEYS_TRIAGE, KEYS_SPAM, false },
		{ CA_OUT_OF_REMIT, CR_TRIAGE, KEYS_TRIAGE, KEYS_UNFOUNDED, false },
		{ CA_CONFIRM, CR_ASSESSING, KEYS_TRIAGE, KEYS_CONFIRMED, false },
		{ CA_UNCONFIRM, CR_ASSESSING, KEYS_TRIAGE, KEYS_TRIAGE, false },
		{ CA_CLOSE, CR_CONFIRMED, KEYS_CONFIRMED, KEYS_CONFIRMED, false },
		{ CA_CLOSE, CR_UNCONFIRMED, KEYS_TRIAGE, KEYS_UNFOUNDED, false },
		{ CA_WITHDRAW, CR_TRIAGE, KEYS_TRIAGE, KEYS_UNFOUNDED, false },
		{ CA_REOPEN, CR_CLOSED, KEYS_UNFOUNDED, KEYS_TRIAGE, false },
		{ CA_NOTE, CR_CLOSED, KEYS_UNFOUNDED, KEYS_UNFOUNDED, false },
		{ CA_NOTE, CR_CLOSED, KEYS_CONFIRMED, KEYS_CONFIRMED, false },
		{ CA_HOLD, CR_CLOSED, KEYS_UNFOUNDED, KEYS_HOLD, false },
		{ CA_HOLD, CR_ASSESSING, KEYS_TRIAGE, KEYS_HOLD, false },
		{ CA_CLOSE, CR_CONFIRMED, KEYS_HOLD, KEYS_HOLD, true },
		{ CA_UNHOLD, CR_CLOSED, KEYS_HOLD, KEYS_CONFIRMED, true },
		{ CA_UNHOLD, CR_ASSESSING, KEYS_HOLD, KEYS_TRIAGE, true },
		{ CA_DUPLICATE, CR_TRIAGE, KEYS_TRIAGE, KEYS_CONFIRMED, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		struct case_ask a = good(of[i].action, BY_SUPERVISOR);
		struct case_result r;
		a.state[CASE_REPORT] = of[i].from;
		a.class = of[i].now;
		a.held = of[i].held;
		assert_int_equal(case_next(&a, &r), CASE_MAY);
		assert_int_equal(r.class, of[i].then);
	}
}

static void case_next_tells_the_reporter_little(void **state)
{
	struct case_result r;
	struct case_ask a = good(CA_ASK, BY_ANALYST);
	a.state[CASE_REPORT] = CR_TRIAGE;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_int_equal(r.status, COARSE_QUESTION);
	assert_false(r.work);
	a = good(CA_ANSWERED, BY_REPORTER);
	a.member = 0;
	a.state[CASE_REPORT] = CR_NEED_INFO;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_int_equal(r.status, COARSE_REVIEW);
	assert_true(r.work);
	a.state[CASE_REPORT] = CR_CONFIRMED;
	a.state[CASE_REFERRAL] = CF_ACCEPTED;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_int_equal(r.status, COARSE_PASSED_ON);
	assert_int_equal(r.report_due_seconds, case_due(CASE_REPORT, CR_CONFIRMED, PRIORITY_P2));
	a.state[CASE_REPORT] = CR_CLOSED;
	assert_int_equal(case_next(&a, &r), CASE_NOT_NOW);
	/* One of two hosts took it off: it is not gone. */
	a = good(CA_RECHECK_OFFLINE, BY_ANALYST);
	a.state[CASE_REPORT] = CR_CONFIRMED;
	a.state[CASE_NOTICE] = CN_SENT;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_int_equal(r.status, COARSE_GONE);
	a.open_notice = true;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_int_equal(r.status, -1);
	/* It came back, and a unit is at work all the same. */
	a.action = CA_RECHECK_UP;
	a.state[CASE_NOTICE] = CN_OFFLINE;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_int_equal(r.status, COARSE_REVIEW);
	a.state[CASE_REFERRAL] = CF_ACCEPTED;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_int_equal(r.status, COARSE_PASSED_ON);
}

static void case_next_leaves_deadlines_alone_where_nothing_moves(void **state)
{
	struct case_result r;
	struct case_ask a = good(CA_NOTE, BY_ANALYST);
	a.state[CASE_REPORT] = CR_TRIAGE;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_int_equal(r.due_seconds, -1);
	assert_int_equal(r.report_due_seconds, -1);
	a.action = CA_PRIORITY;
	a.new_priority = PRIORITY_P0;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_int_equal(r.due_seconds, case_due(CASE_REPORT, CR_TRIAGE, PRIORITY_P0));
	a = good(CA_REJECT, BY_UNIT_OFFICER);
	a.state[CASE_REPORT] = CR_CONFIRMED;
	a.state[CASE_REFERRAL] = CF_REFERRED;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_int_equal(r.due_seconds, 0);
	assert_int_equal(r.report_due_seconds, case_due(CASE_REPORT, CR_CONFIRMED, PRIORITY_P2));
	assert_true(r.work);
}

static void case_with_a_unit_waits_unless_more_is_to_do(void **state)
{
	struct case_result r;
	struct case_ask a = good(CA_REFER, BY_ANALYST);
	a.state[CASE_REPORT] = CR_CONFIRMED;
	a.work = true;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_false(r.work);
	a.more_work = true;
	assert_int_equal(case_next(&a, &r), CASE_MAY);
	assert_true(r.work);
}

/* --- what is no value --- */

static void case_next_refuses_unknown_values(void **state)
{
	struct case_result r = { .state = -9 };
	static const int bad[] = { -1, 99, INT32_MAX, INT32_MIN };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		for (int m = 0; m < CASE_MACHINE_COUNT; m++) {
			struct case_ask a = good(CA_NOTE, BY_ANALYST);
			a.state[m] = bad[i];
			assert_int_not_equal(case_next(&a, &r), CASE_MAY);
			assert_int_equal(case_actions(&a), 0);
		}
		struct case_ask a = good((enum case_action)bad[i], BY_ANALYST);
		assert_int_not_equal(case_next(&a, &r), CASE_MAY);
		a = good(CA_NOTE, BY_ANALYST);
		a.priority = (enum priority)bad[i];
		assert_int_not_equal(case_next(&a, &r), CASE_MAY);
		a = good(CA_PRIORITY, BY_SUPERVISOR);
		a.new_priority = (enum priority)bad[i];
		assert_int_not_equal(case_next(&a, &r), CASE_MAY);
		a = good(CA_NOTE, BY_ANALYST);
		a.class = (enum keys_class)bad[i];
		assert_int_not_equal(case_next(&a, &r), CASE_MAY);
		a = good(CA_NOTE, BY_ANALYST);
		a.classification = (enum case_classification)bad[i];
		assert_int_not_equal(case_next(&a, &r), CASE_MAY);
		a = good(CA_CONFIRM, BY_ANALYST);
		a.state[CASE_REPORT] = CR_ASSESSING;
		a.classification = (enum case_classification)bad[i];
		assert_int_not_equal(case_next(&a, &r), CASE_MAY);
		a.classification = 0;
		assert_int_equal(case_next(&a, &r), CASE_NEEDS_CLASSIFICATION);
		assert_int_equal(case_due(CASE_REPORT, bad[i], PRIORITY_P0), 0);
		assert_int_equal(case_due((enum case_machine)bad[i], 0, PRIORITY_P0), 0);
		assert_int_equal(case_due(CASE_REPORT, CR_RECEIVED, (enum priority)bad[i]), 0);
		assert_int_equal(case_keep_days(bad[i], KEYS_SPAM), 0);
		assert_int_equal(case_step_of((enum case_action)bad[i]), STEP_COUNT);
		assert_null(case_state_name(CASE_REPORT, bad[i]));
		assert_null(case_state_name((enum case_machine)bad[i], 0));
		assert_null(case_machine_name((enum case_machine)bad[i]));
		assert_null(case_action_name((enum case_action)bad[i]));
		assert_null(case_classification_name((enum case_classification)bad[i]));
		assert_null(case_step_name((enum case_step)bad[i]));
		assert_null(case_refusal_label((enum case_refusal)bad[i]));
		assert_false(case_ended((enum case_machine)bad[i], 0));
	}
	assert_int_equal(r.state, -9);
	assert_null(case_classification_name(0));
}

static void case_next_refuses_whoever_is_not_one_person(void **state)
{
	static const unsigned nobody[] = { 0, 3, 64, 63, UINT32_MAX, 1u << 31 };
	struct case_result r;
	for (size_t i = 0; i < ARRAY_LEN(nobody); i++) {
		struct case_ask a = good(CA_NOTE, nobody[i]);
		assert_int_equal(case_next(&a, &r), CASE_NOT_YOU);
		assert_int_equal(case_actions(&a), 0);
	}
	struct case_ask a = good(CA_NOTE, BY_ANALYST);
	a.member = 0;
	assert_int_equal(case_next(&a, &r), CASE_NOT_YOU);
}

static void case_who_knows_roles(void **state)
{
	assert_int_equal(case_who(KEYS_ANALYST, "national"), BY_ANALYST);
	assert_int_equal(case_who(KEYS_SUPERVISOR, "national"), BY_SUPERVISOR);
	assert_int_equal(case_who(KEYS_OFFICER, "national"), 0);
	assert_int_equal(case_who(KEYS_OFFICER, "MA-CAS"), BY_UNIT_OFFICER);
	assert_int_equal(case_who(KEYS_ANALYST, "MA-CAS"), BY_UNIT_OFFICER);
	assert_int_equal(case_who(KEYS_SUPERVISOR, "MA-CAS"), BY_UNIT_SUPERVISOR);
	for (int i = 0; i < 3; i++) {
		static const char *const unit[] = { "national", "MA-CAS", "" };
		assert_int_equal(case_who(KEYS_AUDITOR, unit[i]), 0);
		assert_int_equal(case_who(KEYS_ADMINISTRATOR, unit[i]), 0);
		assert_int_equal(case_who((enum keys_role)77, unit[i]), 0);
	}
	assert_int_equal(case_who(KEYS_SUPERVISOR, ""), 0);
	assert_int_equal(case_who(KEYS_SUPERVISOR, NULL), 0);
}

/* --- buttons --- */

static void case_actions_agrees_with_case_next(void **state)
{
	for (int i = 0; i < 20000; i++) {
		struct case_ask a = drawn();
		uint64_t may = case_actions(&a);
		for (int action = 0; action < CA_COUNT; action++) {
			struct case_ask one = a;
			struct case_result r;
			one.action = (enum case_action)action;
			one.reason = one.names_seen = true;
			bool any = false;
			enum case_machine m = machine_of(one.action);
			bool begins = action == CA_PROPOSE || action == CA_REFER || action == CA_DRAFT || action == CA_BLOCK_PROPOSE;
			if (begins)
				one.state[m] = 0;
			for (int c = CASE_BASELINE; c <= CASE_NOT_ILLEGAL; c++)
				for (int p = 0; p < PRIORITY_COUNT; p++) {
					one.classification = (enum case_classification)c;
					one.new_priority = (enum priority)p;
					any |= case_next(&one, &r) == CASE_MAY;
				}
			assert_int_equal(may >> action & 1, any);
		}
	}
}

/* --- names --- */

static void case_names_are_read_back(void **state)
{
	for (int m = 0; m < CASE_MACHINE_COUNT; m++)
		for (int s = 0, got; s < count[m]; s++) {
			assert_true(case_state_parse((enum case_machine)m, case_state_name((enum case_machine)m, s), &got));
			assert_int_equal(got, s);
			assert_non_null(case_state_label((enum case_machine)m, s));
		}
	for (int i = 0; i < CA_COUNT; i++) {
		enum case_action got;
		assert_true(case_action_parse(case_action_name((enum case_action)i), &got));
		assert_int_equal(got, i);
		assert_non_null(case_action_label((enum case_action)i));
	}
	for (int i = 0; i < STEP_COUNT; i++)
		assert_true(case_step_name((enum case_step)i) && case_step_label((enum case_step)i));
	for (int i = 0; i < CASE_REFUSAL_COUNT; i++)
		assert_non_null(case_refusal_label((enum case_refusal)i));
	for (int i = CASE_BASELINE; i <= CASE_NOT_ILLEGAL; i++) {
		enum case_classification got;
		assert_int_equal(case_classification_parse(case_classification_name((enum case_classification)i), &got), 0);
		assert_int_equal(got, i);
		assert_non_null(case_classification_label((enum case_classification)i));
	}
}

static void case_parse_refuses_what_it_does_not_know(void **state)
{
	static const char *const bad[] = { NULL, "", "Baseline", "baseline ", "unknown", "0", "1" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		enum case_classification c = 77;
		enum case_action a = 77;
		int s = 77;
		assert_int_equal(case_classification_parse(bad[i], &c), ERR_MALFORMED);
		assert_false(case_action_parse(bad[i], &a));
		assert_false(case_state_parse(CASE_REPORT, bad[i], &s));
		assert_true(c == 77 && a == 77 && s == 77);
	}
	int s = 77;
	assert_false(case_state_parse((enum case_machine)9, "received", &s));
	assert_false(case_state_parse(CASE_NOTICE, "received", &s));
}

/* --- time --- */

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* FACTS-desk, Deadlines. */
static void case_due_is_as_promised(void **state)
{
	static const int64_t first[] = { 15 * MINUTE, 4 * HOUR, 24 * HOUR, 72 * HOUR };
	static const int64_t accept[] = { 1 * HOUR, 4 * HOUR, 24 * HOUR, 72 * HOUR };
	for (int p = 0; p < PRIORITY_COUNT; p++) {
		assert_int_equal(case_due(CASE_REPORT, CR_RECEIVED, (enum priority)p), first[p]);
		assert_int_equal(case_due(CASE_REPORT, CR_RECEIVED, (enum priority)p), priority_seconds((enum priority)p));
		assert_int_equal(case_due(CASE_REFERRAL, CF_REFERRED, (enum priority)p), accept[p]);
		assert_true(case_due(CASE_BLOCK, CB_LISTED, (enum priority)p) <= 30 * DAY);
		for (int m = 0; m < CASE_MACHINE_COUNT; m++)
			for (int s = 0; s < count[m]; s++) {
				int64_t due = case_due((enum case_machine)m, s, (enum priority)p);
				bool none = m == CASE_REPORT ? false : s == 0;
				assert_int_equal(due > 0, !none && !case_ended((enum case_machine)m, s));
				if (p)
					assert_true(due >= case_due((enum case_machine)m, s, (enum priority)(p - 1)));
			}
	}
	/* P0: police within the hour, whichever way. */
	int64_t sum = 0;
	for (int i = 0; i < 4; i++) {
		static const int way[] = { CR_RECEIVED, CR_TRIAGE, CR_ASSESSING, CR_CONFIRMED };
		sum += case_due(CASE_REPORT, way[i], PRIORITY_P0);
	}
	assert_true(sum <= HOUR);
	/* P2: assessed within 24 h of the first look, the notice on the same day. */
	assert_true(case_due(CASE_REPORT, CR_TRIAGE, PRIORITY_P2) + case_due(CASE_REPORT, CR_ASSESSING, PRIORITY_P2) <= 24 * HOUR);
	assert_true(case_due(CASE_NOTICE, CN_DRAFTED, PRIORITY_P2) <= 8 * HOUR);
}

static void case_rechecks_at_24_48_72_hours_then_weekly(void **state)
{
	static const int64_t day[] = { 0, 1, 2, 3, 10, 17 };
	for (unsigned i = 0; i < ARRAY_LEN(day); i++)
		assert_int_equal(case_recheck_seconds(i), day[i] * DAY);
	assert_true(case_recheck_seconds(UINT32_MAX) > 0);
}

static void case_escalates_with_time(void **state)
{
	assert_int_equal(case_escalation(1000 * HOUR, 1010 * HOUR, 1009 * HOUR), 0);
	assert_int_equal(case_escalation(1000 * HOUR, 1010 * HOUR, 1010 * HOUR), 1);
	assert_int_equal(case_escalation(1000 * HOUR, 1010 * HOUR, 1019 * HOUR), 1);
	assert_int_equal(case_escalation(1000 * HOUR, 1010 * HOUR, 1020 * HOUR), 2);
	assert_int_equal(case_escalation(1000 * HOUR, 1010 * HOUR, 1039 * HOUR), 2);
	assert_int_equal(case_escalation(1000 * HOUR, 1010 * HOUR, 1040 * HOUR), 3);
	assert_int_equal(case_escalation(1000 * HOUR, 0, 2000 * HOUR), 0);
	/* Rounded to the hour, or nonsense: never a division, never early. */
	assert_int_equal(case_escalation(1000 * HOUR, 1000 * HOUR, 1000 * HOUR), 1);
	assert_int_equal(case_escalation(1000 * HOUR, 1000 * HOUR, 1000 * HOUR + 14 * MINUTE), 1);
	assert_int_equal(case_escalation(1000 * HOUR, 1000 * HOUR, 1000 * HOUR + 15 * MINUTE), 2);
	assert_int_equal(case_escalation(INT64_MIN, INT64_MAX, INT64_MAX), 1);
	assert_int_equal(case_escalation(INT64_MAX, INT64_MIN, INT64_MAX), 3);
}

static void case_buckets_end_where_deadlines_do(void **state)
{
	assert_int_equal(case_bucket(INT64_MIN), 0);
	assert_int_equal(case_bucket(0), 0);
	for (unsigned i = 0; i + 1 < CASE_BUCKETS; i++) {
		assert_int_equal(case_bucket(case_bucket_end[i]), i);
		assert_int_equal(case_bucket(case_bucket_end[i] + 1), i + 1);
	}
	assert_int_equal(case_bucket(INT64_MAX), CASE_BUCKETS - 1);
}

static void case_steps_end_at_their_actions(void **state)
{
	bool had[STEP_COUNT] = { 0 };
	for (int i = 0; i < CA_COUNT; i++)
		if (case_step_of((enum case_action)i) != STEP_COUNT)
			had[case_step_of((enum case_action)i)] = true;
	for (int i = 0; i < STEP_COUNT; i++)
		assert_true(had[i]);
	assert_int_equal(case_step_of(CA_NOTE), STEP_COUNT);
}

/* FACTS-desk, Retention; and the key process erases by the same table. */
static void case_keeps_as_long_as_it_must(void **state)
{
	assert_int_equal(case_keep_days(CR_SPAM, KEYS_SPAM), 7);
	assert_int_equal(case_keep_days(CR_OUT_OF_REMIT, KEYS_UNFOUNDED), 90);
	assert_int_equal(case_keep_days(CR_CLOSED, KEYS_UNFOUNDED), 90);
	assert_int_equal(case_keep_days(CR_CLOSED, KEYS_CONFIRMED), 0);
	for (int s = 0; s < CR_COUNT; s++) {
		assert_int_equal(case_keep_days(s, KEYS_HOLD), 0);
		if (!case_ended(CASE_REPORT, s))
			assert_int_equal(case_keep_days(s, KEYS_TRIAGE), -1);
	}
	assert_int_equal(case_keep_days(CR_DUPLICATE, KEYS_CONFIRMED), -1);
}

/* --- the document --- */

static const char *words_of(unsigned bits, const char *const *word, size_t n, const char *glue, char *out, size_t room)
{
	*out = '\0';
	for (size_t i = 0; i < n; i++)
		if (bits >> i & 1)
			(void)snprintf(out + strlen(out), room - strlen(out), "%s%s", *out ? glue : "", word[i]);
	return out;
}

static const char *need_words[] = { "referable", "proposable", "report confirmed", "with the unit", "accepted by the unit", "held",
	"withdrawal asked for", "another priority", "P0, P1: supervisor", "to lower: supervisor and words", "a second person", "not held",
	"nothing open", "unit not excluded", "no sign-off needed", "removal tried", "offence can lead to a block", "names seen",
	"classified illegal", "classified doubtful or not illegal", "words" };
static const char *who_words[] = { "analyst", "supervisor", "unit's officer", "unit's supervisor", "reporter", "time" };
static const char *status_words[COARSE_COUNT] = { "received", "under review", "passed on", "content gone", "outside remit", "question",
	"withdrawn", "closed" };
static const char *then_words[] = { "", "waits or works", "back to the desk" };

static bool same_line(const struct case_rule *a, const struct case_rule *b)
{
	return a->machine == b->machine && a->action == b->action && a->to == b->to && a->who == b->who && a->needs == b->needs &&
	       a->then == b->then && a->status == b->status;
}

static const char *from_word(const struct case_rule *r)
{
	return r->from == CASE_FROM_OPEN ? "any open" : r->from == CASE_FROM_ANY ? "any" : case_state_name(r->machine, r->from);
}

/* Lines of the table that differ only in where they start are one line of the document. */
static char *document(void)
{
	static char out[65536];
	size_t n = 0;
	*out = '\0';
	for (size_t i = 0; i < case_rule_count; i++) {
		const struct case_rule *r = &case_rules[i];
		char who[200], needs[600], from[200];
		if (!i || r->machine != r[-1].machine)
			n += (size_t)snprintf(out + n, sizeof out - n, "%s**%s**\n\n| action | from | to | who | needs | then | reporter sees |\n|---|---|---|---|---|---|---|\n",
				i ? "\n" : "", case_machine_name(r->machine));
		(void)snprintf(from, sizeof from, "%s", from_word(r));
		while (i + 1 < case_rule_count && same_line(r, &case_rules[i + 1]))
			(void)snprintf(from + strlen(from), sizeof from - strlen(from), ", %s", from_word(&case_rules[++i]));
		n += (size_t)snprintf(out + n, sizeof out - n, "| %s | %s | %s | %s | %s | %s | %s |\n", case_action_name(r->action), from,
			r->to == CASE_STAYS ? "" : case_state_name(r->machine, r->to),
			words_of(r->who, who_words, ARRAY_LEN(who_words), ", ", who, sizeof who),
			words_of(r->needs, need_words, ARRAY_LEN(need_words), "; ", needs, sizeof needs), then_words[r->then],
			r->status < 0 ? "" : status_words[r->status]);
	}
	return out;
}

static const char *span(int64_t s, char out[32])
{
	if (!s)
		return "";
	if (s % DAY == 0 && s > 3 * DAY)
		(void)snprintf(out, 32, "%d d", (int)(s / DAY));
	else if (s % HOUR == 0)
		(void)snprintf(out, 32, "%d h", (int)(s / HOUR));
	else
		(void)snprintf(out, 32, "%d min", (int)(s / MINUTE));
	return out;
}

static char *deadlines(void)
{
	static char out[8192];
	size_t n = (size_t)snprintf(out, sizeof out, "| machine | state | P0 | P1 | P2 | P3 |\n|---|---|---|---|---|---|\n");
	for (int m = 0; m < CASE_MACHINE_COUNT; m++)
		for (int s = 0; s < count[m]; s++) {
			char t[PRIORITY_COUNT][32];
			if (!case_due((enum case_machine)m, s, PRIORITY_P0))
				continue;
			for (int p = 0; p < PRIORITY_COUNT; p++)
				(void)span(case_due((enum case_machine)m, s, (enum priority)p), t[p]);
			n += (size_t)snprintf(out + n, sizeof out - n, "| %s | %s | %s | %s | %s | %s |\n", case_machine_name((enum case_machine)m),
				case_state_name((enum case_machine)m, s), t[0], t[1], t[2], t[3]);
		}
	return out;
}

static void case_document_says_what_the_table_says(void **state)
{
	char path[1024], *text = NULL;
	(void)snprintf(path, sizeof path, "%s/docs/cases.md", getenv("HISN_SOURCE"));
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t room = 0;
	assert_true(getdelim(&text, &room, '\0', f) > 0);
	(void)fclose(f);
	const char *const parts[] = { document(), deadlines() };
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!strstr(text, parts[i])) {
			(void)fprintf(stderr, "docs/cases.md should have:\n%s\n", parts[i]);
			fail();
		}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_next_allows_what_the_table_has_and_nothing_else),
		cmocka_unit_test(case_next_refuses_for_every_set_of_unmet_needs),
		cmocka_unit_test(case_rules_have_no_line_that_never_applies),
		cmocka_unit_test(case_next_keeps_the_invariants),
		cmocka_unit_test(case_reaches_every_state),
		cmocka_unit_test(case_goes_nowhere_without_a_person),
		cmocka_unit_test(case_leads_to_units_hosts_and_lists_only_through_its_steps),
		cmocka_unit_test(case_has_a_way_out_of_every_state_that_is_not_an_end),
		cmocka_unit_test(case_of_a_child_in_danger_is_referred_while_assessed),
		cmocka_unit_test(case_next_says_where_the_keys_belong),
		cmocka_unit_test(case_next_tells_the_reporter_little),
		cmocka_unit_test(case_next_leaves_deadlines_alone_where_nothing_moves),
		cmocka_unit_test(case_with_a_unit_waits_unless_more_is_to_do),
		cmocka_unit_test(case_next_refuses_unknown_values),
		cmocka_unit_test(case_next_refuses_whoever_is_not_one_person),
		cmocka_unit_test(case_who_knows_roles),
		cmocka_unit_test(case_actions_agrees_with_case_next),
		cmocka_unit_test(case_names_are_read_back),
		cmocka_unit_test(case_parse_refuses_what_it_does_not_know),
		cmocka_unit_test(case_due_is_as_promised),
		cmocka_unit_test(case_rechecks_at_24_48_72_hours_then_weekly),
		cmocka_unit_test(case_escalates_with_time),
		cmocka_unit_test(case_buckets_end_where_deadlines_do),
		cmocka_unit_test(case_steps_end_at_their_actions),
		cmocka_unit_test(case_keeps_as_long_as_it_must),
		cmocka_unit_test(case_document_says_what_the_table_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
