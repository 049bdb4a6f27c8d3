/* SPDX-License-Identifier: Apache-2.0 */
/* Setting up the second factor, replacing it, new recovery codes. */
#include "desk/audit/audit.h"
#include "desk/config.h"
#include "desk/pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/people.h"
#include "desk/staff/people_pages.h"

#include <errno.h>
#include <sodium.h>

#define TRIES N_("Too many tries. Wait a few minutes, then try again.")

static const struct staff *session(struct web_request *r)
{
	return staff_of(r) ? staff_of(r) : staff_half(r);
}

/* What is typed at sign-in: under this name the authenticator lists it. */
static const char *account(struct web_request *r, uint32_t member)
{
	struct store_tx *t;
	struct store_rows *rows;
	const char *name = NULL;
	if (store_begin(DESK(r)->store, STORE_READ, &t))
		return "";
	if (!STORE_QUERY(t, &rows, "SELECT sign_in FROM staff WHERE member = $1", S_INT(member))) {
		if (store_next(rows) == 1)
			name = arena_text(web_arena(r), store_text(rows, 0), strlen(store_text(rows, 0)));
		store_end(rows);
	}
	store_rollback(t);
	return name ? name : "";
}

static void show(struct web_request *r, const struct factor_new *n, const char *error, int status)
{
	struct factor_state state;
	const struct staff *s = session(r);
	const char *desk = DESK(r)->config->name;
	if (factor_state(DESK(r), s->member, &state)) {
		web_status(r, 500);
		return;
	}
	const struct staff_factor_page p = {
		.layout = staff_layout(r, N_("Second step at sign-in")),
		.error = error,
		.csrf = staff_csrf(r, "/staff/factor"),
		.csrf_codes = staff_csrf(r, "/staff/factor/codes"),
		.csrf_out = staff_csrf(r, "/staff/sign-out"),
		.secret = totp_secret_text(web_arena(r), n->secret),
		.uri = totp_uri(web_arena(r), n->secret, desk && *desk ? desk : "hisn", account(r, s->member)),
		.field = n->field,
		.picture = text(web_lang(r), N_("QR code for the authenticator; its content stands below as letters")),
		.has = state.has,
		.half = !s->whole,
		.since = state.has ? text_date(web_arena(r), web_lang(r), DESK(r)->zone, state.since, TEXT_DAY) : NULL,
		.left = state.left,
	};
	page_staff_factor(web_out(r), &p);
	web_page(r, status);
}

/* With a new secret: the one before is forgotten, nothing was stored. */
static void offer(struct web_request *r, const char *error, int status)
{
	struct factor_new n;
	int err = factor_new(DESK(r), session(r)->member, &n);
	if (err)
		web_status(r, 500);
	else
		show(r, &n, error, status);
	sodium_memzero(&n, sizeof n);
}

/* Whole, or half for want of a factor. Who has one gives it first. */
static bool expected(struct web_request *r)
{
	if (!staff_any(r))
		return false;
	const struct staff *half = staff_half(r);
	if (!half || !half->factor)
		return true;
	web_redirect(r, "~/staff/second");
	return false;
}

void staff_factor(struct web_request *r)
{
	if (expected(r))
		offer(r, NULL, 200);
}

static void show_codes(struct web_request *r, struct factor_codes *codes)
{
	const struct staff_codes_page p = { staff_layout(r, N_("Recovery codes")), codes };
	page_staff_codes(web_out(r), &p);
	web_page(r, 200);
	sodium_memzero(codes, sizeof *codes);
}

static int tell(struct web_request *r, const char *action)
{
	const struct staff *s = session(r);
	return audit_now(DESK(r), &(struct audit_entry){ .member = s->member, .role = s->role, .action = action });
}

/* The one they have must be given before another takes its place. 0, or answered. */
static int give_up_old(struct web_request *r, const struct factor_new *n)
{
	bool recovery;
	if (!session(r)->factor)
		return 0;
	int err = factor_check(DESK(r), session(r)->member, web_field(r, "old"), &recovery);
	if (err == -EACCES && tell(r, "refused"))
		err = -EIO;
	if (err == -EACCES)
		show(r, n, N_("The code of the present one is wrong, or has been used."), 422);
	else if (err == -EAGAIN)
		show(r, n, TRIES, 429);
	else if (err)
		web_status(r, 500);
	return err;
}

static void enrol(struct web_request *r, const struct factor_new *n)
{
	struct factor_codes codes;
	const struct staff *s = session(r);
	if (!factor_fits(n, web_field(r, "code"))) {
		show(r, n, N_("The code does not fit. Is the clock of the device right?"), 422);
		return;
	}
	if (give_up_old(r, n))
		return;
	int err = tell(r, "factor.enrol");
	if (!err)
		err = factor_enrol(DESK(r), s->member, n, web_field(r, "code"), &codes);
	if (!err && !s->whole)
		err = staff_complete(r);
	if (err)
		web_status(r, 500);
	else
		show_codes(r, &codes);
}

void staff_factor_post(struct web_request *r)
{
	struct factor_new n;
	if (!expected(r))
		return;
	int err = factor_again(DESK(r), session(r)->member, web_field(r, "box"), &n);
	if (!err)
		enrol(r, &n);
	else if (err == ERR_MALFORMED)
		offer(r, N_("This form could not be read. Please begin again."), 422);
	else
		web_status(r, 500);
	sodium_memzero(&n, sizeof n);
}

void staff_factor_codes(struct web_request *r)
{
	bool recovery;
	struct factor_codes codes;
	if (!staff_may(r, STAFF_ANYBODY))
		return;
	int err = factor_check(DESK(r), staff_of(r)->member, web_field(r, "code"), &recovery);
	if (!err)
		err = tell(r, "factor.codes");
	if (!err)
		err = factor_fresh_codes(DESK(r), staff_of(r)->member, &codes);
	if (err == -EACCES && tell(r, "refused"))
		err = -EIO;
	if (err == -EACCES || err == -ENOENT)
		offer(r, N_("This code is wrong, or has been used. Wait for the next one."), 422);
	else if (err == -EAGAIN)
		offer(r, TRIES, 429);
	else if (err)
		web_status(r, 500);
	else
		show_codes(r, &codes);
}
