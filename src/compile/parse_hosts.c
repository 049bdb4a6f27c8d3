/* SPDX-License-Identifier: Apache-2.0 */
/* hosts(5): an address, then names. An address that leads nowhere is a block of exactly that name; a
 * meaningful one is an answer (safe search, as a rule), never a block. */
#include "compile/parse.h"

static bool is_boilerplate(struct bytes w)
{
	static const char *const known[] = {
		"localhost",
		"localhost.localdomain",
		"local",
		"broadcasthost",
		"ip6-localhost",
		"ip6-loopback",
		"ip6-localnet",
		"ip6-mcastprefix",
		"ip6-allnodes",
		"ip6-allrouters",
		"ip6-allhosts",
		"0.0.0.0",
	};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (bytes_equal(w, bytes_str(known[i])))
			return true;
	return false;
}

static enum reason host(struct reader *r, struct bytes w, const struct answer *a)
{
	const char *s = (const char *)w.p;
	if (is_boilerplate(w))
		return BOILERPLATE;
	if (starts(s, w.n, "*."))
		return parse_name(r, s + 2, w.n - 2, ADD_BELOW, a);
	if (w.n > 1 && *s == '.')
		return parse_name(r, s + 1, w.n - 1, ADD_BOTH, a);
	return parse_name(r, s, w.n, r->match ? r->match : ADD_EXACT, a);
}

enum reason parse_hosts(struct reader *r, const char *s, size_t n)
{
	struct bytes w;
	size_t at = 0;
	uint8_t ip[16];
	if (*s == '#' || *s == '!' || *s == ';')
		return BLANK;
	(void)parse_word(s, n, &at, &w);
	int family = parse_ip((const char *)w.p, w.n, ip);
	if (!family)
		return NOT_THIS_FORMAT;
	struct answer a = answer_ip(family, ip, 0);
	const struct answer *answer = ip_is_null(family, ip) ? NULL : &a;
	enum reason first = BLANK;
	unsigned taken = 0, refused = 0;
	while (parse_word(s, n, &at, &w) && *w.p != '#') {
		enum reason why = host(r, w, answer);
		if (why == TAKEN)
			taken++;
		else if (refused++ == 0)
			first = why;
		else
			r->refuse(r, why, (const char *)w.p, w.n);
	}
	if (taken && refused)
		r->refuse(r, first, s, n);
	if (taken)
		return TAKEN;
	return refused ? first : NOT_A_NAME_ADDRESS;
}
