/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whole files, read and replaced safely. */

#include "base/bytes.h"
#include "base/err.h"

#include <sys/types.h>

/* Read the regular file at path into heap memory with a NUL after it; free() ret->p (cast).
 * Errors: errno values; -EFBIG past max bytes. On error *ret is untouched. */
must_use int file_read(const char *path, size_t max, struct bytes *ret);

/* Replace path atomically: written beside it, synced, renamed, folder synced. A full disk or a
 * crash leaves the old file. */
must_use int file_replace(const char *path, const void *p, size_t n, mode_t mode);

/* A path beside `path` ("path.new." and six letters; a kill can leave it behind) for such a replacement,
 * when the writer streams: open, write, then file_commit (sync + rename + folder sync) or
 * unlink it. ret_temp: PATH_MAX bytes. */
must_use int file_temp(const char *path, mode_t mode, char *ret_temp, int *ret_fd);
must_use int file_commit(int fd, const char *temp, const char *path); /* closes fd in any case */

/* Make the name of a new file durable: fsync of the folder it is in. */
must_use int file_sync_folder(const char *path);

/* Write all of it, through EINTR and short writes. */
must_use int file_write_all(int fd, const void *p, size_t n);

/* mkdir -p with mode 0755. */
must_use int file_make_folder(const char *path);
