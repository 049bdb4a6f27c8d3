/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Tells when one of a few files has been replaced or written, by watching their folders (inotify):
 * once, a moment after the last change, so that files replaced together are taken together. */

#include "base/err.h"

struct event_base;
struct watch;

typedef void watch_changed(void *ctx);

/* paths: NULL ones are skipped. Folders that do not exist are not watched. One thread, that of base. */
must_use int watch_new(struct event_base *base, const char *const *paths, unsigned n, watch_changed *changed,
	void *ctx, struct watch **ret);
void watch_free(struct watch *w); /* NULL is fine */
