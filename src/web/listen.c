/* SPDX-License-Identifier: Apache-2.0 */
#include "web/listen.h"

#include "base/bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static bool parse(const char *at, union address *ret, socklen_t *ret_n)
{
	const char *sign = strrchr(at, '@');
	char host[INET6_ADDRSTRLEN], *end;
	if (!sign || (size_t)(sign - at) >= sizeof host || sign[1] < '0' || sign[1] > '9')
		return false;
	unsigned long port = strtoul(sign + 1, &end, 10);
	if (*end || port > 65535)
		return false;
	memcpy(host, at, (size_t)(sign - at));
	host[sign - at] = 0;
	memset(ret, 0, sizeof *ret);
	if (inet_pton(AF_INET, host, &ret->in.sin_addr) == 1) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = htons((uint16_t)port);
		*ret_n = sizeof ret->in;
		return true;
	}
	if (inet_pton(AF_INET6, host, &ret->in6.sin6_addr) != 1)
		return false;
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = htons((uint16_t)port);
	*ret_n = sizeof ret->in6;
	return true;
}

/* Removes a socket file that a crash left behind; one that answers stays. */
static void clear_stale(const union address *a, socklen_t n)
{
	struct stat s;
	if (lstat(a->un.sun_path, &s) != 0 || !S_ISSOCK(s.st_mode))
		return;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, &a->sa, n) != 0 && errno == ECONNREFUSED)
		unlink(a->un.sun_path);
	if (fd >= 0)
		close(fd);
}

static int open_at(const union address *a, socklen_t n, struct web_socket *ret)
{
	int family = a->sa.sa_family, one = 1, err = 0;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (family == AF_UNIX)
		clear_stale(a, n);
	else
		err = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (!err && family == AF_INET6)
		err = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (!err)
		err = bind(fd, &a->sa, n);
	if (!err && family == AF_UNIX)
		err = chmod(a->un.sun_path, 0660);
	if (!err)
		err = listen(fd, BACKLOG);
	union address got;
	socklen_t len = sizeof got;
	if (!err && family != AF_UNIX)
		err = getsockname(fd, &got.sa, &len);
	if (err) {
		err = -errno;
		close(fd);
		return err;
	}
	ret->fd = fd;
	ret->port = family == AF_UNIX ? 0 : ntohs(family == AF_INET ? got.in.sin_port : got.in6.sin6_port);
	return 0;
}

int web_listen(const char *at, struct web_socket *ret, struct err_note *note)
{
	union address a = { 0 };
	struct web_socket s = { .fd = -1 };
	socklen_t n = sizeof a.un;
	bool is_path = strncmp(at, "unix:", 5) == 0;
	if (is_path) {
		const char *path = at + 5;
		if (*path != '/' || strlen(path) >= sizeof a.un.sun_path)
			return err_set(note, ERR_CONFIG, "%s: not an absolute path of at most %zu bytes", at, sizeof a.un.sun_path - 1);
		a.un.sun_family = AF_UNIX;
		memcpy(a.un.sun_path, path, strlen(path) + 1);
	} else if (!parse(at, &a, &n)) {
		return err_set(note, ERR_CONFIG, "%s: not ADDRESS@PORT or unix:/path", at);
	}
	int err = open_at(&a, n, &s);
	if (err)
		return err_set(note, err, "%s: cannot listen: %s", at, strerror(-err));
	if (is_path && !(s.path = strdup(at + 5))) {
		close(s.fd);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}
