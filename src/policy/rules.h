/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The rules as steps, for the judge and for the trace that tells them. Private to the room. */

#include "policy/judge.h"
#include "policy/names.h"

enum { JUDGE_RULES = RULE_OPEN };

struct judging {
	const struct view *v;
	const struct policy_now *now;
	const struct policy_facts *facts;
	struct names_match names;
	struct verdict *verdict;
};

/* True: the rule applies, and the verdict is written. judge_rules[0] is rule 1. */
typedef bool judge_rule(struct judging *j);
extern judge_rule *const judge_rules[JUDGE_RULES];

void judge_begin(struct judging *j, const struct view *v, uint16_t profile,
	const struct policy_now *now, const struct policy_facts *facts, struct verdict *ret);
/* Stage 2. */
void judge_transform(struct judging *j);
