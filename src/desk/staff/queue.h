/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What is asked of the queue, as it stands in an address and in a saved view:
 * "which=late&state=triage&priority=0&kind=address&region=MA-06"; what is not asked for is left out. */

#include "desk/work/work.h"

enum { QUEUE_FIELDS = 5, VIEW_NAME = 60, VIEW_QUERY = 200, VIEWS_MAX = 20 };
extern const char *const queue_field[QUEUE_FIELDS]; /* "which", "state", "priority", "kind", "region" */

typedef const char *queue_get(struct web_request *r, const char *name); /* web_query, web_field */
/* Total: what is not a value of its field asks for nothing. */
void queue_read(struct web_request *r, queue_get *get, struct work_filter *ret);
/* Such a text, in the arena; "" where nothing is asked for. NULL: no memory. */
const char *queue_write(struct arena *a, const struct work_filter *f);
