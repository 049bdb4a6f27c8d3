/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/sheet.h"

#include "base/hex.h"

#include <errno.h>
#include <sodium.h>

#define BEGINS "SHA256 ("
#define EQUALS ") = "

void sheet_hash(struct bytes of, uint8_t ret[SHEET_HASH])
{
	static_assert(crypto_hash_sha256_BYTES == SHEET_HASH, "one size");
	crypto_hash_sha256(ret, of.p, of.n);
}

static bool starts(struct bytes s, const char *what)
{
	return s.n >= strlen(what) && !memcmp(s.p, what, strlen(what));
}

static struct bytes cut(struct bytes s, size_t n)
{
	return bytes_of(s.p + n, s.n - n);
}

/* "SHA256 (NAME) = HEX" */
static int read_line(struct bytes line, struct sheet_line *ret)
{
	struct bytes rest = cut(line, strlen(BEGINS));
	const uint8_t *end = memchr(rest.p, ')', rest.n);
	size_t n = end ? (size_t)(end - rest.p) : 0;
	if (!n || n > SHEET_NAME || memchr(rest.p, 0, n))
		return ERR_MALFORMED;
	memcpy(ret->name, rest.p, n);
	ret->name[n] = 0;
	rest = cut(rest, n);
	if (!starts(rest, EQUALS) || !hex_read(cut(rest, strlen(EQUALS)), ret->hash, SHEET_HASH))
		return ERR_MALFORMED;
	return 1;
}

int sheet_next(struct bytes *left, bool first, struct sheet_line *ret)
{
	if (first && (left->n > SHEET_MAX || !starts(*left, SHEET_FIRST)))
		return ERR_FORMAT;
	while (left->n) {
		const uint8_t *end = memchr(left->p, '\n', left->n);
		struct bytes line = bytes_of(left->p, end ? (size_t)(end - left->p) : left->n);
		*left = cut(*left, line.n + (end != NULL));
		if (line.n > SHEET_LINE)
			return ERR_MALFORMED;
		if (starts(line, BEGINS))
			return read_line(line, ret);
	}
	return 0;
}

int sheet_find(struct bytes sheet, const char *name, uint8_t ret[SHEET_HASH])
{
	struct sheet_line line;
	unsigned found = 0;
	int more;
	for (bool first = true; (more = sheet_next(&sheet, first, &line)) == 1; first = false) {
		if (strcmp(line.name, name) != 0)
			continue;
		memcpy(ret, line.hash, SHEET_HASH);
		found++;
	}
	return more < 0 ? more : found == 1 ? 0 : found ? ERR_MALFORMED : -ENOENT;
}
