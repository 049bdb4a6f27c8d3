/* SPDX-License-Identifier: Apache-2.0 */
/* Which action asks for what, and what it says will follow. */
#include "desk/staff/act.h"

#define HERE_ONLY  N_("It stays at the national desk: no unit reads it.")
#define BOTH_SIDES N_("The national desk and the unit read it.")

static const struct act_form forms[CA_COUNT] = {
	[CA_ASK] = { ASK_TEXT | ASK_SNIPPET, NULL, N_("Your question"),
		N_("They read it when they come back with their nine words. Ask nothing that could put them in danger if somebody else reads it."),
		N_("Send the question"), NULL, false },
	[CA_DUPLICATE] = { ASK_MAIN | ASK_TEXT, N_("Both reports stay. What is done from now on is done with the main one; this can be undone."),
		N_("Why (for colleagues)"), HERE_ONLY, NULL, NULL, false },
	[CA_SPLIT] = { ASK_TEXT, N_("The report stands for itself again and comes back into the queue."), N_("Why (for colleagues)"), HERE_ONLY,
		NULL, NULL, false },
	[CA_OUT_OF_REMIT] = { ASK_TEXT, N_("The reporter is told that it is outside this desk’s remit. It is erased after 90 days."),
		N_("Why"), HERE_ONLY, NULL, NULL, true },
	[CA_SPAM] = { ASK_TEXT, N_("It is erased after seven days, and nobody can bring it back. Clumsy words of a child are no spam: when in doubt, ask."),
		N_("Why (for colleagues)"), HERE_ONLY, NULL, NULL, true },
	[CA_CONFIRM] = { ASK_CLASS | ASK_OFFENCE | ASK_TEXT, N_("Nothing is chosen for you. If you are not sure, ask a colleague for a second opinion first."),
		N_("What it rests on (for colleagues)"), HERE_ONLY, NULL, NULL, false },
	[CA_UNCONFIRM] = { ASK_CLASS | ASK_TEXT, N_("The report is kept as not confirmed; it can be opened again."), N_("What it rests on (for colleagues)"),
		HERE_ONLY, NULL, NULL, false },
	[CA_CLOSE] = { ASK_TEXT, N_("The reporter is told that the case is closed. What was confirmed is kept as the law says; the rest is erased after 90 days."),
		N_("A last word (for colleagues)"), HERE_ONLY, NULL, NULL, false },
	[CA_WITHDRAW] = { ASK_TEXT, N_("The reporter asked for it. Read why, and think of the child: a request may have been forced. The case is closed."),
		N_("Why it is granted"), HERE_ONLY, NULL, NULL, true },
	[CA_REOPEN] = { ASK_TEXT, N_("The report comes back into the queue, to be sorted again."), N_("Why"), HERE_ONLY, NULL, NULL, false },

	[CA_SIGN] = { ASK_QUESTIONS | ASK_NAMES, N_("A child can be identified by it, or it is between minors. You are the second person to look. What you write is sealed with the case; the unit does not read it."),
		NULL, NULL, NULL, NULL, false },
	[CA_DECLINE] = { ASK_TEXT, N_("The unit never learns of it."), N_("Why"), HERE_ONLY, NULL, NULL, false },
	[CA_ACCEPT] = { ASK_TEXT, N_("Your unit takes it on. The national desk is told."), N_("A word to the national desk"), BOTH_SIDES, NULL, NULL, false },
	[CA_REJECT] = { ASK_TEXT, N_("Your unit can no longer open the report after that. The national desk refers it elsewhere."), N_("Why"), BOTH_SIDES,
		NULL, NULL, false },
	[CA_TRANSFER] = { ASK_TEXT, N_("The report goes back to the national desk, to be referred to another unit. Yours can no longer open it after that."),
		N_("Why, and to whom it should go"), BOTH_SIDES, NULL, NULL, false },
	[CA_DONE] = { ASK_TEXT, N_("The national desk is told and decides what comes next."), N_("What was done"), BOTH_SIDES, NULL, NULL, false },
	[CA_REVOKE] = { ASK_TEXT, N_("The unit’s keys to the report are taken away at once. What it has already read or written down remains with it."),
		N_("Why"), BOTH_SIDES, NULL, NULL, true },

	[CA_NOTE] = { ASK_TEXT, NULL, N_("Your note"), N_("Only your own desk or unit reads it."), N_("Keep the note"), NULL, false },
	[CA_PRIORITY] = { ASK_PRIORITY | ASK_TEXT, N_("Lowering a priority is for a supervisor, and needs a reason."), N_("Why"), HERE_ONLY, NULL, NULL, false },
	[CA_ASSIGN] = { ASK_MEMBER | ASK_TEXT, NULL, N_("A word to your colleague"), HERE_ONLY, NULL, N_("To whom"), false },
	[CA_TASK] = { ASK_MEMBER | ASK_TEXT | ASK_DAYS, NULL, N_("What is to be done"), N_("Only your own desk or unit reads it."), NULL, N_("For whom"), false },
	[CA_TASK_DONE] = { ASK_TEXT, NULL, N_("What came of it"), N_("Only your own desk or unit reads it."), NULL, NULL, false },
	[CA_OPINION] = { ASK_MEMBER | ASK_TEXT | ASK_DAYS, N_("A colleague looks at it without having decided anything yet."), N_("Your question to the colleague"), HERE_ONLY,
		NULL, N_("Whom you ask"), false },
	[CA_GRANT] = { ASK_WHOM | ASK_DAYS | ASK_TEXT, N_("They can open the report until then, and no longer. It ends by itself."), N_("Why"), HERE_ONLY, NULL, NULL, false },
	[CA_UNGRANT] = { 0, N_("They can no longer open the report."), NULL, NULL, NULL, NULL, false },
	[CA_RECUSE] = { ASK_TEXT, N_("You know somebody in it, or cannot judge freely. From then on it is for you as if the report were not there; you cannot undo it."),
		N_("Why (for supervisors)"), HERE_ONLY, NULL, NULL, true },
	[CA_EXCLUDE] = { ASK_MEMBER | ASK_TEXT, N_("From then on it is for this person as if the report were not there."), N_("Why"), HERE_ONLY, NULL,
		N_("Who must not find it"), true },
	[CA_HOLD] = { ASK_TEXT, N_("The police asked to wait: nothing is erased and no removal notice goes out until it is ended."),
		N_("Who asked, and when"), HERE_ONLY, NULL, NULL, false },
	[CA_UNHOLD] = { ASK_TEXT, N_("Removal notices may go out again, and the usual time limits for erasing hold."), N_("Who said so, and when"), HERE_ONLY,
		NULL, NULL, false },
};

bool act_at_once(enum case_action a)
{
	return a == CA_TAKE || a == CA_ASSESS;
}

const struct act_form *act_form(enum case_action a)
{
	static const struct act_form nothing = { 0, NULL, NULL, NULL, NULL, NULL, false };
	if ((unsigned)a >= CA_COUNT)
		return NULL;
	if (act_at_once(a))
		return &nothing;
	return forms[a].ask || forms[a].lead ? &forms[a] : NULL;
}
