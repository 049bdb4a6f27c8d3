/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, in words that say what was kept and what to do. */
#include "desk/layout.h"
#include "desk/pages.h"
#include "desk/staff/pages.h"

#include <string.h>

static const char *status_title(enum lang l, int status)
{
	switch (status) {
	case 403:
		return text(l, "This page is not open to you");
	case 404:
		return text(l, "There is no such page");
	case 408:
		return text(l, "Your request took too long to arrive");
	case 410:
		return text(l, "This link is no longer good");
	case 413:
	case 414:
		return text(l, "That was too long");
	}
	return status < 500 ? text(l, "This could not be read") : text(l, "Something went wrong here");
}

static const char *status_words(enum lang l, int status)
{
	switch (status) {
	case 403:
	case 404:
		return text(l, "The address may be old, or mistyped. You can begin at the first page.");
	case 408:
		return text(l, "Nothing was kept of it. Please try again; a weak connection may need several attempts.");
	case 410: /* an invitation, or the link of a new password */
		return text(l, "It works once, for three days. Ask whoever gave it to you for another.");
	case 413:
	case 414:
		return text(l, "Nothing was kept of it. Go back, and send less at once; you can add the rest afterwards with your nine words.");
	}
	return status < 500 ? text(l, "Nothing was kept of it. Go back and try again, or begin at the first page.")
		: text(l, "This is our fault, not yours. Please try again in a few minutes. If you had pressed “Send”, go back and press it again: a report sent twice is kept once.");
}

/* --- what was typed --- */

/* Never put on a page again. */
static bool is_secret(const char *name)
{
	static const char *const secret[] = { "password", "again", "old", "code", "fingerprint" };
	for (size_t i = 0; i < ARRAY_LEN(secret); i++)
		if (!strcmp(name, secret[i]))
			return true;
	return false;
}

/* The fields of a form that staff sent, for it to be sent again: NULL where nobody wrote anything. */
static const struct layout_kept *kept(struct web_request *r)
{
	struct layout_kept *k = arena_array(web_arena(r), 1, sizeof *k);
	const char *name, *value;
	bool any = false;
	if (!k)
		return NULL;
	for (unsigned i = 0; web_field_any(r, i, &name, &value); i++) {
		if (is_secret(name) || k->n == ARRAY_LEN(k->field))
			return NULL;
		bool typed = strpbrk(value, " \n") != NULL;
		k->field[k->n++] = (struct kept_field){ name, value, typed };
		any |= typed;
	}
	k->action = arena_printf(web_arena(r), "/%s%s", lang_info(web_lang(r))->code, web_path(r));
	return any && k->action ? k : NULL;
}

void layout_status_page(struct web_request *r, int status)
{
	enum lang lang = web_lang(r);
	const struct layout_kept *k = NULL;
	/* Staff stay among their own pages. */
	struct layout l = { .desk = DESK(r), .path = "/" };
	if (!strncmp(web_path(r), "/staff", 6) && staff_of(r)) {
		l = staff_layout(r, "");
		k = status >= 500 && !strcmp(web_method(r), "POST") ? kept(r) : NULL;
	}
	l.title = status_title(lang, status);
	layout_status(web_out(r), &l, k ? text(lang, "Nothing was stored. What you typed is on this page and nowhere else: leave it open, wait a minute, then send it again.")
		: status_words(lang, status), k);
	web_page(r, status);
}
