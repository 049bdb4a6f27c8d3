/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180, rule by rule, and what is refused. */
#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;
static struct csv c;
static struct err_note note;

static int start(void **state)
{
	arena_init(&arena, 0);
	note = (struct err_note){ "" };
	return 0;
}

static int stop(void **state)
{
	arena_done(&arena);
	return 0;
}

static int parse(const char *text)
{
	return csv_parse(&arena, "t.csv", bytes_str(text), &c, &note);
}

static void refused(const char *text, const char *why)
{
	note = (struct err_note){ "" };
	assert_int_equal(parse(text), ERR_CONFIG);
	assert_string_equal(note.text, why);
}

static void csv_reads_rows_and_columns(void **state)
{
	unsigned b;
	assert_int_equal(parse("a,b\n1,2\n3, 4 \n"), 0);
	assert_int_equal(c.rows, 2);
	assert_int_equal(csv_column(&c, "b", &b, &note), 0);
	assert_string_equal(csv_cell(&c, 0, b), "2");
	assert_string_equal(csv_cell(&c, 1, b), "4");
	assert_int_equal(c.line[1], 3);
	assert_int_equal(csv_column(&c, "d", &b, &note), ERR_CONFIG);
	assert_string_equal(note.text, "t.csv:1: there is no column 'd'");
}

static void csv_reads_quoted_cells(void **state)
{
	assert_int_equal(parse("a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\r\n\"\",z"), 0);
	assert_int_equal(c.rows, 2);
	assert_string_equal(csv_cell(&c, 0, 0), "x, \"y\"");
	assert_string_equal(csv_cell(&c, 0, 1), "two\nlines");
	assert_string_equal(csv_cell(&c, 1, 0), "");
	assert_int_equal(c.line[1], 4);
}

static void csv_passes_over_mark_and_blank_lines(void **state)
{
	assert_int_equal(parse("\xef\xbb\xbf" "a,b\n\n1,2\r\n\r\n"), 0);
	assert_string_equal(c.name[0], "a");
	assert_int_equal(c.rows, 1);
	assert_int_equal(parse("a,b\n,\n"), 0);
	assert_int_equal(c.rows, 1);
}

static void csv_says_where_it_is_wrong(void **state)
{
	refused("", "t.csv: it is empty");
	refused("a,a\n", "t.csv:1: column 2: its name is taken");
	refused("a,\n", "t.csv:1: column 2: it has no name");
	refused("a,b\n1,2\n3\n", "t.csv:3: column 'b': the row ends before it");
	refused("a,b\n1,2,3\n", "t.csv:2: column 3: more cells than the header has columns, or more than 64");
	refused("a,b\n1,2\"3\n", "t.csv:2: column 'b': a quote within a cell that does not start with one");
	refused("a,b\n1,\"2\"3\n", "t.csv:2: column 'b': text after the closing quote");
	refused("a,b\n1,\"2\n", "t.csv:2: column 'b': a quote that is never closed");
	refused("a,b\n1,\xc0\x80\n", "t.csv:2: not UTF-8");
	refused("a,b\n1,\xed\xa0\x80\n", "t.csv:2: not UTF-8");
	refused("a,b\n1,2\r3\n", "t.csv:2: a control character");
	refused("a,b\n1,\x1b[2J\n", "t.csv:2: a control character");
}

static void csv_refuses_nul(void **state)
{
	assert_int_equal(csv_parse(&arena, "t.csv", bytes_of("a\n1\0", 4), &c, &note), ERR_CONFIG);
	assert_string_equal(note.text, "t.csv:2: a control character");
}

static void csv_is_bounded(void **state)
{
	size_t n = CSV_CELL_MAX + 16;
	char *text = calloc(1, n);
	memset(text, 'x', n - 1);
	memcpy(text, "a\n", 2);
	refused(text, "t.csv:2: column 'a': the cell is too long");
	text[2] = '"';
	text[n - 2] = '"';
	refused(text, "t.csv:2: column 'a': the cell is too long");
	free(text);
	char many[2 * (CSV_COLUMNS_MAX + 1) + 1] = "";
	for (unsigned i = 0; i <= CSV_COLUMNS_MAX; i++)
		memcpy(many + 2 * i, "a,", 2);
	refused(many, "t.csv:1: column 65: more cells than the header has columns, or more than 64");
}

static void csv_keeps_many_rows(void **state)
{
	size_t n = 2;
	char *text = calloc(1, 2 * (CSV_ROWS_MAX + 2) + 1);
	memcpy(text, "a\n", 2);
	for (unsigned i = 0; i < CSV_ROWS_MAX; i++, n += 2)
		memcpy(text + n, "1\n", 2);
	assert_int_equal(parse(text), 0);
	assert_int_equal(c.rows, CSV_ROWS_MAX);
	assert_string_equal(csv_cell(&c, CSV_ROWS_MAX - 1, 0), "1");
	assert_int_equal(c.line[CSV_ROWS_MAX - 1], CSV_ROWS_MAX + 1);
	memcpy(text + n, "1\n", 2);
	assert_int_equal(parse(text), ERR_LIMIT);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(csv_reads_rows_and_columns, start, stop),
		cmocka_unit_test_setup_teardown(csv_reads_quoted_cells, start, stop),
		cmocka_unit_test_setup_teardown(csv_passes_over_mark_and_blank_lines, start, stop),
		cmocka_unit_test_setup_teardown(csv_says_where_it_is_wrong, start, stop),
		cmocka_unit_test_setup_teardown(csv_refuses_nul, start, stop),
		cmocka_unit_test_setup_teardown(csv_is_bounded, start, stop),
		cmocka_unit_test_setup_teardown(csv_keeps_many_rows, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
