/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of work/: who sees which report, in SQL, said once. */

#include "desk/work/sql.h"
#include "desk/work/work.h"

/* `due` of a report that waits for nothing: after all that do. Shown as 0. */
#define SEE_NEVER INT64_C(253402300800)

/* "SELECT columns FROM report r ... WHERE ...", then " AND ..." of the caller, then see_end, without which the
 * statement is not asked; after it ORDER BY and the like. For a unit, `f` is its referral, and due, since and
 * work are those of the referral. */
void see_select(struct sql *q, const struct actor *who, int64_t now);
/* The same with other columns. also: " JOIN ... ON ... = r.id", or "". */
void see_columns(struct sql *q, const struct actor *who, int64_t now, const char *columns, const char *also);
/* Who is kept from what. At the end, so that an engine that goes by the order asks it of few. */
void see_end(struct sql *q, const struct actor *who, int64_t now);
must_use int see_row(struct store_rows *rows, struct arena *a, int64_t now, struct work_row *ret);
/* Expressions of the statement above: the unit's own where a unit looks. */
struct see_terms { const char *due, *since, *work; };
const struct see_terms *see_terms(const struct actor *who);
bool see_national(const struct actor *who);

/* One report's row; -ENOENT: not there, or not for them. */
must_use int see_one(struct store_tx *t, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], int64_t now,
	struct work_row *ret);
/* Rows of a statement of see_select; at most cap. */
must_use int see_rows(struct store_tx *t, struct arena *a, const struct sql *q, int64_t now, size_t cap,
	struct work_row *ret, size_t *ret_n);
