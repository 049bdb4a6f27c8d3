/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/lower.h"
#include "dns/proto.h"

#include <assert.h>

/* RFC 1035 section 4.1.4: the two top bits of a length byte. */
enum { POINTER = 0xc0 };

/* The root's byte and the zeros that name.h promises after it. */
static void finish(struct dns_name *n, unsigned len, unsigned labels)
{
	n->wire[len] = 0;
	n->at[labels] = (uint8_t)len;
	n->labels = (uint8_t)labels;
	n->len = (uint8_t)(len + 1);
	memset(n->wire + n->len, 0, 8);
	memset(n->wire + ((n->len + 7) & ~7), 0, 8);
}

/* Where a run of labels stopped: at the root, or at a byte that is no label length. */
struct run {
	size_t end;
	unsigned len, labels; /* of the name so far */
};

/* Hop over labels from pos, noting where each goes in the name. */
static int hop_labels(struct bytes msg, size_t pos, struct run *r, uint8_t *at)
{
	for (;;) {
		if (pos >= msg.n)
			return ERR_TRUNCATED;
		unsigned c = msg.p[pos];
		if (c == 0 || c > DNS_LABEL_MAX)
			break;
		/* The root still needs its byte. This bounds labels too: 127 of them fill 254. */
		if (r->len + c + 1 > DNS_NAME_MAX - 1)
			return ERR_MALFORMED;
		at[r->labels++] = (uint8_t)r->len;
		r->len += c + 1;
		pos += c + 1;
	}
	r->end = pos;
	return 0;
}

int dns_name_read_plain(struct bytes msg, size_t *pos, struct dns_name *ret)
{
	struct run r = { 0 };
	int err = hop_labels(msg, *pos, &r, ret->at);
	if (err < 0)
		return err;
	if (msg.p[r.end] != 0)
		return ERR_MALFORMED;
	copy_lower(ret->wire, msg.p + *pos, r.len);
	finish(ret, r.len, r.labels);
	*pos = r.end + 1;
	return 0;
}

int dns_name_read(struct bytes msg, size_t *pos, struct dns_name *ret)
{
	struct run r = { 0 };
	size_t start = *pos, after = 0;
	for (unsigned pointers = 0;;) {
		unsigned had = r.len;
		int err = hop_labels(msg, start, &r, ret->at);
		if (err == 0 && msg.p[r.end] >= POINTER && r.end + 1 >= msg.n)
			err = ERR_TRUNCATED;
		if (err < 0)
			return pointers ? ERR_MALFORMED : err;
		copy_lower(ret->wire + had, msg.p + start, r.len - had);
		if (msg.p[r.end] == 0)
			break;
		if (msg.p[r.end] < POINTER) /* 01 and 10: RFC 6891 section 5, RFC 2673 */
			return ERR_MALFORMED;
		size_t target = be16_get(msg.p + r.end) & 0x3fff;
		if (target >= start || target < DNS_HEADER || ++pointers > DNS_LABELS_MAX)
			return ERR_MALFORMED;
		if (pointers == 1)
			after = r.end + 2;
		/* "A prior occurrence" of a name ends before these labels start: else a pointer back
		 * could run on over them into what follows, which may change or be cut away. */
		msg.n = start;
		start = target;
	}
	*pos = after ? after : r.end + 1;
	finish(ret, r.len, r.labels);
	return 0;
}

int dns_name_skip(struct bytes msg, size_t *pos)
{
	size_t p = *pos;
	for (;;) {
		if (p >= msg.n)
			return ERR_TRUNCATED;
		unsigned c = msg.p[p];
		if (c == 0) {
			p += 1;
			break;
		}
		if (c >= POINTER) {
			if (p + 1 >= msg.n)
				return ERR_TRUNCATED;
			p += 2;
			break;
		}
		p += c + 1;
		if (c > DNS_LABEL_MAX || p - *pos > DNS_NAME_MAX - 1)
			return ERR_MALFORMED;
	}
	*pos = p;
	return 0;
}

int dns_name_from_wire(const uint8_t *p, size_t n, struct dns_name *ret)
{
	size_t pos = 0;
	if (dns_name_read_plain(bytes_of(p, n), &pos, ret) < 0 || pos != n)
		return ERR_MALFORMED;
	return 0;
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* One byte of a label, unescaped; *i moves past it. -1: not allowed. */
static int text_byte(const char *s, size_t n, size_t *i)
{
	unsigned char c = (unsigned char)s[(*i)++];
	if (c != '\\')
		return c > ' ' && c < 0x7f ? c : -1;
	if (*i >= n)
		return -1;
	const unsigned char *e = (const unsigned char *)s + *i;
	if (!is_digit(e[0])) {
		*i += 1;
		return e[0] >= ' ' && e[0] < 0x7f ? e[0] : -1;
	}
	if (n - *i < 3 || !is_digit(e[1]) || !is_digit(e[2]))
		return -1;
	int v = (e[0] - '0') * 100 + (e[1] - '0') * 10 + (e[2] - '0');
	*i += 3;
	return v < 256 ? v : -1;
}

/* A label up to its dot or the end; *i moves past the dot. Returns its length, 0 if it is wrong. */
static unsigned text_label(const char *s, size_t n, size_t *i, uint8_t *to, unsigned room)
{
	unsigned len = 0;
	while (*i < n) {
		if (s[*i] == '.') {
			*i += 1;
			return len;
		}
		int c = text_byte(s, n, i);
		if (c < 0 || len >= DNS_LABEL_MAX || len >= room)
			return 0;
		to[len++] = (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	return len;
}

int dns_name_from_text(const char *s, size_t n, struct dns_name *ret)
{
	unsigned len = 0, labels = 0;
	size_t i = 0;
	if (n == 0)
		return ERR_NAME;
	if (n == 1 && s[0] == '.')
		i = 1;
	while (i < n) {
		/* Room for the label's length byte and the root's. */
		unsigned room = len + 2 < DNS_NAME_MAX ? DNS_NAME_MAX - len - 2 : 0;
		unsigned c = text_label(s, n, &i, ret->wire + len + 1, room);
		if (c == 0)
			return ERR_NAME;
		ret->at[labels++] = (uint8_t)len;
		ret->wire[len] = (uint8_t)c;
		len += c + 1;
	}
	finish(ret, len, labels);
	return 0;
}

static char *put_escaped(char *to, uint8_t c)
{
	if (c > ' ' && c < 0x7f) {
		if (strchr(".\\\"();@$", c))
			*to++ = '\\';
		*to++ = (char)c;
		return to;
	}
	*to++ = '\\';
	*to++ = (char)('0' + c / 100);
	*to++ = (char)('0' + c / 10 % 10);
	*to++ = (char)('0' + c % 10);
	return to;
}

size_t dns_name_text(const struct dns_name *n, char *buf)
{
	char *to = buf;
	if (n->labels == 0)
		*to++ = '.';
	for (unsigned i = 0; i < n->labels; i++) {
		if (i > 0)
			*to++ = '.';
		const uint8_t *label = n->wire + n->at[i];
		for (unsigned j = 1; j <= label[0]; j++)
			to = put_escaped(to, label[j]);
	}
	*to = 0;
	return (size_t)(to - buf);
}

bool dns_name_under(const struct dns_name *n, const struct dns_name *parent)
{
	if (parent->labels > n->labels)
		return false;
	unsigned start = n->at[n->labels - parent->labels];
	return n->len - start == parent->len &&
	       memcmp(n->wire + start, parent->wire, parent->len) == 0;
}

void dns_name_parent(const struct dns_name *n, unsigned drop, struct dns_name *ret)
{
	assert(drop <= n->labels);
	unsigned start = n->at[drop], labels = n->labels - drop, len = n->len - start - 1u;
	for (unsigned i = 0; i < labels; i++)
		ret->at[i] = (uint8_t)(n->at[drop + i] - start);
	memmove(ret->wire, n->wire + start, len);
	finish(ret, len, labels);
}

bool dns_name_is_hostlike(const struct dns_name *n)
{
	static const bool ok[256] = {
		['0' ... '9'] = true,
		['a' ... 'z'] = true,
		['-'] = true,
		['_'] = true,
	};
	for (unsigned i = 0; i < n->labels; i++) {
		const uint8_t *label = n->wire + n->at[i];
		for (unsigned j = 1; j <= label[0]; j++)
			if (!ok[label[j]])
				return false;
	}
	return n->labels > 0;
}
