/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The text of a mailbox item before it is sealed: {"v":1,"from":"desk","text":"...","withdrawal":false}.
 * Pure. Its hour stands in the row. */

#include "desk/submit.h"

must_use int mail_write(struct arena *a, const struct mail *m, struct bytes *ret);
/* ERR_MALFORMED. ret->hour is left alone. */
must_use int mail_read(struct arena *a, struct bytes json, struct mail *ret);
