/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Comma-separated values, read side: RFC 4180 in UTF-8, a header line first. Rows end with LF or
 * CR LF; a quoted cell may hold commas, line ends and doubled quotes; a byte order mark and blank
 * lines are passed over. Refused, with line and column name: bytes that are not UTF-8, control
 * characters, a quote within a bare cell, text after a closing quote, a row of another length, an
 * empty or repeated column name. Total on hostile input. */

#include "base/arena.h"
#include "base/err.h"

enum {
	CSV_SIZE_MAX = 8 << 20,   /* bytes of a file */
	CSV_COLUMNS_MAX = 64,
	CSV_ROWS_MAX = 65536,     /* the header not counted */
	CSV_CELL_MAX = 32 * 1024, /* bytes of a cell */
};

struct csv {
	const char *file;     /* as it stands in notes */
	unsigned columns, rows;
	const char **name;    /* of each column */
	const char **cell;    /* rows x columns; never NULL, blanks at both ends cut off */
	unsigned *line;       /* where each row starts, from 1 */
};

/* All strings are copied to the arena. ERR_CONFIG (the note says where and why), ERR_LIMIT, -ENOMEM.
 * On error *ret is untouched. */
must_use int csv_parse(struct arena *a, const char *file, struct bytes text, struct csv *ret, struct err_note *note);
/* The file `name` of a folder. Also errno values of reading it. */
must_use int csv_open(struct arena *a, const char *folder, const char *name, struct csv *ret, struct err_note *note);

/* The place of a column. ERR_CONFIG: there is none. */
must_use int csv_column(const struct csv *c, const char *name, unsigned *ret, struct err_note *note);

static inline const char *csv_cell(const struct csv *c, unsigned row, unsigned column)
{
	return c->cell[(size_t)row * c->columns + column];
}

/* ERR_CONFIG with a note: "sectors.csv:12: column 'duty_report': not Y or N: 'yes'". */
int csv_refuse(const struct csv *c, unsigned row, unsigned column, const char *why, struct err_note *note);
