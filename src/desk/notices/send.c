/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/notices/send.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/post/post.h"

#include <errno.h>
#include <sodium.h>

int notice_open(struct desk *d, struct arena *a, const struct actor *who, const uint8_t report[SEAL_ID],
	const struct work_notice *n, struct notice_letter *ret, struct reading_message *m)
{
	int err = work_open(d, a, who, report, n->text, m);
	if (err)
		return err;
	err = letter_read(a, m->plain, ret);
	if (err)
		notice_wipe(m);
	return err;
}

void notice_wipe(struct reading_message *m)
{
	if (m->plain.p)
		sodium_memzero((void *)(uintptr_t)m->plain.p, m->plain.n);
}

/* --- the intent, and taking it back --- */

struct handing {
	const struct actor *who;
	const uint8_t *report;
	const struct work_notice *n;
	bool back;
};

static int audit(struct store_tx *t, const struct handing *h, const char *action)
{
	char number[2 * SEAL_ID + 1];
	sodium_bin2hex(number, sizeof number, h->n->id, SEAL_ID);
	const struct audit_entry e = { h->who->member, (int)h->who->role, action, h->report, number, NULL };
	return audit_put(t, &e);
}

static int put_handed(struct store_tx *t, void *ctx)
{
	const struct handing *h = ctx;
	const struct store_value v[] = { S_BLOB(h->n->id, SEAL_ID), S_INT((int64_t)h->n->version),
		h->back ? S_NULL : S_INT(seal_round_time(clock_unix())) };
	int64_t changed = 0;
	/* Not while the police hold the case, and not twice: asked here again, where nobody can be in between. */
	int err = store_run(t, h->back
		? "UPDATE notice SET handed = $3 WHERE id = $1 AND version = $2 AND state = 'drafted' AND handed IS NOT NULL"
		: "UPDATE notice SET handed = $3 WHERE id = $1 AND version = $2 AND state = 'drafted' AND handed IS NULL"
		  " AND report IN (SELECT r.id FROM report r WHERE r.held = 0)", v, ARRAY_LEN(v), &changed);
	if (!err && !changed)
		return -EAGAIN;
	return err ? err : audit(t, h, h->back ? "notice.not-sent" : "notice.hand");
}

static int handed(struct desk *d, const struct actor *who, const uint8_t *report, const struct work_notice *n, bool back)
{
	struct handing h = { who, report, n, back };
	return store_write(d->store, put_handed, &h);
}

int notice_not_sent(struct desk *d, const struct actor *who, const uint8_t report[SEAL_ID], const struct work_notice *n)
{
	return handed(d, who, report, n, true);
}

/* --- all of it --- */

static int mark(struct desk *d, const struct actor *who, const uint8_t *report, const struct work_notice *n)
{
	struct act act = { .action = CA_SEND, .version = n->version, .about = n->id };
	return work_act(d, who, report, &act);
}

/* The rules said no when the case was loaded: before anything has happened. */
static int refuse(struct desk *d, const struct actor *who, const struct work_case *c, enum case_refusal *why)
{
	*why = c->row.held ? CASE_HELD : CASE_NOT_NOW;
	const struct audit_entry e = { who->member, (int)who->role, "refused", c->row.id, case_action_name(CA_SEND),
		case_refusal_label(*why) };
	int err = audit_now(d, &e);
	return err ? err : ERR_REFUSED;
}

static int hand_over(struct desk *d, const struct actor *who, const uint8_t *report, const struct work_notice *n,
	const struct notice_letter *l, struct err_note *note)
{
	int err = handed(d, who, report, n, false);
	if (err)
		return err;
	err = post_now(d, l->mail, l->subject, l->body, NULL, note);
	if (err == -EIO)
		return NOTICE_PERHAPS;
	if (err) {
		int back = handed(d, who, report, n, true);
		return back ? NOTICE_PERHAPS : err;
	}
	return mark(d, who, report, n) ? NOTICE_PERHAPS : 0;
}

int notice_send(struct desk *d, const struct actor *who, const struct work_case *c, const struct work_notice *n,
	enum case_refusal *why, struct err_note *note)
{
	struct arena a;
	struct notice_letter l;
	struct reading_message m;
	if (!post_configured(d))
		return ERR_CONFIG;
	if (!(n->may & UINT64_C(1) << CA_SEND))
		return refuse(d, who, c, why);
	arena_init(&a, 0);
	int err = notice_open(d, &a, who, c->row.id, n, &l, &m);
	if (!err) {
		err = l.channel == CHANNEL_MAIL && l.mail ? hand_over(d, who, c->row.id, n, &l, note) : -EINVAL;
		notice_wipe(&m);
	}
	arena_wipe(&a);
	return err;
}
