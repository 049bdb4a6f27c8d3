/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the pages about the people of the desk show; templates in desk/pages/. */

#include "desk/duty/handover.h"
#include "desk/duty/roster.h"
#include "desk/layout.h"
#include "desk/staff/exposure.h"
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

struct staff_choice { uint32_t member; const char *name; };
/* Who works in the unit, by name; without one of them (0: all). In the arena. */
must_use int staff_colleagues(struct web_request *r, const char *unit, uint32_t without, const struct staff_choice **ret, size_t *ret_n);
struct staff_member_page {
	struct layout layout;
	uint32_t id;
	const char *name, *role, *unit, *unit_code;
	const char *error, *good, *link;
	const char *csrf_leave, *csrf_reset, *csrf_share, *csrf_factor;
	bool mine, manages, may_share, factor;
	const struct staff_choice *other; size_t other_n;
};
struct staff_left_page { struct layout layout; bool mine; const char *name; int64_t cases; };
struct staff_reset_page { struct layout layout; const char *error, *action; };

struct exposure_page {
	struct layout layout;
	int64_t n;                          /* opened this shift */
	const char *talk;                   /* whom to talk to; NULL: not said by this desk */
	const char *action, *csrf, *csrf_pause, *seq;
};

struct wall_row { const char *number, *state, *due, *taken; unsigned late; };
struct wall_part { const char *priority; const struct wall_row *row; size_t row_n; int64_t more; };
enum { WALL_PARTS = 4 };
struct wall_page {
	struct layout layout;
	const struct wall_part *part;       /* WALL_PARTS, the most urgent first */
	int64_t unopened, late, open;
	const char *at;                     /* of this page */
	bool still;                         /* does not renew itself */
};

struct roster_row { const char *id, *day, *from, *to, *name, *duty; bool now, reachable; };
struct roster_page {
	struct layout layout;
	const char *error, *csrf_add, *csrf_remove;
	const struct roster_row *row; size_t row_n;
	bool changes;                       /* this member may */
	const struct staff_choice *member; size_t member_n;
	const char *day, *from, *to;        /* as typed */
	struct exposure_sum pauses;         /* for who changes the roster */
};
struct handover_row { const char *id, *name, *at, *csrf; bool mine; };
struct handover_page {
	struct layout layout;
	const char *error, *good, *csrf, *csrf_cases, *text;
	int64_t cases;                      /* given on just now; -1: none were */
	const struct handover_row *row; size_t row_n;
	const struct staff_choice *other; size_t other_n;
};
struct handover_opened_page { struct layout layout; const struct handover_row *row; struct bytes text; };

void page_staff_second(struct html_out *o, const struct staff_second_page *p);
void page_staff_factor(struct html_out *o, const struct staff_factor_page *p);
void page_staff_codes(struct html_out *o, const struct staff_codes_page *p);
void page_staff_me(struct html_out *o, const struct staff_me_page *p);
void page_staff_sessions(struct html_out *o, const struct staff_sessions_page *p);
void page_staff_password(struct html_out *o, const struct staff_password_page *p);
void page_staff_member(struct html_out *o, const struct staff_member_page *p);
void page_staff_leave(struct html_out *o, const struct staff_member_page *p);
void page_staff_left(struct html_out *o, const struct staff_left_page *p);
void page_staff_reset(struct html_out *o, const struct staff_reset_page *p);
void page_exposure_offer(struct html_out *o, const struct exposure_page *p);
void page_exposure_pause(struct html_out *o, const struct exposure_page *p);
void page_roster(struct html_out *o, const struct roster_page *p);
void page_handover(struct html_out *o, const struct handover_page *p);
void page_handover_opened(struct html_out *o, const struct handover_opened_page *p);
void page_wall(struct html_out *o, const struct wall_page *p);
