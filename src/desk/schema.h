/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The desk's tables, from src/desk/schema/NNNN-name.sql (src/desk/gen/schema.py). A migration that
 * has been released never changes: write the next one. */

#include "store/store.h"

extern const struct store_migration desk_schema[];
extern const size_t desk_schema_n;
