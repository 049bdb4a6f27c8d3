/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Figures: counted at transitions (desk_count of submit.h, figure_step here), never from reports; so they stay
 * when reports are erased, and hold no times of a case. Month and class are all that is kept. */

#include "desk/case/case.h"
#include "store/store.h"

/* A step of a case was completed `seconds` after what case_step_of says it is measured from; in the caller's
 * write transaction. STEP_COUNT counts nothing. */
must_use int figure_step(struct store_tx *t, enum case_step s, enum priority p, int64_t seconds, int64_t now);
