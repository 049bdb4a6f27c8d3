/* SPDX-License-Identifier: Apache-2.0 */
/* One case shown, one message opened. What cannot be audited is not shown. */
#include "desk/work/act.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/exclude.h"
#include "desk/submit.h"

#include <errno.h>
#include <sodium.h>

#define BIT(a) (UINT64_C(1) << (a))
static const uint64_t on_referral = BIT(CA_SIGN) | BIT(CA_DECLINE) | BIT(CA_ACCEPT) | BIT(CA_REJECT) | BIT(CA_REVOKE) |
	BIT(CA_TRANSFER) | BIT(CA_DONE);
static const uint64_t on_notice = BIT(CA_SEND) | BIT(CA_ACKNOWLEDGE) | BIT(CA_RECHECK_UP) | BIT(CA_RECHECK_OFFLINE) |
	BIT(CA_RECHECK_MOVED) | BIT(CA_RECHECK_UNCLEAR) | BIT(CA_END_NOTICE);

static int audited(struct desk *d, const struct actor *who, const char *action, const uint8_t *id, const char *detail)
{
	const struct audit_entry e = { who->member, (int)who->role, action, id, NULL, detail };
	return audit_now(d, &e);
}

static int refused(struct desk *d, const struct actor *who, const char *action, const uint8_t *id, const char *why, int as)
{
	const struct audit_entry e = { who->member, (int)who->role, "refused", id, action, why };
	int err = audit_now(d, &e);
	return err ? err : as;
}

/* To them, and to the clock, what they may not see is the same as what is not there. */
static int unseen(struct desk *d, const struct actor *who, const char *action, const uint8_t *id)
{
	return refused(d, who, action, id, "not there for them", -ENOENT);
}

static int denied(struct desk *d, const struct actor *who, const char *action, const uint8_t *id)
{
	return refused(d, who, action, id, "not with their keys", -EACCES);
}

static void set_may(const struct actor *who, struct loaded *l)
{
	struct case_ask ask;
	struct work_case *c = &l->c;
	struct work_referral *own = see_national(who) ? NULL : act_own_referral(l);
	act_ask(who, l, own, NULL, &ask);
	c->may = case_actions(&ask);
	for (size_t i = 0; i < c->referral_n; i++) {
		act_ask(who, l, &c->referral[i], NULL, &ask);
		c->referral[i].may = case_actions(&ask) & on_referral;
	}
	for (size_t i = 0; i < c->notice_n; i++) {
		act_ask(who, l, NULL, &c->notice[i], &ask);
		c->notice[i].may = case_actions(&ask) & on_notice;
	}
	if (!l->has_mailbox)
		c->may &= ~BIT(CA_ASK);
}

/* Of which report this one is a duplicate is told to who may see that one. */
static int hide_main(struct desk *d, struct arena *a, const struct actor *who, struct work_case *c)
{
	struct store_tx *t;
	struct work_row row;
	if (!c->is_duplicate)
		return 0;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = see_one(t, a, who, c->main, clock_unix(), &row);
	store_rollback(t);
	if (err != -ENOENT)
		return err;
	c->is_duplicate = false;
	memset(c->main, 0, SEAL_ID);
	return 0;
}

int work_case(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], struct work_case *ret)
{
	struct loaded l;
	int err = load_case_now(d, a, who, id, &l);
	if (err == -ENOENT)
		return unseen(d, who, "case.view", id);
	if (!err)
		err = hide_main(d, a, who, &l.c);
	if (!err)
		err = audited(d, who, "case.view", id, NULL);
	if (err)
		return err;
	set_may(who, &l);
	*ret = l.c;
	return 0;
}

/* --- one message --- */

struct opening {
	const struct actor *who;
	const uint8_t *id;
	const char *object, *words; /* words: whom the reporter named, where the report itself is opened */
	bool named;
};

/* Whoever is named is kept from it from now on, also who came after it was written: they have not seen it. */
static int put_opening(struct store_tx *t, void *ctx)
{
	struct opening *o = ctx;
	int err = desk_exclude(t, o->id, o->words, o->who->member, &o->named);
	const struct audit_entry e = { o->who->member, (int)o->who->role, o->named ? "refused" : "message.open", o->id,
		o->object, o->named ? "named by the reporter" : NULL };
	if (!err)
		err = audit_put(t, &e);
	return err || o->named ? err : desk_round_times(t, o->id, clock_unix());
}

static int words_of(struct arena *a, struct bytes plain, const char **ret)
{
	struct report r;
	int err = report_read(a, plain, &r, NULL);
	*ret = err ? NULL : report_get(&r, "excluded_persons");
	return err == -ENOMEM ? err : 0;
}

static int record(struct desk *d, struct arena *a, const struct actor *who, const uint8_t *id, const struct stored *m,
	struct bytes plain)
{
	struct opening o = { .who = who, .id = id, .object = arena_printf(a, "message %u", m->seq) };
	int err = o.object ? 0 : -ENOMEM;
	if (!err && m->type == SEAL_REPORT)
		err = words_of(a, plain, &o.words);
	if (!err)
		err = store_write(d->store, put_opening, &o);
	return !err && o.named ? -ENOENT : err;
}

int work_open(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], uint32_t seq,
	struct reading_message *ret)
{
	struct loaded l;
	struct bytes plain;
	int err = load_case_now(d, a, who, id, &l);
	const struct stored *m = err ? NULL : load_message(&l, seq);
	if (err == -ENOENT || (!err && (!m || !load_may_read(who, m))))
		return unseen(d, who, "message.open", id);
	if (!err)
		err = load_open(d, a, who, &l, seq, &plain);
	if (err)
		return err == -EACCES ? denied(d, who, "message.open", id) : err;
	err = record(d, a, who, id, m, plain);
	if (err)
		sodium_memzero((void *)(uintptr_t)plain.p, plain.n);
	else
		*ret = (struct reading_message){ .seq = seq, .type = m->type, .at = m->at, .plain = plain };
	return err;
}
