/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the staff pages show; templates in desk/pages/staff*.html. */

#include "desk/layout.h"
#include "desk/settings.h"
#include "desk/staff/session.h"

struct staff_sign_in_page { struct layout layout; const char *name, *error; };
struct staff_join_page { struct layout layout; const char *action, *name, *error; const char *role; };
struct staff_joined_page { struct layout layout; const char *fingerprint; bool holds_keys; };

struct staff_member_row {
	uint32_t id;
	const char *name, *role, *unit, *state, *fingerprint;
	bool may_confirm, left, factor;
};
struct staff_members_page {
	struct layout layout;
	const struct staff *me;
	const struct staff_member_row *row; size_t row_n;
	const char *csrf_confirm, *csrf_invite, *error, *link;
	bool may_invite, opens;      /* opens: a member's page */
	bool factors;                /* sees who has a second factor */
	const struct desk_territory *territory; size_t territory_n;
};
struct staff_settings_page {
	struct layout layout;
	const char *csrf, *csrf_live, *error;
	const char *law, *filing, *reference, *date, *passed_on, *exposure, *talk;
	const struct live_check *check; size_t check_n;
	bool live, ready, saved;
	const char *mail;                       /* who alerts come from; NULL: none are sent */
};

struct staff_partner_row { const char *id, *name, *organisation, *scopes, *created; bool revoked; };
struct staff_partners_page {
	struct layout layout;
	const struct staff_partner_row *row; size_t row_n;
	const char *csrf, *csrf_revoke, *error;
	const char *key;                        /* just made; NULL */
	const struct desk_sector *sector; size_t sector_n;
	const char *organisation, *chosen;      /* as typed; the sector. "" */
	const bool *scope;                      /* ticked, of each of api_scopes */
};
struct staff_enter_page { struct layout layout; };
struct review_page;
struct sent_page;

void page_staff_partners(struct html_out *o, const struct staff_partners_page *p);
void page_staff_enter(struct html_out *o, const struct staff_enter_page *p);
void before_send_staff(struct html_out *o, const struct review_page *p);
void page_sent_staff(struct html_out *o, const struct sent_page *p);
void page_staff_sign_in(struct html_out *o, const struct staff_sign_in_page *p);
void page_staff_join(struct html_out *o, const struct staff_join_page *p);
void page_staff_joined(struct html_out *o, const struct staff_joined_page *p);
void page_staff_members(struct html_out *o, const struct staff_members_page *p);
void page_staff_settings(struct html_out *o, const struct staff_settings_page *p);

/* Names of roles and states, translated. */
const char *staff_role_name(enum lang l, int role);
const char *staff_unit_name(struct desk *d, enum lang l, const char *unit);
/* A path of this site as an address to give away. In the arena. */
const char *staff_link(struct web_request *r, const char *path);
struct layout staff_layout(struct web_request *r, const char *title_msgid);
