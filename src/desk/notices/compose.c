/* SPDX-License-Identifier: Apache-2.0 */
/* The letter in its language: the template, and the basis in words that claim no more than the tables know. */
#include "desk/notices/letter.h"

#include "desk/config.h"

#include <errno.h>

/* "verified (...)" and nothing that takes part of it back: "rest from knowledge", "confirm current law", "in part". */
bool offence_certain(const struct desk_offence *o)
{
	static const char *const but[] = { "knowledge", "confirm", " part", ";" };
	if (!o->basis || strncmp(o->basis, "verified", 8) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(but); i++)
		if (strstr(o->basis, but[i]))
			return false;
	return true;
}

bool offence_for_notice(const struct desk_offence *o)
{
	return !strncmp(o->status, "crime", 5);
}

/* Numbers of articles only: "448-1 to 448-14 (law 27-14)" is "448-1 – 448-14". NULL: there is more than numbers in it. */
static const char *articles(struct arena *a, const char *s)
{
	char *to = s ? arena_alloc(a, 3 * strlen(s) + 1) : NULL;
	size_t n = 0;
	while (to && *s) {
		if (*s == '(' && n && to[n - 1] == ' ') {
			s += strcspn(s, ")");
			s += *s == ')';
			while (n && to[n - 1] == ' ')
				n--;
		} else if (!strncmp(s, " to ", 4)) {
			memcpy(to + n, " \xe2\x80\x93 ", 5);
			n += 5;
			s += 4;
		} else if (strchr("0123456789-;, ()abcdef", *s)) {
			to[n++] = *s++;
		} else {
			return NULL;
		}
	}
	while (n && to[n - 1] == ' ')
		n--;
	if (to)
		to[n] = 0;
	return n ? to : NULL;
}

static const char *line(struct arena *a, enum lang l, const char *before, const char *msgid, const char *value)
{
	const char *const args[] = { value, NULL };
	const char *s = text_fill(a, l, msgid, args);
	s = arena_printf(a, "%s%s%s", before, *before ? "\n" : "", s);
	return s ? s : before;
}

static const char *law_words(struct arena *a, enum lang l, const char *own, const struct desk_offence *o)
{
	const char *s = "", *code = articles(a, o->penal_code);
	if (own && *own)
		s = line(a, l, s, N_("This desk works on this basis: {0}"), own);
	s = line(a, l, s, N_("The report was filed under: {0}."), o->name[l]);
	if (strcmp(o->status, "crime") != 0)
		s = line(a, l, s, N_("Whether this is an offence here by itself has still to be confirmed."), NULL);
	if (code && offence_certain(o))
		s = line(a, l, s, N_("Penal Code of our country, articles {0}."), code);
	else if (code)
		s = line(a, l, s, N_("As far as we know, these articles of our country’s Penal Code may apply: {0}. This was not confirmed by a lawyer."), code);
	if (articles(a, o->lanzarote))
		s = line(a, l, s, N_("Compare the Council of Europe’s Lanzarote Convention, articles {0}."), articles(a, o->lanzarote));
	return s;
}

int letter_compose(struct desk *d, struct arena *a, const uint8_t id[SEAL_ID], const char *own_law, int64_t deadline,
	struct notice_letter *l)
{
	enum lang lang;
	const struct desk_offence *o = case_offence(d->data, l->offence);
	if (!lang_parse(l->language, strlen(l->language), &lang) || !o)
		return -EINVAL;
	const struct notice_template *t = &d->data->notice[l->kind][lang];
	const char *contact = d->config->contact && *d->config->contact ? d->config->contact : d->config->name;
	l->law = law_words(a, lang, own_law, o);
	l->template = arena_printf(a, "%s-%s-%u", recipient_kind_name(l->kind), l->language, t->version);
	const char *const value[PLACE_COUNT] = { [PLACE_ADDRESS] = l->addresses, [PLACE_DESK] = d->config->name,
		[PLACE_REFERENCE] = notice_reference(a, id), [PLACE_LAW] = l->law,
		[PLACE_DEADLINE] = text_date(a, lang, d->zone, deadline, TEXT_DAY_TIME), [PLACE_CONTACT] = contact };
	int err = l->template ? notice_template_fill(a, t->subject, value, &l->subject) : -ENOMEM;
	return err ? err : notice_template_fill(a, t->body, value, &l->body);
}
