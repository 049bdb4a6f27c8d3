/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a report can be filed under. Everything national stands in data/desk/offences.csv, with how sure we
 * are of it (`basis`), which is shown beside each; here is only what follows from a row. Pure. */

#include "desk/case/case.h"
#include "desk/data.h"

const struct desk_offence *case_offence(const struct desk_data *d, const char *code); /* NULL: none */
/* Whether the assessment of a report of this kind offers it. */
bool case_offence_fits(const struct desk_offence *o, enum report_kind kind);
/* All that fit, in the table's order, offences first, then what is for support, filters and redress. -ENOMEM. */
must_use int case_offences(struct arena *a, const struct desk_data *d, enum report_kind kind,
	const struct desk_offence ***ret, size_t *ret_n);
/* A classification as illegal needs a row that is an offence; baseline one that does not wait for counsel. */
bool case_offence_agrees(const struct desk_offence *o, enum case_classification c);
/* Whether a block can ever be founded on it: an offence in force whose matter can be an address. All else,
 * and above all what is merely not for children, never comes near the list. */
bool case_offence_blocks(const struct desk_offence *o);
const char *case_offence_status_label(const struct desk_offence *o); /* msgid */
