/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/host.h"

#include "base/file.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* dm-crypt says so in the UUID of its mapping. */
static bool encrypted(const char *device, const char *sys)
{
	char real[PATH_MAX], path[PATH_MAX + 64];
	struct bytes uuid;
	if (!realpath(device, real))
		return false;
	const char *name = strrchr(real, '/') + 1;
	if (starts(name, "zram"))
		return true; /* never leaves memory */
	(void)snprintf(path, sizeof path, "%s/block/%s/dm/uuid", sys, name);
	if (file_read(path, 4096, &uuid))
		return false;
	bool crypt = starts((const char *)uuid.p, "CRYPT-");
	free((void *)uuid.p);
	return crypt;
}

bool keys_host_swap_open(const char *swaps, const char *sys)
{
	/* Filename Type Size Used Priority; the first line is the heading. */
	const char *line = strchr(swaps, '\n');
	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		char device[PATH_MAX];
		size_t n = strcspn(line + 1, " \t\n");
		if (!n || n >= sizeof device)
			continue;
		memcpy(device, line + 1, n);
		device[n] = 0;
		if (!encrypted(device, sys))
			return true;
	}
	return false;
}

bool keys_host_cores_taken(const char *core_pattern)
{
	return core_pattern[0] == '|';
}

void keys_host_warn(void)
{
	struct bytes b;
	if (!file_read("/proc/swaps", 1 << 20, &b)) {
		if (keys_host_swap_open((const char *)b.p, "/sys"))
			log_warning("swap is on and not encrypted: what programs here hold in memory can reach the disk; "
				    "turn it off (swapoff -a, and out of /etc/fstab) or encrypt it (crypttab(5), option swap)");
		free((void *)b.p);
	}
	if (!file_read("/proc/sys/kernel/core_pattern", 4096, &b)) {
		if (keys_host_cores_taken((const char *)b.p))
			log_warning("core files go to a program (kernel.core_pattern): hisn-keys makes none, but other programs "
				    "here hold reports; set Storage=none in coredump.conf(5), or kernel.core_pattern=/dev/null");
		free((void *)b.p);
	}
}

int keys_host_key_read(const char *path, uint8_t ret[SEAL_KEY], struct err_note *note)
{
	struct stat st;
	uint8_t key[SEAL_KEY + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(note, -errno, "%s: %s", path, strerror(errno));
	int err = 0;
	/* systemd's credentials may be readable by the service's group, hence others only. */
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (st.st_mode & (S_IRWXO | S_IWGRP))
		err = err_set(note, -EPERM, "%s: others may read or change this key; make it again, or chmod 400", path);
	ssize_t n = err ? 0 : read(fd, key, sizeof key);
	if (!err && n < 0)
		err = -errno;
	else if (!err && n != SEAL_KEY)
		err = err_set(note, ERR_FORMAT, "%s: a host key is exactly %d bytes", path, SEAL_KEY);
	if (!err)
		memcpy(ret, key, SEAL_KEY);
	sodium_memzero(key, sizeof key);
	close(fd);
	return err;
}

int keys_host_key_make(const char *path, struct err_note *note)
{
	uint8_t key[SEAL_KEY];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (fd < 0)
		return err_set(note, -errno, "%s: %s", path, strerror(errno));
	randombytes_buf(key, sizeof key);
	int err = file_write_all(fd, key, sizeof key);
	sodium_memzero(key, sizeof key);
	if (!err && fsync(fd) < 0)
		err = -errno;
	close(fd);
	if (err)
		unlink(path);
	return err ? err_set(note, err, "%s: %s", path, err_text(err)) : 0;
}

int keys_host_folder_of(const char *path, char *ret)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 1;
	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(ret, slash ? path : ".", n);
	ret[n] = 0;
	if (slash == path)
		memcpy(ret, "/", 2);
	return 0;
}

unsigned keys_host_remove_temps(const char *path)
{
	static const char middle[] = ".new.";
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t n = strlen(name);
	unsigned removed = 0;
	DIR *d = keys_host_folder_of(path, folder) ? NULL : opendir(folder);
	if (!d)
		return 0;
	for (struct dirent *e; (e = readdir(d));)
		if (strlen(e->d_name) == n + strlen(middle) + 6 && !memcmp(e->d_name, name, n) &&
			starts(e->d_name + n, middle) && unlinkat(dirfd(d), e->d_name, 0) == 0)
			removed++;
	closedir(d);
	return removed;
}
