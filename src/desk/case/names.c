/* SPDX-License-Identifier: Apache-2.0 */
/* What states and actions are called: in the database, the audit trail and the API (never renamed), and for
 * people. */
#include "desk/case/case.h"

#include "web/text.h"

struct named {
	const char *name, *label;
};

static const struct named report_states[CR_COUNT] = {
	[CR_RECEIVED] = { "received", N_("Received, not yet looked at") },
	[CR_TRIAGE] = { "triage", N_("Being sorted") },
	[CR_NEED_INFO] = { "need_info", N_("Waiting for the reporter") },
	[CR_DUPLICATE] = { "duplicate", N_("Duplicate of another report") },
	[CR_OUT_OF_REMIT] = { "out_of_remit", N_("Outside the desk's remit") },
	[CR_SPAM] = { "spam", N_("Spam") },
	[CR_ASSESSING] = { "assessing", N_("Being assessed") },
	[CR_CONFIRMED] = { "confirmed", N_("Confirmed") },
	[CR_UNCONFIRMED] = { "unconfirmed", N_("Not confirmed") },
	[CR_CLOSED] = { "closed", N_("Case closed") },
};
static const struct named referral_states[CF_COUNT] = {
	[CF_NONE] = { "none", N_("Not referred") },
	[CF_PROPOSED] = { "proposed", N_("Waiting for a supervisor's signature") },
	[CF_REFERRED] = { "referred", N_("Before the unit") },
	[CF_ACCEPTED] = { "accepted", N_("Accepted by the unit") },
	[CF_REJECTED] = { "rejected", N_("Not accepted by the unit") },
	[CF_REVOKED] = { "revoked", N_("Taken back by the national desk") },
	[CF_TRANSFERRED] = { "transferred", N_("Given back to be referred elsewhere") },
	[CF_DONE] = { "done", N_("Done by the unit") },
};
static const struct named notice_states[CN_COUNT] = {
	[CN_NONE] = { "none", N_("No notice") },
	[CN_DRAFTED] = { "drafted", N_("Notice drafted") },
	[CN_SENT] = { "sent", N_("Notice sent") },
	[CN_MONITORING] = { "monitoring", N_("Acknowledged, being watched") },
	[CN_OFFLINE] = { "offline", N_("Content is gone") },
	[CN_MOVED] = { "moved", N_("Content has moved") },
	[CN_STILL_UP] = { "still_up", N_("Content is still there") },
	[CN_ENDED] = { "ended", N_("Notice ended") },
};
static const struct named block_states[CB_COUNT] = {
	[CB_NONE] = { "none", N_("No block") },
	[CB_PROPOSED] = { "proposed", N_("Block proposed") },
	[CB_APPROVED] = { "approved", N_("Block approved") },
	[CB_LISTED] = { "listed", N_("Blocked") },
	[CB_EXPIRED] = { "expired", N_("Block expired") },
	[CB_REMOVED] = { "removed", N_("Block lifted") },
	[CB_REFUSED] = { "refused", N_("Block refused") },
};
static const struct {
	const char *name;
	const struct named *state;
	int n;
} machines[CASE_MACHINE_COUNT] = {
	[CASE_REPORT] = { "report", report_states, CR_COUNT },
	[CASE_REFERRAL] = { "referral", referral_states, CF_COUNT },
	[CASE_NOTICE] = { "notice", notice_states, CN_COUNT },
	[CASE_BLOCK] = { "block", block_states, CB_COUNT },
};

static const struct named actions[CA_COUNT] = {
	[CA_TAKE] = { "take", N_("Take it on") },
	[CA_ASK] = { "ask", N_("Ask the reporter") },
	[CA_ANSWERED] = { "answered", N_("The reporter answered") },
	[CA_DUPLICATE] = { "duplicate", N_("Mark as a duplicate") },
	[CA_SPLIT] = { "split", N_("Separate again") },
	[CA_OUT_OF_REMIT] = { "out_of_remit", N_("Put aside: outside the remit") },
	[CA_SPAM] = { "spam", N_("Put aside: spam") },
	[CA_ASSESS] = { "assess", N_("Begin the assessment") },
	[CA_CONFIRM] = { "confirm", N_("Confirm") },
	[CA_UNCONFIRM] = { "unconfirm", N_("Record as not confirmed") },
	[CA_CLOSE] = { "close", N_("Close the case") },
	[CA_WITHDRAW] = { "withdraw", N_("Grant the withdrawal") },
	[CA_REOPEN] = { "reopen", N_("Open the case again") },
	[CA_PROPOSE] = { "propose", N_("Propose a referral") },
	[CA_REFER] = { "refer", N_("Refer to a unit") },
	[CA_SIGN] = { "sign", N_("Sign the referral") },
	[CA_DECLINE] = { "decline", N_("Decline the referral") },
	[CA_ACCEPT] = { "accept", N_("Accept the referral") },
	[CA_REJECT] = { "reject", N_("Do not accept") },
	[CA_REVOKE] = { "revoke", N_("Take the referral back") },
	[CA_TRANSFER] = { "transfer", N_("Give back to be referred elsewhere") },
	[CA_DONE] = { "done", N_("Say that it is done") },
	[CA_DRAFT] = { "draft", N_("Draft a notice") },
	[CA_SEND] = { "send", N_("Send the notice") },
	[CA_ACKNOWLEDGE] = { "acknowledge", N_("Record the acknowledgement") },
	[CA_RECHECK_UP] = { "recheck_up", N_("Looked: still there") },
	[CA_RECHECK_OFFLINE] = { "recheck_offline", N_("Looked: gone") },
	[CA_RECHECK_MOVED] = { "recheck_moved", N_("Looked: moved") },
	[CA_RECHECK_UNCLEAR] = { "recheck_unclear", N_("Looked: cannot be told") },
	[CA_END_NOTICE] = { "end_notice", N_("End the notice") },
	[CA_BLOCK_PROPOSE] = { "block_propose", N_("Propose a block") },
	[CA_BLOCK_APPROVE] = { "block_approve", N_("Approve the block") },
	[CA_BLOCK_REFUSE] = { "block_refuse", N_("Refuse the block") },
	[CA_BLOCK_LIST] = { "block_list", N_("Put on the list") },
	[CA_BLOCK_EXPIRE] = { "block_expire", N_("Let the block expire") },
	[CA_BLOCK_REMOVE] = { "block_remove", N_("Lift the block") },
	[CA_NOTE] = { "note", N_("Write a note") },
	[CA_PRIORITY] = { "priority", N_("Change the priority") },
	[CA_ASSIGN] = { "assign", N_("Assign") },
	[CA_TASK] = { "task", N_("Give a task") },
	[CA_TASK_DONE] = { "task_done", N_("The task is done") },
	[CA_OPINION] = { "opinion", N_("Ask for a second opinion") },
	[CA_GRANT] = { "grant", N_("Give access for a time") },
	[CA_UNGRANT] = { "ungrant", N_("End the access") },
	[CA_RECUSE] = { "recuse", N_("Step aside") },
	[CA_EXCLUDE] = { "exclude", N_("Keep somebody away from the case") },
	[CA_HOLD] = { "hold", N_("Hold for the police") },
	[CA_UNHOLD] = { "unhold", N_("End the police hold") },
};

static const struct named classifications[] = {
	[CASE_BASELINE] = { "baseline", N_("Illegal everywhere (international baseline)") },
	[CASE_NATIONAL] = { "national", N_("Illegal under national law") },
	[CASE_DOUBTFUL] = { "doubtful", N_("Doubtful") },
	[CASE_NOT_ILLEGAL] = { "not_illegal", N_("Not illegal") },
};

static const struct named steps[STEP_COUNT] = {
	[STEP_FIRST_LOOK] = { "first_look", N_("Arrival to first look") },
	[STEP_ASSESSED] = { "assessed", N_("Arrival to assessment") },
	[STEP_REFERRED] = { "referred", N_("Arrival to referral") },
	[STEP_ACCEPTED] = { "accepted", N_("Referral to acceptance") },
	[STEP_UNIT_DONE] = { "unit_done", N_("Referral to the unit's end") },
	[STEP_NOTICE_SENT] = { "notice_sent", N_("Arrival to removal notice") },
	[STEP_OFFLINE] = { "offline", N_("Notice to content gone") },
	[STEP_CLOSED] = { "closed", N_("Arrival to closing") },
};

static const char *const refusals[CASE_REFUSAL_COUNT] = {
	[CASE_MAY] = N_("This can be done."),
	[CASE_NOT_NOW] = N_("This cannot be done in the state the case is in."),
	[CASE_NOT_YOU] = N_("This is for somebody else to do: your role does not allow it here."),
	[CASE_NEEDS_REASON] = N_("Please say it in words: a reason or a text is needed."),
	[CASE_NEEDS_CLASSIFICATION] = N_("Please choose a classification that fits this decision."),
	[CASE_NEEDS_NAMES_SEEN] = N_("Please look first at who is named in the report, and say that you did."),
	[CASE_UNIT_EXCLUDED] = N_("The reporter does not want this unit to see the report."),
	[CASE_HELD] = N_("The police asked to hold this case: no notice goes out and nothing is put aside."),
	[CASE_NEEDS_SIGN_OFF] = N_("A child can be identified, or it is between minors: propose the referral, and a supervisor signs it."),
	[CASE_SAME_PERSON] = N_("A second person must do this, not the one who proposed it."),
	[CASE_STILL_OPEN] = N_("A referral or a notice of this case has not ended yet."),
	[CASE_REMOVAL_FIRST] = N_("Removal must be tried before a block."),
	[CASE_NO_BLOCK] = N_("What this case is filed under can never lead to a block."),
};

/* --- by number --- */

static const struct named *named(const struct named *table, size_t n, int i)
{
	return i >= 0 && (size_t)i < n && table[i].name ? &table[i] : NULL;
}

static const struct named *state_of(enum case_machine m, int state)
{
	if ((unsigned)m >= CASE_MACHINE_COUNT)
		return NULL;
	return named(machines[m].state, (size_t)machines[m].n, state);
}

#define NAME(entry)  ((entry) ? (entry)->name : NULL)
#define LABEL(entry) ((entry) ? (entry)->label : NULL)

const char *case_machine_name(enum case_machine m)
{
	return (unsigned)m < CASE_MACHINE_COUNT ? machines[m].name : NULL;
}

const char *case_state_name(enum case_machine m, int state)
{
	const struct named *e = state_of(m, state);
	return NAME(e);
}

const char *case_state_label(enum case_machine m, int state)
{
	const struct named *e = state_of(m, state);
	return LABEL(e);
}

const char *case_action_name(enum case_action a)
{
	const struct named *e = named(actions, CA_COUNT, (int)a);
	return NAME(e);
}

const char *case_action_label(enum case_action a)
{
	const struct named *e = named(actions, CA_COUNT, (int)a);
	return LABEL(e);
}

const char *case_classification_name(enum case_classification c)
{
	const struct named *e = named(classifications, ARRAY_LEN(classifications), (int)c);
	return NAME(e);
}

const char *case_classification_label(enum case_classification c)
{
	const struct named *e = named(classifications, ARRAY_LEN(classifications), (int)c);
	return LABEL(e);
}

const char *case_step_name(enum case_step s)
{
	const struct named *e = named(steps, STEP_COUNT, (int)s);
	return NAME(e);
}

const char *case_step_label(enum case_step s)
{
	const struct named *e = named(steps, STEP_COUNT, (int)s);
	return LABEL(e);
}

const char *case_refusal_label(enum case_refusal r)
{
	return (unsigned)r < CASE_REFUSAL_COUNT ? refusals[r] : NULL;
}

/* --- by name --- */

static int find(const struct named *table, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (table[i].name && strcmp(table[i].name, name) == 0)
			return (int)i;
	return -1;
}

bool case_state_parse(enum case_machine m, const char *name, int *ret)
{
	if ((unsigned)m >= CASE_MACHINE_COUNT)
		return false;
	int i = find(machines[m].state, (size_t)machines[m].n, name);
	if (i >= 0)
		*ret = i;
	return i >= 0;
}

bool case_action_parse(const char *name, enum case_action *ret)
{
	int i = find(actions, CA_COUNT, name);
	if (i >= 0)
		*ret = (enum case_action)i;
	return i >= 0;
}

int case_classification_parse(const char *name, enum case_classification *ret)
{
	int i = find(classifications, ARRAY_LEN(classifications), name);
	if (i < 0)
		return ERR_MALFORMED;
	*ret = (enum case_classification)i;
	return 0;
}
