/* SPDX-License-Identifier: Apache-2.0 */
/* Names from messages, wire form and text, beside a reader that is as plain as can be. The first
 * two bytes choose where in the message to read. */
#include "fuzz.h"
#include "dns/name.h"
#include "dns/proto.h"

/* Length of the name in `wire`, or -1. One byte at a time, no cleverness. */
static int plain_read(struct bytes msg, size_t pos, uint8_t *wire, size_t *end)
{
	int len = 0, pointers = 0;
	size_t start = pos, limit = msg.n;
	*end = 0;
	for (;;) {
		if (pos >= limit)
			return -1;
		unsigned c = msg.p[pos];
		if (c >= 192) {
			if (pos + 1 >= limit)
				return -1;
			size_t target = (c & 63) * 256 + msg.p[pos + 1];
			if (target < DNS_HEADER || target >= start || ++pointers > DNS_LABELS_MAX)
				return -1;
			if (!*end)
				*end = pos + 2;
			limit = start;
			pos = start = target;
			continue;
		}
		if (c > 63 || len + 1 + c > 255 || (c && len + 1 + c > 254))
			return -1;
		wire[len++] = (uint8_t)c;
		pos++;
		if (c == 0)
			break;
		for (; c > 0; c--) {
			if (pos >= limit)
				return -1;
			uint8_t b = msg.p[pos++];
			wire[len++] = (uint8_t)(b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
		}
	}
	if (!*end)
		*end = pos;
	return len;
}

static void check_sound(const struct dns_name *n)
{
	unsigned at = 0;
	for (unsigned i = 0; i < n->labels; i++) {
		check(n->at[i] == at);
		at += n->wire[at] + 1u;
	}
	check(n->at[n->labels] == at && n->wire[at] == 0 && n->len == at + 1);
	for (unsigned i = n->len; i < ((n->len + 7u) & ~7u) + 8; i++)
		check(n->wire[i] == 0);
}

static void check_family(const struct dns_name *n)
{
	for (unsigned drop = 0; drop <= n->labels; drop++) {
		struct dns_name parent;
		dns_name_parent(n, drop, &parent);
		check_sound(&parent);
		check(parent.labels == n->labels - drop);
		check(dns_name_under(n, &parent));
		check(dns_name_under(&parent, n) == (drop == 0));
	}
}

static void check_round_trips(const struct dns_name *n)
{
	char *text = malloc(DNS_NAME_TEXT_MAX);
	struct dns_name back;
	check(text);
	size_t len = dns_name_text(n, text);
	check(len < DNS_NAME_TEXT_MAX && text[len] == 0);
	check(dns_name_from_text(text, len, &back) == 0);
	check_sound(&back);
	check(dns_name_equal(n, &back) && back.labels == n->labels);
	check(dns_name_from_wire(n->wire, n->len, &back) == 0);
	check(dns_name_equal(n, &back));
	if (dns_name_is_hostlike(n))
		check(strchr(text, '\\') == NULL);
	free(text);
}

static void check_message(struct bytes msg, size_t pos)
{
	struct dns_name n;
	uint8_t wire[256];
	size_t end, ours = pos, skipped = pos, plain = pos;
	int len = plain_read(msg, pos, wire, &end);
	int err = dns_name_read(msg, &ours, &n);
	check((err == 0) == (len > 0));
	if (err < 0) {
		check(err == ERR_TRUNCATED || err == ERR_MALFORMED);
		return;
	}
	check(ours == end && n.len == len && memcmp(n.wire, wire, (size_t)len) == 0);
	check(dns_name_skip(msg, &skipped) == 0 && skipped == end);
	/* A pointer takes two bytes and no name's end has that length. */
	struct dns_name same;
	check((dns_name_read_plain(msg, &plain, &same) == 0) == (end - pos == n.len));
	check_sound(&n);
	check_family(&n);
	check_round_trips(&n);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct dns_name name;
	if (dns_name_from_text((const char *)p, n, &name) == 0) {
		check_sound(&name);
		check_round_trips(&name);
	}
	if (dns_name_from_wire(p, n, &name) == 0) {
		check(name.len == n);
		check_sound(&name);
	}
	if (n > 2)
		check_message(bytes_of(p + 2, n - 2), be16_get(p) % (n - 2));
	return 0;
}
