/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Sockets that listen. */

#include "base/err.h"

struct web_socket {
	int fd;
	unsigned port; /* 0: a Unix socket */
	char *path;    /* of a Unix socket, from malloc; else NULL */
};

/* "127.0.0.1@8080", "::1@8080" (port 0: the kernel chooses), "unix:/path" (mode 0660; one that nobody
 * listens on any more is replaced). ERR_CONFIG, errno values. */
must_use int web_listen(const char *at, struct web_socket *ret, struct err_note *note);
