/* SPDX-License-Identifier: Apache-2.0 */
/* The one-time link of somebody who has forgotten their password. */
#include "desk/pages.h"
#include "desk/staff/member.h"
#include "desk/staff/pages.h"
#include "desk/staff/people.h"
#include "desk/staff/people_pages.h"

#include <errno.h>

enum { PASSWORD_LEAST = 12 };

static void show(struct web_request *r, const char *error, int status)
{
	const struct staff_reset_page p = { staff_layout(r, N_("Choose a new password")), error,
		arena_printf(web_arena(r), "~/staff/reset/%s", web_param(r, "token")) };
	page_staff_reset(web_out(r), &p);
	web_page(r, status);
}

void staff_reset(struct web_request *r)
{
	uint32_t member;
	int err = member_reset_find(DESK(r), web_param(r, "token"), &member);
	if (err)
		web_status(r, err == -ENOENT ? 410 : 500);
	else
		show(r, NULL, 200);
}

void staff_reset_post(struct web_request *r)
{
	struct keys_member m;
	const char *password = web_field(r, "password"), *again = web_field(r, "again");
	if (!password || strlen(password) < PASSWORD_LEAST) {
		show(r, N_("The password is too short: at least 12 characters."), 422);
		return;
	}
	if (!again || strcmp(password, again) != 0) {
		show(r, N_("The two passwords differ."), 422);
		return;
	}
	int err = member_reset_finish(DESK(r), web_param(r, "token"), password, &m);
	if (err == -ENOENT)
		web_status(r, 410);
	else if (err == -EAGAIN)
		show(r, N_("Too many tries. Wait a few minutes, then try again."), 429);
	else if (err)
		web_status(r, 500);
	if (err)
		return;
	const struct staff_joined_page p = { staff_layout(r, N_("Your keys are made")), m.fingerprint, m.unit[0] != 0 };
	page_staff_joined(web_out(r), &p);
	web_page(r, 200);
}
