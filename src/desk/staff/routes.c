/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/routes.h"

#include "desk/figures/pages.h"

#include "desk/desk.h"

static const struct web_route routes[] = {
	{ "GET", "/staff", staff_home, WEB_LANG, 0 },
	{ "GET", "/staff/sign-in", staff_sign_in_form, WEB_LANG, 0 },
	{ "POST", "/staff/sign-in", staff_sign_in_post, WEB_LANG | WEB_SLOW, 0 },
	{ "POST", "/staff/sign-out", staff_sign_out_post, WEB_LANG, 0 },
	{ "GET", "/staff/join/:token", staff_join, WEB_LANG | WEB_SLOW, 0 },
	{ "POST", "/staff/join/:token", staff_join_post, WEB_LANG | WEB_SLOW, 0 },
	{ "GET", "/staff/members", staff_members, WEB_LANG, 0 },
	{ "POST", "/staff/members/confirm", staff_members_confirm, WEB_LANG, 0 },
	{ "POST", "/staff/members/invite", staff_members_invite, WEB_LANG, 0 },
	{ "GET", "/staff/settings", staff_settings, WEB_LANG, 0 },
	{ "POST", "/staff/settings", staff_settings_post, WEB_LANG, 0 },
	{ "POST", "/staff/settings/open", staff_settings_open, WEB_LANG, 0 },
	{ "GET", "/staff/report", staff_enter, WEB_LANG, 0 },
	{ "GET", "/staff/report/:kind", staff_enter_begin, WEB_LANG, 0 },
	{ "POST", "/staff/report/:kind", staff_enter_post, WEB_LANG, 192 * 1024 },
	{ "GET", "/staff/partners", staff_partners, WEB_LANG, 0 },
	{ "POST", "/staff/partners", staff_partners_post, WEB_LANG, 0 },
	{ "POST", "/staff/partners/revoke", staff_partners_revoke, WEB_LANG, 0 },
	{ "GET", "/staff/reports", staff_reports, WEB_LANG, 0 },
	{ "GET", "/staff/figures", staff_figures, WEB_LANG, 0 },
	{ "GET", "/staff/figures.csv", staff_figures_csv, 0, 0 },
	{ "GET", "/staff/figures.json", staff_figures_json, 0, 0 },
	{ "POST", "/staff/views", staff_view_save, WEB_LANG, 0 },
	{ "POST", "/staff/views/remove", staff_view_remove, WEB_LANG, 0 },
	{ "GET", "/staff/search", staff_search, WEB_LANG, 0 },
	{ "POST", "/staff/search", staff_search_post, WEB_LANG, 0 },
	{ "GET", "/staff/tasks", staff_tasks, WEB_LANG, 0 },
	{ "GET", "/staff/reports/:id", staff_case, WEB_LANG, 0 },
	{ "POST", "/staff/reports/:id/open", staff_case_open, WEB_LANG, 0 },
	{ "GET", "/staff/reports/:id/like", staff_case_like, WEB_LANG, 0 },
	{ "GET", "/staff/reports/:id/refer", staff_case_refer, WEB_LANG, 0 },
	{ "POST", "/staff/reports/:id/refer", staff_case_refer_post, WEB_LANG, 0 },
	{ "GET", "/staff/reports/:id/do/:action", staff_case_act, WEB_LANG, 0 },
	{ "POST", "/staff/reports/:id/do/:action", staff_case_act_post, WEB_LANG, 0 },
	{ "GET", "/staff/directory", staff_directory, WEB_LANG, 0 },
	{ "GET", "/staff/directory/region/:code", staff_directory_region, WEB_LANG, 0 },
	{ "GET", "/staff/directory/unit/:code", staff_directory_unit, WEB_LANG, 0 },
	{ "POST", "/staff/directory/unit/:code", staff_directory_unit_post, WEB_LANG, 0 },
	{ "GET", "/staff/directory/kind/:kind", staff_directory_kind, WEB_LANG, 0 },
	{ "GET", "/staff/directory/new/:kind", staff_directory_recipient, WEB_LANG, 0 },
	{ "POST", "/staff/directory/new/:kind", staff_directory_recipient_post, WEB_LANG, 0 },
	{ "GET", "/staff/directory/recipient/:id", staff_directory_recipient, WEB_LANG, 0 },
	{ "POST", "/staff/directory/recipient/:id", staff_directory_recipient_post, WEB_LANG, 0 },
};
const struct web_route_table desk_staff_routes = { routes, ARRAY_LEN(routes) };
