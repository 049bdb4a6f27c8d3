/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/privileges.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The folder and the files in it, one level deep; links are not followed. */
static int give(const char *folder, uid_t uid, gid_t gid)
{
	DIR *d = opendir(folder);
	if (!d)
		return errno == ENOENT ? 0 : -errno;
	int err = fchown(dirfd(d), uid, gid) < 0 ? -errno : 0;
	for (struct dirent *e; !err && (e = readdir(d));)
		if (e->d_name[0] != '.' && fchownat(dirfd(d), e->d_name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
			err = -errno;
	closedir(d);
	return err;
}

static int become(const struct passwd *pw)
{
	if (setgroups(0, NULL) < 0 || setgid(pw->pw_gid) < 0 || setuid(pw->pw_uid) < 0)
		return -errno;
	return setuid(0) == 0 ? -EPERM : 0; /* it must not be possible to come back */
}

int privileges_drop(const struct guard_config *c, const char *state, struct err_note *note)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(note, -errno, "no_new_privs: %s", strerror(errno));
	if (!c->user || geteuid() != 0)
		return 0;
	const struct passwd *pw = getpwnam(c->user);
	if (!pw)
		return err_set(note, ERR_CONFIG, "user '%s' does not exist; make it or change 'user'", c->user);
	char unbound[4200];
	(void)snprintf(unbound, sizeof unbound, "%s/unbound", state);
	int err = give(state, pw->pw_uid, pw->pw_gid);
	if (!err)
		err = give(unbound, pw->pw_uid, pw->pw_gid);
	if (!err)
		err = become(pw);
	if (!err) {
		capng_clear(CAPNG_SELECT_BOTH);
		(void)capng_apply(CAPNG_SELECT_CAPS);
	}
	return err ? err_set(note, err, "becoming user '%s': %s", c->user, err_text(err)) : 0;
}

int privileges_confine_worker(void)
{
	static const int calls[] = {
		SCMP_SYS(recvmmsg), SCMP_SYS(sendmmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
		SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(write), SCMP_SYS(futex), SCMP_SYS(clock_gettime),
		SCMP_SYS(gettimeofday), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(sched_yield),
		SCMP_SYS(restart_syscall), SCMP_SYS(madvise), SCMP_SYS(munmap), SCMP_SYS(mmap), SCMP_SYS(mprotect),
		SCMP_SYS(brk), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getpid), SCMP_SYS(gettid),
		SCMP_SYS(tgkill), SCMP_SYS(rseq), SCMP_SYS(set_robust_list), SCMP_SYS(setgroups), SCMP_SYS(setgid),
		SCMP_SYS(sigaltstack), SCMP_SYS(setuid), SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(capset),
	};
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!f)
		return -EOPNOTSUPP;
	int err = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 0);
	for (size_t i = 0; i < ARRAY_LEN(calls) && !err; i++)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
	if (!err)
		err = seccomp_load(f);
	seccomp_release(f);
	return err;
}
