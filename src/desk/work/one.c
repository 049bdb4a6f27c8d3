/* SPDX-License-Identifier: Apache-2.0 */
/* One case shown, one message opened. What cannot be audited is not shown. */
#include "desk/work/act.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/submit.h"

#include <errno.h>
#include <sodium.h>

int work_seen(struct desk *d, const struct actor *who, const char *action, const uint8_t *id, const char *detail)
{
	const struct audit_entry e = { who->member, (int)who->role, action, id, NULL, detail };
	return audit_now(d, &e);
}

static int unseen(struct desk *d, const struct actor *who, const char *action, const uint8_t *id)
{
	const struct audit_entry e = { who->member, (int)who->role, "refused", id, action, "not there for them" };
	int err = audit_now(d, &e);
	return err ? err : -ENOENT;
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
		c->referral[i].may = case_actions(&ask) & ACT_ON_REFERRAL;
	}
	for (size_t i = 0; i < c->notice_n; i++) {
		act_ask(who, l, NULL, &c->notice[i], &ask);
		c->notice[i].may = case_actions(&ask) & ACT_ON_NOTICE;
	}
	if (!l->has_mailbox)
		c->may &= ~(UINT64_C(1) << CA_ASK);
}

int work_case(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], struct work_case *ret)
{
	struct loaded l;
	int err = load_case_now(d, a, who, id, &l);
	if (err == -ENOENT)
		return unseen(d, who, "case.view", id);
	if (!err)
		err = work_seen(d, who, "case.view", id, NULL);
	if (err)
		return err;
	set_may(who, &l);
	*ret = l.c;
	return 0;
}
