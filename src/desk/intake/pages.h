/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the intake's templates (desk/pages/intake-*.html) show besides intake/steps.h. */

#include "desk/intake/steps.h"

struct choose_page { struct layout layout; };
struct child_page { struct layout layout; };
struct receipt_ask_page {
	struct layout layout;
	const char *typed, *error;            /* error: already translated */
	const char *const *close; size_t close_n;
};
struct talk_line { bool mine, withdrawal; const char *when, *text; };
struct receipt_page {
	struct layout layout;
	const char *state, *status, *status_means; /* msgids but the state */
	const char *done, *error;             /* msgids or NULL */
	const char *typed;
	const struct talk_line *line; size_t line_n;
	bool can_answer, withdrawal_asked;
};

/* Pieces other paths may use. */
void intake_progress(struct html_out *o, unsigned at, unsigned of);
void intake_urgent(struct html_out *o, const struct layout *l); /* emergency lines, the police's page beside them */
void intake_words(struct html_out *o, const struct sent_page *p);
void before_send_adult(struct html_out *o, const struct review_page *p);
void before_send_child(struct html_out *o, const struct review_page *p);
void page_sent_child(struct html_out *o, const struct sent_page *p);
void page_sent_adult(struct html_out *o, const struct sent_page *p);
