/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What each profile closes and opens, in the view's numbers: made once, so that view_now has only
 * to choose and combine. Private to the room. */

#include "policy/view.h"

/* For a view whose categories, masks and names are set. -ENOMEM. */
must_use int profiles_new(const struct view *v, struct view_profile **ret);
void profiles_free(struct view_profile *p); /* NULL is fine */
