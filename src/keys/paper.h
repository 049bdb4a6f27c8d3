/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What recovery holders carry about, as short texts that survive paper and mail.
 *
 *   hisn-holder 1                      hisn-recovery 1
 *   public 64 hexadecimal digits       epoch 1234
 *   cost PASSES MEMORY-KIB             triple 0          as seal_triple
 *   salt 32 digits                     layers 3          boxes still around it: 3, 2 or 1
 *   box 144 digits                     data 352 digits   32 + 48 bytes for each
 *
 * Lines in this order, one space between; nothing else. Reading is total: ERR_FORMAT (another kind),
 * ERR_VERSION, ERR_MALFORMED. */

#include "seal/seal.h"

enum { KEYS_PAPER_MAX = 1024 };

struct keys_paper_holder {
	uint8_t pub[SEAL_PUBLIC]; /* not believed: seal_member_from_seed of what is in the box says it */
	struct seal_cost cost;    /* at most 16 passes, 4 GiB */
	uint8_t salt[SEAL_SALT];
	uint8_t box[SEAL_MEMBER_BOX];
};
struct keys_paper_recovery {
	uint64_t epoch;
	unsigned triple, layers;
	uint8_t data[SEAL_NEST];
};
static inline size_t keys_paper_size(const struct keys_paper_recovery *r)
{
	return 32 + 48 * (size_t)r->layers;
}

must_use int keys_paper_holder_read(struct bytes text, struct keys_paper_holder *ret);
size_t keys_paper_holder_write(const struct keys_paper_holder *h, char ret[KEYS_PAPER_MAX]);
/* The same of who gets handover packets; "hisn-packet-key 1" in its first line. */
must_use int keys_paper_packet_read(struct bytes text, struct keys_paper_holder *ret);
size_t keys_paper_packet_write(const struct keys_paper_holder *h, char ret[KEYS_PAPER_MAX]);
must_use int keys_paper_recovery_read(struct bytes text, struct keys_paper_recovery *ret);
size_t keys_paper_recovery_write(const struct keys_paper_recovery *r, char ret[KEYS_PAPER_MAX]);
