/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which profile an address has: longest prefix wins. Built once per view, then read by any thread.
 * Millions of prefixes: disjoint ranges, found by binary search within a sixteenth of the bits. */

#include "policy/household.h"

struct view_clients;

/* From the household's clients, in any order, and its default profile. IPv4 and IPv6 are apart: an IPv6
 * prefix shorter than 96 bits ("::/0") says nothing about IPv4 clients. Nothing is borrowed. -ENOMEM. */
must_use int clients_new(const struct household *h, struct view_clients **ret);
void clients_free(struct view_clients *c); /* NULL is fine */

/* address: 4 or 16 bytes, network order; ::ffff:a.b.c.d is IPv4. Any other n: the default. */
uint16_t clients_find(const struct view_clients *c, const uint8_t *address, size_t n);
