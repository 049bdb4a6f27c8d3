/* SPDX-License-Identifier: Apache-2.0 */
/* RPZ zones in text (draft-vixie-dnsop-dns-rpz, expired): QNAME and IP triggers. Within a zone the
 * most specific name wins, which the image's order gives; actions that a resolver for children has no
 * use for (drop, tcp-only, prepending) are counted as not taken. */
#include "compile/parse.h"

#include "dns/proto.h"

enum { WORDS = 24 };

struct record {
	struct bytes owner, type;
	unsigned nrdata;
	struct bytes rdata[WORDS];
};

static bool is_word(struct bytes w, const char *s)
{
	return w.n == strlen(s) && strncasecmp((const char *)w.p, s, w.n) == 0;
}

/* Cuts a line into words, dropping comments; keeps count of parentheses (RFC 1035 section 5.1). */
static unsigned split(struct rpz_state *z, const char *s, size_t n, struct bytes *w)
{
	unsigned words = 0;
	for (size_t i = 0; i < n;) {
		if (blank(s[i]) || s[i] == '(' || s[i] == ')') {
			if (s[i] == '(' && z->nested < 255)
				z->nested++;
			if (s[i] == ')' && z->nested)
				z->nested--;
			i++;
			continue;
		}
		if (s[i] == ';')
			break;
		size_t from = i;
		if (s[i] == '"') {
			const char *end = memchr(s + i + 1, '"', n - i - 1);
			i = end ? (size_t)(end - s) + 1 : n;
		} else {
			while (i < n && !blank(s[i]) && !strchr(";()\"", s[i]))
				i++;
			if (i == from) /* a NUL byte, which strchr finds */
				i++;
		}
		if (words < WORDS)
			w[words++] = bytes_of(s + from, i - from);
	}
	return words;
}

/* "3600", "1h30m" */
static bool is_ttl(struct bytes w, uint32_t *ret)
{
	uint64_t total = 0, v = 0;
	if (!w.n || w.n > 12 || *w.p < '0' || *w.p > '9')
		return false;
	for (size_t i = 0; i < w.n; i++) {
		uint8_t c = w.p[i] | 0x20;
		if (w.p[i] >= '0' && w.p[i] <= '9') {
			v = v * 10 + (w.p[i] - '0');
			continue;
		}
		unsigned unit = c == 's'   ? 1
				: c == 'm' ? 60
				: c == 'h' ? 3600
				: c == 'd' ? 86400
				: c == 'w' ? 604800
					   : 0;
		if (!unit)
			return false;
		total += v * unit;
		v = 0;
	}
	total += v;
	*ret = total > 0x7fffffff ? 0x7fffffff : (uint32_t)total;
	return true;
}

/* Owner, [TTL], [class], type, data; false if there is no such record on the line. */
static bool read_record(struct rpz_state *z, const char *s, size_t n, struct record *ret)
{
	struct bytes w[WORDS];
	unsigned words = split(z, s, n, w), i = 0;
	if (!words)
		return false;
	if (blank(*s)) {
		ret->owner = bytes_of(z->owner, z->owner_n);
	} else {
		ret->owner = w[i++];
		z->owner_n = (uint8_t)MIN(ret->owner.n, sizeof z->owner);
		memcpy(z->owner, ret->owner.p, z->owner_n);
	}
	while (i < words && (is_word(w[i], "IN") || is_ttl(w[i], &z->ttl)))
		i++;
	if (i >= words)
		return false;
	ret->type = w[i++];
	ret->nrdata = words - i;
	memcpy(ret->rdata, w + i, (words - i) * sizeof *w);
	return true;
}

static void set_origin(struct rpz_state *z, struct bytes name)
{
	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n > sizeof z->origin)
		return;
	memcpy(z->origin, name.p, name.n);
	z->origin_n = (uint8_t)name.n;
	z->has_origin = true;
}

/* The owner within the zone, without a final dot; n 0: the zone's own name. False: outside it. */
static bool inside(const struct rpz_state *z, struct bytes *owner)
{
	if (is_word(*owner, "@")) {
		owner->n = 0;
		return true;
	}
	if (!owner->n || owner->p[owner->n - 1] != '.')
		return true;
	owner->n--;
	if (!z->has_origin || !z->origin_n)
		return true;
	size_t cut = owner->n - z->origin_n;
	if (owner->n < z->origin_n ||
		strncasecmp((const char *)owner->p + cut, z->origin, z->origin_n))
		return false;
	if (cut == 0) {
		owner->n = 0;
		return true;
	}
	owner->n = cut - 1;
	return owner->p[cut - 1] == '.';
}

/* "24.0.2.0.192.rpz-ip": prefix length, then the address backwards; "zz" for "::". */
static bool read_ip_trigger(const char *s, size_t n, struct range *ret, enum reason *why)
{
	char text[64];
	uint8_t ip[16];
	struct bytes part[18];
	unsigned parts = 0;
	unsigned prefix = 0;
	for (size_t from = 0; from <= n && parts < ARRAY_LEN(part);) {
		const char *dot = from < n ? memchr(s + from, '.', n - from) : NULL;
		size_t end = dot ? (size_t)(dot - s) : n;
		part[parts++] = bytes_of(s + from, end - from);
		from = end + 1;
		if (!dot)
			break;
	}
	if (parts < 3 || part[0].n == 0 || part[0].n > 3)
		return false;
	for (size_t i = 0; i < part[0].n; i++) {
		if (part[0].p[i] < '0' || part[0].p[i] > '9')
			return false;
		prefix = prefix * 10 + (unsigned)(part[0].p[i] - '0');
	}
	bool v4 = parts == 5;
	for (unsigned i = 1; i < parts; i++)
		v4 = v4 && !is_word(part[i], "zz");
	size_t at = 0;
	for (unsigned i = parts; i-- > 1;) {
		bool zz = is_word(part[i], "zz");
		if (part[i].n > 4 || at + 8 > sizeof text)
			return false;
		if (at && !zz && text[at - 1] != ':')
			text[at++] = v4 ? '.' : ':';
		if (zz) {
			memcpy(text + at, "::", 2);
			at += 2;
		} else {
			memcpy(text + at, part[i].p, part[i].n);
			at += part[i].n;
		}
	}
	int family = parse_ip(text, at, ip);
	if (!family || (family == 4) != v4 || prefix > (v4 ? 32u : 128u))
		return false;
	*why = range_from_prefix(family, ip, prefix, ret);
	return true;
}

static bool ends(struct bytes w, const char *with)
{
	size_t n = strlen(with);
	return w.n >= n && strncasecmp((const char *)w.p + w.n - n, with, n) == 0;
}

/* What a CNAME's target means. TAKEN: an answer; BLANK: ops alone; else why not. */
static enum reason read_action(
	struct bytes owner, struct bytes target, uint32_t ttl, unsigned *ops, struct answer *ret)
{
	*ops = ADD_BOTH;
	if (is_word(target, "."))
		return BLANK;
	if (is_word(target, "*.")) {
		*ret = (struct answer){ .type = 0, .ttl = ttl };
		return TAKEN;
	}
	if (is_word(target, "rpz-passthru.") || is_word(target, "rpz-passthru") ||
		(target.n == owner.n + 1 && target.p[owner.n] == '.' &&
			!memcmp(target.p, owner.p, owner.n))) {
		*ops = CLEAR_BOTH; /* the last form: the old way to say passthru */
		return BLANK;
	}
	if (is_word(target, "rpz-drop.") || is_word(target, "rpz-tcp-only.") ||
		starts((const char *)target.p, target.n, "*."))
		return ACTION;
	return answer_cname((const char *)target.p, target.n, ttl, ret) ? TAKEN : ACTION;
}

static enum reason read_data(
	const struct record *rec, struct bytes owner, uint32_t ttl, unsigned *ops, struct answer *a)
{
	uint8_t ip[16];
	*ops = ADD_BOTH;
	if (rec->nrdata == 0)
		return NOT_THIS_FORMAT;
	if (is_word(rec->type, "CNAME"))
		return read_action(owner, rec->rdata[0], ttl, ops, a);
	bool v4 = is_word(rec->type, "A"), v6 = is_word(rec->type, "AAAA");
	if (!v4 && !v6)
		return ACTION;
	int family = parse_ip((const char *)rec->rdata[0].p, rec->rdata[0].n, ip);
	if (family != (v4 ? 4 : 6))
		return BAD_ADDRESS;
	if (ip_is_null(family, ip))
		return BLANK;
	*a = answer_ip(family, ip, ttl);
	return TAKEN;
}

static enum reason trigger(struct reader *r, const struct record *rec, struct bytes owner)
{
	struct answer answer;
	unsigned ops;
	enum reason why = read_data(rec, owner, r->rpz.ttl, &ops, &answer);
	if (why != TAKEN && why != BLANK)
		return why;
	const struct answer *a = why == TAKEN ? &answer : NULL;
	if (ends(owner, ".rpz-ip")) {
		struct range range;
		if (a)
			return ACTION; /* an answer in place of addresses: nothing holds it */
		if (!read_ip_trigger((const char *)owner.p, owner.n - 7, &range, &why))
			return BAD_ADDRESS;
		if (why != TAKEN)
			return why;
		return r->range(r, &range, ops & (ADD_EXACT | CLEAR_EXACT));
	}
	if (starts((const char *)owner.p, owner.n, "*."))
		return parse_name(r, (const char *)owner.p + 2, owner.n - 2,
			ops & (ADD_BELOW | CLEAR_BELOW), a);
	return parse_name(r, (const char *)owner.p, owner.n, ops & (ADD_EXACT | CLEAR_EXACT), a);
}

enum reason parse_rpz(struct reader *r, const char *s, size_t n)
{
	struct rpz_state *z = &r->rpz;
	struct record rec;
	bool nested = z->nested > 0;
	if (!nested && *s == '$') {
		struct bytes w[WORDS];
		unsigned words = split(z, s, n, w);
		if (words > 1 && is_word(w[0], "$ORIGIN"))
			set_origin(z, w[1]);
		else if (words > 1 && is_word(w[0], "$TTL"))
			(void)is_ttl(w[1], &z->ttl);
		else
			return DIRECTIVE;
		return BLANK;
	}
	if (nested) {
		struct bytes w[WORDS];
		(void)split(z, s, n, w);
		return BLANK; /* the rest of an SOA */
	}
	if (!read_record(z, s, n, &rec)) {
		size_t at = 0;
		struct bytes w;
		return parse_word(s, n, &at, &w) && *w.p != ';' ? NOT_THIS_FORMAT : BLANK;
	}
	if (is_word(rec.type, "SOA")) {
		if (!z->has_origin && !is_word(rec.owner, "@"))
			set_origin(z, rec.owner);
		return BLANK;
	}
	struct bytes owner = rec.owner;
	if (!inside(z, &owner))
		return NOT_THIS_FORMAT;
	if (owner.n == 0 || is_word(rec.type, "NS") || ends(owner, "rpz-passthru"))
		return BLANK; /* the zone's own records */
	if (ends(owner, ".rpz-client-ip") || ends(owner, ".rpz-nsip") ||
		ends(owner, ".rpz-nsdname"))
		return TRIGGER;
	return trigger(r, &rec, owner);
}
