/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The one way a report gets in: sealed, wrapped to the national desk's triage epoch, indexed blind,
 * its receipt derived, all in one transaction that is on disk before this returns 0. */

#include "desk/coarse.h"
#include "desk/desk.h"
#include "desk/report.h"

enum { SUBMIT_AGAIN = 1 }; /* the same submission came before: nothing was added */

struct submission {
	const struct report *report;
	const uint16_t *words;      /* SEAL_WORDS; NULL: without a receipt (a child who wants none) */
	const uint8_t *once;        /* 16 bytes: the same submission sent again is recognised; NULL: never */
	const char *language;       /* "fr": what to answer in */
	const char *partner;        /* organisation of an API key; NULL */
	const struct audit_entry *entered; /* by a member or a partner: into the audit trail with the report's number; NULL */
};

/* Returns 0, SUBMIT_AGAIN, or an error of store or keys; nothing is half stored.
 * ret_id: SEAL_ID bytes. */
must_use int desk_submit(struct desk *d, const struct submission *s, uint8_t *ret_id);

/* Coming back. */
struct mail { bool from_reporter; int64_t hour; const char *text; bool withdrawal; };
enum { ANSWER_MAX = 6000, MAIL_MAX = 40 }; /* bytes of one; entries shown */
struct returning {
	uint8_t id[SEAL_ID];
	enum coarse status;
	struct mail *mail; size_t mail_n; /* oldest first */
	bool can_answer, withdrawal_asked;
};
/* -ENOENT: no such receipt. -EAGAIN: the key process's rate limit. */
must_use int desk_return(struct desk *d, struct arena *a, const uint16_t words[SEAL_WORDS], struct returning *ret);
/* An answer or a request to withdraw: sealed for the desk (a key of its own, wrapped to each epoch that
 * holds the report's wraps) and to the reporter's own mailbox. A withdrawal's text may be empty. 0 or
 * SUBMIT_AGAIN; -ENOENT: no such receipt; ERR_REFUSED: closed or erased; ERR_LIMIT: longer than
 * ANSWER_MAX; ERR_MALFORMED: an empty answer. */
must_use int desk_answer(struct desk *d, const uint16_t words[SEAL_WORDS], const char *text, bool withdraw, const uint8_t once[16]);

/* --- for the staff's side of the desk --- */
/* What goes into the reporter's mailbox, as blob of a row of `mailbox`; in the arena. */
must_use int desk_mail(struct desk *d, struct arena *a, const uint8_t mailbox_public[SEAL_PUBLIC], const struct mail *m,
	struct bytes *ret);
/* Whoever opens a report first: times of the report and its messages become the hour. */
must_use int desk_round_times(struct store_tx *t, const uint8_t report[SEAL_ID], int64_t now);
/* A transition, for the figures; region NULL: not known. */
struct desk_counted { int64_t now; const char *kind; int64_t priority; const char *region, *state; };
must_use int desk_count(struct store_tx *t, const struct desk_counted *c);
/* -EEXIST: it came before. Kept two days. */
must_use int desk_once_put(struct store_tx *t, const uint8_t once[16], const uint8_t report[SEAL_ID], int64_t now);
