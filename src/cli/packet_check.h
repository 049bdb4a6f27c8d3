/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whether what is in a packet is what its integrity sheet says. */

#include "seal/packet.h"

#include <stdio.h>

/* Every file but the sheet, and every message of packet.json, against the sheet; each is told on out. 0, or
 * ERR_CHECKSUM, ERR_FORMAT (no sheet), ERR_MALFORMED. */
must_use int packet_check(const struct packet_file *file, size_t n, FILE *out);
