/* SPDX-License-Identifier: Apache-2.0 */
/* A report before a unit: which one, how sure its address is, who is named, what is said to it. Where a child can
 * be identified, or it is between minors, a supervisor signs first. */
#include "desk/staff/act.h"
#include "desk/staff/case.h"

#include "desk/pages.h"
#include "desk/staff/directory.h"
#include "desk/staff/field.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>
#include <stdlib.h>

#define OFFICE (STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR))

static const char *confirmed(struct web_request *r, const struct work_unit *u)
{
	const enum lang l = web_lang(r);
	if (!u->confirmed)
		return text(l, "This desk has never confirmed it.");
	const char *day[] = { text_date(web_arena(r), l, DESK(r)->zone, u->confirmed, TEXT_DAY), NULL };
	return u->fresh ? text_fill(web_arena(r), l, "Confirmed on {0}.", day)
		: text_fill(web_arena(r), l, "Not confirmed in the last six months; last on {0}.", day);
}

/* As it calls itself, where the directory says so. */
static const char *name(struct web_request *r, const struct work_unit *u)
{
	const char *place = staff_unit(r, u->code);
	return u->name ? arena_printf(web_arena(r), "%s · %s", place, u->name) : place;
}

static const char *how(enum lang l, const struct work_unit *u)
{
	return u->how == UNIT_TERRITORY ? text(l, "Unit of this place") : u->how == UNIT_REGION ? text(l, "Unit of the region")
		: text(l, "Elsewhere");
}

/* Those near first, as work_units has them. Where nobody works nothing can be opened: they are only counted. */
static int units(struct web_request *r, const struct work_case *c, const char *territory, struct refer_page *p)
{
	struct work_unit *u = NULL;
	size_t n = 0;
	const struct actor who = staff_actor(staff_of(r));
	int err = work_units(DESK(r), web_arena(r), &who, c->row.id, territory, &u, &n);
	struct refer_unit *unit = err ? NULL : arena_array(web_arena(r), n ? n : 1, sizeof *unit);
	if (!unit)
		return err ? err : -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		bool near = u[i].how != UNIT_OTHER;
		p->empty_n += near && !u[i].has_keys;
		if (!u[i].has_keys)
			continue;
		unit[p->unit_n++] = (struct refer_unit){ u[i].code, name(r, &u[i]), how(web_lang(r), &u[i]), confirmed(r, &u[i]),
			!strcmp(u[i].code, act_field(r, "unit")), near, u[i].fresh };
		p->near_n += near;
	}
	p->unit = unit;
	return 0;
}

/* Typed by the person; where nothing was, the region that stands in clear. */
static const char *territory_of(struct web_request *r, const struct work_case *c)
{
	const char *typed = web_field(r, "territory") ? web_field(r, "territory") : web_query(r, "territory");
	const struct desk_territory *t = typed && *typed ? desk_territory(DESK(r)->data, typed) : NULL;
	return t ? t->code : c->row.region;
}

static void show(struct web_request *r, const struct work_case *c, const char *error, bool changed, int status)
{
	struct case_line *line = NULL;
	struct refer_page p = {
		.layout = staff_layout(r, N_("Refer to a unit")),
		.id = staff_hex(web_arena(r), c->row.id, SEAL_ID),
		.csrf = staff_csrf(r, case_path(r, c, "/refer") + 1),
		.version = case_number(web_arena(r), c->row.version),
		.error = error ? text(web_lang(r), error) : NULL,
		.text = act_field(r, "text"),
		.territory = territory_of(r, c),
		.names_seen = *act_field(r, "names_seen"),
		.identifies_child = *act_field(r, "identifies_child"),
		.among_minors = *act_field(r, "among_minors"),
		.propose_only = !case_may(c, CA_REFER),
	};
	int err = staff_lines(r, &c->row, 1, &line);
	if (!err)
		err = units(r, c, p.territory, &p);
	if (err) {
		web_status(r, 500);
		return;
	}
	p.row = line;
	p.now = changed ? line->state : NULL;
	page_staff_refer(web_out(r), &p);
	web_page(r, status);
}

static bool begin(struct web_request *r, struct work_case *c)
{
	if (!staff_may_national(r, OFFICE) || !case_load(r, c))
		return false;
	if (case_may(c, CA_REFER) || case_may(c, CA_PROPOSE))
		return true;
	web_redirect(r, case_path(r, c, "")); /* an old link: the case's page says how it is now */
	return false;
}

void staff_case_refer(struct web_request *r)
{
	struct work_case c;
	if (begin(r, &c))
		show(r, &c, NULL, false, 200);
}

static void read(struct web_request *r, const struct work_case *c, struct act *act)
{
	*act = (struct act){
		.version = strtoull(act_field(r, "version"), NULL, 10),
		.unit = act_field(r, "unit"),
		.text = act_field(r, "text"),
		.names_seen = *act_field(r, "names_seen"),
		.identifies_child = *act_field(r, "identifies_child"),
		.among_minors = *act_field(r, "among_minors"),
	};
	act->action = act->identifies_child || act->among_minors || !case_may(c, CA_REFER) ? CA_PROPOSE : CA_REFER;
}

void staff_case_refer_post(struct web_request *r)
{
	struct work_case c;
	struct act act;
	if (!begin(r, &c))
		return;
	const struct actor who = staff_actor(staff_of(r));
	read(r, &c, &act);
	int err = *act.unit ? work_act(DESK(r), &who, c.row.id, &act) : -EINVAL;
	if (!err)
		web_redirect(r, case_path(r, &c, arena_printf(web_arena(r), "?done=%s", case_action_name(act.action))));
	else if (err == -EAGAIN && case_load(r, &c))
		show(r, &c, NULL, true, 409);
	else if (err == -EINVAL)
		show(r, &c, N_("Choose a unit that can open it."), false, 422);
	else if (err != -EAGAIN && act_problem(err, &act))
		show(r, &c, act_problem(err, &act), false, 422);
	else if (err == -ENOENT)
		web_status(r, 404);
	else if (err != -EAGAIN)
		show(r, &c, staff_not_kept, false, 503);
}
