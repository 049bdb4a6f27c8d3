/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The key store S, in memory and as one file under the host's key. What the key process answers from;
 * no sockets here. Not for threads: the process takes one lock around it, and does Argon2id outside.
 *
 *   file: "hisn-S\n\1" nonce box(host key; the whole content), replaced atomically at each change.
 *   Its own backup: one generation, overwritten by vault_backup at least every 7 days.
 *
 * Until the national desk has two active members (founding), private halves of epochs are wrapped to
 * a founding key inside S itself: what is taken in meanwhile (demonstration only) is sealed under S
 * alone. The second founder's confirmation rewraps and destroys it.
 *
 * A change is in the file before the call returns; on a full disk the call fails and memory is as it
 * was before. Limits: VAULT_EPOCHS_MAX, KEYS_MEMBER_MAX; ERR_LIMIT. */

#include "keys/client.h"

enum { VAULT_EPOCHS_MAX = 65536, VAULT_CONTENT_MAX = 256 << 20 };

struct vault;

/* Create path with a new pepper, blind root and form root. Five recovery holders, or NULL to set them
 * later (until then no recovery). -EEXIST. */
must_use int vault_create(const char *path, const uint8_t host_key[SEAL_KEY],
	const uint8_t (*holders)[SEAL_PUBLIC]);
/* ERR_FORMAT, ERR_KEY (another host's), ERR_CHECKSUM (damaged), -ENOMEM. */
must_use int vault_open(const char *path, const uint8_t host_key[SEAL_KEY], struct vault **ret, struct err_note *note);
void vault_close(struct vault *v); /* wipes; NULL is fine */
must_use int vault_backup(struct vault *v, const char *path); /* same format and key */
must_use int vault_holders(struct vault *v, const uint8_t holders[SEAL_HOLDERS][SEAL_PUBLIC]);
