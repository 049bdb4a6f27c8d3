/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Who may ask: allowed and denied prefixes, the longest wins, deny wins between equals; who is in none
 * is denied. Built once into sorted ranges, then pure: any thread, about ten nanoseconds. */

#include "net/address.h"

enum { ACL_PREFIXES_MAX = 4096 };

struct acl_config {
	/* Loopback and the networks that are private by their nature: 127/8, ::1, RFC 1918, RFC 4193,
	 * link-local (169.254/16, fe80::/10), and the carrier's shared 100.64/10 (RFC 6598), since a
	 * provider's subscribers and overlay networks come from it and the Internet cannot. */
	bool private_networks;
	const struct net_prefix *allow, *deny;
	unsigned nallow, ndeny;
};

struct acl;

/* ERR_LIMIT, -ENOMEM. On error *ret is untouched. */
must_use int acl_new(const struct acl_config *c, struct acl **ret);
void acl_free(struct acl *a); /* NULL is fine */

/* address: 4 or 16 bytes, network order; IPv4-mapped IPv6 counts as IPv4. */
bool acl_allows(const struct acl *a, const uint8_t *address, size_t n);
