/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A field of a staff form, with its label, hint and error; desk/pages/staff-field.html. */

#include "web/server.h"

struct staff_field {
	const char *name;
	enum { STAFF_FIELD_LINE, STAFF_FIELD_AREA, STAFF_FIELD_DAY, STAFF_FIELD_CODE /* mail, key: always left to right */ } type;
	const char *label, *hint; /* translated; hint NULL: none */
	const char *value;
	const char *error;        /* translated; NULL: none */
	unsigned rows;            /* of an area; 0: 4 */
};
void page_staff_field(struct html_out *o, const struct staff_field *f);
/* What aria-describedby names: hint and error. NULL: neither. */
const char *staff_field_described(struct html_out *o, const struct staff_field *f);

/* What is said above a form that comes back with what was typed, status 503, when the desk or its key process failed
 * at keeping it. */
extern const char *const staff_not_kept; /* msgid */
bool staff_ticked(struct web_request *r, const char *name, const char *value); /* among the boxes of that name */
const char *staff_given(struct web_request *r, const char *name); /* a field that is not empty, or NULL */
const char *staff_day_field(struct arena *a, int64_t day);         /* "2026-11-23" */
const char *staff_hex(struct arena *a, const uint8_t *p, size_t n); /* NULL: no memory */
