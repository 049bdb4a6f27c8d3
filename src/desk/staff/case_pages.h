/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the pages about cases show; templates in desk/pages/staff-*.html. */

#include "desk/layout.h"
#include "desk/staff/show.h"

/* Lines of a list, each with its link. */
void case_rows(struct html_out *o, const struct case_line *row, size_t n);
/* Which case a page is about, and the way back to it. */
void case_crumb(struct html_out *o, const char *id, const struct case_line *row);

struct case_choice { const char *value, *label; bool chosen; };
struct case_select { const char *name, *label; const struct case_choice *of; size_t n; };

/* --- home --- */
struct home_card { const char *href, *title, *words; };
struct home_list { const char *title, *href, *all; const struct case_line *row; size_t n; bool urgent; };
struct home_page {
	struct layout layout;
	const struct staff *me;
	const char *role;
	const struct home_list *list; size_t list_n;
	const struct home_card *card; size_t card_n;
	bool reads;                  /* a role that opens reports */
	bool alone;                  /* no second factor yet */
	bool silent;                 /* no mail is configured, and this member should know */
};
void page_staff_home(struct html_out *o, const struct home_page *p);

/* --- queue --- */
struct queue_view { const char *name, *href; };
struct queue_page {
	struct layout layout;
	const char *title;
	const struct case_line *row; size_t row_n;
	const struct case_select *filter; size_t filter_n;
	const char *filtered;        /* what is chosen, in words; NULL: nothing */
	const char *next;            /* the page after this; NULL: the last */
	const char *first;           /* to the first page; NULL: this is it */
	const struct queue_view *view; size_t view_n;
	const char *csrf_save, *csrf_remove, *query, *error;
};
void page_staff_queue(struct html_out *o, const struct queue_page *p);

/* --- one case --- */
/* What can be done: a link to the action's page, or (csrf) a button that does it at once. */
struct case_deed { const char *href, *label, *of, *csrf, *version, *about; }; /* of: which one, NULL: there is one */
struct case_fact { const char *label, *value; };
struct case_message { const char *title, *when, *seq; };
struct case_part {                   /* a referral, a notice, a task: its own state, and what can be done with it */
	const char *title, *state, *due, *open, *read; /* open: the number of its message, NULL: none; read: what opening it is called */
	const struct case_fact *fact; size_t fact_n;
	const struct case_deed *deed; size_t deed_n;
	bool late;
};
struct case_page {
	struct layout layout;
	const struct case_line *row;
	const char *id;                      /* 32 digits */
	const char *done;
	bool urgent, national;
	const struct case_deed *next; size_t next_n;   /* what usually comes now */
	const struct case_deed *other; size_t other_n;
	const struct case_message *message; size_t message_n;
	const char *csrf_open;
	const struct case_fact *fact; size_t fact_n;
	const struct case_part *referral; size_t referral_n;
	const struct case_part *notice; size_t notice_n;
	const struct case_part *task; size_t task_n;
	const struct case_part *access; size_t access_n;
	const struct case_line *duplicate; size_t duplicate_n;
	const char *main;                    /* of which this is a duplicate; NULL */
	const char *excluded;                /* names; NULL: nobody, or not for this person */
};
void page_staff_case(struct html_out *o, const struct case_page *p);
void case_message_list(struct html_out *o, const char *id, const char *csrf, const struct case_message *m, size_t n);

/* --- one message, opened --- */
struct open_line { const char *label, *value; bool folded, ltr; };
struct open_group { const char *title; const struct open_line *line; size_t n; bool warn; };
struct open_page {
	struct layout layout;
	const struct case_line *row;
	const char *id, *title, *when, *error;
	struct bytes text;                   /* an answer, a note: one text; empty */
	const struct open_group *group; size_t group_n;
	const struct case_message *message; size_t message_n;
	const char *csrf_open;
	const char *ask;                     /* to the page that asks the reporter, in their language; NULL: cannot */
	bool addresses;                      /* some of it is an address */
};
void page_staff_open(struct html_out *o, const struct open_page *p);

/* --- doing something --- */
/* What an action's page asks for; act_form.c says which. */
enum act_ask {
	ASK_TEXT = 1, ASK_CLASS = 2, ASK_OFFENCE = 4, ASK_PRIORITY = 8, ASK_MEMBER = 16, ASK_DAYS = 32, ASK_SNIPPET = 64,
	ASK_WHOM = 128 /* a unit, or somebody there */, ASK_NAMES = 256, ASK_QUESTIONS = 512 /* the child's interests */,
	ASK_MAIN = 1024 /* the number of another report */,
};
struct act_offence { const char *code, *name, *law, *sure, *source; bool chosen; };
struct act_question { const char *name, *label, *hint, *value; };
struct act_page {
	struct layout layout;
	const struct case_line *row;
	const char *id;                      /* 32 digits */
	const char *action, *csrf, *title, *lead, *button, *error;
	const char *now;                     /* somebody changed it meanwhile: how it is now */
	const char *version, *about, *whom;  /* hidden */
	unsigned ask;
	bool danger;
	const char *text_label, *text_hint, *text;
	const struct case_choice *class; size_t class_n;
	const struct act_offence *offence; size_t offence_n;
	const struct case_choice *priority; size_t priority_n;
	const struct case_choice *member; size_t member_n;
	const char *member_label;
	const struct case_choice *days; size_t days_n;
	const struct case_choice *unit; size_t unit_n;
	const struct case_choice *snippet; size_t snippet_n;
	const struct case_choice *to; size_t to_n;      /* language of the snippet */
	const struct act_question *question; size_t question_n;
	const char *main;
	bool names_seen;
};
void page_staff_act(struct html_out *o, const struct act_page *p);

/* --- before a unit --- */
struct refer_unit { const char *code, *name, *how, *confirmed; bool chosen, near, fresh; };
struct refer_page {
	struct layout layout;
	const struct case_line *row;
	const char *id, *csrf, *version, *error, *now, *text, *territory;
	const struct refer_unit *unit; size_t unit_n, near_n, empty_n; /* near: of the place, its region; empty: of these, where nobody works */
	bool names_seen, identifies_child, among_minors;
	bool propose_only;                   /* not confirmed: a supervisor signs in any case */
};
void page_staff_refer(struct html_out *o, const struct refer_page *p);

/* --- others like it --- */
struct like_side { const char *label, *this, *that; };
struct like_one {
	const struct case_line *row;
	const char *id, *shares, *csrf, *version; /* of the form that makes it a duplicate of this one */
	const struct like_side *side; size_t side_n;
	bool is_ours, may_this, may_that;    /* already a duplicate of this one; what can be marked */
	bool untaken;                        /* that one: nobody has taken it on */
};
struct like_page {
	struct layout layout;
	const struct case_line *row;
	const char *id, *csrf, *version;     /* of the form that makes this one a duplicate */
	const char *csrf_split;
	const struct like_one *of; size_t n;
};
void page_staff_like(struct html_out *o, const struct like_page *p);

/* --- search, tasks --- */
struct search_page {
	struct layout layout;
	const char *csrf, *typed, *error;
	const struct case_line *row; size_t row_n;
	bool asked;
};
void page_staff_search(struct html_out *o, const struct search_page *p);
struct task_line { const struct case_line *row; const char *what, *asked, *due; bool late; };
struct tasks_page { struct layout layout; const struct task_line *task; size_t task_n; };
void page_staff_tasks(struct html_out *o, const struct tasks_page *p);
