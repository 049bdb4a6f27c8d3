/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a CSV file: refused with a note, or a table that says the same when it is written
 * with every cell quoted and read again. */
#include "base/csv.h"
#include "fuzz.h"

#include <string.h>

static size_t quoted(char *to, const char *cell)
{
	size_t n = 0;
	to[n++] = '"';
	for (; *cell; cell++) {
		if (*cell == '"')
			to[n++] = '"';
		to[n++] = *cell;
	}
	to[n++] = '"';
	return n;
}

static char *write_again(const struct csv *c, size_t most, size_t *ret_n)
{
	char *text = malloc(2 * most + 3 * ((size_t)c->rows + 1) * c->columns + c->rows + 16);
	size_t n = 0;
	for (unsigned r = 0; r <= c->rows; r++)
		for (unsigned k = 0; k < c->columns; k++) {
			n += quoted(text + n, r ? csv_cell(c, r - 1, k) : c->name[k]);
			text[n++] = k + 1 < c->columns ? ',' : '\n';
		}
	*ret_n = n;
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a;
	struct csv c, again;
	struct err_note note = { "" };
	arena_init(&a, 0);
	int err = csv_parse(&a, "t.csv", bytes_of(p, n), &c, &note);
	check(!err || note.text[0]);
	if (!err) {
		size_t m;
		char *text = write_again(&c, n, &m);
		check(!csv_parse(&a, "t.csv", bytes_of(text, m), &again, &note));
		check(again.rows == c.rows && again.columns == c.columns);
		for (unsigned r = 0; r < c.rows; r++)
			for (unsigned k = 0; k < c.columns; k++)
				check(!strcmp(csv_cell(&c, r, k), csv_cell(&again, r, k)));
		free(text);
	}
	arena_done(&a);
	return 0;
}
