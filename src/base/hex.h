/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/bytes.h"

/* Exactly 2 * n hexadecimal digits, of either case and nothing else, into n bytes. False: what
 * *ret holds means nothing. */
must_use bool hex_read(struct bytes text, uint8_t *ret, size_t n);
