/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the pages about the people of the desk show; templates in desk/pages/. */

#include "desk/layout.h"
#include "desk/staff/factor.h"
#include "desk/staff/session.h"

/* A form's error is a msgid, translated by the template. */
struct staff_second_page { struct layout layout; const char *error, *csrf, *csrf_out; };

struct staff_factor_page {
	struct layout layout;
	const char *error, *csrf, *csrf_codes, *csrf_out;
	const char *secret, *uri, *field;   /* of the one that would be set up */
	const char *picture;                /* what the QR code is, for who does not see it */
	bool has, half;
	const char *since;
	int64_t left;                       /* recovery codes */
};
struct staff_codes_page { struct layout layout; const struct factor_codes *codes; };

struct staff_me_page {
	struct layout layout;
	const struct staff *me;
	const char *role, *unit, *csrf, *error;
	const char *mail, *pager;
	enum lang language;
	bool saved, mail_works;
	const struct factor_state *factor;
};

struct staff_session_row { const char *id, *since, *seen; bool mine, whole; };
struct staff_sessions_page {
	struct layout layout;
	const struct staff_session_row *row; size_t row_n;
	const char *csrf_one, *csrf_others;
};
struct staff_password_page { struct layout layout; const char *error, *csrf; };

void page_staff_second(struct html_out *o, const struct staff_second_page *p);
void page_staff_factor(struct html_out *o, const struct staff_factor_page *p);
void page_staff_codes(struct html_out *o, const struct staff_codes_page *p);
void page_staff_me(struct html_out *o, const struct staff_me_page *p);
void page_staff_sessions(struct html_out *o, const struct staff_sessions_page *p);
void page_staff_password(struct html_out *o, const struct staff_password_page *p);
