/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The navigation of the staff pages: one table, tabs.c. A new page adds its row there. Who may open a page
 * is decided by its handler; a tab only says it ahead. */

#include "desk/staff/session.h"

struct staff_tab {
	const char *path;   /* "~/staff/reports" */
	const char *label;  /* msgid */
	unsigned roles;     /* STAFF_ROLE bits */
	enum { TAB_EVERYWHERE, TAB_NATIONAL, TAB_UNITS } where; /* national desk, territorial units, both */
	bool more;          /* stands under "More" */
};
extern const struct staff_tab staff_tabs[];
extern const size_t staff_tab_count;

bool staff_tab_open(const struct staff_tab *t, const struct staff *me); /* me NULL: nobody is signed in */
/* The tab of the page at path: itself, or the one it is below of. NULL: none. */
const struct staff_tab *staff_tab_of(const struct staff *me, const char *path);
