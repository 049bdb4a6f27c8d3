/* SPDX-License-Identifier: Apache-2.0 */
/* Removal notices: what was sent to whom is sealed; here are states and hours. */
#include "desk/work/act.h"

#include <errno.h>
#include <sodium.h>

enum { CODE_MAX = 40, RECHECKS = 3 };

/* A name of ours, as in the tables: "hosting", "hosting-fr-1". */
static bool is_code(const char *s)
{
	size_t n = s ? strlen(s) : 0;
	return n && n <= CODE_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

static int64_t due(const struct doing *w)
{
	return w->next.due_seconds > 0 ? act_until(w->now, w->next.due_seconds) : 0;
}

/* --- a new one --- */

static int check_draft(struct doing *w)
{
	const struct act *act = w->act;
	if (act->about || !is_code(act->kind) || !is_code(act->channel) || !is_code(act->template) || !*act->text)
		return -EINVAL;
	w->object = act->kind;
	w->detail = arena_printf(&w->a, "channel=%s template=%s", act->channel, act->template);
	return w->detail ? 0 : -ENOMEM;
}

static int put_draft(struct store_tx *t, struct doing *w)
{
	const struct act *act = w->act;
	/* The caller's own number, where it stands in the letter already; sent twice it is -EEXIST. */
	if (sodium_is_zero(act->made, SEAL_ID))
		randombytes_buf(w->act->made, SEAL_ID);
	return STORE_RUN(t, "INSERT INTO notice (id, report, state, version, kind, channel, template, text, drafted_by, since, due)"
		" VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9, $10)", S_BLOB(act->made, SEAL_ID), S_BLOB(w->id, SEAL_ID),
		S_TEXT(case_state_name(CASE_NOTICE, w->next.state)), S_TEXT(act->kind), S_TEXT(act->channel),
		S_TEXT(act->template), S_INT(w->message.seq), S_INT(w->who->member), S_INT(w->hour), S_INT(due(w)));
}
const struct deed act_draft = { .text = TEXT_NOTICE, .check = check_draft, .put = put_draft };

/* --- one that is there --- */

static int check_notice(struct doing *w)
{
	w->object = w->notice ? w->notice->kind : NULL;
	return w->notice ? 0 : -EINVAL;
}

static int put_state(struct store_tx *t, const struct doing *w)
{
	const struct store_value id = S_BLOB(w->notice->id, SEAL_ID);
	int err = STORE_RUN(t, "UPDATE notice SET state = $2, version = version + 1 WHERE id = $1", id,
		S_TEXT(case_state_name(CASE_NOTICE, w->next.state)));
	return !err && w->next.due_seconds >= 0
		? STORE_RUN(t, "UPDATE notice SET since = $2, due = $3 WHERE id = $1", id, S_INT(w->hour), S_INT(due(w))) : err;
}

static int put_recheck(struct store_tx *t, const struct doing *w, unsigned n, int64_t sent)
{
	return STORE_RUN(t, "INSERT INTO recheck (notice, n, due) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
		S_BLOB(w->notice->id, SEAL_ID), S_INT(n), S_INT(seal_round_time(sent + case_recheck_seconds(n))));
}

/* The notice waits for its next recheck. */
static int put_due(struct store_tx *t, const struct doing *w)
{
	return STORE_RUN(t, "UPDATE notice SET due = (SELECT min(k.due) FROM recheck k WHERE k.notice = $1 AND k.at IS NULL)"
		" WHERE id = $1 AND EXISTS (SELECT 1 FROM recheck k WHERE k.notice = $1 AND k.at IS NULL)",
		S_BLOB(w->notice->id, SEAL_ID));
}

static int put_send(struct store_tx *t, struct doing *w)
{
	const struct store_value id = S_BLOB(w->notice->id, SEAL_ID);
	int err = put_state(t, w);
	if (!err)
		err = STORE_RUN(t, "UPDATE notice SET sent = $2 WHERE id = $1", id, S_INT(w->hour));
	if (!err && w->message.is)
		err = STORE_RUN(t, "UPDATE notice SET text = $2 WHERE id = $1", id, S_INT(w->message.seq));
	for (unsigned n = 1; !err && n <= RECHECKS; n++)
		err = put_recheck(t, w, n, w->hour);
	return err ? err : put_due(t, w);
}
const struct deed act_send = { .text = TEXT_NOTICE, .check = check_notice, .put = put_send };

/* When it was seen or came, where somebody says so: after sending, and not in the future. */
static int check_hour(struct doing *w)
{
	int64_t at = w->act->until;
	int err = check_notice(w);
	if (!err && at && (at > w->now || seal_round_time(at) < w->notice->sent))
		return -EINVAL;
	return err;
}

static int64_t hour(const struct doing *w)
{
	return w->act->until ? seal_round_time(w->act->until) : w->hour;
}

static int put_acknowledge(struct store_tx *t, struct doing *w)
{
	int err = put_state(t, w);
	if (!err)
		err = STORE_RUN(t, "UPDATE notice SET acknowledged = $2 WHERE id = $1 AND acknowledged IS NULL",
			S_BLOB(w->notice->id, SEAL_ID), S_INT(hour(w)));
	return err ? err : put_due(t, w);
}
const struct deed act_acknowledge = { .text = TEXT_NOTE, .check = check_hour, .put = put_acknowledge };

/* --- what somebody saw elsewhere --- */

static const char *outcome(enum case_action a)
{
	return a == CA_RECHECK_OFFLINE ? "offline" : a == CA_RECHECK_MOVED ? "moved" : a == CA_RECHECK_UNCLEAR ? "unclear" : "still_up";
}

static int check_recheck(struct doing *w)
{
	w->detail = outcome(w->act->action);
	return check_hour(w);
}

/* The first that is open, else one more; and while it is up, or cannot be told, another one after the last. */
static int put_seen(struct store_tx *t, struct doing *w)
{
	const struct work_notice *n = w->notice;
	unsigned at = 0, last = 0;
	for (unsigned i = 0; i < n->recheck_n; i++) {
		if (!at && !n->recheck[i].at)
			at = n->recheck[i].n;
		last = n->recheck[i].n;
	}
	int err = at ? 0 : put_recheck(t, w, at = last + 1, n->sent);
	if (!err)
		err = put_state(t, w);
	if (!err)
		err = STORE_RUN(t, "UPDATE recheck SET at = $3, outcome = $4, member = $5 WHERE notice = $1 AND n = $2",
			S_BLOB(n->id, SEAL_ID), S_INT(at), S_INT(hour(w)), S_TEXT(outcome(w->act->action)),
			S_INT(w->who->member));
	if (!err && at >= last && (w->next.state == CN_STILL_UP || w->act->action == CA_RECHECK_UNCLEAR))
		err = put_recheck(t, w, at + 1, n->sent);
	return !err && w->next.state != CN_MOVED ? put_due(t, w) : err;
}
const struct deed act_recheck = { .text = TEXT_NOTE, .check = check_recheck, .put = put_seen };

static int put_end(struct store_tx *t, struct doing *w)
{
	const struct store_value id = S_BLOB(w->notice->id, SEAL_ID);
	int err = put_state(t, w);
	if (!err)
		err = STORE_RUN(t, "DELETE FROM recheck WHERE notice = $1 AND at IS NULL", id);
	return err ? err : STORE_RUN(t, "UPDATE notice SET ended = $2, due = 0 WHERE id = $1", id, S_INT(w->hour));
}
const struct deed act_end_notice = { .text = TEXT_NOTE, .check = check_notice, .put = put_end };
