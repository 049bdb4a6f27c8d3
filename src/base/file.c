/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_READ = 4096 };

static int read_fd(int fd, size_t max, struct bytes *ret)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if ((uintmax_t)st.st_size > max)
		return -EFBIG;
	/* Files of /proc say 0, and some give all in the first read or never. */
	size_t cap = MAX((size_t)st.st_size + 1, (size_t)FIRST_READ), n = 0;
	uint8_t *p = malloc(cap + 1);
	if (!p)
		return -ENOMEM;
	for (;;) {
		ssize_t r = read(fd, p + n, cap - n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			int err = -errno;
			free(p);
			return err;
		}
		if (r == 0)
			break;
		n += (size_t)r;
		if (n > max) {
			free(p);
			return -EFBIG;
		}
		if (n == cap) { /* a pipe, or a file that grew */
			uint8_t *more = realloc(p, (cap *= 2) + 1);
			if (!more) {
				free(p);
				return -ENOMEM;
			}
			p = more;
		}
	}
	p[n] = 0;
	*ret = bytes_of(p, n);
	return 0;
}

int file_read(const char *path, size_t max, struct bytes *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int err = read_fd(fd, max, ret);
	close(fd);
	return err;
}

int file_write_all(int fd, const void *p, size_t n)
{
	const uint8_t *b = p;
	while (n) {
		ssize_t w = write(fd, b, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		b += w;
		n -= (size_t)w;
	}
	return 0;
}

int file_sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	if (n >= sizeof folder)
		return -ENAMETOOLONG;
	memcpy(folder, path, n);
	folder[n] = 0;
	int fd = open(slash ? (n ? folder : "/") : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int err = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return err;
}

int file_temp(const char *path, mode_t mode, char *ret_temp, int *ret_fd)
{
	int n = snprintf(ret_temp, PATH_MAX, "%s.new.XXXXXX", path);
	if (n < 0 || n >= PATH_MAX)
		return -ENAMETOOLONG;
	int fd = mkostemp(ret_temp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, mode) < 0) {
		int err = -errno;
		close(fd);
		unlink(ret_temp);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

int file_commit(int fd, const char *temp, const char *path)
{
	int err = fsync(fd) < 0 ? -errno : 0;
	if (close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(temp, path) < 0)
		err = -errno;
	if (err) {
		unlink(temp);
		return err;
	}
	return file_sync_folder(path);
}

int file_replace(const char *path, const void *p, size_t n, mode_t mode)
{
	char temp[PATH_MAX];
	int fd;
	int err = file_temp(path, mode, temp, &fd);
	if (err)
		return err;
	err = file_write_all(fd, p, n);
	if (err) {
		close(fd);
		unlink(temp);
		return err;
	}
	return file_commit(fd, temp, path);
}

int file_make_folder(const char *path)
{
	char p[PATH_MAX];
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof p)
		return n ? -ENAMETOOLONG : -ENOENT;
	memcpy(p, path, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (p[i] != '/' && p[i] != 0)
			continue;
		char keep = p[i];
		p[i] = 0;
		if (mkdir(p, 0755) < 0 && errno != EEXIST)
			return -errno;
		p[i] = keep;
	}
	return 0;
}
