/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/paper.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static char text[KEYS_PAPER_MAX];

static size_t holder(void)
{
	struct keys_paper_holder h = { .cost = { 3, 262144 } };
	memset(h.pub, 0xa1, sizeof h.pub);
	memset(h.salt, 0xb2, sizeof h.salt);
	memset(h.box, 0xc3, sizeof h.box);
	return keys_paper_holder_write(&h, text);
}

static size_t recovery(unsigned layers)
{
	struct keys_paper_recovery r = { .epoch = 12345678901, .triple = 9, .layers = layers };
	memset(r.data, 0xd4, sizeof r.data);
	return keys_paper_recovery_write(&r, text);
}

static void holder_reads_what_it_wrote(void **state)
{
	struct keys_paper_holder h;
	size_t n = holder();
	assert_int_equal(keys_paper_holder_read(bytes_of(text, n), &h), 0);
	assert_true(h.cost.passes == 3 && h.cost.memory_kib == 262144);
	assert_true(h.pub[31] == 0xa1 && h.salt[15] == 0xb2 && h.box[SEAL_MEMBER_BOX - 1] == 0xc3);
}

static void recovery_reads_what_it_wrote(void **state)
{
	struct keys_paper_recovery r;
	for (unsigned layers = 1; layers <= 3; layers++) {
		size_t n = recovery(layers);
		assert_int_equal(keys_paper_recovery_read(bytes_of(text, n), &r), 0);
		assert_true(r.epoch == 12345678901 && r.triple == 9 && r.layers == layers);
		assert_int_equal(keys_paper_size(&r), 32 + 48 * layers);
		assert_int_equal(r.data[keys_paper_size(&r) - 1], 0xd4);
	}
}

static void papers_cut_or_continued_are_refused(void **state)
{
	struct keys_paper_holder h;
	struct keys_paper_recovery r;
	size_t n = holder();
	for (size_t i = 0; i < n; i++)
		assert_true(keys_paper_holder_read(bytes_of(text, i), &h) < 0);
	text[n] = '\n';
	assert_int_equal(keys_paper_holder_read(bytes_of(text, n + 1), &h), ERR_MALFORMED);
	n = recovery(3);
	for (size_t i = 0; i < n; i++)
		assert_true(keys_paper_recovery_read(bytes_of(text, i), &r) < 0);
}

static void papers_of_another_kind_or_version_say_so(void **state)
{
	struct keys_paper_holder h;
	struct keys_paper_recovery r;
	size_t n = recovery(2);
	assert_int_equal(keys_paper_holder_read(bytes_of(text, n), &h), ERR_FORMAT);
	n = holder();
	assert_int_equal(keys_paper_recovery_read(bytes_of(text, n), &r), ERR_FORMAT);
	text[strlen("hisn-holder ")] = '2';
	assert_int_equal(keys_paper_holder_read(bytes_of(text, n), &h), ERR_VERSION);
}

static void numbers_keep_their_ranges(void **state)
{
	static const struct {
		const char *head;
		bool good;
	} t[] = {
		{ "hisn-recovery 1\nepoch 7\ntriple 0\nlayers 1\ndata ", true },
		{ "hisn-recovery 1\nepoch 07\ntriple 0\nlayers 1\ndata ", false },
		{ "hisn-recovery 1\nepoch 9223372036854775807\ntriple 0\nlayers 1\ndata ", true },
		{ "hisn-recovery 1\nepoch 9223372036854775808\ntriple 0\nlayers 1\ndata ", false },
		{ "hisn-recovery 1\nepoch 99999999999999999999\ntriple 0\nlayers 1\ndata ", false },
		{ "hisn-recovery 1\nepoch -7\ntriple 0\nlayers 1\ndata ", false },
		{ "hisn-recovery 1\nepoch 7\ntriple 10\nlayers 1\ndata ", false },
		{ "hisn-recovery 1\nepoch 7\ntriple 0\nlayers 0\ndata ", false },
		{ "hisn-recovery 1\nepoch 7\ntriple 0\nlayers 4\ndata ", false },
		{ "hisn-recovery 1\nepoch 7\ntriple 0\nlayers \ndata ", false },
	};
	struct keys_paper_recovery r;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		size_t n = (size_t)snprintf(text, sizeof text, "%s%0160d\n", t[i].head, 0);
		assert_int_equal(keys_paper_recovery_read(bytes_of(text, n), &r), t[i].good ? 0 : ERR_MALFORMED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holder_reads_what_it_wrote),
		cmocka_unit_test(recovery_reads_what_it_wrote),
		cmocka_unit_test(papers_cut_or_continued_are_refused),
		cmocka_unit_test(papers_of_another_kind_or_version_say_so),
		cmocka_unit_test(numbers_keep_their_ranges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
