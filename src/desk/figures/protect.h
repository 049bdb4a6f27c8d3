/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Numbers about persons, made fit to be published. Pure; no allocation.
 *
 * A published set of tables is a network: each number is an arc between two nodes, and at each node what comes
 * in is what goes out (a total and its parts). A table with both margins, tables that share a margin, and a
 * series of months with the same total are one such network, so that they are protected together:
 *
 *            cell           total of the column
 *     row  ------->  column ------------------->  ...  --->  all  --- grand total ---> row totals ---> row
 *
 * Each number is rounded to the nearest FIGURE_ROUND; those under FIGURE_LEAST are hidden; then more are hidden
 * until nobody who knows every number that is left, **exactly and not rounded**, can tell any hidden one to
 * within less than FIGURE_WIDTH: there are always two tables that agree in all that is shown, the sums
 * included, and differ by FIGURE_WIDTH or more in that number. A hidden number under FIGURE_LEAST and one that
 * was hidden for its sake look the same. docs/figures.md: which attacks this meets, and which it does not. */

#include "base/err.h"

enum { FIGURE_LEAST = 5, FIGURE_WIDTH = 10, FIGURE_ROUND = 5, FIGURE_ARCS = 512, FIGURE_NODES = 96, FIGURE_HIDDEN = -1 };

struct figure_arc {
	uint8_t from, to;  /* nodes */
	bool total;        /* hidden last */
	int64_t exact;     /* 0 or more; at each node as much comes in as goes out */
	int64_t shown;     /* out: rounded, or FIGURE_HIDDEN */
};
/* ERR_LIMIT: more than FIGURE_ARCS or FIGURE_NODES. ERR_MALFORMED: a negative number, or sums that are not. */
must_use int figure_protect(struct figure_arc *arc, size_t n, unsigned nodes);
int64_t figure_round(int64_t exact);
