/* SPDX-License-Identifier: Apache-2.0 */
/* A judgement for people, or as JSON. */
#include "cli/explain.h"
#include "cli/meta.h"

#include <arpa/inet.h>
#include <errno.h>

static const struct {
	const char *name;
	uint16_t type;
} types[] = {
	{ "A", DNS_A },
	{ "AAAA", DNS_AAAA },
	{ "HTTPS", DNS_HTTPS },
	{ "SVCB", DNS_SVCB },
	{ "MX", DNS_MX },
	{ "TXT", DNS_TXT },
	{ "NS", DNS_NS },
	{ "SOA", DNS_SOA },
	{ "CNAME", DNS_CNAME },
	{ "PTR", DNS_PTR },
	{ "SRV", DNS_SRV },
	{ "DS", DNS_DS },
	{ "DNSKEY", DNS_DNSKEY },
	{ "ANY", DNS_ANY },
};

bool explain_type(const char *s, uint16_t *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (!strcasecmp(s, types[i].name)) {
			*ret = types[i].type;
			return true;
		}
	if (strncasecmp(s, "TYPE", 4) != 0 || s[4] < '0' || s[4] > '9')
		return false;
	char *end;
	errno = 0;
	unsigned long n = strtoul(s + 4, &end, 10);
	*ret = (uint16_t)n;
	return !errno && !*end && n <= UINT16_MAX;
}

static const char *type_text(uint16_t type, char buf[16])
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].type == type)
			return types[i].name;
	(void)snprintf(buf, 16, "TYPE%u", type);
	return buf;
}

static const char *time_text(const struct view *v, int64_t t, char buf[48])
{
	int32_t offset = tz_offset(v->zone, t);
	struct civil c = civil_from_seconds(t + offset);
	unsigned minutes = (unsigned)(offset < 0 ? -offset : offset) / 60;
	(void)snprintf(buf, 48, "%04d-%02d-%02dT%02d:%02d:%02d%c%02u:%02u", c.year, c.month, c.day,
		c.hour, c.minute, c.second, offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
	return buf;
}

static const char *action_text(const struct verdict *r)
{
	return r->action == ACTION_ANSWER  ? "answer"
	       : r->action == ACTION_BLOCK ? "block"
					   : "rewrite";
}

static const char *form_text(unsigned form)
{
	return form == FORM_NODATA ? "no data"
	       : form == FORM_HELP ? "the help page's address"
				   : "NXDOMAIN";
}

/* What a rewritten name is answered with: a name, an address, or nothing of this type. */
static const char *target_text(const struct verdict *r, char buf[DNS_NAME_TEXT_MAX])
{
	struct dns_name n;
	const uint8_t *p = r->rdata + r->rewrite->at;
	if (!r->nrewrite)
		return "no data of this type";
	if (r->rewrite->type == DNS_CNAME && !dns_name_from_wire(p, r->rewrite->n, &n))
		(void)dns_name_text(&n, buf);
	else if (!inet_ntop(r->rewrite->n == 16 ? AF_INET6 : AF_INET, p, buf, DNS_NAME_TEXT_MAX))
		return "?";
	return buf;
}

static const char *sentence(const struct explain *e, char buf[512])
{
	buf[verdict_text(e->view, &e->verdict, buf, 511)] = 0;
	return buf;
}

/* Lists that feed one category, from the metadata of image and overlay. */
struct feeding {
	const char *category;
	struct json *json; /* NULL: text */
	unsigned n;
};

static void tell_list(void *ctx, const struct meta_list *l)
{
	struct feeding *f = ctx;
	if (strcmp(l->category, f->category) != 0)
		return;
	const char *name = *l->name ? l->name : *l->origin ? l->origin : l->path;
	f->n++;
	if (f->json) {
		json_begin_object(f->json, NULL);
		json_text(f->json, "name", name);
		json_text(f->json, "origin", *l->origin ? l->origin : NULL);
		json_text(f->json, "licence", *l->licence ? l->licence : NULL);
		json_text(f->json, "attribution", *l->attribution ? l->attribution : NULL);
		json_text(f->json, "date", *l->date ? l->date : NULL);
		json_end(f->json);
	} else if (f->n <= 8) {
		printf("      from %s%s%s%s%s\n", name, *l->date ? ", " : "", l->date,
			*l->licence ? ", " : "", l->licence);
	}
}

static void tell_lists(const struct view *v, unsigned category, struct json *json)
{
	struct feeding f = { v->cats[category].name, json, 0 };
	for (int i = 0; i < VIEW_LAYERS; i++)
		if (v->layer[i])
			(void)meta_lists(v->layer[i]->meta, tell_list, &f);
	if (!json && f.n > 8)
		printf("      and %u more\n", f.n - 8);
}

static void print_verdict(const struct explain *e)
{
	const struct verdict *r = &e->verdict;
	char target[DNS_NAME_TEXT_MAX], say[512], time[48];
	if (r->action == ACTION_ANSWER)
		printf("Answered by rule %u, %s.\n", r->rule, policy_rule_text(r->rule));
	else if (r->action == ACTION_REWRITE)
		printf("Answered otherwise: %s (EDE %d, %u s); rule %u, %s.\n",
			target_text(r, target), r->ede, r->ttl, r->rule, policy_rule_text(r->rule));
	else
		printf("Closed by rule %u, %s: %s (EDE %d, %u s).\n", r->rule,
			policy_rule_text(r->rule), form_text(r->form), r->ede, r->ttl);
	if (*sentence(e, say))
		printf("The client is told: %s\n", say);
	if (r->until != INT64_MAX)
		printf("This holds until %s.\n", time_text(e->view, r->until, time));
}

void explain_text(const struct explain *e)
{
	const struct view *v = e->view;
	char type[16], time[48], name[DNS_NAME_TEXT_MAX];
	(void)dns_name_text(&e->qname, name);
	printf("%s, %s, for %s at %s\n\n", name, type_text(e->qtype, type),
		v->household->profiles[e->number].name, time_text(v, e->now, time));
	for (unsigned i = 0; i < e->trace.n; i++) {
		const struct trace_step *s = &e->trace.step[i];
		char number[4] = "  +";
		if (s->rule <= RULE_OPEN)
			(void)snprintf(number, sizeof number, "%3u", s->rule);
		printf("%s  %-24s  %-3s  %s\n", number, policy_rule_text(s->rule),
			s->applied ? "YES" : "no", s->text);
	}
	putchar('\n');
	print_verdict(e);
	struct cats c = cats_or(e->facts.cats, e->facts.statutory);
	printf("\nCategories of the name:%s\n", cats_any(c) ? "" : " none");
	for (unsigned i = 0; i < v->ncats; i++)
		if (cats_has(c, i)) {
			printf("  %s (%s)%s\n", v->cats[i].name, view_label(v, i),
				cats_has(e->state.closed, i) ? ", closed for the profile now" : "");
			tell_lists(v, i, NULL);
		}
}

static void json_until(struct json *j, const struct explain *e)
{
	char time[48];
	bool ends = e->verdict.until != INT64_MAX;
	if (ends)
		json_int(j, "until", e->verdict.until);
	else
		json_text(j, "until", NULL);
	json_text(j, "until_local", ends ? time_text(e->view, e->verdict.until, time) : NULL);
}

static void json_verdict(struct json *j, const struct explain *e)
{
	const struct verdict *r = &e->verdict;
	char target[DNS_NAME_TEXT_MAX], say[512];
	json_text(j, "action", action_text(r));
	json_int(j, "rule", r->rule);
	json_text(j, "rule_name", policy_rule_text(r->rule));
	json_text(j, "category", r->category == CAT_NONE ? NULL : e->view->cats[r->category].name);
	if (r->ede == DNS_EDE_NONE)
		json_text(j, "ede", NULL);
	else
		json_int(j, "ede", r->ede);
	if (r->action == ACTION_ANSWER)
		json_text(j, "ttl", NULL);
	else
		json_int(j, "ttl", verdict_ttl(r, r->ttl, e->now, 0));
	json_text(j, "form", r->action == ACTION_BLOCK ? form_text(r->form) : NULL);
	json_text(j, "target", r->action == ACTION_REWRITE ? target_text(r, target) : NULL);
	json_text(j, "text", *sentence(e, say) ? say : NULL);
	json_until(j, e);
}

void explain_json(const struct explain *e)
{
	const struct view *v = e->view;
	struct json j;
	char type[16], time[48], name[DNS_NAME_TEXT_MAX];
	(void)dns_name_text(&e->qname, name);
	json_open(&j, stdout, true);
	json_begin_object(&j, NULL);
	json_text(&j, "name", name);
	json_text(&j, "type", type_text(e->qtype, type));
	json_text(&j, "profile", v->household->profiles[e->number].name);
	json_int(&j, "at", e->now);
	json_text(&j, "at_local", time_text(v, e->now, time));
	json_verdict(&j, e);
	json_begin_array(&j, "categories");
	for (unsigned i = 0; i < v->ncats; i++)
		if (cats_has(cats_or(e->facts.cats, e->facts.statutory), i)) {
			json_begin_object(&j, NULL);
			json_text(&j, "name", v->cats[i].name);
			json_text(&j, "label", view_label(v, i));
			json_bool(&j, "closed", cats_has(e->state.closed, i));
			json_begin_array(&j, "lists");
			tell_lists(v, i, &j);
			json_end(&j);
			json_end(&j);
		}
	json_end(&j);
	json_begin_array(&j, "trace");
	for (unsigned i = 0; i < e->trace.n; i++) {
		json_begin_object(&j, NULL);
		json_int(&j, "rule", e->trace.step[i].rule);
		json_text(&j, "name", policy_rule_text(e->trace.step[i].rule));
		json_bool(&j, "applied", e->trace.step[i].applied);
		json_text(&j, "text", e->trace.step[i].text);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	json_close(&j);
}
