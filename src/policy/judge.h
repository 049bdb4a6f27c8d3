/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The judgement: docs and rule numbers as in ARCHITECTURE.md, "How a name is judged". Pure: no clock,
 * no allocation, cannot fail. The guard, `hisn explain`, the help page and the tests all call these. */

#include "policy/view.h"

enum policy_rule {
	RULE_LIFELINE = 1,
	RULE_STATUTORY = 2,
	RULE_SECURITY = 3,
	RULE_BYPASS = 4,
	RULE_DENY = 5,
	RULE_GRANT = 6,
	RULE_PAUSE = 7,
	RULE_ALLOW = 8,
	RULE_ALLOW_ONLY = 9,
	RULE_CLOSED = 10,
	RULE_OPEN = 11,
};

enum policy_action { ACTION_ANSWER, ACTION_BLOCK, ACTION_REWRITE };
enum policy_seen { SEEN_QNAME, SEEN_CHAIN, SEEN_ADDRESS };

struct verdict {
	uint8_t action;  /* enum policy_action */
	uint8_t rule;    /* enum policy_rule */
	uint8_t seen;    /* what decided: enum policy_seen */
	uint8_t form;    /* of a block: enum block_form */
	uint8_t pause;   /* rule 7: enum policy_pause */
	uint8_t category; /* that decided (rules 1-4, 10); CAT_NONE */
	int8_t ede;      /* enum dns_ede for a block or rewrite (4, forged); -1 */
	bool exempt;     /* permitted by name (1, 6, 8): the chain is free from rules 9 and 10 */
	bool transform;  /* an ACTION_ANSWER that stage 2 looked at (rules 6, 8, 11; never 1) */
	uint8_t guardian_depth; /* rules 5, 6, 8: labels of the guardian's name that decided */
	int64_t until;   /* nothing answered by this verdict may be used from this second on */
	uint32_t ttl;    /* of a block or rewrite, before clamping to `until` */
	/* ACTION_REWRITE: the nrewrite records to answer this type with, data in rdata (a CNAME stands
	 * alone and answers every type); none: NODATA. `rewrite` is never NULL then. Rule 10 or 2: in
	 * place of a block; any other rule: safe search or restricted video. The target of a CNAME is
	 * resolved and its chain judged as an answer's; `exempt` is set, as the target is our choice. */
	const struct policy_rewrite *rewrite;
	unsigned nrewrite;
	const uint8_t *rdata;
};

static inline bool verdict_replaces_block(const struct verdict *v)
{
	return v->action == ACTION_REWRITE && (v->rule == RULE_CLOSED || v->rule == RULE_STATUTORY);
}

/* What is known of a name: its hashes and its categories. Fill with policy_facts, or step by step
 * as the guard does for a batch. */
struct policy_facts {
	const struct dns_name *name;
	uint16_t qtype;
	unsigned nhash;                     /* min(labels, view depth) */
	struct name_hash hash[POLICY_MAX_DEPTH];
	struct cats cats;                   /* image, then overlay */
	struct cats statutory;              /* release */
};
void policy_facts(const struct view *v, const struct dns_name *name, uint16_t qtype,
	struct policy_facts *ret);

/* Rules 1 to 11 for the QNAME, then stage 2. This comes before any query leaves. */
void policy_judge(const struct view *v, uint16_t profile, const struct policy_now *now,
	const struct policy_facts *facts, struct verdict *ret);

/* Rules 2, 3, 4 and 10 for what an answer led to, given the QNAME's verdict (an ACTION_ANSWER) and
 * the categories of chain names and addresses. True: blocked, and *verdict says why. */
bool policy_judge_chain(const struct view *v, const struct policy_now *now, struct cats chain,
	struct cats addresses, struct cats statutory, struct verdict *verdict);

/* Categories of one chain name, and (rule 2) of the release. Lifeline, infrastructure and allow
 * categories are left out: a CNAME to a lifeline confers nothing. */
void policy_chain_cats(const struct view *v, const struct dns_name *name, struct cats *cats,
	struct cats *statutory);
struct cats policy_address_cats(const struct view *v, const uint8_t *address, size_t n);

/* TTL for an answer: at most `ttl`, and never past the verdict's end. `jitter` (any number) spreads
 * a provider's clients over the last minute before an edge, so that they do not all ask again in
 * the same second. 1 at least while now < until. */
uint32_t verdict_ttl(const struct verdict *v, uint32_t ttl, int64_t now, uint32_t jitter);

/* One step a rule, in order, up to the one that applied, and one for stage 2 (TRACE_TRANSFORM) where
 * it looked at the answer. English, for people and for `--json`: what was looked at, and what came
 * of it. */
enum { TRACE_TRANSFORM = RULE_OPEN + 1 };
struct trace_step {
	uint8_t rule;    /* enum policy_rule, or TRACE_TRANSFORM */
	bool applied;
	char text[200];
};
struct trace {
	unsigned n;
	struct trace_step step[16];
};
/* policy_judge again, told step by step: the same functions, the same verdict. */
void policy_trace(const struct view *v, uint16_t profile, const struct policy_now *now,
	const struct policy_facts *facts, struct verdict *ret, struct trace *trace);

/* "lifeline", "bedtime, pause, school time"…: what a rule is called. */
const char *policy_rule_text(unsigned rule);

/* A sentence for the child or the guardian in EDE text, in the household's language: what, why and
 * how to ask. Of a statutory block only the authority and the appeal. Whole sentences: what does not
 * fit in `cap` is left out. 0 for an answer and for safe search. Returns bytes written (UTF-8, no
 * NUL); 240 are always enough but for very long labels. */
size_t verdict_text(const struct view *v, const struct verdict *verdict, char *buf, size_t cap);
