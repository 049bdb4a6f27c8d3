/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/unpack.h"

#include "base/file.h"
#include "fetch/tar.h"

#include <zlib.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t total_default = 1ull << 30;
enum { CATEGORIES_MAX = 128 };

bool unpack_ut1_member(const char *path, char ret_category[64], char ret_file[16])
{
	static const char *const files[] = { "domains", "urls", "usage" };
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	const char *slash = strrchr(path, '/');
	bool known = false;
	if (path[0] == '/' || !slash || strstr(path, ".."))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		known = known || !strcmp(slash + 1, files[i]);
	const char *from = slash;
	while (from > path && from[-1] != '/')
		from--;
	size_t n = (size_t)(slash - from);
	if (!known || n == 0 || n >= 64 || strspn(from, plain) != n)
		return false;
	memcpy(ret_category, from, n);
	ret_category[n] = 0;
	(void)snprintf(ret_file, 16, "%s", slash + 1);
	return true;
}

/* ---- a UT1 archive into a fresh folder ---- */

struct ut1 {
	char temp[PATH_MAX]; /* FOLDER/.unpack.XXXXXX */
	char categories[CATEGORIES_MAX][64];
	unsigned ncategories;
	int fd;
};

static int add_category(struct ut1 *u, const char *name)
{
	char path[PATH_MAX + 80];
	for (unsigned i = 0; i < u->ncategories; i++)
		if (!strcmp(u->categories[i], name))
			return 0;
	if (u->ncategories == CATEGORIES_MAX)
		return ERR_LIMIT;
	(void)snprintf(path, sizeof path, "%s/%s", u->temp, name);
	if (mkdir(path, 0755) < 0)
		return -errno;
	(void)snprintf(u->categories[u->ncategories++], 64, "%s", name);
	return 0;
}

static int ut1_file(void *ctx, const char *name, uint64_t size)
{
	struct ut1 *u = ctx;
	char category[64], file[16], path[PATH_MAX + 96];
	if (!unpack_ut1_member(name, category, file))
		return 0;
	int err = add_category(u, category);
	if (err)
		return err;
	(void)snprintf(path, sizeof path, "%s/%s/%s", u->temp, category, file);
	/* A member that comes twice would leave it to chance which one counts. */
	u->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return u->fd < 0 ? (errno == EEXIST ? ERR_FORMAT : -errno) : 1;
}

static int ut1_data(void *ctx, const uint8_t *p, size_t n)
{
	return file_write_all(((struct ut1 *)ctx)->fd, p, n);
}

static int ut1_end(void *ctx)
{
	struct ut1 *u = ctx;
	int err = fsync(u->fd) < 0 ? -errno : 0;
	close(u->fd);
	u->fd = -1;
	return err;
}

static const struct tar_sink ut1_sink = { ut1_file, ut1_data, ut1_end };

static int inflate_error(int code)
{
	return code == Z_MEM_ERROR ? -ENOMEM : code == Z_BUF_ERROR ? ERR_TRUNCATED : ERR_FORMAT;
}

/* One chunk of compressed bytes into the tar reader; *ret_end at the end of the gzip stream. */
static int inflate_into(z_stream *z, struct tar *tar, bool *ret_end)
{
	uint8_t out[32768];
	do {
		z->next_out = out;
		z->avail_out = sizeof out;
		int code = inflate(z, Z_NO_FLUSH);
		if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
			return inflate_error(code);
		int err = tar_feed(tar, out, sizeof out - z->avail_out);
		if (err)
			return err;
		*ret_end = code == Z_STREAM_END;
	} while (!*ret_end && !tar->done && (z->avail_in || z->avail_out == 0));
	return 0;
}

static int gunzip_tar(int fd, struct tar *tar)
{
	uint8_t in[32768];
	z_stream z = { 0 };
	bool end = false;
	int err = 0;
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return -ENOMEM;
	while (!end && !tar->done && !err) {
		ssize_t n = read(fd, in, sizeof in);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			err = n < 0 ? -errno : ERR_TRUNCATED;
			break;
		}
		z.next_in = in;
		z.avail_in = (unsigned)n;
		err = inflate_into(&z, tar, &end);
	}
	inflateEnd(&z);
	return err ? err : tar_finish(tar);
}

/* Only what unpacking could have made is removed. */
static void remove_category(const char *folder, const char *category)
{
	static const char *const files[] = { "domains", "urls", "usage" };
	char path[PATH_MAX + 96];
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof path, "%s/%s/%s", folder, category, files[i]);
		unlink(path);
	}
	(void)snprintf(path, sizeof path, "%s/%s", folder, category);
	rmdir(path);
}

static int exchange(const struct ut1 *u, const char *folder, const char *category)
{
	char from[PATH_MAX + 80], to[PATH_MAX + 80];
	(void)snprintf(from, sizeof from, "%s/%s", u->temp, category);
	(void)snprintf(to, sizeof to, "%s/%s", folder, category);
	if (rename(from, to) == 0)
		return 0;
	if (errno != EEXIST && errno != ENOTEMPTY)
		return -errno;
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) < 0 ? -errno : 0;
}

static int unpack_into(struct ut1 *u, int fd, const char *folder, uint64_t max_total)
{
	struct tar tar;
	tar_init(&tar, &ut1_sink, u, max_total);
	int err = gunzip_tar(fd, &tar);
	if (u->fd >= 0)
		close(u->fd);
	if (!err && !u->ncategories)
		err = ERR_FORMAT;
	for (unsigned i = 0; i < u->ncategories && !err; i++)
		err = exchange(u, folder, u->categories[i]);
	return err;
}

int unpack_ut1(const char *archive, const char *folder, const struct unpack_limits *limits,
	unsigned *ret_categories, struct err_note *note)
{
	struct ut1 *u = calloc(1, sizeof *u);
	uint64_t max = limits && limits->max_total ? limits->max_total : total_default;
	if (!u)
		return -ENOMEM;
	u->fd = -1;
	int fd = open(archive, O_RDONLY | O_CLOEXEC), err = fd < 0 ? -errno : file_make_folder(folder);
	if (err)
		goto out;
	if (snprintf(u->temp, sizeof u->temp, "%s/.unpack.XXXXXX", folder) >= (int)sizeof u->temp)
		err = -ENAMETOOLONG;
	else if (!mkdtemp(u->temp) || chmod(u->temp, 0755) < 0)
		err = -errno;
	if (err)
		goto out;
	err = unpack_into(u, fd, folder, max);
	for (unsigned i = 0; i < u->ncategories; i++)
		remove_category(u->temp, u->categories[i]); /* the old ones, or what did not come to an end */
	rmdir(u->temp);
	if (!err && ret_categories)
		*ret_categories = u->ncategories;
out:
	if (fd >= 0)
		close(fd);
	free(u);
	return err ? err_set(note, err, "the archive: %s", err_text(err)) : 0;
}
