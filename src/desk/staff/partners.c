/* SPDX-License-Identifier: Apache-2.0 */
/* Keys for partners' systems: made, shown once, revoked. */
#include "desk/api/api.h"
#include "desk/audit/audit.h"
#include "desk/staff/field.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include "base/clock.h"
#include "base/hex.h"

#include <errno.h>
#include <sodium.h>

enum { PARTNERS_MAX = 500 };

static int list(struct web_request *r, struct staff_partner_row **ret, size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *rows;
	struct arena *a = web_arena(r);
	size_t n = 0;
	struct staff_partner_row *row = arena_array(a, PARTNERS_MAX, sizeof *row);
	int err = row ? store_begin(DESK(r)->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT hash, organisation, scopes, created, revoked FROM partner_key "
		"ORDER BY organisation, created DESC LIMIT $1", S_INT(PARTNERS_MAX));
	if (err) {
		store_rollback(t);
		return err;
	}
	while (n < PARTNERS_MAX && (err = store_next(rows)) == 1) {
		char hex[65] = "";
		struct bytes hash = store_blob(rows, 0);
		if (hash.n == 32)
			sodium_bin2hex(hex, sizeof hex, hash.p, hash.n);
		row[n].id = arena_text(a, hex, strlen(hex));
		row[n].name = arena_text(a, hex, 16); /* as in the audit trail */
		row[n].organisation = arena_text(a, store_text(rows, 1), strlen(store_text(rows, 1)));
		row[n].scopes = arena_text(a, store_text(rows, 2), strlen(store_text(rows, 2)));
		row[n].created = text_date(a, web_lang(r), DESK(r)->zone, store_int(rows, 3), TEXT_DAY);
		row[n++].revoked = !store_null(rows, 4);
	}
	store_end(rows);
	store_rollback(t);
	*ret = row;
	*ret_n = n;
	return err < 0 ? err : 0;
}

/* After an error what was typed and ticked stays: a key is not made for more than was chosen. */
static void show(struct web_request *r, const char *error, const char *key, int status)
{
	struct staff_partner_row *row;
	size_t n;
	const char *organisation = error ? web_field(r, "organisation") : NULL, *sector = error ? web_field(r, "sector") : NULL;
	bool *scope = arena_array(web_arena(r), api_scope_count, sizeof *scope);
	for (size_t i = 0; scope && i < api_scope_count; i++)
		scope[i] = error ? staff_ticked(r, "scope", api_scopes[i].name) : !i;
	if (!scope || list(r, &row, &n)) {
		web_status(r, 500);
		return;
	}
	const struct staff_partners_page p = {
		.layout = staff_layout(r, N_("Partners’ systems")),
		.row = row,
		.row_n = n,
		.csrf = staff_csrf(r, "/staff/partners"),
		.csrf_revoke = staff_csrf(r, "/staff/partners/revoke"),
		.error = error ? text(web_lang(r), error) : NULL,
		.key = key,
		.sector = DESK(r)->data->sector,
		.sector_n = DESK(r)->data->sector_n,
		.organisation = organisation ? organisation : "",
		.chosen = sector ? sector : "",
		.scope = scope,
	};
	page_staff_partners(web_out(r), &p);
	web_page(r, status);
}

void staff_partners(struct web_request *r)
{
	if (staff_may(r, STAFF_ROLE(KEYS_ADMINISTRATOR)))
		show(r, NULL, NULL, 200);
}

struct making {
	uint8_t hash[32];
	const char *organisation, *sector, *scopes;
	const struct staff *by;
};

/* A key is named in the trail by the beginning of its hash, as in the list. */
static int audit_key(struct store_tx *t, const struct staff *by, const char *action, const uint8_t hash[32], const char *detail)
{
	char id[17];
	sodium_bin2hex(id, sizeof id, hash, 8);
	return audit_put(t, &(struct audit_entry){ .member = by->member, .role = by->role, .action = action, .object = id,
		.detail = detail });
}

static int insert(struct store_tx *t, void *ctx)
{
	const struct making *m = ctx;
	int err = STORE_RUN(t, "INSERT INTO partner_key (hash, organisation, sector, scopes, created) VALUES ($1, $2, $3, $4, $5)",
		S_BLOB(m->hash, 32), S_TEXT(m->organisation), S_TEXT(m->sector), S_TEXT(m->scopes), S_INT(clock_unix()));
	return err ? err : audit_key(t, m->by, "partner.key", m->hash, m->scopes);
}

static bool is_sector(const struct desk_data *d, const char *code)
{
	for (size_t i = 0; code && i < d->sector_n; i++)
		if (!strcmp(d->sector[i].code, code))
			return true;
	return false;
}

/* Those that were ticked, in the table's order. NULL: none, or one that is not in it. */
static const char *scopes_chosen(struct web_request *r)
{
	const char *out = NULL, *one;
	size_t known = 0, asked = 0;
	for (size_t k = 0; k < api_scope_count; k++) {
		bool chosen = false;
		asked = 0;
		for (unsigned i = 0; (one = web_field_at(r, "scope", i)); i++, asked++) {
			bool same = !strcmp(api_scopes[k].name, one);
			known += same;
			chosen |= same;
		}
		if (chosen)
			out = arena_printf(web_arena(r), "%s%s%s", out ? out : "", out ? " " : "", api_scopes[k].name);
	}
	return known == asked ? out : NULL;
}

void staff_partners_post(struct web_request *r)
{
	if (!staff_may(r, STAFF_ROLE(KEYS_ADMINISTRATOR)))
		return;
	char random[WEB_TOKEN];
	struct making m = { .by = staff_of(r), .organisation = web_field(r, "organisation"), .sector = web_field(r, "sector"),
		.scopes = scopes_chosen(r) };
	if (!m.scopes) {
		show(r, N_("Choose what the key may do."), NULL, 422);
		return;
	}
	if (!m.organisation || !*m.organisation || strlen(m.organisation) > 200 || !is_sector(DESK(r)->data, m.sector)) {
		show(r, N_("Organisation and sector are needed."), NULL, 422);
		return;
	}
	web_token_random(random);
	const char *key = arena_printf(web_arena(r), "hisn_%s", random);
	if (key)
		api_key_hash(key, m.hash);
	if (!key || store_write(DESK(r)->store, insert, &m))
		web_status(r, 500);
	else
		show(r, NULL, key, 200);
}

struct revoking {
	uint8_t hash[32];
	const struct staff *by;
};

static int revoke(struct store_tx *t, void *ctx)
{
	const struct revoking *v = ctx;
	int64_t revoked = 0;
	const struct store_value value[] = { S_INT(clock_unix()), S_BLOB(v->hash, 32) };
	int err = store_run(t, "UPDATE partner_key SET revoked = $1 WHERE hash = $2 AND revoked IS NULL", value, 2, &revoked);
	return err || !revoked ? err : audit_key(t, v->by, "partner.revoke", v->hash, NULL);
}

void staff_partners_revoke(struct web_request *r)
{
	struct revoking v;
	const char *id = web_field(r, "key");
	if (!staff_may(r, STAFF_ROLE(KEYS_ADMINISTRATOR)))
		return;
	v.by = staff_of(r);
	if (!id || !hex_read(bytes_str(id), v.hash, sizeof v.hash))
		web_status(r, 404);
	else if (store_write(DESK(r)->store, revoke, &v))
		web_status(r, 500);
	else
		web_redirect(r, "~/staff/partners");
}
