/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "guard/unbound_int.h"
#include "guard/upstream.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A private folder, an include file with one local name, and a process. */
struct stage {
	char folder[64], private[80], include[80], hints[80];
	struct event_base *base;
	struct unbound *u;
	struct err_note note;
	struct unbound_config config;
	int told, err;
	uint8_t address[4];
};

static struct stage st;

static void write_file(const char *path, const char *text)
{
	assert_int_equal(file_replace(path, text, strlen(text), 0644), 0);
}

static int open_stage(void **state)
{
	memset(&st, 0, sizeof st);
	(void)snprintf(st.folder, sizeof st.folder, "/tmp/hisn-unbound-XXXXXX");
	assert_non_null(mkdtemp(st.folder));
	(void)snprintf(st.private, sizeof st.private, "%s/private", st.folder);
	(void)snprintf(st.include, sizeof st.include, "%s/include.conf", st.folder);
	write_file(st.include, "server:\n\tlocal-zone: \"here.example.\" static\n"
			       "\tlocal-data: \"www.here.example. 60 IN A 192.0.2.7\"\n"
			       "\tdo-ip6: no\n\toutgoing-interface: 127.0.0.1\n");
	/* Nothing of a test leaves this machine: the "root servers" are on loopback, and silent. */
	(void)snprintf(st.hints, sizeof st.hints, "%s/hints", st.folder);
	write_file(st.hints, ". 60 IN NS a.root.example.\na.root.example. 60 IN A 127.83.83.83\n");
	st.base = event_base_new();
	st.config = (struct unbound_config){ .folder = st.private, .include = st.include,
		.root_hints = st.hints };
	return 0;
}

static int close_stage(void **state)
{
	unbound_free(st.u);
	event_base_free(st.base);
	static const char *const names[] = { "private/unbound.conf", "private/root.key",
		"private/root.key.origin", "private/unbound.pid", "private", "include.conf", "anchor",
		"dies", "hints", "" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[128];
		(void)snprintf(path, sizeof path, "%s/%s", st.folder, names[i]);
		(void)remove(path);
	}
	return 0;
}

static int start(void)
{
	return unbound_new(st.base, &st.config, &st.u, &st.note);
}

static void turn(unsigned ms)
{
	const struct timeval step = { .tv_usec = (int)ms * 1000 };
	event_base_loopexit(st.base, &step);
	event_base_dispatch(st.base);
	int status;
	pid_t pid = unbound_pid(st.u);
	if (pid && waitpid(pid, &status, WNOHANG) == pid)
		assert_true(unbound_reap(st.u, pid, status));
}

static void told(void *ctx, int err, struct bytes msg)
{
	st.told++;
	st.err = err;
	if (!err && msg.n > 16 && be16_get(msg.p + 6) == 1)
		memcpy(st.address, msg.p + msg.n - 11 - 4, 4); /* before an empty OPT */
}

/* Ask for the local name until there is an answer; milliseconds that it took. */
static int64_t ask(void)
{
	struct upstream_config c = { .nservers = 1, .first_timeout_ms = 20, .tries = 8 };
	c.server[0] = (struct upstream_server){ .address = { 127, 0, 0, 1 }, .len = 4,
		.port = unbound_port(st.u) };
	struct upstream *up = NULL;
	struct dns_name name;
	int64_t begin = clock_mono_ms();
	assert_int_equal(upstream_new(st.base, &c, &up), 0);
	assert_int_equal(dns_name_from_text("www.here.example", 16, &name), 0);
	st.told = 0;
	assert_int_equal(upstream_ask(up, &name, DNS_A, false, false, told, NULL), 0);
	while (!st.told && clock_mono_ms() - begin < 5000)
		turn(5);
	upstream_free(up);
	assert_int_equal(st.err, 0);
	assert_memory_equal(st.address, "\300\0\2\7", 4);
	return clock_mono_ms() - begin;
}

static void starts_and_answers(void **state)
{
	int err = start();
	if (err)
		print_message("# %s\n", err_say(&st.note, err));
	assert_int_equal(err, 0);
	assert_true(unbound_port(st.u) > 0 && unbound_pid(st.u) > 0);
	ask();
	struct stat s;
	assert_int_equal(stat(st.private, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0700);
	assert_int_equal(unbound_restarts(st.u), 0);
	pid_t pid = unbound_pid(st.u);
	assert_false(unbound_reap(st.u, pid + 1, 0));
	unbound_free(st.u);
	st.u = NULL;
	assert_true(kill(pid, 0) < 0 && errno == ESRCH);
}

static void killed_is_back_within_a_second(void **state)
{
	assert_int_equal(start(), 0);
	ask();
	uint16_t port = unbound_port(st.u);
	for (unsigned i = 1; i <= 2; i++) {
		pid_t pid = unbound_pid(st.u);
		kill(pid, SIGKILL);
		while (unbound_pid(st.u) == pid)
			turn(1);
		assert_true(ask() < 1000);
		assert_int_equal(unbound_restarts(st.u), i);
		assert_int_equal(unbound_port(st.u), port);
		assert_true(unbound_pid(st.u) != pid);
	}
}

static void one_that_keeps_dying_gets_pauses(void **state)
{
	char path[80];
	(void)snprintf(path, sizeof path, "%s/dies", st.folder);
	write_file(path, "#!/bin/sh\nexit 3\n");
	assert_int_equal(chmod(path, 0755), 0);
	st.config.program = path;
	assert_int_equal(start(), 0);
	int64_t end = clock_mono_ms() + 1500;
	while (clock_mono_ms() < end)
		turn(5);
	/* at once, then 50, 100, 200, 400, 800 ms */
	assert_in_range(unbound_restarts(st.u), 3, 6);
}

static void assert_fails(int want, const char *text)
{
	int err = start();
	assert_int_equal(err, want);
	assert_null(st.u);
	if (!strstr(st.note.text, text))
		print_message("# note: %s\n", st.note.text);
	assert_non_null(strstr(st.note.text, text));
	memset(&st.note, 0, sizeof st.note);
}

static void missing_program_is_explained(void **state)
{
	st.config.program = "/nonexistent/unbound";
	assert_fails(ERR_CHILD, "install the Debian package unbound");
	st.config.program = "no-such-program-here";
	assert_fails(ERR_CHILD, "install the Debian package unbound");
}

static void taken_port_is_explained(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	st.config.port = ntohs(at.sin_port);
	assert_fails(ERR_CHILD, "is taken by another program");
	close(fd);
	assert_int_equal(start(), 0);
	assert_int_equal(unbound_port(st.u), st.config.port);
}

static void missing_files_are_explained(void **state)
{
	st.config.trust_anchor = "/nonexistent/root.key";
	assert_fails(-ENOENT, "/nonexistent/root.key: the trust anchor");
	st.config.trust_anchor = NULL;
	st.config.root_hints = "/nonexistent/root.hints";
	assert_fails(-ENOENT, "/nonexistent/root.hints: the root servers'");
	st.config.root_hints = st.hints;
	st.config.include = "/nonexistent/include";
	assert_fails(-ENOENT, "/nonexistent/include: the settings");
	st.config.include = NULL;
	st.config.folder = "relative";
	assert_fails(ERR_CONFIG, "full path");
	st.config.folder = "/proc/nothing/can/be/made/here";
	assert_fails(-ENOENT, "/proc/nothing");
}

static void wrong_settings_are_explained(void **state)
{
	write_file(st.include, "server:\n\tno-such-setting: yes\n");
	assert_fails(ERR_CHILD, "include.conf:2: error: unknown keyword 'no-such-setting'");
	write_file(st.include, "server:\n\tmodule-config: \"nothing iterator\"\n");
	assert_fails(ERR_CHILD, "unbound's configuration is wrong: module_conf lists module 'nothing'");
}

static void hostile_forwards_are_refused(void **state)
{
	static const char *const bad[] = { "", "9.9.9.9\n\tlog-queries: yes", "9.9.9.9 # x", "\"9.9.9.9\"" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		st.config.forward = &bad[i];
		st.config.nforward = 1;
		assert_fails(ERR_CONFIG, "is no resolver's address");
	}
}

static void forwarding_with_tls_is_written(void **state)
{
	static const char *const to[] = { "192.0.2.53@853#dns.example", "2001:db8::53@853" };
	struct unbound_paths paths;
	st.config.forward = to;
	st.config.nforward = 2;
	st.config.forward_tls = true;
	char *text = NULL;
	assert_int_equal(unbound_paths_init(&paths, st.private, &st.note), 0);
	assert_int_equal(unbound_conf_text(&st.config, &paths, 5353, &text, &st.note), 0);
	assert_non_null(strstr(text, "forward-zone:\n\tname: \".\"\n\tforward-tls-upstream: yes\n"
				     "\tforward-addr: 192.0.2.53@853#dns.example\n"
				     "\tforward-addr: 2001:db8::53@853\n"));
	assert_non_null(strstr(text, "\tinterface: 127.0.0.1@5353\n"));
	assert_non_null(strstr(text, "\tverbosity: 0\n"));
	/* The operator's file has the last word. */
	const char *last = strstr(text, "include: ");
	assert_non_null(last);
	assert_null(strchr(strchr(last, '\n') + 1, '\n'));
	free(text);
	assert_int_equal(start(), 0); /* unbound-checkconf takes it */
}

static struct bytes slurp(const char *name)
{
	char path[128];
	struct bytes b = { 0 };
	(void)snprintf(path, sizeof path, "%s/%s", st.private, name);
	assert_int_equal(file_read(path, 65536, &b), 0);
	return b;
}

static void stop(void)
{
	unbound_free(st.u);
	st.u = NULL;
}

/* RFC 5011: what the process has learnt about the root's keys survives a start, unless the
 * system's own anchor is another than the one it began with. */
static void trust_anchor_is_kept(void **state)
{
	char anchor[80], key[100];
	(void)snprintf(anchor, sizeof anchor, "%s/anchor", st.folder);
	(void)snprintf(key, sizeof key, "%s/root.key", st.private);
	st.config.trust_anchor = anchor;
	static const char one[] = ". IN DS 20326 8 2 "
		"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n";
	static const char two[] = ". IN DS 38696 8 2 "
		"683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n";
	write_file(anchor, one);
	assert_int_equal(start(), 0);
	stop();
	static const char learnt[] = "; learnt\n. IN DS 38696 8 2 "
		"683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n";
	write_file(key, learnt);
	assert_int_equal(start(), 0);
	struct bytes b = slurp("root.key");
	assert_non_null(strstr((const char *)b.p, "38696"));
	free((void *)b.p);
	stop();
	write_file(key, learnt);
	write_file(anchor, one);
	write_file(anchor, two);
	assert_int_equal(start(), 0);
	b = slurp("root.key.origin");
	assert_string_equal((const char *)b.p, two);
	free((void *)b.p);
}

/* The descriptors of the process, counted by what they are to us. */
static bool holds(pid_t pid, const char *target)
{
	char folder[64];
	(void)snprintf(folder, sizeof folder, "/proc/%d/fd", pid);
	DIR *d = opendir(folder);
	assert_non_null(d);
	bool found = false;
	for (struct dirent *e; (e = readdir(d));) {
		char path[400], to[128] = { 0 };
		(void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		if (readlink(path, to, sizeof to - 1) > 0 && !strcmp(to, target))
			found = true;
	}
	closedir(d);
	return found;
}

static void other_descriptors_are_closed(void **state)
{
	int fds[2];
	char self[64], target[128] = { 0 };
	assert_int_equal(pipe(fds), 0); /* without O_CLOEXEC */
	(void)snprintf(self, sizeof self, "/proc/self/fd/%d", fds[0]);
	assert_true(readlink(self, target, sizeof target - 1) > 0);
	assert_int_equal(start(), 0);
	ask();
	assert_true(holds(getpid(), target));
	assert_false(holds(unbound_pid(st.u), target));
	assert_true(holds(unbound_pid(st.u), "/dev/null"));
	close(fds[0]);
	close(fds[1]);
}

static bool gone_within(pid_t pid, unsigned ms)
{
	for (unsigned i = 0; i < ms / 5; i++) {
		char path[64];
		struct bytes text;
		(void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
		if (file_read(path, 4096, &text))
			return true;
		bool zombie = strstr((const char *)text.p, ") Z ") != NULL; /* nobody reaps orphans here */
		free((void *)text.p);
		if (zombie)
			return true;
		(void)poll(NULL, 0, 5);
	}
	return false;
}

static void does_not_survive_us(void **state)
{
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	pid_t guard = fork();
	if (guard == 0) {
		int err = start();
		pid_t pid = err ? -1 : unbound_pid(st.u);
		if (write(fds[1], &pid, sizeof pid) != sizeof pid || err)
			_exit(1);
		for (;;)
			pause();
	}
	pid_t pid = -1;
	assert_int_equal(read(fds[0], &pid, sizeof pid), sizeof pid);
	bool ran = pid > 0 && kill(pid, 0) == 0;
	kill(guard, SIGKILL);
	assert_int_equal(waitpid(guard, NULL, 0), guard);
	assert_true(ran);
	assert_true(gone_within(pid, 3000));
	close(fds[0]);
	close(fds[1]);
}

static void log_passes_no_names(void **state)
{
	static const struct {
		const char *line, *told; /* NULL: not told at all; "": hidden */
	} cases[] = {
		{ "[1700000000] unbound[12:0] info: start of service", NULL },
		{ "[1700000000] unbound[12:0] notice: init module 0: validator", NULL },
		{ "[1700000000] unbound[12:0] error: can't bind socket: Address already in use for "
		  "127.0.0.1 port 5353",
			"error: can't bind socket: Address already in use for 127.0.0.1 port 5353" },
		{ "[1700000000] unbound[12:0] error: cannot open /var/lib/hisn/root.key: Permission denied",
			"error: cannot open /var/lib/hisn/root.key: Permission denied" },
		{ "[1700000000] unbound[12:0] fatal error: could not open ports",
			"fatal error: could not open ports" },
		{ "[1700000000] unbound[12:0] warning: did not exit gracefully last time (12)",
			"warning: did not exit gracefully last time (12)" },
		{ "[1700000000] unbound[12:0] error: SERVFAIL <www.child.example. A IN>: no reply", "" },
		{ "[1700000000] unbound[12:0] error: SERVFAIL <localhost A IN>: no reply", "" },
		{ "[1700000000] unbound[12:0] warning: bad answer for www.child.example.", "" },
		{ "[1700000000] unbound[12:0] warning: bad answer for 4.3.2.1.in-addr.arpa", "" },
		{ "[1700000000] unbound[12:0] info: resolving www.child.example. A IN, which is long "
		  "enough to end with error: x",
			NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool hidden;
		const char *text = unbound_log_text(cases[i].line, &hidden);
		if (!cases[i].told)
			assert_null(text);
		else if (!*cases[i].told)
			assert_true(text && hidden);
		else
			assert_string_equal(text, cases[i].told);
		if (text && *cases[i].told)
			assert_false(hidden);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(starts_and_answers, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(killed_is_back_within_a_second, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(one_that_keeps_dying_gets_pauses, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(missing_program_is_explained, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(taken_port_is_explained, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(missing_files_are_explained, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(wrong_settings_are_explained, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(hostile_forwards_are_refused, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(forwarding_with_tls_is_written, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(trust_anchor_is_kept, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(other_descriptors_are_closed, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(does_not_survive_us, open_stage, close_stage),
		cmocka_unit_test(log_passes_no_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
