/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* DNS cookies, RFC 7873, in the interoperable form of RFC 9018 (version 1, SipHash-2-4). Pure.
 *
 *   0        8   9          12          16              24
 *   | client | 1 | reserved | timestamp | hash          |
 *
 * Servers behind one address must share the secret (RFC 9018 section 5), so it is an input. */

#include "base/bytes.h"

enum { COOKIE_SECRET = 16, COOKIE_CLIENT = 8, COOKIE_FULL = 24 };

/* Immutable once shared: make the next one beside it and swap the pointer. */
struct cookie_keys {
	uint64_t current[2], previous[2];
	bool has_previous;
};

/* A secret file's content: exactly 32 hexadecimal digits, a final line end allowed. False: it is not. */
must_use bool cookie_secret_read(struct bytes text, uint8_t ret[COOKIE_SECRET]);
void cookie_keys_init(struct cookie_keys *k, const uint8_t secret[COOKIE_SECRET]);
/* ret: `secret` makes and checks, old's current one still checks (RFC 9018 section 5). ret may be old. */
void cookie_keys_rotate(const struct cookie_keys *old, const uint8_t secret[COOKIE_SECRET],
	struct cookie_keys *ret);

enum cookie_status {
	COOKIE_NONE,   /* the query had no cookie option */
	COOKIE_NEW,    /* a client cookie alone */
	COOKIE_BAD,    /* a server cookie that is not ours, or too old or too new: treat as COOKIE_NEW */
	COOKIE_GOOD,   /* the client has had an answer at this address before: not spoofed */
};

/* cookie, n: the option's data as in struct dns_query (NULL; 8; 16..40 bytes). address: 4 or 16 bytes.
 * now: Unix seconds. A server cookie holds for one hour, and 5 minutes of clock difference (RFC 9018
 * section 4.3). For all but COOKIE_NONE, ret_answer gets the option to send back: the same cookie
 * while it is younger than half an hour and of the current secret, else a new one. */
enum cookie_status cookie_check(const struct cookie_keys *k, const uint8_t *cookie, size_t n,
	const uint8_t *address, size_t address_n, int64_t now, uint8_t ret_answer[COOKIE_FULL]);
