/* SPDX-License-Identifier: Apache-2.0 */
/* Client maps against a naive search for the longest prefix, and at a provider's size. */
#include "base/clock.h"
#include "policy/clients.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static uint64_t seed = 88172645463325252ull;

static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16) % below;
}

static bool covers(const struct household_client *c, const uint8_t a[16])
{
	for (unsigned i = 0; i < c->prefix; i++)
		if ((c->address[i / 8] ^ a[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static bool is_4(const uint8_t a[16])
{
	return memcmp(a, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;
}

static uint16_t naive(const struct household *h, const uint8_t a[16])
{
	int best = -1;
	uint16_t profile = h->default_profile;
	for (unsigned i = 0; i < h->nclients; i++) {
		const struct household_client *c = &h->clients[i];
		if (is_4(a) && c->prefix < 96)
			continue;
		if (covers(c, a) && c->prefix > best) {
			best = c->prefix;
			profile = c->profile;
		}
	}
	return profile;
}

/* Few distinct bytes, so that prefixes nest and touch. */
static struct household_client random_client(void)
{
	static const uint8_t bytes[] = { 0, 1, 127, 128, 254, 255 };
	struct household_client c = { .profile = (uint16_t)any(5) };
	bool four = any(2);
	if (any(2)) { /* sixteen addresses, crowded: children that start or end where their parent does */
		c = (struct household_client){ { [10] = 0xff, 0xff, 10, 0, 0, (uint8_t)any(16) }, (uint8_t)(124 + any(5)),
			c.profile };
		c.address[15] &= (uint8_t)(0xff << (128 - c.prefix));
		return c;
	}
	for (int i = four ? 12 : 0; i < 16; i++)
		c.address[i] = bytes[any(6)];
	if (four)
		memset(c.address + 10, 0xff, 2);
	c.prefix = (uint8_t)(four ? 96 + any(33) : any(129));
	for (unsigned i = c.prefix; i < 128; i++)
		c.address[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	return c;
}

static bool known(const struct household_client *list, unsigned n, const struct household_client *c)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i].prefix == c->prefix && memcmp(list[i].address, c->address, 16) == 0)
			return true;
	return false;
}

static void same_as_naive(const struct household *h, const struct view_clients *c, uint8_t a[16])
{
	uint16_t want = naive(h, a);
	assert_int_equal(clients_find(c, a, 16), want);
	if (is_4(a))
		assert_int_equal(clients_find(c, a + 12, 4), want);
}

/* Each prefix's edges, one step outside them, and anything. */
static void probe(const struct household *h, const struct view_clients *c)
{
	for (unsigned i = 0; i < h->nclients; i++) {
		uint8_t a[16];
		memcpy(a, h->clients[i].address, 16);
		same_as_naive(h, c, a);
		for (unsigned bit = h->clients[i].prefix; bit < 128; bit++)
			a[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		same_as_naive(h, c, a);
		for (int k = 15; k >= 0 && ++a[k] == 0;)
			k--;
		same_as_naive(h, c, a);
		memcpy(a, h->clients[i].address, 16);
		for (int k = 15; k >= 0 && a[k]-- == 0;)
			k--;
		same_as_naive(h, c, a);
		struct household_client r = random_client();
		same_as_naive(h, c, r.address);
	}
}

static void agrees_with_naive(void **state)
{
	for (int round = 0; round < 60; round++) {
		struct household_client list[1600];
		unsigned n = 0, want = round == 30 ? 1600 : any(60); /* one with the first-level table */
		for (unsigned tries = 0; tries < want; tries++) {
			struct household_client c = random_client();
			if (!known(list, n, &c))
				list[n++] = c;
		}
		struct household h = { .clients = list, .nclients = n, .default_profile = (uint16_t)any(5) };
		struct view_clients *c;
		assert_int_equal(clients_new(&h, &c), 0);
		probe(&h, c);
		clients_free(c);
	}
}

static void whole_spaces_and_none(void **state)
{
	static const struct household_client all[] = {
		{ { 0 }, 0, 1 },
		{ { [10] = 0xff, 0xff }, 96, 2 },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 128, 3 },
		{ { [10] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 128, 4 },
	};
	struct household h = { .clients = all, .nclients = 1, .default_profile = 9 };
	struct view_clients *c;
	uint8_t six[16] = { 0x20, 1 }, four[4] = { 255, 255, 255, 255 };
	assert_int_equal(clients_new(&h, &c), 0);
	assert_int_equal(clients_find(c, six, 16), 1);
	assert_int_equal(clients_find(c, four, 4), 9); /* ::/0 is for IPv6 */
	assert_int_equal(clients_find(c, four, 3), 9);
	clients_free(c);
	h.nclients = 4;
	assert_int_equal(clients_new(&h, &c), 0);
	assert_int_equal(clients_find(c, six, 16), 1);
	assert_int_equal(clients_find(c, all[2].address, 16), 3);
	assert_int_equal(clients_find(c, four, 4), 4);
	four[3] = 254;
	assert_int_equal(clients_find(c, four, 4), 2);
	clients_free(c);
	h.nclients = 0;
	assert_int_equal(clients_new(&h, &c), 0);
	assert_int_equal(clients_find(c, four, 4), 9);
	assert_int_equal(clients_find(c, six, 16), 9);
	clients_free(c);
	clients_free(NULL);
}

static void a_million_clients(void **state)
{
	enum { N = 1000000 };
	struct household_client *list = calloc(N, sizeof *list);
	assert_non_null(list);
	for (uint32_t i = 0; i < N; i++) { /* multiplying by an odd number: distinct, in no order */
		list[i] = (struct household_client){ { [10] = 0xff, 0xff }, 128, (uint16_t)(i % 7) };
		be32_put(list[i].address + 12, i * 2654435761u);
	}
	struct household h = { .clients = list, .nclients = N, .default_profile = 9 };
	struct view_clients *c;
	int64_t start = clock_mono_ns();
	assert_int_equal(clients_new(&h, &c), 0);
	int64_t made = clock_mono_ns();
	for (uint32_t i = 0; i < N; i++)
		assert_true(clients_find(c, list[i].address + 12, 4) == i % 7);
	int64_t found = clock_mono_ns();
	print_message("# made in %ld ms, found in %ld ns\n", (long)((made - start) / 1000000), (long)((found - made) / N));
	clients_free(c);
	free(list);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_naive),
		cmocka_unit_test(whole_spaces_and_none),
		cmocka_unit_test(a_million_clients),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
