/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A list as a stream of text: plain, gzip, xz or zstd, told apart by their first bytes. */

#include "base/err.h"

struct source;

/* Errors: errno values, -EISDIR; the note names the file. On error *ret is untouched. */
must_use int source_open(const char *path, struct source **ret, struct err_note *note);
void source_close(struct source *s); /* NULL is fine */

/* Up to cap bytes of text; 0 at the end. Errors: errno values, ERR_TRUNCATED (compressed data that
 * ends early), ERR_MALFORMED (damaged), ERR_LIMIT: more than 8 GiB of text, or, past 64 MiB, more than
 * 400 bytes of text for each byte of the file, which no list is but a decompression bomb. */
must_use int64_t source_read(struct source *s, char *buf, size_t cap, struct err_note *note);

uint64_t source_taken(const struct source *s); /* bytes of the file read so far */
uint64_t source_file_size(
	const char *path); /* of a file not yet opened; 0 if it is no regular file */
/* XXH3-128 (low, high) of the file as stored, once it has been read to its end. */
void source_hash(const struct source *s, uint64_t ret[2]);
