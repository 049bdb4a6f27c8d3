/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with the report itself. */
#include "desk/work/act.h"

#include <errno.h>

const struct deed act_note = { .text = TEXT_NOTE };

static int put_assigned(struct store_tx *t, const struct doing *w, uint32_t member)
{
	return STORE_RUN(t, "UPDATE report SET assigned = $2 WHERE id = $1", S_BLOB(w->id, SEAL_ID),
		member ? S_INT(member) : S_NULL);
}

static int put_take(struct store_tx *t, struct doing *w)
{
	return put_assigned(t, w, w->who->member);
}
const struct deed act_take = { .text = TEXT_NOTE, .put = put_take };

/* --- a question --- */

/* Without a receipt nobody comes back for it. */
static int check_question(struct doing *w)
{
	if (w->l.has_mailbox)
		return 0;
	w->act->why = CASE_NOT_NOW;
	return ERR_REFUSED;
}
const struct deed act_question = { .text = TEXT_QUESTION, .check = check_question };

/* --- duplicates --- */

static int check_duplicate(struct doing *w)
{
	const uint8_t *main = w->act->about;
	if (!main || memcmp(main, w->id, SEAL_ID) == 0)
		return -EINVAL;
	w->main = arena_alloc(&w->a, sizeof *w->main);
	int err = w->main ? load_case_now(w->d, &w->a, w->who, main, w->main) : -ENOMEM;
	if (err)
		return err == -ENOENT ? -EINVAL : err;
	w->object = act_hex(&w->a, main);
	return w->main->c.is_duplicate ? -EINVAL : w->object ? 0 : -ENOMEM;
}

/* Its own duplicates go with it: a group has one main report. */
static int put_duplicate(struct store_tx *t, struct doing *w)
{
	const struct store_value id = S_BLOB(w->id, SEAL_ID), main = S_BLOB(w->main->c.row.id, SEAL_ID);
	int err = act_lock(t, w->main);
	if (!err)
		err = STORE_RUN(t, "UPDATE report SET main = $2, version = version + 1 WHERE main = $1", id, main);
	return err ? err : STORE_RUN(t, "UPDATE report SET main = $2 WHERE id = $1", id, main);
}
const struct deed act_duplicate = { .text = TEXT_NOTE, .check = check_duplicate, .put = put_duplicate };

static int put_split(struct store_tx *t, struct doing *w)
{
	return STORE_RUN(t, "UPDATE report SET main = NULL WHERE id = $1", S_BLOB(w->id, SEAL_ID));
}
const struct deed act_split = { .text = TEXT_NOTE, .put = put_split };

/* --- assessment --- */

static bool is_offence(const struct desk_data *d, const char *code)
{
	for (size_t i = 0; i < d->offence_n; i++)
		if (!strcmp(d->offence[i].code, code))
			return true;
	return false;
}

static int check_assessment(struct doing *w)
{
	const struct act *act = w->act;
	bool offence = act->offence && *act->offence;
	if (offence && !is_offence(w->d->data, act->offence))
		return -EINVAL;
	w->detail = act->classification ? arena_printf(&w->a, "classification=%s%s%s",
		case_classification_name(act->classification), offence ? " offence=" : "", offence ? act->offence : "") : NULL;
	return act->classification && !w->detail ? -ENOMEM : 0;
}
const struct deed act_assessment = { .text = TEXT_ASSESSMENT, .check = check_assessment };

/* --- priority, person --- */

static int check_priority(struct doing *w)
{
	if ((unsigned)w->act->priority >= PRIORITY_COUNT)
		return -EINVAL;
	w->detail = arena_printf(&w->a, "P%d>P%d", (int)w->l.c.row.priority, (int)w->act->priority);
	return w->detail ? 0 : -ENOMEM;
}

static int put_priority(struct store_tx *t, struct doing *w)
{
	return STORE_RUN(t, "UPDATE report SET priority = $2 WHERE id = $1", S_BLOB(w->id, SEAL_ID), S_INT(w->act->priority));
}
const struct deed act_priority = { .text = TEXT_NOTE, .check = check_priority, .put = put_priority };

static int check_assign(struct doing *w)
{
	int err = w->act->member ? act_check_member(w, w->act->member, KEYS_NATIONAL) : 0;
	w->detail = arena_printf(&w->a, "member=%u", w->act->member);
	return err ? err : w->detail ? 0 : -ENOMEM;
}

static int put_assign(struct store_tx *t, struct doing *w)
{
	return put_assigned(t, w, w->act->member);
}
const struct deed act_assign = { .text = TEXT_NOTE, .check = check_assign, .put = put_assign };
