/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/listen.h"

#include "keys/host.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 128 };

static int give(const struct keys_serve_config *c, const char *path)
{
	if (geteuid() != 0)
		return 0;
	const struct passwd *pw = c->user ? getpwnam(c->user) : NULL;
	uid_t uid = pw ? pw->pw_uid : (uid_t)-1;
	pw = c->npeers ? getpwnam(c->peers[0]) : pw;
	gid_t gid = pw ? pw->pw_gid : (gid_t)-1;
	return lchown(path, uid, gid) < 0 ? -errno : 0;
}

static int make_folder(const struct keys_serve_config *c, struct err_note *note)
{
	char folder[PATH_MAX];
	struct stat st;
	int err = keys_host_folder_of(c->socket, folder);
	if (err)
		return err;
	if (mkdir(folder, 0750) == 0)
		err = give(c, folder);
	else if (errno != EEXIST)
		err = -errno;
	if (!err && stat(folder, &st) < 0)
		err = -errno;
	if (err)
		return err_set(note, err, "%s: %s", folder, err_text(err));
	if (st.st_mode & S_IWOTH)
		return err_set(note, ERR_REFUSED, "%s: everybody may write here, and so put another socket in this one's "
			"place; choose a folder of its own", folder);
	return 0;
}

/* Does something answer there? Otherwise what is left of it goes. */
static int clear(const struct sockaddr_un *sa)
{
	struct stat st;
	if (lstat(sa->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int err = connect(fd, (const struct sockaddr *)sa, sizeof *sa) == 0 || errno == EAGAIN ? -EADDRINUSE : 0;
	close(fd);
	if (!err && unlink(sa->sun_path) < 0)
		err = -errno;
	return err;
}

static int bind_socket(int fd, const struct sockaddr_un *sa)
{
	/* From its first moment on; no other thread makes files yet. */
	mode_t mask = umask(S_IRWXO | S_IXUSR | S_IXGRP);
	int err = bind(fd, (const struct sockaddr *)sa, sizeof *sa) < 0 ? -errno : 0;
	umask(mask);
	return err;
}

int keys_listen(const struct keys_serve_config *c, int *ret_fd, struct err_note *note)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t n = strlen(c->socket);
	if (!n || n >= sizeof sa.sun_path)
		return err_set(note, -ENAMETOOLONG, "%s: a socket's path has at most %zu characters", c->socket,
			sizeof sa.sun_path - 1);
	memcpy(sa.sun_path, c->socket, n);
	int err = make_folder(c, note);
	if (err)
		return err;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	err = fd < 0 ? -errno : clear(&sa);
	if (!err)
		err = bind_socket(fd, &sa);
	if (!err)
		err = give(c, c->socket);
	if (!err && listen(fd, BACKLOG) < 0)
		err = -errno;
	if (err) {
		if (fd >= 0)
			close(fd);
		return err_set(note, err, "%s: %s", c->socket, err_text(err));
	}
	*ret_fd = fd;
	return 0;
}
