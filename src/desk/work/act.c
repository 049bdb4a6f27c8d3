/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/work/act.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/figures/figures.h"
#include "desk/submit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { TRIES = 4 };

int64_t act_until(int64_t now, int64_t seconds)
{
	return seal_round_time(now + seconds + 3599);
}

/* --- what the rules are asked --- */

static bool open_besides(const struct loaded *l, const struct work_referral *but)
{
	for (size_t i = 0; i < l->c.referral_n; i++)
		if (&l->c.referral[i] != but && !case_ended(CASE_REFERRAL, l->c.referral[i].state))
			return true;
	return false;
}

static bool notice_besides(const struct loaded *l, const struct work_notice *but)
{
	for (size_t i = 0; i < l->c.notice_n; i++)
		if (&l->c.notice[i] != but && !case_ended(CASE_NOTICE, l->c.notice[i].state))
			return true;
	return false;
}

/* A proposal to sign, a draft to send, an address that no notice was made for yet. */
static bool more_work(const struct loaded *l, const struct work_referral *f, const struct work_notice *n)
{
	for (size_t i = 0; i < l->c.referral_n; i++)
		if (&l->c.referral[i] != f && l->c.referral[i].state == CF_PROPOSED)
			return true;
	for (size_t i = 0; i < l->c.notice_n; i++)
		if (&l->c.notice[i] != n && l->c.notice[i].state == CN_DRAFTED)
			return true;
	return l->c.row.kind == REPORT_ADDRESS && l->c.row.state == CR_CONFIRMED && !l->c.notice_n;
}

static bool withdrawal_asked(const struct loaded *l)
{
	for (size_t i = 0; i < l->message_n; i++)
		if (l->message[i].type == SEAL_WITHDRAWAL)
			return true;
	return false;
}

void act_ask(const struct actor *who, const struct loaded *l, const struct work_referral *f, const struct work_notice *n,
	struct case_ask *ret)
{
	*ret = (struct case_ask){
		.who = case_who(who->role, who->unit),
		.member = who->member,
		.state = { [CASE_REPORT] = l->c.row.state,
			[CASE_REFERRAL] = f ? f->state : (int)CF_NONE,
			[CASE_NOTICE] = n ? n->state : (int)CN_NONE },
		.priority = l->c.row.priority,
		.held = l->c.row.held,
		.class = l->class,
		.work = l->c.row.work,
		.withdrawal_asked = withdrawal_asked(l),
		.open_referral = open_besides(l, f),
		.open_notice = notice_besides(l, n),
		.more_work = more_work(l, f, n),
		.proposed_by = f ? f->proposed_by : 0,
	};
}

struct work_referral *act_own_referral(struct loaded *l)
{
	struct work_referral *best = NULL;
	for (size_t i = 0; i < l->c.referral_n; i++)
		if (!best || !case_ended(CASE_REFERRAL, l->c.referral[i].state) || case_ended(CASE_REFERRAL, best->state))
			best = &l->c.referral[i];
	return best;
}

/* --- finding what it is about --- */

static bool same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, SEAL_ID) == 0;
}

/* -EINVAL: nothing of this case, or nothing of it for them. */
static int find_about(struct doing *w)
{
	struct work_case *c = &w->l.c;
	const uint8_t *about = w->act->about;
	for (size_t i = 0; about && i < c->referral_n; i++)
		if (same(c->referral[i].id, about)) {
			w->referral = &c->referral[i];
			w->referral_epoch = w->l.referral_epoch[i];
			w->unit = w->referral->unit;
		}
	for (size_t i = 0; about && i < c->notice_n; i++)
		if (same(c->notice[i].id, about))
			w->notice = &c->notice[i];
	for (size_t i = 0; about && i < c->task_n; i++)
		if (same(c->task[i].id, about))
			w->task = &c->task[i];
	if (about && !w->referral && !w->notice && !w->task && w->act->action != CA_DUPLICATE)
		return -EINVAL;
	if (!w->referral && !see_national(w->who)) {
		w->referral = act_own_referral(&w->l);
		w->unit = w->who->unit;
	}
	return 0;
}

static uint64_t version_seen(const struct doing *w)
{
	if (w->act->about && w->referral && same(w->act->about, w->referral->id))
		return w->referral->version;
	return w->notice ? w->notice->version : w->l.c.row.version;
}

/* --- before the transaction --- */

static bool told(const char *s)
{
	return s && *s;
}

static int check_fields(struct doing *w, const struct deed *deed)
{
	struct act *act = w->act;
	if (!deed || (unsigned)act->classification > CASE_NOT_ILLEGAL || strlen(act->text) > ACT_TEXT_MAX)
		return -EINVAL;
	return deed->check ? deed->check(w) : 0;
}

static int load(struct doing *w, const struct deed *deed)
{
	int err = load_case_now(w->d, &w->a, w->who, w->id, &w->l);
	if (err)
		return err;
	err = find_about(w);
	if (err)
		return err;
	if (version_seen(w) != w->act->version)
		return -EAGAIN;
	act_ask(w->who, &w->l, w->referral, w->notice, &w->ask);
	w->ask.action = w->act->action;
	w->ask.classification = w->act->classification;
	w->ask.reason = told(w->act->text);
	w->ask.names_seen = w->act->names_seen;
	w->ask.identifies_child = w->act->identifies_child;
	w->ask.among_minors = w->act->among_minors;
	w->ask.new_priority = w->act->priority;
	return check_fields(w, deed);
}

/* Rates of the key process: not "look again", but "wait". */
static int keys_error(int err)
{
	return err == -EAGAIN ? -EBUSY : err;
}

static int prepare(struct doing *w, const struct deed *deed)
{
	int err = act_move_class(w);
	if (!err)
		err = act_seal(w, deed->text);
	if (!err && deed->prepare)
		err = deed->prepare(w);
	return keys_error(err);
}

/* --- the transaction --- */

/* Everything above was worked out for this version; each later one is somebody else's. */
int act_lock(struct store_tx *t, const struct loaded *l)
{
	int64_t changed;
	const struct store_value v[] = { S_BLOB(l->c.row.id, SEAL_ID), S_INT((int64_t)l->c.row.version) };
	int err = store_run(t, "UPDATE report SET version = version + 1 WHERE id = $1 AND version = $2", v, 2, &changed);
	return err ? err : changed ? 0 : -ESTALE;
}

static bool moves_report(const struct doing *w)
{
	return w->next.machine == CASE_REPORT && w->next.state != w->l.c.row.state;
}

int act_put_report(struct store_tx *t, const struct doing *w)
{
	const struct case_result *n = &w->next;
	const struct store_value id = S_BLOB(w->id, SEAL_ID);
	int err = STORE_RUN(t, "UPDATE report SET work = $2, held = $3 WHERE id = $1", id, S_INT(n->work), S_INT(n->held));
	if (!err && moves_report(w))
		err = STORE_RUN(t, "UPDATE report SET state = $2 WHERE id = $1", id,
			S_TEXT(case_state_name(CASE_REPORT, n->state)));
	if (!err && n->report_due_seconds >= 0)
		err = STORE_RUN(t, "UPDATE report SET since = $2, due = $3 WHERE id = $1", id, S_INT(w->hour),
			S_INT(n->report_due_seconds ? act_until(w->now, n->report_due_seconds) : SEE_NEVER));
	if (!err && n->status >= 0)
		err = STORE_RUN(t, "UPDATE report SET status = $2 WHERE id = $1", id, S_INT(n->status));
	if (!err && (moves_report(w) || n->class != w->l.class)) {
		int days = case_keep_days(n->machine == CASE_REPORT ? n->state : w->l.c.row.state, n->class);
		err = STORE_RUN(t, "UPDATE report SET keep_until = $2 WHERE id = $1", id,
			days > 0 ? S_INT(act_until(w->now, days * INT64_C(86400))) : S_NULL);
	}
	return err;
}

/* What a step is measured from: case_step_of. */
static int64_t began(const struct doing *w, enum case_step step)
{
	if ((step == STEP_ACCEPTED || step == STEP_UNIT_DONE) && w->referral)
		return w->referral->referred;
	return step == STEP_OFFLINE && w->notice ? w->notice->sent : w->l.c.row.received;
}

static int put_figures(struct store_tx *t, const struct doing *w)
{
	const struct work_row *r = &w->l.c.row;
	const struct desk_counted c = { w->now, report_kind_name(r->kind), r->priority, r->region,
		case_state_name(w->next.machine, w->next.state) };
	const enum case_step step = case_step_of(w->act->action);
	if (w->next.state == w->ask.state[w->next.machine])
		return 0;
	int err = desk_count(t, &c);
	return err ? err : figure_step(t, step, r->priority, w->now - began(w, step), w->now);
}

int act_put_trace(struct store_tx *t, struct doing *w)
{
	char action[48];
	(void)snprintf(action, sizeof action, "case.%s", case_action_name(w->act->action));
	const struct audit_entry e = { w->who->member, w->who->member ? (int)w->who->role : 0, action, w->id, w->object,
		w->detail };
	int err = put_figures(t, w);
	return err ? err : audit_put(t, &e);
}

struct committing { struct doing *w; const struct deed *deed; };

static int commit(struct store_tx *t, void *ctx)
{
	const struct committing *c = ctx;
	int err = act_lock(t, &c->w->l);
	if (!err)
		err = act_put_message(t, c->w);
	if (!err)
		err = act_put_class(t, c->w);
	if (!err)
		err = act_put_report(t, c->w);
	if (!err && c->deed->put)
		err = c->deed->put(t, c->w);
	return err ? err : act_put_trace(t, c->w);
}

/* --- all of it --- */

static int refuse(struct doing *w, enum case_refusal why)
{
	const struct audit_entry e = { w->who->member, w->who->role, "refused", w->id, case_action_name(w->act->action),
		case_refusal_label(why) };
	int err = audit_now(w->d, &e);
	w->act->why = why;
	return err ? err : ERR_REFUSED;
}

/* Somebody looks for what they may not see, or what is not there: the same to them, and to the clock. */
static int unseen(struct doing *w)
{
	const struct audit_entry e = { w->who->member, w->who->role, "refused", w->id, case_action_name(w->act->action),
		"not there for them" };
	int err = audit_now(w->d, &e);
	return err ? err : -ENOENT;
}

static int denied(struct doing *w)
{
	int err = refuse(w, CASE_NOT_YOU);
	return err == ERR_REFUSED ? -EACCES : err;
}

static int once(struct doing *w)
{
	const struct deed *deed = act_deed(w->act->action);
	int err = load(w, deed);
	if (err == ERR_REFUSED)
		return refuse(w, w->act->why);
	if (err)
		return err == -ENOENT ? unseen(w) : err;
	enum case_refusal why = case_next(&w->ask, &w->next);
	if (why)
		return refuse(w, why);
	if (!see_national(w->who))
		w->next.class = w->l.class; /* the national desk's keys are not theirs to move */
	err = prepare(w, deed);
	if (err)
		return err == -EACCES ? denied(w) : err == -ENOENT ? -EINVAL : err;
	return store_write(w->d->store, commit, &(struct committing){ w, deed });
}

static int once_in(struct desk *d, const struct actor *who, const uint8_t *id, struct act *act)
{
	struct doing *w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	*w = (struct doing){ .d = d, .who = who, .id = id, .act = act, .now = clock_unix() };
	w->hour = seal_round_time(w->now);
	arena_init(&w->a, 0);
	int err = once(w);
	arena_done(&w->a);
	free(w);
	return err;
}

int work_act(struct desk *d, const struct actor *who, const uint8_t id[SEAL_ID], struct act *act)
{
	int err = -ESTALE;
	act->why = CASE_MAY;
	if (!act->text)
		act->text = "";
	/* What changed meanwhile need not be what this person saw: looked at again, it may still be done. */
	for (int i = 0; err == -ESTALE && i < TRIES; i++)
		err = once_in(d, who, id, act);
	return err == -ESTALE ? -EAGAIN : err;
}
