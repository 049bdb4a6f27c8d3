/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "keys/serve.h"

/* c->socket, mode 0660, in a folder that is made with mode 0750 if it is missing. As root both are
 * given to c->user and the first peer's group. What stands there from a process that is gone is
 * removed; -EADDRINUSE when one answers; ERR_REFUSED when everybody may write in the folder. */
must_use int keys_listen(const struct keys_serve_config *c, int *ret_fd, struct err_note *note);

