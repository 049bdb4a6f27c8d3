/* SPDX-License-Identifier: Apache-2.0 */
/* Before a unit, and what the unit says. The unit's keys open what it was sent, from the moment it is
 * referred until it is turned down, taken back or passed on. */
#include "desk/work/act.h"

#include "desk/post/post.h"

#include <errno.h>
#include <sodium.h>

static bool is_unit(const struct doing *w, const char *code)
{
	return code && strcmp(code, KEYS_NATIONAL) != 0 && strlen(code) < KEYS_UNIT && desk_territory(w->d->data, code);
}

static bool has_it(const struct doing *w, const char *unit)
{
	for (size_t i = 0; i < w->l.c.referral_n; i++) {
		const struct work_referral *f = &w->l.c.referral[i];
		if (!strcmp(f->unit, unit) && !case_ended(CASE_REFERRAL, f->state))
			return true;
	}
	return false;
}

/* What the rules must know of the unit; posted by hand or not. */
int act_check_unit(struct doing *w, const char *unit)
{
	struct exclusions e;
	w->unit = unit;
	w->object = unit;
	int err = act_exclusions(w->d, &w->a, w->id, &e);
	return err ? err : act_is_excluded(w->d, w->who, &e, unit, &w->ask.unit_excluded);
}

static int check_new(struct doing *w)
{
	const struct act *act = w->act;
	if (act->about || !is_unit(w, act->unit))
		return -EINVAL;
	if (has_it(w, act->unit)) {
		w->act->why = CASE_STILL_OPEN;
		return ERR_REFUSED;
	}
	w->detail = arena_printf(&w->a, "names_seen=%d identifies_child=%d among_minors=%d", act->names_seen,
		act->identifies_child, act->among_minors);
	return w->detail ? act_check_unit(w, act->unit) : -ENOMEM;
}

static int prepare_share(struct doing *w)
{
	return act_share(w, w->unit, KEYS_CONFIRMED);
}

static int64_t due(const struct doing *w)
{
	int64_t seconds = w->next.due_seconds;
	return seconds > 0 ? act_until(w->now, seconds) : 0;
}

/* The one of this unit that is open, else the last that was done. */
static int show(struct store_tx *t, const struct doing *w)
{
	const struct store_value id = S_BLOB(w->id, SEAL_ID), unit = S_TEXT(w->unit);
	int err = STORE_RUN(t, "UPDATE referral SET shown = 0 WHERE report = $1 AND unit = $2", id, unit);
	return err ? err : STORE_RUN(t, "UPDATE referral SET shown = 1 WHERE id = (SELECT g.id FROM referral g WHERE g.report = $1"
		" AND g.unit = $2 AND g.state IN ('referred', 'accepted', 'done')"
		" ORDER BY CASE g.state WHEN 'done' THEN 1 ELSE 0 END, g.since DESC, g.id LIMIT 1)", id, unit);
}

static int put_new(struct store_tx *t, struct doing *w)
{
	const bool referred = w->next.state == CF_REFERRED;
	randombytes_buf(w->act->made, SEAL_ID);
	int err = STORE_RUN(t, "INSERT INTO referral (id, report, unit, state, version, epoch, text, proposed_by, signed_by,"
		" created, referred, since, due, shown) VALUES ($1, $2, $3, $4, 0, $5, $6, $7, NULL, $8, $9, $8, $10, $11)",
		S_BLOB(w->act->made, SEAL_ID), S_BLOB(w->id, SEAL_ID), S_TEXT(w->unit),
		S_TEXT(case_state_name(CASE_REFERRAL, w->next.state)), S_INT(referred ? (int64_t)w->share.to.id : 0),
		S_INT(w->message.seq), S_INT(w->who->member), S_INT(w->hour), referred ? S_INT(w->hour) : S_NULL,
		S_INT(due(w)), S_INT(0));
	if (!err)
		err = act_put_share(t, w);
	if (!err)
		err = show(t, w);
	return !err && referred ? act_tell(t, w, POST_REFERRED, w->unit, 0) : err;
}

const struct deed act_propose = { .text = TEXT_LETTER, .check = check_new, .put = put_new };
const struct deed act_refer = { .text = TEXT_LETTER, .check = check_new, .prepare = prepare_share, .put = put_new };

/* --- one that is there --- */

static int check_referral(struct doing *w)
{
	if (!w->referral)
		return -EINVAL;
	w->object = w->unit;
	return 0;
}

static int put_state(struct store_tx *t, const struct doing *w)
{
	const struct store_value id = S_BLOB(w->referral->id, SEAL_ID);
	int err = STORE_RUN(t, "UPDATE referral SET state = $2, version = version + 1, since = $3, due = $4 WHERE id = $1", id,
		S_TEXT(case_state_name(CASE_REFERRAL, w->next.state)), S_INT(w->hour), S_INT(due(w)));
	return !err && w->message.is
		? STORE_RUN(t, "UPDATE referral SET text = $2 WHERE id = $1", id, S_INT(w->message.seq)) : err;
}

static int check_sign(struct doing *w)
{
	int err = check_referral(w);
	w->detail = arena_printf(&w->a, "names_seen=%d", w->act->names_seen);
	return err ? err : w->detail ? act_check_unit(w, w->unit) : -ENOMEM;
}

/* The letter stays the one that was proposed: what a supervisor adds is a note of the desk's own. */
static int put_sign(struct store_tx *t, struct doing *w)
{
	int err = STORE_RUN(t, "UPDATE referral SET state = $2, version = version + 1, since = $3, due = $4, signed_by = $5,"
		" epoch = $6, referred = $3 WHERE id = $1", S_BLOB(w->referral->id, SEAL_ID),
		S_TEXT(case_state_name(CASE_REFERRAL, w->next.state)), S_INT(w->hour), S_INT(due(w)), S_INT(w->who->member),
		S_INT((int64_t)w->share.to.id));
	if (!err)
		err = act_put_share(t, w);
	if (!err)
		err = show(t, w);
	return err ? err : act_tell(t, w, POST_REFERRED, w->unit, 0);
}
const struct deed act_sign = { .text = TEXT_NOTE, .check = check_sign, .prepare = prepare_share, .put = put_sign };

/* What a unit was never told is not shown to it when it gets the report another day. */
static int keep_letters(struct store_tx *t, const struct doing *w)
{
	return STORE_RUN(t, "UPDATE message SET unit = $4 WHERE report = $1 AND type = $5 AND seq IN ($2, $3)",
		S_BLOB(w->id, SEAL_ID), S_INT(w->referral->text), S_INT(w->message.seq), S_TEXT(KEYS_NATIONAL),
		S_INT(SEAL_REFERRAL));
}

static int put_decline(struct store_tx *t, struct doing *w)
{
	int err = put_state(t, w);
	return err ? err : keep_letters(t, w);
}
const struct deed act_decline = { .text = TEXT_NOTE, .check = check_referral, .put = put_decline };

static int tell_desk(struct store_tx *t, struct doing *w)
{
	int err = act_tell(t, w, POST_REFERRAL, KEYS_NATIONAL, w->referral->proposed_by);
	if (!err && w->l.assigned && w->l.assigned != w->referral->proposed_by)
		err = act_tell(t, w, POST_REFERRAL, KEYS_NATIONAL, w->l.assigned);
	return err;
}

static int put_kept(struct store_tx *t, struct doing *w)
{
	int err = put_state(t, w);
	return err ? err : tell_desk(t, w);
}
const struct deed act_by_unit = { .text = TEXT_LETTER, .check = check_referral, .put = put_kept };

/* The unit's keys go. */
static int put_ended(struct store_tx *t, struct doing *w)
{
	int err = put_state(t, w);
	if (!err)
		err = STORE_RUN(t, "UPDATE referral SET epoch = 0 WHERE id = $1", S_BLOB(w->referral->id, SEAL_ID));
	if (!err)
		err = show(t, w);
	if (!err && w->referral_epoch)
		err = act_unshare(t, w->id, w->unit, w->referral_epoch);
	if (!err && !w->referral->referred)
		err = keep_letters(t, w);
	return !err && !see_national(w->who) ? tell_desk(t, w) : err;
}
const struct deed act_end_unit = { .text = TEXT_LETTER, .check = check_referral, .put = put_ended };
