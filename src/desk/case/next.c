/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the table of rules.c: may this be done, and what follows. Total on any input: what is not a value
 * of its type is never taken for one. */
#include "desk/case/case.h"

#include "desk/coarse.h"

static const int state_count[CASE_MACHINE_COUNT] = { CR_COUNT, CF_COUNT, CN_COUNT, CB_COUNT };
enum { OFFICE = BY_ANALYST | BY_SUPERVISOR, UNIT = BY_UNIT_OFFICER | BY_UNIT_SUPERVISOR };

unsigned case_who(enum keys_role role, const char *unit)
{
	if (!unit || !*unit)
		return 0;
	bool national = strcmp(unit, KEYS_NATIONAL) == 0;
	switch (role) {
	case KEYS_ANALYST:
		return national ? BY_ANALYST : BY_UNIT_OFFICER;
	case KEYS_OFFICER:
		return national ? 0 : BY_UNIT_OFFICER;
	case KEYS_SUPERVISOR:
		return national ? BY_SUPERVISOR : BY_UNIT_SUPERVISOR;
	default:
		return 0;
	}
}

bool case_ended(enum case_machine m, int state)
{
	switch ((int)m) {
	case CASE_REPORT:
		return state == CR_DUPLICATE || state == CR_OUT_OF_REMIT || state == CR_SPAM ||
			state == CR_CLOSED;
	case CASE_REFERRAL:
		return state >= CF_REJECTED && state < CF_COUNT;
	case CASE_NOTICE:
		return state == CN_ENDED;
	case CASE_BLOCK:
		return state >= CB_EXPIRED && state < CB_COUNT;
	default:
		return false;
	}
}

/* --- needs: each looks at the ask and says whether it is met --- */

static bool urgent(const struct case_ask *a)
{
	return a->priority <= PRIORITY_P1;
}
static bool referable(const struct case_ask *a)
{
	int s = a->state[CASE_REPORT];
	return s == CR_CONFIRMED || (s == CR_ASSESSING && urgent(a));
}
static bool proposable(const struct case_ask *a)
{
	return referable(a) || a->state[CASE_REPORT] == CR_UNCONFIRMED;
}
static bool confirmed(const struct case_ask *a)
{
	return a->state[CASE_REPORT] == CR_CONFIRMED;
}
static bool with_unit(const struct case_ask *a)
{
	int s = a->state[CASE_REFERRAL];
	return !(a->who & UNIT) || s == CF_REFERRED || s == CF_ACCEPTED || s == CF_DONE;
}
static bool accepted(const struct case_ask *a)
{
	return !(a->who & UNIT) || a->state[CASE_REFERRAL] == CF_ACCEPTED;
}
static bool held(const struct case_ask *a)
{
	return a->held;
}
static bool not_held(const struct case_ask *a)
{
	return !a->held;
}
static bool withdrawal(const struct case_ask *a)
{
	return a->withdrawal_asked;
}
static bool other_priority(const struct case_ask *a)
{
	return (unsigned)a->new_priority < PRIORITY_COUNT && a->new_priority != a->priority;
}
static bool senior_if_urgent(const struct case_ask *a)
{
	return !urgent(a) || a->who == BY_SUPERVISOR;
}
static bool lowers(const struct case_ask *a)
{
	return a->new_priority > a->priority;
}
static bool senior_to_lower(const struct case_ask *a)
{
	return !lowers(a) || a->who == BY_SUPERVISOR;
}
static bool lowered_with_words(const struct case_ask *a)
{
	return !lowers(a) || a->reason;
}
/* Of a proposal by nobody no second person can be told. */
static bool other_person(const struct case_ask *a)
{
	return a->proposed_by && a->proposed_by != a->member;
}
static bool nothing_open(const struct case_ask *a)
{
	int f = a->state[CASE_REFERRAL], n = a->state[CASE_NOTICE];
	return !a->open_referral && !a->open_notice &&
		(f == CF_NONE || case_ended(CASE_REFERRAL, f)) &&
		(n == CN_NONE || case_ended(CASE_NOTICE, n));
}
static bool unit_ok(const struct case_ask *a)
{
	return !a->unit_excluded;
}
static bool no_sign_off(const struct case_ask *a)
{
	return !a->identifies_child && !a->among_minors;
}
static bool removal_tried(const struct case_ask *a)
{
	return a->removal_tried;
}
static bool blockable(const struct case_ask *a)
{
	return a->blockable;
}
static bool names_seen(const struct case_ask *a)
{
	return a->names_seen;
}
static bool illegal(const struct case_ask *a)
{
	return a->classification == CASE_BASELINE || a->classification == CASE_NATIONAL;
}
static bool not_illegal(const struct case_ask *a)
{
	return a->classification == CASE_DOUBTFUL || a->classification == CASE_NOT_ILLEGAL;
}
static bool words(const struct case_ask *a)
{
	return a->reason;
}

/* In this order: what nobody could do now, what this person may not, what forbids it, what they still can bring. */
static const struct {
	enum case_need need;
	bool (*met)(const struct case_ask *a);
	enum case_refusal refusal;
} checks[] = {
	{ NEEDS_REFERABLE, referable, CASE_NOT_NOW },
	{ NEEDS_PROPOSABLE, proposable, CASE_NOT_NOW },
	{ NEEDS_CONFIRMED, confirmed, CASE_NOT_NOW },
	{ NEEDS_HELD, held, CASE_NOT_NOW },
	{ NEEDS_WITHDRAWAL, withdrawal, CASE_NOT_NOW },
	{ NEEDS_OTHER_PRIORITY, other_priority, CASE_NOT_NOW },
	{ NEEDS_WITH_UNIT, with_unit, CASE_NOT_YOU },
	{ NEEDS_ACCEPTED, with_unit, CASE_NOT_YOU },
	{ NEEDS_ACCEPTED, accepted, CASE_NOT_NOW },
	{ NEEDS_SENIOR_IF_URGENT, senior_if_urgent, CASE_NOT_YOU },
	{ NEEDS_SENIOR_TO_LOWER, senior_to_lower, CASE_NOT_YOU },
	{ NEEDS_OTHER_PERSON, other_person, CASE_SAME_PERSON },
	{ NEEDS_NOT_HELD, not_held, CASE_HELD },
	{ NEEDS_NOTHING_OPEN, nothing_open, CASE_STILL_OPEN },
	{ NEEDS_UNIT_OK, unit_ok, CASE_UNIT_EXCLUDED },
	{ NEEDS_BLOCKABLE, blockable, CASE_NO_BLOCK },
	{ NEEDS_REMOVAL_TRIED, removal_tried, CASE_REMOVAL_FIRST },
	{ NEEDS_NAMES_SEEN, names_seen, CASE_NEEDS_NAMES_SEEN },
	{ NEEDS_NO_SIGN_OFF, no_sign_off, CASE_NEEDS_SIGN_OFF },
	{ NEEDS_ILLEGAL, illegal, CASE_NEEDS_CLASSIFICATION },
	{ NEEDS_NOT_ILLEGAL, not_illegal, CASE_NEEDS_CLASSIFICATION },
	{ NEEDS_SENIOR_TO_LOWER, lowered_with_words, CASE_NEEDS_REASON },
	{ NEEDS_WORDS, words, CASE_NEEDS_REASON },
};

/* --- finding the rule --- */

static bool sane(const struct case_ask *a)
{
	for (int m = 0; m < CASE_MACHINE_COUNT; m++)
		if (a->state[m] < 0 || a->state[m] >= state_count[m])
			return false;
	return (unsigned)a->action < CA_COUNT && (unsigned)a->priority < PRIORITY_COUNT &&
		(unsigned)a->class < KEYS_CLASS_COUNT &&
		(unsigned)a->classification <= CASE_NOT_ILLEGAL;
}

/* One bit, and a number for whoever is a person of the staff. */
static bool somebody(const struct case_ask *a)
{
	if (!a->who || (a->who & (a->who - 1)))
		return false;
	return a->member || a->who == BY_REPORTER || a->who == BY_DESK;
}

static bool fits(const struct case_rule *r, const struct case_ask *a)
{
	int now = a->state[r->machine];
	if (r->action != a->action)
		return false;
	if (r->from == CASE_FROM_OPEN)
		return !case_ended(r->machine, now);
	return r->from == CASE_FROM_ANY || r->from == now;
}

static enum case_refusal find(const struct case_ask *a, const struct case_rule **ret)
{
	bool theirs = false, now = false;
	for (size_t i = 0; i < case_rule_count; i++) {
		const struct case_rule *r = &case_rules[i];
		theirs |= r->action == a->action && (r->who & a->who);
		if (!fits(r, a))
			continue;
		now = true;
		if (r->who & a->who) {
			*ret = r;
			return CASE_MAY;
		}
	}
	return theirs && !now ? CASE_NOT_NOW : CASE_NOT_YOU;
}

/* --- what follows --- */

static bool waits_elsewhere(const struct case_ask *a, const int after[])
{
	int f = after[CASE_REFERRAL], n = after[CASE_NOTICE];
	return a->open_referral || a->open_notice || f == CF_REFERRED || f == CF_ACCEPTED ||
		n == CN_SENT || n == CN_MONITORING || n == CN_STILL_UP;
}

static bool work_after(const struct case_rule *r, const struct case_ask *a, const int after[])
{
	if (r->then != THEN_WAIT)
		return r->then == THEN_WORK || a->work;
	if (a->more_work)
		return true;
	switch (after[CASE_REPORT]) {
	case CR_RECEIVED:
	case CR_TRIAGE:
	case CR_ASSESSING:
		return true;
	case CR_CONFIRMED:
	case CR_UNCONFIRMED:
		return !waits_elsewhere(a, after);
	default:
		return false;
	}
}

/* What is unconfirmed keeps the triage epoch until it is closed: a referral may still need it. A duplicate
 * goes with its main report, so no clock of an epoch may take it. */
static enum keys_class class_after(const struct case_ask *a, int state, bool held_now)
{
	int before = a->state[CASE_REPORT];
	if (held_now)
		return KEYS_HOLD;
	switch (state) {
	case CR_SPAM:
		return KEYS_SPAM;
	case CR_OUT_OF_REMIT:
		return KEYS_UNFOUNDED;
	case CR_DUPLICATE:
	case CR_CONFIRMED:
		return KEYS_CONFIRMED;
	case CR_CLOSED:
		if (before != CR_CLOSED)
			return before == CR_CONFIRMED ? KEYS_CONFIRMED : KEYS_UNFOUNDED;
		/* Held while closed: only what was confirmed can be. */
		return a->class == KEYS_HOLD ? KEYS_CONFIRMED : a->class;
	default:
		return KEYS_TRIAGE;
	}
}

/* "Under review" is not said while a unit still has it, nor "gone" while it is up elsewhere. */
static int status_after(const struct case_rule *r, const struct case_ask *a)
{
	int f = a->state[CASE_REFERRAL];
	bool unit_has_it = f == CF_REFERRED || f == CF_ACCEPTED || f == CF_DONE;
	if (r->action == CA_ANSWERED || (r->machine == CASE_NOTICE && r->status == COARSE_REVIEW))
		return unit_has_it ? COARSE_PASSED_ON : COARSE_REVIEW;
	if (r->machine == CASE_REFERRAL && r->status == COARSE_REVIEW && a->open_referral)
		return -1;
	if (r->status == COARSE_GONE && a->open_notice)
		return -1;
	return r->status;
}

static void set_due(const struct case_rule *r, const struct case_ask *a, const int after[],
	struct case_result *ret)
{
	enum priority p = a->action == CA_PRIORITY ? a->new_priority : a->priority;
	bool moved = r->to != CASE_STAYS || a->action == CA_PRIORITY;
	int64_t report = case_due(CASE_REPORT, after[CASE_REPORT], p);
	ret->due_seconds = moved ? case_due(r->machine, ret->state, p) : -1;
	ret->report_due_seconds = moved && r->machine == CASE_REPORT ? ret->due_seconds : -1;
	if (r->then == THEN_WORK)
		ret->report_due_seconds = report ? report : priority_seconds(p);
	if (r->machine == CASE_REPORT)
		ret->due_seconds = ret->report_due_seconds;
}

static void follow(const struct case_rule *r, const struct case_ask *a, struct case_result *ret)
{
	int after[CASE_MACHINE_COUNT];
	memcpy(after, a->state, sizeof after);
	if (r->to != CASE_STAYS)
		after[r->machine] = r->to;
	ret->machine = r->machine;
	ret->state = after[r->machine];
	ret->held = a->action == CA_HOLD || (a->held && a->action != CA_UNHOLD);
	ret->work = work_after(r, a, after);
	ret->class = class_after(a, after[CASE_REPORT], ret->held);
	ret->status = status_after(r, a);
	set_due(r, a, after, ret);
}

enum case_refusal case_next(const struct case_ask *a, struct case_result *ret)
{
	const struct case_rule *r;
	if (!somebody(a))
		return CASE_NOT_YOU;
	if (!sane(a))
		return CASE_NOT_NOW;
	enum case_refusal no = find(a, &r);
	if (no)
		return no;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if ((r->needs & checks[i].need) && !checks[i].met(a))
			return checks[i].refusal;
	follow(r, a, ret);
	return CASE_MAY;
}

/* --- buttons --- */

static bool begins(enum case_action action, enum case_machine *ret)
{
	for (size_t i = 0; i < case_rule_count; i++)
		if (case_rules[i].action == action && case_rules[i].machine != CASE_REPORT &&
			case_rules[i].from == 0) {
			*ret = case_rules[i].machine;
			return true;
		}
	return false;
}

static bool can(const struct case_ask *ask, enum case_action action)
{
	struct case_ask a = *ask;
	struct case_result r;
	enum case_machine m;
	a.action = action;
	a.reason = a.names_seen = true;
	a.classification = action == CA_UNCONFIRM ? CASE_DOUBTFUL : CASE_NATIONAL;
	if (begins(action, &m)) {
		a.open_referral |= a.state[CASE_REFERRAL] && !case_ended(CASE_REFERRAL, a.state[CASE_REFERRAL]);
		a.state[m] = 0;
	}
	if (action != CA_PRIORITY)
		return case_next(&a, &r) == CASE_MAY;
	for (int p = 0; p < PRIORITY_COUNT; p++) {
		a.new_priority = (enum priority)p;
		if (case_next(&a, &r) == CASE_MAY)
			return true;
	}
	return false;
}

uint64_t case_actions(const struct case_ask *ask)
{
	static_assert(CA_COUNT <= 64, "a bit for each action");
	uint64_t may = 0;
	for (int i = 0; i < CA_COUNT; i++)
		if (can(ask, (enum case_action)i))
			may |= UINT64_C(1) << i;
	return may;
}
