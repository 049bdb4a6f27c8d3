/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the process gives up before it reads its document: new privileges, core files, more than 1 GiB of memory, more
 * than 20 s of processor, writing any file, reading any but fonts (Landlock, where the kernel has it), sockets, new
 * programs, other processes (seccomp: what is not on the list ends the process). Fonts have been loaded before. */

#include "base/err.h"

must_use int paper_confine(struct err_note *note);
