/* SPDX-License-Identifier: Apache-2.0 */
/* One action, one page. What was typed is never lost: not by an error, not by somebody who was faster. */
#include "desk/staff/act.h"

#include "desk/pages.h"
#include "desk/staff/case.h"
#include "desk/staff/field.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>

struct acting {
	struct web_request *r;
	struct work_case c;
	enum case_action action;
	const struct act_form *form;
};

/* Whether this role and unit may ever do it. */
static bool is_theirs(const struct staff *s, enum case_action action)
{
	const unsigned who = case_who((enum keys_role)s->role, s->unit);
	for (size_t i = 0; i < case_rule_count; i++)
		if (case_rules[i].action == action && (case_rules[i].who & who))
			return true;
	return false;
}

/* False: answered. */
static bool begin(struct web_request *r, struct acting *x)
{
	x->r = r;
	if (!staff_may(r, STAFF_READERS))
		return false;
	x->form = case_action_parse(web_param(r, "action"), &x->action) ? act_form(x->action) : NULL;
	if (!x->form)
		web_status(r, 404);
	else if (!is_theirs(staff_of(r), x->action))
		staff_refuse(r, case_action_name(x->action));
	else
		return case_load(r, &x->c);
	return false;
}

/* On the report, or on the referral that is named. */
static bool may(const struct acting *x, const uint8_t *about)
{
	for (size_t i = 0; about && i < x->c.referral_n; i++)
		if (!memcmp(x->c.referral[i].id, about, SEAL_ID))
			return x->c.referral[i].may >> x->action & 1;
	return case_may(&x->c, x->action);
}

static const char *given(struct web_request *r, const char *name)
{
	const char *value = web_field(r, name);
	return value ? value : web_query(r, name);
}

static uint64_t version_of(const struct acting *x, const uint8_t *about)
{
	for (size_t i = 0; about && i < x->c.referral_n; i++)
		if (!memcmp(x->c.referral[i].id, about, SEAL_ID))
			return x->c.referral[i].version;
	return x->c.row.version;
}

static const char *label(const struct acting *x)
{
	return text(web_lang(x->r), case_action_label(x->action));
}

static void show(struct acting *x, const char *error, bool changed, int status)
{
	struct web_request *r = x->r;
	uint8_t id[SEAL_ID];
	const char *about = given(r, "about");
	const uint8_t *which = staff_id(about, id) ? id : NULL;
	const bool open = may(x, which);
	struct case_line *line = NULL;
	struct act_page p = {
		.layout = staff_layout(r, case_action_label(x->action)),
		.id = staff_hex(web_arena(r), x->c.row.id, SEAL_ID),
		.title = label(x),
		.error = error ? text(web_lang(r), error) : open ? NULL : text(web_lang(r), case_refusal_label(CASE_NOT_NOW)),
		.version = case_number(web_arena(r), version_of(x, which)),
		.about = which ? about : NULL,
		.whom = given(r, "whom"),
	};
	int err = staff_lines(r, &x->c.row, 1, &line);
	if (!err && open)
		err = act_page_fill(r, &x->c, x->action, x->form, &p);
	if (err) {
		web_status(r, 500);
		return;
	}
	p.row = line;
	p.now = changed ? line->state : NULL;
	if (open) {
		p.action = case_path(r, &x->c, arena_printf(web_arena(r), "/do/%s", case_action_name(x->action)));
		p.csrf = staff_csrf(r, p.action + 1);
	}
	page_staff_act(web_out(r), &p);
	web_page(r, open ? status : 409);
}

void staff_case_act(struct web_request *r)
{
	struct acting x;
	if (begin(r, &x))
		show(&x, NULL, false, 200);
}

/* Back to the case, unless it is gone for who did it. */
static void done(struct acting *x)
{
	bool gone = x->action == CA_RECUSE || x->action == CA_REJECT || x->action == CA_TRANSFER;
	if (gone)
		web_redirect(x->r, "~/staff/reports");
	else
		web_redirect(x->r, case_path(x->r, &x->c, arena_printf(web_arena(x->r), "?done=%s", case_action_name(x->action))));
}

/* The case as it is by now, with what was typed. */
static void again(struct acting *x)
{
	if (case_load(x->r, &x->c))
		show(x, NULL, true, 409);
}

void staff_case_act_post(struct web_request *r)
{
	struct acting x;
	struct act act = { .version = 0 };
	if (!begin(r, &x))
		return;
	const char *go = web_field(r, "go");
	if (go && !strcmp(go, "insert")) {
		show(&x, NULL, false, 200);
		return;
	}
	const struct actor who = staff_actor(staff_of(r));
	act.action = x.action;
	int err = act_read(r, x.form, &act);
	if (!err)
		err = work_act(DESK(r), &who, x.c.row.id, &act);
	if (!err)
		done(&x);
	else if (err == -EAGAIN)
		again(&x);
	else if (act_problem(err, &act))
		show(&x, act_problem(err, &act), false, err == -EACCES ? 403 : 422);
	else if (err == -ENOENT)
		web_status(r, 404);
	else
		show(&x, staff_not_kept, false, 503);
}
