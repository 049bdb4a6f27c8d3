/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The inside of the private unbound:
 *
 *   unbound.c        start, watch, start again, end
 *   unbound_conf.c   its configuration as text, and the files it stands on
 *   unbound_spawn.c  processes: start one, run one to its end
 *   unbound_log.c    what it says on stderr, made fit for our log */

#include "guard/unbound.h"

#include <limits.h>
#include <sys/types.h>

struct event;

/* Full paths of the private folder's files. */
struct unbound_paths {
	char conf[PATH_MAX], key[PATH_MAX], key_origin[PATH_MAX], pid[PATH_MAX];
};

/* -ENAMETOOLONG; ERR_CONFIG where a name could not stand in a configuration. */
must_use int unbound_paths_init(struct unbound_paths *ret, const char *folder, struct err_note *note);
/* Everything the process needs in its folder: folder, trust anchor, unbound.conf. */
must_use int unbound_conf_prepare(const struct unbound_config *c, const struct unbound_paths *paths,
	uint16_t port, struct err_note *note);
/* The configuration as text, in heap memory. Errors: -ENOMEM, ERR_CONFIG. */
must_use int unbound_conf_text(const struct unbound_config *c, const struct unbound_paths *paths,
	uint16_t port, char **ret, struct err_note *note);

/* The full path of a program; in PATH, /usr/sbin and /sbin when its name has no slash. -ENOENT. */
must_use int unbound_find_program(const char *name, char *buf, size_t cap);
/* Start argv[0] (a full path): stdin and stdout /dev/null, stderr to ret_log's other end
 * (non-blocking), no other descriptor, ended with SIGTERM when the calling thread dies. */
must_use int unbound_spawn(char *const argv[], pid_t *ret_pid, int *ret_log);
/* Run to the end, at most ms, and keep the start of what it says on stderr. Returns the wait status
 * or an error (-ETIMEDOUT: it was killed). */
must_use int unbound_run(char *const argv[], unsigned ms, char *said, size_t cap);
/* Wait at most ms; true once it is reaped. */
bool unbound_wait(pid_t pid, unsigned ms, int *ret_status);

/* Lines from the process: whole ones are told to log_warning, without anything that may be a name,
 * and not more than some a minute. */
struct unbound_log {
	size_t n;
	bool skip;         /* the rest of an overlong line */
	char line[512];
	int64_t minute;
	unsigned lines;
};
/* False at the end of the pipe. */
bool unbound_log_read(struct unbound_log *l, int fd);
/* What of a line may be told: the text after "[time] unbound[pid:thread] ", or NULL if it is below
 * a warning. ret_hidden: it held something like a name, and must not be told. */
const char *unbound_log_text(const char *line, bool *ret_hidden);
