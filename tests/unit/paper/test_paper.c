/* SPDX-License-Identifier: Apache-2.0 */
/* A document as JSON, and as PDF. What pages look like is looked at by people; tests/flow/b0380-packet.py reads their text. */
#include "paper/pdf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TOP(blocks) "{\"v\":1,\"lang\":\"ar\",\"rtl\":true,\"title\":\"T\",\"reference\":\"R-1\",\"made\":\"2026-11-24T10:00:00Z\"," \
	"\"printed\":\"P\",\"page\":\"{0} / {1}\",\"blocks\":[" blocks "]}"

static struct arena arena;

static int read_text(const char *json, struct paper_document *d)
{
	return paper_document_read(&arena, bytes_str(json), d);
}

static void document_is_read(void **state)
{
	struct paper_document d;
	assert_int_equal(read_text(TOP("{\"kind\":\"heading\",\"text\":\"H\"},{\"kind\":\"fact\",\"label\":\"L\",\"text\":\"a\\nb\\tc\\u0007\"}"), &d), 0);
	assert_true(d.rtl);
	assert_string_equal(d.reference, "R-1");
	assert_int_equal(d.block_n, 2);
	assert_null(d.block[0].label);
	assert_string_equal(d.block[1].text, "a\nb c ");
}

static void document_wrong_is_refused(void **state)
{
	static const char *const bad[] = { "", "[]", "{}", TOP("1"), TOP("{}"), TOP("{\"kind\":\"picture\",\"text\":\"x\"}"),
		TOP("{\"kind\":\"text\"}"), TOP("{\"kind\":\"text\",\"text\":1}"), TOP("{\"kind\":\"text\",\"label\":\"l\",\"text\":\"x\"}"),
		TOP("{\"kind\":\"fact\",\"text\":\"x\"}"), TOP("{\"kind\":\"text\",\"text\":\"x\",\"text\":\"y\"}"),
		"{\"v\":2,\"lang\":\"ar\",\"rtl\":true,\"title\":\"T\",\"reference\":\"R\",\"made\":\"\",\"printed\":\"P\",\"page\":\"\",\"blocks\":[]}",
		"{\"v\":1,\"lang\":\"ar\",\"rtl\":1,\"title\":\"T\",\"reference\":\"R\",\"made\":\"\",\"printed\":\"P\",\"page\":\"\",\"blocks\":[]}",
		"{\"v\":1,\"more\":1,\"lang\":\"ar\",\"rtl\":true,\"title\":\"T\",\"reference\":\"R\",\"made\":\"\",\"printed\":\"P\",\"page\":\"\",\"blocks\":[]}" };
	struct paper_document d;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (read_text(bad[i], &d) != ERR_MALFORMED)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(read_text("{\"v\":1,\"lang\":\"seventeen letters\",\"rtl\":true,\"title\":\"T\",\"reference\":\"R\",\"made\":\"\","
		"\"printed\":\"P\",\"page\":\"\",\"blocks\":[]}", &d), ERR_LIMIT);
}

static struct paper_document document(struct paper_block *b, size_t n)
{
	return (struct paper_document){ .lang = "fr", .title = "T", .reference = "R-1", .made = "2026-11-24T10:00:00Z", .printed = "P",
		.page = "{0} / {1}", .block = b, .block_n = n };
}

static void pdf_has_as_many_pages_as_it_takes(void **state)
{
	static char text[60001];
	struct paper_block b[] = { { PAPER_HEADING, NULL, "H" }, { PAPER_TEXT, NULL, text }, { PAPER_FACT, "L", text }, { PAPER_NOTICE, NULL, text } };
	struct paper_document d = document(b, ARRAY_LEN(b));
	struct paper_pdf out;
	text[0] = 0;
	assert_int_equal(paper_pdf(&d, &out), 0);
	assert_int_equal(out.pages, 1);
	assert_memory_equal(out.p, "%PDF-", 5);
	assert_memory_equal(out.p + out.n - 6, "%%EOF\n", 6);
	free(out.p);
	memset(text, 'a', sizeof text - 1); /* one word, far wider than a line */
	assert_int_equal(paper_pdf(&d, &out), 0);
	assert_true(out.pages > 30);
	free(out.p);
}

static void pdf_that_is_endless_is_refused(void **state)
{
	static char text[30001];
	struct paper_block b[] = { { PAPER_TEXT, NULL, text } };
	struct paper_document d = document(b, 1);
	struct paper_pdf out;
	memset(text, '\n', sizeof text - 1);
	assert_int_equal(paper_pdf(&d, &out), ERR_LIMIT);
}

static void pdf_names_no_time_and_no_title_but_ours(void **state)
{
	struct paper_document d = document(NULL, 0);
	struct paper_pdf out;
	assert_int_equal(paper_pdf(&d, &out), 0);
	assert_non_null(memmem(out.p, out.n, "(R-1)", 5));
	assert_non_null(memmem(out.p, out.n, "20261124100000Z", 15));
	free(out.p);
}

static int start(void **state)
{
	arena_init(&arena, 0);
	return 0;
}

static int stop(void **state)
{
	arena_done(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(document_is_read),
		cmocka_unit_test(document_wrong_is_refused),
		cmocka_unit_test(pdf_has_as_many_pages_as_it_takes),
		cmocka_unit_test(pdf_that_is_endless_is_refused),
		cmocka_unit_test(pdf_names_no_time_and_no_title_but_ours),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
