/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of work/: which reports have a text in the blind index, in any epoch this member can open. */

#include "desk/submit_blind.h"
#include "desk/work/load.h"

struct match { uint8_t id[SEAL_ID]; unsigned addresses, hosts, accounts; };
struct matches { struct match *of; size_t n; };

/* Texts twice count once. At most MATCH_A_TEXT reports of one text, since everybody reports the same large
 * platform. Errors of keys and store. */
enum { MATCH_A_TEXT = 300, MATCH_TEXTS = 40 };
must_use int match_find(struct desk *d, struct arena *a, const struct actor *who, const struct submit_text *text, size_t n,
	struct matches *ret);
/* The rows of those that this person sees, in the order of `from`; beside each its match. At most cap. */
must_use int match_rows(struct desk *d, struct arena *a, const struct actor *who, const struct matches *from, size_t cap,
	struct work_like *ret, size_t *ret_n);
