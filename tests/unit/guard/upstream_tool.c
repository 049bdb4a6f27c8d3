/* SPDX-License-Identifier: Apache-2.0 */
/* For flow tests and measuring: questions through the private unbound and the forwarder.
 *
 *   upstream-tool FOLDER PORT ANCHOR HINTS INCLUDE
 *     then lines on stdin, each answered by one on stdout:
 *       ask NAME TYPE [do] [cd]   -> err=0 rcode=0 ad=1 tc=0 answers=1 ede=-1 size=80 ms=2 addresses=...
 *       pid                       -> pid=123 restarts=0
 *       stats                     -> asked=1 answered=1 timeouts=0 retries=0 tcp=0 mismatched=0
 *
 *   upstream-tool bench QUESTIONS WINDOW
 *     against a process of its own that answers as fast as it can: CPU time of this process alone.
 */
#include "base/clock.h"
#include "base/log.h"
#include "dns/reply.h"
#include "guard/unbound.h"
#include "guard/upstream.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct event_base *base;
static struct unbound *ub;
static struct upstream *up;

static int64_t asked_at;

static void print_answer(void *ctx, int err, struct bytes msg)
{
	struct dns_reply r = { .ede = DNS_EDE_NONE };
	if (!err)
		err = dns_reply_parse(msg, &r);
	printf("err=%d rcode=%u ad=%d tc=%d answers=%u ede=%d size=%zu ms=%lld addresses=", err, r.rcode,
		!!(r.flags & DNS_AD), !!(r.flags & DNS_TC), r.ancount, r.ede, msg.n,
		(long long)(clock_mono_ms() - asked_at));
	for (unsigned i = 0; i < r.naddress; i++) {
		char text[INET6_ADDRSTRLEN];
		printf("%s%s", i ? "," : "", inet_ntop(r.address[i].len == 4 ? AF_INET : AF_INET6,
			r.address[i].b, text, sizeof text));
	}
	printf("\n");
	fflush(stdout);
}

static void run_ask(const char *args)
{
	char name[256] = "";
	unsigned type = 0;
	struct dns_name n;
	asked_at = clock_mono_ms();
	if (sscanf(args, "%255s %u", name, &type) != 2 || dns_name_from_text(name, strlen(name), &n)) {
		printf("what?\n");
		return;
	}
	int err = upstream_ask(up, &n, (uint16_t)type, strstr(args, " do"), strstr(args, " cd"),
		print_answer, NULL);
	if (err)
		print_answer(NULL, err, (struct bytes){ 0 });
}

static void run_line(const char *line)
{
	struct upstream_stats s;
	upstream_stats(up, &s);
	if (!strncmp(line, "ask ", 4))
		run_ask(line + 4);
	else if (!strcmp(line, "pid"))
		printf("pid=%d restarts=%u\n", unbound_pid(ub), unbound_restarts(ub));
	else if (!strcmp(line, "stats"))
		printf("asked=%llu answered=%llu timeouts=%llu retries=%llu tcp=%llu mismatched=%llu\n",
			(unsigned long long)s.asked, (unsigned long long)s.answered,
			(unsigned long long)s.timeouts, (unsigned long long)s.retries,
			(unsigned long long)s.tcp, (unsigned long long)s.mismatched);
	else
		printf("what?\n");
	fflush(stdout);
}

static void on_input(int fd, short what, void *ctx)
{
	static char buf[4096];
	static size_t n;
	ssize_t r = read(fd, buf + n, sizeof buf - 1 - n);
	if (r <= 0) {
		event_base_loopbreak(base);
		return;
	}
	n += (size_t)r;
	buf[n] = 0;
	for (char *end; (end = strchr(buf, '\n'));) {
		*end = 0;
		run_line(buf);
		n -= (size_t)(end + 1 - buf);
		memmove(buf, end + 1, n + 1);
	}
}

static void on_child(int fd, short what, void *ctx)
{
	int status;
	pid_t pid = unbound_pid(ub);
	if (pid && waitpid(pid, &status, WNOHANG) == pid)
		(void)unbound_reap(ub, pid, status);
}

static void on_end(int fd, short what, void *ctx)
{
	event_base_loopbreak(base);
}

static const char *given(const char *s)
{
	return *s ? s : NULL;
}

static int run_private(char **argv)
{
	struct err_note note = { 0 };
	const struct unbound_config c = { .folder = argv[1],
		.port = (uint16_t)strtoul(argv[2], NULL, 10), .trust_anchor = given(argv[3]),
		.root_hints = given(argv[4]), .include = given(argv[5]) };
	int err = unbound_new(base, &c, &ub, &note);
	if (err) {
		log_error("%s", err_say(&note, err));
		return 1;
	}
	struct upstream_config to = { .nservers = 1 };
	to.server[0] = (struct upstream_server){ .address = { 127, 0, 0, 1 }, .len = 4,
		.port = unbound_port(ub), .trusted = true };
	err = upstream_new(base, &to, &up);
	if (err) {
		log_error("%s", err_text(err));
		return 1;
	}
	struct event *input = event_new(base, 0, EV_READ | EV_PERSIST, on_input, NULL);
	struct event *child = evsignal_new(base, SIGCHLD, on_child, NULL);
	struct event *term = evsignal_new(base, SIGTERM, on_end, NULL);
	event_add(input, NULL);
	event_add(child, NULL);
	event_add(term, NULL);
	event_base_dispatch(base);
	event_free(input);
	event_free(child);
	event_free(term);
	upstream_free(up);
	unbound_free(ub);
	return 0;
}

/* Turns each query into a response with one address, in batches. */
static void answer_all(int fd)
{
	enum { N = 64 };
	static uint8_t room[N][512];
	static struct sockaddr_in from[N];
	static struct mmsghdr m[N];
	static struct iovec iov[N];
	static const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1 };
	for (;;) {
		for (int i = 0; i < N; i++) {
			iov[i] = (struct iovec){ room[i], sizeof room[i] };
			m[i].msg_hdr = (struct msghdr){ .msg_name = &from[i], .msg_namelen = sizeof from[i],
				.msg_iov = &iov[i], .msg_iovlen = 1 };
		}
		int n = recvmmsg(fd, m, N, MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++) {
			size_t end = m[i].msg_len - 11; /* the OPT */
			be16_put(room[i] + 2, DNS_QR | DNS_RD | DNS_RA);
			be16_put(room[i] + 6, 1);
			be16_put(room[i] + 10, 0);
			memcpy(room[i] + end, record, sizeof record);
			iov[i].iov_len = end + sizeof record;
		}
		for (int sent = 0; sent < n;) {
			int r = sendmmsg(fd, m + sent, (unsigned)(n - sent), 0);
			sent += r > 0 ? r : 1;
		}
	}
}

static unsigned left, under_way, bad;

static void count_answer(void *ctx, int err, struct bytes msg)
{
	under_way--;
	bad += err != 0;
}

static void fill(unsigned window)
{
	struct dns_name n;
	while (left && under_way < window) {
		char name[32];
		int len = snprintf(name, sizeof name, "n%u.example", left);
		if (dns_name_from_text(name, (size_t)len, &n) ||
			upstream_ask(up, &n, DNS_A, true, false, count_answer, NULL))
			return;
		left--;
		under_way++;
	}
}

static double cpu_seconds(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
		(double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static int run_bench(unsigned questions, unsigned window)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || getsockname(fd, (struct sockaddr *)&at, &n))
		return 1;
	pid_t child = fork();
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		answer_all(fd);
	}
	close(fd);
	struct upstream_config to = { .nservers = 1 };
	to.server[0] = (struct upstream_server){ .address = { 127, 0, 0, 1 }, .len = 4,
		.port = ntohs(at.sin_port) };
	if (upstream_new(base, &to, &up))
		return 1;
	left = questions;
	double cpu = cpu_seconds();
	int64_t start = clock_mono_ms();
	while (left || under_way) {
		fill(window);
		event_base_loop(base, EVLOOP_ONCE);
	}
	cpu = cpu_seconds() - cpu;
	struct upstream_stats s;
	upstream_stats(up, &s);
	printf("%u questions, %u failed, %llu sent again, %lld ms; CPU %.2f us a question, %.0f a second "
	       "of one core\n", questions, bad, (unsigned long long)s.retries,
		(long long)(clock_mono_ms() - start), cpu / questions * 1e6, questions / cpu);
	upstream_free(up);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}

int main(int argc, char **argv)
{
	log_open("upstream-tool", LOG_LEVEL_INFO);
	base = event_base_new();
	if (!base)
		return 1;
	int code = 2;
	if (argc == 4 && !strcmp(argv[1], "bench"))
		code = run_bench((unsigned)strtoul(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10));
	else if (argc == 6)
		code = run_private(argv);
	else
		fprintf(stderr, "usage: upstream-tool FOLDER PORT ANCHOR HINTS INCLUDE\n"
				"       upstream-tool bench QUESTIONS WINDOW\n");
	event_base_free(base);
	return code;
}
