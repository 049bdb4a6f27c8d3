/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Archives of lists, unpacked without another program, into bounded files with names of ours. */

#include "base/bytes.h"
#include "base/err.h"

struct unpack_limits {
	uint64_t max_total; /* bytes unpacked; 0: 1 GiB */
	uint64_t max_lines; /* unpack_popular only; 0: all */
};

/* A UT1 archive (.tar.gz): of its members only CATEGORY/domains, CATEGORY/urls and CATEGORY/usage
 * are taken, CATEGORY being letters, digits, "-_" and the whole path without "..". FOLDER/CATEGORY
 * is replaced by a single exchange of names, so that a reader sees the old or the new one; nothing
 * is replaced when anything is wrong. ret_categories (NULL is fine): how many came.
 * Errors: ERR_FORMAT (also: no category in it), ERR_CHECKSUM, ERR_TRUNCATED, ERR_LIMIT, errno. */
must_use int unpack_ut1(const char *archive, const char *folder, const struct unpack_limits *limits,
	unsigned *ret_categories, struct err_note *note);

/* A popularity list: the first member of a zip (deflated or stored), lines "RANK,NAME" or "NAME",
 * written as one name a line, lines that are no host name left out. Replaces out atomically. */
must_use int unpack_popular(const char *archive, const char *out, const struct unpack_limits *limits,
	struct err_note *note);

/* The parser of unpack_popular on memory, for tests and fuzzing: calls line for each name.
 * Non-negative: names found. */
must_use int64_t unpack_zip_names(struct bytes zip, uint64_t max_total, uint64_t max_lines,
	int (*line)(void *ctx, const char *name, size_t n), void *ctx);

/* "blacklists/adult/domains" -> "adult", "domains". False: not one of ours. */
bool unpack_ut1_member(const char *path, char ret_category[64], char ret_file[16]);
