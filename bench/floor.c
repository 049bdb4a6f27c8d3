/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: what the kernel alone costs. A one-thread UDP server that sets QR and sends the packet back,
 * with the batching the guard has (one blocking recvmmsg, one sendmmsg, 64 at a time).
 *
 *   floor PORT            on 127.0.0.1 */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

enum { BATCH = 64, ROW = 512 };

static unsigned char row[BATCH][ROW];
static struct sockaddr_in from[BATCH];
static struct iovec iov[BATCH];
static struct mmsghdr message[BATCH];

static int open_socket(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ? -1 : fd;
}

static void send_all(int fd, int n)
{
	for (int done = 0; done < n;) {
		int sent = sendmmsg(fd, message + done, (unsigned)(n - done), 0);
		if (sent <= 0)
			return;
		done += sent;
	}
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open_socket((unsigned)strtoul(argv[1], NULL, 10)) : -1;
	if (fd < 0)
		return fprintf(stderr, "usage: floor PORT (free on 127.0.0.1)\n"), 2;
	for (int i = 0; i < BATCH; i++) {
		iov[i].iov_base = row[i];
		message[i].msg_hdr = (struct msghdr){ .msg_name = &from[i], .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	for (;;) {
		for (int i = 0; i < BATCH; i++) {
			iov[i].iov_len = ROW;
			message[i].msg_hdr.msg_namelen = sizeof from[i];
		}
		int n = recvmmsg(fd, message, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++) {
			row[i][2] |= 0x80;
			iov[i].iov_len = message[i].msg_len;
		}
		send_all(fd, n);
	}
}
