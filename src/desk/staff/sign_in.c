/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/post/post.h"
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

/* Reports that nobody has opened yet, of those in this member's list. */
static int64_t waiting(struct desk *d, const struct staff *s)
{
	struct store_tx *t;
	struct store_rows *rows;
	int64_t n = 0;
	if (store_begin(d->store, STORE_READ, &t))
		return 0;
	if (!STORE_QUERY(t, &rows, "SELECT count(*) FROM report WHERE opened IS NULL AND unit = $1 AND restricted <= $2",
		    S_TEXT(s->unit), S_INT(s->role == KEYS_SUPERVISOR))) {
		if (store_next(rows) == 1)
			n = store_int(rows, 0);
		store_end(rows);
	}
	store_rollback(t);
	return n;
}

void staff_home(struct web_request *r)
{
	if (!staff_may(r, STAFF_ANYBODY))
		return;
	const struct staff *s = staff_of(r);
	bool opens = s->role == KEYS_ANALYST || s->role == KEYS_SUPERVISOR || s->role == KEYS_OFFICER;
	const struct staff_home_page p = {
		.layout = staff_layout(r, N_("The desk")),
		.me = s,
		.role = staff_role_name(web_lang(r), s->role),
		.opens = opens,
		.administers = s->role == KEYS_ADMINISTRATOR,
		.alone = !s->factor,
		.silent = (s->role == KEYS_ADMINISTRATOR || s->role == KEYS_SUPERVISOR) && !post_configured(DESK(r)),
		.waiting = opens ? waiting(DESK(r), s) : 0,
	};
	page_staff_home(web_out(r), &p);
	web_page(r, 200);
}
