/* SPDX-License-Identifier: Apache-2.0 */
/* A one-time link becomes a colleague with keys of their own. */
#include "desk/audit/audit.h"
#include "desk/staff/invite.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <sodium.h>

enum { PASSWORD_LEAST = 12 };

struct joining {
	struct invite invite;
	struct keys_member member;
	const char *name, *sign_in, *language;
};

static int look(struct web_request *r, struct invite *ret)
{
	struct store_tx *t;
	int err = store_begin(DESK(r)->store, STORE_READ, &t);
	if (err)
		return err;
	err = invite_find(t, web_arena(r), web_param(r, "token"), ret);
	store_rollback(t);
	return err;
}

static void show(struct web_request *r, const struct invite *i, const char *error)
{
	const char *name = web_field(r, "name");
	const struct staff_join_page p = {
		.layout = staff_layout(r, N_("Join this desk")),
		.action = arena_printf(web_arena(r), "~/staff/join/%s", web_param(r, "token")),
		.name = name ? name : i->name,
		.role = staff_role_name(web_lang(r), i->role),
		.error = error ? text(web_lang(r), error) : NULL,
	};
	page_staff_join(web_out(r), &p);
	web_page(r, error ? 422 : 200);
}

void staff_join(struct web_request *r)
{
	struct invite i;
	int err = look(r, &i);
	if (err)
		web_status(r, err == -ENOENT ? 410 : 500);
	else
		show(r, &i, NULL);
}

/* Lower case into the arena; NULL where it is no sign-in name. */
static const char *sign_in_name(struct arena *a, const char *s)
{
	size_t n = s ? strlen(s) : 0;
	char *name = n >= 3 && n <= 60 ? arena_text(a, s, n) : NULL;
	for (char *c = name; c && *c; c++) {
		*c = (char)tolower((unsigned char)*c);
		if (!isalnum((unsigned char)*c) && *c != '.' && *c != '-')
			return NULL;
	}
	return name;
}

static const char *check(struct web_request *r, struct joining *j)
{
	const char *password = web_field(r, "password"), *again = web_field(r, "again");
	j->name = web_field(r, "name");
	j->sign_in = sign_in_name(web_arena(r), web_field(r, "sign_in"));
	if (!j->name || !*j->name)
		return N_("Please say your name.");
	if (!j->sign_in)
		return N_("A sign-in name has letters, digits, dots and hyphens; at least three.");
	if (!password || strlen(password) < PASSWORD_LEAST)
		return N_("The password is too short: at least 12 characters.");
	if (!again || strcmp(password, again) != 0)
		return N_("The two passwords differ.");
	return NULL;
}

/* The link is used up and the name taken in one step: two tabs make one colleague. */
static int record(struct store_tx *t, void *ctx)
{
	const struct joining *j = ctx;
	int64_t used;
	const struct store_value hash = S_BLOB(j->invite.hash, INVITE_HASH);
	int err = store_run(t, "DELETE FROM invite WHERE hash = $1", &hash, 1, &used);
	if (err)
		return err;
	if (used != 1)
		return -ENOENT;
	err = STORE_RUN(t, "INSERT INTO staff (member, name, role, unit, language, sign_in, created) "
			    "VALUES ($1, $2, $3, $4, $5, $6, $7)",
		S_INT(j->member.id), S_TEXT(j->name), S_INT(j->invite.role), S_TEXT(j->member.unit), S_TEXT(j->language),
		S_TEXT(j->sign_in), S_INT(clock_unix()));
	return err ? err : audit_put(t, &(struct audit_entry){ .member = j->member.id, .role = j->invite.role, .action = "member.join",
		.object = j->member.unit });
}

static int taken(struct desk *d, const char *sign_in, bool *ret)
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT 1 FROM staff WHERE sign_in = $1", S_TEXT(sign_in));
	if (!err) {
		err = store_next(rows);
		*ret = err == 1;
		store_end(rows);
	}
	store_rollback(t);
	return err < 0 ? err : 0;
}

static void joined(struct web_request *r, const struct joining *j)
{
	const struct staff_joined_page p = {
		.layout = staff_layout(r, N_("Your keys are made")),
		.fingerprint = j->member.fingerprint,
		.holds_keys = j->member.unit[0] != 0,
	};
	page_staff_joined(web_out(r), &p);
	web_page(r, 200);
}

void staff_join_post(struct web_request *r)
{
	struct desk *d = DESK(r);
	struct joining j = { .language = lang_info(web_lang(r))->code };
	bool is_taken = false;
	int err = look(r, &j.invite);
	if (err) {
		web_status(r, err == -ENOENT ? 410 : 500);
		return;
	}
	const char *problem = check(r, &j);
	if (!problem && taken(d, j.sign_in, &is_taken) == 0 && is_taken)
		problem = N_("This sign-in name is taken. Choose another.");
	if (problem) {
		show(r, &j.invite, problem);
		return;
	}
	bool keyless = j.invite.role == KEYS_ADMINISTRATOR || j.invite.role == KEYS_AUDITOR;
	err = keys_member_new(d->keys, keyless ? "" : j.invite.unit, (enum keys_role)j.invite.role,
		bytes_str(web_field(r, "password")), &j.member);
	if (!err)
		err = store_write(d->store, record, &j);
	if (err == -EAGAIN)
		show(r, &j.invite, N_("The key process is busy. Please try again in a moment."));
	else if (err == -EEXIST)
		show(r, &j.invite, N_("This sign-in name is taken. Choose another."));
	else if (err)
		web_status(r, err == -ENOENT ? 410 : 500);
	else
		joined(r, &j);
}
