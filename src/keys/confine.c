/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int keys_confine_memory(struct err_note *note)
{
	const struct rlimit none = { 0, 0 }, all = { RLIM_INFINITY, RLIM_INFINITY };
	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(note, -errno, "forbidding core files: %s", strerror(errno));
	if (geteuid() == 0)
		(void)!setrlimit(RLIMIT_MEMLOCK, &all); /* keys_confine_lock says if it did not help */
	return 0;
}

bool keys_confine_lock(void)
{
	struct rlimit r;
	/* With a limit, MCL_FUTURE would make Argon2id's 256 MiB fail instead of stay unlocked. */
	if (getrlimit(RLIMIT_MEMLOCK, &r) < 0 || r.rlim_cur != RLIM_INFINITY)
		return false;
	return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

int keys_confine_user(const char *user, struct err_note *note)
{
	const struct passwd *pw = NULL;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(note, -errno, "no_new_privs: %s", strerror(errno));
	if (user && geteuid() == 0) {
		pw = getpwnam(user);
		if (!pw)
			return err_set(note, ERR_CONFIG, "user '%s' does not exist; make it or change --user", user);
		if (setgroups(0, NULL) < 0 || setgid(pw->pw_gid) < 0 || setuid(pw->pw_uid) < 0)
			return err_set(note, -errno, "becoming user '%s': %s", user, strerror(errno));
		if (pw->pw_uid && setuid(0) == 0)
			return err_set(note, -EPERM, "user '%s' could become root again", user);
	}
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS) && geteuid() == 0)
		return err_set(note, -EPERM, "capabilities could not be dropped");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) /* a change of user undoes it */
		return -errno;
	return 0;
}

/* --- Landlock --- */

/* Later than the headers of Debian 12; the kernel takes as much of it as its ABI knows. */
struct ruleset {
	uint64_t files, net, scoped;
};

enum {
	LL_TRUNCATE = 1 << 14,  /* ABI 3 */
	LL_IOCTL_DEV = 1 << 15, /* ABI 5 */
	LL_TCP = 3,             /* ABI 4: bind, connect */
	LL_SCOPED = 3,          /* ABI 6: abstract sockets, signals */
};

static int add_folder(int ruleset, const char *path, uint64_t allow)
{
	struct landlock_path_beneath_attr a = { .allowed_access = allow };
	a.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (a.parent_fd < 0)
		return -errno;
	int err = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &a, 0) < 0 ? -errno : 0;
	close(a.parent_fd);
	return err;
}

static struct ruleset ruleset_for(long abi)
{
	struct ruleset r = { .files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 }; /* ABI 1: thirteen */
	r.files |= abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
	r.files |= abi >= 3 ? LL_TRUNCATE : 0;
	r.files |= abi >= 5 ? LL_IOCTL_DEV : 0;
	r.net = abi >= 4 ? LL_TCP : 0;
	r.scoped = abi >= 6 ? LL_SCOPED : 0;
	return r;
}

int keys_confine_files(const char *const *folders, const char *remove, struct err_note *note)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return -EOPNOTSUPP;
	const struct ruleset r = ruleset_for(abi);
	const uint64_t change = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
		LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LL_TRUNCATE;
	size_t size = abi >= 6 ? sizeof r : abi >= 4 ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, net);
	int fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (fd < 0)
		return err_set(note, -errno, "Landlock: %s", strerror(errno));
	int err = 0;
	for (; !err && *folders; folders++) {
		err = add_folder(fd, *folders, change & r.files);
		if (err)
			(void)err_set(note, err, "%s: %s", *folders, err_text(err));
	}
	if (!err && remove)
		err = add_folder(fd, remove, LANDLOCK_ACCESS_FS_REMOVE_FILE);
	if (!err && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		err = err_set(note, -errno, "Landlock: %s", strerror(errno));
	close(fd);
	return err;
}

/* --- seccomp --- */

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

static const int calls[] = {
	/* connections that come; none that go */
	SCMP_SYS(accept4), SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(shutdown), SCMP_SYS(getsockopt), SCMP_SYS(close),
	/* the store and its backup, where Landlock lets it */
	SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(lseek), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(fchmod), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(rename),
	SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(ftruncate),
	SCMP_SYS(flock), SCMP_SYS(fcntl),
	/* memory */
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(mlock2),
	SCMP_SYS(munlock), SCMP_SYS(brk), SCMP_SYS(sysinfo),
	/* threads that run already, time, chance, the end */
	SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday),
	SCMP_SYS(getrandom), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(restart_syscall), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static int add_calls(scmp_filter_ctx f)
{
	int err = 0;
	for (size_t i = 0; i < ARRAY_LEN(calls) && !err; i++)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
	/* Memory, but never to be executed. */
	const struct scmp_arg_cmp plain = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, plain);
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, plain);
	return err;
}

int keys_confine_calls(void)
{
	if (SANITIZED)
		return 1;
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!f)
		return -EOPNOTSUPP;
	int err = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!err)
		err = add_calls(f);
	if (!err)
		err = seccomp_load(f);
	seccomp_release(f);
	return err;
}
