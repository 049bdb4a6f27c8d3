/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What pages/layout.html asks of layout.c. For the two of them. */

#include "desk/config.h"
#include "desk/layout.h"
#include "desk/staff/pages.h"
#include "desk/staff/tabs.h"

/* "/ar/report": the same page in another language. */
const char *layout_in(struct html_out *o, const struct layout *l, enum lang to);
const char *layout_name(const struct html_out *o, const struct layout *l); /* the organisation's */

bool layout_demonstration(const struct layout *l); /* every public page says so until the desk is open */

struct layout_line {
	const char *label;   /* short, for the strip */
	const char *name, *hours, *phone, *url;
	const char *host;    /* of url, to read */
	const char *checked; /* the day on which this operator tried it; NULL: never */
};
/* The country's helplines for any of for_whom, in the table's order; those known everywhere after
 * them unless compact. *ret is in the arena; 0 when there are none. */
size_t layout_lines(struct html_out *o, const struct layout *l, unsigned for_whom, bool compact,
	const struct layout_line **ret);

/* Whether `code` is among the lines of value (NULL: nothing was said). */
bool layout_chosen(const char *value, const char *code);
/* "f-url-hint f-url-error", as far as they are there; NULL: none. */
const char *layout_described(struct html_out *o, const struct field *f, const char *error);
