/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the pages of removal notices show; templates in desk/pages/staff-notice*.html. */

#include "desk/config.h"
#include "desk/layout.h"
#include "desk/notices/letter.h"
#include "desk/staff/directory.h"
#include "desk/staff/show.h"

#define NOTICE_STAFF (STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR))

/* One notice of a list, or the one of the page. */
struct notice_line {
	const char *href, *reference;
	const char *report_href, *report;      /* the case, and the first eight digits of its number */
	const char *kind, *channel, *priority, *state, *due;
	bool late, held, perhaps;
};
struct notice_list { const char *id, *title; struct notice_line *line; size_t n; };
enum { NOTICE_LISTS = 5 };
struct notices_page {
	struct layout layout;
	const char *q, *error;
	struct notice_list list[NOTICE_LISTS];
	bool none;
};

struct notice_recheck_row { unsigned n; const char *due, *at, *outcome, *who; };
struct notice_fact { const char *label, *value; };
struct notice_page {
	struct layout layout;
	const char *action, *csrf;
	struct notice_line line;
	struct notice_fact fact[10]; size_t fact_n;
	const struct notice_recheck_row *recheck; size_t recheck_n;
	uint64_t version;
	const char *error, *done;
	bool perhaps, may_send, may_acknowledge, may_recheck, may_end, end_needs_words, moved;
	const char *today; unsigned hour;      /* of this moment, for the forms */
	const struct notice_letter *letter;    /* opened; NULL */
	const char *new_action, *new_csrf;     /* the form that changes the letter, or writes one for a new address */
	const char *id;
	bool by_mail;
};
struct notice_print_page {
	struct layout layout;
	const struct notice_letter *letter;
	const char *reference, *date, *contact, *back;
};

/* Writing one: kind, then form, then the letter. */
struct notice_choice { const char *value, *label, *small; bool on; };
struct notice_new_page {
	struct layout layout;
	const char *action, *csrf;
	const char *report_href, *report;
	const char *kind, *kind_label;         /* NULL: to be chosen */
	const struct notice_choice *recipient; size_t recipient_n;
	const struct notice_choice *found; size_t found_n; /* addresses in the opened report */
	const struct notice_choice *offence; size_t offence_n;
	struct notice_choice language[LANG_COUNT], channel[CHANNEL_COUNT];
	struct staff_field field[5];           /* name, mail, postal, form, addresses */
	const char *error;
	const char *replace, *id;
	bool law_missing, opened, held;
};
struct notice_preview_page {
	struct layout layout;
	const char *action, *csrf;
	const struct notice_letter *letter;
	const char *kind, *channel, *lang, *dir, *offence, *replace, *id, *error;
	struct staff_field subject, body;
	bool certain;
};

void page_notices(struct html_out *o, const struct notices_page *p);
void page_notice(struct html_out *o, const struct notice_page *p);
void page_notice_print(struct html_out *o, const struct notice_print_page *p);
void page_notice_kinds(struct html_out *o, const struct notice_new_page *p);
void page_notice_new(struct html_out *o, const struct notice_new_page *p);
void page_notice_preview(struct html_out *o, const struct notice_preview_page *p);

/* --- shared by these pages --- */
struct notice_line notice_line(struct web_request *r, const struct work_notice_row *row);
/* The report of the address, for who may see it; false: answered. */
must_use bool notice_case(struct web_request *r, const uint8_t report[SEAL_ID], struct work_case *ret);
/* What went wrong, for a person (msgid); NULL: our fault. */
const char *notice_problem(int err, enum case_refusal why);
const char *notice_kind_of(struct web_request *r); /* field or query `kind`, one that takes notices; NULL */
