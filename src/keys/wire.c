/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/wire.h"

#include "base/clock.h"
#include "keys/proto.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>

static int wait_for(int fd, short what, int64_t until_ms)
{
	struct pollfd p = { .fd = fd, .events = what };
	for (;;) {
		int64_t left = until_ms - clock_mono_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		int n = poll(&p, 1, (int)MIN(left, (int64_t)INT_MAX));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

int wire_send(int fd, const uint8_t *p, size_t n, int64_t until_ms, size_t *ret_done)
{
	size_t done = 0;
	int err = 0;
	while (done < n && !err) {
		ssize_t w = send(fd, p + done, n - done, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (w >= 0)
			done += (size_t)w;
		else if (errno == EAGAIN)
			err = wait_for(fd, POLLOUT, until_ms);
		else if (errno != EINTR)
			err = -errno;
	}
	*ret_done = done;
	return err;
}

int wire_receive(int fd, uint8_t *p, size_t n, int64_t until_ms, size_t *ret_done)
{
	size_t done = 0;
	int err = 0;
	while (done < n && !err) {
		ssize_t r = recv(fd, p + done, n - done, MSG_DONTWAIT);
		if (r > 0)
			done += (size_t)r;
		else if (r == 0)
			err = -EPIPE;
		else if (errno == EAGAIN)
			err = wait_for(fd, POLLIN, until_ms);
		else if (errno != EINTR)
			err = -errno;
	}
	*ret_done = done;
	return err;
}

int wire_frame(int fd, uint8_t *buf, int64_t first_ms, int64_t rest_ms, struct bytes *ret, bool *ret_begun)
{
	size_t done = 0;
	*ret_begun = false;
	int err = wait_for(fd, POLLIN, first_ms);
	if (err)
		return err;
	int64_t until = clock_mono_ms() + rest_ms;
	err = wire_receive(fd, buf, 4, until, &done);
	*ret_begun = done > 0;
	if (err)
		return err;
	uint32_t n = le32_get(buf);
	if (!n || n > KEYS_FRAME_MAX)
		return ERR_MALFORMED;
	err = wire_receive(fd, buf + 4, n, until, &done);
	if (!err)
		*ret = bytes_of(buf + 4, n);
	return err;
}
