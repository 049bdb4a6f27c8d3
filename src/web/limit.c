/* SPDX-License-Identifier: Apache-2.0 */
#include "web/limit.h"

#include "base/siphash.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>

enum { WAYS = 4, SETS = 2048 };

struct bucket {
	uint64_t hash; /* 0: free */
	int64_t stamp_ms;
	int64_t level_ms; /* how much time is owed; a request costs its interval */
};

/* Connections are counted in an open table that is never more than half full: as many slots are taken
 * as there are peers, and there are no more peers than connections. */
struct slot {
	uint64_t hash;
	unsigned n;
};

struct web_limit {
	uint64_t key[2];
	struct bucket bucket[SETS][WAYS];
	size_t mask;
	struct slot slot[];
};

int web_limit_new(unsigned connections, struct web_limit **ret)
{
	size_t size = 64;
	while (size < 2 * ((size_t)connections + 64))
		size *= 2;
	struct web_limit *l = calloc(1, sizeof *l + size * sizeof *l->slot);
	if (!l)
		return -ENOMEM;
	l->mask = size - 1;
	randombytes_buf(l->key, sizeof l->key);
	*ret = l;
	return 0;
}

void web_limit_free(struct web_limit *l)
{
	if (!l)
		return;
	sodium_memzero(l->key, sizeof l->key);
	free(l);
}

static struct web_peer peer_of(const struct web_limit *l, const uint8_t *b, size_t n)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }, one[16] = { [15] = 1 };
	if (n == 16 && memcmp(b, mapped, 12) == 0) {
		b += 12;
		n = 4;
	}
	struct web_peer p = { .shared = n == 4 ? b[0] == 127 : memcmp(b, one, 16) == 0 };
	p.local = p.shared;
	p.hash = siphash_24(b, n == 4 ? 4 : p.shared ? 16 : 7, l->key[0], l->key[1]) | 1;
	return p;
}

struct web_peer web_limit_peer(const struct web_limit *l, const struct sockaddr *a)
{
	if (a && a->sa_family == AF_INET)
		return peer_of(l, (const uint8_t *)&((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
	if (a && a->sa_family == AF_INET6)
		return peer_of(l, (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
	return (struct web_peer){ .shared = true, .local = true };
}

bool web_limit_forwarded(const struct web_limit *l, const char *header, struct web_peer *ret)
{
	const char *comma = strrchr(header, ','), *s = comma ? comma + 1 : header;
	char text[INET6_ADDRSTRLEN];
	uint8_t b[16];
	s += strspn(s, " \t[");
	size_t n = strcspn(s, " \t]");
	if (n >= sizeof text)
		return false;
	memcpy(text, s, n);
	text[n] = 0;
	if (inet_pton(AF_INET, text, b) == 1)
		*ret = peer_of(l, b, 4);
	else if (inet_pton(AF_INET6, text, b) == 1)
		*ret = peer_of(l, b, 16);
	else
		return false;
	return true;
}

/* The peer's slot, or the free one where it would go. */
static size_t slot_of(const struct web_limit *l, uint64_t hash)
{
	size_t i = hash & l->mask;
	while (l->slot[i].hash && l->slot[i].hash != hash)
		i = (i + 1) & l->mask;
	return i;
}

unsigned web_limit_count(const struct web_limit *l, struct web_peer p)
{
	return p.hash ? l->slot[slot_of(l, p.hash)].n : 0;
}

void web_limit_opened(struct web_limit *l, struct web_peer p)
{
	if (!p.hash)
		return;
	struct slot *s = &l->slot[slot_of(l, p.hash)];
	s->hash = p.hash;
	s->n++;
}

void web_limit_closed(struct web_limit *l, struct web_peer p)
{
	if (!p.hash)
		return;
	size_t i = slot_of(l, p.hash);
	if (l->slot[i].n == 0 || --l->slot[i].n)
		return;
	/* Whoever was pushed past this slot moves back, so that a search never ends too early. */
	for (size_t hole = i, k = (i + 1) & l->mask;; k = (k + 1) & l->mask) {
		if (l->slot[k].hash == 0) {
			l->slot[hole] = (struct slot){ 0 };
			return;
		}
		size_t home = l->slot[k].hash & l->mask;
		if (((k - home) & l->mask) >= ((k - hole) & l->mask)) {
			l->slot[hole] = l->slot[k];
			hole = k;
		}
	}
}

/* The peer's bucket, or the one that was untouched longest, made new. */
static struct bucket *bucket_of(struct web_limit *l, uint64_t hash, int64_t now)
{
	struct bucket *set = l->bucket[(hash >> 32) % SETS], *oldest = set;
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (set[i].stamp_ms < oldest->stamp_ms)
			oldest = &set[i];
	}
	*oldest = (struct bucket){ .hash = hash, .stamp_ms = now };
	return oldest;
}

unsigned web_limit_delay(struct web_limit *l, struct web_peer p, int64_t now_ms)
{
	const int64_t every = p.shared ? LIMIT_EVERY_MS / LIMIT_SHARED : LIMIT_EVERY_MS;
	const int64_t burst = (p.shared ? LIMIT_BURST * LIMIT_SHARED : LIMIT_BURST) * every;
	/* Debt stops growing where the delay does: whoever stops is soon served at once again. */
	const int64_t most = burst + every * LIMIT_DELAY_MS / LIMIT_STEP_MS;
	struct bucket *b = bucket_of(l, p.hash | 1, now_ms);
	b->level_ms = MAX(b->level_ms - MAX(now_ms - b->stamp_ms, (int64_t)0), (int64_t)0);
	b->stamp_ms = now_ms;
	b->level_ms = MIN(b->level_ms + every, most);
	if (b->level_ms <= burst)
		return 0;
	int64_t above = (b->level_ms - burst + every - 1) / every;
	return (unsigned)MIN(above * LIMIT_STEP_MS, (int64_t)LIMIT_DELAY_MS);
}
