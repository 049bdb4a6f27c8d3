/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <ctype.h>
#include <errno.h>

static void show(struct web_request *r, const char *error, int status)
{
	const struct staff_sign_in_page p = {
		.layout = staff_layout(r, N_("Sign in")),
		.name = web_field(r, "name"),
		.error = error ? text(web_lang(r), error) : NULL,
	};
	page_staff_sign_in(web_out(r), &p);
	web_page(r, status);
}

void staff_sign_in_form(struct web_request *r)
{
	show(r, NULL, 200);
}

void staff_sign_in_post(struct web_request *r)
{
	const char *name = web_field(r, "name"), *password = web_field(r, "password");
	char *lower = arena_text(web_arena(r), name ? name : "", name ? strlen(name) : 0);
	if (!lower) {
		web_status(r, 500);
		return;
	}
	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	const char *next;
	int err = staff_sign_in(r, lower, password ? password : "", &next);
	if (err == -EACCES)
		show(r, N_("Name or password is wrong."), 403);
	else if (err == -EAGAIN)
		show(r, N_("Too many tries. Wait a few minutes, then try again."), 429);
	else if (err)
		web_status(r, 500);
	else
		web_redirect(r, next);
}

void staff_sign_out_post(struct web_request *r)
{
	if (!staff_any(r))
		return;
	staff_sign_out(r);
	web_redirect(r, "~/staff/sign-in");
}
