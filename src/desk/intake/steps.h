/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The step engine: a form of several short pages from a table. The adults' paths (intake/adult.c) and
 * the child's use it; a path is data, plus a few words of its own.
 *
 *   GET  path         a new form, its first page
 *   POST path         state + the page's fields + go:
 *                       next | back | review | edit-N | send | send-plain (no receipt)
 *
 * Each answer is a whole page that carries all that was said, sealed, in `state`; the server keeps
 * nothing. A wrong value is shown again beside its error with what was typed. Nothing is required.
 * When the answers say danger, the emergency lines stand on top of each later page; nothing waits for
 * them. Where the key process or the database cannot answer, a page keeps all that was posted. */

#include "desk/layout.h"
#include "desk/state.h"

enum { STEPS_MAX = 24, STEP_ASK_MAX = 12 };

/* One question: a field of report_fields, its words replaced where given. */
struct step_ask {
	const char *field;
	const char *label, *hint;   /* msgids; NULL: the field's own; hint "": none */
	const struct field_choice *choice; size_t choice_n; /* fewer or other words for the same codes; NULL: the field's */
};

struct step {
	const char *title;          /* msgid: where one is */
	const char *lead;           /* msgid or NULL */
	const struct step_ask *ask; size_t ask_n;
	bool (*skip)(const struct report *r);                        /* NULL: never */
	void (*aside)(struct html_out *o, const struct layout *l, const struct report *r); /* above the fields; NULL */
	bool legend;                /* one question only: its label is the heading */
};

struct sent_page;
struct review_page;
struct steps {
	const char *path, *action;  /* "/report/address", "~/report/address" */
	const char *title;          /* msgid of the whole: "Report an address" */
	uint8_t form;               /* FORM_*: a state of another form is refused */
	enum report_kind kind;
	enum report_by by;
	const struct step *step; size_t step_n;
	bool child;                 /* layout.child */
	const char *review_title, *review_lead, *send; /* msgids; NULL: the adults' */
	const char *send_plain;     /* msgid of a second button, without a receipt; NULL: none */
	void (*before_send)(struct html_out *o, const struct review_page *p); /* what is told before "send" */
	void (*sent)(struct html_out *o, const struct sent_page *p);          /* the page after it */
};

/* by: where the path may be begun for somebody else (?by=carer); else s->by. */
void steps_get(struct web_request *r, const struct steps *s, enum report_by by);
void steps_post(struct web_request *r, const struct steps *s);

/* --- what the templates show --- */
struct step_row { const struct field *field; const char *value, *error; };
struct step_page {
	struct layout layout;
	const struct steps *steps;
	const struct step *step;
	const struct report *report;
	const char *state, *notice;           /* notice: msgid, of the whole page; NULL */
	unsigned at, of;                      /* 1-based; the review is the last */
	const struct step_row *row; size_t row_n, errors;
	bool urgent, back, may_review;
};
struct review_line { const char *label; const char *value; bool ltr; };
struct review_part { const char *title, *edit; const struct review_line *line; size_t line_n; };
struct review_page {
	struct layout layout;
	const struct steps *steps;
	const struct report *report;
	const char *state, *notice;
	unsigned at, of;
	const struct review_part *part; size_t part_n;
	bool urgent;
	const char *law, *passed_on;          /* the desk's own words; NULL: not set */
	const char *sector, *sector_law;      /* of a professional's sector; NULL */
	bool live;
};
struct sent_page {
	struct layout layout;
	const struct steps *steps;
	const struct report *report;
	const char *word[SEAL_WORDS];
	const char *aloud;                    /* the same, with commas */
	bool receipt, urgent;
};
/* A page that carries everything posted and offers to try again. */
struct again_field { const char *name, *value; };
struct again_page {
	struct layout layout;
	const char *action;                   /* "~/report/address" */
	const struct again_field *field; size_t field_n;
	bool busy;                            /* the rate limit: a moment; else something is down */
};

struct refused_page { struct layout layout; const char *start; bool old; };

/* Shows that page for this request (503, Retry-After). */
void steps_again(struct web_request *r, bool child, int err);
/* "Begin again": a form that is too old (err ERR_TIME) or was changed. */
void steps_refused(struct web_request *r, const char *path, bool child, int err);
