/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Private to this room. */

#include "base/bytes.h"

/* Standard base64 with padding (RFC 4648, 4), in the one way it is written, into at most cap bytes; not
 * empty. libsodium alone also takes bytes past ASCII for letters. */
must_use bool base64_read(struct bytes text, uint8_t *ret, size_t cap, size_t *ret_n);
