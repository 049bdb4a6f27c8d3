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
};
const struct web_route_table desk_people_routes = { routes, ARRAY_LEN(routes) };
