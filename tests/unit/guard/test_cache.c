/* SPDX-License-Identifier: Apache-2.0 */
/* The wire cache: what is put is got whole or not at all, also while it is overwritten. */
#include "guard/cache.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct dns_name name_of(const char *text)
{
	struct dns_name n;
	assert_int_equal(dns_name_from_text(text, strlen(text), &n), 0);
	return n;
}

/* A body that tells its own length and number in every byte, so that a mixed copy shows. */
static void put_numbered(struct cache *c, unsigned i, uint16_t body, uint32_t stored)
{
	char text[64];
	uint8_t b[4096];
	uint16_t ttl_at[3] = { 6, 22, (uint16_t)i };
	(void)snprintf(text, sizeof text, "n%u.zone%u.example", i, i % 7);
	struct dns_name n = name_of(text);
	struct cache_meta m = { .stored = stored, .ttl = i, .body = body, .nttl = 3, .ede = -1, .ancount = 1 };
	for (unsigned k = 0; k < body; k++)
		b[k] = (uint8_t)(i + body);
	cache_put(c, cache_hash(c, &n, 1, 0), &n, 1, 0, &m, ttl_at, NULL, b);
}

static bool get_numbered(struct cache *c, unsigned i, struct cache_copy *e)
{
	char text[64];
	(void)snprintf(text, sizeof text, "n%u.zone%u.example", i, i % 7);
	struct dns_name n = name_of(text);
	if (!cache_get(c, cache_hash(c, &n, 1, 0), &n, 1, 0, e))
		return false;
	assert_int_equal(e->meta.ttl, i);
	assert_int_equal(e->meta.nttl, 3);
	assert_int_equal(e->ttl_at[2], (uint16_t)i);
	for (unsigned k = 0; k < e->meta.body; k++)
		assert_int_equal(e->body[k], (uint8_t)(i + e->meta.body));
	return true;
}

static void what_is_put_is_got(void **state)
{
	struct cache *c;
	static struct cache_copy e;
	assert_int_equal(cache_new(1 << 20, &c), 0);
	for (unsigned i = 0; i < 1000; i++)
		put_numbered(c, i, (uint16_t)(i % 300), 5);
	for (unsigned i = 0; i < 1000; i++)
		assert_true(get_numbered(c, i, &e));
	assert_false(get_numbered(c, 1000, &e));
	cache_free(c);
}

static void type_and_flags_are_part_of_the_key(void **state)
{
	struct cache *c;
	static struct cache_copy e;
	struct dns_name n = name_of("www.example");
	struct cache_meta m = { .ttl = 60, .ede = -1 };
	assert_int_equal(cache_new(1 << 20, &c), 0);
	cache_put(c, cache_hash(c, &n, 1, CACHE_DO), &n, 1, CACHE_DO, &m, NULL, NULL, NULL);
	assert_true(cache_get(c, cache_hash(c, &n, 1, CACHE_DO), &n, 1, CACHE_DO, &e));
	assert_false(cache_get(c, cache_hash(c, &n, 1, 0), &n, 1, 0, &e));
	assert_false(cache_get(c, cache_hash(c, &n, 28, CACHE_DO), &n, 28, CACHE_DO, &e));
	/* even where the hashes are the same */
	assert_false(cache_get(c, cache_hash(c, &n, 1, CACHE_DO), &n, 28, CACHE_DO, &e));
	cache_free(c);
}

static void a_newer_answer_replaces_the_older(void **state)
{
	struct cache *c;
	static struct cache_copy e;
	struct cache_stats s;
	assert_int_equal(cache_new(1 << 20, &c), 0);
	for (unsigned round = 0; round < 5; round++)
		put_numbered(c, 7, (uint16_t)(10 * round), round);
	assert_true(get_numbered(c, 7, &e));
	assert_int_equal(e.meta.body, 40);
	assert_int_equal(e.meta.stored, 4);
	cache_stats(c, &s);
	assert_int_equal(s.entries, 1);
	cache_free(c);
}

static void it_never_grows_and_drops_the_oldest(void **state)
{
	struct cache *c;
	static struct cache_copy e;
	struct cache_stats s;
	assert_int_equal(cache_new(1 << 20, &c), 0);
	for (unsigned i = 0; i < 50000; i++)
		put_numbered(c, i, (uint16_t)(i % 500), 1);
	cache_stats(c, &s);
	assert_true(s.used <= s.bytes && s.bytes == 1 << 20);
	assert_true(s.evicted > 40000);
	assert_true(get_numbered(c, 49999, &e));
	assert_false(get_numbered(c, 0, &e));
	unsigned found = 0;
	for (unsigned i = 0; i < 50000; i++)
		found += get_numbered(c, i, &e);
	assert_int_equal(found, s.entries);
	cache_free(c);
}

static void what_is_asked_for_gets_a_second_round(void **state)
{
	struct cache *c;
	static struct cache_copy e;
	unsigned kept = 0, others = 0;
	assert_int_equal(cache_new(1 << 20, &c), 0);
	for (unsigned i = 0; i < 12000; i++) {
		put_numbered(c, i, 100, 1);
		for (unsigned hot = 0; hot < 20 && i % 500 == 0; hot++)
			if (get_numbered(c, hot, &e))
				cache_touch(c, e.place);
	}
	for (unsigned i = 0; i < 20; i++)
		kept += get_numbered(c, i, &e);
	for (unsigned i = 20; i < 1000; i++)
		others += get_numbered(c, i, &e);
	assert_true(kept >= 18); /* a bucket of eight may fill and drop its oldest: one in a thousand */
	assert_int_equal(others, 0);
	cache_free(c);
}

static void too_large_an_answer_is_not_kept(void **state)
{
	struct cache *c;
	static struct cache_copy e;
	static uint8_t body[CACHE_BODY_MAX + 1];
	struct dns_name n = name_of("big.example");
	struct cache_meta m = { .ttl = 60, .ede = -1, .body = CACHE_BODY_MAX };
	assert_int_equal(cache_new(1 << 20, &c), 0);
	uint64_t h = cache_hash(c, &n, 16, 0);
	cache_put(c, h, &n, 16, 0, &m, NULL, NULL, body);
	assert_true(cache_get(c, h, &n, 16, 0, &e));
	m.body++;
	struct dns_name o = name_of("bigger.example");
	h = cache_hash(c, &o, 16, 0);
	cache_put(c, h, &o, 16, 0, &m, NULL, NULL, body);
	assert_false(cache_get(c, h, &o, 16, 0, &e));
	cache_free(c);
}

static void mark(void *ctx, struct bytes message, struct cache_meta *meta)
{
	unsigned *seen = ctx;
	assert_true(message.n > DNS_HEADER && be16_get(message.p + 4) == 1);
	meta->chain = cats_one(3);
	++*seen;
}

static void renewing_reaches_every_entry_once(void **state)
{
	struct cache *c;
	static struct cache_copy e;
	unsigned seen = 0;
	uint64_t cursor = 0;
	assert_int_equal(cache_new(1 << 20, &c), 0);
	for (unsigned i = 0; i < 500; i++)
		put_numbered(c, i, 50, 1);
	while (cache_renew(c, 9, &cursor, 64, mark, &seen))
		;
	assert_int_equal(seen, 500);
	for (unsigned i = 0; i < 500; i++) {
		assert_true(get_numbered(c, i, &e));
		assert_true(e.meta.generation == 9 && cats_has(e.meta.chain, 3));
	}
	cursor = 0;
	while (cache_renew(c, 9, &cursor, 64, mark, &seen))
		;
	assert_int_equal(seen, 500);
	cache_free(c);
}

struct race {
	struct cache *c;
	bool stop;
	unsigned hits;
};

static void *read_all_the_time(void *arg)
{
	struct race *r = arg;
	struct cache_copy *e = malloc(sizeof *e);
	for (unsigned i = 0; !__atomic_load_n(&r->stop, __ATOMIC_RELAXED); i = (i + 1) % 20000)
		if (get_numbered(r->c, i, e)) {
			r->hits++;
			cache_touch(r->c, e->place);
		}
	free(e);
	return NULL;
}

static void readers_never_see_half_an_entry(void **state)
{
	struct cache *c;
	pthread_t t[2];
	assert_int_equal(cache_new(1 << 20, &c), 0);
	struct race r[2] = { { .c = c }, { .c = c } };
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, read_all_the_time, &r[i]), 0);
	for (unsigned i = 0; i < 60000; i++)
		put_numbered(c, (i * 7919) % 20000, (uint16_t)(i % 700), 1);
	for (unsigned i = 0; i < 2; i++)
		__atomic_store_n(&r[i].stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	assert_true(r[0].hits + r[1].hits > 0);
	cache_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_got),
		cmocka_unit_test(type_and_flags_are_part_of_the_key),
		cmocka_unit_test(a_newer_answer_replaces_the_older),
		cmocka_unit_test(it_never_grows_and_drops_the_oldest),
		cmocka_unit_test(what_is_asked_for_gets_a_second_round),
		cmocka_unit_test(too_large_an_answer_is_not_kept),
		cmocka_unit_test(renewing_reaches_every_entry_once),
		cmocka_unit_test(readers_never_see_half_an_entry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
