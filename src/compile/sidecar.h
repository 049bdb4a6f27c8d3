/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* IMAGE.names: the exact names of an image with what each does, for audit and comparison. The guard never
 * reads it. Layout: docs/format-policy.md. Names ascend by reversed labels. */

#include "base/err.h"
#include "policy/format.h"

#include <stdio.h>

#define SIDECAR_MAGIC "HISNNAM1"

enum {
	SIDECAR_VERSION = 1,
	SIDECAR_BLOCK_NAMES = 8192,
	SIDECAR_RAW_MAX = SIDECAR_BLOCK_NAMES * 258
};

struct sidecar_header {
	char magic[8];
	uint32_t version, kind; /* kind: enum policy_kind */
	uint64_t size;
	uint64_t checksum[2]; /* XXH3-128 of the file with these 16 bytes zero */
	uint64_t image[2];    /* the checksum of the image it belongs to */
	uint64_t
		lists; /* which lists (not their contents): the change cap compares like with like */
	uint32_t names, blocks, sets, cats;
	/* then cats x struct policy_cat, sets x struct policy_set, blocks x struct sidecar_block, data */
};

struct sidecar_block {
	uint64_t at; /* from the beginning of the file */
	uint32_t packed, raw, names, zero;
};

struct sidecar;

struct sidecar_name {
	const uint8_t *name; /* labels from the right, joined by byte 1 (compile/rname.h) */
	unsigned len;
	const struct policy_set *set;
};

/* Errors: errno values, ERR_FORMAT, ERR_VERSION, ERR_CHECKSUM, ERR_TRUNCATED; the note says where. On
 * error *ret is untouched. Lengths and offsets are checked here, blocks while reading. */
must_use int sidecar_open(const char *path, struct sidecar **ret, struct err_note *note);
/* The same from memory (copied): for tests and fuzzing. */
must_use int sidecar_parse(const uint8_t *p, size_t n, struct sidecar **ret, struct err_note *note);
void sidecar_close(struct sidecar *s); /* NULL is fine */
const struct sidecar_header *sidecar_header(const struct sidecar *s);
/* A category's name; "" past the last. */
const char *sidecar_cat(const struct sidecar *s, unsigned i);
/* 1: *ret is the next name, valid until the next call; 0: no more; or ERR_MALFORMED. */
must_use int sidecar_next(struct sidecar *s, struct sidecar_name *ret);

/* "name TAB match TAB categories" a line: match is exact, below or both; +category added, -category
 * cleared; a name whose entries differ has several lines. */
must_use int sidecar_dump(struct sidecar *s, FILE *f);
/* "+" and "-" in front of the lines that only b, only a, has. f NULL: only count. */
must_use int sidecar_diff(
	struct sidecar *a, struct sidecar *b, FILE *f, uint64_t *ret_added, uint64_t *ret_removed);
