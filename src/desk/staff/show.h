/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What staff pages say of cases, in the request's language: names, times, one line of a list. */

#include "desk/staff/field.h"
#include "desk/staff/session.h"
#include "desk/work/work.h"

/* --- who --- */
struct actor staff_actor(const struct staff *s);
/* Everybody who works or worked here, by name. */
struct staff_person { uint32_t member; int role; const char *name, *unit; bool gone; };
struct staff_people { struct staff_person *of; size_t n; };
must_use int staff_people(struct web_request *r, struct staff_people *ret);
/* "Amal"; for 0 or a number nobody has: "somebody". */
const char *staff_name(const struct staff_people *p, enum lang l, uint32_t member);
/* The territory's name, "National desk", or the code. */
const char *staff_unit(struct web_request *r, const char *code);
bool staff_is_national(const struct staff *s);

/* The parameter of the path, or a form's field, as an id. */
must_use bool staff_id(const char *hex, uint8_t ret[SEAL_ID]);

/* --- times: whole hours, as the database has them --- */
const char *staff_hour(struct web_request *r, int64_t at); /* "Monday 23 November 2026 at 18:00"; "" for 0 */
/* "Due in 3 hours", "Late by 2 hours: a supervisor must look"; NULL: nothing is due. */
const char *staff_due(struct arena *a, enum lang l, int64_t now, int64_t due, unsigned late);

/* --- words --- */
/* One more of a list: "a, b"; before NULL: the first. */
const char *staff_and(struct arena *a, enum lang l, const char *before, const char *more);
const char *staff_priority(enum lang l, enum priority p);       /* "P0" with what it means */
const char *staff_region(struct web_request *r, const char *region);

/* One report of a list. */
struct case_line {
	const char *href, *number;              /* "~/staff/reports/…", the first eight digits */
	const char *kind, *priority, *state, *region, *age, *due, *who;
	const char *mark[4];                    /* "Supervisors only", "Held for the police"; NULL after the last */
	unsigned level, late;                   /* of priority; of case_escalation */
};
struct case_line staff_line(struct web_request *r, const struct staff_people *p, const struct work_row *row);
must_use int staff_lines(struct web_request *r, const struct work_row *row, size_t n, struct case_line **ret);
