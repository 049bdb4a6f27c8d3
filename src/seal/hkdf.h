/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* HKDF-SHA-256 (RFC 5869), which libsodium 1.0.18 does not have. Private to this room and its tests. */

#include "base/bytes.h"
#include "base/err.h"

enum { HKDF_HASH = 32, HKDF_MAX = 255 * HKDF_HASH };

void hkdf_extract(struct bytes salt, struct bytes key, uint8_t ret[HKDF_HASH]);
/* ERR_LIMIT: n > HKDF_MAX. */
must_use int hkdf_expand(const uint8_t prk[HKDF_HASH], struct bytes info, uint8_t *ret, size_t n);
