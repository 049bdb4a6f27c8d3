/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Between the files of the step engine. */

#include "desk/intake/steps.h"

/* One request on its way through the engine. */
struct visit {
	struct web_request *r;
	const struct steps *steps;
	struct form_state state;
	const char *typed[STEP_ASK_MAX], *error[STEP_ASK_MAX]; /* of the page shown again */
	size_t errors;
	const char *notice;
	int status;
};

struct layout step_layout(const struct visit *v, const char *title);
unsigned steps_position(const struct steps *s, const struct report *r, size_t step);
/* The page of state.step, or the review after the last. */
void step_show(struct visit *v);
void review_show(struct visit *v);
void send_report(struct visit *v, bool receipt);
/* The page's field with its words replaced, in the arena; NULL: no memory. */
const struct field *step_field(struct arena *a, const struct step_ask *k);
/* The page that cannot be shown: err is of form_seal. */
void visit_failed(struct visit *v, int err);
