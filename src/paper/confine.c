/* SPDX-License-Identifier: Apache-2.0 */
#include "paper/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static int limits(struct err_note *note)
{
	static const struct { __rlimit_resource_t what; rlim_t max; } set[] = { { RLIMIT_CORE, 0 }, { RLIMIT_CPU, 20 },
		{ RLIMIT_FSIZE, 16 << 20 }, { RLIMIT_NOFILE, 64 }, { RLIMIT_AS, (rlim_t)1 << 30 } };
	for (size_t i = 0; i < ARRAY_LEN(set); i++) {
		const struct rlimit r = { set[i].max, set[i].max };
		if (set[i].what == RLIMIT_AS && SANITIZED)
			continue; /* its shadow is larger */
		if (setrlimit(set[i].what, &r) < 0)
			return err_set(note, -errno, "limits: %s", strerror(errno));
	}
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(note, -errno, "privileges: %s", strerror(errno));
	return 0;
}

/* --- Landlock: all that its first version knows is taken away, reading fonts is given back --- */

static int allow(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr a = { .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR };
	a.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (a.parent_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	int err = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &a, 0) < 0 ? -errno : 0;
	close(a.parent_fd);
	return err;
}

static int files(struct err_note *note)
{
	static const char *const fonts[] = { "/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts", "/usr/share/fontconfig",
		"/var/cache/fontconfig" };
	const struct landlock_ruleset_attr all = { .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
		return 0; /* seccomp alone: files can be opened for reading only */
	int fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0), err = fd < 0 ? -errno : 0;
	for (size_t i = 0; i < ARRAY_LEN(fonts) && !err; i++)
		err = allow(fd, fonts[i]);
	if (!err && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err ? err_set(note, err, "Landlock: %s", err_text(err)) : 0;
}

/* --- seccomp --- */

static const int calls[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
	SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(getdents64),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(getcwd), SCMP_SYS(fadvise64),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(restart_syscall), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static int add_calls(scmp_filter_ctx f)
{
	const struct scmp_arg_cmp reading = SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
	const struct scmp_arg_cmp plain = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int err = 0;
	for (size_t i = 0; i < ARRAY_LEN(calls) && !err; i++)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, reading);
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, F_SETFD));
	/* Pango looks for fonts in threads: these, and no process. clone3 hides its flags in memory; told that there
	 * is none, libc takes clone. */
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, plain);
	return err ? err : seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, plain);
}

static int filter(struct err_note *note)
{
	if (SANITIZED)
		return 0;
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int err = f ? seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1) : -EOPNOTSUPP;
	if (!err)
		err = add_calls(f);
	if (!err)
		err = seccomp_load(f);
	if (f)
		seccomp_release(f);
	return err ? err_set(note, err, "seccomp: %s", err_text(err)) : 0;
}

int paper_confine(struct err_note *note)
{
	int err = limits(note);
	if (!err)
		err = files(note);
	return err ? err : filter(note);
}
