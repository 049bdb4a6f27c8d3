/* SPDX-License-Identifier: Apache-2.0 */
#include "store/cache.h"

#include "base/siphash.h"

#include <errno.h>

void cache_init(struct cache *c, void (*drop)(void *owner, void *statement), void *owner)
{
	*c = (struct cache){ .drop = drop, .owner = owner };
}

static void drop_entry(struct cache *c, struct cache_entry *e)
{
	if (e->statement)
		c->drop(c->owner, e->statement);
	free(e->key);
	*e = (struct cache_entry){ 0 };
}

void cache_done(struct cache *c)
{
	for (size_t i = 0; i < CACHE_SIZE; i++)
		drop_entry(c, &c->entry[i]);
}

static uint64_t hash_of(struct bytes key)
{
	return siphash_24(key.p, key.n, 0, 0);
}

void *cache_find(struct cache *c, struct bytes key)
{
	uint64_t hash = hash_of(key);
	for (struct cache_entry *e = c->entry; e < c->entry + CACHE_SIZE; e++) {
		if (e->statement && e->hash == hash && bytes_equal(bytes_of(e->key, e->n), key)) {
			e->used = ++c->clock;
			return e->statement;
		}
	}
	return NULL;
}

int cache_put(struct cache *c, struct bytes key, void *statement)
{
	char *copy = malloc(key.n + 1);
	if (!copy) {
		c->drop(c->owner, statement);
		return -ENOMEM;
	}
	memcpy(copy, key.p, key.n);
	struct cache_entry *oldest = c->entry; /* an empty place was used at 0 */
	for (struct cache_entry *e = c->entry; e < c->entry + CACHE_SIZE; e++)
		if (e->used < oldest->used)
			oldest = e;
	drop_entry(c, oldest);
	*oldest = (struct cache_entry){ hash_of(key), ++c->clock, copy, key.n, statement };
	return 0;
}
