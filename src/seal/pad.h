/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Padding to size buckets, so that a sealed form tells only "short" or "long". Private to this room.
 * ISO/IEC 7816-4: one byte 0x80, then zeros to the bucket's end. */

#include "base/bytes.h"
#include "base/err.h"

size_t pad_bucket(size_t n); /* of n plain bytes: 1 KiB ... 192 KiB + 1; 0: n > SEAL_PLAIN_MAX */
void pad_put(struct bytes plain, uint8_t *ret); /* pad_bucket(plain.n) bytes */
/* What is inside padded.n bytes, and only if pad_put would have made just these. */
must_use int pad_strip(struct bytes padded, size_t *ret_n);
