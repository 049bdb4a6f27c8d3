/* SPDX-License-Identifier: Apache-2.0 */
/* Who works on it, and who must not. */
#include "desk/work/act.h"

#include <errno.h>
#include <sodium.h>

static int no(struct doing *w, enum case_refusal why)
{
	w->act->why = why;
	return ERR_REFUSED;
}

/* --- members --- */

/* Works here, in this unit, and sees this report. -EINVAL: not. Who is excluded is told to nobody, so it
 * is the same. */
int act_check_member(struct doing *w, uint32_t member, const char *unit)
{
	struct store_tx *t;
	struct store_rows *rows;
	struct work_row row;
	struct actor other = { .member = member, .unit = unit };
	int err = store_begin(w->d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT role FROM staff WHERE member = $1 AND unit = $2 AND gone IS NULL", S_INT(member),
		S_TEXT(unit));
	if (!err) {
		err = store_next(rows);
		other.role = err == 1 ? (enum keys_role)store_int(rows, 0) : 0;
		store_end(rows);
	}
	if (err == 1)
		err = see_one(t, &w->a, &other, w->id, w->now, &row);
	else if (err == 0)
		err = -ENOENT;
	store_rollback(t);
	return err == -ENOENT ? -EINVAL : err;
}

static bool is_staff(struct doing *w, uint32_t member, const char *unit, enum keys_role role)
{
	struct store_tx *t;
	struct store_rows *rows;
	bool is = false;
	if (store_begin(w->d->store, STORE_READ, &t))
		return false;
	if (!STORE_QUERY(t, &rows, "SELECT 1 FROM staff WHERE member = $1 AND gone IS NULL AND ($2 = '' OR unit = $2)"
		" AND ($3 = 0 OR role = $3)", S_INT(member), S_TEXT(unit), S_INT(role))) {
		is = store_next(rows) == 1;
		store_end(rows);
	}
	store_rollback(t);
	return is;
}

/* --- tasks and second opinions --- */

static int check_time(const struct doing *w)
{
	int64_t until = w->act->until;
	return until > w->now && until <= w->now + ACT_DAYS_MAX * INT64_C(86400) ? 0 : -EINVAL;
}

static int check_task(struct doing *w)
{
	const bool opinion = w->act->action == CA_OPINION;
	const uint32_t member = w->act->member;
	int err = check_time(w);
	if (!err && opinion && (!member || member == w->who->member))
		err = -EINVAL;
	if (!err && member)
		err = act_check_member(w, member, w->who->unit);
	w->detail = arena_printf(&w->a, "member=%u", member);
	return err ? err : w->detail ? 0 : -ENOMEM;
}

static int put_task(struct store_tx *t, struct doing *w)
{
	const struct act *act = w->act;
	randombytes_buf(w->act->made, SEAL_ID);
	return STORE_RUN(t, "INSERT INTO task (id, report, kind, member, unit, text, asked_by, due)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", S_BLOB(act->made, SEAL_ID), S_BLOB(w->id, SEAL_ID),
		S_TEXT(act->action == CA_OPINION ? "opinion" : "task"), act->member ? S_INT(act->member) : S_NULL,
		S_TEXT(w->who->unit), S_INT(w->message.seq), S_INT(w->who->member), S_INT(act_until(act->until, 0)));
}
const struct deed act_task = { .text = TEXT_TASK, .check = check_task, .put = put_task };

/* By whom it was for, who asked, or a supervisor. */
static int check_task_done(struct doing *w)
{
	const struct work_task *k = w->task;
	if (!k || k->done)
		return -EINVAL;
	bool may = !k->member || k->member == w->who->member || k->asked_by == w->who->member || w->who->role == KEYS_SUPERVISOR;
	w->object = k->kind;
	return may ? 0 : no(w, CASE_NOT_YOU);
}

static int put_task_done(struct store_tx *t, struct doing *w)
{
	return STORE_RUN(t, "UPDATE task SET done = $2 WHERE id = $1", S_BLOB(w->task->id, SEAL_ID), S_INT(w->hour));
}
const struct deed act_task_done = { .text = TEXT_NOTE, .check = check_task_done, .put = put_task_done };

/* --- access for a time --- */

static uint64_t granted_epoch(const struct doing *w)
{
	for (size_t i = 0; i < w->l.c.access_n; i++)
		if (w->l.c.access[i].member == w->act->member && !strcmp(w->l.c.access[i].unit, w->act->unit))
			return w->l.access_epoch[i];
	return 0;
}

/* The desk's own analysts see what is not restricted anyway. */
static int check_grant(struct doing *w)
{
	const struct act *act = w->act;
	const bool national = act->unit && !strcmp(act->unit, KEYS_NATIONAL);
	if (check_time(w) || !act->unit || !*act->unit || strlen(act->unit) >= KEYS_UNIT)
		return -EINVAL;
	if (national && (!w->l.c.row.restricted || !is_staff(w, act->member, act->unit, KEYS_ANALYST)))
		return -EINVAL;
	if (!national && (!desk_territory(w->d->data, act->unit) || (act->member && !is_staff(w, act->member, act->unit, 0))))
		return -EINVAL;
	w->detail = arena_printf(&w->a, "member=%u until=%lld", act->member, (long long)act_until(act->until, 0));
	w->object = act->unit;
	return !w->detail ? -ENOMEM : national ? 0 : act_check_unit(w, act->unit);
}

static int prepare_grant(struct doing *w)
{
	return strcmp(w->act->unit, KEYS_NATIONAL) ? act_share(w, w->act->unit, KEYS_TRIAGE) : 0;
}

static int put_grant(struct store_tx *t, struct doing *w)
{
	const struct act *act = w->act;
	const uint64_t before = granted_epoch(w), epoch = w->share.is ? w->share.to.id : 0;
	int err = STORE_RUN(t, "INSERT INTO access (report, unit, member, epoch, until, granted_by) VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (report, unit, member) DO UPDATE SET epoch = excluded.epoch, until = excluded.until,"
		" granted_by = excluded.granted_by", S_BLOB(w->id, SEAL_ID), S_TEXT(act->unit), S_INT(act->member),
		S_INT((int64_t)epoch), S_INT(act_until(act->until, 0)), S_INT(w->who->member));
	if (!err)
		err = act_put_share(t, w);
	return !err && before && before != epoch ? act_unshare(t, w->id, act->unit, before) : err;
}
const struct deed act_grant = { .text = TEXT_NOTE, .check = check_grant, .prepare = prepare_grant, .put = put_grant };

static int check_ungrant(struct doing *w)
{
	bool is = false;
	for (size_t i = 0; w->act->unit && i < w->l.c.access_n; i++)
		is |= w->l.c.access[i].member == w->act->member && !strcmp(w->l.c.access[i].unit, w->act->unit);
	w->object = w->act->unit;
	w->detail = arena_printf(&w->a, "member=%u", w->act->member);
	return is ? w->detail ? 0 : -ENOMEM : -EINVAL;
}

static int put_ungrant(struct store_tx *t, struct doing *w)
{
	const uint64_t epoch = granted_epoch(w);
	int err = STORE_RUN(t, "DELETE FROM access WHERE report = $1 AND unit = $2 AND member = $3", S_BLOB(w->id, SEAL_ID),
		S_TEXT(w->act->unit), S_INT(w->act->member));
	return !err && epoch ? act_unshare(t, w->id, w->act->unit, epoch) : err;
}
const struct deed act_ungrant = { .text = TEXT_NOTE, .check = check_ungrant, .put = put_ungrant };

/* --- stepping aside --- */

/* What was theirs to do is nobody's. */
static int exclude(struct store_tx *t, const struct doing *w, uint32_t member, const char *why)
{
	const struct store_value id = S_BLOB(w->id, SEAL_ID), who = S_INT(member);
	int err = STORE_RUN(t, "INSERT INTO excluded (report, member, why) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", id, who,
		S_TEXT(why));
	if (!err)
		err = STORE_RUN(t, "UPDATE report SET assigned = NULL WHERE id = $1 AND assigned = $2", id, who);
	return err ? err : STORE_RUN(t, "UPDATE task SET member = NULL WHERE report = $1 AND member = $2 AND done IS NULL", id, who);
}

static int put_recuse(struct store_tx *t, struct doing *w)
{
	return exclude(t, w, w->who->member, "recused");
}
const struct deed act_recuse = { .text = TEXT_NOTE, .put = put_recuse };

static int check_exclude(struct doing *w)
{
	w->detail = arena_printf(&w->a, "member=%u", w->act->member);
	return !w->detail ? -ENOMEM : is_staff(w, w->act->member, "", 0) ? 0 : -EINVAL;
}

static int put_exclude(struct store_tx *t, struct doing *w)
{
	return exclude(t, w, w->act->member, "supervisor");
}
const struct deed act_exclude = { .text = TEXT_NOTE, .check = check_exclude, .put = put_exclude };
