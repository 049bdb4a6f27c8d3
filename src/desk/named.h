/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whether a person is among those a reporter named. Pure. It rather finds one too many: who is found does
 * not see the report, and somebody else does the work. */

#include "base/bytes.h"

/* words: what the reporter wrote, names or posts in any language; name: "Amina El Fassi". True when a part of the
 * name that says something (three letters or more, no "Ben", no article) stands there, whatever its case,
 * accents, hamzas and article, in the other script too. NULL: false. */
bool named_in(const char *words, const char *name);
