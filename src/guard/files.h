/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The guard's files: image, overlay and household, opened together into a view. What has not changed
 * since the last time is not read again. Main thread only. */

#include "guard/config.h"
#include "policy/view.h"

#include <sys/stat.h>

struct guard_file {
	struct policy *policy;
	struct stat seen;
};

struct guard_files {
	const struct guard_config *config;
	struct guard_file image, overlay;
	uint64_t generation;
};

/* A view of the files as they are now, or the reason why there is none: the caller keeps the old one.
 * An overlay that is configured and does not exist is none. Without a configured household the age
 * bands are the profiles. There is no statutory release: nothing here can tell that one is signed. */
must_use int guard_files_open(struct guard_files *f, struct view **ret, struct err_note *note);
void guard_files_done(struct guard_files *f);
