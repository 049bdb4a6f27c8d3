/* SPDX-License-Identifier: Apache-2.0 */
/* The pause that is offered. */
#include "desk/pages.h"
#include "desk/settings.h"
#include "desk/staff/exposure.h"
#include "desk/staff/pages.h"
#include "desk/staff/people.h"
#include "desk/staff/people_pages.h"

/* Whom to talk to, in this desk's own words. NULL: not said. */
static const char *whom(struct web_request *r)
{
	struct store_tx *t;
	const char *value = NULL;
	if (store_begin(DESK(r)->store, STORE_READ, &t))
		return NULL;
	if (desk_setting_get(t, web_arena(r), SETTING_EXPOSURE_TALK, &value))
		value = NULL;
	store_rollback(t);
	return value;
}

void exposure_offer(struct web_request *r, const char *path, const char *seq)
{
	int64_t n;
	if (exposure_so_far(DESK(r), staff_of(r)->member, &n)) {
		web_status(r, 500);
		return;
	}
	const struct exposure_page p = {
		.layout = staff_layout(r, N_("Time for a pause")),
		.n = n,
		.talk = whom(r),
		.action = arena_printf(web_arena(r), "~%s", path),
		.csrf = staff_csrf(r, path),
		.csrf_pause = staff_csrf(r, "/staff/pause"),
		.seq = seq,
	};
	page_exposure_offer(web_out(r), &p);
	web_page(r, 200);
}

void staff_pause(struct web_request *r)
{
	if (!staff_may(r, STAFF_READERS))
		return;
	const struct exposure_page p = { .layout = staff_layout(r, N_("A pause")), .talk = whom(r) };
	page_exposure_pause(web_out(r), &p);
	web_page(r, 200);
}

void staff_pause_post(struct web_request *r)
{
	if (!staff_may(r, STAFF_READERS))
		return;
	if (exposure_pause(DESK(r), staff_of(r)->member))
		web_status(r, 500);
	else
		web_redirect(r, "~/staff/pause");
}
