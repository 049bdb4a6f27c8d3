/* SPDX-License-Identifier: Apache-2.0 */
/* Which deed each action is. Who may, when and with what are the rules' (case/). */
#include "desk/work/act.h"

static const struct deed *const deeds[CA_COUNT] = {
	[CA_TAKE] = &act_take,
	[CA_ASK] = &act_question,
	[CA_DUPLICATE] = &act_duplicate,
	[CA_SPLIT] = &act_split,
	[CA_OUT_OF_REMIT] = &act_note,
	[CA_SPAM] = &act_note,
	[CA_ASSESS] = &act_assessment,
	[CA_CONFIRM] = &act_assessment,
	[CA_UNCONFIRM] = &act_assessment,
	[CA_CLOSE] = &act_note,
	[CA_WITHDRAW] = &act_note,
	[CA_REOPEN] = &act_note,
	[CA_PROPOSE] = &act_propose,
	[CA_REFER] = &act_refer,
	[CA_SIGN] = &act_sign,
	[CA_DECLINE] = &act_decline,
	[CA_ACCEPT] = &act_by_unit,
	[CA_DONE] = &act_by_unit,
	[CA_REJECT] = &act_end_unit,
	[CA_REVOKE] = &act_end_unit,
	[CA_TRANSFER] = &act_end_unit,
	[CA_DRAFT] = &act_draft,
	[CA_SEND] = &act_send,
	[CA_ACKNOWLEDGE] = &act_acknowledge,
	[CA_RECHECK_UP] = &act_recheck,
	[CA_RECHECK_OFFLINE] = &act_recheck,
	[CA_RECHECK_MOVED] = &act_recheck,
	[CA_RECHECK_UNCLEAR] = &act_recheck,
	[CA_END_NOTICE] = &act_end_notice,
	[CA_NOTE] = &act_note,
	[CA_PRIORITY] = &act_priority,
	[CA_ASSIGN] = &act_assign,
	[CA_TASK] = &act_task,
	[CA_TASK_DONE] = &act_task_done,
	[CA_OPINION] = &act_task,
	[CA_GRANT] = &act_grant,
	[CA_UNGRANT] = &act_ungrant,
	[CA_RECUSE] = &act_recuse,
	[CA_EXCLUDE] = &act_exclude,
	[CA_HOLD] = &act_note,
	[CA_UNHOLD] = &act_note,
};

const struct deed *act_deed(enum case_action a)
{
	return (unsigned)a < CA_COUNT ? deeds[a] : NULL;
}
