/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/people.h"

#include "desk/desk.h"

static const struct web_route routes[] = {
	{ "GET", "/staff/second", staff_second, WEB_LANG, 0 },
	{ "POST", "/staff/second", staff_second_post, WEB_LANG | WEB_SLOW, 0 },
	{ "GET", "/staff/factor", staff_factor, WEB_LANG, 0 },
	{ "POST", "/staff/factor", staff_factor_post, WEB_LANG | WEB_SLOW, 0 },
	{ "POST", "/staff/factor/codes", staff_factor_codes, WEB_LANG | WEB_SLOW, 0 },
	{ "GET", "/staff/me", staff_me, WEB_LANG, 0 },
	{ "POST", "/staff/me", staff_me_post, WEB_LANG, 0 },
	{ "GET", "/staff/sessions", staff_sessions_page, WEB_LANG, 0 },
	{ "POST", "/staff/sessions/end", staff_sessions_end_one, WEB_LANG, 0 },
	{ "POST", "/staff/sessions/others", staff_sessions_end_others, WEB_LANG, 0 },
	{ "GET", "/staff/password", staff_password, WEB_LANG, 0 },
	{ "POST", "/staff/password", staff_password_post, WEB_LANG | WEB_SLOW, 0 },
	{ "GET", "/staff/members/:member", staff_member, WEB_LANG, 0 },
	{ "POST", "/staff/members/:member/share", staff_member_share, WEB_LANG, 0 },
	{ "POST", "/staff/members/:member/factor", staff_member_factor, WEB_LANG, 0 },
	{ "POST", "/staff/members/:member/reset", staff_member_reset, WEB_LANG, 0 },
	{ "GET", "/staff/members/:member/leave", staff_member_leave_form, WEB_LANG, 0 },
	{ "POST", "/staff/members/:member/leave", staff_member_leave, WEB_LANG, 0 },
	{ "GET", "/staff/reset/:token", staff_reset, WEB_LANG | WEB_SLOW, 0 },
	{ "POST", "/staff/reset/:token", staff_reset_post, WEB_LANG | WEB_SLOW, 0 },
	{ "GET", "/staff/wall", staff_wall, WEB_LANG, 0 },
	{ "GET", "/staff/pause", staff_pause, WEB_LANG, 0 },
	{ "POST", "/staff/pause", staff_pause_post, WEB_LANG, 0 },
	{ "GET", "/staff/roster", staff_roster, WEB_LANG, 0 },
	{ "POST", "/staff/roster", staff_roster_post, WEB_LANG, 0 },
	{ "POST", "/staff/roster/remove", staff_roster_remove, WEB_LANG, 0 },
	{ "GET", "/staff/handover", staff_handover, WEB_LANG, 0 },
	{ "POST", "/staff/handover", staff_handover_post, WEB_LANG, 0 },
	{ "POST", "/staff/handover/cases", staff_handover_cases, WEB_LANG, 0 },
	{ "POST", "/staff/handover/:id/open", staff_handover_open, WEB_LANG, 0 },
};
const struct web_route_table desk_people_routes = { routes, ARRAY_LEN(routes) };
