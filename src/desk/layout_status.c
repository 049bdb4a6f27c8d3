/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, in words that say what was kept and what to do. */
#include "desk/layout.h"
#include "desk/pages.h"
#include "desk/staff/pages.h"

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

void layout_status_page(struct web_request *r, int status)
{
	enum lang lang = web_lang(r);
	/* Staff stay among their own pages. */
	struct layout l = { .desk = DESK(r), .path = "/" };
	if (!strncmp(web_path(r), "/staff", 6) && staff_of(r))
		l = staff_layout(r, "");
	l.title = status_title(lang, status);
	layout_status(web_out(r), &l, status_words(lang, status));
	web_page(r, status);
}
