/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The whole guard: sockets, threads, files, the private unbound, signals. */

#include "guard/config.h"

/* Serve until SIGTERM or SIGINT; SIGHUP takes the files again. Returns 0 after an orderly end, else
 * the error that kept it from starting (the note is for a person). One per process. */
must_use int guard_serve(const struct guard_config *config, struct err_note *note);
