/* SPDX-License-Identifier: Apache-2.0 */
/* One's own sessions, and one's password. */
#include "desk/audit/audit.h"
#include "desk/pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/people.h"
#include "desk/staff/people_pages.h"

#include <errno.h>

enum { QUARTER = 15 * 60, PASSWORD_LEAST = 12 };

/* To the quarter hour: enough to know one's own, too little to follow a colleague's day. */
static const char *quarter(struct web_request *r, int64_t at)
{
	return text_date(web_arena(r), web_lang(r), DESK(r)->zone, at - at % QUARTER, TEXT_DAY_TIME);
}

void staff_sessions_page(struct web_request *r)
{
	struct staff_session list[STAFF_SESSIONS_MAX] = { 0 };
	size_t n;
	if (!staff_may(r, STAFF_ANYBODY))
		return;
	int err = staff_sessions(r, list, &n);
	struct staff_session_row *row = err ? NULL : arena_array(web_arena(r), n ? n : 1, sizeof *row);
	if (!row) {
		web_status(r, 500);
		return;
	}
	for (size_t i = 0; i < n; i++)
		row[i] = (struct staff_session_row){ arena_text(web_arena(r), list[i].id, strlen(list[i].id)),
			quarter(r, list[i].created), quarter(r, list[i].seen), list[i].mine, list[i].whole };
	const struct staff_sessions_page p = { staff_layout(r, N_("Your sessions")), row, n,
		staff_csrf(r, "/staff/sessions/end"), staff_csrf(r, "/staff/sessions/others") };
	page_staff_sessions(web_out(r), &p);
	web_page(r, 200);
}

static void end(struct web_request *r, const char *id)
{
	int err = staff_session_end(r, id);
	if (err == -ENOENT)
		staff_unseen(r);
	else if (err)
		web_status(r, 500);
	else
		web_redirect(r, "~/staff/sessions");
}

void staff_sessions_end_one(struct web_request *r)
{
	const char *id = web_field(r, "session");
	if (staff_may(r, STAFF_ANYBODY))
		end(r, id ? id : "");
}

void staff_sessions_end_others(struct web_request *r)
{
	if (staff_may(r, STAFF_ANYBODY))
		end(r, NULL);
}

/* --- the password --- */

static void show(struct web_request *r, const char *error, int status)
{
	const struct staff_password_page p = { staff_layout(r, N_("Change your password")), error, staff_csrf(r, "/staff/password") };
	page_staff_password(web_out(r), &p);
	web_page(r, status);
}

void staff_password(struct web_request *r)
{
	if (staff_may(r, STAFF_ANYBODY))
		show(r, NULL, 200);
}

static const char *check(struct web_request *r)
{
	const char *new = web_field(r, "password"), *again = web_field(r, "again");
	if (!new || strlen(new) < PASSWORD_LEAST)
		return N_("The password is too short: at least 12 characters.");
	if (!again || strcmp(new, again) != 0)
		return N_("The two passwords differ.");
	return NULL;
}

static int change(struct web_request *r)
{
	const struct staff *s = staff_of(r);
	const char *old = web_field(r, "old");
	struct keys_member me;
	struct audit_entry e = { .member = s->member, .role = s->role, .action = "password" };
	/* Both a session that the key process has ended and a wrong password are -EACCES. */
	int err = keys_session(DESK(r)->keys, s->keys, &me);
	if (err)
		return err == -EACCES ? -ESTALE : err;
	err = keys_password(DESK(r)->keys, s->keys, bytes_str(old ? old : ""), bytes_str(web_field(r, "password")));
	if (err == -EACCES) {
		e.action = "refused";
		e.object = "password";
	}
	int told = !err || err == -EACCES ? audit_now(DESK(r), &e) : 0;
	if (!err)
		err = staff_session_end(r, NULL);
	return err ? err : told;
}

void staff_password_post(struct web_request *r)
{
	if (!staff_may(r, STAFF_ANYBODY))
		return;
	const char *problem = check(r);
	if (problem) {
		show(r, problem, 422);
		return;
	}
	int err = change(r);
	if (err == -EACCES)
		show(r, N_("The present password is wrong."), 422);
	else if (err == -ESTALE)
		web_redirect(r, "~/staff/sign-in");
	else if (err == -EAGAIN)
		show(r, N_("Too many tries. Wait a few minutes, then try again."), 429);
	else if (err)
		web_status(r, 500);
	else
		web_redirect(r, "~/staff/me");
}
