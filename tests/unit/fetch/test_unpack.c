/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/unpack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <stdio.h>

static bool member(const char *path, const char *category, const char *file)
{
	char c[64], f[16];
	if (!unpack_ut1_member(path, c, f))
		return false;
	assert_string_equal(c, category);
	assert_string_equal(f, file);
	return true;
}

static void ut1_members_that_are_ours(void **state)
{
	assert_true(member("adult/domains", "adult", "domains"));
	assert_true(member("./mixed_adult/usage", "mixed_adult", "usage"));
	assert_true(member("blacklists/remote-control/urls", "remote-control", "urls"));
}

static void ut1_members_that_are_not(void **state)
{
	static const char *const bad[] = {
		"", "domains", "/domains", "/adult/domains", "../domains", "../adult/domains", "adult/../x/domains",
		"adult/domains/", "adult/expressions", "adult/domains.bak", ".hidden/domains", "a b/domains",
		"adult//domains", "..", "a\\b/domains",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(member(bad[i], "", ""));
	char name[80];
	(void)snprintf(name, sizeof name, "%064d/domains", 0);
	assert_false(member(name, "", ""));
}

/* ---- zip ---- */

struct got {
	char text[400];
	size_t n;
};

static int line(void *ctx, const char *name, size_t n)
{
	struct got *g = ctx;
	assert_true(g->n + n + 1 < sizeof g->text);
	memcpy(g->text + g->n, name, n);
	g->text[g->n += n] = ' ';
	g->text[++g->n] = 0;
	return 0;
}

/* Stored, not deflated: the flow test has the other kind. */
static const char csv[] = "1,a.example\r\n2,b.example\nthree\n4,not a name\n\n5,last.example";

static uint32_t crc(const uint8_t *p, size_t n)
{
	uint32_t c = 0xffffffff;
	for (size_t i = 0; i < n; i++) {
		c ^= p[i];
		for (int k = 0; k < 8; k++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
	}
	return ~c;
}

static size_t make(uint8_t *p)
{
	size_t n = sizeof csv - 1;
	uint32_t sum = crc((const uint8_t *)csv, n), size = (uint32_t)n;
	memset(p, 0, 30);
	memcpy(p, "PK\3\4", 4);
	memcpy(p + 14, &sum, 4);
	memcpy(p + 18, &size, 4);
	memcpy(p + 22, &size, 4);
	p[26] = 5;
	memcpy(p + 30, "a.csv", 5);
	memcpy(p + 35, csv, n);
	return 35 + n;
}

static void zip_gives_names(void **state)
{
	uint8_t p[200];
	struct got g = { "" };
	size_t n = make(p);
	assert_int_equal(unpack_zip_names(bytes_of(p, n), 0, 0, line, &g), 4);
	assert_string_equal(g.text, "a.example b.example three last.example ");
	g.n = 0;
	assert_int_equal(unpack_zip_names(bytes_of(p, n), 0, 2, line, &g), 2);
	assert_string_equal(g.text, "a.example b.example ");
}

static void zip_refuses_damage(void **state)
{
	uint8_t p[200];
	struct got g = { "" };
	size_t n = make(p);
	for (size_t i = 0; i < n; i++) {
		g.n = 0;
		assert_true(unpack_zip_names(bytes_of(p, i), 0, 0, line, &g) < 0);
	}
	p[40] ^= 1;
	assert_int_equal(unpack_zip_names(bytes_of(p, n), 0, 0, line, &g), ERR_CHECKSUM);
	make(p);
	p[6] = 1; /* encrypted */
	assert_int_equal(unpack_zip_names(bytes_of(p, n), 0, 0, line, &g), ERR_VERSION);
	make(p);
	p[8] = 99;
	assert_int_equal(unpack_zip_names(bytes_of(p, n), 0, 0, line, &g), ERR_VERSION);
	make(p);
	assert_int_equal(unpack_zip_names(bytes_of(p, n), 20, 0, line, &g), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ut1_members_that_are_ours),
		cmocka_unit_test(ut1_members_that_are_not),
		cmocka_unit_test(zip_gives_names),
		cmocka_unit_test(zip_refuses_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
