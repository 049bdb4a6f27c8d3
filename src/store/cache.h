/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Prepared statements of one connection by their text, so many at most; the one longest unused goes
 * first. The texts of a program are few, so this is a table that is looked through. */

#include "base/bytes.h"
#include "base/err.h"

enum { CACHE_SIZE = 96 };

struct cache {
	struct cache_entry {
		uint64_t hash, used;
		char *key;
		size_t n;
		void *statement; /* NULL: an empty place */
	} entry[CACHE_SIZE];
	uint64_t clock;
	void (*drop)(void *owner, void *statement);
	void *owner;
};

void cache_init(struct cache *c, void (*drop)(void *owner, void *statement), void *owner);
void cache_done(struct cache *c); /* drops all */
void *cache_find(struct cache *c, struct bytes key); /* or NULL */
/* Takes the statement, also on error (-ENOMEM: it was dropped). */
must_use int cache_put(struct cache *c, struct bytes key, void *statement);
