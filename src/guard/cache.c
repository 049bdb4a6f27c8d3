/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/cache.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>

enum {
	WAYS = 8,
	UNIT_WORDS = CACHE_UNIT / 8,
	HITS_MAX = 3,
	AGAIN_MAX = 32,         /* entries that one insertion may carry into a second round */
	AGAIN_UNITS = 16,       /* and their largest size */
	ENTRY_UNITS_MAX = (CACHE_BODY_MAX + 2 * DNS_REPLY_TTLS + CACHE_KEY_MAX + 512) / CACHE_UNIT + 1,
	KEY_WORDS = (CACHE_KEY_MAX + 7) / 8,
};
#define PLACE_MASK ((1ull << 48) - 1)

/* What stands at a place: this header, then the key (type, flags, name), the TTL offsets, EDE text
 * and body, each part starting at a multiple of 8. key_len 0 is padding up to the ring's end: of it
 * only the first 16 bytes are written, as it may be a single unit. */
struct header {
	uint64_t hash;
	uint32_t units;
	uint16_t key_len;
	uint16_t unused;
	struct cache_meta meta;
};
enum { HEADER_WORDS = (sizeof(struct header) + 7) / 8 };

struct cache {
	uint64_t *ring;     /* words */
	uint64_t *slots;
	uint8_t *hits;      /* a unit each; a stray write by a late reader only marks a stranger */
	uint64_t units, mask, buckets;
	uint64_t k0, k1;
	size_t bytes;
	pthread_mutex_t lock;
	uint64_t inserted, evicted, kept_again, entries; /* under lock, as are the next two */
	unsigned nagain;
	struct again {
		uint64_t *slot;
		uint32_t units;
		uint64_t words[AGAIN_UNITS * UNIT_WORDS];
	} again[AGAIN_MAX];
	cache_aligned uint64_t head, tail;               /* places */
};

static inline uint64_t load(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void store(uint64_t *p, uint64_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static uint64_t *ring_at(const struct cache *c, uint64_t place)
{
	return c->ring + (place & c->mask) * UNIT_WORDS;
}

static inline size_t words_of(size_t bytes)
{
	return (bytes + 7) / 8;
}

static void *map(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, n, MADV_HUGEPAGE);
	return p;
}

int cache_new(size_t size, struct cache **ret)
{
	struct cache *c = aligned_alloc(64, sizeof *c);
	if (!c)
		return -ENOMEM;
	memset(c, 0, sizeof *c);
	size_t bytes = 1 << 20;
	while (bytes < size && bytes < (size_t)1 << 40)
		bytes *= 2;
	c->units = bytes / CACHE_UNIT;
	c->mask = c->units - 1;
	c->buckets = c->units / 8; /* a slot a unit: entries have three or more, so buckets rarely fill */
	c->bytes = bytes;
	c->ring = map(bytes + 4096); /* a header read at the last unit ends behind it */
	c->slots = map(c->buckets * WAYS * 8);
	c->hits = map(c->units);
	pthread_mutex_init(&c->lock, NULL);
	c->head = c->tail = c->units; /* place 0 is never used: an empty slot is 0 */
	uint64_t key[2];
	if (!c->ring || !c->slots || !c->hits || getrandom(key, sizeof key, 0) != sizeof key) {
		cache_free(c);
		return -ENOMEM;
	}
	c->k0 = key[0];
	c->k1 = key[1] | 1;
	*ret = c;
	return 0;
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	if (c->ring)
		munmap(c->ring, c->bytes + 4096);
	if (c->slots)
		munmap(c->slots, c->buckets * WAYS * 8);
	if (c->hits)
		munmap(c->hits, c->units);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* The folded product of two 64-bit words, as wyhash and XXH3 mix. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Under a key of this process that nobody sees, so that a bucket cannot be aimed at; a full one only
 * costs hits, and the whole key is compared. */
uint64_t cache_hash(const struct cache *c, const struct dns_name *name, uint16_t type, unsigned flags)
{
	uint64_t h = mix(c->k0 ^ ((uint64_t)type << 16 | flags << 8 | name->len), c->k1);
	for (unsigned i = 0; i < name->len; i += 8) /* zero padded: dns/name.h */
		h = mix(h ^ le64_get(name->wire + i), c->k1 ^ (h >> 32 | h << 32));
	return mix(h, c->k0);
}

static uint64_t *bucket_of(const struct cache *c, uint64_t hash)
{
	return c->slots + (hash & (c->buckets - 1)) * WAYS;
}

static uint64_t slot_of(uint64_t hash, uint64_t place)
{
	return (hash & ~PLACE_MASK) | place;
}

void cache_prefetch_slot(const struct cache *c, uint64_t hash)
{
	__builtin_prefetch(bucket_of(c, hash));
}

uint64_t cache_prefetch_entry(const struct cache *c, uint64_t hash)
{
	const uint64_t *b = bucket_of(c, hash);
	for (int i = 0; i < WAYS; i++) {
		uint64_t s = load(&b[i]);
		if (s && !((s ^ hash) & ~PLACE_MASK)) {
			const uint64_t *w = ring_at(c, s & PLACE_MASK);
			__builtin_prefetch(w);
			__builtin_prefetch(w + 8);
			__builtin_prefetch(w + 16);
			__builtin_prefetch(&c->hits[s & PLACE_MASK & c->mask]);
			return s & PLACE_MASK;
		}
	}
	return CACHE_NOWHERE;
}

static void copy_out(uint64_t *to, const uint64_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		to[i] = load(&from[i]);
}

static void copy_in(uint64_t *to, const void *from, size_t bytes)
{
	const uint8_t *p = from;
	for (; bytes >= 8; bytes -= 8, p += 8)
		store(to++, le64_get(p));
	if (bytes) {
		uint64_t last = 0;
		memcpy(&last, p, bytes);
		store(to, last);
	}
}

static bool alive(const struct cache *c, uint64_t place)
{
	return place >= load(&c->tail);
}

/* Where the parts of an entry begin, in words from its start. */
struct layout {
	size_t key, ttls, text, body, words;
};

static struct layout layout_of(const struct cache_meta *m, size_t key_len)
{
	struct layout l = { .key = HEADER_WORDS };
	l.ttls = l.key + words_of(key_len);
	l.text = l.ttls + words_of(2u * m->nttl);
	l.body = l.text + words_of(m->ede_text);
	l.words = l.body + words_of(m->body);
	return l;
}

static size_t make_key(const struct dns_name *name, uint16_t type, unsigned flags, uint64_t *key)
{
	uint8_t *k = (uint8_t *)key;
	size_t n = 3u + name->len;
	key[words_of(n) - 1] = 0;
	k[0] = (uint8_t)(type >> 8);
	k[1] = (uint8_t)type;
	k[2] = (uint8_t)flags;
	memcpy(k + 3, name->wire, name->len);
	return n;
}

static bool copy_entry(const struct cache *c, uint64_t place, uint64_t hash, const uint64_t *key,
	size_t key_len, struct cache_copy *ret)
{
	const uint64_t *w = ring_at(c, place);
	union {
		struct header h;
		uint64_t words[HEADER_WORDS];
	} u;
	copy_out(u.words, w, HEADER_WORDS);
	if (u.h.hash != hash || u.h.key_len != key_len || !alive(c, place))
		return false;
	for (size_t i = 0; i < words_of(key_len); i++)
		if (load(&w[HEADER_WORDS + i]) != key[i])
			return false;
	struct layout l = layout_of(&u.h.meta, key_len);
	if (l.words - l.ttls > ARRAY_LEN(ret->words))
		return false; /* overwritten while we read */
	copy_out(ret->words, w + l.ttls, l.words - l.ttls);
	if (!alive(c, place))
		return false;
	ret->meta = u.h.meta;
	ret->place = place;
	ret->ttl_at = (const uint16_t *)ret->words;
	ret->ede_text = (const uint8_t *)(ret->words + l.text - l.ttls);
	ret->body = (const uint8_t *)(ret->words + l.body - l.ttls);
	return true;
}

bool cache_get(const struct cache *c, uint64_t hash, const struct dns_name *name, uint16_t type,
	unsigned flags, struct cache_copy *ret)
{
	const uint64_t *b = bucket_of(c, hash);
	uint64_t key[KEY_WORDS];
	size_t key_len = 0;
	for (int i = 0; i < WAYS; i++) {
		uint64_t s = load(&b[i]);
		if (!s || ((s ^ hash) & ~PLACE_MASK) || !alive(c, s & PLACE_MASK))
			continue;
		if (!key_len)
			key_len = make_key(name, type, flags, key);
		if (copy_entry(c, s & PLACE_MASK, hash, key, key_len, ret))
			return true;
	}
	return false;
}

unsigned cache_touch(struct cache *c, uint64_t place)
{
	uint8_t *h = &c->hits[place & c->mask];
	uint8_t n = __atomic_load_n(h, __ATOMIC_RELAXED);
	if (n < HITS_MAX)
		__atomic_store_n(h, n + 1, __ATOMIC_RELAXED);
	return n;
}

/* The slot that names this place, NULL if none does any more. Under lock. */
static uint64_t *slot_naming(struct cache *c, uint64_t hash, uint64_t place)
{
	uint64_t *b = bucket_of(c, hash), want = slot_of(hash, place);
	for (int i = 0; i < WAYS; i++)
		if (b[i] == want)
			return &b[i];
	return NULL;
}

static void forget(struct cache *c, uint64_t *slot)
{
	store(slot, 0);
	c->evicted++;
	c->entries--;
}

/* Move tail past the entry there. One that has been asked for is saved, to be written again. */
static void drop_oldest(struct cache *c)
{
	const uint64_t *w = ring_at(c, c->tail);
	struct header h;
	memcpy(&h, w, sizeof h);
	uint64_t *slot = h.key_len ? slot_naming(c, h.hash, c->tail) : NULL;
	uint8_t *hits = &c->hits[c->tail & c->mask];
	bool asked = __atomic_exchange_n(hits, 0, __ATOMIC_RELAXED) > 0;
	if (slot && asked && c->nagain < AGAIN_MAX && h.units <= AGAIN_UNITS) {
		struct again *a = &c->again[c->nagain++];
		a->slot = slot;
		a->units = h.units;
		memcpy(a->words, w, (size_t)h.units * CACHE_UNIT);
	} else if (slot) {
		forget(c, slot);
	}
	store(&c->tail, c->tail + h.units);
}

/* Free enough at head for `units`, for what is saved meanwhile, and for padding before any of it. */
static void make_room(struct cache *c, uint32_t units)
{
	for (;;) {
		uint64_t need = units + ENTRY_UNITS_MAX;
		for (unsigned i = 0; i < c->nagain; i++)
			need += c->again[i].units + AGAIN_UNITS;
		if (c->head + need - c->tail <= c->units)
			return;
		drop_oldest(c);
	}
}

/* The place for an entry of this size: head, or the ring's start where it would cross the end. The
 * caller writes the entry and only then moves head. */
static uint64_t next_place(struct cache *c, uint32_t units)
{
	uint64_t to_end = c->units - (c->head & c->mask);
	if (to_end < units) {
		struct header pad = { .units = (uint32_t)to_end };
		copy_in(ring_at(c, c->head), &pad, 16);
		store(&c->head, c->head + to_end);
	}
	return c->head;
}

static void put_saved(struct cache *c)
{
	for (unsigned i = 0; i < c->nagain; i++) {
		struct again *a = &c->again[i];
		uint64_t place = next_place(c, a->units);
		copy_in(ring_at(c, place), a->words, (size_t)a->units * CACHE_UNIT);
		store(&c->head, place + a->units);
		store(a->slot, slot_of(*a->slot, place));
		c->kept_again++;
	}
	c->nagain = 0;
}

/* The slot for a key: its own, else a free one, else that of the oldest entry. */
static uint64_t *slot_for(struct cache *c, uint64_t hash, const uint64_t *key, size_t key_len)
{
	uint64_t *b = bucket_of(c, hash), *oldest = &b[0];
	for (int i = 0; i < WAYS; i++) {
		uint64_t place = b[i] & PLACE_MASK;
		if (b[i] && !((b[i] ^ hash) & ~PLACE_MASK)) {
			const uint64_t *w = ring_at(c, place);
			struct header h;
			memcpy(&h, w, sizeof h);
			if (h.hash == hash && h.key_len == key_len &&
				!memcmp(w + HEADER_WORDS, key, words_of(key_len) * 8))
				return &b[i];
		}
		if ((b[i] & PLACE_MASK) < (*oldest & PLACE_MASK))
			oldest = &b[i];
	}
	return oldest;
}

void cache_put(struct cache *c, uint64_t hash, const struct dns_name *name, uint16_t type, unsigned flags,
	const struct cache_meta *m, const uint16_t *ttl_at, const uint8_t *ede_text, const uint8_t *body)
{
	uint64_t key[KEY_WORDS];
	struct header h = { .hash = hash, .meta = *m, .key_len = (uint16_t)make_key(name, type, flags, key) };
	struct layout l = layout_of(m, h.key_len);
	if (m->body > CACHE_BODY_MAX || m->nttl > DNS_REPLY_TTLS)
		return;
	h.units = (uint32_t)((l.words + UNIT_WORDS - 1) / UNIT_WORDS);
	pthread_mutex_lock(&c->lock);
	make_room(c, h.units);
	put_saved(c);
	uint64_t place = next_place(c, h.units);
	uint64_t *w = ring_at(c, place), *slot = slot_for(c, hash, key, h.key_len);
	copy_in(w, &h, sizeof h);
	copy_in(w + l.key, key, words_of(h.key_len) * 8);
	copy_in(w + l.ttls, ttl_at, 2u * m->nttl);
	copy_in(w + l.text, ede_text, m->ede_text);
	copy_in(w + l.body, body, m->body);
	__atomic_store_n(&c->hits[place & c->mask], 0, __ATOMIC_RELAXED);
	c->entries += !*slot;
	store(&c->head, place + h.units);
	store(slot, slot_of(hash, place));
	c->inserted++;
	pthread_mutex_unlock(&c->lock);
}

size_t cache_message(const struct cache_meta *m, struct bytes name, uint16_t type, const void *body, uint8_t *buf)
{
	memset(buf, 0, DNS_HEADER);
	be16_put(buf + 2, (uint16_t)(DNS_QR | m->rcode));
	be16_put(buf + 4, 1);
	be16_put(buf + 6, m->ancount);
	be16_put(buf + 8, m->nscount);
	be16_put(buf + 10, m->arcount);
	size_t n = DNS_HEADER;
	memcpy(buf + n, name.p, name.n);
	n += name.n;
	be16_put(buf + n, type);
	be16_put(buf + n + 2, DNS_IN);
	n += 4;
	memcpy(buf + n, body, m->body);
	return n + m->body;
}

static void renew_entry(struct cache *c, uint64_t place, const struct header *h, uint64_t generation,
	cache_judge *judge, void *ctx)
{
	static _Thread_local uint8_t msg[DNS_HEADER + CACHE_KEY_MAX + 4 + CACHE_BODY_MAX + 8];
	uint64_t *w = ring_at(c, place);
	struct layout l = layout_of(&h->meta, h->key_len);
	const uint8_t *key = (const uint8_t *)(w + l.key);
	size_t n = cache_message(&h->meta, bytes_of(key + 3, h->key_len - 3u), be16_get(key), w + l.body, msg);
	struct header fresh = *h;
	judge(ctx, bytes_of(msg, n), &fresh.meta);
	/* Categories first, their generation last: a reader that sees the new generation sees them. */
	fresh.meta.generation = h->meta.generation;
	copy_in(w, &fresh, sizeof fresh);
	fresh.meta.generation = generation;
	copy_in(w, &fresh, sizeof fresh);
}

bool cache_renew(struct cache *c, uint64_t generation, uint64_t *cursor, unsigned most, cache_judge *judge,
	void *ctx)
{
	pthread_mutex_lock(&c->lock);
	if (*cursor < c->tail)
		*cursor = c->tail;
	for (; most && *cursor < c->head; most--) {
		struct header h;
		memcpy(&h, ring_at(c, *cursor), sizeof h);
		if (h.key_len && h.meta.generation != generation && slot_naming(c, h.hash, *cursor))
			renew_entry(c, *cursor, &h, generation, judge, ctx);
		*cursor += h.units;
	}
	bool more = *cursor < c->head;
	pthread_mutex_unlock(&c->lock);
	return more;
}

void cache_stats(struct cache *c, struct cache_stats *ret)
{
	pthread_mutex_lock(&c->lock);
	*ret = (struct cache_stats){
		.bytes = c->bytes,
		.used = (size_t)(c->head - c->tail) * CACHE_UNIT,
		.entries = c->entries,
		.inserted = c->inserted,
		.evicted = c->evicted,
		.kept_again = c->kept_again,
	};
	pthread_mutex_unlock(&c->lock);
}
