/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/svcb.h"

/*   2  priority; 0 is AliasMode
 *   n  TargetName, uncompressed; "." is the owner itself, or in AliasMode nothing
 *      then per parameter, keys increasing:
 *   2  key      2  length      n  value                        RFC 9460 section 2.2 */
enum { KEY_IPV4HINT = 4, KEY_IPV6HINT = 6 };

/* RFC 9460 section 7.3: a non-empty list of addresses. */
static int add_hints(const uint8_t *p, unsigned n, unsigned len, struct dns_reply *r)
{
	if (n == 0 || n % len)
		return ERR_MALFORMED;
	for (unsigned i = 0; i < n; i += len)
		dns_reply_add_address(r, p + i, len);
	return 0;
}

/* AliasMode's parameters are to be ignored (section 2.4.2), but a client might not: their hints
 * are taken too. */
static int read_params(const uint8_t *p, size_t n, struct dns_reply *r)
{
	for (int last = -1; n > 0;) {
		if (n < 4)
			return ERR_MALFORMED;
		unsigned key = be16_get(p), len = be16_get(p + 2);
		if (n - 4 < len || (int)key <= last)
			return ERR_MALFORMED;
		int err = 0;
		if (key == KEY_IPV4HINT)
			err = add_hints(p + 4, len, 4, r);
		else if (key == KEY_IPV6HINT)
			err = add_hints(p + 4, len, 16, r);
		if (err < 0)
			return err;
		last = (int)key;
		p += 4 + len;
		n -= 4 + len;
	}
	return 0;
}

int dns_svcb_read(struct bytes msg, size_t at, size_t end, struct dns_reply *r)
{
	struct dns_name target;
	size_t name_at = at + 2, pos = name_at;
	if (end - at < 3 || dns_name_read_plain(bytes_of(msg.p, end), &pos, &target) < 0)
		return ERR_MALFORMED;
	if (target.labels > 0)
		dns_reply_add_chain(r, name_at);
	return read_params(msg.p + pos, end - pos, r);
}
