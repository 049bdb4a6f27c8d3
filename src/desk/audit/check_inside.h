/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Shared by check.c and check_places.c. */

#include "desk/audit/check.h"

/* Of the rows that are not what they say: which are others that were moved, and which were changed. */
void audit_check_places(struct audit_check *c);
