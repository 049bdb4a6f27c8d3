/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* From upstream's message to what the cache keeps and the judge reads. Pure. */

#include "guard/cache.h"
#include "guard/config.h"
#include "policy/judge.h"

/* Categories, under this view, of all that a message leads to: CNAME and DNAME targets, SVCB targets,
 * addresses and hints. Sets chain, addresses, statutory and generation of *meta. A message that does
 * not parse leaves them empty (entries were parsed before they were stored). */
void entry_categories(const struct view *v, struct bytes message, struct cache_meta *meta);

struct entry_room {
	struct dns_reply reply;
	uint16_t ttl_at[DNS_REPLY_TTLS];
	uint8_t msg[DNS_MAX_MESSAGE + 1];
};

/* Read upstream's message into *ret, whose pointers go into *room. now: Unix seconds. meta.ttl 0: do
 * not keep it. Errors: ERR_MALFORMED, ERR_TRUNCATED; ERR_LIMIT for an answer with more names or
 * addresses than are judged: what cannot be judged is not answered. */
must_use int entry_read(const struct view *v, const struct guard_config *config, struct bytes msg, int64_t now,
	struct entry_room *room, struct cache_copy *ret);
