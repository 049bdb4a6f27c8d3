/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/static_file.h"

#include "base/clock.h"
#include "desk/config.h"
#include "desk/layout.h"

enum { SECURITY_DAYS = 180 };

static const char robots[] =
	"User-agent: *\n"
	"Disallow: /api/\n"
	"Disallow: /fr/staff\n"
	"Disallow: /ar/staff\n"
	"Disallow: /en/staff\n"
	"Disallow: /fr/exit\n"
	"Disallow: /ar/exit\n"
	"Disallow: /en/exit\n";

static void serve_file(struct web_request *r)
{
	const char *path = web_path(r);
	for (size_t i = 0; i < static_file_n; i++)
		if (!strcmp(static_files[i].path, path)) {
			web_static(r, static_files[i].type, static_files[i].body);
			return;
		}
	/* An old page's style, or somebody's guess. */
	layout_status_page(r, 404);
}

static void serve_robots(struct web_request *r)
{
	web_send(r, 200, "text/plain; charset=utf-8", bytes_str(robots));
}

/* The contact as an address (RFC 9116 section 2.5.3): as it is, or an e-mail address. NULL: it is
 * neither, as a street or a bare number. */
static const char *contact_uri(struct arena *a, const char *contact)
{
	if (!contact || strpbrk(contact, " \t\r\n"))
		return NULL;
	if (!strncmp(contact, "https://", 8) || !strncmp(contact, "mailto:", 7) || !strncmp(contact, "tel:", 4))
		return contact;
	return strchr(contact, '@') && !strchr(contact, ':') ? arena_printf(a, "mailto:%s", contact) : NULL;
}

static void serve_security(struct web_request *r)
{
	struct arena *a = web_arena(r);
	const char *contact = contact_uri(a, DESK(r)->config->contact);
	struct civil c = civil_from_seconds((clock_unix() / 86400 + SECURITY_DAYS) * 86400);
	const char *body = contact ? arena_printf(a, "Contact: %s\nExpires: %04d-%02d-%02dT00:00:00Z\n"
		"Preferred-Languages: fr, ar, en\n", contact, c.year, c.month, c.day) : NULL;
	if (!contact)
		layout_status_page(r, 404); /* without Contact it would not be such a file */
	else if (!body)
		layout_status_page(r, 500);
	else
		web_send(r, 200, "text/plain; charset=utf-8", bytes_str(body));
}

static const struct web_route routes[] = {
	{ "GET", "/s/:file", serve_file, 0, 0 },
	{ "GET", "/robots.txt", serve_robots, 0, 0 },
	{ "GET", "/.well-known/security.txt", serve_security, 0, 0 },
};
const struct web_route_table desk_static_routes = { routes, ARRAY_LEN(routes) };
