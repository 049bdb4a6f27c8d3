/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The one way a report gets in: sealed, wrapped to the national desk's triage epoch, indexed blind,
 * its receipt derived, all in one transaction that is on disk before this returns 0. */

#include "desk/desk.h"
#include "desk/report.h"

enum { SUBMIT_AGAIN = 1 }; /* the same submission came before: nothing was added */

struct submission {
	const struct report *report;
	const uint16_t *words;      /* SEAL_WORDS; NULL: without a receipt (a child who wants none) */
	const uint8_t *once;        /* 16 bytes: the same submission sent again is recognised; NULL: never */
	const char *language;       /* "fr": what to answer in */
	const char *partner;        /* organisation of an API key; NULL */
};

/* Returns 0, SUBMIT_AGAIN, or an error of store or keys; nothing is half stored.
 * ret_id: SEAL_ID bytes. */
must_use int desk_submit(struct desk *d, const struct submission *s, uint8_t *ret_id);

/* Coming back. Status is coarse on purpose. */
enum coarse { COARSE_RECEIVED, COARSE_REVIEW, COARSE_PASSED_ON, COARSE_GONE, COARSE_OUTSIDE, COARSE_QUESTION, COARSE_WITHDRAWN, COARSE_CLOSED };
struct mail { bool from_reporter; int64_t hour; const char *text; bool withdrawal; };
struct returning {
	uint8_t id[SEAL_ID];
	enum coarse status;
	struct mail *mail; size_t mail_n; /* oldest first */
	bool can_answer;
};
/* -ENOENT: no such receipt. */
must_use int desk_return(struct desk *d, struct arena *a, const uint16_t words[SEAL_WORDS], struct returning *ret);
/* An answer or a request to withdraw: sealed for the desk and to the reporter's own mailbox. */
must_use int desk_answer(struct desk *d, const uint16_t words[SEAL_WORDS], const char *text, bool withdraw, const uint8_t once[16]);
