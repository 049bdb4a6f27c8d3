/* SPDX-License-Identifier: Apache-2.0 */
/* The directory's first page, and the territorial units: by region, one at a time. */
#include "desk/staff/directory.h"

#include "base/clock.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>

#define READERS (STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR))

bool staff_may_national(struct web_request *r, unsigned roles)
{
	if (!staff_may(r, roles))
		return false;
	if (!strcmp(staff_of(r)->unit, KEYS_NATIONAL))
		return true;
	staff_refuse(r, "not of the national desk");
	return false;
}

const char *staff_member_name(struct web_request *r, uint32_t member)
{
	struct store_tx *t;
	struct store_rows *rows;
	const char *name = NULL;
	if (store_begin(DESK(r)->store, STORE_READ, &t))
		return "?";
	if (!STORE_QUERY(t, &rows, "SELECT name FROM staff WHERE member = $1", S_INT(member))) {
		if (store_next(rows) == 1)
			name = arena_text(web_arena(r), store_text(rows, 0), strlen(store_text(rows, 0)));
		store_end(rows);
	}
	store_rollback(t);
	return name ? name : "?";
}

/* A day is kept as its first second, without a zone. */
static const char *day_words(struct web_request *r, int64_t day)
{
	return text_date(web_arena(r), web_lang(r), NULL, day, TEXT_DAY);
}

struct directory_state directory_state_words(struct web_request *r, int64_t confirmed, uint32_t by, bool active)
{
	enum lang l = web_lang(r);
	const char *const args[] = { day_words(r, confirmed), staff_member_name(r, by), NULL };
	if (!active)
		return (struct directory_state){ text(l, "Not in use"), false };
	if (!directory_fresh(confirmed, clock_unix()))
		return (struct directory_state){ text_fill(web_arena(r), l,
			"Confirmed on {0} by {1}, more than six months ago: call before you rely on it", args), false };
	return (struct directory_state){ text_fill(web_arena(r), l, "Confirmed on {0} by {1}", args), true };
}

/* --- the first page --- */

static bool in_region(const struct desk_data *d, const char *code, const char *region)
{
	const struct desk_territory *t = desk_territory(d, code);
	return t && !strcmp(t->region, region);
}

static size_t regions_of(struct web_request *r, const struct directory_unit *u, size_t n, struct directory_region_row *row)
{
	const struct desk_data *d = DESK(r)->data;
	int64_t now = clock_unix();
	size_t rows = 0;
	for (size_t i = 0; i < d->territory_n; i++) {
		if (d->territory[i].is_region)
			row[rows++] = (struct directory_region_row){ .code = d->territory[i].code, .name = d->territory[i].name[web_lang(r)] };
		if (rows)
			row[rows - 1].all++;
	}
	for (size_t k = 0; k < rows; k++) {
		for (size_t i = 0; i < n; i++) {
			if (!in_region(d, u[i].code, row[k].code))
				continue;
			row[k].there++;
			row[k].good += u[i].active && directory_fresh(u[i].confirmed, now);
		}
	}
	return rows;
}

void staff_directory(struct web_request *r)
{
	if (!staff_may_national(r, READERS))
		return;
	struct directory_page p = { .layout = staff_layout(r, N_("Directory")) };
	struct directory_unit *u = NULL;
	struct directory_count count[RECIPIENT_KIND_COUNT];
	size_t n = 0;
	struct directory_region_row *row = arena_array(web_arena(r), DESK(r)->data->territory_n, sizeof *row);
	int err = row ? directory_units(DESK(r), web_arena(r), &u, &n) : -ENOMEM;
	if (!err)
		err = directory_count(DESK(r), clock_unix(), count);
	if (err) {
		web_status(r, 500);
		return;
	}
	p.region = row;
	p.region_n = regions_of(r, u, n, row);
	for (unsigned k = 0; k < RECIPIENT_KIND_COUNT; k++)
		p.kind[k] = (struct directory_kind_row){ recipient_kind_name(k), text(web_lang(r), recipient_kind_label(k)),
			count[k].all, count[k].good };
	page_directory(web_out(r), &p);
	web_page(r, 200);
}

/* --- a region's units --- */

static const struct directory_unit *unit_of(const struct directory_unit *u, size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(u[i].code, code))
			return &u[i];
	return NULL;
}

static struct directory_unit_row row_of(struct web_request *r, const struct desk_territory *t, const struct directory_unit *u,
	unsigned holders)
{
	struct directory_unit_row row = { .code = t->code, .territory = t->name[web_lang(r)], .holders = holders, .there = u != NULL };
	if (u) {
		row.name = u->name;
		row.phone = u->phone;
		row.mail = u->mail;
		row.state = directory_state_words(r, u->confirmed, u->confirmed_by, u->active);
	} else {
		row.state.words = text(web_lang(r), "Not in the directory yet");
	}
	return row;
}

void staff_directory_region(struct web_request *r)
{
	const struct desk_data *d = DESK(r)->data;
	struct directory_unit *u = NULL;
	struct keys_member *m = NULL;
	size_t n = 0, members = 0, rows = 0;
	if (!staff_may_national(r, READERS))
		return;
	const struct desk_territory *region = desk_territory(d, web_param(r, "code"));
	if (!region || !region->is_region) {
		web_status(r, 404);
		return;
	}
	struct directory_unit_row *row = arena_array(web_arena(r), d->territory_n, sizeof *row);
	int err = row ? directory_units(DESK(r), web_arena(r), &u, &n) : -ENOMEM;
	if (!err)
		err = directory_holders(DESK(r), web_arena(r), &m, &members);
	if (err) {
		web_status(r, 500);
		return;
	}
	for (size_t i = 0; i < d->territory_n; i++)
		if (!strcmp(d->territory[i].region, region->code))
			row[rows++] = row_of(r, &d->territory[i], unit_of(u, n, d->territory[i].code),
				directory_holders_of(m, members, d->territory[i].code));
	const struct directory_region_page p = { staff_layout(r, region->name[web_lang(r)]), row, rows,
		staff_of(r)->role == KEYS_SUPERVISOR };
	page_directory_region(web_out(r), &p);
	web_page(r, 200);
}

/* --- one unit --- */

static void show_unit(struct web_request *r, const struct desk_territory *t, const struct directory_unit *u, struct directory_fault f,
	int status)
{
	struct arena *a = web_arena(r);
	struct keys_member *m = NULL;
	size_t members = 0;
	enum lang l = web_lang(r);
	const char *path = arena_printf(a, "/staff/directory/unit/%s", t->code);
	if (!path || directory_holders(DESK(r), a, &m, &members)) {
		web_status(r, 500);
		return;
	}
	const char *day = web_field(r, "confirmed"), *why = f.why ? text(l, f.why) : NULL;
	struct directory_unit_page p = {
		.layout = staff_layout(r, t->name[l]),
		.action = arena_printf(a, "~%s", path),
		.csrf = staff_csrf(r, path),
		.back = arena_printf(a, "~/staff/directory/region/%s", t->region),
		.field = {
			{ "name", STAFF_FIELD_LINE, text(l, "Its own name"), text(l, "As the unit calls itself."), .value = u->name },
			{ "phone", STAFF_FIELD_CODE, text(l, "Telephone"), .value = u->phone },
			{ "mail", STAFF_FIELD_CODE, text(l, "E-mail"), text(l, "Only alerts without content go there."), .value = u->mail },
			{ "confirmed", STAFF_FIELD_DAY, text(l, "Confirmed on"), text(l, "The day you reached them and they confirmed this."),
				.value = day ? day : u->confirmed ? staff_day_field(a, u->confirmed) : NULL },
		},
		.active = u->active,
		.version = u->version,
		.error = why,
		.holders = directory_holders_of(m, members, t->code),
	};
	for (size_t i = 0; i < ARRAY_LEN(p.field); i++)
		p.field[i].error = f.field && !strcmp(f.field, p.field[i].name) ? why : NULL;
	page_directory_unit(web_out(r), &p);
	web_page(r, status);
}

/* The territory of the page's address, for who may edit; NULL: answered. */
static const struct desk_territory *editing(struct web_request *r)
{
	if (!staff_may_national(r, STAFF_ROLE(KEYS_SUPERVISOR)))
		return NULL;
	const struct desk_territory *t = desk_territory(DESK(r)->data, web_param(r, "code"));
	if (!t)
		web_status(r, 404);
	return t;
}

void staff_directory_unit(struct web_request *r)
{
	const struct desk_territory *t = editing(r);
	struct directory_unit u = { .active = true };
	if (!t)
		return;
	int err = directory_unit(DESK(r), web_arena(r), t->code, &u);
	if (err && err != -ENOENT)
		web_status(r, 500);
	else
		show_unit(r, t, &u, (struct directory_fault){ NULL, NULL }, 200);
}

void staff_directory_unit_post(struct web_request *r)
{
	const struct desk_territory *t = editing(r);
	struct civil day;
	if (!t)
		return;
	const struct staff *me = staff_of(r);
	const char *version = web_field(r, "version"), *confirmed = staff_given(r, "confirmed");
	const struct directory_unit u = { .code = t->code, .name = staff_given(r, "name"), .phone = staff_given(r, "phone"),
		.mail = staff_given(r, "mail"), .active = staff_given(r, "active") != NULL, .confirmed_by = me->member,
		.confirmed = confirmed && !civil_parse_date(confirmed, &day) ? civil_to_seconds(day) : 0,
		.version = version ? strtoull(version, NULL, 10) : 0 };
	const struct directory_fault f = directory_unit_check(DESK(r)->data, &u, clock_unix());
	if (f.why) {
		show_unit(r, t, &u, f, 422);
		return;
	}
	const struct audit_entry by = { .member = me->member, .role = me->role };
	int err = directory_unit_put(DESK(r), &by, &u);
	if (err == -EAGAIN)
		show_unit(r, t, &u, (struct directory_fault){ NULL,
			N_("A colleague changed this entry meanwhile. Look at it again, then enter yours.") }, 409);
	else if (err)
		web_status(r, 500);
	else
		web_redirect(r, arena_printf(web_arena(r), "~/staff/directory/region/%s", t->region));
}
