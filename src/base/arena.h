/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A bump allocator for things that live and die together (a parsed file, a request).
 * Memory is zeroed. Not for threads to share. Keys do not belong here: it may be swapped out. */

#include "base/bytes.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used;  /* bytes handed out, for limits and reports */
	size_t limit; /* 0: none; past it arena_alloc returns NULL */
};

void arena_init(struct arena *a, size_t limit);
void arena_done(struct arena *a);
void arena_wipe(struct arena *a); /* the same for what others must not find in memory: first all of it is zeros */

/* n zeroed bytes aligned to 16, or NULL when memory or the limit is exhausted. */
must_use void *arena_alloc(struct arena *a, size_t n);
/* count objects of size bytes; NULL also on overflow. */
must_use void *arena_array(struct arena *a, size_t count, size_t size);
/* A NUL-terminated copy. */
must_use char *arena_text(struct arena *a, const char *s, size_t n);
must_use char *arena_printf(struct arena *a, const char *format, ...) printf_like(2, 3);
