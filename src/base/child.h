/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Run another program once: bytes in, bytes out, and an end in any case. It gets no environment but a plain PATH, no
 * open file but its three (errors are dropped: what it works on might stand in them), no signals blocked. */

#include "base/bytes.h"
#include "base/err.h"

/* argv ends with NULL; argv[0] is the path. out: at most cap bytes go to it. ERR_CHILD: it could not be started,
 * ended otherwise than with 0, or by a signal; -ETIMEDOUT: killed after that many seconds; ERR_LIMIT: more than cap. */
must_use int child_run(const char *const argv[], struct bytes in, uint8_t *out, size_t cap, size_t *ret_n, unsigned seconds);
