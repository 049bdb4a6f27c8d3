/* SPDX-License-Identifier: Apache-2.0 */
/* The second step of signing in. */
#include "desk/audit/audit.h"
#include "desk/pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/people.h"
#include "desk/staff/people_pages.h"

#include <errno.h>

static void show(struct web_request *r, const char *error, int status)
{
	const struct staff_second_page p = {
		.layout = staff_layout(r, N_("Second step")),
		.error = error,
		.csrf = staff_csrf(r, "/staff/second"),
		.csrf_out = staff_csrf(r, "/staff/sign-out"),
	};
	page_staff_second(web_out(r), &p);
	web_page(r, status);
}

/* Who has given a password and has a factor; everybody else is sent where they belong. */
static const struct staff *expected(struct web_request *r)
{
	if (!staff_any(r))
		return NULL;
	const struct staff *s = staff_half(r);
	if (s && s->factor)
		return s;
	web_redirect(r, s ? "~/staff/factor" : "~/staff");
	return NULL;
}

void staff_second(struct web_request *r)
{
	if (expected(r))
		show(r, NULL, 200);
}

static void wrong(struct web_request *r, const struct staff *s)
{
	const struct audit_entry e = { .member = s->member, .role = s->role, .action = "refused", .object = "second", .detail = "code" };
	int err = audit_now(DESK(r), &e);
	if (err)
		web_status(r, 500);
	else
		show(r, N_("This code is wrong, or has been used. Wait for the next one."), 403);
}

void staff_second_post(struct web_request *r)
{
	const struct staff *s = expected(r);
	if (!s)
		return;
	bool recovery;
	int err = factor_check(DESK(r), s->member, web_field(r, "code"), &recovery);
	if (!err && recovery)
		err = audit_now(DESK(r), &(struct audit_entry){ .member = s->member, .role = s->role, .action = "factor.recovery" });
	if (!err)
		err = staff_complete(r);
	if (err == -EACCES)
		wrong(r, s);
	else if (err == -EAGAIN)
		show(r, N_("Too many tries. Wait a few minutes, then try again."), 429);
	else if (err)
		web_status(r, 500);
	else
		web_redirect(r, recovery ? "~/staff/factor" : "~/staff");
}
