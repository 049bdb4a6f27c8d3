/* SPDX-License-Identifier: Apache-2.0 */
/* The key process's own filters, in a child that then does what it must not. */
#include "keys/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { UNCONFINED = 100, SURVIVED = 7 };
static char folder[] = "/tmp/hisn-confine-XXXXXX";
static char inside[64], outside[64], beside[64];

/* A child under the filter does `what`: its wait status. Exit code UNCONFINED: no filter here. */
static int under_filter(void (*what)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		struct err_note note = { "" };
		int err = keys_confine_user(NULL, &note);
		if (!err)
			err = keys_confine_calls();
		if (err)
			_exit(err > 0 || err == -EOPNOTSUPP ? UNCONFINED : 99);
		what();
		_exit(SURVIVED);
	}
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

static void killed(void (*what)(void))
{
	int status = under_filter(what);
	if (WIFEXITED(status) && WEXITSTATUS(status) == UNCONFINED)
		return; /* cmocka's skip() counts as failed in TAP */
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void open_network(void) { (void)!socket(AF_INET, SOCK_STREAM, 0); }
static void open_unix(void) { (void)!socket(AF_UNIX, SOCK_STREAM, 0); }
static void connect_out(void) { (void)!connect(0, NULL, 0); }
static void run_program(void) { (void)!execl("/bin/true", "true", (char *)NULL); }
static void spawn(void) { (void)!fork(); }
static void trace(void) { (void)!ptrace(PTRACE_TRACEME, 0, NULL, NULL); }
static void be_dumpable(void) { (void)!prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
static void executable_memory(void) { (void)!mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static void nothing(void) { }

static void filter_ends_who_opens_a_network_socket(void **state) { killed(open_network); }
static void filter_ends_who_opens_any_socket(void **state) { killed(open_unix); }
static void filter_ends_who_connects(void **state) { killed(connect_out); }
static void filter_ends_who_runs_a_program(void **state) { killed(run_program); }
static void filter_ends_who_forks(void **state) { killed(spawn); }
static void filter_ends_who_traces(void **state) { killed(trace); }
static void filter_ends_who_would_be_dumpable_again(void **state) { killed(be_dumpable); }
static void filter_ends_who_makes_memory_executable(void **state) { killed(executable_memory); }

static void filter_lets_the_rest_be(void **state)
{
	int status = under_filter(nothing);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == UNCONFINED)
		return;
	assert_int_equal(WEXITSTATUS(status), SURVIVED);
}

static pthread_barrier_t barrier;

static void *socket_later(void *arg)
{
	pthread_barrier_wait(&barrier);
	open_network();
	return NULL;
}

/* The workers are started before the filter: it must hold for them too. */
static void filter_holds_for_threads_that_ran_before(void **state)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct err_note note = { "" };
		pthread_t t;
		pthread_barrier_init(&barrier, NULL, 2);
		if (keys_confine_user(NULL, &note) || pthread_create(&t, NULL, socket_later, NULL))
			_exit(99);
		if (keys_confine_calls())
			_exit(UNCONFINED);
		pthread_barrier_wait(&barrier);
		pthread_join(t, NULL);
		_exit(SURVIVED);
	}
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == UNCONFINED)
		return;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static bool can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Bits of what went wrong. */
static int try_files(const char *const *folders)
{
	struct err_note note = { "" };
	if (keys_confine_user(NULL, &note))
		return 99;
	int err = keys_confine_files(folders, NULL, &note);
	if (err)
		return err == -EOPNOTSUPP ? UNCONFINED : 99;
	int wrong = can_open(inside, O_RDWR | O_CREAT) ? 0 : 1;
	wrong |= can_open("/etc/passwd", O_RDONLY) ? 2 : 0;
	wrong |= can_open(outside, O_WRONLY | O_CREAT) ? 4 : 0;
	wrong |= rename(inside, beside) ? 8 : 0; /* how the store is replaced */
	wrong |= can_open("/proc/self/mem", O_RDONLY) ? 16 : 0;
	return wrong;
}

static void files_are_only_those_of_the_folder(void **state)
{
	const char *const folders[] = { folder, NULL };
	pid_t pid = fork();
	if (pid == 0)
		_exit(try_files(folders));
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == UNCONFINED)
		return;
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void memory_is_never_dumped(void **state)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct err_note note = { "" };
		struct rlimit r;
		bool good = !keys_confine_memory(&note) && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
			getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_cur == 0 && r.rlim_max == 0;
		_exit(good ? 0 : 1);
	}
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void user_that_does_not_exist_is_said(void **state)
{
	struct err_note note = { "" };
	if (geteuid() != 0)
		return;
	pid_t pid = fork();
	if (pid == 0)
		_exit(keys_confine_user("no-such-user", &note) == ERR_CONFIG && strstr(note.text, "no-such-user") ? 0 : 1);
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void user_is_left_for_good(void **state)
{
	struct err_note note = { "" };
	if (geteuid() != 0)
		return;
	pid_t pid = fork();
	if (pid == 0)
		_exit(!keys_confine_user("nobody", &note) && geteuid() != 0 && getuid() != 0 && setuid(0) < 0 &&
				prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
			? 0 : 1);
	int status = -1;
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter_ends_who_opens_a_network_socket),
		cmocka_unit_test(filter_ends_who_opens_any_socket),
		cmocka_unit_test(filter_ends_who_connects),
		cmocka_unit_test(filter_ends_who_runs_a_program),
		cmocka_unit_test(filter_ends_who_forks),
		cmocka_unit_test(filter_ends_who_traces),
		cmocka_unit_test(filter_ends_who_would_be_dumpable_again),
		cmocka_unit_test(filter_ends_who_makes_memory_executable),
		cmocka_unit_test(filter_lets_the_rest_be),
		cmocka_unit_test(filter_holds_for_threads_that_ran_before),
		cmocka_unit_test(files_are_only_those_of_the_folder),
		cmocka_unit_test(memory_is_never_dumped),
		cmocka_unit_test(user_that_does_not_exist_is_said),
		cmocka_unit_test(user_is_left_for_good),
	};
	const struct rlimit none = { 0, 0 };
	if (!mkdtemp(folder) || setrlimit(RLIMIT_CORE, &none) < 0)
		return 2;
	(void)snprintf(inside, sizeof inside, "%s/a", folder);
	(void)snprintf(beside, sizeof beside, "%s/b", folder);
	(void)snprintf(outside, sizeof outside, "%s.outside", folder);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(inside);
	unlink(beside);
	unlink(outside);
	rmdir(folder);
	return failed;
}
