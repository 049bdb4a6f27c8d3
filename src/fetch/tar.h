/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Reading a tar archive (POSIX ustar, IEEE Std 1003.1) as it streams by. Pure: it opens nothing
 * and writes nothing. Regular files are offered; everything else is passed over: folders, links,
 * devices, and pax and GNU extensions, whose following member is passed over too, since its true
 * name is not the one in its header.
 *
 *     |<- 512: header ->|<- size, padded to 512 ->| ... |<- two zero blocks ->|
 *     header: name 0-99, size 124-135 octal, checksum 148-155 octal, type 156, prefix 345-499 */

#include "base/bytes.h"
#include "base/err.h"

enum { TAR_NAME_MAX = 256, TAR_MEMBERS_MAX = 10000 };

struct tar_sink {
	/* A regular file of size bytes. 1: give me its bytes; 0: pass over; negative: stop. */
	int (*file)(void *ctx, const char *name, uint64_t size);
	int (*data)(void *ctx, const uint8_t *p, size_t n);
	int (*end)(void *ctx); /* of that file, complete */
};

struct tar {
	const struct tar_sink *sink;
	void *ctx;
	uint64_t max_total, total; /* bytes of all members */
	uint64_t left;             /* of this member */
	unsigned pad, members, zero_blocks;
	bool wanted, skip_next, done;
	size_t nblock;
	uint8_t block[512];
};

void tar_init(struct tar *t, const struct tar_sink *sink, void *ctx, uint64_t max_total);
/* After the archive's end the rest is ignored (t->done). ERR_FORMAT, ERR_CHECKSUM, ERR_LIMIT, or
 * what the sink returned; then feed no more. */
must_use int tar_feed(struct tar *t, const uint8_t *p, size_t n);
/* ERR_TRUNCATED if the archive has not ended. */
must_use int tar_finish(const struct tar *t);
