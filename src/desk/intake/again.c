/* SPDX-License-Identifier: Apache-2.0 */
/* When the form cannot be read or stored just now, what a person typed must not be lost: the page that
 * says so carries every posted field and sends them again. */
#include "desk/intake/steps.h"
#include "desk/pages.h"

#include <errno.h>

enum { FIELDS_MAX = 256 };

struct carried { struct web_request *r; struct again_field *field; size_t n; };

static void carry(struct carried *c, const char *name)
{
	const char *value;
	for (unsigned i = 0; c->n < FIELDS_MAX && (value = web_field_at(c->r, name, i)); i++)
		c->field[c->n++] = (struct again_field){ name, value };
}

void steps_again(struct web_request *r, bool child, int err)
{
	static const char *const own[] = { "state", "go", "typed", "text" };
	const enum lang l = web_lang(r);
	struct again_field *field = arena_array(web_arena(r), FIELDS_MAX, sizeof *field);
	struct carried c = { r, field, 0 };
	for (size_t i = 0; field && i < ARRAY_LEN(own); i++)
		carry(&c, own[i]);
	for (size_t i = 0; field && i < report_field_count; i++)
		carry(&c, report_fields[i].name);
	struct again_page p = {
		.layout = { .desk = DESK(r), .title = text(l, N_("Please wait a moment")), .path = web_path(r), .child = child },
		.action = arena_printf(web_arena(r), "~%s", web_path(r)),
		.field = field, .field_n = c.n, .busy = err == -EAGAIN,
	};
	if (!p.action) {
		web_status(r, 500);
		return;
	}
	web_header_set(r, "Retry-After", "10");
	page_again(web_out(r), &p);
	web_page(r, 503);
}

void steps_refused(struct web_request *r, const char *path, bool child, int err)
{
	const enum lang l = web_lang(r);
	struct refused_page p = {
		.layout = { .desk = DESK(r), .title = text(l, N_("Please begin again")), .path = path, .child = child },
		.start = arena_printf(web_arena(r), "~%s", path), .old = err == ERR_TIME,
	};
	page_refused(web_out(r), &p);
	web_page(r, 400);
}
