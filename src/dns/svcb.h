/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a filter must see of SVCB and HTTPS rdata (RFC 9460). */

#include "dns/reply.h"

/* Where a record leads: TargetName into the chain, ipv4hint and ipv6hint into the addresses of r.
 * at..end: its rdata within msg. ERR_MALFORMED: bounds, a compressed name, keys out of order, a
 * hint of the wrong length. */
must_use int dns_svcb_read(struct bytes msg, size_t at, size_t end, struct dns_reply *r);

/* Into the reply's lists; too many of them make it `overfull`. */
void dns_reply_add_chain(struct dns_reply *r, size_t at);
void dns_reply_add_address(struct dns_reply *r, const uint8_t *p, unsigned len);
