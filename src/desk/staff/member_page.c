/* SPDX-License-Identifier: Apache-2.0 */
/* One member: what may be done, with plain words on what each thing does. */
#include "desk/pages.h"
#include "desk/staff/member.h"
#include "desk/staff/pages.h"
#include "desk/staff/people.h"
#include "desk/staff/people_pages.h"

#include <errno.h>
#include <stdlib.h>

/* --- who it is --- */

static const char *keep(struct arena *a, const char *s)
{
	return arena_text(a, s, strlen(s));
}

static int read_member(struct web_request *r, uint32_t member, struct staff_member_page *p)
{
	struct store_tx *t;
	struct store_rows *rows;
	struct arena *a = web_arena(r);
	int err = store_begin(DESK(r)->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT s.name, s.role, s.unit, (SELECT count(*) FROM factor f WHERE f.member = s.member) "
		"FROM staff s WHERE s.member = $1 AND s.gone IS NULL", S_INT(member));
	if (!err) {
		err = store_next(rows);
		if (err == 1) {
			p->id = member;
			p->name = keep(a, store_text(rows, 0));
			p->role = staff_role_name(web_lang(r), (int)store_int(rows, 1));
			p->unit_code = keep(a, store_text(rows, 2));
			p->factor = store_int(rows, 3) > 0;
		}
		store_end(rows);
	}
	store_rollback(t);
	return err == 1 ? p->name && p->unit_code ? 0 : -ENOMEM : err < 0 ? err : -ENOENT;
}

int staff_colleagues(struct web_request *r, const char *unit, uint32_t without, const struct staff_choice **ret, size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *rows;
	struct arena *a = web_arena(r);
	struct staff_choice *c = arena_array(a, KEYS_MEMBER_MAX, sizeof *c);
	size_t n = 0;
	int err = c ? store_begin(DESK(r)->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT member, name FROM staff WHERE unit = $1 AND unit <> '' AND member <> $2 AND gone IS NULL ORDER BY name LIMIT 500",
		S_TEXT(unit), S_INT(without));
	if (!err) {
		while (n < KEYS_MEMBER_MAX && (err = store_next(rows)) == 1) {
			c[n] = (struct staff_choice){ (uint32_t)store_int(rows, 0), keep(a, store_text(rows, 1)) };
			n++;
		}
		store_end(rows);
	}
	store_rollback(t);
	*ret = c;
	*ret_n = n;
	return err < 0 ? err : 0;
}

static uint32_t member_of(struct web_request *r)
{
	const char *s = web_param(r, "member");
	char *end;
	unsigned long n = strtoul(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && n < UINT32_MAX ? (uint32_t)n : 0;
}

static const char *csrf(struct web_request *r, uint32_t member, const char *what)
{
	const char *path = arena_printf(web_arena(r), "/staff/members/%u/%s", member, what);
	return path ? staff_csrf(r, path) : NULL;
}

/* Fills *p; false: answered. */
static bool look(struct web_request *r, struct staff_member_page *p)
{
	const struct staff *me = staff_of(r);
	uint32_t member = member_of(r);
	int err = read_member(r, member, p);
	if (!err)
		err = member_managed(DESK(r), me, p->unit_code, &p->manages);
	if (!err)
		err = staff_colleagues(r, p->unit_code, p->id, &p->other, &p->other_n);
	if (err == -EACCES)
		web_redirect(r, "~/staff/sign-in");
	else if (err)
		web_status(r, err == -ENOENT ? 404 : 500);
	if (err)
		return false;
	p->mine = me->member == member;
	p->unit = *p->unit_code ? staff_unit_name(DESK(r), web_lang(r), p->unit_code) : NULL;
	p->may_share = !p->mine && *p->unit_code && !strcmp(me->unit, p->unit_code);
	p->csrf_leave = csrf(r, member, "leave");
	p->csrf_reset = csrf(r, member, "reset");
	p->csrf_share = csrf(r, member, "share");
	p->csrf_factor = csrf(r, member, "factor");
	return true;
}

static void show(struct web_request *r, const char *error, const char *good, const char *link, int status)
{
	struct staff_member_page p = { .layout = staff_layout(r, N_("A member")), .error = error, .good = good, .link = link };
	if (!look(r, &p))
		return;
	p.layout.title = p.name;
	page_staff_member(web_out(r), &p);
	web_page(r, status);
}

void staff_member(struct web_request *r)
{
	if (staff_may(r, STAFF_READERS))
		show(r, NULL, NULL, NULL, 200);
}

/* --- what all of them answer to --- */

static void answer(struct web_request *r, int err)
{
	if (err == -EPERM) {
		staff_refuse(r, "member");
	} else if (err == -EACCES) {
		web_redirect(r, "~/staff/sign-in");
	} else if (err == -ENOENT) {
		web_status(r, 404);
	} else if (err == ERR_REFUSED) {
		show(r, N_("Not now: something could then be opened by nobody. Share the unit’s keys with a colleague first, or name recovery holders."),
			NULL, NULL, 422);
	} else {
		web_status(r, 500);
	}
}

void staff_member_share(struct web_request *r)
{
	size_t n;
	if (!staff_may(r, STAFF_READERS))
		return;
	int err = member_share(DESK(r), staff_of(r), member_of(r), &n);
	if (err)
		answer(r, err);
	else
		show(r, NULL, n ? N_("The keys of your unit are shared.") : N_("There was nothing more to share."), NULL, 200);
}

void staff_member_factor(struct web_request *r)
{
	if (!staff_may(r, STAFF_ROLE(KEYS_SUPERVISOR)))
		return;
	int err = member_factor_remove(DESK(r), staff_of(r), member_of(r));
	if (err)
		answer(r, err);
	else
		show(r, NULL, N_("The second step is removed, and the sessions have ended. It is set up anew at the next sign-in."), NULL, 200);
}

void staff_member_reset(struct web_request *r)
{
	const char *path;
	if (!staff_may(r, STAFF_ROLE(KEYS_SUPERVISOR)))
		return;
	int err = member_of(r) == staff_of(r)->member ? -EPERM : member_reset(DESK(r), web_arena(r), staff_of(r), member_of(r), &path);
	if (err)
		answer(r, err);
	else
		show(r, NULL, NULL, staff_link(r, path), 200);
}

/* --- leaving --- */

static void show_leave(struct web_request *r, const char *error, int status)
{
	struct staff_member_page p = { .layout = staff_layout(r, N_("Leaving this desk")), .error = error };
	if (!look(r, &p))
		return;
	if (!p.mine && !p.manages) {
		staff_refuse(r, "member");
		return;
	}
	page_staff_leave(web_out(r), &p);
	web_page(r, status);
}

void staff_member_leave_form(struct web_request *r)
{
	if (staff_may(r, STAFF_ANYBODY))
		show_leave(r, NULL, 200);
}

/* The colleague chosen; 0: nobody. False: not one of those offered. */
static bool chosen(struct web_request *r, const struct staff_member_page *p, uint32_t *ret)
{
	const char *s = web_field(r, "to");
	*ret = s ? (uint32_t)strtoul(s, NULL, 10) : 0;
	for (size_t i = 0; i < p->other_n; i++)
		if (p->other[i].member == *ret)
			return true;
	return s && !strcmp(s, "0");
}

static void left(struct web_request *r, bool mine, const char *name, size_t cases)
{
	if (mine)
		web_cookie_set(r, "hisn", "", -1);
	struct staff_left_page p = { .layout = staff_layout(r, N_("Left this desk")), .mine = mine, .name = name, .cases = (int64_t)cases };
	if (mine)
		p.layout.me = NULL;
	page_staff_left(web_out(r), &p);
	web_page(r, 200);
}

void staff_member_leave(struct web_request *r)
{
	uint32_t to;
	size_t cases;
	struct staff_member_page p = { 0 };
	if (!staff_may(r, STAFF_ANYBODY) || !look(r, &p))
		return;
	const char *sure = web_field(r, "sure");
	if (!chosen(r, &p, &to)) {
		show_leave(r, N_("Say who goes on with the cases."), 422);
		return;
	}
	if (!sure || strcmp(sure, "yes") != 0) {
		show_leave(r, N_("Please confirm that this cannot be taken back."), 422);
		return;
	}
	int err = member_leave(DESK(r), staff_of(r), p.id, to, &cases);
	if (err == ERR_REFUSED)
		show_leave(r, N_("Not now: something could then be opened by nobody. Share the unit’s keys with a colleague first, or name recovery holders."), 422);
	else if (err)
		answer(r, err);
	else
		left(r, p.mine, p.name, cases);
}
