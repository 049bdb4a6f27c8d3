/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A form of several pages without cookie or storage: what was said so far travels in one hidden field
 * `state`, sealed with a key that lives for twelve hours in the key process (so that it survives a
 * restart and works on every front end). It carries the receipt's words and the submission's number
 * from the first page on: sending twice (a lost connection, a second tap, kill -9 before the page
 * came) shows the same receipt and stores one report. */

#include "desk/desk.h"
#include "desk/report.h"

struct form_state {
	struct report report;
	uint16_t words[SEAL_WORDS];
	uint8_t once[16];
	uint8_t path;    /* which form, and */
	uint8_t step;    /* its page */
	bool receipt;    /* a receipt is wanted */
	int64_t began;   /* hour; older than the keys: refused */
};
enum { FORM_ADULT = 1, FORM_CHILD = 2, FORM_CARER = 3, FORM_HOTEL = 4, FORM_STAFF = 5, FORM_RETURN = 6 };

void form_begin(struct form_state *s, enum report_kind kind, enum report_by by, uint8_t path);
/* base64url text for the field, in the arena; padded so that its length tells little. */
must_use int form_seal(struct desk *d, struct arena *a, const struct form_state *s, const char **ret);
/* ERR_MALFORMED (changed, another desk's), ERR_TIME (too old: begin again). */
must_use int form_open(struct desk *d, struct arena *a, const char *field, struct form_state *ret);
