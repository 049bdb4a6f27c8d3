/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the key process gives up before it reads its first request. In this order. */

#include "base/bytes.h"
#include "base/err.h"

#include <sys/types.h>

/* No core files: RLIMIT_CORE 0, and not dumpable, so that others of this user cannot ptrace either. As
 * root also the right to lock memory, which keys_confine_lock (mlockall) uses. */
must_use int keys_confine_memory(struct err_note *note);
bool keys_confine_lock(void); /* after keys_confine_user; false: not permitted */

/* no_new_privs; as root also: become user, no group, no capability, no way back. user NULL: stay.
 * ERR_CONFIG: no such user. */
must_use int keys_confine_user(const char *user, struct err_note *note);

/* Landlock for the calling thread and those it starts: files only in these folders (NULL ends; read,
 * write, replace), removal also in `remove` (or NULL); no TCP where the kernel knows that.
 * -EOPNOTSUPP: this kernel has no Landlock. */
must_use int keys_confine_files(const char *const *folders, const char *remove, struct err_note *note);

/* seccomp for all threads of the process: no socket, connect, execve, clone, fork, ptrace, no
 * executable memory; what is not on the list ends the process. -EOPNOTSUPP: no seccomp here. A
 * build with a sanitizer, whose runtime needs more, is left alone: returns 1. */
must_use int keys_confine_calls(void);
