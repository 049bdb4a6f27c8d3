/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/tar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <stdio.h>

/* What the reader said: "name:bytes;" for each file taken. */
struct heard {
	char text[4096];
	size_t n;
	int answer;
};

static void hear(struct heard *h, const void *p, size_t n)
{
	assert_true(h->n + n < sizeof h->text);
	memcpy(h->text + h->n, p, n);
	h->n += n;
	h->text[h->n] = 0;
}

static int on_file(void *ctx, const char *name, uint64_t size)
{
	struct heard *h = ctx;
	if (h->answer == 1) {
		hear(h, name, strlen(name));
		hear(h, ":", 1);
	}
	return h->answer;
}

static int on_data(void *ctx, const uint8_t *p, size_t n)
{
	hear(ctx, p, n);
	return 0;
}

static int on_end(void *ctx)
{
	hear(ctx, ";", 1);
	return 0;
}

static const struct tar_sink sink = { on_file, on_data, on_end };

/* An archive in the making. */
struct made {
	uint8_t p[32768];
	size_t n;
};

static void seal(uint8_t *h)
{
	unsigned sum = 0;
	memset(h + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += h[i];
	(void)snprintf((char *)h + 148, 8, "%06o", sum);
}

static uint8_t *add(struct made *m, const char *name, char type, const char *data)
{
	uint8_t *h = m->p + m->n;
	size_t n = strlen(data);
	memset(h, 0, 512);
	memcpy(h, name, strlen(name));
	(void)snprintf((char *)h + 124, 12, "%011o", (unsigned)n);
	h[156] = (uint8_t)type;
	memcpy(h + 257, "ustar\0" "00", 8);
	seal(h);
	memcpy(h + 512, data, n);
	m->n += 512 + (n + 511) / 512 * 512;
	return h;
}

static int read_in(const struct made *m, size_t step, uint64_t max, struct heard *h)
{
	struct tar t;
	int err = 0;
	h->n = 0;
	h->text[0] = 0;
	tar_init(&t, &sink, h, max);
	for (size_t i = 0; i < m->n && !err; i += step)
		err = tar_feed(&t, m->p + i, MIN(step, m->n - i));
	return err ? err : tar_finish(&t);
}

static void tar_gives_files_in_any_pieces(void **state)
{
	static struct made m;
	add(&m, "a", '5', "");
	add(&m, "a/one", '0', "hello");
	add(&m, "a/empty", '0', "");
	add(&m, "a/old", 0, "x");
	m.n += 1024;
	static const size_t steps[] = { 1, 7, 511, 512, 513, 100000 };
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct heard h = { .answer = 1 };
		assert_int_equal(read_in(&m, steps[i], 1000, &h), 0);
		assert_string_equal(h.text, "a/one:hello;a/empty:;a/old:x;");
	}
}

static void tar_passes_over_all_but_regular_files(void **state)
{
	static struct made m;
	struct heard h = { .answer = 1 };
	for (const char *type = "123456"; *type; type++)
		add(&m, "strange", *type, "");
	add(&m, "long", 'L', "a very long name");
	add(&m, "a very lo", '0', "not under this name");
	add(&m, "pax", 'x', "18 path=elsewhere\n");
	add(&m, "short", '0', "nor this");
	add(&m, "all", 'g', "x");
	add(&m, "good", '0', "yes");
	m.n += 1024;
	assert_int_equal(read_in(&m, 512, 1000, &h), 0);
	assert_string_equal(h.text, "good:yes;");
}

static void tar_joins_the_prefix(void **state)
{
	static struct made m;
	struct heard h = { .answer = 1 };
	uint8_t *p = add(&m, "name", '0', "x");
	memcpy(p + 345, "before", 6);
	seal(p);
	m.n += 1024;
	assert_int_equal(read_in(&m, 512, 1000, &h), 0);
	assert_string_equal(h.text, "before/name:x;");
}

static void tar_refuses_damage(void **state)
{
	static struct made m;
	struct heard h = { .answer = 1 };
	uint8_t *p = add(&m, "a", '0', "hello");
	m.n += 1024;
	p[0] = 'b';
	assert_int_equal(read_in(&m, 512, 1000, &h), ERR_CHECKSUM);
	p[0] = 'a';
	p[124] = '9';
	seal(p);
	assert_int_equal(read_in(&m, 512, 1000, &h), ERR_FORMAT);
	p[124] = 0x80;
	seal(p);
	assert_int_equal(read_in(&m, 512, 1000, &h), ERR_LIMIT);
}

static void tar_tells_a_cut_archive(void **state)
{
	static struct made m;
	add(&m, "a", '0', "hello");
	m.n += 1024;
	size_t whole = m.n;
	for (m.n = 0; m.n < whole; m.n += 64) {
		struct heard h = { .answer = 1 };
		assert_int_equal(read_in(&m, 512, 1000, &h), ERR_TRUNCATED);
	}
}

static void tar_keeps_to_its_limits(void **state)
{
	static struct made m;
	struct heard h = { .answer = 1 };
	add(&m, "a", '0', "12345");
	add(&m, "b", '0', "12345");
	m.n += 1024;
	assert_int_equal(read_in(&m, 512, 10, &h), 0);
	assert_int_equal(read_in(&m, 512, 9, &h), ERR_LIMIT);
	assert_string_equal(h.text, "a:12345;");
	h.answer = 0; /* what is passed over counts too */
	assert_int_equal(read_in(&m, 512, 9, &h), ERR_LIMIT);
}

static void tar_stops_when_told(void **state)
{
	static struct made m;
	struct heard h = { .answer = ERR_REFUSED };
	add(&m, "a", '0', "12345");
	m.n += 1024;
	assert_int_equal(read_in(&m, 512, 1000, &h), ERR_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tar_gives_files_in_any_pieces),
		cmocka_unit_test(tar_passes_over_all_but_regular_files),
		cmocka_unit_test(tar_joins_the_prefix),
		cmocka_unit_test(tar_refuses_damage),
		cmocka_unit_test(tar_tells_a_cut_archive),
		cmocka_unit_test(tar_keeps_to_its_limits),
		cmocka_unit_test(tar_stops_when_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
