/* SPDX-License-Identifier: Apache-2.0 */
/* The rule table. Each rule is one function, in the order of the rules; the first that applies wins. */
#include "policy/rules.h"

#include "dns/proto.h"

/* Seconds: for what lists closed, and for what a guardian or the hour closed. */
enum { TTL_LIST = 60, TTL_PROFILE = 10 };

static bool answer(struct judging *j, enum policy_rule rule, bool exempt, int64_t until)
{
	struct verdict *r = j->verdict;
	r->action = ACTION_ANSWER;
	r->rule = (uint8_t)rule;
	r->exempt = exempt;
	r->transform = rule != RULE_LIFELINE;
	r->until = until;
	return true;
}

static bool block(struct verdict *r, enum policy_rule rule, enum policy_seen seen,
	unsigned category, int ede, unsigned form)
{
	r->action = ACTION_BLOCK;
	r->rule = (uint8_t)rule;
	r->seen = (uint8_t)seen;
	r->category = (uint8_t)category;
	r->ede = (int8_t)ede;
	r->form = (uint8_t)form;
	r->exempt = false;
	r->transform = false;
	r->ttl = rule == RULE_DENY || rule == RULE_PAUSE || rule == RULE_ALLOW_ONLY ? TTL_PROFILE
										    : TTL_LIST;
	return true;
}

/* What a profile chose is "filtered", what its operator chose for it "blocked". */
static int chosen_by(const struct policy_now *now, unsigned category)
{
	return cats_has(now->by_operator, category) ? DNS_EDE_BLOCKED : DNS_EDE_FILTERED;
}

/* Those of the n records at r that answer this type: a CNAME answers every type, else type alone.
 * None: NODATA, so that AAAA or HTTPS does not lead past a rewritten A. */
static void rewrite(
	struct judging *j, const struct policy *p, const struct policy_rewrite *r, unsigned n)
{
	struct verdict *ret = j->verdict;
	const struct policy_rewrite *first = r;
	unsigned count = 0;
	for (unsigned i = 0; i < n; i++) {
		if (r[i].type != DNS_CNAME && r[i].type != j->facts->qtype)
			continue;
		if (r[i].type == DNS_CNAME)
			count = 0;
		if (!count++)
			first = &r[i];
		if (r[i].type == DNS_CNAME)
			break;
	}
	ret->action = ACTION_REWRITE;
	ret->ede = DNS_EDE_FORGED;
	ret->rewrite = first;
	ret->nrewrite = count;
	ret->rdata = p->rdata;
	ret->ttl = first->ttl ? first->ttl : TTL_LIST;
	ret->exempt = true; /* the target is our choice: nobody's category closes it again */
	ret->transform = false;
}

static bool rewrite_found(struct judging *j, enum view_layer layer, unsigned owner, unsigned mode)
{
	const struct policy *p = j->v->layer[layer];
	const struct policy_facts *f = j->facts;
	unsigned n = 0;
	const struct policy_rewrite *r =
		policy_rewrite_find(p, f->hash, f->nhash, f->name->labels, owner, mode, &n);
	if (r)
		rewrite(j, p, r, n);
	return r != NULL;
}

/* In place of a block: the address or name that a closed category's list gives. */
static bool rewrite_category(struct judging *j, enum view_layer layer, struct cats hit)
{
	if (!j->v->layer[layer])
		return false;
	hit = cats_and(hit, j->v->own[layer].rewriting);
	while (cats_any(hit)) {
		unsigned id = cats_first(hit);
		if (rewrite_found(j, layer, j->v->own[layer].from_view[id], REWRITE_ANY)) {
			j->verdict->category = (uint8_t)id;
			return true;
		}
		hit = cats_minus(hit, cats_one(id));
	}
	return false;
}

/* 1. Help and what a device needs to work are answered, whatever the hour and the profile. */
static inline bool rule_lifeline(struct judging *j)
{
	struct cats hit = cats_and(j->facts->cats, cats_or(j->v->lifeline, j->v->infrastructure));
	if (likely(!cats_any(hit)))
		return false;
	j->verdict->category = (uint8_t)cats_first(hit);
	return answer(j, RULE_LIFELINE, true, INT64_MAX);
}

/* 2. The statutory release: nobody here can change it, and it says nothing about itself. */
static inline bool rule_statutory(struct judging *j)
{
	struct cats hit = j->facts->statutory;
	if (likely(!cats_any(hit)))
		return false;
	(void)block(j->verdict, RULE_STATUTORY, SEEN_QNAME, cats_first(hit), DNS_EDE_CENSORED,
		FORM_NXDOMAIN);
	(void)rewrite_category(j, LAYER_RELEASE, hit); /* the stop page */
	return true;
}

/* 3. Malware and phishing. */
static inline bool rule_security(struct judging *j)
{
	struct cats hit = cats_and(j->facts->cats, j->v->security);
	if (likely(!cats_any(hit)) || !j->now->security)
		return false;
	return block(j->verdict, RULE_SECURITY, SEEN_QNAME, cats_first(hit), DNS_EDE_BLOCKED,
		FORM_NXDOMAIN);
}

/* 4. Ways around the filter, where the profile asks. NXDOMAIN always: it is what turns a browser's
 * own DNS off (canaries). */
static inline bool rule_bypass(struct judging *j)
{
	struct cats hit = cats_and(j->facts->cats, cats_or(j->v->bypass, j->v->canary));
	if (likely(!cats_any(hit)) || !j->now->bypass_floor)
		return false;
	unsigned id = cats_first(hit);
	return block(j->verdict, RULE_BYPASS, SEEN_QNAME, id, chosen_by(j->now, id), FORM_NXDOMAIN);
}

/* 5. The guardian's deny, unless a strictly more specific name of theirs permits. */
static inline bool rule_deny(struct judging *j)
{
	const struct names_match *m = &j->names;
	if (likely(!m->deny) || m->allow > m->deny || m->grant > m->deny)
		return false;
	j->verdict->guardian_depth = m->deny;
	return block(j->verdict, RULE_DENY, SEEN_QNAME, CAT_NONE, DNS_EDE_FILTERED, j->now->form);
}

/* 6. "Yes, until 18:00": stronger than bedtime, and over at its second. */
static inline bool rule_grant(struct judging *j)
{
	const struct names_match *m = &j->names;
	if (likely(!m->grant) || m->grant <= m->deny)
		return false;
	j->verdict->guardian_depth = m->grant;
	return answer(j, RULE_GRANT, true, m->grant_until);
}

/* 7. Pause, bedtime, school time. */
static inline bool rule_pause(struct judging *j)
{
	if (likely(!j->now->pause))
		return false;
	j->verdict->pause = j->now->pause;
	j->verdict->until = j->now->pause_end;
	return block(j->verdict, RULE_PAUSE, SEEN_QNAME, CAT_NONE, DNS_EDE_FILTERED, j->now->form);
}

/* 8. The guardian's standing allow. */
static inline bool rule_allow(struct judging *j)
{
	const struct names_match *m = &j->names;
	if (likely(!m->allow) || m->allow <= m->deny)
		return false;
	j->verdict->guardian_depth = m->allow;
	return answer(j, RULE_ALLOW, true, j->now->edge);
}

/* 9. Small children: only what is on a list of good places. */
static inline bool rule_allow_only(struct judging *j)
{
	if (likely(!j->now->allow_only) || cats_meet(j->facts->cats, j->now->opened))
		return false;
	j->verdict->until = j->now->edge;
	return block(
		j->verdict, RULE_ALLOW_ONLY, SEEN_QNAME, CAT_NONE, DNS_EDE_FILTERED, j->now->form);
}

/* 10. What is closed for the profile now. */
static inline bool rule_closed(struct judging *j)
{
	struct cats hit = cats_and(j->facts->cats, j->now->closed);
	if (likely(!cats_any(hit)))
		return false;
	unsigned id = cats_first(hit);
	(void)block(j->verdict, RULE_CLOSED, SEEN_QNAME, id, chosen_by(j->now, id), j->now->form);
	j->verdict->until = j->now->edge;
	if (!rewrite_category(j, LAYER_OVERLAY, hit))
		(void)rewrite_category(j, LAYER_IMAGE, hit);
	return true;
}

/* 11. Nothing applies. */
static inline bool rule_open(struct judging *j)
{
	return answer(j, RULE_OPEN, false, j->now->edge);
}

judge_rule *const judge_rules[JUDGE_RULES] = {
	rule_lifeline,
	rule_statutory,
	rule_security,
	rule_bypass,
	rule_deny,
	rule_grant,
	rule_pause,
	rule_allow,
	rule_allow_only,
	rule_closed,
	rule_open,
};

static bool engine(struct judging *j, enum policy_engine_kind kind, unsigned mode)
{
	unsigned owner = POLICY_ENGINE + kind;
	if (mode == SAFE_OFF)
		return false;
	for (int layer = LAYER_OVERLAY; layer >= LAYER_IMAGE; layer--)
		if (j->v->layer[layer] &&
			(rewrite_found(j, (enum view_layer)layer, owner, mode) ||
				rewrite_found(j, (enum view_layer)layer, owner, REWRITE_ANY)))
			return true;
	return false;
}

/* Only what leads a client to an address: mail and the like to the same name stay as they are. */
static bool leads_to_address(uint16_t qtype)
{
	return qtype == DNS_A || qtype == DNS_AAAA || qtype == DNS_HTTPS || qtype == DNS_SVCB;
}

void judge_transform(struct judging *j)
{
	if (likely(!cats_meet(j->facts->cats, j->v->engines)) || !j->verdict->transform ||
		!leads_to_address(j->facts->qtype))
		return;
	if (!engine(j, ENGINE_SEARCH, j->now->safe_search))
		(void)engine(j, ENGINE_VIDEO, j->now->restricted_video);
}

void judge_begin(struct judging *j, const struct view *v, uint16_t profile,
	const struct policy_now *now, const struct policy_facts *facts, struct verdict *ret)
{
	j->v = v;
	j->now = now;
	j->facts = facts;
	j->verdict = ret;
	j->names = (struct names_match){ 0 };
	*ret = (struct verdict){ .category = CAT_NONE, .ede = DNS_EDE_NONE, .until = INT64_MAX };
	if (now->has_names)
		names_find(v->names, profile, now->names_present, facts->hash, facts->nhash,
			facts->name->labels, now->until, &j->names);
}

void policy_judge(const struct view *v, uint16_t profile, const struct policy_now *now,
	const struct policy_facts *facts, struct verdict *ret)
{
	struct judging j;
	judge_begin(&j, v, profile, now, facts, ret);
	(void)(rule_lifeline(&j) || rule_statutory(&j) || rule_security(&j) || rule_bypass(&j) ||
		rule_deny(&j) || rule_grant(&j) || rule_pause(&j) || rule_allow(&j) ||
		rule_allow_only(&j) || rule_closed(&j) || rule_open(&j));
	judge_transform(&j);
}

bool policy_judge_chain(const struct view *v, const struct policy_now *now, struct cats chain,
	struct cats addresses, struct cats statutory, struct verdict *verdict)
{
	struct cats both = cats_or(chain, addresses), hit = statutory;
	if (unlikely(cats_any(hit))) {
		verdict->until = INT64_MAX;
		return block(verdict, RULE_STATUTORY, SEEN_CHAIN, cats_first(hit), DNS_EDE_CENSORED,
			FORM_NXDOMAIN);
	}
	hit = cats_and(both, v->security);
	if (unlikely(cats_any(hit)) && now->security) {
		enum policy_seen seen = cats_meet(chain, v->security) ? SEEN_CHAIN : SEEN_ADDRESS;
		verdict->until = INT64_MAX;
		return block(verdict, RULE_SECURITY, seen, cats_first(hit), DNS_EDE_BLOCKED,
			FORM_NXDOMAIN);
	}
	hit = cats_and(chain, cats_or(v->bypass, v->canary));
	if (unlikely(cats_any(hit)) && now->bypass_floor) {
		unsigned id = cats_first(hit);
		verdict->until = INT64_MAX;
		return block(
			verdict, RULE_BYPASS, SEEN_CHAIN, id, chosen_by(now, id), FORM_NXDOMAIN);
	}
	hit = cats_and(both, now->closed);
	if (likely(!cats_any(hit)) || verdict->exempt)
		return false;
	enum policy_seen seen = cats_meet(chain, now->closed) ? SEEN_CHAIN : SEEN_ADDRESS;
	unsigned id = cats_first(hit);
	verdict->until = now->edge;
	return block(verdict, RULE_CLOSED, seen, id, chosen_by(now, id), now->form);
}

void policy_facts(
	const struct view *v, const struct dns_name *name, uint16_t qtype, struct policy_facts *ret)
{
	ret->name = name;
	ret->qtype = qtype;
	ret->nhash = name_hash_suffixes(v->key, name, ret->hash, v->depth);
	ret->cats = cats_none();
	ret->statutory = cats_none();
	struct cats *into[VIEW_LAYERS] = { &ret->cats, &ret->cats, &ret->statutory };
	for (int i = 0; i < VIEW_LAYERS; i++)
		if (v->layer[i])
			*into[i] = policy_lookup(
				v->layer[i], ret->hash, ret->nhash, name->labels, *into[i]);
}

void policy_chain_cats(const struct view *v, const struct dns_name *name, struct cats *cats,
	struct cats *statutory)
{
	struct policy_facts f;
	policy_facts(v, name, 0, &f);
	*cats = cats_minus(f.cats, cats_or(cats_or(v->lifeline, v->infrastructure), v->allow));
	*statutory = f.statutory;
}

uint32_t verdict_ttl(const struct verdict *v, uint32_t ttl, int64_t now, uint32_t jitter)
{
	enum { SPREAD = 60 };
	if (v->until == INT64_MAX)
		return ttl;
	if (now >= v->until)
		return 0;
	uint64_t left = (uint64_t)v->until - (uint64_t)now;
	uint64_t spread = MIN(left, (uint64_t)SPREAD);
	return (uint32_t)MIN((uint64_t)ttl, left - jitter % spread);
}
