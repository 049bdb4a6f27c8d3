/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of work/: a statement put together from pieces that are all in the source; what comes from
 * people is only ever a parameter. */

#include "store/store.h"

enum { SQL_MAX = 4096, SQL_VALUES = 60 };
struct sql {
	char text[SQL_MAX];
	size_t n, value_n;
	bool open; /* what must come before it may be asked has not: see_end */
	struct store_value value[SQL_VALUES];
};

/* Literals only. Both assert that there is room: the pieces are ours and few. */
void sql_add(struct sql *q, const char *piece);
/* The number of the new parameter, for "$%u" in later pieces. */
unsigned sql_bind(struct sql *q, struct store_value v);
/* `piece` with each '?' standing for v, one parameter. */
void sql_with(struct sql *q, const char *piece, struct store_value v);
must_use int sql_query(struct store_tx *t, const struct sql *q, struct store_rows **ret);
