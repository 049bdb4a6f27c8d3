/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The pages of actions: which action has one, and what it asks for. Who may do it when is the rules'
 * (case/), what happens is work/'s; here are only forms and words. */

#include "desk/staff/case_pages.h"

struct act_form {
	unsigned ask;            /* enum act_ask */
	const char *lead;        /* msgid: what follows; NULL */
	const char *text_label, *text_hint; /* msgids; hint NULL */
	const char *button;      /* msgid; NULL: the action's own label */
	const char *member_label;
	bool danger;
};
/* NULL: the action has no page of its own. */
const struct act_form *act_form(enum case_action a);
/* Done at once with a button on the case's page. */
bool act_at_once(enum case_action a);

enum { ACT_QUESTIONS = 5 };
struct act_asked { const char *name, *label, *hint; }; /* msgids but the name */
extern const struct act_asked act_questions[ACT_QUESTIONS];

/* As typed; "": nothing. */
const char *act_field(struct web_request *r, const char *name);
/* Fills what the form shows, from what was typed (web_field) or from nothing. */
must_use int act_page_fill(struct web_request *r, const struct work_case *c, enum case_action action,
	const struct act_form *f, struct act_page *p);
/* The act as typed. Texts are borrowed from the request or in its arena. -EINVAL: something does not fit. */
must_use int act_read(struct web_request *r, const struct act_form *f, struct act *ret);

/* What went wrong, for a person (msgid); NULL: our fault. */
const char *act_problem(int err, const struct act *act);
