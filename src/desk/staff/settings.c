/* SPDX-License-Identifier: Apache-2.0 */
/* What the administrator sets, and the way out of demonstration mode. */
#include "desk/settings.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/config.h"
#include "desk/post/post.h"
#include "desk/staff/exposure.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>
#include <stdlib.h>

static const char *const setting[] = { SETTING_LAW, SETTING_FILING, SETTING_FILING_REF, SETTING_FILING_DATE,
	SETTING_PASSED_ON, SETTING_EXPOSURE, SETTING_EXPOSURE_TALK };
static const char *const field[] = { "law", "filing", "reference", "date", "passed_on", "exposure", "talk" };

static int read_all(struct web_request *r, const char *ret[ARRAY_LEN(setting)])
{
	struct store_tx *t;
	int err = store_begin(DESK(r)->store, STORE_READ, &t);
	if (err)
		return err;
	for (size_t i = 0; i < ARRAY_LEN(setting) && !err; i++)
		err = desk_setting_get(t, web_arena(r), setting[i], &ret[i]);
	store_rollback(t);
	return err;
}

static void show(struct web_request *r, const char *error, bool saved, int status)
{
	const char *value[ARRAY_LEN(setting)];
	struct live_check check[LIVE_CHECKS];
	struct staff_settings_page p = {
		.layout = staff_layout(r, N_("Settings")),
		.csrf = staff_csrf(r, "/staff/settings"),
		.csrf_live = staff_csrf(r, "/staff/settings/open"),
		.error = error ? text(web_lang(r), error) : NULL,
		.check = check,
		.check_n = LIVE_CHECKS,
		.live = desk_live(DESK(r)),
		.saved = saved,
		.mail = post_configured(DESK(r)) ? DESK(r)->config->mail.from : NULL,
		.ready = true,
	};
	int err = read_all(r, value);
	if (!err)
		err = desk_live_checks(DESK(r), check);
	if (err) {
		web_status(r, 500);
		return;
	}
	for (size_t i = 0; error && i < ARRAY_LEN(field); i++)
		if (web_field(r, field[i]))
			value[i] = web_field(r, field[i]); /* what was typed stays */
	p.law = value[0];
	p.filing = value[1];
	p.reference = value[2];
	p.date = value[3];
	p.passed_on = value[4];
	p.exposure = value[5];
	p.talk = value[6];
	for (size_t i = 0; i < LIVE_CHECKS; i++)
		p.ready &= check[i].good;
	page_staff_settings(web_out(r), &p);
	web_page(r, status);
}

void staff_settings(struct web_request *r)
{
	if (staff_may(r, STAFF_ROLE(KEYS_ADMINISTRATOR)))
		show(r, NULL, false, 200);
}

/* In the trail stands which one, never what it says. */
static int write_one(struct store_tx *t, struct web_request *r, const char *name, const char *value)
{
	const char *before;
	int err = desk_setting_get(t, web_arena(r), name, &before);
	if (err || (!before == !value && (!value || !strcmp(before, value))))
		return err;
	err = desk_setting_set(t, name, value);
	return err ? err : audit_put(t, &(struct audit_entry){ .member = staff_of(r)->member, .role = staff_of(r)->role,
		.action = "setting.change", .object = name });
}

static int write_all(struct store_tx *t, void *ctx)
{
	int err = 0;
	for (size_t i = 0; i < ARRAY_LEN(setting) && !err; i++) {
		const char *v = web_field(ctx, field[i]);
		err = write_one(t, ctx, setting[i], v && *v ? v : NULL);
	}
	return err;
}

static bool limit_good(const char *s)
{
	char *end;
	long n = strtol(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && n >= EXPOSURE_LIMIT_LEAST && n <= EXPOSURE_LIMIT_MOST;
}

static const char *check_fields(struct web_request *r)
{
	struct civil day;
	const char *limit = web_field(r, "exposure"), *date = web_field(r, "date"), *filing = web_field(r, "filing"), *law = web_field(r, "law");
	if (date && *date && civil_parse_date(date, &day))
		return N_("A date is written 2026-11-23.");
	if (limit && *limit && !limit_good(limit))
		return N_("A number from 5 to 500, or nothing.");
	if (filing && *filing && strcmp(filing, "declared") != 0 && strcmp(filing, "authorised") != 0 &&
		strcmp(filing, "own_text") != 0)
		return N_("This filing status is not known.");
	if (desk_live(DESK(r)) && (!law || !*law || !filing || !*filing))
		return N_("An open desk cannot be without legal basis and filing.");
	return NULL;
}

void staff_settings_post(struct web_request *r)
{
	if (!staff_may(r, STAFF_ROLE(KEYS_ADMINISTRATOR)))
		return;
	const char *problem = check_fields(r);
	if (problem) {
		show(r, problem, false, 422);
		return;
	}
	if (store_write(DESK(r)->store, write_all, r)) {
		web_status(r, 500);
		return;
	}
	show(r, NULL, true, 200);
}

void staff_settings_open(struct web_request *r)
{
	if (!staff_may(r, STAFF_ROLE(KEYS_ADMINISTRATOR)))
		return;
	int err = desk_go_live(DESK(r), staff_of(r)->member);
	if (err == ERR_REFUSED)
		show(r, N_("Something is still missing."), false, 422);
	else if (err)
		web_status(r, 500);
	else
		web_redirect(r, "~/staff/settings");
}
