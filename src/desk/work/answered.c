/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/work/answered.h"

#include "base/clock.h"
#include "desk/work/act.h"

#include <errno.h>

struct answered {
	struct doing w;
	struct act act;
};

/* Sees all of it, opens nothing. */
static const struct actor the_desk = { .role = KEYS_SUPERVISOR, .unit = KEYS_NATIONAL };

/* The unit that has it, if one does: then the reporter is still told that it was passed on. */
static struct work_referral *with_unit(struct loaded *l)
{
	for (size_t i = 0; i < l->c.referral_n; i++) {
		int s = l->c.referral[i].state;
		if (s == CF_REFERRED || s == CF_ACCEPTED || s == CF_DONE)
			return &l->c.referral[i];
	}
	return NULL;
}

int answered_look(struct store_tx *t, struct desk *d, struct arena *a, const uint8_t report[SEAL_ID], struct answered **ret)
{
	struct answered *n = arena_alloc(a, sizeof *n);
	if (!n)
		return -ENOMEM;
	n->act = (struct act){ .action = CA_ANSWERED, .text = "" };
	n->w = (struct doing){ .d = d, .who = &the_desk, .act = &n->act, .now = clock_unix() };
	n->w.hour = seal_round_time(n->w.now);
	int err = load_case(t, a, &the_desk, report, n->w.now, &n->w.l);
	if (err)
		return err;
	n->w.id = n->w.l.c.row.id;
	act_ask(&the_desk, &n->w.l, with_unit(&n->w.l), NULL, &n->w.ask);
	n->w.ask.action = CA_ANSWERED;
	n->w.ask.who = BY_REPORTER;
	if (case_next(&n->w.ask, &n->w.next))
		return ERR_REFUSED;
	n->w.next.class = n->w.l.class; /* nobody is here whose keys could move it */
	*ret = n;
	return 0;
}

int answered_put(struct store_tx *t, struct answered *n)
{
	struct doing *w = &n->w;
	int err = act_lock(t, &w->l);
	if (!err)
		err = act_put_report(t, w);
	if (!err && w->l.assigned)
		err = act_tell(t, w, POST_ANSWERED, KEYS_NATIONAL, w->l.assigned);
	return err ? err : act_put_trace(t, w);
}
