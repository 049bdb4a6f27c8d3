/* SPDX-License-Identifier: Apache-2.0 */
/* Who works here, who holds keys; invitations, and confirming each other's keys. */
#include "desk/app.h"
#include "desk/audit/audit.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>
#include <stdlib.h>

static const char *state_name(enum lang l, enum keys_state s)
{
	return s == KEYS_ACTIVE ? text(l, "active") : s == KEYS_LEFT ? text(l, "left") : text(l, "not yet confirmed");
}

/* The same rule as the key process's; the page offers what would be accepted. */
static bool may_confirm(const struct keys_member *me, const struct keys_member *m, bool founded)
{
	if (!me || me->id == m->id || m->state != KEYS_CANDIDATE || !me->unit[0])
		return false;
	if (m->confirmed_by[0] == me->id || m->confirmed_by[1] == me->id)
		return false;
	bool entitled = !strcmp(me->unit, m->unit) || !strcmp(me->unit, KEYS_NATIONAL);
	return entitled && (me->state == KEYS_ACTIVE || (!founded && me->state == KEYS_CANDIDATE));
}

struct known { const char *name; bool factor; };

/* What the database knows of members, by number. */
static int read_known(struct desk *d, struct arena *a, struct known ret[KEYS_MEMBER_MAX + 1])
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = store_query(t, "SELECT s.member, s.name, (SELECT count(*) FROM factor f WHERE f.member = s.member) FROM staff s", NULL, 0, &rows);
	if (!err) {
		while ((err = store_next(rows)) == 1) {
			int64_t id = store_int(rows, 0);
			if (id > 0 && id <= KEYS_MEMBER_MAX)
				ret[id] = (struct known){ arena_text(a, store_text(rows, 1), strlen(store_text(rows, 1))), store_int(rows, 2) > 0 };
		}
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

static int fill(struct web_request *r, struct staff_members_page *p)
{
	struct desk *d = DESK(r);
	struct arena *a = web_arena(r);
	enum lang l = web_lang(r);
	struct keys_status status;
	size_t n = 0;
	const struct keys_member *me = NULL;
	struct keys_member *m = arena_array(a, KEYS_MEMBER_MAX, sizeof *m);
	struct staff_member_row *row = arena_array(a, KEYS_MEMBER_MAX, sizeof *row);
	struct known *known = arena_array(a, KEYS_MEMBER_MAX + 1, sizeof *known);
	if (!m || !row || !known)
		return -ENOMEM;
	int err = keys_members(d->keys, m, KEYS_MEMBER_MAX, &n);
	if (!err)
		err = keys_status(d->keys, &status);
	if (!err)
		err = read_known(d, a, known);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		if (m[i].id == p->me->member)
			me = &m[i];
	for (size_t i = 0; i < n; i++) {
		const struct known *k = &known[MIN(m[i].id, KEYS_MEMBER_MAX)];
		row[i] = (struct staff_member_row){ .id = m[i].id, .name = k->name ? k->name : "?", .role = staff_role_name(l, m[i].role),
			.unit = staff_unit_name(d, l, m[i].unit), .state = state_name(l, m[i].state), .left = m[i].state == KEYS_LEFT,
			.factor = k->factor, .may_confirm = may_confirm(me, &m[i], status.founded) };
		/* Whoever confirms types what the other reads aloud: showing it here would make that a formality. */
		row[i].fingerprint = row[i].may_confirm ? "" : m[i].fingerprint;
	}
	p->row = row;
	p->row_n = n;
	return 0;
}

static void show(struct web_request *r, const char *error, const char *link, int status)
{
	struct desk *d = DESK(r);
	struct staff_members_page p = {
		.layout = staff_layout(r, N_("Members and keys")),
		.me = staff_of(r),
		.csrf_confirm = staff_csrf(r, "/staff/members/confirm"),
		.csrf_invite = staff_csrf(r, "/staff/members/invite"),
		.error = error ? text(web_lang(r), error) : NULL,
		.link = link,
		.may_invite = staff_of(r)->role == KEYS_ADMINISTRATOR,
		.opens = STAFF_READERS & STAFF_ROLE(staff_of(r)->role),
		.factors = staff_of(r)->role == KEYS_ADMINISTRATOR || staff_of(r)->role == KEYS_SUPERVISOR,
		.territory = d->data->territory,
		.territory_n = d->data->territory_n,
	};
	int err = fill(r, &p);
	if (err) {
		web_status(r, 500);
		return;
	}
	page_staff_members(web_out(r), &p);
	web_page(r, status);
}

void staff_members(struct web_request *r)
{
	if (staff_may(r, STAFF_ANYBODY))
		show(r, NULL, NULL, 200);
}

/* "12345 67890 ..." as a person types it: digits count, in groups of five. */
static bool read_fingerprint(const char *s, char ret[SEAL_FINGERPRINT])
{
	size_t n = 0;
	for (; s && *s; s++) {
		if (*s == ' ' || *s == '-' || *s == '.')
			continue;
		if (*s < '0' || *s > '9' || n >= 23)
			return false;
		if (n % 6 == 5)
			ret[n++] = ' ';
		ret[n++] = *s;
	}
	ret[n] = 0;
	return n == 23;
}

/* What the key process did cannot be taken back, so it is written down before; and again when it failed. */
static int confirm(struct desk *d, const struct staff *by, uint32_t member, const char *fingerprint)
{
	char who[16];
	struct audit_entry e = { .member = by->member, .role = by->role, .action = "member.confirm", .object = who };
	(void)snprintf(who, sizeof who, "member %u", member);
	int err = audit_now(d, &e);
	if (err)
		return err == -EACCES || err == -EPERM || err == -ENOENT ? -EIO : err;
	err = keys_member_confirm(d->keys, by->keys, member, fingerprint);
	e.action = "member.confirm.failed";
	int told = err ? audit_now(d, &e) : 0;
	return err ? err : told;
}

void staff_members_confirm(struct web_request *r)
{
	if (!staff_may(r, STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR) | STAFF_ROLE(KEYS_OFFICER)))
		return;
	char fingerprint[SEAL_FINGERPRINT];
	const char *member = web_field(r, "member");
	if (!read_fingerprint(web_field(r, "fingerprint"), fingerprint)) {
		show(r, N_("The number has twenty digits."), NULL, 422);
		return;
	}
	int err = confirm(DESK(r), staff_of(r), (uint32_t)strtoul(member ? member : "", NULL, 10), fingerprint);
	if (err == ERR_REFUSED)
		show(r, N_("The number differs: do not confirm this person before you know why."), NULL, 422);
	else if (err == -EPERM || err == -ENOENT)
		show(r, N_("You cannot confirm this person."), NULL, 422);
	else if (err == -EACCES)
		web_redirect(r, "~/staff/sign-in");
	else if (err)
		web_status(r, 500);
	else
		web_redirect(r, "~/staff/members");
}

void staff_members_invite(struct web_request *r)
{
	if (!staff_may(r, STAFF_ROLE(KEYS_ADMINISTRATOR)))
		return;
	struct desk *d = DESK(r);
	const char *name = web_field(r, "name"), *role = web_field(r, "role"), *unit = web_field(r, "unit"), *link;
	int n = role ? (int)strtol(role, NULL, 10) : 0;
	bool known = unit && (!strcmp(unit, KEYS_NATIONAL) || desk_territory(d->data, unit));
	if (!name || !*name || n < KEYS_ANALYST || n > KEYS_ADMINISTRATOR || !known) {
		show(r, N_("Name, role and unit are needed."), NULL, 422);
		return;
	}
	const struct desk_invitation i = { n, unit, name, staff_of(r)->member };
	if (desk_invite(d, web_arena(r), &i, &link)) {
		web_status(r, 500);
		return;
	}
	show(r, NULL, staff_link(r, link), 200);
}
