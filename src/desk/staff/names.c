/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/pages.h"

const char *staff_role_name(enum lang l, int role)
{
	switch (role) {
	case KEYS_ANALYST:
		return text(l, "analyst");
	case KEYS_SUPERVISOR:
		return text(l, "supervisor");
	case KEYS_OFFICER:
		return text(l, "unit officer");
	case KEYS_AUDITOR:
		return text(l, "auditor");
	case KEYS_ADMINISTRATOR:
		return text(l, "administrator");
	default:
		return "";
	}
}

const char *staff_unit_name(struct desk *d, enum lang l, const char *unit)
{
	const struct desk_territory *t = *unit ? desk_territory(d->data, unit) : NULL;
	return t ? t->name[l] : !strcmp(unit, KEYS_NATIONAL) ? text(l, "National desk") : unit;
}

struct layout staff_layout(struct web_request *r, const char *title)
{
	return (struct layout){ .desk = DESK(r), .title = text(web_lang(r), title), .path = web_path(r), .staff = true,
		.me = staff_of(r), .sign_out = staff_csrf(r, "/staff/sign-out"),
		.post = !strcmp(web_method(r), "POST") };
}

/* As this browser reached the desk; behind an onion or a proxy that is its public name. */
const char *staff_link(struct web_request *r, const char *path)
{
	const char *host = web_header(r, "Host");
	const char *link = host ? arena_printf(web_arena(r), "%s://%s%s", web_secure(r) ? "https" : "http", host, path) : NULL;
	return link ? link : path;
}
