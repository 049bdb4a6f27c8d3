/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* sendmail's command line as a child: PROGRAM -i -f FROM -- TO, the message on its standard input. No shell,
 * none of our descriptors, an environment of two variables. The caller's process ignores SIGPIPE. */

#include "base/bytes.h"
#include "base/err.h"

struct post_program {
	const char *path, *from;
	unsigned seconds;          /* it and all it started are killed after this */
};
/* ERR_CHILD: could not be started, or refused; -EIO: took too long, or died. The note holds what it said, at most 300 bytes. */
must_use int post_hand_over(const struct post_program *p, const char *to, struct bytes message, struct err_note *note);
