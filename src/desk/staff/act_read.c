/* SPDX-License-Identifier: Apache-2.0 */
/* An action as it was typed. */
#include "desk/staff/act.h"

#include "base/clock.h"
#include "desk/staff/case.h"

#include <errno.h>
#include <stdlib.h>

enum { DAY = 86400 };

const char *act_field(struct web_request *r, const char *name)
{
	const char *value = web_field(r, name);
	return value ? value : "";
}

/* What a supervisor answers before a unit learns of a child: the child's best interests come first (Convention on the
 * Rights of the Child, article 3). */
const struct act_asked act_questions[ACT_QUESTIONS] = {
	{ "necessity", N_("Is it necessary that this unit learns of it?"), N_("What can the unit do for the child that the desk cannot?") },
	{ "risk", N_("What could go wrong if this unit is told?"), N_("Does somebody there know the child, the family or the suspect?") },
	{ "view", N_("What does the child want, as far as is known?"), N_("“Not known” is an answer; say why nobody could ask.") },
	{ "others", N_("Who else could be harmed by it?"), N_("Brothers and sisters, a friend who is a minor too, the reporter.") },
	{ "alternatives", N_("Is there a gentler way?"), N_("Another unit, a helpline, a question to the reporter first.") },
};

/* Question and answer, one below the other. -EINVAL: one has no answer. */
static int questions_read(struct web_request *r, struct act *act)
{
	const char *out = "";
	for (size_t i = 0; i < ACT_QUESTIONS && out; i++) {
		const char *answer = act_field(r, act_questions[i].name);
		if (!*answer)
			return -EINVAL;
		out = arena_printf(web_arena(r), "%s%s%s\n%s", out, *out ? "\n\n" : "", text(web_lang(r), act_questions[i].label), answer);
	}
	act->text = out;
	return out ? 0 : -ENOMEM;
}

/* Digits only. */
static bool number(const char *s, unsigned long *ret)
{
	if (!*s || strspn(s, "0123456789") != strlen(s) || strlen(s) > 10)
		return false;
	*ret = strtoul(s, NULL, 10);
	return true;
}

/* "MA-CAS:12" */
static int whom_read(struct web_request *r, struct act *act)
{
	unsigned long member;
	const char *whom = act_field(r, "whom"), *colon = strchr(whom, ':');
	if (!colon || !number(colon + 1, &member))
		return -EINVAL;
	act->unit = arena_text(web_arena(r), whom, (size_t)(colon - whom));
	act->member = (uint32_t)member;
	return act->unit ? 0 : -ENOMEM;
}

/* The number of the main report, whole or its beginning, as work_search understands it. */
static int main_read(struct web_request *r, struct act *act)
{
	struct work_row *row = NULL;
	size_t n = 0;
	const struct actor who = staff_actor(staff_of(r));
	const char *typed = act_field(r, "main");
	int err = *typed ? work_search(DESK(r), web_arena(r), &who, typed, &row, &n) : -EINVAL;
	if (err || n != 1)
		return err ? err : -EINVAL;
	act->about = row[0].id;
	return 0;
}

static int about_read(struct web_request *r, struct act *act)
{
	const char *about = web_field(r, "about");
	uint8_t *id = arena_alloc(web_arena(r), SEAL_ID);
	if (!id)
		return -ENOMEM;
	if (about && !staff_id(about, id))
		return -EINVAL;
	act->about = about ? id : NULL;
	return 0;
}

int act_read(struct web_request *r, const struct act_form *f, struct act *act)
{
	unsigned long v = 0;
	const char *version = act_field(r, "version");
	if (!*version || strspn(version, "0123456789") != strlen(version))
		return -EINVAL;
	act->version = strtoull(version, NULL, 10);
	act->text = web_field(r, "text");
	act->names_seen = *act_field(r, "names_seen") != 0;
	act->offence = *act_field(r, "offence") ? act_field(r, "offence") : NULL;
	int err = about_read(r, act);
	/* Not given is for the rules to refuse, in their words; what is no classification at all is not. */
	if (!err && (f->ask & ASK_CLASS) && *act_field(r, "classification"))
		err = case_classification_parse(act_field(r, "classification"), &act->classification) ? -EINVAL : 0;
	if (!err && (f->ask & ASK_PRIORITY))
		err = number(act_field(r, "priority"), &v) && v < PRIORITY_COUNT ? 0 : -EINVAL;
	act->priority = (enum priority)v;
	if (!err && (f->ask & ASK_MEMBER)) {
		err = number(act_field(r, "member"), &v) ? 0 : -EINVAL;
		act->member = (uint32_t)v;
	}
	if (!err && (f->ask & ASK_DAYS)) {
		err = number(act_field(r, "days"), &v) ? 0 : -EINVAL;
		act->until = clock_unix() + (int64_t)v * DAY;
	}
	if (!err && ((f->ask & ASK_WHOM) || act->action == CA_UNGRANT))
		err = whom_read(r, act);
	if (!err && (f->ask & ASK_MAIN) && !act->about)
		err = main_read(r, act);
	return !err && (f->ask & ASK_QUESTIONS) ? questions_read(r, act) : err;
}

const char *act_problem(int err, const struct act *act)
{
	switch (err) {
	case ERR_REFUSED:
		return case_refusal_label(act->why);
	case -EACCES:
		return N_("This report cannot be opened with your keys.");
	case -EBUSY:
		return N_("The key process is busy. Please try again in a moment.");
	case ERR_LIMIT:
		return N_("There are too many messages or units on this report already. Tell a supervisor.");
	case -EINVAL:
		return act->action == CA_SIGN ? N_("Each of the five questions needs an answer, if only a few words.")
			: N_("Something is missing, or does not fit this case. Look at each field again.");
	default:
		return NULL;
	}
}
