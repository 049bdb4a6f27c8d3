/* SPDX-License-Identifier: Apache-2.0 */
/* What a block says of itself, in EDE text: what, why, and how to ask. Short, since over UDP the text
 * is what is dropped first. */
#include "policy/judge.h"

#include "dns/proto.h"

enum sentence {
	SAY_STATUTORY,
	SAY_SECURITY,
	SAY_BYPASS,
	SAY_DENY,
	SAY_PAUSE,
	SAY_PAUSE_UNTIL,
	SAY_BEDTIME,
	SAY_SCHOOL,
	SAY_ALLOW_ONLY,
	SAY_CLOSED,
	SAY_CLOSED_BY_OPERATOR,
	SAY_ASK,
	SENTENCES,
};

enum language { ENGLISH, FRENCH, ARABIC, LANGUAGES };

/* {c}: the category's label; {t}: when it ends; {h}: how to ask. */
static const char *const sentences[SENTENCES][LANGUAGES] = {
	[SAY_STATUTORY] = {
		"Blocked by order of the competent authority, to which you can appeal.",
		"Bloqué sur ordre de l'autorité compétente, auprès de laquelle un recours est possible.",
		"محجوب بأمر من السلطة المختصة، ويمكن التظلم لديها.",
	},
	[SAY_SECURITY] = {
		"Blocked for safety: {c}.",
		"Bloqué par sécurité : {c}.",
		"محجوب حفاظا على السلامة: {c}.",
	},
	[SAY_BYPASS] = {
		"Closed: it would go around the protection ({c}).",
		"Fermé : contourne la protection ({c}).",
		"مغلق لأنه يتجاوز الحماية ({c}).",
	},
	[SAY_DENY] = {
		"Closed by your family.",
		"Fermé par ta famille.",
		"مغلق باختيار أسرتك.",
	},
	[SAY_PAUSE] = {
		"The Internet is paused.",
		"Internet est en pause.",
		"الإنترنت متوقف مؤقتا.",
	},
	[SAY_PAUSE_UNTIL] = {
		"The Internet is paused until {t}.",
		"Internet est en pause jusqu'à {t}.",
		"الإنترنت متوقف مؤقتا حتى {t}.",
	},
	[SAY_BEDTIME] = {
		"Closed until {t} (bedtime).",
		"Fermé jusqu'à {t} (heure du coucher).",
		"مغلق حتى {t} (وقت النوم).",
	},
	[SAY_SCHOOL] = {
		"Closed until {t} (school time).",
		"Fermé jusqu'à {t} (temps scolaire).",
		"مغلق حتى {t} (وقت الدراسة).",
	},
	[SAY_ALLOW_ONLY] = {
		"Not on your list of sites.",
		"Pas dans ta liste de sites.",
		"ليس ضمن قائمة مواقعك.",
	},
	[SAY_CLOSED] = {
		"Closed for you: {c}.",
		"Fermé pour toi : {c}.",
		"مغلق بالنسبة لك: {c}.",
	},
	[SAY_CLOSED_BY_OPERATOR] = {
		"Closed on this network: {c}.",
		"Fermé sur ce réseau : {c}.",
		"مغلق على هذه الشبكة: {c}.",
	},
	[SAY_ASK] = {
		" Ask: {h}",
		" Demander : {h}",
		" للطلب: {h}",
	},
};

static enum language language_of(const struct household *h)
{
	if (h->language && !strcmp(h->language, "fr"))
		return FRENCH;
	return h->language && !strcmp(h->language, "ar") ? ARABIC : ENGLISH;
}

const char *view_label(const struct view *v, unsigned category)
{
	return category < v->ncats ? v->labels[category] : "?";
}

static enum sentence sentence_of(const struct verdict *r)
{
	static const enum sentence by_rule[] = {
		[RULE_STATUTORY] = SAY_STATUTORY,
		[RULE_SECURITY] = SAY_SECURITY,
		[RULE_BYPASS] = SAY_BYPASS,
		[RULE_DENY] = SAY_DENY,
		[RULE_ALLOW_ONLY] = SAY_ALLOW_ONLY,
	};
	if (r->rule == RULE_PAUSE && r->until == INT64_MAX)
		return SAY_PAUSE;
	if (r->rule == RULE_PAUSE)
		return r->pause == PAUSE_BEDTIME  ? SAY_BEDTIME
		       : r->pause == PAUSE_SCHOOL ? SAY_SCHOOL
						  : SAY_PAUSE_UNTIL;
	if (r->rule == RULE_CLOSED)
		return r->ede == DNS_EDE_BLOCKED ? SAY_CLOSED_BY_OPERATOR : SAY_CLOSED;
	return by_rule[r->rule];
}

static char *two(char *p, int n)
{
	*p++ = (char)('0' + n / 10 % 10);
	*p++ = (char)('0' + n % 10);
	return p;
}

/* "07:00"; a pause may last for days and says its date as well. */
static void say_time(const struct view *v, const struct verdict *r, char buf[24])
{
	struct civil c = civil_from_seconds(r->until + tz_offset(v->zone, r->until));
	char *p = buf;
	if (r->pause == PAUSE_PAUSE) {
		p = two(two(p, c.year / 100), c.year % 100);
		*p++ = '-';
		p = two(p, c.month);
		*p++ = '-';
		p = two(p, c.day);
		*p++ = ' ';
	}
	p = two(p, c.hour);
	*p++ = ':';
	*two(p, c.minute) = 0;
}

struct out {
	char *p;
	size_t n, cap;
	bool full;
};

static void put(struct out *o, const char *s, size_t n)
{
	o->full |= n > o->cap - o->n;
	if (o->full)
		return;
	memcpy(o->p + o->n, s, n);
	o->n += n;
}

/* One sentence, whole or not at all. */
static void say(
	struct out *o, const char *form, const char *label, const char *time, const char *help)
{
	size_t before = o->n;
	while (*form && !o->full) {
		size_t n = strcspn(form, "{");
		put(o, form, n);
		form += n;
		if (!*form)
			break;
		const char *what = form[1] == 'c' ? label : form[1] == 't' ? time : help;
		put(o, what, strlen(what));
		form += 3;
	}
	if (o->full)
		o->n = before;
}

size_t verdict_text(const struct view *v, const struct verdict *r, char *buf, size_t cap)
{
	enum language l = language_of(v->household);
	const char *help = v->household->help_text;
	struct out o = { buf, 0, cap, false };
	char time[24] = "";
	if (r->action == ACTION_ANSWER ||
		(r->action == ACTION_REWRITE && !verdict_replaces_block(r)))
		return 0;
	if (r->until != INT64_MAX)
		say_time(v, r, time);
	say(&o, sentences[sentence_of(r)][l], view_label(v, r->category), time, "");
	if (help && *help && r->rule != RULE_STATUTORY)
		say(&o, sentences[SAY_ASK][l], "", "", help);
	return o.n;
}
