/* SPDX-License-Identifier: Apache-2.0 */
/* A load generator that needs less than what it measures. To 127.0.0.1 only; ends by itself.
 *
 *   load PORT FILE SECONDS              as fast as answers come: 8 sockets, 64 queries in flight each
 *   load PORT FILE SECONDS RATE         RATE queries a second; also tells the slowest answer
 *
 * FILE: lines "name TYPE" (A or AAAA), asked in order, from the top again at its end. Prints
 *   answered N sent N lost N qps N nxdomain N servfail N slowest_ms N */
#include "base/clock.h"
#include "dns/writer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

enum { SOCKETS = 8, WINDOW = 64, BATCH = 32, QUERIES = 1 << 20, LOST_MS = 500, PATIENCE_MS = 5000 };

struct side {
	int fd, flying;
	int64_t last_ns;
};

static uint8_t *bytes;
static uint32_t *at;
static unsigned nqueries, next;
static struct side side[SOCKETS];
static int64_t sent_at[65536];
static uint64_t sent, answered, lost, nxdomain, servfail;
static double slowest_ms;

static bool load_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[512];
	bytes = malloc((size_t)QUERIES * 300);
	at = calloc(QUERIES + 1, sizeof *at);
	while (f && bytes && at && nqueries < QUERIES && fgets(line, sizeof line, f)) {
		struct dns_name name;
		struct dns_writer w;
		size_t n = strcspn(line, " \n");
		bool six = !strncmp(line + n, " AAAA", 5);
		if (dns_name_from_text(line, n, &name))
			continue;
		dns_writer_query(&w, bytes + at[nqueries], 300, 0, DNS_RD, &name, six ? DNS_AAAA : DNS_A);
		at[nqueries + 1] = at[nqueries] + (uint32_t)dns_writer_finish(&w);
		nqueries++;
	}
	if (f)
		fclose(f);
	return nqueries > 0;
}

static bool open_sides(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < SOCKETS; i++) {
		int size = 4 << 20;
		side[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		setsockopt(side[i].fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
		setsockopt(side[i].fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
		if (side[i].fd < 0 || connect(side[i].fd, (struct sockaddr *)&a, sizeof a) < 0)
			return false;
		side[i].last_ns = clock_mono_ns();
	}
	return true;
}

static void note_answer(const uint8_t *p, int64_t now)
{
	uint16_t id = be16_get(p);
	double ms = (double)(now - sent_at[id]) / 1e6;
	answered++;
	nxdomain += (p[3] & 15) == DNS_NXDOMAIN;
	servfail += (p[3] & 15) == DNS_SERVFAIL;
	if (sent_at[id] && ms > slowest_ms)
		slowest_ms = ms;
	sent_at[id] = 0;
}

static bool receive(struct side *s)
{
	static uint8_t buf[BATCH][1500];
	static struct iovec iov[BATCH];
	static struct mmsghdr m[BATCH];
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ buf[i], sizeof buf[i] };
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	int n = recvmmsg(s->fd, m, BATCH, 0, NULL);
	int64_t now = clock_mono_ns();
	for (int i = 0; i < n; i++)
		if (m[i].msg_len >= DNS_HEADER)
			note_answer(buf[i], now);
	if (n > 0) {
		s->flying -= MIN(n, s->flying);
		s->last_ns = now;
	} else if (s->flying && now - s->last_ns > LOST_MS * 1000000ll) {
		lost += (uint64_t)s->flying;
		s->flying = 0;
		s->last_ns = now;
	}
	return n > 0;
}

static void transmit(struct side *s, int n)
{
	static struct iovec iov[BATCH];
	static struct mmsghdr m[BATCH];
	int64_t now = clock_mono_ns();
	for (int i = 0; i < n; i++, next = (next + 1) % nqueries) {
		uint8_t *q = bytes + at[next];
		be16_put(q, (uint16_t)(sent + (unsigned)i));
		sent_at[(uint16_t)(sent + (unsigned)i)] = now;
		iov[i] = (struct iovec){ q, at[next + 1] - at[next] };
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	int done = sendmmsg(s->fd, m, (unsigned)n, 0);
	if (done > 0) {
		sent += (uint64_t)done;
		s->flying += done;
	}
}

static void pause_for(int ms)
{
	struct pollfd p[SOCKETS];
	for (int i = 0; i < SOCKETS; i++)
		p[i] = (struct pollfd){ .fd = side[i].fd, .events = POLLIN };
	(void)poll(p, SOCKETS, ms);
}

static void saturate(int64_t end)
{
	while (clock_mono_ns() < end) {
		bool busy = false;
		for (int i = 0; i < SOCKETS; i++) {
			busy |= receive(&side[i]);
			int room = MIN(WINDOW - side[i].flying, (int)BATCH);
			if (room >= BATCH / 2) {
				transmit(&side[i], room);
				busy = true;
			}
		}
		if (!busy)
			pause_for(1);
	}
}

static void steady(int64_t start, int64_t end, double rate)
{
	int64_t now;
	while ((now = clock_mono_ns()) < end) {
		uint64_t due = (uint64_t)((double)(now - start) / 1e9 * rate);
		if (sent < due)
			transmit(&side[sent % SOCKETS], (int)MIN(due - sent, (uint64_t)BATCH));
		for (int i = 0; i < SOCKETS; i++)
			(void)receive(&side[i]);
		pause_for(1);
	}
	for (int64_t last = end + PATIENCE_MS * 1000000ll; answered < sent && clock_mono_ns() < last; pause_for(1))
		for (int i = 0; i < SOCKETS; i++)
			(void)receive(&side[i]);
	lost = sent - answered;
}

int main(int argc, char **argv)
{
	if (argc < 4 || !load_file(argv[2]) || !open_sides((unsigned)strtoul(argv[1], NULL, 10)))
		return fprintf(stderr, "usage: load PORT FILE SECONDS [RATE]\n"), 2;
	int64_t start = clock_mono_ns(), end = start + (int64_t)(strtod(argv[3], NULL) * 1e9);
	if (argc > 4)
		steady(start, end, strtod(argv[4], NULL));
	else
		saturate(end);
	double seconds = (double)(clock_mono_ns() - start) / 1e9;
	printf("answered %llu sent %llu lost %llu qps %.0f nxdomain %llu servfail %llu slowest_ms %.2f\n",
		(unsigned long long)answered, (unsigned long long)sent, (unsigned long long)lost,
		(double)answered / seconds, (unsigned long long)nxdomain, (unsigned long long)servfail, slowest_ms);
	return 0;
}
