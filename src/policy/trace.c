/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement, told. Runs the judge's own rules one by one, so it cannot come to another verdict. */
#include "policy/rules.h"

#include "dns/proto.h"

#include <stdarg.h>

enum { TIME_TEXT = 24, CATS_TEXT = 120 };

static void tell(struct trace_step *s, const char *format, ...) printf_like(2, 3);

static void tell(struct trace_step *s, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(s->text, sizeof s->text, format, ap);
	va_end(ap);
}

static const char *time_text(const struct view *v, int64_t t, char buf[TIME_TEXT])
{
	if (t == INT64_MAX)
		return "further notice";
	struct civil c = civil_from_seconds(t + tz_offset(v->zone, t));
	(void)snprintf(buf, TIME_TEXT, "%04u-%02u-%02u %02u:%02u", (unsigned)c.year % 10000u,
		(unsigned)c.month % 100u, (unsigned)c.day % 100u, (unsigned)c.hour % 100u,
		(unsigned)c.minute % 100u);
	return buf;
}

/* "adult, games"; what does not fit ends in dots. */
static const char *cats_text(const struct view *v, struct cats c, char buf[CATS_TEXT])
{
	size_t at = 0;
	buf[0] = 0;
	while (cats_any(c)) {
		unsigned id = cats_first(c);
		c = cats_minus(c, cats_one(id));
		int n = snprintf(
			buf + at, CATS_TEXT - at, "%s%s", at ? ", " : "", v->cats[id].name);
		if (n < 0 || at + (size_t)n >= CATS_TEXT - 4) {
			(void)snprintf(buf + CATS_TEXT - 4, 4, "...");
			break;
		}
		at += (size_t)n;
	}
	return buf;
}

/* The guardian's own name: the last `depth` labels of what was asked. */
static const char *name_text(const struct judging *j, unsigned depth, char buf[DNS_NAME_TEXT_MAX])
{
	const struct dns_name *n = j->facts->name;
	struct dns_name parent;
	dns_name_parent(n, n->labels > depth ? n->labels - depth : 0, &parent);
	(void)dns_name_text(&parent, buf);
	return buf;
}

static void tell_lifeline(const struct judging *j, struct trace_step *s)
{
	char c[CATS_TEXT];
	struct cats always = cats_or(j->v->lifeline, j->v->infrastructure);
	if (s->applied)
		tell(s, "always answered, at any hour: %s",
			cats_text(j->v, cats_and(j->facts->cats, always), c));
	else
		tell(s, "neither a lifeline nor infrastructure");
}

static void tell_statutory(const struct judging *j, struct trace_step *s)
{
	tell(s, "%s",
		s->applied                   ? "in the statutory release"
		: j->v->layer[LAYER_RELEASE] ? "not in the statutory release"
					     : "no statutory release here");
}

static void tell_security(const struct judging *j, struct trace_step *s)
{
	char c[CATS_TEXT];
	struct cats hit = cats_and(j->facts->cats, j->v->security);
	if (!cats_any(hit))
		tell(s, "not listed as dangerous");
	else
		tell(s, "listed under %s%s", cats_text(j->v, hit, c),
			s->applied ? "" : ", but the profile has no security floor");
}

static void tell_bypass(const struct judging *j, struct trace_step *s)
{
	char c[CATS_TEXT];
	struct cats hit = cats_and(j->facts->cats, cats_or(j->v->bypass, j->v->canary));
	if (!cats_any(hit))
		tell(s, "no way around the filter");
	else
		tell(s, "a way around the filter: %s%s", cats_text(j->v, hit, c),
			s->applied ? "" : "; the profile leaves these open");
}

static void tell_deny(const struct judging *j, struct trace_step *s)
{
	char a[DNS_NAME_TEXT_MAX], b[DNS_NAME_TEXT_MAX];
	unsigned deny = j->names.deny, over = MAX(j->names.allow, j->names.grant);
	if (!deny)
		tell(s, "the guardian denies no such name");
	else if (s->applied)
		tell(s, "the guardian denies %.150s", name_text(j, deny, a));
	else
		tell(s, "the guardian denies %.70s, but permits the more specific %.70s",
			name_text(j, deny, a), name_text(j, over, b));
}

static void tell_grant(const struct judging *j, struct trace_step *s)
{
	char a[DNS_NAME_TEXT_MAX], t[TIME_TEXT];
	if (!j->names.grant)
		tell(s, "no live grant");
	else
		tell(s, "the guardian grants %.110s until %s%s", name_text(j, j->names.grant, a),
			time_text(j->v, j->names.grant_until, t),
			s->applied ? "" : ", but denies a more specific name");
}

static void tell_pause(const struct judging *j, struct trace_step *s)
{
	static const char *const word[] = { "", "paused", "bedtime", "school time" };
	char t[TIME_TEXT];
	if (s->applied)
		tell(s, "%s until %s", word[j->now->pause], time_text(j->v, j->now->pause_end, t));
	else
		tell(s, "no pause, bedtime or school time now");
}

static void tell_allow(const struct judging *j, struct trace_step *s)
{
	char a[DNS_NAME_TEXT_MAX];
	if (!j->names.allow)
		tell(s, "the guardian allows no such name");
	else
		tell(s, "the guardian allows %.120s%s", name_text(j, j->names.allow, a),
			s->applied ? "" : ", but denies a more specific name");
}

static void tell_allow_only(const struct judging *j, struct trace_step *s)
{
	char c[CATS_TEXT];
	if (s->applied)
		tell(s, "the profile has only its list of good places, and this is not on it");
	else if (!j->now->allow_only)
		tell(s, "the profile is not limited to a list");
	else
		tell(s, "on the profile's list of good places: %s",
			cats_text(j->v, cats_and(j->facts->cats, j->now->opened), c));
}

static void tell_closed(const struct judging *j, struct trace_step *s)
{
	char c[CATS_TEXT];
	struct cats hit = cats_and(j->facts->cats, j->now->closed);
	if (s->applied)
		tell(s, "closed for the profile now: %s%s", cats_text(j->v, hit, c),
			j->verdict->action == ACTION_REWRITE
				? "; its list gives another answer instead"
				: "");
	else if (cats_any(j->facts->cats))
		tell(s, "listed under %s: not closed now", cats_text(j->v, j->facts->cats, c));
	else
		tell(s, "in no category");
}

static void tell_open(const struct judging *j, struct trace_step *s)
{
	tell(s, "no rule closes it");
}

typedef void teller(const struct judging *j, struct trace_step *s);
static teller *const tellers[JUDGE_RULES] = {
	tell_lifeline,
	tell_statutory,
	tell_security,
	tell_bypass,
	tell_deny,
	tell_grant,
	tell_pause,
	tell_allow,
	tell_allow_only,
	tell_closed,
	tell_open,
};

static void tell_rewrite(const struct verdict *r, struct trace_step *s)
{
	char text[DNS_NAME_TEXT_MAX];
	struct dns_name n;
	if (!r->nrewrite)
		tell(s, "a safe mode is asked for: no data of this type");
	else if (r->rewrite->type == DNS_CNAME &&
		 !dns_name_from_wire(r->rdata + r->rewrite->at, r->rewrite->n, &n)) {
		(void)dns_name_text(&n, text);
		tell(s, "a safe mode is asked for: answered as %.150s", text);
	} else {
		tell(s, "a safe mode is asked for: answered with its address");
	}
}

static void tell_transform(const struct judging *j, struct trace_step *s)
{
	s->rule = TRACE_TRANSFORM;
	s->applied = j->verdict->action == ACTION_REWRITE;
	if (s->applied)
		tell_rewrite(j->verdict, s);
	else if (!cats_meet(j->facts->cats, j->v->engines))
		tell(s, "no search engine or video service");
	else if (!j->now->safe_search && !j->now->restricted_video)
		tell(s, "a search engine or video service: the profile asks for no safe mode");
	else
		tell(s, "a search engine or video service: no safe mode for this name and type");
}

void policy_trace(const struct view *v, uint16_t profile, const struct policy_now *now,
	const struct policy_facts *facts, struct verdict *ret, struct trace *trace)
{
	struct judging j;
	bool applied = false;
	judge_begin(&j, v, profile, now, facts, ret);
	*trace = (struct trace){ 0 };
	for (unsigned i = 0; i < JUDGE_RULES && !applied; i++) {
		struct trace_step *s = &trace->step[trace->n++];
		applied = judge_rules[i](&j);
		s->rule = (uint8_t)(i + 1);
		s->applied = applied;
		tellers[i](&j, s);
	}
	bool looked = ret->transform;
	judge_transform(&j);
	if (looked)
		tell_transform(&j, &trace->step[trace->n++]);
}

const char *policy_rule_text(unsigned rule)
{
	static const char *const text[] = {
		[RULE_LIFELINE] = "lifeline, infrastructure",
		[RULE_STATUTORY] = "statutory release",
		[RULE_SECURITY] = "security floor",
		[RULE_BYPASS] = "bypass floor",
		[RULE_DENY] = "guardian's deny",
		[RULE_GRANT] = "guardian's grant",
		[RULE_PAUSE] = "pause, bedtime, school",
		[RULE_ALLOW] = "guardian's allow",
		[RULE_ALLOW_ONLY] = "allow-list only",
		[RULE_CLOSED] = "closed categories",
		[RULE_OPEN] = "nothing applies",
		[TRACE_TRANSFORM] = "safe search, video",
	};
	return rule >= 1 && rule < ARRAY_LEN(text) ? text[rule] : "?";
}
