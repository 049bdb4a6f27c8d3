/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Style and pictures, compiled in (gen/static.py). Immutable. */

#include "base/bytes.h"

struct static_file {
	const char *name;  /* "hisn.css" */
	const char *path;  /* "/s/hisn-1a2b3c4d5e.css" */
	const char *type;  /* media type */
	struct bytes body;
};
extern const struct static_file static_files[];
extern const size_t static_file_n;

/* By name; it is there (else the process ends: only our own code asks). */
const struct static_file *static_file(const char *name);
