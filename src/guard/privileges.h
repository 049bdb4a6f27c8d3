/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Least privilege: another user, no way back, and for the threads that read packets no system call
 * beyond those they use. */

#include "guard/config.h"

/* Become config->user (if set and we are root): groups, gid, uid, no capability, no_new_privs. The
 * state folder and what is in its unbound/ is given to that user first. */
must_use int privileges_drop(const struct guard_config *c, const char *state, struct err_note *note);

/* The calling thread may from now on only receive, send, wait and end: for workers. -EOPNOTSUPP where
 * the kernel has no seccomp. */
must_use int privileges_confine_worker(void);
