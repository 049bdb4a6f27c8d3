/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What an image's metadata (JSON) says of the lists it was made from. The text comes from a file:
 * anything unexpected is skipped, nothing is trusted, all is bounded. */

#include "base/bytes.h"

enum { META_TEXT = 160 };

/* Empty where it is not said; longer texts are cut. */
struct meta_list {
	char category[32], name[META_TEXT], path[META_TEXT], origin[META_TEXT], licence[META_TEXT],
		attribution[META_TEXT], date[META_TEXT];
};

/* Calls take for each object of the top-level array "lists", in order. Returns how many. */
unsigned meta_lists(
	struct bytes json, void (*take)(void *ctx, const struct meta_list *l), void *ctx);
