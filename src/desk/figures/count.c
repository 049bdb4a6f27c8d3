/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/figures/figures.h"

#include "base/clock.h"

int figure_step(struct store_tx *t, enum case_step s, enum priority p, int64_t seconds, int64_t now)
{
	if (s == STEP_COUNT)
		return 0;
	struct civil c = civil_from_seconds(now);
	return STORE_RUN(t,
		"INSERT INTO figure_step (month, step, priority, bucket, n) VALUES ($1, $2, $3, $4, 1)"
		" ON CONFLICT (month, step, priority, bucket) DO UPDATE SET n = figure_step.n + 1",
		S_INT(c.year * 100 + c.month), S_TEXT(case_step_name(s)), S_INT(p), S_INT(case_bucket(seconds)));
}
