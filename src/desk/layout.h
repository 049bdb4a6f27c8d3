/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The frame of every page: head, quick exit, languages, helplines, foot; and the pieces pages are
 * made of. Templates in desk/pages/. */

#include "desk/desk.h"
#include "desk/report.h"

struct staff; /* desk/staff/session.h */

struct layout {
	struct desk *desk;
	const char *title;      /* already translated */
	const char *path;       /* "/report": for the links to the other languages */
	bool child;             /* the child's look: larger, one thing at a time */
	bool staff;             /* no quick exit, no helplines; navigation of the staff pages */
	const struct staff *me; /* staff: who is signed in; NULL: nobody */
	const char *sign_out;   /* token of that form */
	bool question;          /* the page's one field: its label is the heading */
	bool post;              /* answered to a form: languages go to the form's start */
};
void layout_head(struct html_out *o, const struct layout *l);
void layout_foot(struct html_out *o, const struct layout *l);

/* Helplines first, police beside them; never a gate. for_whom: HELP_* bits; those that are a hotline's
 * portal, prevention or data protection come only when that bit is among them. */
void layout_help(struct html_out *o, const struct layout *l, unsigned for_whom, bool compact);
/* "People are here now" / "again from Monday 9:00". */
void layout_staffed(struct html_out *o, const struct layout *l);
/* One field of report_fields with label, hint, value and error (msgids; NULL: none). */
void layout_field(struct html_out *o, const struct layout *l, const struct field *f, const char *value, const char *error);
/* The style sheet's address with its hash: "/s/hisn-1a2b3c.css". */
const char *layout_style(void);
const char *layout_logo(void);
/* A form that staff sent and that could not be taken, for it to be sent again: what was typed can be read and changed. */
struct kept_field { const char *name, *value; bool typed; };
struct layout_kept { const char *action; struct kept_field field[32]; size_t n; };
/* web_config.status_page: 403, 404, 408, 500 ... in the request's language, with the helplines. */
void layout_status_page(struct web_request *r, int status);
