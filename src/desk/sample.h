/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Made-up reports to try a desk with: reserved names, sober words, through the same door as real ones. */

#include "desk/desk.h"

/* n of them, at most SAMPLE_MAX. ERR_REFUSED on a live desk. */
enum { SAMPLE_MAX = 10000 };
must_use int desk_sample(struct desk *d, unsigned n);
