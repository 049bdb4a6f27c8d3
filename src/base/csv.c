/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include "base/file.h"
#include "base/utf8.h"

#include <errno.h>
#include <limits.h>

struct reader {
	struct arena *arena;
	struct err_note *note;
	const uint8_t *p, *end;
	unsigned line;             /* of p */
	struct csv csv;
	const char *found[CSV_COLUMNS_MAX]; /* cells of the current row */
	unsigned count;
	unsigned room;             /* rows that fit into cell and line */
};

static int refuse(struct reader *r, const char *why)
{
	if (r->csv.name && r->count < r->csv.columns)
		return err_set(r->note, ERR_CONFIG, "%s:%u: column '%s': %s", r->csv.file, r->line,
			r->csv.name[r->count], why);
	return err_set(r->note, ERR_CONFIG, "%s:%u: column %u: %s", r->csv.file, r->line, r->count + 1, why);
}

static bool at_line_end(const struct reader *r)
{
	return r->p == r->end || *r->p == '\n' || (*r->p == '\r' && r->p + 1 < r->end && r->p[1] == '\n');
}

static void pass_line_end(struct reader *r)
{
	if (r->p < r->end && *r->p == '\r')
		r->p++;
	if (r->p < r->end)
		r->p++;
	r->line++;
}

static int keep(struct reader *r, const char *s, size_t n)
{
	for (; n && (*s == ' ' || *s == '\t'); s++)
		n--;
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	char *copy = arena_text(r->arena, s, n);
	if (!copy)
		return -ENOMEM;
	r->found[r->count++] = copy;
	return 0;
}

static int bare_cell(struct reader *r)
{
	const uint8_t *from = r->p;
	for (; !at_line_end(r) && *r->p != ','; r->p++)
		if (*r->p == '"')
			return refuse(r, "a quote within a cell that does not start with one");
	if (r->p - from > CSV_CELL_MAX)
		return refuse(r, "the cell is too long");
	return keep(r, (const char *)from, (size_t)(r->p - from));
}

/* Where the closing quote is; counts the doubled ones before it. */
static const uint8_t *closing_quote(const struct reader *r, size_t *ret_doubled)
{
	*ret_doubled = 0;
	for (const uint8_t *p = r->p + 1; p < r->end; p++) {
		if (*p != '"')
			continue;
		if (p + 1 == r->end || p[1] != '"')
			return p;
		++*ret_doubled;
		p++;
	}
	return NULL;
}

static int quoted_cell(struct reader *r)
{
	size_t doubled, n = 0;
	const uint8_t *close = closing_quote(r, &doubled);
	if (!close)
		return refuse(r, "a quote that is never closed");
	if (close - r->p > CSV_CELL_MAX)
		return refuse(r, "the cell is too long");
	char *copy = arena_alloc(r->arena, (size_t)(close - r->p));
	if (!copy)
		return -ENOMEM;
	unsigned lines = 0;
	for (const uint8_t *p = r->p + 1; p < close; p += *p == '"' ? 2 : 1) {
		copy[n++] = (char)*p;
		lines += *p == '\n';
	}
	r->p = close + 1;
	if (!at_line_end(r) && *r->p != ',')
		return refuse(r, "text after the closing quote");
	r->line += lines;
	r->found[r->count++] = copy;
	return 0;
}

static int read_row(struct reader *r)
{
	for (r->count = 0;; r->p++) {
		if (r->count == CSV_COLUMNS_MAX || (r->csv.name && r->count == r->csv.columns))
			return refuse(r, "more cells than the header has columns, or more than 64");
		int err = r->p < r->end && *r->p == '"' ? quoted_cell(r) : bare_cell(r);
		if (err)
			return err;
		if (at_line_end(r)) {
			pass_line_end(r);
			return 0;
		}
	}
}

static int read_header(struct reader *r)
{
	int err = read_row(r);
	if (err)
		return err;
	const char **name = arena_array(r->arena, r->count, sizeof *name);
	if (!name)
		return -ENOMEM;
	for (unsigned i = 0; i < r->count; i++) {
		name[i] = r->found[i];
		bool again = false;
		for (unsigned k = 0; k < i; k++)
			again |= !strcmp(name[k], name[i]);
		if (!*name[i] || again)
			return err_set(r->note, ERR_CONFIG, "%s:1: column %u: %s", r->csv.file, i + 1,
				again ? "its name is taken" : "it has no name");
	}
	r->csv.name = name;
	r->csv.columns = r->count;
	return 0;
}

static int add_row(struct reader *r, unsigned line)
{
	struct csv *c = &r->csv;
	if (c->rows == CSV_ROWS_MAX)
		return err_set(r->note, ERR_LIMIT, "%s: more than %d rows", c->file, CSV_ROWS_MAX);
	if (c->rows == r->room) {
		unsigned room = r->room ? 2 * r->room : 64;
		const char **cell = arena_array(r->arena, (size_t)room * c->columns, sizeof *cell);
		unsigned *lines = arena_array(r->arena, room, sizeof *lines);
		if (!cell || !lines)
			return -ENOMEM;
		if (c->rows) {
			memcpy(cell, c->cell, (size_t)c->rows * c->columns * sizeof *cell);
			memcpy(lines, c->line, c->rows * sizeof *lines);
		}
		c->cell = cell;
		c->line = lines;
		r->room = room;
	}
	memcpy(c->cell + (size_t)c->rows * c->columns, r->found, c->columns * sizeof *c->cell);
	c->line[c->rows++] = line;
	return 0;
}

static int read_rows(struct reader *r)
{
	while (r->p < r->end) {
		if (at_line_end(r)) {
			pass_line_end(r);
			continue;
		}
		unsigned line = r->line;
		int err = read_row(r);
		if (!err && r->count < r->csv.columns)
			err = err_set(r->note, ERR_CONFIG, "%s:%u: column '%s': the row ends before it", r->csv.file,
				line, r->csv.name[r->count]);
		if (!err)
			err = add_row(r, line);
		if (err)
			return err;
	}
	return 0;
}

/* Before anything is cut into cells, so that every cell is text. */
static int check_text(struct reader *r)
{
	unsigned line = 1;
	for (struct bytes rest = bytes_of(r->p, (size_t)(r->end - r->p)); rest.n;) {
		uint32_t c = utf8_next(&rest);
		bool control = c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0);
		bool allowed = c == '\n' || c == '\t' || (c == '\r' && rest.n && *rest.p == '\n');
		if (c == UTF8_BAD || (control && !allowed))
			return err_set(r->note, ERR_CONFIG, "%s:%u: %s", r->csv.file, line,
				c == UTF8_BAD ? "not UTF-8" : "a control character");
		line += c == '\n';
	}
	return 0;
}

int csv_parse(struct arena *a, const char *file, struct bytes text, struct csv *ret, struct err_note *note)
{
	struct reader r = { .arena = a, .note = note, .p = text.p, .end = text.p + text.n, .line = 1 };
	r.csv.file = arena_text(a, file, strlen(file));
	if (!r.csv.file)
		return -ENOMEM;
	if (text.n > CSV_SIZE_MAX)
		return err_set(note, ERR_LIMIT, "%s: larger than %d bytes", file, CSV_SIZE_MAX);
	if (text.n >= 3 && !memcmp(text.p, "\xef\xbb\xbf", 3))
		r.p += 3;
	int err = check_text(&r);
	if (!err && r.p == r.end)
		err = err_set(note, ERR_CONFIG, "%s: it is empty", file);
	if (!err)
		err = read_header(&r);
	if (!err)
		err = read_rows(&r);
	if (!err)
		*ret = r.csv;
	return err;
}

int csv_open(struct arena *a, const char *folder, const char *name, struct csv *ret, struct err_note *note)
{
	char path[PATH_MAX];
	struct bytes file;
	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
		return -ENAMETOOLONG;
	int err = file_read(path, CSV_SIZE_MAX, &file);
	if (err)
		return err_set(note, err, "%s: %s", path, err_text(err));
	err = csv_parse(a, path, file, ret, note);
	free((void *)file.p);
	return err;
}

int csv_column(const struct csv *c, const char *name, unsigned *ret, struct err_note *note)
{
	for (unsigned i = 0; i < c->columns; i++)
		if (!strcmp(c->name[i], name)) {
			*ret = i;
			return 0;
		}
	return err_set(note, ERR_CONFIG, "%s:1: there is no column '%s'", c->file, name);
}

int csv_refuse(const struct csv *c, unsigned row, unsigned column, const char *why, struct err_note *note)
{
	return err_set(note, ERR_CONFIG, "%s:%u: column '%s': %s: '%.80s'", c->file, c->line[row], c->name[column],
		why, csv_cell(c, row, column));
}
